"""What calls of SageMaker create, how it is called, and how one looks at it."""

from __future__ import annotations

from mlops_gates.records import dataclass

SERVICE = "sagemaker"


@dataclass(frozen=True)
class Kind:
    """What a call creates.

    `name` is the member of its name, `describe` the call that tells of it, by its name or by the ARN that the service
    answered under `arn`; `status` the member to look at, `done` the value of success ("" where there is no status).
    """

    name: str
    describe: str
    status: str = ""
    done: str = ""
    arn: str = ""


KINDS = {
    "CreateTrainingJob": Kind("TrainingJobName", "DescribeTrainingJob", "TrainingJobStatus", "Completed"),
    "CreateProcessingJob": Kind("ProcessingJobName", "DescribeProcessingJob", "ProcessingJobStatus", "Completed"),
    "CreateTransformJob": Kind("TransformJobName", "DescribeTransformJob", "TransformJobStatus", "Completed"),
    "CreateHyperParameterTuningJob": Kind(
        "HyperParameterTuningJobName",
        "DescribeHyperParameterTuningJob",
        "HyperParameterTuningJobStatus",
        "Completed",
    ),
    "CreateAutoMLJob": Kind("AutoMLJobName", "DescribeAutoMLJob", "AutoMLJobStatus", "Completed"),
    "CreateAutoMLJobV2": Kind("AutoMLJobName", "DescribeAutoMLJobV2", "AutoMLJobStatus", "Completed"),
    "CreateModel": Kind("ModelName", "DescribeModel"),
    "CreateModelPackageGroup": Kind("ModelPackageGroupName", "DescribeModelPackageGroup"),
    "CreateModelPackage": Kind(
        "ModelPackageName", "DescribeModelPackage", "ModelPackageStatus", "Completed", "ModelPackageArn"
    ),
    "CreateEndpointConfig": Kind("EndpointConfigName", "DescribeEndpointConfig"),
    "CreateEndpoint": Kind("EndpointName", "DescribeEndpoint", "EndpointStatus", "InService"),
    "CreatePipeline": Kind("PipelineName", "DescribePipeline", "PipelineStatus", "Active"),
}
"""The calls whose result can be looked at."""
CREATED_BY = {
    "ModelName": "CreateModel",
    "EndpointConfigName": "CreateEndpointConfig",
    "ModelPackageGroupName": "CreateModelPackageGroup",
}
"""Members that name what another call creates."""
