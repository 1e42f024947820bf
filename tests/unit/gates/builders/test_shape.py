"""builders.shape: every kind of fault at its member, what is not known is not judged, and nothing secret is told."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_gates.findings import Finding, Location, Measurement, Status
from mlops_gates.gates.builders import shape, targets
from mlops_gates.gates.builders.requests.request import Path, text
from mlops_gates.gates.builders.rules import broken
from mlops_gates.gates.builders.scope import BuildersOptions, BuildersScope, Target
from mlops_gates.gates.builders.shapes import service
from mlops_gates.gates.builders.shapes.service import Service

ROLE = "arn:aws:iam::111122223333:role/example-execution"
JOB: dict[str, Any] = {
    "TrainingJobName": "churn",
    "RoleArn": ROLE,
    "AlgorithmSpecification": {"TrainingImage": "example:1", "TrainingInputMode": "File"},
    "HyperParameters": {"epochs": "10"},
    "Environment": {"LOG_LEVEL": "info"},
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://example-models/train/"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://example-models/output/"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "Tags": [{"Key": "team", "Value": "churn"}],
}
PARAMETERS = [
    {"Name": "Count", "Type": "Integer", "DefaultValue": 2},
    {"Name": "Share", "Type": "Float", "DefaultValue": 1.0},
    {"Name": "Word", "Type": "String", "DefaultValue": "two"},
    {"Name": "Yes", "Type": "Boolean", "DefaultValue": True},
    {"Name": "Later", "Type": "Integer"},
    {"Name": "LaterWord", "Type": "String"},
]


def target(root: dict[str, Any], operation: str = "CreateTrainingJob") -> Target:
    return targets.of_request("churn", operation, root, "us-east-1", lambda _: Location("builder.py", 1))


def defined(**members: Any) -> Target:
    job = {key: one for key, one in JOB.items() if key != "TrainingJobName"} | members
    steps = [{"Name": "Train", "Type": "Training", "Arguments": job}]
    root = {"Definition": {"Version": "2020-12-01", "Parameters": PARAMETERS, "Steps": steps}}
    return targets.of_pipeline("churn", root, "us-east-1", lambda _: Location("p.json", 1), {})


def seen(judged: Target) -> list[tuple[str, str]]:
    found = broken("builders.shape", shape.RULES, judged)
    return [(one.rule.id, text(one.path, judged.root)) for one in found]


def said(judged: Target) -> str:
    findings, _ = observed(judged)
    return "\n".join(one.message for one in findings)


def observed(*judged: Target) -> tuple[list[Finding], list[Measurement]]:
    scope = BuildersScope(None, BuildersOptions.model_construct())  # type: ignore[arg-type]
    scope.targets = list(judged)
    everything = list(shape.CHECK.body(scope))
    return [one for one in everything if isinstance(one, Finding)], [
        one for one in everything if isinstance(one, Measurement)
    ]


def changed(path: str, value: Any) -> dict[str, Any]:
    root = copy.deepcopy(JOB)
    here: Any = root
    *before, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in before:
        here = here.setdefault(part, {}) if isinstance(here, dict) else here[part]
    here[last] = value
    return root


def test_a_whole_request_is_silent() -> None:
    assert seen(target(JOB)) == []
    assert seen(defined()) == []


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("RoleArn", None, "required"),
        ("RoleArn", 5, "type"),
        ("RoleArn", "example-execution", "pattern"),
        ("Role", ROLE, "unknown-member"),
        ("TrainingJobName", "a" * 64, "length"),
        ("ResourceConfig.InstanceType", "m5.xlarge", "enum"),
        ("ResourceConfig.InstanceCount", "1", "type"),
        ("ResourceConfig.InstanceCount", True, "type"),
        ("ResourceConfig.InstanceCount", 1.0, "type"),
        ("ResourceConfig.InstanceCount", -1, "range"),
        ("ResourceConfig.KeepAlivePeriodInSeconds", 21601, "range"),
        ("EnableManagedSpotTraining", 1, "type"),
        ("EnableManagedSpotTraining", "true", "type"),
        ("InputDataConfig", [], "length"),
        ("InputDataConfig", {}, "type"),
        ("InputDataConfig.0.DataSource", "s3://example-models/", "type"),
        ("InputDataConfig.0", None, "type"),
        ("Tags.0.Value", "#1", "pattern"),
        ("VpcConfig", [], "type"),
        ("HyperParameters.epochs", 10, "type"),
        ("Environment.log-level", "info", "pattern"),
        ("CheckpointConfig", None, "type"),
    ],
)
def test_each_kind_of_fault_is_told_at_its_member(path: str, value: Any, rule: str) -> None:
    root = changed(path, value)
    parts: Path = tuple(int(part) if part.isdigit() else part for part in path.split("."))
    assert (rule, text(parts, root)) in seen(target(root))


def test_bounds_are_allowed_themselves() -> None:
    assert seen(target(changed("TrainingJobName", "a" * 63))) == []
    job = service.input_shape("CreateTrainingJob")
    assert job
    longest = job.members["ResourceConfig"].members["KeepAlivePeriodInSeconds"].high
    assert longest
    assert seen(target(changed("ResourceConfig.KeepAlivePeriodInSeconds", int(longest)))) == []
    assert seen(target(changed("StoppingCondition.MaxRuntimeInSeconds", 1))) == []
    assert seen(target(changed("HyperParameters", {f"p{n}": "1" for n in range(100)}))) == []


def test_of_a_union_exactly_one_member() -> None:
    table, words = {"TargetAttributeName": "Churn"}, {"ContentColumn": "a", "TargetLabelColumn": "b"}
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://example-models/train/"}}
    root = {
        "AutoMLJobName": "churn",
        "AutoMLJobInputDataConfig": [{"DataSource": source}],
        "OutputDataConfig": {"S3OutputPath": "s3://example-models/automl/"},
        "RoleArn": ROLE,
    }
    for problem, rules in (
        ({"TabularJobConfig": table}, []),
        ({}, ["union"]),
        ({"TabularJobConfig": table, "TextClassificationJobConfig": words}, ["union"]),
    ):
        found = seen(target(root | {"AutoMLProblemTypeConfig": problem}, "CreateAutoMLJobV2"))
        assert [rule for rule, _ in found] == rules


def test_a_definition_leaves_the_names_of_what_it_makes_to_the_service() -> None:
    unnamed = {key: one for key, one in JOB.items() if key != "TrainingJobName"}
    assert seen(target(unnamed)) == [("required", "TrainingJobName")]
    assert seen(defined()) == []


def test_a_transform_in_a_definition_names_its_model() -> None:
    definition = {"Steps": [{"Name": "Score", "Type": "Transform", "Arguments": {}}]}
    judged = targets.of_pipeline("p", {"Definition": definition}, "us-east-1", lambda _: Location("p", 1), {})
    missing = [where.rpartition(".")[2] for rule, where in seen(judged) if rule == "required"]
    assert missing == ["ModelName", "TransformInput", "TransformOutput", "TransformResources"]


@pytest.mark.parametrize(
    ("parameter", "rules"),
    [
        ("Count", []),
        ("Share", ["parameter-type"]),
        ("Word", ["parameter-type"]),
        ("Yes", ["parameter-type"]),
        ("Later", []),
        ("LaterWord", ["parameter-type"]),
        ("Undeclared", []),
    ],
)
def test_a_parameter_has_the_type_of_its_member(parameter: str, rules: list[str]) -> None:
    resources = JOB["ResourceConfig"] | {"InstanceCount": {"Get": f"Parameters.{parameter}"}}
    judged = defined(ResourceConfig=resources)
    assert [rule for rule, _ in seen(judged)] == rules
    assert {one.status for one in observed(judged)[0]} <= {Status.WARNED}


def test_a_default_is_judged_as_a_value() -> None:
    assert seen(defined(HyperParameters={"words": {"Get": "Parameters.Word"}})) == []
    where = "Definition.Steps[Train].Arguments.ResourceConfig.InstanceType"
    resources = JOB["ResourceConfig"] | {"InstanceType": {"Get": "Parameters.Word"}}
    assert seen(defined(ResourceConfig=resources)) == [("enum", where)]


@pytest.mark.parametrize(
    "written",
    [
        {"Get": "Steps.Prepare.ProcessingOutputConfig"},
        {"Get": "Parameters.Word"},
        {"Get": "Parameters.LaterWord"},
        {"Std:Join": {"On": "", "Values": ["a", {"Get": "Execution.PipelineName"}]}},
        {"Std:JsonGet": {"PropertyFile": "a", "Path": "b"}},
    ],
)
@pytest.mark.parametrize("member", ["InputDataConfig", "OutputDataConfig", "HyperParameters"])
def test_one_value_is_no_list_no_map_and_no_structure(member: str, written: dict[str, Any]) -> None:
    assert seen(defined(**{member: written})) == [("type", f"Definition.Steps[Train].Arguments.{member}")]


def test_what_only_a_run_knows_is_counted_and_not_judged() -> None:
    job = {"RoleArn": {"Get": "Steps.Make.Role"}, "OutputDataConfig": {"S3OutputPath": {"Get": "Execution.Some"}}}
    findings, (measured,) = observed(defined(**job))
    assert findings == []
    assert "2 known only at run time and not judged" in measured.text
    _, (all_known,) = observed(target(JOB))
    assert "run time" not in all_known.text
    assert "in 1 request of 1 target: 28 values judged" in all_known.text


def test_a_pattern_that_cannot_be_read_is_told_and_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = {
        "operations": {"CreateTrainingJob": {"input": {"shape": "In"}}},
        "shapes": {
            "In": {"type": "structure", "members": {"Name": {"shape": "Name"}, "Odd": {"shape": "Odd"}}},
            "Name": {"type": "string", "pattern": r"[a-z&&[^b]]*"},
            "Odd": {"type": "document"},
        },
    }
    model = Service(raw, "0")
    monkeypatch.setattr(shape, "service", lambda: model)
    findings, _ = observed(target({"Name": "b", "Odd": 1}))
    assert [(one.status, "not judged" in one.message) for one in findings] == [(Status.WARNED, True)] * 2
    findings, _ = observed(target({}, "CreateProcessingJob"))
    assert [one.status for one in findings] == [Status.WARNED]
    assert "botocore 0 has no CreateProcessingJob" in findings[0].message


def test_the_message_tells_what_is_near_and_what_aws_says() -> None:
    message = said(target(changed("ResourceConfig.InstanceType", "m5.xlarge")))
    assert "the nearest is ml.m5.xlarge," in message
    assert (
        "AWS says: 1 validation error detected: Value 'm5.xlarge' at 'resourceConfig.instanceType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [ml.m5.xlarge, " in message
    )
    assert "'file' is not one of Pipe, File, FastFile" in said(
        target(changed("AlgorithmSpecification.TrainingInputMode", "file"))
    )
    named = said(target(changed("TrainingJobName", "a_" * 40)))
    assert "has 80 characters, and at most 63 are allowed" in named
    assert "2 validation errors detected: Value 'a_a_" in named
    assert 'Missing required parameter in InputDataConfig[0]: "ChannelName"' in said(
        target(changed("InputDataConfig", [{"DataSource": {}}]))
    )
    assert "'tags.1.member.key'" in said(target(changed("Tags.0.Key", "#")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Environment.TOKEN", ["hunter2"]),
        ("Environment.TOKEN", "hunter2" * 99),
        ("HyperParameters.password", "hunter2\n"),
        ("HyperParameters.seed", {"a": "hunter2"}),
        ("RoleArn", "https://me:hunter2@example.com"),
        ("RoleArn", "AKIAIOSFODNN7EXAMPLE hunter2"),
        ("AlgorithmSpecification.ContainerArguments", ["--password", "hunter2 " * 99]),
        ("TrainingJobName", "hunter2" * 30),
        ("ResourceConfig.SecretToken", "hunter2"),
    ],
)
def test_no_value_is_told_that_may_be_secret(path: str, value: Any) -> None:
    message = said(target(changed(path, value)))
    assert message
    assert "hunter2" not in message


def test_a_request_is_judged_within_milliseconds() -> None:
    broken_job = changed("ResourceConfig.InstanceType", "m5.xlarge")
    service.service()
    for root in (JOB, broken_job):
        seen(target(root))
        began = time.process_time()
        for _ in range(20):
            seen(target(root))
        assert (time.process_time() - began) / 20 < 0.005


def test_a_list_without_end_is_not_walked_to_its_end() -> None:
    root = changed("Tags", [{"Key": "#", "Value": "x"}] * 100_000)
    began = time.process_time()
    found = seen(target(root))
    assert ("length", "Tags") in found
    assert len(found) == 51
    assert time.process_time() - began < 2


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Get", "Std:Join", "S3Uri", "Tags", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)
PLACES = [
    *JOB,
    "ResourceConfig.InstanceCount",
    "InputDataConfig.0",
    "InputDataConfig.0.DataSource.S3DataSource",
    "Tags.0.Key",
    "Environment.A",
    "HyperParameters.b",
    "RetryStrategy",
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), ANY)
def test_no_json_crashes_a_rule(path: str, value: Any) -> None:
    root = changed(path, value)
    observed(target(root))
    observed(defined(**{key: one for key, one in root.items() if key != "TrainingJobName"}))
