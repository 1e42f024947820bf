"""Lets AutoML find a model of a table."""

from __future__ import annotations

from typing import Any

from sagemaker.core.resources import AutoMLJobV2
from sagemaker.core.shapes import (
    AutoMLDataSource,
    AutoMLDataSplitConfig,
    AutoMLJobChannel,
    AutoMLJobCompletionCriteria,
    AutoMLJobObjective,
    AutoMLOutputDataConfig,
    AutoMLProblemTypeConfig,
    AutoMLS3DataSource,
    TabularJobConfig,
    Tag,
)

from .base import BUCKET, StepBuilder


class ChurnAutoML(StepBuilder):
    """Lets AutoML find a model of a table. No step of a pipeline carries version 2 of AutoML, so it is called."""

    def create_auto_ml_job(self, train: str = BUCKET + "train/") -> Any:
        """Starts the job."""
        channel = AutoMLJobChannel(
            channel_type="training",
            content_type="text/csv;header=present",
            compression_type="None",
            data_source=AutoMLDataSource(s3_data_source=AutoMLS3DataSource(s3_data_type="S3Prefix", s3_uri=train)),
        )
        table = TabularJobConfig(
            target_attribute_name="Churn",
            problem_type="BinaryClassification",
            mode="ENSEMBLING",
            completion_criteria=AutoMLJobCompletionCriteria(max_candidates=10),
        )
        return AutoMLJobV2.create(
            auto_ml_job_name="churn-automl",
            auto_ml_job_input_data_config=[channel],
            output_data_config=AutoMLOutputDataConfig(s3_output_path=BUCKET + "automl/"),
            auto_ml_problem_type_config=AutoMLProblemTypeConfig(tabular_job_config=table),
            auto_ml_job_objective=AutoMLJobObjective(metric_name="AUC"),
            data_split_config=AutoMLDataSplitConfig(validation_fraction=0.2),
            role_arn=self.role,
            tags=[Tag(key=tag["Key"], value=tag["Value"]) for tag in self.config.tags],
            session=self.session.boto_session,
        )
