"""Prepares data with scikit-learn."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.workflow.steps import ProcessingStep, Step

from .base import BUCKET, SCRIPTS, ScriptContract, StepBuilder


class PrepareProcessing(StepBuilder):
    """Prepares data with scikit-learn."""

    REQUIRED = ("raw",)
    OUTPUTS: ClassVar[dict[str, str]] = {"train": "Rows to train on", "validation": "Rows to validate with"}
    PROPERTY_PATHS: ClassVar[dict[str, str]] = {
        name: f"ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri" for name in ("train", "validation")
    }
    contract = ScriptContract(
        {"raw": "/opt/ml/processing/input/raw"},
        {"train": "/opt/ml/processing/output/train", "validation": "/opt/ml/processing/output/validation"},
    )

    def create_step(
        self,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        dependencies: list[Step] | None = None,
        enable_caching: bool = True,
    ) -> ProcessingStep:
        """The preparation as a step of a pipeline."""
        processor = SKLearnProcessor(
            framework_version="1.2-1",
            role=self.role,
            instance_type=self.config.instance_type,
            instance_count=self.config.instance_count,
            volume_size_in_gb=self.config.volume_size,
            max_runtime_in_seconds=self.config.max_runtime,
            env={"LOG_LEVEL": "info"},
            tags=self.config.tags,
            base_job_name="churn-prepare",
            sagemaker_session=self.session,
        )
        step_args = processor.run(
            code=SCRIPTS + "/prepare.py",
            inputs=[
                ProcessingInput(input_name=name, source=(inputs or {})[name], destination=path)
                for name, path in self.contract.expected_input_paths.items()
            ],
            outputs=[
                ProcessingOutput(output_name=name, source=path, destination=(outputs or {}).get(name) or BUCKET + name)
                for name, path in self.contract.expected_output_paths.items()
            ],
            arguments=["--rows", "100"],
        )
        return ProcessingStep(
            name="Prepare",
            step_args=step_args,
            depends_on=dependencies or None,
            cache_config=self.cache(enable_caching),
        )
