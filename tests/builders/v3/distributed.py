"""Trains with PyTorch and torchrun on two nodes of eight GPUs."""

from __future__ import annotations

from typing import Any

from sagemaker.core.training.configs import Networking
from sagemaker.train.distributed import Torchrun

from .base import SECURITY_GROUPS, SUBNETS, TrainingConfig
from .pytorch import PyTorchTraining


class DistributedTraining(PyTorchTraining):
    """Trains with PyTorch and torchrun on two nodes of eight GPUs."""

    NAME = "TrainDistributed"

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig(instance_type="ml.p4d.24xlarge", instance_count=2)

    def networking(self) -> Networking:
        """The team's VPC; nodes talk to each other encrypted."""
        return Networking(
            subnets=SUBNETS, security_group_ids=SECURITY_GROUPS, enable_inter_container_traffic_encryption=True
        )

    def settings(self) -> dict[str, Any]:
        """As of any training, with torchrun on every node."""
        return {**super().settings(), "distributed": Torchrun(process_count_per_node=8)}
