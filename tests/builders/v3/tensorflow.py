"""Trains with TensorFlow on CPUs."""

from __future__ import annotations

from .base import TrainingBuilder, TrainingConfig


class TensorFlowTraining(TrainingBuilder):
    """Trains with TensorFlow on CPUs."""

    NAME = "TrainTensorFlow"
    FRAMEWORK = "tensorflow"
    VERSION = "2.14.1"
    PY_VERSION = "py310"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.c5.2xlarge")
