"""Makes a model of PyTorch with its inference code in the archive."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker.core import image_uris
from sagemaker.core.training.configs import Networking
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.steps import Step
from sagemaker.serve.model_builder import ModelBuilder

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
        builder = ModelBuilder(
            image_uri=self.image(),
            s3_model_data_url=(inputs or {})["model"],
            env_vars={"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
            role_arn=self.role,
            network=Networking(subnets=SUBNETS, security_group_ids=SECURITY_GROUPS),
            instance_type=self.config.instance_type,
            sagemaker_session=self.session,
        )
        step_args = builder.build(tags=self.config.tags)
        return ModelStep(name="CreatePyTorch", step_args=step_args, depends_on=dependencies or None)
