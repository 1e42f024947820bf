"""Configures a serverless endpoint."""

from __future__ import annotations

from typing import Any

from .base import StepBuilder


class ServerlessEndpoint(StepBuilder):
    """Configures a serverless endpoint."""

    def create_endpoint_config(self) -> Any:
        """Makes the endpoint's configuration."""
        # EndpointConfig.create of this SDK writes MemorySizeInMb, which botocore refuses: asked directly
        client = self.session.boto_session.client("sagemaker")
        return client.create_endpoint_config(
            EndpointConfigName="churn-serverless",
            ProductionVariants=[
                {
                    "VariantName": "all",
                    "ModelName": "churn-model",
                    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 10},
                }
            ],
            Tags=self.config.tags,
        )
