"""builders.channels: what is mounted, and what the script reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from rules_bench import DROP, MADE, TRAINING, TUNING, channel, ids, mistyped, seen, target

from mlops_gates.gates.builders.channels import CHECK
from mlops_gates.gates.builders.requests.request import Unknown

FIRST = "InputDataConfig[0]"
S3 = f"{FIRST}.DataSource.S3DataSource"
SHOWN = "InputDataConfig[train].DataSource"
EFS = {"FileSystemDataSource": {"FileSystemId": "fs-0a1b2c3d"}}
GROUPS = {"ResourceConfig.InstanceGroups": [{"InstanceGroupName": "gpu"}]}
ASSIGNED = {f"InputDataConfig[{n}].DataSource.S3DataSource.InstanceGroupNames": ["gpu"] for n in (0, 1)}
MANIFEST = {f"{S3}.S3DataType": "AugmentedManifestFile", f"{S3}.AttributeNames": ["source-ref"]}
BAD: list[tuple[str, str, dict[str, Any], str, bool]] = [
    (
        "folder-without-channel",
        TRAINING,
        {"HyperParameters.dir": '"/opt/ml/input/data/training"'},
        "HyperParameters.dir",
        False,
    ),
    ("folder-without-channel", TRAINING, {"Environment.DIR": "/opt/ml/input/data/a/b"}, "Environment.DIR", False),
    (
        "folder-without-channel",
        TRAINING,
        {"AlgorithmSpecification.ContainerArguments": ["--in", "/opt/ml/input/data/x"]},
        "AlgorithmSpecification.ContainerArguments[1]",
        False,
    ),
    (
        "folder-without-channel",
        TUNING,
        {"TrainingJobDefinition.StaticHyperParameters.dir": "/opt/ml/input/data/x"},
        "TrainingJobDefinition.StaticHyperParameters.dir",
        False,
    ),
    ("manifest-not-piped", TRAINING, MANIFEST, f"{SHOWN}.S3DataSource.S3DataType", False),
    (
        "manifest-without-attributes",
        TRAINING,
        {f"{S3}.S3DataType": "AugmentedManifestFile", f"{FIRST}.InputMode": "Pipe"},
        f"{SHOWN}.S3DataSource.AttributeNames",
        True,
    ),
    (
        "groups-for-some",
        TRAINING,
        {**GROUPS, f"InputDataConfig[1].{S3.partition('.')[2]}.InstanceGroupNames": ["gpu"]},
        f"{SHOWN}.S3DataSource.InstanceGroupNames",
        False,
    ),
    (
        "group-of-nobody",
        TRAINING,
        {**GROUPS, **ASSIGNED, f"{S3}.InstanceGroupNames": ["gpus"]},
        f"{SHOWN}.S3DataSource.InstanceGroupNames[0]",
        True,
    ),
    (
        "channel-twice",
        TRAINING,
        {"InputDataConfig[1].ChannelName": "train"},
        "InputDataConfig[train].ChannelName",
        True,
    ),
    ("source-of-no-kind", TRAINING, {f"{FIRST}.DataSource": {}}, SHOWN, True),
    ("source-of-no-kind", TRAINING, {f"{FIRST}.DataSource.FileSystemDataSource": {}}, SHOWN, True),
    (
        "wrapper-on-files",
        TRAINING,
        {f"{FIRST}.RecordWrapperType": "RecordIO"},
        "InputDataConfig[train].RecordWrapperType",
        True,
    ),
]
GOOD: list[tuple[str, dict[str, Any]]] = [
    *((operation, {}) for operation in MADE),
    (TRAINING, {"HyperParameters.dir": "/opt/ml/input/data/train"}),
    (TRAINING, {"HyperParameters.dir": "/opt/ml/input/data"}),
    (TRAINING, {"HyperParameters.dir": "/opt/ml/input/data/train_0"}),
    (TRAINING, {"HyperParameters.dir": "/opt/ml/input/data/train-manifest"}),
    (TRAINING, {"HyperParameters.dir": "/opt/ml/input/data/x", f"{FIRST}.ChannelName": Unknown("parameter", "P")}),
    (TRAINING, {"HyperParameters.dir": "/opt/ml/input/data/x", "InputDataConfig": Unknown("parameter", "P")}),
    (TRAINING, {f"{FIRST}.RecordWrapperType": "None"}),
    (TRAINING, {f"{FIRST}.RecordWrapperType": "RecordIO", f"{FIRST}.InputMode": "Pipe"}),
    (TRAINING, {f"{FIRST}.DataSource": EFS}),
    (TRAINING, {f"{FIRST}.DataSource": "s3://models"}),
    (TRAINING, {**MANIFEST, "AlgorithmSpecification.TrainingInputMode": "Pipe"}),
    (TRAINING, {**MANIFEST, "AlgorithmSpecification.TrainingInputMode": DROP}),
    (TRAINING, {**GROUPS, **ASSIGNED}),
]


@pytest.mark.parametrize(("rule", "operation", "changes", "at", "believed"), BAD)
def test_what_breaks(rule: str, operation: str, changes: dict[str, Any], at: str, believed: bool) -> None:
    assert seen(CHECK.rules, target(operation, changes)) == [(rule, at, believed)]


@pytest.mark.parametrize(("operation", "changes"), GOOD)
def test_what_keeps(operation: str, changes: dict[str, Any]) -> None:
    assert seen(CHECK.rules, target(operation, changes)) == []


def contract(**inputs: Any) -> dict[str, Any]:
    return {"contract": {"inputs": inputs, "outputs": {"model": "/opt/ml/model"}}}


DATA = "/opt/ml/input/data"


@pytest.mark.parametrize(
    "inputs",
    [
        {"train": f"{DATA}/train", "validation": f"{DATA}/validation"},
        {"train": f"{DATA}/train", "validation": f"{DATA}/validation", "extra": f"{DATA}/extra"},
        {"all": DATA, "train": f"{DATA}/train", "validation": f"{DATA}/validation/part"},
        {"config": "/opt/ml/input/config/hyperparameters.json", "rules": "/opt/ml/code/rules.json"},
        {"train": "/elsewhere", "validation": 5},
    ],
)
def test_a_contract_that_is_kept(inputs: dict[str, Any]) -> None:
    assert seen(CHECK.rules, target(TRAINING, {}, contract(**inputs))) == []


@pytest.mark.parametrize(
    "inputs",
    [
        {"train": f"{DATA}/training", "validation": f"{DATA}/validation"},
        {"train": "/opt/ml/processing/input/train", "validation": f"{DATA}/validation"},
    ],
)
def test_a_contract_that_reads_elsewhere(inputs: dict[str, Any]) -> None:
    found = seen(CHECK.rules, target(TRAINING, {}, contract(**inputs)))
    assert found == [("contract-without-channel", "InputDataConfig.train", False)]


def test_what_the_sdk_adds_is_no_channel_of_the_builder() -> None:
    added = {"InputDataConfig": [channel("train"), channel("sm_drivers"), channel("code")]}
    entry = contract(train=f"{DATA}/train", validation=f"{DATA}/validation")
    assert seen(CHECK.rules, target(TRAINING, added, entry)) == []


def test_every_rule_is_broken_once() -> None:
    assert {one[0] for one in BAD} | {"contract-without-channel"} == ids(CHECK.rules)


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(CHECK.rules, one)
