"""Configures an endpoint that gives a tenth of the requests to a candidate and captures a fifth."""

from __future__ import annotations

from typing import Any

from sagemaker.model_monitor import DataCaptureConfig
from sagemaker.session import production_variant

from .base import BUCKET, StepBuilder


class RealtimeEndpoint(StepBuilder):
    """Configures an endpoint that gives a tenth of the requests to a candidate and captures a fifth."""

    def create_endpoint_config(self) -> Any:
        """Makes the endpoint's configuration."""
        kind = self.config.instance_type
        capture = DataCaptureConfig(
            enable_capture=True,
            sampling_percentage=20,
            destination_s3_uri=BUCKET + "capture/",
            capture_options=["REQUEST", "RESPONSE"],
            csv_content_types=["text/csv"],
            json_content_types=["application/json"],
            sagemaker_session=self.session,
        )
        return self.session.sagemaker_client.create_endpoint_config(
            EndpointConfigName="churn-realtime",
            ProductionVariants=[
                production_variant("churn-model", kind, 2, variant_name="current", initial_weight=0.9),
                production_variant("churn-model-candidate", kind, 1, variant_name="candidate", initial_weight=0.1),
            ],
            DataCaptureConfig=capture._to_request_dict(),
            Tags=self.config.tags,
        )
