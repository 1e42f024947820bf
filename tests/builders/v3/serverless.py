"""Configures a serverless endpoint."""

from __future__ import annotations

from typing import Any

from sagemaker.core.resources import EndpointConfig
from sagemaker.core.shapes import ProductionVariant, ProductionVariantServerlessConfig, Tag

from .base import StepBuilder


class ServerlessEndpoint(StepBuilder):
    """Configures a serverless endpoint."""

    def create_endpoint_config(self) -> Any:
        """Makes the endpoint's configuration."""
        size = ProductionVariantServerlessConfig(memory_size_in_mb=2048, max_concurrency=10)
        return EndpointConfig.create(
            endpoint_config_name="churn-serverless",
            production_variants=[
                ProductionVariant(variant_name="all", model_name="churn-model", serverless_config=size)
            ],
            tags=[Tag(key=tag["Key"], value=tag["Value"]) for tag in self.config.tags],
            session=self.session.boto_session,
        )
