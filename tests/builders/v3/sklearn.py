"""Trains with scikit-learn."""

from __future__ import annotations

from .base import TrainingBuilder, TrainingConfig


class SKLearnTraining(TrainingBuilder):
    """Trains with scikit-learn."""

    NAME = "TrainSKLearn"
    FRAMEWORK = "sklearn"
    VERSION = "1.2-1"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.m5.xlarge")
