"""Configures an asynchronous endpoint with topics for success and failure."""

from __future__ import annotations

from typing import Any

from sagemaker.async_inference import AsyncInferenceConfig
from sagemaker.session import production_variant

from .base import BUCKET, StepBuilder

TOPICS = "arn:aws:sns:us-east-1:111122223333:"


class AsyncEndpoint(StepBuilder):
    """Configures an asynchronous endpoint with topics for success and failure."""

    def create_endpoint_config(self) -> Any:
        """Makes the endpoint's configuration."""
        answers = AsyncInferenceConfig(
            output_path=BUCKET + "answers/",
            failure_path=BUCKET + "failures/",
            max_concurrent_invocations_per_instance=4,
            notification_config={"SuccessTopic": TOPICS + "answers", "ErrorTopic": TOPICS + "errors"},
        )
        return self.session.sagemaker_client.create_endpoint_config(
            EndpointConfigName="churn-async",
            ProductionVariants=[production_variant("churn-model", self.config.instance_type, 1, variant_name="all")],
            AsyncInferenceConfig=answers._to_request_dict(),
            Tags=self.config.tags,
        )
