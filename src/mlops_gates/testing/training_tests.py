"""`TrainingIntegrationTests`: the nine tests of a training step builder."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from mlops_gates.testing import claims, derived, frameworks, trainingviews
from mlops_gates.testing.integration import IntegrationTests
from mlops_gates.testing.selecting import Result, Selection, settled
from mlops_gates.testing.selections import DEPENDENCY, shown


class TrainingIntegrationTests(IntegrationTests):
    """What a training step builder makes: CreateTrainingJob, or a tuning or AutoML job around it."""

    STEP_TYPE = "Training"
    OPERATIONS: ClassVar[tuple[str, ...]] = (
        "CreateTrainingJob",
        "CreateHyperParameterTuningJob",
        "CreateAutoMLJobV2",
        "CreateAutoMLJob",
    )
    TESTS: ClassVar[Mapping[str, Selection]] = MappingProxyType(
        {
            "test_complete_training_step_creation": Selection(
                checks=("builders.render", "builders.shape"), rest=True, details=shown("get_step_config")
            ),
            "test_framework_specific_training_workflow": Selection(
                checks=("builders.images",),
                members=("TrainingImage", "AlgorithmName"),
                views=("get_framework",),
                unknown=trainingviews.no_image,
            ),
            "test_hyperparameter_optimization_integration": Selection(
                checks=("builders.tuning",),
                members=("HyperParameters", "StaticHyperParameters", *trainingviews.TUNED, "AutoMLJobObjective"),
                views=("get_hyperparameters", "get_tuning_config", "get_auto_ml_config"),
                absent=trainingviews.no_tuning,
                details=shown("get_hyperparameters", "get_tuning_config", "get_auto_ml_config"),
            ),
            "test_data_channel_integration": Selection(
                checks=("builders.channels",),
                members=("InputDataConfig", "AutoMLJobInputDataConfig", "DataSplitConfig"),
                views=("get_training_inputs", "get_data_distribution_config", "get_inputs"),
                absent=trainingviews.no_channels,
                details=shown("get_training_inputs", "get_data_distribution_config"),
            ),
            "test_model_artifact_generation": Selection(
                checks=("builders.artifacts",),
                members=("OutputDataConfig", "CheckpointConfig"),
                views=("get_model_output_config", "get_expected_artifacts"),
                details=shown("get_model_output_config", "get_expected_artifacts"),
            ),
            "test_training_job_monitoring": Selection(
                checks=("builders.metrics",),
                members=("MetricDefinitions", *trainingviews.WATCHED),
                views=("get_metrics_config", "get_logging_config", "get_debugger_config"),
                absent=trainingviews.unwatched,
                details=shown("get_metrics_config", "get_logging_config", "get_debugger_config"),
            ),
            "test_distributed_training_integration": Selection(
                checks=("builders.distribution",),
                members=("InstanceGroups", "ResourceConfig.InstanceCount"),
                views=(
                    "is_distributed_training",
                    "is_distributed",
                    "get_distributed_config",
                    "get_cluster_config",
                    "get_parameter_server_config",
                ),
                absent=trainingviews.alone,
                unknown=trainingviews.uncounted,
                details=trainingviews.distributed,
            ),
            "test_training_performance_optimization": Selection(
                checks=("builders.resources", "builders.spot"),
                members=(
                    "ResourceConfig",
                    "HyperParameterTuningResourceConfig",
                    "StoppingCondition",
                    "EnableManagedSpotTraining",
                ),
                views=(
                    "get_resource_optimization_config",
                    "get_gpu_optimization_config",
                    "get_memory_optimization_config",
                ),
                details=trainingviews.optimised,
            ),
            "test_training_dependency_resolution": DEPENDENCY,
        }
    )

    def test_complete_training_step_creation(self) -> Result:
        """The step is built, and AWS would take its request: every rule that is no other test's, and the whole shape."""
        result = self._tested("test_complete_training_step_creation", {"step_created": self.subject.is_there})
        checked = [("step_validation", self._own_step(result))]
        if (config := self._value("get_step_config")) is not None:
            checked.append(("config_validation", self._validate_step_config_completeness(config)))
        return self._held(result, *checked)

    def test_framework_specific_training_workflow(self) -> Result:
        """The image is one that there is, for these instances, and of the framework that the builder names."""
        return self._worked("test_framework_specific_training_workflow", "workflow")

    def test_hyperparameter_optimization_integration(self) -> Result:
        """Hyperparameters, and the tuning or AutoML job around them."""
        result = self._tested("test_hyperparameter_optimization_integration")
        checked = []
        if (found := self._value("get_hyperparameters")) is not None:
            checked.append(("hyperparam_validation", self._validate_hyperparameters(found)))
        if (found := self._value("get_tuning_config")) is not None:
            checked.append(("tuning_validation", claims.tuning(found, self._region, partial=True)))
        if (found := self._value("get_auto_ml_config")) is not None:
            checked.append(("automl_validation", claims.automl(found, self._region, partial=True)))
        result = self._held(result, *checked)
        wanted = self.config.get("hyperparameters") if isinstance(self.config, Mapping) else None
        return self._followed(result, wanted) if isinstance(wanted, Mapping) and self.subject.is_there else result

    def test_data_channel_integration(self) -> Result:
        """Every channel, and how its data is spread."""
        result = self._tested("test_data_channel_integration")
        channels = result["details"].get("training_inputs") or ()
        for number, one in enumerate(channels if isinstance(channels, list) else ()):
            name = str(one.get("ChannelName")) if isinstance(one, Mapping) else str(number)
            errors = [text for text in result["errors"] if f"[{name}]" in text]
            result["details"][f"input_{number}_validation"] = {"valid": not errors, "errors": errors}
        if (found := self._value("get_data_distribution_config")) is not None:
            return self._held(result, ("distribution_validation", self._validate_data_distribution(found)))
        return result

    def test_model_artifact_generation(self) -> Result:
        """Where the model goes, and what its archive holds as far as one is at hand."""
        result = self._tested("test_model_artifact_generation")
        checked = [("output_validation", _of(result))]
        if (found := self._value("get_expected_artifacts")) is not None:
            checked.append(("artifact_validation", self._validate_expected_artifacts(found)))
        return self._held(result, *checked)

    def test_training_job_monitoring(self) -> Result:
        """Metrics that can be found in the log, the debugger and the profiler."""
        result = self._tested("test_training_job_monitoring")
        checked = [("metrics_validation", _of(result))]
        if (found := self._value("get_logging_config")) is not None:
            checked.append(("logging_validation", self._validate_logging_config(found)))
        return self._held(result, *checked)

    def test_distributed_training_integration(self) -> Result:
        """Several instances, and the way in which they work together."""
        result = self._tested("test_distributed_training_integration")
        if (found := self._value("get_distributed_config")) is not None:
            return self._held(result, ("distributed_validation", self._validate_distributed_config(found)))
        result["details"]["distributed_validation"] = _of(result)
        return result

    def test_training_performance_optimization(self) -> Result:
        """Instances, volumes, limits of time, spot capacity, GPUs."""
        result = self._tested("test_training_performance_optimization")
        checked = []
        if (found := self._value("get_resource_optimization_config")) is not None:
            checked.append(("resource_validation", self._validate_resource_optimization(found)))
        if (found := self._value("get_gpu_optimization_config")) is not None:
            checked.append(("gpu_validation", self._validate_gpu_optimization(found)))
        return self._held(result, *checked)

    def test_training_dependency_resolution(self) -> Result:
        """What it requires is used, what it waits for is named, what it refers to is there."""
        return self._tested("test_training_dependency_resolution")

    def _worked(self, test: str, suffix: str) -> Result:
        result = self._tested(test)
        pattern = self._pattern(test, self._detect_framework())
        short = {"tensorflow": "tf"}.get(self._detect_framework(), self._detect_framework())
        result["details"] |= {f"{self._detect_framework()}_{suffix}": pattern, f"{short}_{suffix}": pattern}
        said = frameworks.contradiction(self._found, self._settings) if self.subject.is_there else []
        return settled(result, "failed", errors=said) if said else result

    def _followed(self, result: Result, wanted: Mapping[Any, Any]) -> Result:
        sent = derived.hyperparameters(self.subject.part) or {}
        lost = [str(key) for key in wanted if str(key) not in sent]
        others = [str(key) for key, one in wanted.items() if str(key) in sent and str(sent[str(key)]) != str(one)]
        errors = [f"the config sets {key}, and the request does not send it" for key in lost]
        errors += [f"the request sends another {key} than the config" for key in others]
        return settled(result, "failed", errors=errors) if errors else result

    def _test_pytorch_training_workflow(self) -> Result:
        return self._pattern("test_framework_specific_training_workflow", "pytorch")

    def _test_xgboost_training_workflow(self) -> Result:
        return self._pattern("test_framework_specific_training_workflow", "xgboost")

    def _test_tensorflow_training_workflow(self) -> Result:
        return self._pattern("test_framework_specific_training_workflow", "tensorflow")

    def _test_sklearn_training_workflow(self) -> Result:
        return self._pattern("test_framework_specific_training_workflow", "sklearn")

    def _test_custom_training_workflow(self) -> Result:
        return self._pattern("test_framework_specific_training_workflow", "custom")

    def _validate_training_step_properties(self, step: object) -> Result:
        return self._validate_step(step, claims.TRAINING)

    def _validate_hyperparameters(self, found: object) -> Result:
        return claims.hyperparameters(found, self._region)

    def _validate_tuning_config(self, found: object) -> Result:
        return claims.tuning(found, self._region)

    def _validate_automl_config(self, found: object) -> Result:
        return claims.automl(found, self._region)

    def _validate_training_input(self, input_config: object, index: int) -> Result:
        return claims.training_input(input_config, index, self._region)

    def _validate_data_distribution(self, found: object) -> Result:
        return claims.distribution(found, self._region)

    def _validate_model_output_config(self, config: object) -> Result:
        return claims.section("OutputDataConfig", config, self._region)

    def _validate_expected_artifacts(self, found: object) -> Result:
        return claims.artifacts(found)

    def _validate_metrics_config(self, found: object) -> Result:
        return claims.metrics(found, self._region)

    def _validate_logging_config(self, found: object) -> Result:
        return (
            {"valid": True, "errors": []} if isinstance(found, Mapping) else claims.wrong("logging", found, "a mapping")
        )

    def _validate_distributed_config(self, found: object) -> Result:
        return claims.resources(found, self._region)

    def _validate_cluster_config(self, found: object) -> Result:
        return claims.resources(found, self._region)

    def _validate_resource_optimization(self, found: object) -> Result:
        return claims.resources(found, self._region)

    def _validate_gpu_optimization(self, found: object) -> Result:
        return claims.resources(found, self._region)


def _of(result: Result) -> Result:
    """The validation that a test's own findings are."""
    return {"valid": not result["errors"], "errors": list(result["errors"])}
