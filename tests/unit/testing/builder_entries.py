"""Entries as the rendering of a builder answers them, made by hand: no SDK is asked."""

from __future__ import annotations

import copy
from typing import Any

from mlops_gates.testing import rendered
from mlops_gates.testing.integration import IntegrationTests

ROLE = "arn:aws:iam::111122223333:role/example-execution"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3.0-gpu-py311-cu121-ubuntu20.04-sagemaker"
SERVED = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.3.0-cpu-py311-ubuntu20.04-sagemaker"
TENSORFLOW = "763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow-training:2.14.1-cpu-py310"
OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:4"


def channel(name: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": f"s3://mlops-gates-inputs/{name}",
                "S3DataDistributionType": "FullyReplicated",
            }
        },
        "ContentType": "text/csv",
    }


TRAINING: dict[str, Any] = {
    "HyperParameters": {"epochs": "10", "optimizer": '"adam"', "sagemaker_program": '"train.py"'},
    "AlgorithmSpecification": {
        "TrainingImage": XGBOOST,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "validation:loss", "Regex": "val_loss=([0-9.]+)"}],
    },
    "RoleArn": ROLE,
    "InputDataConfig": [channel("train"), channel("validation")],
    "OutputDataConfig": {"S3OutputPath": "s3://example-models/output/"},
    "ResourceConfig": {"InstanceType": "ml.m5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}
MODEL: dict[str, Any] = {
    "PrimaryContainer": {
        "Image": SERVED,
        "ModelDataUrl": "s3://example-models/output/model.tar.gz",
        "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
    },
    "ExecutionRoleArn": ROLE,
}


def run(step_type: str, arguments: dict[str, Any] | None, why: str = "first", **step: Any) -> dict[str, Any]:
    """One rendering of a builder whose step is called Own."""
    steps = [{"Name": "Own", "Type": step_type, "Arguments": arguments, **step}]
    definition = {"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps}
    waits = why == "waiting"
    return {
        "why": why,
        "inputs": {name: f"s3://mlops-gates-inputs/{name}" for name in ("train", "validation")},
        "dependencies": ["Probe"] if waits else [],
        "caching": waits,
        "definition": definition if arguments is not None else None,
        "step": "Own" if arguments is not None else "",
        "steps": ["Own"] if arguments is not None else [],
        "calls": [],
        "returned": "TrainingStep" if arguments is not None else "NoneType",
        "error": None,
    }


def entry(step_type: str, arguments: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """What a rendering answers of a builder that makes this step; `views` by name, `more` replaces keys."""
    views = {name: one if isinstance(one, dict) and "error" in one else {"value": one}
             for name, one in more.pop("views", {}).items()}  # fmt: skip
    held = copy.deepcopy(arguments)
    return {
        "name": "ChurnBuilder",
        "kind": "builder",
        "class": "ChurnBuilder",
        "file": "",
        "line": 1,
        "methods": {"create_step": 10, **dict.fromkeys(views, 20)},
        "step_type": step_type if held is not None else "",
        "required": [],
        "optional": [],
        "outputs": {},
        "config": {},
        "contract": None,
        "property_paths": {},
        "runs": [run(step_type, held), run(step_type, held, "again")],
        "views": views,
        **more,
    }


def judged_by(kind: type[IntegrationTests], answered: dict[str, Any], config: Any = None) -> Any:
    """Tests of this kind on an entry in place of a builder."""
    made = kind(object(), config)
    made.target = rendered.of_entry(answered, made._settings)
    return made


def changed(arguments: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the member at `A.B` set, or taken out where the value is None."""
    made = copy.deepcopy(arguments)
    *above, last = path.split(".")
    held = made
    for name in above:
        held = held.setdefault(name, {})
    if value is None:
        held.pop(last, None)
    else:
        held[last] = value
    return made


SKELETON: dict[str, tuple[str, dict[str, Any], tuple[str, Any]]] = {
    "processing": (
        "Processing",
        {
            "AppSpecification": {
                "ImageUri": SKLEARN,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/a.py"],
            },
            "ProcessingInputs": [
                {
                    "InputName": "code",
                    "AppManaged": False,
                    "S3Input": {
                        "S3Uri": "s3://example-models/code/a.py",
                        "LocalPath": "/opt/ml/processing/input/code",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                        "S3DataDistributionType": "FullyReplicated",
                        "S3CompressionType": "None",
                    },
                }
            ],
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "RoleArn": ROLE,
        },
        ("AppSpecification", None),
    ),
    "transform": (
        "Transform",
        {
            "ModelName": "churn-model",
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://example-models/batch/"}},
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": "s3://example-models/answers/", "AssembleWith": "Line"},
            "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        },
        ("TransformOutput", None),
    ),
    "tuning": (
        "Tuning",
        {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:loss"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": {
                    "IntegerParameterRanges": [
                        {"Name": "max_depth", "MinValue": "3", "MaxValue": "30", "ScalingType": "Auto"}
                    ]
                },
            },
            "TrainingJobDefinition": {
                "StaticHyperParameters": {"objective": "binary:logistic"},
                **{name: one for name, one in TRAINING.items() if name != "HyperParameters"},
            },
        },
        ("HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs", 30),
    ),
}
"""Kinds of builders: the type of step, its members, and a change that breaks them."""
