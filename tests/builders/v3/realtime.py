"""Configures an endpoint that gives a tenth of the requests to a candidate and captures a fifth."""

from __future__ import annotations

from typing import Any

from sagemaker.core.resources import EndpointConfig
from sagemaker.core.shapes import (
    CaptureContentTypeHeader,
    CaptureOption,
    DataCaptureConfig,
    ProductionVariant,
    Tag,
)

from .base import BUCKET, StepBuilder


class RealtimeEndpoint(StepBuilder):
    """Configures an endpoint that gives a tenth of the requests to a candidate and captures a fifth."""

    def create_endpoint_config(self) -> Any:
        """Makes the endpoint's configuration."""
        kind = self.config.instance_type
        return EndpointConfig.create(
            endpoint_config_name="churn-realtime",
            production_variants=[
                ProductionVariant(
                    variant_name="current",
                    model_name="churn-model",
                    instance_type=kind,
                    initial_instance_count=2,
                    initial_variant_weight=0.9,
                ),
                ProductionVariant(
                    variant_name="candidate",
                    model_name="churn-model-candidate",
                    instance_type=kind,
                    initial_instance_count=1,
                    initial_variant_weight=0.1,
                ),
            ],
            data_capture_config=DataCaptureConfig(
                enable_capture=True,
                initial_sampling_percentage=20,
                destination_s3_uri=BUCKET + "capture/",
                capture_options=[CaptureOption(capture_mode="Input"), CaptureOption(capture_mode="Output")],
                capture_content_type_header=CaptureContentTypeHeader(csv_content_types=["text/csv"]),
            ),
            tags=[Tag(key=tag["Key"], value=tag["Value"]) for tag in self.config.tags],
            session=self.session.boto_session,
        )
