"""Trains with XGBoost from a script, on data in CSV."""

from __future__ import annotations

from sagemaker.xgboost import XGBoost

from .base import TrainingBuilder, TrainingConfig


class XGBoostTraining(TrainingBuilder):
    """Trains with XGBoost from a script, on data in CSV."""

    NAME = "TrainXGBoost"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.m5.2xlarge")

    def make_estimator(self) -> XGBoost:
        """The estimator, whose image the SDK looks up."""
        return XGBoost(
            framework_version="1.7-1",
            base_job_name="churn-xgboost",
            **self.settings(),
        )
