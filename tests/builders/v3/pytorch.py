"""Trains with PyTorch on one GPU, in a VPC."""

from __future__ import annotations

from .base import TrainingBuilder, TrainingConfig


class PyTorchTraining(TrainingBuilder):
    """Trains with PyTorch on one GPU, in a VPC."""

    NAME = "TrainPyTorch"
    FRAMEWORK = "pytorch"
    VERSION = "2.3.0"
    PY_VERSION = "py311"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.g5.xlarge")
