"""The calls of builders, sent over HTTP to a moto server, and an account that is only looked at. Nothing leaves loopback."""

from __future__ import annotations

import copy
import json
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mlops_gates import session
from mlops_gates.adapters.aws import Aws, Refused
from mlops_gates.adapters.motoserver import MotoServer
from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.calls.looking import looked
from mlops_gates.gates.builders.calls.lookups import lookups
from mlops_gates.gates.builders.calls.sending import exercised

from .machine import HERE

boto3 = pytest.importorskip("boto3")
pytest.importorskip("moto")
REGION = "us-east-1"
RENDERED = {
    f"{sdk}-{name}": entry
    for sdk in ("v2", "v3")
    for name, entry in json.loads((HERE / "exercise" / f"{sdk}.json").read_text()).items()
}
KEYS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch):
    """A test that would leave this machine blows up."""
    connect = socket.socket.connect

    def guarded(one, address):
        assert one.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1"), f"a test tried to reach {address}"
        return connect(one, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="module")
def server():
    with MotoServer() as running:
        yield running


@pytest.fixture
def moto(server):
    """A port to an empty account."""
    server.reset()
    return Aws(REGION, server.endpoint)


def where(_):
    return Location("builder.py", 1)


def target(entry):
    return targets.of_entry("a:b", entry, REGION, where)


def definition(name="v3-pipeline"):
    return copy.deepcopy(RENDERED[name]["runs"][0]["definition"])


def whole(raw):
    return targets.of_pipeline("churn.json", {"Definition": raw}, REGION, where, {})


def train(raw):
    return next(step for step in raw["Steps"] if step["Type"] == "Training")["Arguments"]


@pytest.mark.parametrize("name", RENDERED)
def test_what_an_sdk_renders_is_taken(moto, name):
    found = exercised(target(RENDERED[name]), moto, REGION)
    assert (found.troubles, found.unsent, found.lacking) == ((), (), ())
    assert found.done["created"] == found.done["described"] >= 1


@pytest.mark.parametrize("sdk", ["v2", "v3"])
def test_a_pipeline_is_wired_from_training_to_package(moto, sdk):
    found = exercised(target(RENDERED[f"{sdk}-pipeline"]), moto, REGION)
    assert found.done["created"] == 5
    assert found.done["started"] == 1
    assert found.done["wired"] >= 3
    (package,) = moto.call("sagemaker", "ListModelPackages", {"ModelPackageGroupName": "churn"})[
        "ModelPackageSummaryList"
    ]
    described = moto.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": package["ModelPackageArn"]})
    (job,) = moto.call("sagemaker", "ListTrainingJobs", {})["TrainingJobSummaries"]
    training = moto.call("sagemaker", "DescribeTrainingJob", {"TrainingJobName": job["TrainingJobName"]})
    artifact = training["ModelArtifacts"]["S3ModelArtifacts"]
    assert described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == artifact


def test_training_model_package_endpoint(moto):
    """A training job, its model, the model's endpoint, each by what the one before answered."""
    raw = definition()
    job = train(raw)
    image, data = job["AlgorithmSpecification"]["TrainingImage"], {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
    model = {"PrimaryContainer": {"Image": image, "ModelDataUrl": data}, "ExecutionRoleArn": job["RoleArn"]}
    variant = {"VariantName": "all", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    config = {"ProductionVariants": [{**variant, "ModelName": {"Get": "Steps.Make.ModelName"}}]}
    raw["Steps"] = [
        {"Name": "Offer", "Type": "EndpointConfig", "Arguments": config},
        {"Name": "Make", "Type": "Model", "Arguments": model},
        *raw["Steps"],
    ]
    found = exercised(whole(raw), moto, REGION)
    assert (found.troubles, found.unsent) == ((), ())
    (endpoint,) = moto.call("sagemaker", "ListEndpoints", {})["Endpoints"]
    assert endpoint["EndpointStatus"] == "InService"
    assert found.done["created"] == 8


@pytest.mark.parametrize(
    ("spoil", "member", "words"),
    [
        (lambda job: job["ResourceConfig"].update(InstanceCount="two"), ("ResourceConfig", "InstanceCount"), "is text"),
        (lambda job: job.pop("OutputDataConfig"), ("OutputDataConfig",), "is required, and missing"),
        (lambda job: job.update(Toaster=1), ("Toaster",), "is no member"),
    ],
)
def test_a_defect_is_told_at_its_member(moto, spoil, member, words):
    raw = definition()
    spoil(train(raw))
    found = exercised(whole(raw), moto, REGION)
    (only,) = found.troubles
    assert only.path[-len(member) :] == member
    assert words in only.told
    assert any("was not sent, since Train did not come" in one.told for one in found.unsent)


def test_what_moto_refuses_is_told_at_its_member(moto):
    raw = definition()
    check = next(step for step in raw["Steps"] if step["Type"] == "Condition")
    check["Arguments"]["IfSteps"][0]["Arguments"]["ModelApprovalStatus"] = "Perhaps"
    (only,) = exercised(whole(raw), moto, REGION).troubles
    assert "moto refuses CreateModelPackage (ValidationException)" in only.told
    assert only.path[-1] == "ModelApprovalStatus"


def test_an_instance_type_that_moto_does_not_know_yet_is_no_finding(moto):
    variants = [
        {"VariantName": name, "ModelName": "m", "InstanceType": instance, "InitialInstanceCount": 1}
        for name, instance in (("a", "ml.g5.xlarge"), ("b", "ml.m6i.large"))
    ]
    config = {"EndpointConfigName": "live", "ProductionVariants": variants}
    found = exercised(targets.of_request("a:b", "CreateEndpointConfig", config, REGION, where), moto, REGION)
    assert found.troubles == ()
    assert found.done["created"] == 2
    assert {one.split()[0] for one in found.lacking} == {"ml.g5.xlarge", "ml.m6i.large"}
    variants[0]["InstanceType"] = "ml.toaster"
    (only,) = exercised(targets.of_request("a:b", "CreateEndpointConfig", config, REGION, where), moto, REGION).troubles
    assert "ml.toaster" in only.told


def test_parameters_without_a_default_and_of_another_type(moto):
    raw = definition()
    raw["Parameters"] += [{"Name": "Epochs", "Type": "Integer", "DefaultValue": 5}, {"Name": "Type", "Type": "String"}]
    train(raw)["HyperParameters"]["epochs"] = {"Get": "Parameters.Epochs"}
    train(raw)["ResourceConfig"]["InstanceType"] = {"Get": "Parameters.Type"}
    assert exercised(whole(raw), moto, REGION).troubles == ()
    (job,) = moto.call("sagemaker", "ListTrainingJobs", {})["TrainingJobSummaries"]
    sent = moto.call("sagemaker", "DescribeTrainingJob", {"TrainingJobName": job["TrainingJobName"]})
    assert sent["HyperParameters"]["epochs"] == "5"


def test_what_moto_lacks_is_named(moto):
    with pytest.raises(Refused) as raised:
        moto.call("sagemaker", "UpdateEndpoint", {"EndpointName": "a", "EndpointConfigName": "b"})
    assert raised.value.kind == "unimplemented"
    calls = [{"service": "sagemaker", "operation": "CreateInferenceComponent", "request": {}}]
    members = {
        "InferenceComponentName": "c",
        "EndpointName": "e",
        "VariantName": "all",
        "Specification": {"ModelName": "m"},
    }
    calls[0]["request"] = {**members, "RuntimeConfig": {"CopyCount": 1}}
    model = {"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::111122223333:role/r", "Calls": calls}
    found = exercised(targets.of_request("a:b", "CreateModel", model, REGION, where), moto, REGION)
    (only,) = found.unsent
    assert "CreateInferenceComponent was not exercised: moto does not implement it" in only.told
    assert found.done["created"] == 1


def test_the_server_ends_with_its_context_and_with_its_parent():
    with MotoServer() as running:
        port = int(running.endpoint.rpartition(":")[2])
        process = running._process
        socket.create_connection(("127.0.0.1", port), 5).close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 5)
    orphan = MotoServer().__enter__()
    process = orphan._process
    process.stdin.close()
    assert process.wait(20) == 0
    orphan._process.stdin = None
    orphan.end()


def test_a_server_that_cannot_be_is_told(monkeypatch):
    monkeypatch.setattr("mlops_gates.adapters.motoserver.find_spec", lambda name: None if name == "moto" else True)
    with pytest.raises(CheckError) as raised:
        MotoServer().__enter__()
    assert "mlops-gates[exercise]" in raised.value.next_step


def test_no_proxy_and_no_endpoint_of_the_user_is_asked(server, monkeypatch):
    """Calls to the stand-in stay on loopback, whatever the environment says."""
    for name in ("HTTP_PROXY", "http_proxy", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SAGEMAKER"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    aws = Aws(REGION, server.endpoint)
    server.reset()
    assert aws.call("sagemaker", "ListModels", {})["Models"] == []


# The account of a user, for which the moto server stands in


@pytest.fixture
def account(server, monkeypatch, tmp_path):
    """The environment of a user whose AWS is the moto server; gives a maker of clients that write."""
    server.reset()
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": server.endpoint, "AWS_CONFIG_FILE": str(tmp_path / "no")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no"))
    return lambda service: boto3.client(service, region_name=REGION)


ROLE = "arn:aws:iam::123456789012:role/trains"
TRUST = '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}]}'
MENTIONED = {
    "RoleArn": ROLE,
    "AlgorithmSpecification": {"TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1"},
    "OutputDataConfig": {"S3OutputPath": "s3://churn-models/out"},
    "DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "churn-errors"}]}},
    "ModelPackageGroupName": "churn",
}


def looks():
    made = targets.of_request("a:b", "CreateTrainingJob", MENTIONED, REGION, where)
    return {one.named.mention.kind: one for lookup in lookups([made]) for one in looked(lookup, Aws(REGION), REGION)}


def test_an_empty_account_has_nothing(account):
    found = looks()
    assert {kind: one.state for kind, one in found.items()} == {
        "role": "absent",
        "image": "absent",
        "bucket": "absent",
        "alarm": "absent",
        "group": "odd",
    }
    assert found["image"].named.mention.path == ("AlgorithmSpecification", "TrainingImage")


def test_an_account_that_has_it_all(account):
    account("iam").create_role(RoleName="trains", AssumeRolePolicyDocument=TRUST)
    account("s3").create_bucket(Bucket="churn-models")
    ecr = account("ecr")
    ecr.create_repository(repositoryName="churn")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}
    manifest["config"] = {"mediaType": "x", "size": 1, "digest": "sha256:" + "0" * 64}
    ecr.put_image(repositoryName="churn", imageTag="1", imageManifest=json.dumps(manifest))
    alarm = {"AlarmName": "churn-errors", "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60}
    account("cloudwatch").put_metric_alarm(
        **alarm, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold"
    )
    account("sagemaker").create_model_package_group(ModelPackageGroupName="churn")
    assert looks() == {}


def test_an_account_is_never_written_to(account):
    aws = Aws(REGION)
    for service, operation, members in (
        ("s3", "CreateBucket", {"Bucket": "never"}),
        ("sagemaker", "CreateModelPackageGroup", {"ModelPackageGroupName": "never"}),
        ("iam", "CreateRole", {"RoleName": "never", "AssumeRolePolicyDocument": TRUST}),
    ):
        with pytest.raises(CheckError, match="only reads"):
            aws.call(service, operation, members)
    assert account("s3").list_buckets()["Buckets"] == []
    assert account("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    assert account("iam").list_roles()["Roles"] == []


class Quotas(BaseHTTPRequestHandler):
    """Service Quotas as it answers on the wire (JSON 1.1), which moto lacks: throttled `busy` times, then two pages."""

    asked: list[dict]
    busy = 0

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append({"target": self.headers["X-Amz-Target"], **body})
        if len(self.asked) <= self.busy:
            self._answer(400, {"__type": "TooManyRequestsException", "message": "Rate exceeded"})
        elif "NextToken" in body:
            self._answer(200, {"Quotas": [{"QuotaName": "ml.g5.xlarge for training job usage", "Value": 1.0}]})
        else:
            self._answer(200, {"Quotas": [{"QuotaName": "other", "Value": 0.0}], "NextToken": "more"})

    def _answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def quotas(account, monkeypatch):
    def start(busy):
        handler = type("Handler", (Quotas,), {"asked": [], "busy": busy})
        running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=running.serve_forever, daemon=True).start()
        started.append(running)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", f"http://127.0.0.1:{running.server_port}")
        return handler

    started = []
    yield start
    for one in started:
        one.shutdown()
        one.server_close()


def instances(count):
    members = {"ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": count}}
    made = targets.of_request("a:b", "CreateTrainingJob", members, REGION, where)
    (lookup,) = lookups([made])
    return list(looked(lookup, Aws(REGION), REGION))


def test_quotas_are_read_to_the_last_page_and_tried_again_when_throttled(quotas):
    handler = quotas(busy=1)
    assert instances(1) == []
    assert [one.get("NextToken") for one in handler.asked] == [None, None, "more"]
    (few,) = instances(2)
    assert (few.state, few.told) == (
        "absent",
        "2 wanted, and the account's quota 'ml.g5.xlarge for training job usage' is 1",
    )


def test_who_is_throttled_to_the_end_cannot_tell(quotas):
    handler = quotas(busy=99)
    (only,) = instances(1)
    assert only.state == "unknown"
    assert "fewer calls of servicequotas:ListServiceQuotas" in only.told
    assert len(handler.asked) == 4


# The check in a run


def run(folder, mode, raw):
    (folder / "churn.json").write_text(json.dumps(raw, indent=1))
    (folder / "mlops-gates.yml").write_text(f"builders:\n  targets: [churn.json]\n  exercise: {mode}\n")
    session.run(
        session.Inputs(
            gates=(),
            config="mlops-gates.yml",
            workdir=str(folder),
            sets=(),
            requirements="",
            report_dir="report",
            fail_on="error",
            annotations="false",
            environment="",
            host="local",
            exit_zero=False,
            json=False,
        )
    )
    report = json.loads((folder / "report" / "results.json").read_text())
    return next(
        (one for gate in report["gates"] for one in gate["checks"] if one["check"] == "builders.exercise"), None
    )


def test_a_run_sends_and_says_what_that_proves(tmp_path):
    check = run(tmp_path, "true", definition())
    assert (check["status"], check["findings"]) == ("passed", [])
    (measured,) = check["measurements"]
    assert "5 created, 5 described, 5 completed, 1 started, 4 wired" in measured["text"]
    assert "moto is transport, not oracle" in measured["text"]


def test_a_run_names_the_line(tmp_path):
    raw = definition()
    train(raw)["ResourceConfig"]["InstanceCount"] = "two"
    check = run(tmp_path, "true", raw)
    lines = (tmp_path / "churn.json").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if '"two"' in text)
    failed = [one for one in check["findings"] if one["status"] == "failed"]
    assert check["status"] == "failed"
    assert [one["location"]["line"] for one in failed] == [line]


def test_a_run_without_it_does_not_send(tmp_path):
    assert run(tmp_path, "false", definition()) is None


def test_a_run_without_credentials_is_errored(account, tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    check = run(tmp_path, "aws-dry", named())
    assert check["status"] == "errored"
    assert "AWS_ACCESS_KEY_ID" in check["findings"][0]["remedy"]


def test_a_dry_run_names_what_is_not_there(account, quotas, tmp_path):
    quotas(busy=0)
    account("s3").create_bucket(Bucket="example-models")
    check = run(tmp_path, "aws-dry", named())
    told = [one["message"] for one in check["findings"]]
    assert check["status"] == "failed"
    assert any("there is no role of this name" in one for one in told)
    assert not any("no such bucket" in one for one in told)


def named():
    """A definition that names a role of its own."""
    raw = definition()
    train(raw)["RoleArn"] = ROLE
    return raw
