"""builders.network: isolation, file systems, VPCs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from rules_bench import DROP, MADE, TRAINING, TUNING, VPC, ids, mistyped, seen, target

from mlops_gates.gates.builders.network import CHECK

CHAINER = "520713654638.dkr.ecr.us-east-1.amazonaws.com/sagemaker-chainer:5.0.0-cpu-py3"
EFS = {"FileSystemDataSource": {"FileSystemId": "fs-0a1b2c3d", "FileSystemType": "EFS"}}
SWITCH = "EnableNetworkIsolation"
NEEDED = {"runs": [{"calls": [{"operation": "PutObject", "request": {"Key": "churn/code/requirements.txt"}}]}]}
PACKED = {"runs": [{"calls": [{"operation": "PutObject", "request": {"Names": ["train.py", "requirements.txt"]}}]}]}
SUBMIT = "PrimaryContainer.Environment.SAGEMAKER_SUBMIT_DIRECTORY"
INSTALLING = "isolated-and-installing"
BAD: list[tuple[str, str, dict[str, Any], dict[str, Any], str, bool]] = [
    (
        "isolated-image-of-s3",
        TRAINING,
        {SWITCH: True, "AlgorithmSpecification.TrainingImage": CHAINER},
        {},
        SWITCH,
        False,
    ),
    (INSTALLING, TRAINING, {SWITCH: True}, NEEDED, SWITCH, True),
    (INSTALLING, TRAINING, {SWITCH: True}, PACKED, SWITCH, True),
    (INSTALLING, "CreateModel", {SWITCH: True}, NEEDED, SWITCH, True),
    (INSTALLING, "CreateProcessingJob", {f"NetworkConfig.{SWITCH}": True}, NEEDED, f"NetworkConfig.{SWITCH}", True),
    (
        INSTALLING,
        "CreateProcessingJob",
        {
            f"NetworkConfig.{SWITCH}": True,
            "AppSpecification.ContainerEntrypoint": ["bash", "-c", "pip install x && y"],
        },
        {},
        f"NetworkConfig.{SWITCH}",
        True,
    ),
    ("isolated-and-fetching", "CreateModel", {SWITCH: True, SUBMIT: "s3://models/x.tar.gz"}, {}, SUBMIT, True),
    (
        "file-system-without-vpc",
        TRAINING,
        {"VpcConfig": DROP, "InputDataConfig[0].DataSource": EFS},
        {},
        "VpcConfig",
        True,
    ),
    (
        "file-system-without-vpc",
        TUNING,
        {"TrainingJobDefinition.VpcConfig": DROP, "TrainingJobDefinition.InputDataConfig[0].DataSource": EFS},
        {},
        "TrainingJobDefinition.VpcConfig",
        True,
    ),
    (
        "id-of-another-kind",
        "CreateProcessingJob",
        {"NetworkConfig.VpcConfig": {**VPC, "SecurityGroupIds": ["default"]}},
        {},
        "NetworkConfig.VpcConfig.SecurityGroupIds[0]",
        True,
    ),
]
GOOD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *((operation, {}, {}) for operation in MADE),
    (TRAINING, {}, NEEDED),
    (
        TRAINING,
        {SWITCH: True},
        {"runs": [{"calls": [{"operation": "PutObject", "request": {"Key": "code/requirements.txt.old"}}]}]},
    ),
    (
        TRAINING,
        {SWITCH: True},
        {"runs": [{"calls": [{"operation": "GetObject", "request": {"Key": "requirements.txt"}}]}]},
    ),
    (TRAINING, {SWITCH: True}, {"runs": ["requirements.txt", {"calls": "requirements.txt"}, {"calls": [5]}]}),
    (TRAINING, {"AlgorithmSpecification.TrainingImage": CHAINER}, {}),
    (TRAINING, {"VpcConfig": DROP}, {}),
    (TRAINING, {"InputDataConfig[0].DataSource": EFS}, {}),
    ("CreateModel", {SWITCH: True, SUBMIT: "/opt/ml/model/code"}, {}),
    ("CreateModel", {SUBMIT: "s3://models/x.tar.gz"}, {}),
]


@pytest.mark.parametrize(("rule", "operation", "changes", "entry", "at", "believed"), BAD)
def test_what_breaks(
    rule: str, operation: str, changes: dict[str, Any], entry: dict[str, Any], at: str, believed: bool
) -> None:
    assert seen(CHECK.rules, target(operation, changes, entry)) == [(rule, at, believed)]


@pytest.mark.parametrize(("operation", "changes", "entry"), GOOD)
def test_what_keeps(operation: str, changes: dict[str, Any], entry: dict[str, Any]) -> None:
    assert seen(CHECK.rules, target(operation, changes, entry)) == []


def test_every_rule_is_broken_once() -> None:
    assert {one[0] for one in BAD} == ids(CHECK.rules)


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(CHECK.rules, one)
