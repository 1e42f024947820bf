"""Genuine builders of SDK v3 in the style of notebooks and of the SDK's own examples: functions that give steps and pipelines.

Stars are imported as such examples do; nothing here is at fault.
"""
# ruff: noqa: F403, F405, ANN, D103, T201, PLR0913

from pathlib import Path

from sagemaker.core import image_uris
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.parameter import *
from sagemaker.core.processing import FrameworkProcessor, ScriptProcessor
from sagemaker.core.shapes import *
from sagemaker.core.training.configs import Compute, SourceCode
from sagemaker.core.workflow.conditions import *
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import *
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.callback_step import *
from sagemaker.mlops.workflow.cleanup_step import *
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.endpoint_step import *
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import *
from sagemaker.mlops.workflow.lambda_step import *
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.step_dependency import *
from sagemaker.mlops.workflow.steps import *
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import InputData
from sagemaker.train.tuner import HyperparameterTuner

S = PipelineSession(default_bucket="my-team-bucket")
ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20230101T000000"
SRC = str(Path(__file__).parents[2] / "builders/scripts")
B = "s3://my-team-bucket"


def trainer(**k):
    return ModelTrainer(
        **{
            **{
                "training_image": image_uris.retrieve(
                    "pytorch",
                    "us-east-1",
                    "2.1",
                    py_version="py310",
                    instance_type="ml.g4dn.xlarge",
                    image_scope="training",
                ),
                "source_code": SourceCode(source_dir=SRC, entry_script="train.py"),
                "role": ROLE,
                "compute": Compute(instance_type="ml.g4dn.xlarge", instance_count=1),
                "base_job_name": "job",
                "sagemaker_session": S,
            },
            **k,
        }
    )


def hf():
    t = trainer(
        training_image=image_uris.retrieve(
            "huggingface",
            "us-east-1",
            "4.26.0",
            base_framework_version="pytorch1.13.1",
            py_version="py39",
            instance_type="ml.p3.2xlarge",
            image_scope="training",
        ),
        compute=Compute(instance_type="ml.p3.2xlarge", instance_count=1, enable_managed_spot_training=True),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600, max_wait_time_in_seconds=7200),
        checkpoint_config=CheckpointConfig(s3_uri=f"{B}/ckpt"),
        hyperparameters={"epochs": 3, "lr": 5e-5},
    )
    return TrainingStep(
        name="TrainHF", step_args=t.train(input_data_config=[InputData(channel_name="train", data_source=f"{B}/train")])
    )


def xgb():
    t = ModelTrainer(
        training_image=image_uris.retrieve("xgboost", "us-east-1", "1.7-1"),
        role=ROLE,
        compute=Compute(instance_type="ml.m5.2xlarge", instance_count=2),
        hyperparameters={"objective": "binary:logistic", "num_round": 100},
        base_job_name="x",
        sagemaker_session=S,
    )
    return TrainingStep(
        name="X",
        step_args=t.train(
            input_data_config=[InputData(channel_name="train", data_source=f"{B}/train", content_type="text/csv")]
        ),
    )


def proc():
    p = ScriptProcessor(
        image_uri=image_uris.retrieve("sklearn", "us-east-1", "1.2-1"),
        command=["python3"],
        role=ROLE,
        instance_type="ml.m5.xlarge",
        instance_count=1,
        sagemaker_session=S,
    )
    return ProcessingStep(
        name="P",
        step_args=p.run(
            code=SRC + "/prepare.py",
            outputs=[
                ProcessingOutput(
                    output_name="o",
                    s3_output=ProcessingS3Output(
                        s3_uri=f"{B}/o", local_path="/opt/ml/processing/o", s3_upload_mode="EndOfJob"
                    ),
                )
            ],
        ),
    )


def fwproc():
    p = FrameworkProcessor(
        image_uri=image_uris.retrieve("sklearn", "us-east-1", "1.2-1"),
        command=["python3"],
        role=ROLE,
        instance_type="ml.m5.xlarge",
        instance_count=1,
        sagemaker_session=S,
    )
    return ProcessingStep(name="FP", step_args=p.run(code="prepare.py", source_dir=SRC, arguments=["--a", "1"]))


def tune():
    t = HyperparameterTuner(
        model_trainer=trainer(),
        objective_metric_name="loss",
        metric_definitions=[{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        objective_type="Minimize",
        hyperparameter_ranges={"lr": ContinuousParameter(1e-5, 1e-1, "Logarithmic")},
        max_jobs=4,
        max_parallel_jobs=2,
    )
    return TuningStep(
        name="T", step_args=t.tune(inputs=[InputData(channel_name="train", data_source=f"{B}/t")], wait=False)
    )


def foreach():
    items = ParameterString("Items")
    t = trainer(hyperparameters={"shard": CurrentItem().shard})
    body = TrainingStep(
        name="TrainShard",
        step_args=t.train(input_data_config=[InputData(channel_name="train", data_source=f"{B}/train")]),
    )
    fe = ForEachStep(name="Each", iterable_items=items, max_concurrency=4, for_each_body=[body])
    lam = LambdaStep(
        name="After",
        lambda_func=Lambda(function_arn="arn:aws:lambda:us-east-1:123456789012:function:n", session=S),
        inputs={
            "n": fe.properties.SucceededStepCount,
            "first": fe.properties.IterationOutputs[0].TrainShard.ModelArtifacts.S3ModelArtifacts,
        },
        outputs=[LambdaOutput("x", LambdaOutputTypeEnum.String)],
    )
    return Pipeline(name="fe", parameters=[items], steps=[fe, lam], sagemaker_session=S)


def cleanup():
    prep = proc()
    cl = CleanupStep(name="Clean", s3_sources=[S3CleanupSource(prep)])
    return Pipeline(name="cl", steps=[prep, cl], sagemaker_session=S)


def endpointsteps():
    ec = EndpointConfigStep(
        name="Conf",
        step_args=S.create_endpoint_config(
            name="c-1",
            production_variants=[
                {"VariantName": "a", "ModelName": "m-1", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
            ],
        ),
    )
    return Pipeline(name="ep", steps=[ec], sagemaker_session=S)


def model():
    b = ModelBuilder(
        image_uri=image_uris.retrieve("sklearn", "us-east-1", "1.2-1"),
        s3_model_data_url=f"{B}/m/model.tar.gz",
        role_arn=ROLE,
        sagemaker_session=S,
    )
    return ModelStep(name="M", step_args=b.build())


def register_repack():
    train = hf()
    b = ModelBuilder(
        image_uri=image_uris.retrieve(
            "pytorch", "us-east-1", "2.1", py_version="py310", instance_type="ml.m5.xlarge", image_scope="inference"
        ),
        s3_model_data_url=train.properties.ModelArtifacts.S3ModelArtifacts,
        source_code=SourceCode(source_dir=SRC, entry_script="train.py"),
        role_arn=ROLE,
        sagemaker_session=S,
    )
    reg = ModelStep(
        name="R",
        step_args=b.register(
            model_package_group_name="g",
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.large"],
            approval_status="PendingManualApproval",
        ),
    )
    return Pipeline(name="rr", steps=[train, reg], sagemaker_session=S)


def mixed():
    itype = ParameterString("Type")
    data = ParameterString("Data")
    prep = proc()
    t = trainer(compute=Compute(instance_type=itype, instance_count=1))
    tr = TrainingStep(
        name="Tr",
        step_args=t.train(
            input_data_config=[
                InputData(
                    channel_name="train", data_source=prep.properties.ProcessingOutputConfig.Outputs["o"].S3Output.S3Uri
                )
            ]
        ),
    )
    cb = CallbackStep(
        name="Cb",
        sqs_queue_url="https://sqs.us-east-1.amazonaws.com/123456789012/q",
        inputs={"m": tr.properties.ModelArtifacts.S3ModelArtifacts},
        outputs=[CallbackOutput("ok", CallbackOutputTypeEnum.String)],
    )
    c = ConditionStep(
        name="C",
        conditions=[ConditionEquals(left=cb.properties.Outputs["ok"], right="yes")],
        if_steps=[],
        else_steps=[FailStep(name="F", error_message=Join(on=" ", values=["no", data]))],
    )
    return Pipeline(name="mx", parameters=[itype, data], steps=[prep, tr, cb, c], sagemaker_session=S)


def triggers():
    prep = proc()
    t = trainer()
    tr = TrainingStep(
        name="Tr",
        step_args=t.train(input_data_config=[InputData(channel_name="train", data_source=f"{B}/train")]),
        depends_on=[StepDependency(prep, TriggerCondition.ANY)],
    )
    return Pipeline(name="tg", steps=[prep, tr], sagemaker_session=S)


def foreach_step():
    t = trainer(hyperparameters={"shard": CurrentItem()})
    return ForEachStep(
        name="Each",
        iterable_items=["a", "b"],
        max_concurrency=4,
        for_each_body=[
            TrainingStep(
                name="TrainShard",
                step_args=t.train(input_data_config=[InputData(channel_name="train", data_source=f"{B}/train")]),
            )
        ],
    )
