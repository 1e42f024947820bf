"""Trains with PyTorch on one GPU, in a VPC."""

from __future__ import annotations

from sagemaker.pytorch import PyTorch

from .base import TrainingBuilder, TrainingConfig


class PyTorchTraining(TrainingBuilder):
    """Trains with PyTorch on one GPU, in a VPC."""

    NAME = "TrainPyTorch"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.g5.xlarge")

    def make_estimator(self) -> PyTorch:
        """The estimator, whose image the SDK looks up."""
        return PyTorch(
            framework_version="2.3.0",
            py_version="py311",
            base_job_name="churn-pytorch",
            **self.settings(),
        )
