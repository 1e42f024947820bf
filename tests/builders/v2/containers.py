"""Models of several containers: `PipelineModel` and `ModelBuilder` name no container and know no mode of calling them."""

from __future__ import annotations

from typing import Any

from sagemaker import image_uris
from sagemaker.workflow.properties import Properties
from sagemaker.workflow.steps import Step, StepTypeEnum

from .base import BUCKET, REGION


class ContainersStep(Step):
    """A step of CreateModel with its request as it is."""

    def __init__(
        self,
        name: str,
        request: dict[str, Any],
        depends_on: list[Step] | None = None,
    ) -> None:
        super().__init__(name, None, None, StepTypeEnum.CREATE_MODEL, depends_on)
        self._request = request
        self._properties = Properties(step_name=name, step=self, shape_name="DescribeModelOutput")

    @property
    def arguments(self) -> dict[str, Any]:
        """The request of CreateModel."""
        return self._request

    @property
    def properties(self) -> Properties:
        """What DescribeModel says of it."""
        return self._properties


def container(framework: str, version: str, hostname: str, archive: Any) -> dict[str, Any]:
    """A container of the SDK's image of a framework, whose archive brings its own inference code."""
    return {
        "ContainerHostname": hostname,
        "Image": image_uris.retrieve(
            framework=framework, region=REGION, version=version, instance_type="ml.m5.xlarge", image_scope="inference"
        ),
        "ModelDataUrl": archive,
        "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
    }


def archive_of(hostname: str) -> str:
    """Where the archive of a container lies that nobody trained anew."""
    return f"{BUCKET}{hostname}/model.tar.gz"
