"""builders.images: what is wrong with an image, and which images are right."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.images import CHECK, RULES
from mlops_gates.gates.builders.requests.request import text
from mlops_gates.gates.builders.rules import broken
from mlops_gates.gates.builders.scope import Target

ECR = "dkr.ecr.us-east-1.amazonaws.com"
PYTORCH = f"763104351884.{ECR}/pytorch-training:2.3.0-gpu-py311"
SERVING = f"763104351884.{ECR}/pytorch-inference:2.3.0-cpu-py311"
XGBOOST = f"683313688378.{ECR}/sagemaker-xgboost:1.7-1"
SKLEARN = f"683313688378.{ECR}/sagemaker-scikit-learn:1.2-1-cpu-py3"
OWN = f"111122223333.{ECR}/churn"
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = "AlgorithmSpecification.TrainingImage"


def target(operation: str, root: dict[str, Any], region: str = "us-east-1") -> Target:
    return targets.of_request("churn", operation, root, region, lambda _: Location("builder.py", 1))


def training(image: Any, instance: str = "ml.m5.xlarge", **specification: Any) -> dict[str, Any]:
    chosen = {"TrainingInputMode": "File", "TrainingImage": image, **specification}
    return {
        "AlgorithmSpecification": {name: value for name, value in chosen.items() if value is not None},
        "ResourceConfig": {"InstanceType": instance, "InstanceCount": 1},
    }


def seen(operation: str, root: dict[str, Any], region: str = "us-east-1") -> list[tuple[str, str, bool]]:
    """(rule, member, whether it warns) of what is broken; nothing is changed by looking."""
    before = copy.deepcopy(root)
    found = [
        (one.rule.id, text(one.path, root), one.rule.believed)
        for one in broken(CHECK.id, RULES, target(operation, root, region))
    ]
    assert root == before
    return found


def of_training(image: Any, instance: str = "ml.m5.xlarge", **specification: Any) -> list[tuple[str, str, bool]]:
    return seen("CreateTrainingJob", training(image, instance, **specification))


@pytest.mark.parametrize(
    ("image", "instance"),
    [
        (PYTORCH, "ml.g5.xlarge"),
        (PYTORCH, "ml.p9.xlarge"),
        (PYTORCH.replace("gpu", "cpu"), "ml.m5.xlarge"),
        (XGBOOST, "ml.m5.xlarge"),
        (XGBOOST, "ml.g5.xlarge"),
        (f"{XGBOOST}-cpu-py3", "ml.g5.xlarge"),
        (SKLEARN, "ml.m5.xlarge"),
        (f"{OWN}:2026-11-21", "ml.g5.xlarge"),
        (f"{OWN}@{DIGEST}", "ml.m5.xlarge"),
        (OWN, "ml.m5.xlarge"),
        (f"111122223333.{ECR}/pytorch-training:9.9-gpu-py27", "ml.m5.xlarge"),
        (f"811284229777.{ECR}/blazingtext:1", "ml.m5.xlarge"),
        (f"763104351884.{ECR}/a-repository-newer-than-the-snapshot:1", "ml.m5.xlarge"),
        ({"Get": "Steps.Build.OutputParameters['image']"}, "ml.m5.xlarge"),
    ],
)
def test_images_that_are_right(image: Any, instance: str) -> None:
    root = training(image, instance)
    assert seen("CreateTrainingJob", {**root, "Definition": {"Steps": []}}) == []


@pytest.mark.parametrize(
    ("image", "instance", "rule", "warns"),
    [
        (PYTORCH.replace("us-east-1", "eu-west-3"), "ml.g5.xlarge", "image-region", False),
        (f"{OWN}:1".replace("us-east-1", "eu-west-3"), "ml.g5.xlarge", "image-region", False),
        (XGBOOST.replace("683313688378", "141502667606"), "ml.m5.xlarge", "image-account", False),
        (XGBOOST.replace("683313688378", "763104351884"), "ml.m5.xlarge", "image-account", False),
        (XGBOOST.replace(":1.7-1", ":1.7.6"), "ml.m5.xlarge", "image-version", True),
        (PYTORCH.replace("py311", "py37"), "ml.g5.xlarge", "image-python", True),
        (PYTORCH.replace("-training", "-inference"), "ml.g5.xlarge", "image-use", False),
        (PYTORCH, "ml.m5.xlarge", "image-accelerator", False),
        (f"763104351884.{ECR}/pytorch-training-neuronx:2.1.2-neuronx-py310-sdk2.20.0-ubuntu20.04", "ml.g5.xlarge",
         "image-accelerator", False),
        (PYTORCH, "ml.trn1.32xlarge", "image-accelerator", False),
        (PYTORCH.replace("gpu", "cpu"), "ml.g5.xlarge", "image-idle-accelerator", True),
        (PYTORCH.replace("gpu", "cpu"), "ml.trn1.2xlarge", "image-idle-accelerator", True),
        ("https://example.com/churn:1", "ml.m5.xlarge", "image-form", False),
        (f"{OWN}:1 ", "ml.m5.xlarge", "image-form", False),
        (f"{OWN}@sha256:0123456789ab", "ml.m5.xlarge", "image-form", False),
        (f"{OWN}:", "ml.m5.xlarge", "image-form", False),
        ("churn:1", "ml.m5.xlarge", "image-registry", True),
        ("registry.example.com/churn:1", "ml.m5.xlarge", "image-registry", True),
    ],
)  # fmt: skip
def test_images_that_are_wrong(image: str, instance: str, rule: str, warns: bool) -> None:
    assert of_training(image, instance) == [(rule, IMAGE, warns)]


def test_a_job_has_an_image_or_an_algorithm() -> None:
    assert of_training(None) == [("image-or-algorithm", IMAGE, False)]
    assert of_training(None, AlgorithmName="boosted-trees") == []
    assert of_training(XGBOOST, AlgorithmName="boosted-trees") == [
        ("image-or-algorithm", "AlgorithmSpecification.AlgorithmName", False)
    ]


def test_a_private_registry_is_reached_from_the_vpc() -> None:
    image = "registry.example.com/churn:1"
    assert of_training(image, TrainingImageConfig={"TrainingRepositoryAccessMode": "Vpc"}) == []
    config = {"RepositoryAccessMode": "Vpc"}
    assert seen("CreateModel", {"PrimaryContainer": {"Image": image, "ImageConfig": config}}) == []
    config = {"RepositoryAccessMode": "Platform"}
    assert seen("CreateModel", {"PrimaryContainer": {"Image": image, "ImageConfig": config}}) == [
        ("image-registry", "PrimaryContainer.Image", True)
    ]


def test_the_region_is_that_of_the_job() -> None:
    paris = PYTORCH.replace("us-east-1", "eu-west-3")
    assert seen("CreateTrainingJob", training(paris, "ml.g5.xlarge"), "eu-west-3") == []


def test_every_member_of_an_image() -> None:
    elsewhere = f"{OWN}:1".replace("us-east-1", "eu-west-3")
    found = seen("CreateModel", {"Containers": [{"Image": f"{OWN}:1"}, {"Image": elsewhere, "ContainerHostname": "b"}]})
    assert found == [("image-region", "Containers[b].Image", False)]
    assert seen("CreateModel", {"PrimaryContainer": {"Image": elsewhere}})[0][1] == "PrimaryContainer.Image"
    assert (
        seen("CreateProcessingJob", {"AppSpecification": {"ImageUri": elsewhere}})[0][1] == "AppSpecification.ImageUri"
    )
    package = {"InferenceSpecification": {"Containers": [{"Image": elsewhere}]}}
    assert seen("CreateModelPackage", package)[0][1] == "InferenceSpecification.Containers[0].Image"
    tuning = {"TrainingJobDefinition": training(elsewhere)}
    assert seen("CreateHyperParameterTuningJob", tuning)[0][1] == f"TrainingJobDefinition.{IMAGE}"
    several = {"TrainingJobDefinitions": [training(XGBOOST), training(elsewhere)]}
    assert seen("CreateHyperParameterTuningJob", several)[0][1] == f"TrainingJobDefinitions[1].{IMAGE}"
    debugged = {**training(XGBOOST), "DebugRuleConfigurations": [{"RuleEvaluatorImage": elsewhere}]}
    assert seen("CreateTrainingJob", debugged)[0][1] == "DebugRuleConfigurations[0].RuleEvaluatorImage"


def test_models_want_images_for_inference() -> None:
    assert seen("CreateModel", {"PrimaryContainer": {"Image": SERVING}}) == []
    assert seen("CreateModel", {"PrimaryContainer": {"Image": XGBOOST}}) == []
    assert seen("CreateModel", {"PrimaryContainer": {"Image": PYTORCH}}) == [
        ("image-use", "PrimaryContainer.Image", False)
    ]


def test_a_space_in_a_container_is_told_by_its_pattern() -> None:
    assert seen("CreateModel", {"PrimaryContainer": {"Image": "churn-inference:1 "}}) == []


def test_processing_takes_any_image_but_for_its_processor() -> None:
    def processing(image: str, instance: str) -> list[tuple[str, str, bool]]:
        cluster = {"ClusterConfig": {"InstanceType": instance, "InstanceCount": 1}}
        return seen("CreateProcessingJob", {"AppSpecification": {"ImageUri": image}, "ProcessingResources": cluster})

    assert processing(PYTORCH, "ml.g5.xlarge") == []
    assert processing(PYTORCH, "ml.m5.xlarge") == [("image-accelerator", "AppSpecification.ImageUri", False)]
    assert processing(SKLEARN, "ml.g5.xlarge") == [("image-idle-accelerator", "AppSpecification.ImageUri", True)]


def test_groups_of_instances_are_judged_together() -> None:
    def groups(image: str, *names: str) -> list[tuple[str, str, bool]]:
        root = training(image)
        root["ResourceConfig"] = {"InstanceGroups": [{"InstanceType": one, "InstanceCount": 1} for one in names]}
        return seen("CreateTrainingJob", root)

    assert groups(PYTORCH, "ml.m5.xlarge", "ml.g5.xlarge") == []
    assert groups(PYTORCH, "ml.m5.xlarge", "ml.c5.xlarge") == [("image-accelerator", IMAGE, False)]


def test_a_default_of_a_parameter_is_judged() -> None:
    parameters = [{"Name": "Type", "Type": "String", "DefaultValue": "ml.m5.xlarge"}]
    root = training(PYTORCH)
    root["ResourceConfig"]["InstanceType"] = {"Get": "Parameters.Type"}
    assert seen("CreateTrainingJob", {**root, "Definition": {"Parameters": parameters, "Steps": []}}) == [
        ("image-accelerator", IMAGE, False)
    ]
    del parameters[0]["DefaultValue"]
    assert seen("CreateTrainingJob", {**root, "Definition": {"Parameters": parameters, "Steps": []}}) == []


@pytest.mark.parametrize("odd", [1, True, None, [], {}, "", "\n", "@", ":", "/", "a" * 10_000, "é:1", "x@sha256:"])
def test_no_value_is_too_odd(odd: Any) -> None:
    for operation, root in (
        ("CreateTrainingJob", training(odd)),
        ("CreateModel", {"PrimaryContainer": {"Image": odd}, "Containers": odd}),
        ("CreateProcessingJob", {"AppSpecification": odd, "ProcessingResources": odd}),
        ("CreateTrainingJob", {"AlgorithmSpecification": odd, "ResourceConfig": odd}),
    ):
        for _, _, told in [(one.rule, one.path, one.told) for one in broken(CHECK.id, RULES, target(operation, root))]:
            assert "\n" not in told
            assert len(told) < 300
