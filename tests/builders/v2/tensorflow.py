"""Trains with TensorFlow on CPUs."""

from __future__ import annotations

from sagemaker.tensorflow import TensorFlow

from .base import TrainingBuilder, TrainingConfig


class TensorFlowTraining(TrainingBuilder):
    """Trains with TensorFlow on CPUs."""

    NAME = "TrainTensorFlow"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.c5.2xlarge")

    def make_estimator(self) -> TensorFlow:
        """The estimator, whose image the SDK looks up."""
        return TensorFlow(
            framework_version="2.14.1",
            py_version="py310",
            base_job_name="churn-tensorflow",
            **self.settings(),
        )
