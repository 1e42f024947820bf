"""Pieces of a request judged by themselves: what a view answers, or a container, is put into a call and held to the rules.

Each function answers {"valid": bool, "errors": [text]}, and "warnings" where a rule is broken that AWS never confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.requests.request import Part
from mlops_gates.testing.judging import judge
from mlops_gates.testing.selecting import Result

TRAINING, MODEL, TUNING = "CreateTrainingJob", "CreateModel", "CreateHyperParameterTuningJob"
_TRAINING_SNAKE = {
    "training_instance_type": "ResourceConfig.InstanceType",
    "training_instance_count": "ResourceConfig.InstanceCount",
    "training_volume_size": "ResourceConfig.VolumeSizeInGB",
    "instance_type": "ResourceConfig.InstanceType",
    "instance_count": "ResourceConfig.InstanceCount",
    "volume_size": "ResourceConfig.VolumeSizeInGB",
    "max_runtime_in_seconds": "StoppingCondition.MaxRuntimeInSeconds",
    "image_uri": "AlgorithmSpecification.TrainingImage",
    "role": "RoleArn",
    "output_path": "OutputDataConfig.S3OutputPath",
}
_MODEL_SNAKE = {
    "model_name": "ModelName",
    "image_uri": "PrimaryContainer.Image",
    "model_data_url": "PrimaryContainer.ModelDataUrl",
    "role": "ExecutionRoleArn",
}
NEEDED = {
    TRAINING: ("AlgorithmSpecification", "RoleArn", "OutputDataConfig", "ResourceConfig", "StoppingCondition"),
    MODEL: ("ExecutionRoleArn",),
}
"""What AWS asks of a call beside what its shape requires."""


def valid(
    operation: str,
    members: Mapping[str, Any],
    within: Sequence[str] = (),
    region: str = "us-east-1",
    partial: bool = False,
) -> Result:
    """What the rules find in a call of these members; within these of them, or anywhere.

    `partial` is for a view that need not tell all: what it leaves out is no fault, since the request says it.
    """
    target = targets.of_request("request", operation, members, region, lambda _: Location("", 1))
    judged = judge(target)
    found = [
        one
        for one in judged.breaches
        if not (partial and one.rule == "required") and (not within or any(one.names(member) for member in within))
    ]
    errors = [one.message for one in found if not one.warns] + [f"{check} {told}" for check, told in judged.crashed]
    warnings = [one.message for one in found if one.warns]
    made: Result = {"valid": not errors, "errors": list(dict.fromkeys(errors))}
    return made | {"warnings": list(dict.fromkeys(warnings))} if warnings else made


def wrong(what: str, value: object, due: str) -> Result:
    """What is of another kind than a request has there."""
    return {"valid": False, "errors": [f"{what} is a {type(value).__name__}, where {due} is due"]}


def whole(operation: str, members: Mapping[str, Any], region: str = "us-east-1") -> Result:
    """A whole call: what it says, and what it lacks."""
    found = valid(operation, members, region=region)["errors"]
    errors = [*lacking(operation, Part(members), found), *found]
    return {"valid": not errors, "errors": errors}


def lacking(operation: str, part: Part, said: Sequence[str] = ()) -> list[str]:
    """Members that AWS asks of a call in every case, beside what its shape requires; without those that were `said`."""
    told = {one.partition(":")[0] for one in said}
    lacks = [
        f"{operation} lacks {name}" for name in NEEDED.get(operation, ()) if not part.has(name) and name not in told
    ]
    if operation == MODEL and not (part.has("PrimaryContainer") or part.has("Containers")):
        lacks.append("CreateModel lacks PrimaryContainer, and has no Containers")
    return lacks


def step_config(operation: str, config: object, region: str) -> Result:
    """A step's config: members of the call, or the older short names, of which a model needs all four."""
    if not isinstance(config, Mapping):
        return wrong("the step's config", config, "a mapping")
    names = _MODEL_SNAKE if operation == MODEL else _TRAINING_SNAKE
    members: dict[str, Any] = {key: one for key, one in config.items() if isinstance(key, str) and key[:1].isupper()}
    for key, value in config.items():
        if key in names:
            _put(members, names[key], value)
    lacks = [f"the step's config lacks {key}" for key, path in names.items() if _lacks(members, path)]
    found = valid(operation, members, within=tuple(members), region=region)["errors"] if members else []
    errors = [*(lacks if operation == MODEL or not members else []), *found]
    return {"valid": not errors, "errors": errors}


def _put(members: dict[str, Any], path: str, value: Any) -> None:
    first, _, rest = path.partition(".")
    if not rest:
        members.setdefault(first, value)
        return
    inner = members.get(first)
    members[first] = {**(inner if isinstance(inner, Mapping) else {}), rest: value}


def _lacks(members: Mapping[str, Any], path: str) -> bool:
    first, _, rest = path.partition(".")
    if not rest or not isinstance(members.get(first), Mapping):
        return first not in members and not (first == "PrimaryContainer" and "Containers" in members)
    return rest not in members[first]


def hyperparameters(found: object, region: str) -> Result:
    """Names and values as a job sends them: the SDK writes all values as text."""
    if not isinstance(found, Mapping):
        return wrong("hyperparameters", found, "a mapping of names to values")
    sent = {str(name): value if isinstance(value, str) else str(value) for name, value in found.items()}
    return valid(TRAINING, {"HyperParameters": sent}, ("HyperParameters",), region)


def tuning(found: object, region: str, partial: bool = False) -> Result:
    """{objective_metric, hyperparameter_ranges, max_jobs, max_parallel_jobs}, or the members of the call."""
    if not isinstance(found, Mapping):
        return wrong("the tuning config", found, "a mapping")
    config = dict(found) if any(str(name)[:1].isupper() for name in found) else _tuning_members(found)
    objective = Part(config).get("HyperParameterTuningJobObjective.MetricName")
    metrics = [{"Name": objective, "Regex": "([0-9.]+)"}] if isinstance(objective, str) else []
    members = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": _tuned(metrics)}
    return valid(TUNING, members, ("HyperParameterTuningJobConfig",), region, partial)


def _tuned(metrics: list[dict[str, str]]) -> dict[str, Any]:
    """A training job for rules that look at both: one that measures the objective and fixes nothing."""
    return {"AlgorithmSpecification": {"TrainingInputMode": "File", "MetricDefinitions": metrics}}


def _tuning_members(found: Mapping[Any, Any]) -> dict[str, Any]:
    ranges: dict[str, list[Any]] = {}
    told = found.get("hyperparameter_ranges")
    for name, one in told.items() if isinstance(told, Mapping) else ():
        between = one if isinstance(one, Mapping) else {"values": one}
        if "values" in between:
            values = between["values"]
            said = [str(value) for value in values] if isinstance(values, list | tuple) else values
            ranges.setdefault("CategoricalParameterRanges", []).append({"Name": str(name), "Values": said})
            continue
        low, high = between.get("min"), between.get("max")
        kind = "Integer" if isinstance(low, int) and isinstance(high, int) else "Continuous"
        made = {"Name": str(name), "MinValue": str(low), "MaxValue": str(high)}
        ranges.setdefault(f"{kind}ParameterRanges", []).append(made)
    return {
        "Strategy": found.get("strategy", "Bayesian"),
        "HyperParameterTuningJobObjective": {
            "Type": found.get("objective_type", "Maximize"),
            **_there(MetricName=found.get("objective_metric")),
        },
        "ResourceLimits": _there(
            MaxNumberOfTrainingJobs=found.get("max_jobs"), MaxParallelTrainingJobs=found.get("max_parallel_jobs")
        ),
        "ParameterRanges": ranges,
    }


def _there(**members: Any) -> dict[str, Any]:
    return {name: one for name, one in members.items() if one is not None}


def automl(found: object, region: str, partial: bool = False) -> Result:
    """{problem_type, objective, max_candidates, max_runtime_per_training_job_in_seconds}, of a job on a table."""
    if not isinstance(found, Mapping):
        return wrong("the AutoML config", found, "a mapping")
    done = _there(
        MaxCandidates=found.get("max_candidates"),
        MaxRuntimePerTrainingJobInSeconds=found.get("max_runtime_per_training_job_in_seconds"),
    )
    table = _there(
        TargetAttributeName=found.get("target", "label"),
        ProblemType=found.get("problem_type"),
        CompletionCriteria=done,
    )
    members = {
        "AutoMLProblemTypeConfig": {"TabularJobConfig": table},
        "AutoMLJobObjective": _there(MetricName=found.get("objective")),
    }
    within = ("AutoMLProblemTypeConfig", "AutoMLJobObjective")
    return valid("CreateAutoMLJobV2", members, within, region, partial)


def training_input(found: object, index: int, region: str) -> Result:
    """One channel, as CreateTrainingJob takes it."""
    if not isinstance(found, Mapping):
        return wrong(f"training input {index}", found, "a channel")
    result = valid(TRAINING, {"InputDataConfig": [found]}, ("InputDataConfig",), region)
    return {**result, "errors": [f"Training input {index}: {one}" for one in result["errors"]]}


def distribution(found: object, region: str) -> Result:
    """{channel: FullyReplicated or ShardedByS3Key}, or one of the two for all."""
    said = found if isinstance(found, Mapping) else {"all": found}
    channels = [
        {"ChannelName": "train", "DataSource": {"S3DataSource": {
            "S3DataType": "S3Prefix", "S3Uri": "s3://bucket/", "S3DataDistributionType": one}}}
        for one in said.values() if not isinstance(one, bool | int)
    ]  # fmt: skip
    errors = []
    for channel in channels:
        errors += valid(TRAINING, {"InputDataConfig": [channel]}, ("S3DataDistributionType",), region)["errors"]
    return {"valid": not errors, "errors": errors}


def section(name: str, found: object, region: str) -> Result:
    """A member of CreateTrainingJob, such as OutputDataConfig."""
    if not isinstance(found, Mapping):
        return wrong(name, found, "a mapping")
    return valid(TRAINING, {name: found}, (name,), region)


def metrics(found: object, region: str) -> Result:
    """{"MetricDefinitions": [...]} or the list."""
    listed = found.get("MetricDefinitions", []) if isinstance(found, Mapping) else found
    if not isinstance(listed, list | tuple):
        return wrong("the metrics", found, "a list of MetricDefinitions")
    members = {"AlgorithmSpecification": {"TrainingInputMode": "File", "MetricDefinitions": list(listed)}}
    return valid(TRAINING, members, ("MetricDefinitions",), region)


def resources(found: object, region: str) -> Result:
    """InstanceType, InstanceCount, VolumeSizeInGB, MaxRuntimeInSeconds, MaxWaitTimeInSeconds, by themselves."""
    if not isinstance(found, Mapping):
        return wrong("the resources", found, "a mapping")
    held = {name: found[name] for name in ("InstanceType", "InstanceCount", "VolumeSizeInGB") if name in found}
    types = [found[name] for name in ("MasterType", "WorkerType", "ParameterServerType") if name in found]
    times = {name: found[name] for name in ("MaxRuntimeInSeconds", "MaxWaitTimeInSeconds") if name in found}
    spot = {"EnableManagedSpotTraining": True} if "MaxWaitTimeInSeconds" in times else {}
    errors: list[str] = []
    for one in [*([held] if held or times else []), *({"InstanceType": type_} for type_ in types)]:
        full = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30, **one}
        members = {"ResourceConfig": full, **({"StoppingCondition": times} if times else {}), **spot}
        errors += valid(TRAINING, members, (*(f"ResourceConfig.{name}" for name in one), *times), region)["errors"]
    return {"valid": not errors, "errors": list(dict.fromkeys(errors))}


def artifacts(found: object) -> Result:
    """A list of names of files, each within the archive."""
    if not isinstance(found, list | tuple | set):
        return wrong("the expected artifacts", found, "a list of names")
    bad = [one for one in found if not isinstance(one, str) or not one.strip() or ".." in one.split("/")]
    errors = [f"{one!r} is no name of a file in the model's archive" for one in bad]
    errors += [] if found else ["no artifact is expected, and a model has at least one file"]
    return {"valid": not errors, "errors": errors}


def container(found: object, index: int, region: str) -> Result:
    """A container of CreateModel."""
    if not isinstance(found, Mapping):
        return wrong(f"container {index}", found, "a container")
    result = valid(MODEL, {"PrimaryContainer": found, "ExecutionRoleArn": _ROLE}, ("PrimaryContainer",), region)
    errors = result["errors"]
    if "Image" not in found and "ModelPackageName" not in found:
        errors = [one for one in errors if not one.startswith("PrimaryContainer.Image")]
        errors = ["it has neither an Image nor a ModelPackageName", *errors]
    return {"valid": not errors, "errors": [f"Container {index}: {one}" for one in errors]}


_ROLE = "arn:aws:iam::111122223333:role/mlops-gates"
