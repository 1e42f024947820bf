"""Trains with scikit-learn."""

from __future__ import annotations

from sagemaker.sklearn import SKLearn

from .base import TrainingBuilder, TrainingConfig


class SKLearnTraining(TrainingBuilder):
    """Trains with scikit-learn."""

    NAME = "TrainSKLearn"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.m5.xlarge")

    def make_estimator(self) -> SKLearn:
        """The estimator, whose image the SDK looks up."""
        return SKLearn(
            framework_version="1.2-1",
            base_job_name="churn-sklearn",
            **self.settings(),
        )
