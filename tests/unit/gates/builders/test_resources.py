"""builders.resources: instances, volumes, time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from rules_bench import DROP, KEY, TRAINING, TUNING, ids, mistyped, seen, target, told

from mlops_gates.gates.builders.requests.request import Unknown
from mlops_gates.gates.builders.resources import CHECK

R, JOB = "ResourceConfig", "TrainingJobDefinition."
GROUP = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "InstanceGroupName": "all"}
CONFIGS = f"{JOB}HyperParameterTuningResourceConfig"
CLUSTER = "ProcessingResources.ClusterConfig"
BAD: list[tuple[str, str, dict[str, Any], str, bool]] = [
    ("resources-missing", TRAINING, {R: DROP}, R, False),
    ("resources-missing", TUNING, {f"{JOB}{R}": DROP}, f"{JOB}{R}", False),
    ("stopping-condition-missing", TRAINING, {"StoppingCondition": DROP}, "StoppingCondition", False),
    (
        "runtime-beyond-28-days",
        TRAINING,
        {"StoppingCondition.MaxRuntimeInSeconds": 2419201},
        "StoppingCondition.MaxRuntimeInSeconds",
        False,
    ),
    ("no-instances", TRAINING, {f"{R}.InstanceCount": 0}, f"{R}.InstanceCount", True),
    ("no-instances", TRAINING, {f"{R}.InstanceCount": DROP}, f"{R}.InstanceCount", True),
    ("groups-and-one-type", TRAINING, {f"{R}.InstanceGroups": [GROUP]}, f"{R}.InstanceGroups", True),
    (
        "group-twice",
        TRAINING,
        {R: {"InstanceGroups": [GROUP, GROUP], "VolumeSizeInGB": 30}},
        f"{R}.InstanceGroups[1].InstanceGroupName",
        True,
    ),
    (
        "configs-and-one-type",
        TUNING,
        {CONFIGS: {"InstanceConfigs": [{"InstanceType": "ml.m5.xlarge"}], "InstanceCount": 1}},
        f"{CONFIGS}.InstanceCount",
        False,
    ),
    ("volume-missing", TRAINING, {f"{R}.VolumeSizeInGB": DROP}, f"{R}.VolumeSizeInGB", False),
    (
        "volume-key-on-local-storage",
        TRAINING,
        {f"{R}.InstanceType": "ml.g5.xlarge", f"{R}.VolumeKmsKeyId": KEY},
        f"{R}.VolumeKmsKeyId",
        False,
    ),
    (
        "volume-key-on-local-storage",
        "CreateProcessingJob",
        {f"{CLUSTER}.InstanceType": "ml.m5d.xlarge", f"{CLUSTER}.VolumeKmsKeyId": KEY},
        f"{CLUSTER}.VolumeKmsKeyId",
        False,
    ),
    (
        "volume-beyond-local-storage",
        "CreateProcessingJob",
        {f"{CLUSTER}.InstanceType": "ml.g5.xlarge", f"{CLUSTER}.VolumeSizeInGB": 251},
        f"{CLUSTER}.VolumeSizeInGB",
        False,
    ),
    (
        "warm-pool-refused",
        TRAINING,
        {f"{R}.KeepAlivePeriodInSeconds": 600, "EnableManagedSpotTraining": True},
        f"{R}.KeepAlivePeriodInSeconds",
        True,
    ),
]
GOOD: list[tuple[str, dict[str, Any]]] = [
    (TRAINING, {}),
    (TUNING, {}),
    ("CreateProcessingJob", {}),
    ("CreateModel", {}),
    (TRAINING, {"StoppingCondition.MaxRuntimeInSeconds": 28 * 86400}),
    (TRAINING, {R: {"InstanceGroups": [GROUP], "VolumeSizeInGB": 30}}),
    (TRAINING, {R: DROP, "StoppingCondition": DROP, "ServerlessJobConfig": {"JobType": "FineTuning"}}),
    (TRAINING, {f"{R}.InstanceType": "ml.g5.xlarge", f"{R}.VolumeSizeInGB": DROP}),
    (TRAINING, {f"{R}.VolumeKmsKeyId": KEY}),
    (TRAINING, {f"{R}.InstanceType": Unknown("parameter", "Parameters.Type"), f"{R}.VolumeSizeInGB": DROP}),
    (TRAINING, {f"{R}.InstanceType": "ml.new9.xlarge", f"{R}.VolumeKmsKeyId": KEY}),
    (TRAINING, {f"{R}.InstanceCount": Unknown("parameter", "Parameters.Count")}),
    (TRAINING, {f"{R}.KeepAlivePeriodInSeconds": 600}),
    (TUNING, {f"{JOB}{R}": DROP, CONFIGS: {"InstanceConfigs": [{"InstanceType": "ml.m5.xlarge"}]}}),
    ("CreateProcessingJob", {f"{CLUSTER}.InstanceType": "ml.g5.xlarge", f"{CLUSTER}.VolumeSizeInGB": 250}),
]


@pytest.mark.parametrize(("rule", "operation", "changes", "at", "believed"), BAD)
def test_what_breaks(rule: str, operation: str, changes: dict[str, Any], at: str, believed: bool) -> None:
    assert seen(CHECK.rules, target(operation, changes)) == [(rule, at, believed)]


@pytest.mark.parametrize(("operation", "changes"), GOOD)
def test_what_keeps(operation: str, changes: dict[str, Any]) -> None:
    assert seen(CHECK.rules, target(operation, changes)) == []


def test_every_rule_is_broken_once() -> None:
    assert {one[0] for one in BAD} == ids(CHECK.rules)


def test_milliseconds_are_guessed() -> None:
    assert "milliseconds?" in told(CHECK.rules, target(TRAINING, {"StoppingCondition.MaxRuntimeInSeconds": 7_200_000}))


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(CHECK.rules, one)
