"""Requests made by hand, and what the rules of a check say of them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.requests.request import Unknown, text
from mlops_gates.gates.builders.rules import Rule, broken
from mlops_gates.gates.builders.scope import Target

TRAINING, TUNING = "CreateTrainingJob", "CreateHyperParameterTuningJob"
ROLE = "arn:aws:iam::111122223333:role/execution"
REGION_OF_TESTS = "us-east-1"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
VPC = {"SecurityGroupIds": ["sg-0a1b2c3d"], "Subnets": ["subnet-0a1b2c3d"]}
Change = Mapping[str, Any]
_STEP = re.compile(r"([^.\[\]]+)|\[(-?\d+)\]")
DROP = object()


def channel(name: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://example-models/{name}/"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": "text/csv"}


def training() -> dict[str, Any]:
    return {
        "TrainingJobName": "churn",
        "HyperParameters": {"epochs": "10"},
        "Environment": {"LOG_LEVEL": "info"},
        "AlgorithmSpecification": {
            "TrainingImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "validation:loss", "Regex": "val_loss=([0-9.]+)"}],
        },
        "RoleArn": ROLE,
        "InputDataConfig": [channel("train"), channel("validation")],
        "OutputDataConfig": {"S3OutputPath": "s3://example-models/output/", "KmsKeyId": KEY},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "VpcConfig": VPC,
        "Tags": [{"Key": "team", "Value": "churn"}],
        "EnableNetworkIsolation": False,
    }


def tuning() -> dict[str, Any]:
    job = training()
    definition = {name: job[name] for name in job if name not in ("TrainingJobName", "HyperParameters", "Tags")}
    return {
        "HyperParameterTuningJobName": "churn",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "IntegerParameterRanges": [{"Name": "depth", "MinValue": "3", "MaxValue": "10"}],
                "ContinuousParameterRanges": [
                    {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.3", "ScalingType": "Logarithmic"}
                ],
                "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
            },
        },
        "TrainingJobDefinition": {**definition, "StaticHyperParameters": {"objective": "binary:logistic"}},
    }


def processing() -> dict[str, Any]:
    return {
        "ProcessingJobName": "prepare",
        "AppSpecification": {
            "ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1",
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/prepare.py"],
            "ContainerArguments": ["--rows", "100"],
        },
        "ProcessingOutputConfig": {
            "Outputs": [
                {"OutputName": "train", "S3Output": {"S3Uri": "s3://example-models/train", "LocalPath": "/opt"}}
            ],
            "KmsKeyId": KEY,
        },
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "Environment": {"LOG_LEVEL": "info"},
        "NetworkConfig": {"VpcConfig": VPC, "EnableNetworkIsolation": False},
        "RoleArn": ROLE,
        "Tags": [{"Key": "team", "Value": "churn"}],
    }


def model() -> dict[str, Any]:
    return {
        "ModelName": "churn",
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {
            "Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1",
            "ModelDataUrl": "s3://example-models/output/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
        },
        "VpcConfig": VPC,
        "Tags": [{"Key": "team", "Value": "churn"}],
        "EnableNetworkIsolation": False,
    }


MADE = {TRAINING: training, TUNING: tuning, "CreateProcessingJob": processing, "CreateModel": model}


def changed(root: Any, changes: Change) -> Any:
    """`root` with each value set at its path (`A.B[0].C`), or the member there dropped."""
    root = copy.deepcopy(root)
    for path, value in changes.items():
        *before, last = [name or int(number) for name, number in _STEP.findall(path)]
        here = root
        for part in before:
            here = here.setdefault(part, {}) if isinstance(here, dict) else here[part]
        if value is DROP:
            del here[last]
        else:
            here[last] = value
    return root


def target(operation: str, changes: Change, entry: Mapping[str, Any] = {}, region: str = REGION_OF_TESTS) -> Target:
    root = changed(MADE[operation](), changes)
    return targets.of_request("churn", operation, root, region, lambda _: Location("builder.py", 1), entry)


def seen(rules: Any, one: Target) -> list[tuple[str, str, bool]]:
    """(rule, path, believed) of all that is broken."""
    return [(found.rule.id, text(found.path, one.root), found.rule.believed) for found in broken("x", rules, one)]


def told(rules: Any, one: Target) -> str:
    return " ".join(found.told for found in broken("x", rules, one))


def ids(rules: Any) -> set[str]:
    return {rule.id for rule in rules if isinstance(rule, Rule)}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(one, (*path, key))


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "s3://",
            "s3://{a}/b",
            "ml.g5.xlarge",
            "/opt/ml/input/data/x",
            "(",
            "[",
            "\\",
            "aws:",
            "Hyperband",
            "Pipe",
            "-1",
            "nan",
        ]
    )
    | st.builds(Unknown, st.sampled_from(["step", "join", "parameter"]), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mistyped(draw: st.DrawFn) -> Target:
    """A request with anything in place of any of its members."""
    operation = draw(st.sampled_from(sorted(MADE)))
    root = copy.deepcopy(MADE[operation]())
    for _ in range(draw(st.integers(1, 3))):
        places = list(paths(root))
        path = draw(st.sampled_from(places))
        here: Any = root
        for part in path[:-1]:
            here = here[part]
        here[path[-1]] = draw(ANY)
    entry = draw(
        st.just({})
        | st.fixed_dictionaries({"contract": ANY, "runs": st.lists(st.fixed_dictionaries({"calls": ANY}), max_size=1)})
    )
    return targets.of_request("churn", operation, root, "us-east-1", lambda _: Location("builder.py", 1), entry)
