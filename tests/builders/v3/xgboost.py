"""Trains with XGBoost from a script, on data in CSV."""

from __future__ import annotations

from .base import TrainingBuilder, TrainingConfig


class XGBoostTraining(TrainingBuilder):
    """Trains with XGBoost from a script, on data in CSV."""

    NAME = "TrainXGBoost"
    FRAMEWORK = "xgboost"
    VERSION = "1.7-1"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.m5.2xlarge")
