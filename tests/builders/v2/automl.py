"""Lets AutoML find a model of a table."""

from __future__ import annotations

from typing import Any

from sagemaker import Session
from sagemaker.automl.automlv2 import AutoMLDataChannel, AutoMLTabularConfig, AutoMLV2

from .base import BUCKET, StepBuilder


class ChurnAutoML(StepBuilder):
    """Lets AutoML find a model of a table. No step of a pipeline carries version 2 of AutoML, so it is called."""

    def create_auto_ml_job(self, train: str = BUCKET + "train/") -> Any:
        """Starts the job."""
        auto = AutoMLV2(
            problem_config=AutoMLTabularConfig(
                target_attribute_name="Churn", problem_type="BinaryClassification", mode="ENSEMBLING", max_candidates=10
            ),
            job_objective={"MetricName": "AUC"},
            validation_fraction=0.2,
            output_path=BUCKET + "automl/",
            role=self.role,
            tags=self.config.tags,
            base_job_name="churn-automl",
            sagemaker_session=Session(boto_session=self.session.boto_session),
        )
        channel = AutoMLDataChannel(
            s3_data_type="S3Prefix", s3_uri=train, channel_type="training", content_type="text/csv;header=present",
            compression_type="None",
        )  # fmt: skip
        return auto.fit(inputs=[channel], wait=False, job_name="churn-automl")
