"""Configures a serverless endpoint."""

from __future__ import annotations

from typing import Any

from sagemaker.serverless import ServerlessInferenceConfig

from .base import StepBuilder


class ServerlessEndpoint(StepBuilder):
    """Configures a serverless endpoint."""

    def create_endpoint_config(self) -> Any:
        """Makes the endpoint's configuration."""
        size = ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=10)
        return self.session.sagemaker_client.create_endpoint_config(
            EndpointConfigName="churn-serverless",
            ProductionVariants=[
                {"VariantName": "all", "ModelName": "churn-model", "ServerlessConfig": size._to_request_dict()}
            ],
            Tags=self.config.tags,
        )
