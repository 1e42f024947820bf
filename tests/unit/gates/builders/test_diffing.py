"""What changed between two requests, in words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_gates.gates.builders.comparing.diffing import LATER, changes
from mlops_gates.gates.builders.comparing.keeping import SECRET, kept
from mlops_gates.gates.builders.requests.request import Unknown

JOB: dict[str, Any] = {
    "AlgorithmSpecification": {
        "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3.0-gpu"
    },
    "HyperParameters": {"epochs": "sha256:1", "rate": "sha256:2"},
    "Environment": {"LEVEL": "sha256:3"},
    "InputDataConfig": [
        {"ChannelName": "train", "S3Uri": "s3://data/train"},
        {"ChannelName": "validation", "S3Uri": "s3://data/validation"},
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://models", "KmsKeyId": "alias/one"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "RoleArn": "arn:aws:iam::111122223333:role/train",
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]},
    "EnableNetworkIsolation": True,
    "Tags": [{"Key": "team", "Value": "churn"}],
}


def told(change: Any) -> list[tuple[tuple[str | int, ...], str]]:
    now = copy.deepcopy(JOB)
    change(now)
    return [(one.path, one.told) for one in changes(JOB, now)]


def put(*path: str | int, to: Any = ...) -> Any:
    def change(job: Any) -> None:
        for part in path[:-1]:
            job = job[part]
        if to is ...:
            del job[path[-1]]
        else:
            job[path[-1]] = to

    return change


IMAGE = ("AlgorithmSpecification", "TrainingImage")
CASES: list[tuple[Any, tuple[str | int, ...], str]] = [
    (
        put("ResourceConfig", "InstanceType", to="ml.m5.2xlarge"),
        ("ResourceConfig", "InstanceType"),
        "instance ml.m5.xlarge -> ml.m5.2xlarge",
    ),
    (put("ResourceConfig", "InstanceCount", to=2), ("ResourceConfig", "InstanceCount"), "instances 1 -> 2"),
    (put("ResourceConfig", "VolumeSizeInGB", to=50), ("ResourceConfig", "VolumeSizeInGB"), "volume 30 GB -> 50 GB"),
    (
        put("StoppingCondition", "MaxWaitTimeInSeconds", to=7200),
        ("StoppingCondition", "MaxWaitTimeInSeconds"),
        "longest wait added: 7200",
    ),
    (
        put(*IMAGE, to="763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.4.0-gpu"),
        IMAGE,
        "image version 2.3.0-gpu -> 2.4.0-gpu",
    ),
    (put("HyperParameters", "epochs", to="sha256:9"), ("HyperParameters", "epochs"), "hyperparameter epochs changed"),
    (put("HyperParameters", "depth", to="sha256:9"), ("HyperParameters", "depth"), "hyperparameter depth added"),
    (put("HyperParameters", "rate"), ("HyperParameters", "rate"), "hyperparameter rate removed"),
    (put("Environment", "LEVEL", to="sha256:9"), ("Environment", "LEVEL"), "environment variable LEVEL changed"),
    (
        put("InputDataConfig", 1, "S3Uri", to="s3://data/test"),
        ("InputDataConfig", 1, "S3Uri"),
        "channel validation: S3Uri s3://data/validation -> s3://data/test",
    ),
    (put("InputDataConfig", 0), ("InputDataConfig",), "channel train removed"),
    (
        put("RoleArn", to="arn:aws:iam::111122223333:role/admin"),
        ("RoleArn",),
        "permission: RoleArn arn:aws:iam::111122223333:role/train -> arn:aws:iam::111122223333:role/admin",
    ),
    (
        put("OutputDataConfig", "KmsKeyId"),
        ("OutputDataConfig", "KmsKeyId"),
        "permission: KmsKeyId removed: it was alias/one",
    ),
    (
        put("EnableNetworkIsolation", to=False),
        ("EnableNetworkIsolation",),
        "permission: EnableNetworkIsolation true -> false",
    ),
    (put("VpcConfig"), ("VpcConfig",), "permission: VpcConfig removed"),
    (
        put("VpcConfig", "Subnets", to=["subnet-2", "subnet-3"]),
        ("VpcConfig", "Subnets"),
        "permission: Subnets changed: without subnet-1, with subnet-3",
    ),
    (
        put("VpcConfig", "Subnets", to=["subnet-2", "subnet-1"]),
        ("VpcConfig", "Subnets"),
        "permission: Subnets changed: another order",
    ),
    (put("Tags", 0, "Value", to="fraud"), ("Tags", 0, "Value"), "tag team: Value churn -> fraud"),
    (put("ResourceConfig", to="none"), ("ResourceConfig",), "ResourceConfig a structure -> none"),
]


@pytest.mark.parametrize(("change", "path", "words"), CASES, ids=[words for _, _, words in CASES])
def test_one_change_is_told_in_words(change: Any, path: tuple[str | int, ...], words: str) -> None:
    assert told(change) == [(path, words)]


def test_a_channel_between_two_others_is_one_change() -> None:
    def insert(job: Any) -> None:
        job["InputDataConfig"].insert(1, {"ChannelName": "test", "S3Uri": "s3://data/test"})

    assert told(insert) == [(("InputDataConfig", 1), "channel test added")]


def test_the_order_of_members_and_of_named_elements_is_no_change() -> None:
    assert told(lambda job: job["InputDataConfig"].reverse()) == []
    assert list(changes(JOB, dict(reversed(JOB.items())))) == []


def test_true_is_no_one_and_a_value_of_the_run_is_none_of_now() -> None:
    assert [one.told for one in changes({"A": 1}, {"A": True})] == ["A 1 -> true"]
    later = kept({LATER: "Steps.Train.ModelArtifacts"})
    assert [one.told for one in changes({"A": "s3://m"}, {"A": later})] == ["A s3://m -> Steps.Train.ModelArtifacts"]


def test_elements_without_names_are_matched_by_their_place() -> None:
    before, now = {"L": [{"A": 1}, {"A": 2}]}, {"L": [{"A": 1}]}
    assert [(one.path, one.told) for one in changes(before, now)] == [(("L",), "L[1] removed")]
    assert [(one.path, one.told) for one in changes(now, before)] == [(("L", 1), "L[1] added")]


def test_values_of_hyperparameters_and_variables_are_digests_and_secrets_are_nothing() -> None:
    stored = kept(
        {
            "HyperParameters": {"epochs": "10", "nested": {"deep": 3}},
            "Environment": {"LEVEL": "info", "DB_PASSWORD": "hunter2", "KEY": "AKIAABCDEFGHIJKLMNOP"},
            "ContainerArguments": ["--rows", "100"],
            "ModelDataUrl": "https://user:letmein@host/model.tar.gz",
            "InstanceCount": 2,
        }
    )
    everything = str(stored)
    for told in ("'10'", "info", "hunter2", "AKIA", "--rows", "letmein"):
        assert told not in everything
    assert stored["HyperParameters"]["epochs"].startswith("sha256:") and len(stored["HyperParameters"]["epochs"]) == 23
    assert stored["Environment"]["DB_PASSWORD"] == stored["Environment"]["KEY"] == stored["ModelDataUrl"] == SECRET
    assert stored["InstanceCount"] == 2


def test_secrets_among_parameters_and_tags_are_not_stored() -> None:
    stored = kept(
        {
            "Parameters": [{"Name": "DbPassword", "Type": "String", "DefaultValue": "hunter2"}],
            "Tags": [{"Key": "api_key", "Value": "letmein-please"}],
        }
    )
    assert "hunter2" not in str(stored) and "letmein" not in str(stored)
    assert stored["Parameters"][0]["Name"] == "DbPassword"


def test_what_only_a_run_knows_is_stored_by_its_expression() -> None:
    uri = {"Std:Join": {"On": "/", "Values": ["s3://models", {"Get": "Execution.PipelineExecutionId"}]}}
    file = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "loss"}}
    folded = {"Uri": Unknown("join", "s3://models/?"), "Loss": Unknown("json", ""), "Get": 1}
    assert kept(folded, raw={"Uri": uri, "Loss": file}) == {
        "Uri": {LATER: "s3://models/{Execution.PipelineExecutionId}"},
        "Loss": {LATER: "Steps.Evaluate.PropertyFiles.Report: loss"},
        "Get": 1,
    }
    assert kept({"Left": {"Get": "Parameters.MaxLoss"}}) == {"Left": {LATER: "Parameters.MaxLoss"}}


def test_a_number_is_another_value_than_its_text() -> None:
    assert kept({"Environment": {"A": 10}}) != kept({"Environment": {"A": "10"}})
    assert [one.told for one in changes({"A": "10"}, {"A": 10})] == ['A "10" -> 10']


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab:/", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Name", "InputDataConfig", "ChannelName", "Environment", "Image", "A"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(before=JSON, now=JSON)
def test_no_change_is_told_of_the_same_and_some_of_all_else(before: Any, now: Any) -> None:
    assert list(changes(before, copy.deepcopy(before))) == []
    found = list(changes(before, now))
    assert all(one.told and "\n" not in one.told for one in found)
    assert found or before == now or sorted(map(str, _flat(before))) == sorted(map(str, _flat(now)))


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [(key, more) for key, one in value.items() for more in _flat(one)] or ["{}"]
    return [more for one in value for more in _flat(one)] or ["[]"] if isinstance(value, list) else [value]
