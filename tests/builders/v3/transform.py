"""Scores a file in CSV line by line and joins the answers to it."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker.core.transformer import Transformer
from sagemaker.mlops.workflow.steps import Step, TransformStep

from .base import BUCKET, StepBuilder


class ScoreTransform(StepBuilder):
    """Scores a file in CSV line by line and joins the answers to it."""

    REQUIRED = ("batch",)
    OUTPUTS: ClassVar[dict[str, str]] = {"answers": "The rows with their scores"}
    PROPERTY_PATHS: ClassVar[dict[str, str]] = {"answers": "TransformOutput.S3OutputPath"}

    def create_step(
        self,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        dependencies: list[Step] | None = None,
        enable_caching: bool = True,
    ) -> TransformStep:
        """The scoring as a step of a pipeline."""
        transformer = Transformer(
            model_name="churn-model",
            instance_type=self.config.instance_type,
            instance_count=self.config.instance_count,
            strategy="MultiRecord",
            assemble_with="Line",
            accept="text/csv",
            output_path=BUCKET + "answers/",
            max_concurrent_transforms=2,
            max_payload=6,
            env={"LOG_LEVEL": "info"},
            tags=self.config.tags,
            base_transform_job_name="churn-score",
            sagemaker_session=self.session,
        )
        step_args = transformer.transform(
            data=(inputs or {})["batch"],
            content_type="text/csv",
            split_type="Line",
            input_filter="$[1:]",
            join_source="Input",
            output_filter="$[0,-1]",
        )
        return TransformStep(
            name="Score",
            step_args=step_args,
            depends_on=dependencies or None,
            cache_config=self.cache(enable_caching),
        )
