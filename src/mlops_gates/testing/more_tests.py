"""Tests of builders of other kinds, through the same base: processing, transform, tuning, registration, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from mlops_gates.testing import derived, modelviews
from mlops_gates.testing.integration import IntegrationTests
from mlops_gates.testing.selecting import Result, Selection, Subject, plain
from mlops_gates.testing.selections import DEPENDENCY, shown
from mlops_gates.testing.training_tests import TrainingIntegrationTests

_COMPLETE = Selection(checks=("builders.render", "builders.shape"), rest=True, details=shown("get_step_config"))
_RESOURCES = Selection(
    checks=("builders.resources",),
    members=("ProcessingResources", "TransformResources", "ResourceConfig", "StoppingCondition"),
    views=("get_resource_optimization_config", "get_gpu_optimization_config"),
    details=shown("get_resource_optimization_config", "get_gpu_optimization_config"),
)


def _listed(place: str) -> Selection:
    """A test of the inputs or outputs at this member of a processing job."""

    def absent(subject: Subject) -> str:
        return "" if subject.part.has(place) else f"{place} is not there"

    return Selection(
        members=(place,), absent=absent, details=lambda subject: {"members": plain(subject.part.get(place))}
    )


class ProcessingIntegrationTests(IntegrationTests):
    """What a processing step builder makes: CreateProcessingJob."""

    STEP_TYPE = "Processing"
    OPERATIONS = ("CreateProcessingJob",)
    TESTS: ClassVar[Mapping[str, Selection]] = MappingProxyType(
        {
            "test_complete_processing_step_creation": _COMPLETE,
            "test_processing_image_validation": Selection(checks=("builders.images",), members=("ImageUri",)),
            "test_processing_input_integration": _listed("ProcessingInputs"),
            "test_processing_output_integration": _listed("ProcessingOutputConfig"),
            "test_processing_resource_optimization": _RESOURCES,
            "test_processing_dependency_resolution": DEPENDENCY,
        }
    )

    def test_complete_processing_step_creation(self) -> Result:
        """The step is built, and AWS would take its request."""
        return self._tested("test_complete_processing_step_creation")

    def test_processing_image_validation(self) -> Result:
        """There is such an image, for these instances."""
        return self._tested("test_processing_image_validation")

    def test_processing_input_integration(self) -> Result:
        """Every input: its name, where it is from and where it lies in the container."""
        return self._tested("test_processing_input_integration")

    def test_processing_output_integration(self) -> Result:
        """Every output: its name, where it lies in the container and where it goes."""
        return self._tested("test_processing_output_integration")

    def test_processing_resource_optimization(self) -> Result:
        """Instances, volumes, limits of time."""
        return self._tested("test_processing_resource_optimization")

    def test_processing_dependency_resolution(self) -> Result:
        """What it requires is used, what it waits for is named, what it refers to is there."""
        return self._tested("test_processing_dependency_resolution")


class TransformIntegrationTests(IntegrationTests):
    """What a batch transform builder makes: CreateTransformJob."""

    STEP_TYPE = "Transform"
    OPERATIONS = ("CreateTransformJob",)
    TESTS: ClassVar[Mapping[str, Selection]] = MappingProxyType(
        {
            "test_complete_transform_step_creation": _COMPLETE,
            "test_transform_data_integration": Selection(
                checks=("builders.transform",),
                members=("TransformInput", "TransformOutput", "DataProcessing", "BatchStrategy"),
                details=lambda subject: {
                    name: plain(subject.part.get(name))
                    for name in ("TransformInput", "TransformOutput", "DataProcessing")
                },
            ),
            "test_transform_resource_optimization": _RESOURCES,
            "test_transform_dependency_resolution": DEPENDENCY,
        }
    )

    def test_complete_transform_step_creation(self) -> Result:
        """The step is built, and AWS would take its request."""
        return self._tested("test_complete_transform_step_creation")

    def test_transform_data_integration(self) -> Result:
        """What is read, how it is split and joined, and where the answers go."""
        return self._tested("test_transform_data_integration")

    def test_transform_resource_optimization(self) -> Result:
        """Instances."""
        return self._tested("test_transform_resource_optimization")

    def test_transform_dependency_resolution(self) -> Result:
        """What it requires is used, what it waits for is named, what it refers to is there."""
        return self._tested("test_transform_dependency_resolution")


class TuningIntegrationTests(TrainingIntegrationTests):
    """What a tuning builder makes: CreateHyperParameterTuningJob. The tests are those of its training job, and its own."""

    STEP_TYPE = "Tuning"
    OPERATIONS = ("CreateHyperParameterTuningJob",)


class RegisterModelIntegrationTests(IntegrationTests):
    """What a builder that registers a model makes: CreateModelPackage."""

    STEP_TYPE = "RegisterModel"
    OPERATIONS = ("CreateModelPackage",)
    TESTS: ClassVar[Mapping[str, Selection]] = MappingProxyType(
        {
            "test_complete_registermodel_step_creation": _COMPLETE,
            "test_model_registry_integration_workflow": Selection(
                checks=("builders.packages",),
                members=("ModelPackageName", "ModelPackageGroupName", "ModelApprovalStatus", "ModelMetrics"),
                details=modelviews.registry,
            ),
            "test_framework_specific_model_deployment": Selection(
                checks=("builders.images", "builders.artifacts"),
                members=("Image", "ModelDataUrl"),
                details=lambda subject: {"expected_artifacts": plain(derived.artifacts(subject.part))},
            ),
            "test_registermodel_dependency_resolution": DEPENDENCY,
        }
    )

    def test_complete_registermodel_step_creation(self) -> Result:
        """The step is built, and AWS would take its request."""
        return self._tested("test_complete_registermodel_step_creation")

    def test_model_registry_integration_workflow(self) -> Result:
        """The model package: its form, approval, metadata."""
        return self._tested("test_model_registry_integration_workflow")

    def test_framework_specific_model_deployment(self) -> Result:
        """The image serves, and the archive holds what the framework loads."""
        return self._tested("test_framework_specific_model_deployment")

    def test_registermodel_dependency_resolution(self) -> Result:
        """What it requires is used, what it waits for is named, what it refers to is there."""
        return self._tested("test_registermodel_dependency_resolution")


def _conditions(subject: Subject) -> Result:
    found = [step for step in subject.own_steps if step.type == "Condition"]
    arguments = [step.raw.get("Arguments") or {} for step in found]
    return {
        "conditions": [one.get("Conditions") for one in arguments],
        "if_steps": [[step.get("Name") for step in one.get("IfSteps") or ()] for one in arguments],
        "else_steps": [[step.get("Name") for step in one.get("ElseSteps") or ()] for one in arguments],
    }


class ConditionIntegrationTests(IntegrationTests):
    """What a condition makes: no call, but a branch of its pipeline."""

    STEP_TYPE = "Condition"
    OPERATIONS = ("Condition",)
    TYPES = ("Condition",)
    TESTS: ClassVar[Mapping[str, Selection]] = MappingProxyType(
        {
            "test_complete_condition_step_creation": Selection(checks=("builders.render",), rest=True),
            "test_condition_expression_validation": Selection(
                checks=("builders.pipeline",), members=("Conditions", "IfSteps", "ElseSteps"), details=_conditions
            ),
            "test_condition_dependency_resolution": Selection(
                checks=("builders.references", "builders.caching"),
                rules=DEPENDENCY.rules,
                views=DEPENDENCY.views,
                details=DEPENDENCY.details,
            ),
        }
    )

    def test_complete_condition_step_creation(self) -> Result:
        """The step is built, and so are the steps of its branches."""
        return self._tested("test_complete_condition_step_creation")

    def test_condition_expression_validation(self) -> Result:
        """Its conditions have two sides of one kind, and its branches have steps."""
        return self._tested("test_condition_expression_validation")

    def test_condition_dependency_resolution(self) -> Result:
        """What it compares is there when it is compared."""
        return self._tested("test_condition_dependency_resolution")
