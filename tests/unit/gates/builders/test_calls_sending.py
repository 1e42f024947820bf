"""What becomes of a sequence, told by a stand-in that refuses as it is told to; and what a look into an account says."""

from __future__ import annotations

import pytest
from calls_targets import REGION, ROLE, get, model, pipeline, request, step, training

from mlops_gates.adapters.aws import Refused
from mlops_gates.gates.builders.calls.kinds import KINDS
from mlops_gates.gates.builders.calls.looking import looked
from mlops_gates.gates.builders.calls.lookups import lookups
from mlops_gates.gates.builders.calls.outdated import replaced
from mlops_gates.gates.builders.calls.saying import member_of
from mlops_gates.gates.builders.calls.sending import exercised

ARTIFACT = "Steps.Train.ModelArtifacts.S3ModelArtifacts"
AT = ("Definition", "Steps")


class Stand:
    """Answers every call, but those that `refuses` names."""

    def __init__(self, refuses=(), **answers):
        self.refuses = dict(refuses)
        self.replies = answers
        self.calls = []

    def call(self, service, operation, members, region=""):
        self.calls.append((operation, members))
        if operation in self.refuses:
            raise self.refuses[operation]
        if operation in self.replies:
            return self.replies[operation]
        kind = next((one for one in KINDS.values() if one.describe == operation), None)
        artifacts = {"ModelArtifacts": {"S3ModelArtifacts": "s3://made/model.tar.gz"}}
        return {kind.status: kind.done, **artifacts} if kind else {"SomeArn": "arn:x", "PipelineExecutionArn": "arn:y"}

    def wanted(self, service, operation, path):
        return ("string", ())

    def answers(self, service, operation, path):
        return "Typo" not in path

    def sent(self, operation):
        return [members for name, members in self.calls if name == operation]


def chain(data=None):
    return pipeline(
        step("Make", "Model", model(data or get(ARTIFACT))),
        step("Train", "Training", training(Tags=[{"Key": "team", "Value": "churn"}])),
        step("Serve", "Transform", {"ModelName": get("Steps.Make.ModelName")}),
    )


def test_an_answer_is_taken_by_the_request_that_reads_it():
    stand = Stand(ListTags={"Tags": [{"Key": "team", "Value": "churn"}]}, DescribeModel={"ModelName": "made"})
    found = exercised(chain(), stand, REGION)
    assert stand.sent("CreateModel")[0]["PrimaryContainer"]["ModelDataUrl"] == "s3://made/model.tar.gz"
    assert stand.sent("CreateTransformJob")[0]["ModelName"] == "made"
    assert found.troubles == () == found.unsent == found.lacking
    assert found.done == {"created": 4, "described": 4, "completed": 3, "started": 1, "tagged": 1, "wired": 2}


def test_what_is_refused_is_told_at_its_member_and_nothing_follows_it():
    refusal = Refused("shape", "ParamValidation", ((("ResourceConfig", "InstanceCount"), "is text"),))
    stand = Stand({"CreateTrainingJob": refusal})
    found = exercised(chain(), stand, REGION)
    path = (*AT, 1, "Arguments", "ResourceConfig", "InstanceCount")
    assert [(one.path, one.told) for one in found.troubles] == [(path, "is text")]
    assert [one.told for one in found.unsent] == [
        "CreateModel was not sent, since Train did not come before it",
        "CreateTransformJob was not sent, since Make did not come before it",
    ]
    assert not stand.sent("CreateModel")


@pytest.mark.parametrize(
    ("kind", "words"), [("unimplemented", "does not implement it"), ("broken", "ended in KeyError")]
)
def test_what_the_stand_in_cannot_do_is_named_and_does_not_count_as_done(kind, words):
    found = exercised(chain(), Stand({"CreateTrainingJob": Refused(kind, "KeyError", (((), "x"),))}), REGION)
    assert found.troubles == ()
    (only,) = found.unsent
    assert "CreateTrainingJob was not exercised" in only.told
    assert words in only.told
    assert only.path == (*AT, 1, "Arguments")


def test_a_look_that_fails_is_lacking():
    refusals = {
        "DescribeModel": Refused("unimplemented", "501", (((), ""),)),
        "ListTags": Refused("broken", "500", (((), ""),)),
    }
    found = exercised(chain(), Stand(refusals, DescribeTransformJob={"TransformJobStatus": "InProgress"}), REGION)
    assert "DescribeModel (unimplemented)" in found.lacking
    assert "tags of TrainingJob (broken)" in found.lacking
    assert "TransformJobStatus (stays InProgress)" in found.lacking


def test_an_answer_that_has_no_such_member_is_told_where_it_is_read():
    found = exercised(chain(get("Steps.Train.Typo")), Stand(), REGION)
    (only,) = found.troubles
    assert only.path == (*AT, 0, "Arguments", "PrimaryContainer", "ModelDataUrl")
    assert "DescribeTrainingJob answers no such member" in only.told
    absent = exercised(chain(get("Steps.Train.OutputModelPackageArn")), Stand(), REGION)
    assert absent.troubles == ()
    assert "Steps.Train.OutputModelPackageArn (not in the answer)" in absent.lacking


def test_a_circle_is_told_and_not_sent():
    target = pipeline(
        step("A", "Training", training(), DependsOn=["B"]), step("B", "Training", training(), DependsOn=["A"])
    )
    stand = Stand()
    found = exercised(target, stand, REGION)
    assert "A and B wait for each other" in found.troubles[0].told
    assert len(found.unsent) == 2
    assert not stand.sent("CreateTrainingJob")


def test_a_service_names_a_member_in_lower_case_and_no_secret_is_told():
    told = ((("trainingJobName",), "Value 'hunter22' at 'trainingJobName' failed, hunter22 is bad"),)
    members = training(TrainingJobName="a", HyperParameters={"token": "hunter22"})
    stand = Stand({"CreateTrainingJob": Refused("refused", "ValidationException", told)})
    found = exercised(request("CreateTrainingJob", members), stand, REGION)
    (only,) = found.troubles
    assert only.path == ("TrainingJobName",)
    assert "hunter22" not in only.told
    assert "moto refuses CreateTrainingJob (ValidationException)" in only.told


class Account(Stand):
    """An account in which everything is there, but what `replies` and `refuses` say."""

    def __init__(self, refuses=(), **answers):
        role = {
            "Role": {"Arn": ROLE, "AssumeRolePolicyDocument": {"Statement": [{"Principal": "sagemaker.amazonaws.com"}]}}
        }
        quotas = [{"QuotaName": "ml.m5.large for training job usage", "Value": 4.0}]
        there = {"GetRole": role, "HeadBucket": {"BucketRegion": REGION}, "DescribeImages": {"imageDetails": [{}]}}
        super().__init__(
            refuses, **{**there, "ListServiceQuotas": quotas, "ListAWSDefaultServiceQuotas": [], **answers}
        )

    def pages(self, service, operation, members, key):
        yield from self.call(service, operation, members)


def noticed(account, members=None):
    target = request("CreateTrainingJob", members or training())
    return [
        (one.named.mention.kind, one.state, one.told)
        for look in lookups([target])
        for one in looked(look, account, REGION)
    ]


def test_all_is_there():
    assert noticed(Account()) == []


QUOTA = "ml.m5.large for training job usage"
DOUBTFUL = {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": {}}}
INVALID = Refused("refused", "InvalidParameterException", ())


@pytest.mark.parametrize(
    ("account", "kind", "state", "words"),
    [
        (Account({"GetRole": Refused("absent", "NoSuchEntity", ())}), "role", "absent", "no role of this name"),
        (Account(GetRole={"Role": {"Arn": "arn:other"}}), "role", "absent", "its ARN is another"),
        (Account(GetRole=DOUBTFUL), "role", "odd", "trust policy"),
        (
            Account({"HeadBucket": Refused("denied", "403", ())}),
            "bucket",
            "unknown",
            "allow s3:ListBucket on arn:aws:s3:::",
        ),
        (Account({"HeadBucket": Refused("busy", "SlowDown", ())}), "bucket", "unknown", "fewer calls of s3:ListBucket"),
        (Account(HeadBucket={"BucketRegion": "eu-west-1"}), "bucket", "odd", "in eu-west-1"),
        (Account(DescribeImages={"imageDetails": []}), "image", "absent", "no such image"),
        (Account({"DescribeImages": INVALID}), "image", "unknown", "InvalidParameterException"),
        (Account(ListServiceQuotas=[]), "instance", "unknown", f"no quota called {QUOTA!r}"),
        (Account(ListServiceQuotas=[{"QuotaName": QUOTA, "Value": 1.0}]), "instance", "absent", "2 wanted"),
    ],
)
def test_what_is_not_there(account, kind, state, words):
    ((told_kind, told_state, told),) = noticed(account)
    assert (told_kind, told_state) == (kind, state)
    assert words in told


def test_a_default_quota_counts_where_none_was_applied():
    quota = {"QuotaName": "ml.m5.large for training job usage", "Value": 0.0}
    ((_, state, told),) = noticed(Account(ListServiceQuotas=[], ListAWSDefaultServiceQuotas=[quota]))
    assert (state, "is 0" in told) == ("absent", True)


@pytest.mark.parametrize(
    ("said", "members", "meant"),
    [
        (("tags", "2", "key"), {"Tags": [{"Key": "a"}, {"Key": "b"}]}, ("Tags", 1, "Key")),
        (("Tags", 1, "Key"), {"Tags": [{"Key": "a"}, {"Key": "b"}]}, ("Tags", 1, "Key")),
        (("HyperParameters", "a", "b"), {"HyperParameters": {"a.b": 5}}, ("HyperParameters", "a.b")),
        (("ResourceConfig", "InstanceCount"), {"ResourceConfig": {}}, ("ResourceConfig", "InstanceCount")),
        (("roleArn",), {}, ("roleArn",)),
        (("Tags", 7, "Key"), {"Tags": "none"}, ("Tags", 7, "Key")),
    ],
)
def test_a_member_is_told_as_the_request_writes_it(said, members, meant):
    assert member_of(said, members) == meant


def test_a_value_that_only_the_service_knows_is_replaced():
    said = "Value 'ml.g9' at 'instanceType' failed to satisfy constraint: Member must satisfy enum value set: ['a', 'ml.m5']"
    members = {"Variants": [{"InstanceType": "ml.g9", "VariantName": "ml.g9"}]}

    def wanted(path):
        return ("string", ("ml.g9", "ml.m5") if path[-1] == "InstanceType" else ())

    made = {"Variants": [{"InstanceType": "ml.m5", "VariantName": "ml.g9"}]}
    assert replaced(members, said, wanted) == (made, "ml.g9")
    assert replaced(members, said, lambda _: ("string", ("ml.m5",))) is None
    assert replaced(members, "Could not find model", wanted) is None


def test_a_step_that_waits_for_itself():
    target = pipeline(step("A", "Training", training(), DependsOn=["A"]))
    assert exercised(target, Stand(), REGION).troubles[0].told == "A waits for itself, so it can never start"
