"""Prepares, trains, evaluates, and registers the model where its loss is low enough."""

from __future__ import annotations

from typing import Any

from sagemaker import image_uris
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import SageMakerJobExceptionTypeEnum, SageMakerJobStepRetryPolicy
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, Step, TrainingStep
from sagemaker.xgboost import XGBoost

from .base import BUCKET, METRICS, REGION, SCRIPTS

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


def processor(session: PipelineSession, role: str, name: str) -> SKLearnProcessor:
    """Runs a script with scikit-learn."""
    return SKLearnProcessor(
        framework_version="1.2-1",
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
        inputs=[ProcessingInput(input_name="raw", source=BUCKET + "raw", destination="/opt/ml/processing/input/raw")],
        outputs=[
            ProcessingOutput(output_name=name, source=f"/opt/ml/processing/output/{name}", destination=BUCKET + name)
            for name in ("train", "validation")
        ],
        arguments=["--rows", "100"],
    )
    cache = CacheConfig(enable_caching=True, expire_after="P30D")
    return ProcessingStep(name="Prepare", step_args=step_args, cache_config=cache)


def train_step(session: PipelineSession, role: str, prepare: ProcessingStep, count: ParameterInteger) -> TrainingStep:
    """Trains on what was prepared, once more where capacity lacks."""
    estimator = XGBoost(
        entry_point="train.py",
        source_dir=SCRIPTS,
        framework_version="1.7-1",
        role=role,
        instance_type="ml.m5.2xlarge",
        instance_count=count,
        max_run=3600,
        hyperparameters={"epochs": 10},
        metric_definitions=METRICS,
        output_path=BUCKET + "output/",
        sagemaker_session=session,
        disable_profiler=True,
    )
    made: Any = prepare.properties.ProcessingOutputConfig.Outputs
    channels = {
        name: TrainingInput(made[name].S3Output.S3Uri, content_type="text/csv") for name in ("train", "validation")
    }
    again = SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR],
        interval_seconds=60,
        backoff_rate=2.0,
        max_attempts=5,
    )
    return TrainingStep(name="Train", step_args=estimator.fit(channels), depends_on=[prepare], retry_policies=[again])


def evaluate_step(session: PipelineSession, role: str, train: TrainingStep) -> ProcessingStep:
    """Writes the property file Evaluation, into a folder of each execution."""
    archive = train.properties.ModelArtifacts.S3ModelArtifacts
    place = Join(on="/", values=["s3://example-models", ExecutionVariables.PIPELINE_EXECUTION_ID, "evaluation"])
    step_args = processor(session, role, "evaluate").run(
        code=SCRIPTS + "/evaluate.py",
        inputs=[ProcessingInput(input_name="model", source=archive, destination="/opt/ml/processing/input/model")],
        outputs=[
            ProcessingOutput(output_name="evaluation", source="/opt/ml/processing/output/evaluation", destination=place)
        ],
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
    model = Model(
        image_uri=image_uris.retrieve("xgboost", REGION, version="1.7-1", image_scope="inference"),
        model_data=train.properties.ModelArtifacts.S3ModelArtifacts,
        role=role,
        sagemaker_session=session,
    )
    step_args = model.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.xlarge"],
        transform_instances=["ml.m5.xlarge"],
        model_package_group_name="churn",
        approval_status=approval,
        model_metrics=ModelMetrics(model_statistics=statistics),
    )
    step = ModelStep(name="Registration", step_args=step_args)
    step.steps[-1].name = "Register"  # the SDK would call it Registration-RegisterModel; the dashboard knows Register
    return step
