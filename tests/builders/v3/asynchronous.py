"""Configures an asynchronous endpoint with topics for success and failure."""

from __future__ import annotations

from typing import Any

from sagemaker.core.resources import EndpointConfig
from sagemaker.core.shapes import (
    AsyncInferenceClientConfig,
    AsyncInferenceConfig,
    AsyncInferenceNotificationConfig,
    AsyncInferenceOutputConfig,
    ProductionVariant,
    Tag,
)

from .base import BUCKET, StepBuilder

TOPICS = "arn:aws:sns:us-east-1:111122223333:"


class AsyncEndpoint(StepBuilder):
    """Configures an asynchronous endpoint with topics for success and failure."""

    def create_endpoint_config(self) -> Any:
        """Makes the endpoint's configuration."""
        topics = AsyncInferenceNotificationConfig(success_topic=TOPICS + "answers", error_topic=TOPICS + "errors")
        return EndpointConfig.create(
            endpoint_config_name="churn-async",
            production_variants=[
                ProductionVariant(
                    variant_name="all",
                    model_name="churn-model",
                    instance_type=self.config.instance_type,
                    initial_instance_count=1,
                    initial_variant_weight=1.0,
                )
            ],
            async_inference_config=AsyncInferenceConfig(
                client_config=AsyncInferenceClientConfig(max_concurrent_invocations_per_instance=4),
                output_config=AsyncInferenceOutputConfig(
                    s3_output_path=BUCKET + "answers/", notification_config=topics
                ),
            ),
            tags=[Tag(key=tag["Key"], value=tag["Value"]) for tag in self.config.tags],
            session=self.session.boto_session,
        )
