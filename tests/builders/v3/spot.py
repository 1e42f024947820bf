"""Trains with PyTorch on spot instances, an hour long within two, with checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sagemaker.core.shapes import CheckpointConfig, StoppingCondition
from sagemaker.core.training.configs import Compute

from .base import BUCKET, TrainingConfig
from .pytorch import PyTorchTraining


@dataclass
class SpotConfig(TrainingConfig):
    """As of any training, and how long to wait for an instance."""

    instance_type: str = "ml.g5.xlarge"
    max_wait: int = 7200


class SpotTraining(PyTorchTraining):
    """Trains with PyTorch on spot instances, an hour long within two, with checkpoints."""

    NAME = "TrainOnSpot"

    def default_config(self) -> SpotConfig:
        """The config where none is given."""
        return SpotConfig()

    def compute(self) -> Compute:
        """The instances, as spot."""
        return Compute(
            instance_type=self.config.instance_type,
            instance_count=self.config.instance_count,
            volume_size_in_gb=self.config.volume_size,
            enable_managed_spot_training=True,
        )

    def settings(self) -> dict[str, Any]:
        """As of any training, with a longer wait and checkpoints."""
        return {
            **super().settings(),
            "stopping_condition": StoppingCondition(
                max_runtime_in_seconds=self.config.max_runtime, max_wait_time_in_seconds=self.config.max_wait
            ),
            "checkpoint_config": CheckpointConfig(s3_uri=BUCKET + "checkpoints/", local_path="/opt/ml/checkpoints"),
        }
