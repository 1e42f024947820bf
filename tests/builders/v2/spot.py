"""Trains with PyTorch on spot instances, an hour long within two, with checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

    def settings(self) -> dict[str, Any]:
        """As of any training, on spot instances."""
        return {
            **super().settings(),
            "use_spot_instances": True,
            "max_wait": self.config.max_wait,
            "checkpoint_s3_uri": BUCKET + "checkpoints/",
            "checkpoint_local_path": "/opt/ml/checkpoints",
        }
