"""Makes a model of three containers in a row, scikit-learn, XGBoost, scikit-learn."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker.workflow.steps import Step

from .base import StepBuilder
from .containers import ContainersStep, archive_of, container


class SerialModelBuilder(StepBuilder):
    """Makes a model of three containers in a row, scikit-learn, XGBoost, scikit-learn."""

    OPTIONAL = ("prepare_model", "predict_model", "label_model")
    OUTPUTS: ClassVar[dict[str, str]] = {"model": "The name of the model"}
    PROPERTY_PATHS: ClassVar[dict[str, str]] = {"model": "ModelName"}

    def create_step(
        self,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        dependencies: list[Step] | None = None,
        enable_caching: bool = True,
    ) -> ContainersStep:
        """The model; SageMaker keeps no cache of such steps."""
        given = inputs or {}
        containers = [
            container("sklearn", "1.2-1", "prepare", given.get("prepare_model") or archive_of("prepare")),
            container("xgboost", "1.7-1", "predict", given.get("predict_model") or archive_of("predict")),
            container("sklearn", "1.2-1", "label", given.get("label_model") or archive_of("label")),
        ]
        request = {
            "Containers": containers,
            "InferenceExecutionConfig": {"Mode": "Serial"},
            "ExecutionRoleArn": self.role,
            "Tags": self.config.tags,
        }
        return ContainersStep("CreateSerialModel", request, depends_on=dependencies or None)
