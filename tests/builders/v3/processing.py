"""Prepares data with scikit-learn."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker.core import image_uris
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.mlops.workflow.steps import ProcessingStep, Step

from .base import BUCKET, REGION, SCRIPTS, ScriptContract, StepBuilder


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
        processor = ScriptProcessor(
            image_uri=image_uris.retrieve(
                framework="sklearn", region=REGION, version="1.2-1", instance_type=self.config.instance_type
            ),
            command=["python3"],
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
                read(name, (inputs or {})[name], path) for name, path in self.contract.expected_input_paths.items()
            ],
            outputs=[
                written(name, (outputs or {}).get(name) or BUCKET + name, path)
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


def read(name: str, uri: Any, path: str) -> ProcessingInput:
    """An input that every instance gets whole."""
    return ProcessingInput(
        input_name=name,
        s3_input=ProcessingS3Input(
            s3_uri=uri,
            local_path=path,
            s3_data_type="S3Prefix",
            s3_input_mode="File",
            s3_data_distribution_type="FullyReplicated",
            s3_compression_type="None",
        ),
    )


def written(name: str, uri: Any, path: str) -> ProcessingOutput:
    """An output that is stored when the job is done."""
    return ProcessingOutput(
        output_name=name, s3_output=ProcessingS3Output(s3_uri=uri, local_path=path, s3_upload_mode="EndOfJob")
    )
