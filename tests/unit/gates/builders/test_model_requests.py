"""builders.models: containers, their hostnames and the one place of each model."""

from __future__ import annotations

from typing import Any

import pytest
from judging import changed, judges_no_unknown, seen, survives_anything

from mlops_gates.gates.builders.models import CHECK

ROLE = "arn:aws:iam::111122223333:role/models"
IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1"


def container(host: str) -> dict[str, Any]:
    return {"Image": IMAGE, "ModelDataUrl": "s3://models/churn/model.tar.gz", "ContainerHostname": host}


ONE = {"ModelName": "churn", "PrimaryContainer": container("all"), "ExecutionRoleArn": ROLE}
SERIAL = {
    "ModelName": "churn",
    "Containers": [container("prepare"), container("predict"), container("label")],
    "InferenceExecutionConfig": {"Mode": "Serial"},
    "ExecutionRoleArn": ROLE,
}
DIRECT = changed(SERIAL, {"InferenceExecutionConfig.Mode": "Direct"})
PREFIX = {"S3DataSource": {"S3Uri": "s3://models/churn/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
SOURCE = changed(ONE, {"PrimaryContainer.ModelDataUrl": ..., "PrimaryContainer.ModelDataSource": PREFIX})
MANY = changed(ONE, {"PrimaryContainer.Mode": "MultiModel", "PrimaryContainer.ModelDataUrl": "s3://models/churn/"})
FIRST = "Containers[prepare]"


@pytest.mark.parametrize("model", [ONE, SERIAL, DIRECT, SOURCE, MANY])
def test_what_fits_is_not_named(model: Any) -> None:
    assert seen(CHECK, "CreateModel", model) == []


@pytest.mark.parametrize(
    ("model", "changes", "rule", "at", "believed"),
    [
        (ONE, {"ExecutionRoleArn": ...}, "model-without-role", "ExecutionRoleArn", False),
        (ONE, {"PrimaryContainer": ...}, "one-kind-of-container", "PrimaryContainer", True),
        (ONE, {"Containers": [container("more")]}, "one-kind-of-container", "Containers", True),
        (
            DIRECT,
            {"Containers.1.ContainerHostname": ...},
            "direct-without-hostname",
            "Containers[1].ContainerHostname",
            False,
        ),
        (DIRECT, {"Containers": [container("all")]}, "direct-with-one", "Containers", False),
        (SERIAL, {"Containers.2.ContainerHostname": "prepare"}, "hostname-twice", f"{FIRST}.ContainerHostname", False),
        (
            SERIAL,
            {"Containers.2.ContainerHostname": ...},
            "hostnames-of-some",
            "Containers[2].ContainerHostname",
            False,
        ),
        (
            ONE,
            {"InferenceExecutionConfig": {"Mode": "Serial"}},
            "mode-of-one-container",
            "InferenceExecutionConfig",
            True,
        ),
        (ONE, {"PrimaryContainer.Image": ...}, "container-without-image", "PrimaryContainer.Image", True),
        (
            ONE,
            {"PrimaryContainer.ModelDataSource": PREFIX},
            "two-places-of-one-model",
            "PrimaryContainer.ModelDataSource",
            True,
        ),
        (SERIAL, {"Containers.0.ModelDataUrl": "s3://models/"}, "model-is-no-archive", f"{FIRST}.ModelDataUrl", False),
        (ONE, {"PrimaryContainer.Mode": "MultiModel"}, "prefix-of-many-models", "PrimaryContainer.ModelDataUrl", True),
        (
            SOURCE,
            {"PrimaryContainer.ModelDataSource.S3DataSource.S3Uri": "s3://models/churn"},
            "prefix-without-slash",
            "PrimaryContainer.ModelDataSource.S3DataSource.S3Uri",
            False,
        ),
        (
            SOURCE,
            {"PrimaryContainer.ModelDataSource.S3DataSource.CompressionType": "Gzip"},
            "prefix-packed",
            "PrimaryContainer.ModelDataSource.S3DataSource.CompressionType",
            True,
        ),
        (
            SOURCE,
            {"PrimaryContainer.Mode": "MultiModel"},
            "source-of-many-models",
            "PrimaryContainer.ModelDataSource",
            True,
        ),
    ],
)
def test_what_does_not_fit_is_named_once(model: Any, changes: Any, rule: str, at: str, believed: bool) -> None:
    assert seen(CHECK, "CreateModel", changed(model, changes)) == [(rule, at, believed)]


def test_one_container_of_many_models_may_stand_in_a_pipeline() -> None:
    many = {"Mode": "MultiModel", "ModelDataUrl": "s3://models/churn/"}
    two = changed(SERIAL, {f"Containers.{place}.{name}": value for place in (0, 1) for name, value in many.items()})
    assert seen(CHECK, "CreateModel", two) == [("multi-model-twice", "Containers[predict].Mode", False)]
    one = changed(two, {"Containers.1.Mode": "SingleModel", "Containers.1.ModelDataUrl": "s3://models/model.tar.gz"})
    assert seen(CHECK, "CreateModel", one) == []


@pytest.mark.parametrize("names", [("Containers",), ("InferenceSpecification", "Containers")])
def test_a_package_is_a_container_too(names: tuple[str, ...]) -> None:
    package: Any = [{"Image": IMAGE, "ModelDataUrl": "s3://models/model.pkl"}]
    for name in reversed(names):
        package = {name: package}
    told = [rule for rule, _, _ in seen(CHECK, "CreateModelPackage", package)]
    assert told == ["model-is-no-archive"]


def test_a_model_of_a_package_has_no_image() -> None:
    assert seen(CHECK, "CreateModel", {"Containers": [{"ModelPackageName": "churn/1"}], "ExecutionRoleArn": ROLE}) == []


def test_an_address_that_the_builder_was_given_is_not_its_fault() -> None:
    given = changed(ONE, {"PrimaryContainer.ModelDataUrl": "s3://mlops-gates-inputs/prepare"})
    assert seen(CHECK, "CreateModel", given) == []


@pytest.mark.parametrize("model", [ONE, SERIAL, SOURCE, MANY])
def test_what_only_a_run_knows_is_never_wrong(model: Any) -> None:
    judges_no_unknown(CHECK, "CreateModel", model)


def test_nothing_makes_a_rule_raise() -> None:
    survives_anything(CHECK, "CreateModel", {**SERIAL, "PrimaryContainer": SOURCE["PrimaryContainer"]})
