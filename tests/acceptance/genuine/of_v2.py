"""Genuine builders of SDK v2 in the style of notebooks and of the SDK's own examples: functions that give steps and pipelines.

Stars are imported as such examples do; nothing here is at fault.
"""
# ruff: noqa: F403, F405, ANN, D103, T201, PLR0913

from pathlib import Path

from sagemaker import Session, image_uris
from sagemaker.debugger import *
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.estimator import Estimator
from sagemaker.huggingface import HuggingFace
from sagemaker.inputs import TrainingInput
from sagemaker.lambda_helper import Lambda
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.model_monitor.dataset_format import DatasetFormat
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.pipeline import PipelineModel
from sagemaker.processing import *
from sagemaker.pytorch import PyTorch, PyTorchModel, PyTorchProcessor
from sagemaker.sklearn import SKLearnModel
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.tuner import *
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.clarify_check_step import *
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import *
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.retry import *
from sagemaker.workflow.steps import *
from sagemaker.xgboost import XGBoostModel

S = PipelineSession(default_bucket="my-team-bucket")
ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20230101T000000"
SRC = str(Path(__file__).parents[2] / "builders/scripts")
B = "s3://my-team-bucket"


def hf():
    e = HuggingFace(
        entry_point="train.py",
        source_dir=SRC,
        instance_type="ml.p3.2xlarge",
        instance_count=1,
        role=ROLE,
        sagemaker_session=S,
        transformers_version="4.26.0",
        pytorch_version="1.13.1",
        py_version="py39",
        hyperparameters={"epochs": 3, "model_name_or_path": "distilbert-base-uncased", "output_dir": "/opt/ml/model"},
        use_spot_instances=True,
        max_wait=7200,
        max_run=3600,
        checkpoint_s3_uri=f"{B}/ckpt",
        metric_definitions=[{"Name": "eval_loss", "Regex": "'eval_loss': ([0-9.]+)"}],
        environment={"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
    )
    return TrainingStep("TrainHF", step_args=e.fit({"train": f"{B}/train", "test": f"{B}/test"}))


def xgb_builtin():
    e = Estimator(
        image_uri=image_uris.retrieve("xgboost", "us-east-1", "1.7-1"),
        role=ROLE,
        instance_count=2,
        instance_type="ml.m5.2xlarge",
        output_path=f"{B}/xgb",
        sagemaker_session=S,
    )
    e.set_hyperparameters(objective="binary:logistic", num_round=100, max_depth=5, eta=0.2, eval_metric="auc")
    return TrainingStep(
        "TrainXgb",
        step_args=e.fit(
            {
                "train": TrainingInput(f"{B}/train", content_type="text/csv", distribution="ShardedByS3Key"),
                "validation": TrainingInput(f"{B}/val", content_type="text/csv"),
            }
        ),
    )


def fwproc():
    p = PyTorchProcessor(
        framework_version="2.0.0",
        py_version="py310",
        role=ROLE,
        instance_type="ml.m5.xlarge",
        instance_count=1,
        sagemaker_session=S,
        base_job_name="prep",
    )
    return ProcessingStep(
        "Prep",
        step_args=p.run(
            code="prepare.py",
            source_dir=SRC,
            inputs=[ProcessingInput(source=f"{B}/raw", destination="/opt/ml/processing/input")],
            outputs=[
                ProcessingOutput(output_name="train", source="/opt/ml/processing/train"),
                ProcessingOutput(
                    output_name="test",
                    source="/opt/ml/processing/test",
                    destination=Join(on="/", values=[B, ExecutionVariables.PIPELINE_EXECUTION_ID, "test"]),
                ),
            ],
            arguments=["--ratio", "0.2"],
        ),
    )


def spark():
    from sagemaker.spark.processing import PySparkProcessor

    p = PySparkProcessor(
        base_job_name="spark",
        framework_version="3.3",
        role=ROLE,
        instance_type="ml.m5.xlarge",
        instance_count=2,
        max_runtime_in_seconds=1200,
        sagemaker_session=S,
    )
    return ProcessingStep(
        "Spark",
        step_args=p.run(
            submit_app=SRC + "/prepare.py",
            arguments=["--in", f"{B}/in"],
            configuration=[{"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "2g"}}],
            spark_event_logs_s3_uri=f"{B}/logs",
        ),
    )


def multi_tuning():
    x1 = Estimator(
        image_uri=image_uris.retrieve("xgboost", "us-east-1", "1.7-1"),
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        output_path=f"{B}/a",
        sagemaker_session=S,
    )
    x1.set_hyperparameters(objective="binary:logistic", num_round=100)
    l1 = Estimator(
        image_uri=image_uris.retrieve("linear-learner", "us-east-1"),
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        output_path=f"{B}/b",
        sagemaker_session=S,
    )
    l1.set_hyperparameters(predictor_type="binary_classifier", mini_batch_size=100)
    t = HyperparameterTuner.create(
        estimator_dict={"xgb": x1, "lin": l1},
        objective_metric_name_dict={"xgb": "validation:auc", "lin": "validation:binary_classification_accuracy"},
        hyperparameter_ranges_dict={
            "xgb": {"eta": ContinuousParameter(0.1, 0.5)},
            "lin": {
                "learning_rate": ContinuousParameter(0.01, 0.5, scaling_type="Logarithmic"),
                "use_bias": CategoricalParameter([True, False]),
            },
        },
        strategy="Bayesian",
        max_jobs=10,
        max_parallel_jobs=2,
    )
    return TuningStep(
        "Tune2",
        step_args=t.fit(
            inputs={
                "xgb": {
                    "train": TrainingInput(f"{B}/t", content_type="text/csv"),
                    "validation": TrainingInput(f"{B}/v", content_type="text/csv"),
                },
                "lin": {
                    "train": TrainingInput(f"{B}/t", content_type="text/csv"),
                    "validation": TrainingInput(f"{B}/v", content_type="text/csv"),
                },
            },
            include_cls_metadata={},
        ),
    )


def hyperband():
    e = PyTorch(
        entry_point="train.py",
        source_dir=SRC,
        framework_version="2.1",
        py_version="py310",
        role=ROLE,
        instance_count=1,
        instance_type="ml.g4dn.xlarge",
        sagemaker_session=S,
        metric_definitions=[{"Name": "val_loss", "Regex": "val_loss=([0-9\\.]+)"}],
        hyperparameters={"epochs": 27},
    )
    t = HyperparameterTuner(
        e,
        "val_loss",
        {
            "lr": ContinuousParameter(1e-5, 1e-1, "Logarithmic"),
            "batch-size": CategoricalParameter([16, 32, 64]),
            "layers": IntegerParameter(1, 8),
        },
        metric_definitions=[{"Name": "val_loss", "Regex": "val_loss=([0-9\\.]+)"}],
        objective_type="Minimize",
        strategy="Hyperband",
        max_jobs=30,
        max_parallel_jobs=5,
        early_stopping_type="Off",
        strategy_config=StrategyConfig(
            hyperband_strategy_config=HyperbandStrategyConfig(max_resource=27, min_resource=1)
        ),
    )
    return TuningStep("TuneHB", step_args=t.fit({"train": f"{B}/train"}))


def model_repack():
    m = PyTorchModel(
        model_data=f"{B}/m/model.tar.gz",
        role=ROLE,
        entry_point="train.py",
        source_dir=SRC,
        framework_version="2.1",
        py_version="py310",
        sagemaker_session=S,
        name="my-model",
    )
    return ModelStep("MyModel", step_args=m.create(instance_type="ml.m5.xlarge"))


def model_register():
    m = SKLearnModel(
        model_data=f"{B}/m/model.tar.gz",
        role=ROLE,
        entry_point="train.py",
        source_dir=SRC,
        framework_version="1.2-1",
        py_version="py3",
        sagemaker_session=S,
    )
    return ModelStep(
        "Reg",
        step_args=m.register(
            content_types=["text/csv"],
            response_types=["application/json"],
            inference_instances=["ml.t2.medium", "ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name="churn",
            approval_status=ParameterString("Approval", default_value="PendingManualApproval"),
            customer_metadata_properties={"commit": "abc123"},
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource(content_type="application/json", s3_uri=f"{B}/eval.json")
            ),
            task="CLASSIFICATION",
            domain="MACHINE_LEARNING",
            sample_payload_url=f"{B}/payload.tar.gz",
            nearest_model_name="xgboost",
            framework="SKLEARN",
            framework_version="1.2-1",
        ),
    )


def pipelinemodel():
    a = SKLearnModel(
        model_data=f"{B}/m/a.tar.gz",
        role=ROLE,
        entry_point="train.py",
        source_dir=SRC,
        framework_version="1.2-1",
        sagemaker_session=S,
        env={"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"},
    )
    b = XGBoostModel(
        model_data=f"{B}/m/b.tar.gz",
        role=ROLE,
        entry_point="train.py",
        source_dir=SRC,
        framework_version="1.7-1",
        sagemaker_session=S,
    )
    return ModelStep(
        "Serial",
        step_args=PipelineModel(models=[a, b], role=ROLE, sagemaker_session=S).create(instance_type="ml.m5.xlarge"),
    )


class MultiModel:
    """An endpoint of many models behind one container, as MultiDataModel makes it."""

    def deploy(self):
        session = Session(default_bucket="my-team-bucket")
        image = image_uris.retrieve(
            "pytorch", "us-east-1", "2.1", py_version="py310", instance_type="ml.m5.xlarge", image_scope="inference"
        )
        model = Model(image_uri=image, role=ROLE, sagemaker_session=session)
        many = MultiDataModel(
            name="churn-many", model_data_prefix=f"{B}/models/", model=model, sagemaker_session=session
        )
        many.deploy(initial_instance_count=1, instance_type="ml.m5.xlarge", endpoint_name="churn-many")


def transform():
    t = Transformer(
        model_name="my-model",
        instance_type="ml.m5.xlarge",
        instance_count=2,
        output_path=f"{B}/out",
        assemble_with="Line",
        accept="text/csv",
        strategy="MultiRecord",
        max_payload=6,
        max_concurrent_transforms=4,
        sagemaker_session=S,
    )
    return TransformStep(
        "Batch",
        step_args=t.transform(
            f"{B}/in",
            content_type="text/csv",
            split_type="Line",
            join_source="Input",
            input_filter="$[1:]",
            output_filter="$[0,-1]",
        ),
    )


def big_pipeline():
    count = ParameterInteger("Count", default_value=1)
    itype = ParameterString("InstanceType")
    thr = ParameterFloat("Thr", default_value=0.8)
    data = ParameterString("Data")
    img = ParameterString("Img")
    skip = ParameterBoolean("Skip", default_value=False)
    kms = ParameterString("Kms", default_value="")
    cache = CacheConfig(enable_caching=True, expire_after="T12H")
    p = SKLearnProcessor(
        framework_version="1.2-1", role=ROLE, instance_type=itype, instance_count=count, sagemaker_session=S
    )
    prep = ProcessingStep(
        "Prep",
        step_args=p.run(
            code=SRC + "/prepare.py",
            inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input")],
            outputs=[
                ProcessingOutput(output_name=n, source="/opt/ml/processing/" + n) for n in ("train", "val", "test")
            ],
        ),
        cache_config=cache,
        retry_policies=[
            StepRetryPolicy(
                exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING], max_attempts=5
            ),
            SageMakerJobStepRetryPolicy(
                exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT], expire_after_mins=60
            ),
        ],
    )
    dq = QualityCheckStep(
        "DataQ",
        quality_check_config=DataQualityCheckConfig(
            baseline_dataset=prep.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri,
            dataset_format=DatasetFormat.csv(header=False),
            output_s3_uri=f"{B}/dq",
        ),
        check_job_config=CheckJobConfig(
            role=ROLE, instance_count=1, instance_type="ml.c5.xlarge", volume_size_in_gb=120, sagemaker_session=S
        ),
        skip_check=skip,
        register_new_baseline=True,
        model_package_group_name="churn",
    )
    e = Estimator(
        image_uri=img,
        role=ROLE,
        instance_count=count,
        instance_type=itype,
        output_path=Join(on="/", values=[B, "m", ExecutionVariables.PIPELINE_EXECUTION_ID]),
        sagemaker_session=S,
        rules=[Rule.sagemaker(rule_configs.loss_not_decreasing())],
        max_retry_attempts=3,
        keep_alive_period_in_seconds=None,
    )
    e.set_hyperparameters(alpha=thr, rounds=ParameterInteger("Rounds", default_value=50))
    train = TrainingStep(
        "Train",
        step_args=e.fit(
            {
                "train": TrainingInput(
                    prep.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri, content_type="text/csv"
                )
            }
        ),
        depends_on=[dq],
        cache_config=cache,
    )
    ev = PropertyFile(name="Eval", output_name="evaluation", path="evaluation.json")
    sp = ScriptProcessor(
        image_uri=image_uris.retrieve("sklearn", "us-east-1", "1.2-1"),
        command=["python3"],
        role=ROLE,
        instance_type="ml.m5.xlarge",
        instance_count=1,
        sagemaker_session=S,
    )
    evaluate = ProcessingStep(
        "Evaluate",
        step_args=sp.run(
            code=SRC + "/evaluate.py",
            inputs=[
                ProcessingInput(
                    source=train.properties.ModelArtifacts.S3ModelArtifacts, destination="/opt/ml/processing/model"
                )
            ],
            outputs=[ProcessingOutput(output_name="evaluation", source="/opt/ml/processing/evaluation")],
        ),
        property_files=[ev],
    )
    lam = LambdaStep(
        "Notify",
        lambda_func=Lambda(function_arn="arn:aws:lambda:us-east-1:123456789012:function:notify", session=S),
        inputs={"model": train.properties.ModelArtifacts.S3ModelArtifacts},
        outputs=[LambdaOutput("statusCode", LambdaOutputTypeEnum.String)],
    )
    cb = CallbackStep(
        "Approve",
        sqs_queue_url="https://sqs.us-east-1.amazonaws.com/123456789012/q",
        inputs={"m": lam.properties.Outputs["statusCode"]},
        outputs=[CallbackOutput("ok", CallbackOutputTypeEnum.String)],
    )
    m = Model(
        image_uri=img, model_data=train.properties.ModelArtifacts.S3ModelArtifacts, role=ROLE, sagemaker_session=S
    )
    reg = ModelStep(
        "Register",
        step_args=m.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name="churn",
            drift_check_baselines=DriftCheckBaselines(
                model_data_statistics=MetricsSource(
                    s3_uri=dq.properties.BaselineUsedForDriftCheckStatistics, content_type="application/json"
                )
            ),
        ),
        depends_on=[cb],
    )
    fail = FailStep("Fail", error_message=Join(on=" ", values=["auc below", thr]))
    cond = ConditionStep(
        "Check",
        conditions=[
            ConditionGreaterThanOrEqualTo(
                left=JsonGet(step_name=evaluate.name, property_file=ev, json_path="metrics.auc.value"), right=thr
            ),
            ConditionOr(
                [
                    ConditionEquals(left=cb.properties.Outputs["ok"], right="yes"),
                    ConditionIn(value=itype, in_values=["ml.m5.xlarge", "ml.m5.2xlarge"]),
                    ConditionNot(ConditionEquals(left=skip, right=True)),
                ]
            ),
        ],
        if_steps=[reg],
        else_steps=[fail],
    )
    return Pipeline(
        name="ChurnPipeline",
        parameters=[count, itype, thr, data, img, skip, kms, ParameterInteger("Rounds", default_value=50)],
        steps=[prep, dq, train, evaluate, lam, cb, cond],
        sagemaker_session=S,
    )


def small_builtin():
    e = Estimator(
        image_uri=image_uris.retrieve("image-classification", "us-east-1"),
        role=ROLE,
        instance_count=1,
        instance_type="ml.p3.2xlarge",
        volume_size=50,
        max_run=360000,
        input_mode="Pipe",
        output_path=f"{B}/o",
        sagemaker_session=S,
        subnets=["subnet-0123456789abcdef0"],
        security_group_ids=["sg-0123456789abcdef0"],
        encrypt_inter_container_traffic=True,
    )
    e.set_hyperparameters(num_layers=18, num_classes=10, num_training_samples=100, epochs=2)
    return TrainingStep(
        "Img",
        step_args=e.fit(
            {
                "train": TrainingInput(
                    f"{B}/t", content_type="application/x-recordio", input_mode="Pipe", s3_data_type="S3Prefix"
                ),
                "validation": TrainingInput(f"{B}/v", content_type="application/x-recordio"),
            }
        ),
    )


def warmpool():
    e = Estimator(
        image_uri="123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1.4.2",
        role=ROLE,
        instance_count=1,
        instance_type="ml.g5.12xlarge",
        output_path=f"{B}/o",
        sagemaker_session=S,
        keep_alive_period_in_seconds=1800,
        enable_network_isolation=True,
        tags=[{"Key": "cost center", "Value": "ml @ 42"}],
        container_entry_point=["python", "-m", "train"],
        container_arguments=["--x", "1"],
    )
    return TrainingStep("Own", step_args=e.fit())


def smddp():
    e = PyTorch(
        entry_point="train.py",
        source_dir=SRC,
        framework_version="2.0.1",
        py_version="py310",
        role=ROLE,
        instance_count=2,
        instance_type="ml.p4d.24xlarge",
        sagemaker_session=S,
        distribution={"torch_distributed": {"enabled": True}},
        debugger_hook_config=False,
        disable_profiler=True,
    )
    return TrainingStep("Dist", step_args=e.fit({"train": TrainingInput(f"{B}/t", input_mode="FastFile")}))


class Monitor:
    """Model monitor's schedule beside an endpoint config."""

    def __init__(self, sagemaker_session=None):
        self.s = sagemaker_session

    def create_endpoint_config(self):
        c = self.s.sagemaker_client
        c.create_endpoint_config(
            EndpointConfigName="churn-config",
            ProductionVariants=[
                {
                    "VariantName": "AllTraffic",
                    "ModelName": "churn",
                    "InitialInstanceCount": 2,
                    "InstanceType": "ml.m5.large",
                    "InitialVariantWeight": 1.0,
                }
            ],
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 50,
                "DestinationS3Uri": f"{B}/cap",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
            },
        )
        c.create_monitoring_schedule(
            MonitoringScheduleName="churn-dq",
            MonitoringScheduleConfig={
                "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
                "MonitoringJobDefinitionName": "churn-dq-def",
                "MonitoringType": "DataQuality",
            },
        )


class Recommender:
    """A job of Inference Recommender."""

    def __init__(self, sagemaker_session=None):
        self.s = sagemaker_session

    def deploy(self):
        c = self.s.sagemaker_client
        c.create_inference_recommendations_job(
            JobName="rec",
            JobType="Default",
            RoleArn=ROLE,
            InputConfig={"ModelPackageVersionArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/1"},
        )
