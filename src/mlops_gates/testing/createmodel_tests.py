"""`CreateModelIntegrationTests`: the nine tests of a builder that makes a model.

What they judge offline and what only a deployment can show: docs/builders-tests.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from mlops_gates.testing import claims, frameworks, modelviews
from mlops_gates.testing.integration import IntegrationTests
from mlops_gates.testing.selecting import Result, Selection, settled
from mlops_gates.testing.selections import DEPENDENCY, dependencies, shown

_MULTI_RULES = (
    "one-kind-of-container",
    "direct-without-hostname",
    "direct-with-one",
    "hostname-twice",
    "hostnames-of-some",
    "mode-of-one-container",
    "multi-model-twice",
)


class CreateModelIntegrationTests(IntegrationTests):
    """What a model builder makes: CreateModel, and what of packages and endpoints stands beside it."""

    STEP_TYPE = "CreateModel"
    OPERATIONS = ("CreateModel",)
    TESTS: ClassVar[Mapping[str, Selection]] = MappingProxyType(
        {
            "test_complete_createmodel_step_creation": Selection(
                checks=("builders.render", "builders.shape"), rest=True, details=shown("get_step_config")
            ),
            "test_framework_specific_model_deployment": Selection(
                checks=("builders.images",),
                members=("Image", "ImageConfig"),
                views=("get_framework",),
                unknown=modelviews.no_image,
            ),
            "test_model_registry_integration_workflow": Selection(
                checks=("builders.packages",),
                members=("ModelPackageName", "ModelPackageGroupName", "ModelApprovalStatus"),
                absent=modelviews.unregistered,
                details=modelviews.registry,
            ),
            "test_multi_container_model_deployment": Selection(
                members=("Containers", "InferenceExecutionConfig", "ContainerHostname"),
                rules=_MULTI_RULES,
                views=("get_containers", "get_container_definitions"),
                absent=modelviews.one_container,
                details=modelviews.multi,
            ),
            "test_inference_endpoint_preparation": Selection(
                checks=("builders.endpoints",),
                members=(
                    "ProductionVariants",
                    "DataCaptureConfig",
                    "AsyncInferenceConfig",
                    "DeploymentConfig",
                    "MonitoringScheduleConfig",
                ),
                views=("get_endpoint_config",),
                absent=modelviews.no_endpoint,
                details=modelviews.endpoint,
            ),
            "test_production_deployment_readiness": Selection(
                checks=(
                    "builders.network",
                    "builders.secrets",
                    "builders.storage",
                    "builders.tags",
                    "builders.policy",
                ),
                members=("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation", "Tags", "KmsKeyId"),
                rules=("model-without-role",),
                details=modelviews.ready,
            ),
            "test_model_versioning_integration": Selection(
                members=("ModelPackageName", "ModelPackageGroupName"),
                rules=("image-version", "versioned-and-not", "unversioned-and-approved", "version-with-tags"),
                absent=modelviews.versionless,
                details=modelviews.versions,
            ),
            "test_container_optimization_validation": Selection(
                checks=("builders.artifacts",),
                members=("Environment", "ModelDataUrl", "ModelDataSource", "MultiModelConfig"),
                views=("get_expected_artifacts",),
                rules=("image-use", "image-accelerator", "image-idle-accelerator"),
                details=modelviews.optimised,
            ),
            "test_createmodel_dependency_resolution": Selection(
                checks=DEPENDENCY.checks,
                members=DEPENDENCY.members,
                rules=DEPENDENCY.rules,
                views=DEPENDENCY.views,
                details=lambda subject: dependencies(subject) | {"artifacts": modelviews.artifacts(subject)},
            ),
        }
    )

    def test_complete_createmodel_step_creation(self) -> Result:
        """The step is built, and AWS would take its request: every rule that is no other test's, and the whole shape."""
        result = self._tested("test_complete_createmodel_step_creation", {"step_created": self.subject.is_there})
        checked = [("step_validation", self._own_step(result))]
        if (config := self._value("get_step_config")) is not None:
            checked.append(("config_validation", self._validate_step_config_completeness(config)))
        return self._held(result, *checked)

    def test_framework_specific_model_deployment(self) -> Result:
        """The image serves, there is such a one, and it is of the framework that the builder names."""
        result = self._tested("test_framework_specific_model_deployment")
        pattern = self._pattern("test_framework_specific_model_deployment", self._detect_framework())
        result["details"][f"{self._detect_framework()}_deployment"] = pattern
        said = frameworks.contradiction(self._found, self._settings) if self.subject.is_there else []
        return settled(result, "failed", errors=said) if said else result

    def test_model_registry_integration_workflow(self) -> Result:
        """The model package: its form, approval, metadata."""
        return self._tested("test_model_registry_integration_workflow")

    def test_multi_container_model_deployment(self) -> Result:
        """Several containers, and how they speak with each other."""
        result = self._tested("test_multi_container_model_deployment")
        for number, one in enumerate(modelviews.containers(self.subject)):
            host = str(one.get("ContainerHostname") or number)
            errors = [text for text in result["errors"] if f"[{host}]" in text]
            result["details"][f"container_{number}_validation"] = {"valid": not errors, "errors": errors}
        return result

    def test_inference_endpoint_preparation(self) -> Result:
        """The endpoint's config: variants, weights, scaling, capture."""
        return self._tested("test_inference_endpoint_preparation")

    def test_production_deployment_readiness(self) -> Result:
        """Role, network, secrets, keys and tags of the model."""
        return self._tested("test_production_deployment_readiness")

    def test_model_versioning_integration(self) -> Result:
        """What names the version of image, model and package; an image that changes under its name warns."""
        result = self._tested("test_model_versioning_integration")
        if not (said := modelviews.floating(self.subject)):
            return result
        result = {**result, "warnings": [*result["warnings"], *said]}
        return settled(result, "warned") if result["passed"] else result

    def test_container_optimization_validation(self) -> Result:
        """The image suits its use and its instances, and the archive holds what the framework loads."""
        result = self._tested("test_container_optimization_validation")
        if (found := self._value("get_expected_artifacts")) is not None:
            return self._held(result, ("artifact_validation", claims.artifacts(found)))
        return result

    def test_createmodel_dependency_resolution(self) -> Result:
        """The model's artifacts come from a step that is there, and what it waits for is named."""
        return self._tested("test_createmodel_dependency_resolution")

    def _test_pytorch_deployment_pattern(self) -> Result:
        return self._pattern("test_framework_specific_model_deployment", "pytorch")

    def _test_xgboost_deployment_pattern(self) -> Result:
        return self._pattern("test_framework_specific_model_deployment", "xgboost")

    def _test_tensorflow_deployment_pattern(self) -> Result:
        return self._pattern("test_framework_specific_model_deployment", "tensorflow")

    def _test_sklearn_deployment_pattern(self) -> Result:
        return self._pattern("test_framework_specific_model_deployment", "sklearn")

    def _test_custom_deployment_pattern(self) -> Result:
        return self._pattern("test_framework_specific_model_deployment", "custom")

    def _validate_createmodel_step_properties(self, step: object) -> Result:
        return self._validate_step(step, claims.MODEL)

    def _validate_container_definition(self, container: object, index: int) -> Result:
        return claims.container(container, index, self._region)
