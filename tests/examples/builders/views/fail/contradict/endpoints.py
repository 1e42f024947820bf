import boto3


class ChurnEndpoint:
    """Configures an endpoint."""

    def __init__(self, config=None):
        self.config = config

    def create_endpoint_config(self):
        return boto3.client("sagemaker").create_endpoint_config(
            EndpointConfigName="churn",
            ProductionVariants=[
                {
                    "VariantName": "all",
                    "ModelName": "churn",
                    "InstanceType": "ml.m5.xlarge",
                    "InitialInstanceCount": 1,
                }
            ],
        )

    def get_step_config(self):
        return {"EndpointConfigName": "churn-old"}
