"""Which calls a target makes, in which order, and what is looked up for it: without a server."""

from __future__ import annotations

import json

from calls_targets import IMAGE, REGION, ROLE, get, model, pipeline, request, step, training
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_gates.gates.builders.calls.filling import (
    Sources,
    coerced,
    filled,
    plausible,
    property_of,
    property_path,
)
from mlops_gates.gates.builders.calls.lookups import lookups, quotas
from mlops_gates.gates.builders.calls.order import references
from mlops_gates.gates.builders.calls.prerequisites import prerequisites
from mlops_gates.gates.builders.calls.sequence import sequence
from mlops_gates.gates.builders.requests.request import Unknown

ARTIFACT = "Steps.Train.ModelArtifacts.S3ModelArtifacts"


def order(target):
    return [one.request.step or one.request.operation for one in sequence(target).calls]


def test_a_request_comes_behind_those_it_reads():
    target = pipeline(
        step("Serve", "Transform", {"ModelName": get("Steps.Make.ModelName"), "TransformJobName": "t"}),
        step("Make", "Model", model(get(ARTIFACT))),
        step("Train", "Training", training()),
    )
    assert order(target) == ["CreatePipeline", "Train", "Make", "Serve"]


def test_a_request_comes_behind_what_its_step_depends_on_and_behind_its_condition():
    check = {"Conditions": [{"LeftValue": get("Steps.Score.ProcessingJobStatus")}], "IfSteps": [], "ElseSteps": []}
    check["IfSteps"] = [step("Make", "Model", model("s3://x/model.tar.gz"))]
    target = pipeline(
        step("Good", "Condition", check, DependsOn=["Train"]),
        step("Score", "Processing", {}),
        step("Train", "Training", training()),
    )
    names = order(target)
    assert names.index("Make") > names.index("Score")
    assert names.index("Make") > names.index("Train")


def test_a_reference_within_a_join_counts():
    joined = {"Std:Join": {"On": "/", "Values": ["s3:/", get(ARTIFACT)]}}
    target = pipeline(step("Make", "Model", model(joined)), step("Train", "Training", training()))
    assert order(target) == ["CreatePipeline", "Train", "Make"]
    assert list(references({"A": joined})) == [(("A",), ARTIFACT)]


def test_names_that_a_definition_strips_are_given_and_differ():
    target = pipeline(step("Train", "Training", training()), step("Again", "Training", training()))
    plan = sequence(target)
    names = [one.given.get("TrainingJobName") for one in plan.calls[1:]]
    assert names == ["mlops-gates-1-Train", "mlops-gates-2-Again"]
    assert set(plan.calls[0].given) == {"PipelineName", "RoleArn"}
    assert sequence(request("CreateTrainingJob", training(TrainingJobName="own"))).calls[0].given == {}


def test_steps_that_wait_for_each_other_are_named():
    target = pipeline(
        step("A", "Training", training(), DependsOn=["B"]),
        step("B", "Training", training(), DependsOn=["A"]),
        step("C", "Training", training(), DependsOn=["B"]),
    )
    assert [one.name for one in sequence(target).circle] == ["A", "B"]


def test_a_step_that_is_none_is_named_at_the_member_that_reads_it():
    target = pipeline(step("Make", "Model", model(get(ARTIFACT))))
    path = ("Definition", "Steps", 0, "Arguments", "PrimaryContainer", "ModelDataUrl")
    assert sequence(target).nowhere == ((path, "Train"),)


def test_steps_that_make_no_call_of_sagemaker_are_named():
    target = pipeline(step("Tell", "Lambda", {}), step("Train", "Training", training()))
    assert [one.name for one in sequence(target).unsent] == ["Tell"]


def test_an_endpoint_is_made_of_a_config_that_has_none():
    config = {"EndpointConfigName": "live", "ProductionVariants": [{"VariantName": "all", "ModelName": "m"}]}
    first, second = sequence(request("CreateEndpointConfig", config)).calls
    assert first.request.operation == "CreateEndpointConfig"
    assert (second.request.operation, second.added, second.waits) == ("CreateEndpoint", True, (0,))
    assert second.request.part.known("EndpointConfigName") == "live"
    calls = [
        {
            "service": "sagemaker",
            "operation": "CreateEndpoint",
            "request": {"EndpointName": "e", "EndpointConfigName": "live"},
        }
    ]
    both = sequence(request("CreateEndpointConfig", config, Calls=calls)).calls
    assert [(one.request.operation, one.added) for one in both] == [
        ("CreateEndpointConfig", False),
        ("CreateEndpoint", False),
    ]


def test_calls_of_other_services_are_left_out():
    calls = [{"service": "s3", "operation": "CreateBucket", "request": {}}]
    assert order(request("CreateModel", model("s3://a/b"), Calls=calls)) == ["CreateModel"]


def test_what_is_needed_beforehand_is_made_once():
    config = {"ProductionVariants": [{"VariantName": "all", "ModelName": "m"}, {"VariantName": "b", "ModelName": "m"}]}
    plan = sequence(request("CreateEndpointConfig", config))
    assert [(one.operation, one.members.get("ModelName")) for one in prerequisites(plan.calls, REGION)] == [
        ("CreateModel", "m")
    ]
    needed = prerequisites(sequence(request("CreateTrainingJob", training())).calls, "eu-west-1")
    assert [one.operation for one in needed] == ["CreateRepository", "CreateRole", "CreateBucket"]
    assert needed[2].members["CreateBucketConfiguration"] == {"LocationConstraint": "eu-west-1"}


def test_a_model_of_the_target_is_not_made_beforehand():
    calls = [{"service": "sagemaker", "operation": "CreateModel", "request": {"ModelName": "m", **model("s3://a/b")}}]
    config = {
        "EndpointConfigName": "c",
        "ProductionVariants": [{"VariantName": "all", "ModelName": "m"}],
        "Calls": calls,
    }
    plan = sequence(request("CreateEndpointConfig", config))
    assert [one.request.operation for one in plan.calls] == ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
    assert not [one for one in prerequisites(plan.calls, REGION) if one.operation == "CreateModel"]


def wanted(path):
    kinds = {"InstanceCount": "integer", "EnableManagedSpotTraining": "boolean", "rate": "string"}
    return (kinds.get(str(path[-1]), "string"), ())


def test_values_come_from_answers_from_defaults_and_else_are_plausible():
    members = training(
        HyperParameters={"rate": get("Parameters.Rate")},
        EnableManagedSpotTraining=get("Parameters.Spot"),
        CheckpointConfig={
            "S3Uri": {
                "Std:Join": {
                    "On": "/",
                    "Values": ["s3://b", get("Steps.Prepare.Name"), get("Execution.Id"), get("Parameters.Rate")],
                }
            }
        },
        ResourceConfig={"InstanceCount": get("Parameters.Count")},
        RoleArn=get("Parameters.Role"),
    )
    parameters = (
        {"Name": "Rate", "Type": "Float", "DefaultValue": 0.1},
        {"Name": "Spot", "Type": "Boolean"},
        {"Name": "Count", "Type": "String", "DefaultValue": "3"},
        {"Name": "Role", "Type": "String"},
    )
    target = pipeline(step("Train", "Training", members), step("Prepare", "Processing", {}), parameters=parameters)
    found = filled(target, target.requests[1], Sources(wanted, {"Steps.Prepare.Name": "made"}.get))
    assert found["HyperParameters"] == {"rate": "0.1"}
    assert found["EnableManagedSpotTraining"] is False
    assert found["CheckpointConfig"]["S3Uri"] == "s3://b/made/mlops-gates/0.1"
    assert found["ResourceConfig"] == {"InstanceCount": 3}
    assert found["RoleArn"].endswith(":role/mlops-gates")


def test_a_value_written_in_the_definition_is_not_bent():
    target = request("CreateTrainingJob", training(ResourceConfig={"InstanceCount": "3"}))
    assert filled(target, target.requests[0], Sources(wanted, lambda _: None))["ResourceConfig"] == {
        "InstanceCount": "3"
    }


def test_types():
    assert coerced(True, ("string", ())) == "true"
    assert coerced("TRUE", ("boolean", ())) is True
    assert coerced(2.0, ("integer", ())) == 2
    assert coerced("1.5", ("float", ())) == 1.5
    assert coerced("x", ("integer", ())) == "x"
    nothing = Unknown("parameter", "Parameters.X", "Integer")
    assert plausible("InstanceType", ("string", ("ml.c5.large",)), nothing, REGION) == "ml.c5.large"
    assert plausible("epochs", ("string", ()), nothing, REGION) == "1"
    assert plausible("ModelDataUrl", ("string", ()), Unknown("step", ""), REGION).startswith("s3://")


def test_properties():
    path = property_path("Steps.Prepare.ProcessingOutputConfig.Outputs['train.x'].S3Output.S3Uri")
    assert path == ("ProcessingOutputConfig", "Outputs", "train.x", "S3Output", "S3Uri")
    answer = {
        "ProcessingOutputConfig": {
            "Outputs": [{"OutputName": "a"}, {"OutputName": "train.x", "S3Output": {"S3Uri": "s3://u"}}]
        }
    }
    assert property_of(answer, path) == "s3://u"
    assert property_of(answer, ("ProcessingOutputConfig", "Outputs", 7)) is None
    assert property_path("Steps.Prepare") == ()


def test_each_thing_is_looked_up_once():
    target = pipeline(step("Train", "Training", training()), step("Again", "Training", training()))
    found = {one.operation: one for one in lookups([target])}
    assert set(found) == {"DescribeImages", "GetRole", "HeadBucket", "ListServiceQuotas"}
    assert found["DescribeImages"].region == "eu-west-1"
    assert found["DescribeImages"].members["imageIds"] == [{"imageTag": "2"}]
    assert found["GetRole"].members == {"RoleName": "trains"}
    assert [len(one.named) for one in found.values()] == [2, 2, 2, 2]
    assert {name for _, name in quotas(found["ListServiceQuotas"])} == {"ml.m5.large for training job usage"}
    assert found["HeadBucket"].resource == "arn:aws:s3:::churn-models"


def test_spot_instances_of_parallel_jobs_count_against_their_own_quota():
    job = training(EnableManagedSpotTraining=True)
    tuning = {
        "HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxParallelTrainingJobs": 4}},
        "TrainingJobDefinition": job,
    }
    (found,) = (
        one for one in lookups([request("CreateHyperParameterTuningJob", tuning)]) if one.service == "service-quotas"
    )
    ((named, quota),) = quotas(found)
    assert (named.mention.count, quota) == (8, "ml.m5.large for spot training job usage")


def test_made_up_things_and_what_is_secret_are_not_looked_up():
    made_up = training(
        RoleArn="arn:aws:iam::111122223333:role/mlops-gates",
        OutputDataConfig={"S3OutputPath": "s3://sagemaker-us-east-1-111122223333/x"},
        Environment={"WHERE": "s3://hidden/x"},
        InputDataConfig=[{"DataSource": {"S3DataSource": {"S3Uri": "s3://mlops-gates-inputs/train"}}}],
    )
    assert {one.service for one in lookups([request("CreateTrainingJob", made_up)])} == {"ecr", "service-quotas"}


LEAVES = [
    *(get(text) for text in ("Steps.A.B", "Steps.", "Parameters.P")),
    {"Std:Join": 3},
    {"Std:Join": {"Values": [get("Steps.A")]}},
    *("s3://", "s3://b", IMAGE, ROLE),
]
NAMES = ["ModelName", "RoleArn", "Image", "InstanceType", "Tags", "Std:Join", "Get", "AlarmName", "x"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS | st.sampled_from(LEAVES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON, JSON)
@settings(max_examples=150, deadline=None)
def test_no_json_stops_the_planning(first, second, third):
    members = {
        "ModelName": first,
        "PrimaryContainer": second,
        "TrainingJobName": first,
        "HyperParameterTuningJobConfig": third,
    }
    target = pipeline(
        {"Name": "A", "Type": "Training", "Arguments": {**members, "ResourceConfig": third}, "DependsOn": second},
        {
            "Name": "B",
            "Type": "EndpointConfig",
            "Arguments": {"EndpointConfigName": second, "ProductionVariants": third},
        },
        {"Name": "C", "Type": "Condition", "Arguments": first},
        {"Name": "D", "Type": "Model", "Arguments": second},
        parameters=({"Name": "P", "Type": "String"},),
    )
    plan = sequence(target)
    assert len({id(one.request) for one in plan.calls}) == len(plan.calls)
    json.dumps([dict(one.members) for one in prerequisites(plan.calls, REGION)])
    for one in plan.calls:
        made = filled(target, one.request, Sources(lambda _: ("string", ()), lambda _: None))
        assert "Unknown(" not in repr(made)
    lookups([target])


def test_a_long_chain_is_put_in_order():
    before = [step(f"S{place}", "Lambda", {}, DependsOn=[f"S{place + 1}"]) for place in range(1500)]
    target = pipeline(step("Last", "Training", training(), DependsOn=["S0"]), *before, step("S1500", "Model", {}))
    assert order(target) == ["CreatePipeline", "S1500", "Last"]
