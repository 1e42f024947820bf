"""builders.policy: what the team asks for, and nothing that it does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError
from rules_bench import DROP, MADE, TRAINING, TUNING, ids, mistyped, seen, target, told

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.policy import CHECK, rules
from mlops_gates.gates.builders.policy_options import TeamPolicy
from mlops_gates.gates.builders.requests.request import Unknown

ALL = TeamPolicy.model_validate(
    {
        "tags": ["team"],
        "regions": ["us-*"],
        "instances": ["ml.m5.*"],
        "registries": ["aws", "111122223333"],
        "kms": True,
        "vpc": True,
        "network_isolation": True,
        "encrypt_inter_container": True,
    }
)
VOLUME = "ResourceConfig.VolumeKmsKeyId"
IMAGE = "AlgorithmSpecification.TrainingImage"
ENCRYPTION = "EnableInterContainerTrafficEncryption"


def asked(operation: str, policy: dict[str, Any], changes: dict[str, Any] | None = None, **more: Any) -> list[Any]:
    found = seen(tuple(rules(TeamPolicy.model_validate(policy))), target(operation, changes or {}, **more))
    assert not any(believed for _, _, believed in found)
    return [(rule, at) for rule, at, _ in found]


def test_tags_are_asked_for() -> None:
    assert asked(TRAINING, {"tags": ["team"]}) == []
    assert asked(TRAINING, {"tags": ["team", "stage"]}) == [("tags-missing", "Tags")]
    assert asked(TRAINING, {"tags": ["team"]}, {"Tags": DROP}) == [("tags-missing", "Tags")]
    words = told(tuple(rules(TeamPolicy(tags=("owner", "stage")))), target(TRAINING, {}))
    assert words == "owner, stage are not among the tags"
    assert asked(TRAINING, {"tags": ["team"]}, {"Tags[0].Key": Unknown("parameter", "P")}) == []


def test_a_version_in_a_group_takes_no_tags() -> None:
    root = {"ModelPackageGroupName": "churn"}
    one = targets.of_request("p", "CreateModelPackage", root, "us-east-1", lambda _: Location("x.py", 1))
    assert seen(tuple(rules(TeamPolicy(tags=("team",)))), one) == []


def test_regions() -> None:
    assert asked(TRAINING, {"regions": ["eu-west-3"]}) == [("region-not-allowed", "")]
    assert asked(TRAINING, {"regions": ["eu-*"]}, region="eu-west-3") == []


def test_instances() -> None:
    policy = {"instances": ["ml.m5.*"]}
    assert asked(TRAINING, policy) == []
    found = asked(TRAINING, policy, {"ResourceConfig.InstanceType": "ml.p4d.24xlarge"})
    assert found == [("instance-not-allowed", "ResourceConfig.InstanceType")]
    changes = {"TrainingJobDefinition.ResourceConfig.InstanceType": "ml.m5d.large"}
    assert asked(TUNING, policy, changes) == [
        ("instance-not-allowed", "TrainingJobDefinition.ResourceConfig.InstanceType")
    ]
    variant = {"ProductionVariants": [{"VariantName": "all", "InstanceType": "ml.t2.medium"}]}
    one = targets.of_request("e", "CreateEndpointConfig", variant, "us-east-1", lambda _: Location("x.py", 1))
    found = seen(tuple(rules(TeamPolicy(instances=("ml.m5.*",)))), one)
    assert found == [("instance-not-allowed", "ProductionVariants[all].InstanceType", False)]


@pytest.mark.parametrize(
    ("image", "allowed"),
    [
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1", ["111122223333"]),
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1", ["*.us-east-1.amazonaws.com"]),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", ["aws"]),
        ("registry.example.com:5000/churn:1", ["registry.example.com:5000"]),
        ("python:3.11", ["docker.io"]),
        ("no image at all", ["aws"]),
    ],
)
def test_registries_that_may_be(image: str, allowed: list[str]) -> None:
    assert asked(TRAINING, {"registries": allowed}, {IMAGE: image}) == []


@pytest.mark.parametrize(
    "image", ["444455556666.dkr.ecr.us-east-1.amazonaws.com/churn:1", "python:3.11", "ghcr.io/a/b:1"]
)
def test_registries_that_may_not(image: str) -> None:
    assert asked(TRAINING, {"registries": ["aws", "111122223333"]}, {IMAGE: image}) == [("registry-not-allowed", IMAGE)]


def test_keys() -> None:
    assert asked(TRAINING, {"kms": True}) == [("key-missing", VOLUME)]
    assert asked(TRAINING, {"kms": True}, {VOLUME: "alias/volumes"}) == []
    local = {"ResourceConfig.InstanceType": "ml.g5.xlarge", "OutputDataConfig.KmsKeyId": ""}
    assert asked(TRAINING, {"kms": True}, local) == [("key-missing", "OutputDataConfig.KmsKeyId")]
    assert asked(TRAINING, {"kms": True}, {VOLUME: Unknown("parameter", "Parameters.Key")}) == []


def test_networks() -> None:
    assert asked(TRAINING, {"vpc": True}) == []
    assert asked(TRAINING, {"vpc": True}, {"VpcConfig": DROP}) == [("vpc-missing", "VpcConfig")]
    found = asked("CreateProcessingJob", {"vpc": True}, {"NetworkConfig": DROP})
    assert found == [("vpc-missing", "NetworkConfig.VpcConfig")]
    assert asked("CreateModel", {"network_isolation": True}) == [("isolation-missing", "EnableNetworkIsolation")]
    assert asked("CreateModel", {"network_isolation": True}, {"EnableNetworkIsolation": True}) == []


def test_traffic_between_several() -> None:
    policy = {"encrypt_inter_container": True}
    assert asked(TRAINING, policy) == []
    several = {"ResourceConfig.InstanceCount": 2}
    assert asked(TRAINING, policy, several) == [("traffic-in-plain", ENCRYPTION)]
    assert asked(TRAINING, policy, {**several, ENCRYPTION: True}) == []
    cluster = {"ProcessingResources.ClusterConfig.InstanceCount": 3}
    assert asked("CreateProcessingJob", policy, cluster) == [("traffic-in-plain", f"NetworkConfig.{ENCRYPTION}")]
    assert asked("CreateModel", policy) == []


def test_a_policy_asks_something() -> None:
    with pytest.raises(ValidationError, match="asks nothing"):
        TeamPolicy()
    with pytest.raises(ValidationError):
        TeamPolicy.model_validate({"kms": True, "colour": "red"})


def test_every_key_has_a_rule_and_what_is_stated_judges_nothing() -> None:
    assert ids(rules(ALL)) == ids(CHECK.rules)
    assert len(CHECK.rules) == len(TeamPolicy.model_fields)
    for operation in MADE:
        assert seen(CHECK.rules, target(operation, {"Tags": []}, region="eu-west-3")) == []


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(tuple(rules(ALL)), one)
