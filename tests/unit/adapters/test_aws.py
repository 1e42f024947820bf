"""AWS asked through boto3, and a user's account only read."""

from __future__ import annotations

import sys

import pytest

from mlops_gates.adapters import awswords
from mlops_gates.adapters.aws import Aws, Refused
from mlops_gates.errors import CheckError

boto3 = pytest.importorskip("boto3")
from botocore.stub import Stubber  # noqa: E402

DEAD = "http://127.0.0.1:9"


def client(service="iam"):
    keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    return boto3.client(service, region_name="us-east-1", endpoint_url=DEAD, **keys)


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("CreateRole", {"RoleName": "x", "AssumeRolePolicyDocument": "{}"}),
        ("DeleteRole", {"RoleName": "x"}),
        ("TagRole", {"RoleName": "x", "Tags": []}),
    ],
)
def test_nothing_that_writes_is_sent_to_an_account(operation, members):
    aws = Aws("us-east-1", clients={("iam", "us-east-1"): client()})
    with pytest.raises(CheckError, match=f"only reads, and {operation} would write"):
        aws.call("iam", operation, members)


def test_what_reads_passes_the_guard():
    aws = Aws("us-east-1", clients={("iam", "us-east-1"): client()})
    aws._clients["iam", "us-east-1"].meta.events.register_last("before-call", lambda **_: (_Fine, {"Role": {}}))
    assert aws.call("iam", "GetRole", {"RoleName": "x"}) == {"Role": {}}


class _Fine:
    status_code = 200


def test_a_client_of_the_account_is_made_with_the_guard(monkeypatch):
    for name, value in {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_ENDPOINT_URL": DEAD}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CheckError, match="CreateBucket would write"):
        Aws("us-east-1").call("s3", "CreateBucket", {"Bucket": "never"})


@pytest.mark.parametrize(
    ("code", "said", "status", "kind"),
    [
        ("AccessDenied", "not authorized", 403, "denied"),
        ("NoSuchEntity", "cannot be found", 404, "absent"),
        ("ThrottlingException", "Rate exceeded", 400, "busy"),
        ("ValidationException", "ModelPackageGroup churn does not exist.", 400, "absent"),
        ("ValidationException", "1 validation error", 400, "refused"),
    ],
)
def test_refusals_have_a_kind(code, said, status, kind):
    stubbed = client()
    with Stubber(stubbed) as stub:
        stub.add_client_error("get_role", code, said, status)
        with pytest.raises(Refused) as raised:
            Aws("us-east-1", clients={("iam", "us-east-1"): stubbed}).call("iam", "GetRole", {"RoleName": "x"})
    assert (raised.value.kind, raised.value.code) == (kind, code)


@pytest.mark.parametrize(("code", "words"), [("ExpiredToken", "expired"), ("InvalidClientTokenId", "does not know")])
def test_credentials_that_are_none_end_it(code, words):
    stubbed = client()
    with Stubber(stubbed) as stub:
        stub.add_client_error("get_role", code, "x", 403)
        with pytest.raises(CheckError, match=words):
            Aws("us-east-1", clients={("iam", "us-east-1"): stubbed}).call("iam", "GetRole", {"RoleName": "x"})


def test_pages_are_read_to_the_last():
    stubbed = client("service-quotas")
    with Stubber(stubbed) as stub:
        stub.add_response(
            "list_service_quotas", {"Quotas": [{"QuotaName": "a"}], "NextToken": "t"}, {"ServiceCode": "sagemaker"}
        )
        stub.add_response(
            "list_service_quotas", {"Quotas": [{"QuotaName": "b"}]}, {"ServiceCode": "sagemaker", "NextToken": "t"}
        )
        aws = Aws("us-east-1", clients={("service-quotas", "us-east-1"): stubbed})
        found = list(aws.pages("service-quotas", "ListServiceQuotas", {"ServiceCode": "sagemaker"}, "Quotas"))
    assert [one["QuotaName"] for one in found] == ["a", "b"]


def test_a_stand_in_that_cannot_is_no_refusal():
    stubbed = client()
    for status, kind in ((501, "unimplemented"), (500, "broken")):
        with Stubber(stubbed) as stub:
            stub.add_client_error("get_role", "X", "x", status)
            with pytest.raises(Refused) as raised:
                Aws("us-east-1", DEAD, {("iam", "us-east-1"): stubbed}).call("iam", "GetRole", {"RoleName": "x"})
        assert raised.value.kind == kind


def test_what_botocore_refuses_is_told_by_member_and_without_values():
    members = {
        "TrainingJobName": "x",
        "HyperParameters": {"a.b": 5},
        "ResourceConfig": {"InstanceType": "secret\nvalue", "InstanceCount": "secret"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 0},
        "Toaster": 1,
    }
    with pytest.raises(Refused) as raised:
        Aws("us-east-1", DEAD).call("sagemaker", "CreateTrainingJob", members)
    found = dict(raised.value.told)
    assert raised.value.kind == "shape"
    assert found["OutputDataConfig",] == "is required, and missing"
    assert found["Toaster",] == "is no member of this call"
    assert found["ResourceConfig", "InstanceCount"] == "is text, and a whole number is wanted"
    assert found["StoppingCondition", "MaxRuntimeInSeconds"] == "has a value below the least, 1"
    assert found["HyperParameters", "a", "b"] == "is a whole number, and text is wanted"
    assert "secret" not in str(raised.value)


def test_members_of_a_service_text():
    assert awswords.named("1 validation error: Value 'x' at 'tags.3.member.key' failed to satisfy constraint") == (
        "tags",
        "3",
        "key",
    )
    assert awswords.named("no") == ()
    assert awswords.path("A.B[2].C") == ("A", "B", 2, "C")


def test_what_the_model_wants_and_answers():
    aws = Aws("us-east-1", DEAD)
    assert aws.wanted("sagemaker", "CreateTrainingJob", ("ResourceConfig", "InstanceCount")) == ("integer", ())
    assert "ml.m5.large" in aws.wanted("sagemaker", "CreateTrainingJob", ("ResourceConfig", "InstanceType"))[1]
    assert aws.wanted("sagemaker", "CreateTrainingJob", ("HyperParameters", "x"))[0] == "string"
    assert aws.wanted("sagemaker", "CreateToaster", ("x",)) == ("", ())
    assert aws.wanted("sagemaker", "CreateTrainingJob", ("Tags", 0, "Key", "x")) == ("", ())
    path = ("ProcessingOutputConfig", "Outputs", "train", "S3Output", "S3Uri")
    assert aws.answers("sagemaker", "DescribeProcessingJob", path)
    assert not aws.answers("sagemaker", "DescribeProcessingJob", (*path[:-1], "S3Url"))


def test_no_credentials_have_a_next_step(monkeypatch, tmp_path):
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
    nowhere = str(tmp_path / "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
    monkeypatch.setenv("AWS_CONFIG_FILE", nowhere)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", raising=False)
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", raising=False)
    with pytest.raises(CheckError) as raised:
        Aws("us-east-1").credentials()
    assert "AWS_ACCESS_KEY_ID" in raised.value.next_step


def test_messages_name_who_asks(monkeypatch):
    monkeypatch.setattr(boto3.session.Session, "get_credentials", lambda _: None)
    with pytest.raises(CheckError, match=r"^exercise: aws-dry found no AWS credentials"):
        Aws("us-east-1").credentials()
    asker = Aws("us-east-1", clients={("iam", "us-east-1"): client()}, who="a canary", extra="aws")
    with pytest.raises(CheckError, match=r"^a canary found no AWS credentials"):
        asker.credentials()
    with pytest.raises(CheckError, match=r"^a canary only reads, and DeleteRole would write"):
        asker.call("iam", "DeleteRole", {"RoleName": "x"})
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(CheckError, match=r"a canary needs the package boto3. Install mlops-gates\[aws\]"):
        asker.call("s3", "ListBuckets", {})
