"""Makes a model of two containers that are called one by one."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker.workflow.steps import Step

from .base import StepBuilder
from .containers import ContainersStep, archive_of, container


class DirectModelBuilder(StepBuilder):
    """Makes a model of two containers that are called one by one."""

    OPTIONAL = ("current_model", "candidate_model")
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
            container("xgboost", "1.7-1", "current", given.get("current_model") or archive_of("current")),
            container("xgboost", "1.7-1", "candidate", given.get("candidate_model") or archive_of("candidate")),
        ]
        request = {
            "Containers": containers,
            "InferenceExecutionConfig": {"Mode": "Direct"},
            "ExecutionRoleArn": self.role,
            "Tags": self.config.tags,
        }
        return ContainersStep("CreateDirectModel", request, depends_on=dependencies or None)
