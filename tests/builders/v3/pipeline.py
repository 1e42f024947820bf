"""Prepares, trains, evaluates, and registers the model where its loss is low enough."""

from __future__ import annotations

from typing import Any

from sagemaker.core import image_uris
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import MetricDefinition, OutputDataConfig, StoppingCondition
from sagemaker.core.training.configs import Compute, SourceCode
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.retry import SageMakerJobExceptionTypeEnum, SageMakerJobStepRetryPolicy
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, Step, TrainingStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer

from .base import BUCKET, METRICS, REGION, SCRIPTS, channel
from .processing import read, written

EVALUATION = PropertyFile(name="Evaluation", output_name="evaluation", path="evaluation.json")


def make_pipeline(sagemaker_session: PipelineSession, role: str) -> Pipeline:
    """The pipeline of the churn model."""
    count = ParameterInteger(name="InstanceCount", default_value=1)
    approval = ParameterString(
        name="Approval", default_value="PendingManualApproval", enum_values=["PendingManualApproval", "Approved"]
    )
    most = ParameterFloat(name="MaxLoss", default_value=0.3)
    prepare = prepare_step(sagemaker_session, role)
    train = train_step(sagemaker_session, role, prepare, count)
    evaluate = evaluate_step(sagemaker_session, role, train)
    loss = JsonGet(step_name=evaluate.name, property_file=EVALUATION, json_path="metrics.loss.value")
    good_enough = ConditionStep(
        name="GoodEnough",
        conditions=[ConditionLessThanOrEqualTo(left=loss, right=most)],
        if_steps=[register_step(sagemaker_session, role, train, approval)],
        else_steps=[FailStep(name="TooBad", error_message="The loss is too high")],
    )
    return Pipeline(
        name="churn",
        parameters=[count, approval, most],
        steps=[prepare, train, evaluate, good_enough],
        sagemaker_session=sagemaker_session,
    )


def processor(session: PipelineSession, role: str, name: str) -> ScriptProcessor:
    """Runs a script with scikit-learn."""
    return ScriptProcessor(
        image_uri=image_uris.retrieve("sklearn", REGION, version="1.2-1", instance_type="ml.m5.xlarge"),
        command=["python3"],
        role=role,
        instance_type="ml.m5.xlarge",
        instance_count=1,
        max_runtime_in_seconds=3600,
        base_job_name="churn-" + name,
        sagemaker_session=session,
    )


def prepare_step(session: PipelineSession, role: str) -> ProcessingStep:
    """Splits the rows; cached for thirty days."""
    step_args = processor(session, role, "prepare").run(
        code=SCRIPTS + "/prepare.py",
        inputs=[read("raw", BUCKET + "raw", "/opt/ml/processing/input/raw")],
        outputs=[written(name, BUCKET + name, f"/opt/ml/processing/output/{name}") for name in ("train", "validation")],
        arguments=["--rows", "100"],
    )
    cache = CacheConfig(enable_caching=True, expire_after="P30D")
    return ProcessingStep(name="Prepare", step_args=step_args, cache_config=cache)


def train_step(session: PipelineSession, role: str, prepare: ProcessingStep, count: ParameterInteger) -> TrainingStep:
    """Trains on what was prepared, once more where capacity lacks."""
    trainer = ModelTrainer(
        training_image=image_uris.retrieve("xgboost", REGION, version="1.7-1", instance_type="ml.m5.2xlarge"),
        source_code=SourceCode(source_dir=SCRIPTS, entry_script="train.py"),
        role=role,
        compute=Compute(instance_type="ml.m5.2xlarge", instance_count=count, volume_size_in_gb=30),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
        hyperparameters={"epochs": 10},
        output_data_config=OutputDataConfig(s3_output_path=BUCKET + "output/"),
        base_job_name="churn-xgboost",
        sagemaker_session=session,
    ).with_metric_definitions([MetricDefinition(name=name, regex=regex) for name, regex in METRICS.items()])
    made: Any = prepare.properties.ProcessingOutputConfig.Outputs
    channels = [channel(name, made[name].S3Output.S3Uri) for name in ("train", "validation")]
    again = SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR],
        interval_seconds=60,
        backoff_rate=2.0,
        max_attempts=5,
    )
    return TrainingStep(
        name="Train",
        step_args=trainer.train(input_data_config=channels),
        depends_on=[prepare],
        retry_policies=[again],
    )


def evaluate_step(session: PipelineSession, role: str, train: TrainingStep) -> ProcessingStep:
    """Writes the property file Evaluation, into a folder of each execution."""
    archive = train.properties.ModelArtifacts.S3ModelArtifacts
    place = Join(on="/", values=["s3://example-models", ExecutionVariables.PIPELINE_EXECUTION_ID, "evaluation"])
    step_args = processor(session, role, "evaluate").run(
        code=SCRIPTS + "/evaluate.py",
        inputs=[read("model", archive, "/opt/ml/processing/input/model")],
        outputs=[written("evaluation", place, "/opt/ml/processing/output/evaluation")],
    )
    return ProcessingStep(name="Evaluate", step_args=step_args, property_files=[EVALUATION])


def register_step(session: PipelineSession, role: str, train: Step, approval: ParameterString) -> ModelStep:
    """Registers what was trained, with its statistics."""
    statistics = MetricsSource(
        s3_uri=Join(
            on="/",
            values=["s3://example-models", ExecutionVariables.PIPELINE_EXECUTION_ID, "evaluation/evaluation.json"],
        ),
        content_type="application/json",
    )
    builder = ModelBuilder(
        image_uri=image_uris.retrieve("xgboost", REGION, version="1.7-1", image_scope="inference"),
        s3_model_data_url=train.properties.ModelArtifacts.S3ModelArtifacts,
        role_arn=role,
        sagemaker_session=session,
    )
    step_args = builder.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.xlarge"],
        transform_instances=["ml.m5.xlarge"],
        model_package_group_name="churn",
        approval_status=approval,
        model_metrics=ModelMetrics(model_statistics=statistics),
    )
    return ModelStep(name="Register", step_args=step_args)
