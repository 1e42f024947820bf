"""Trains with PyTorch and torchrun on two nodes of eight GPUs."""

from __future__ import annotations

from typing import Any

from .base import TrainingConfig
from .pytorch import PyTorchTraining


class DistributedTraining(PyTorchTraining):
    """Trains with PyTorch and torchrun on two nodes of eight GPUs."""

    NAME = "TrainDistributed"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.p4d.24xlarge", instance_count=2)

    def settings(self) -> dict[str, Any]:
        """As of any training, with torchrun on every node; nodes talk to each other in the clear only in a VPC."""
        return {
            **super().settings(),
            "distribution": {"torch_distributed": {"enabled": True}},
            "encrypt_inter_container_traffic": True,
        }
