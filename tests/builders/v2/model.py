"""Makes a model of PyTorch with its inference code in the archive."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker import image_uris
from sagemaker.model import Model
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.steps import Step

from .base import REGION, SECURITY_GROUPS, SUBNETS, StepBuilder


class PyTorchModelBuilder(StepBuilder):
    """Makes a model of PyTorch with its inference code in the archive."""

    REQUIRED = ("model",)
    OUTPUTS: ClassVar[dict[str, str]] = {"name": "The name of the model"}
    PROPERTY_PATHS: ClassVar[dict[str, str]] = {"name": "ModelName"}

    def image(self) -> str:
        """The image that serves PyTorch, as the SDK looks it up."""
        return image_uris.retrieve(
            framework="pytorch",
            region=REGION,
            version="2.3.0",
            py_version="py311",
            instance_type=self.config.instance_type,
            image_scope="inference",
        )

    def create_step(
        self,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        dependencies: list[Step] | None = None,
        enable_caching: bool = True,
    ) -> ModelStep:
        """The model; SageMaker keeps no cache of such steps."""
        model = Model(
            image_uri=self.image(),
            model_data=(inputs or {})["model"],
            env={"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
            role=self.role,
            vpc_config={"Subnets": SUBNETS, "SecurityGroupIds": SECURITY_GROUPS},
            sagemaker_session=self.session,
        )
        step_args = model.create(instance_type=self.config.instance_type, tags=self.config.tags)
        return ModelStep(name="CreatePyTorch", step_args=step_args, depends_on=dependencies or None)
