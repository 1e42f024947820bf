"""Registers a version of a model package in a group, to be approved by hand."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker import image_uris
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.steps import Step

from .base import BUCKET, REGION, StepBuilder


class ModelPackageBuilder(StepBuilder):
    """Registers a version of a model package in a group, to be approved by hand."""

    REQUIRED = ("model",)
    OPTIONAL = ("statistics",)
    OUTPUTS: ClassVar[dict[str, str]] = {"package": "The ARN of the version"}
    PROPERTY_PATHS: ClassVar[dict[str, str]] = {"package": "ModelPackageArn"}

    def metrics(self, inputs: dict[str, Any]) -> ModelMetrics:
        """The statistics of the model's quality."""
        statistics = inputs.get("statistics") or BUCKET + "evaluation.json"
        return ModelMetrics(model_statistics=MetricsSource(s3_uri=statistics, content_type="application/json"))

    def create_step(
        self,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        dependencies: list[Step] | None = None,
        enable_caching: bool = True,
    ) -> ModelStep:
        """The registration; SageMaker keeps no cache of such steps."""
        given = inputs or {}
        image = image_uris.retrieve(
            framework="xgboost",
            region=REGION,
            version="1.7-1",
            instance_type=self.config.instance_type,
            image_scope="inference",
        )
        model = Model(image_uri=image, model_data=given["model"], role=self.role, sagemaker_session=self.session)
        step_args = model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=[self.config.instance_type],
            transform_instances=[self.config.instance_type],
            model_package_group_name="churn",
            approval_status="PendingManualApproval",
            description="Who leaves",
            model_metrics=self.metrics(given),
            framework="XGBOOST",
            framework_version="1.7-1",
        )
        return ModelStep(name="Register", step_args=step_args, depends_on=dependencies or None)
