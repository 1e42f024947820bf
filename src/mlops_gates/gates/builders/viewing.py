"""What the views of a builder say beside its request: what is derived of a request, and what contradicts it.

The views are those that step builders of the field have: `get_hyperparameters`, `get_training_inputs` and so on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mlops_gates.gates.builders.requests.request import Part, Request, Unknown
from mlops_gates.gates.builders.scope import Target

Differences = Iterator[str]


def told(target: Target, view: str) -> Any:
    """The value of a view that the builder has and that answered; None where it has not."""
    found = (target.entry.get("views") or {}).get(view)
    return found.get("value") if isinstance(found, Mapping) and "error" not in found else None


def derived(request: Request) -> dict[str, Any]:
    """The views of a request, for builders that have none; what a request does not have is None."""
    part = next(request.trainings(), request.part)
    resources = part.get("ResourceConfig") or request.part.get("ProcessingResources.ClusterConfig")
    metrics = part.get("AlgorithmSpecification.MetricDefinitions")
    return {
        "get_hyperparameters": part.get("HyperParameters") or part.get("StaticHyperParameters"),
        "get_tuning_config": request.part.get("HyperParameterTuningJobConfig"),
        "get_auto_ml_config": request.part.get("AutoMLProblemTypeConfig"),
        "get_training_inputs": part.get("InputDataConfig"),
        "get_data_distribution_config": _distributions(part) or None,
        "get_model_output_config": part.get("OutputDataConfig"),
        "get_expected_artifacts": None,
        "get_metrics_config": {"MetricDefinitions": metrics} if metrics else None,
        "get_logging_config": {"EnableSageMakerDebugger": part.has("DebugHookConfig")},
        "is_distributed_training": _distributed(part) if part.has("ResourceConfig") else None,
        "get_distributed_config": resources if _distributed(part) else None,
        "get_resource_optimization_config": resources,
        "get_gpu_optimization_config": None,
    }


def _distributions(part: Part) -> dict[str, Any]:
    return {
        str(one.get("ChannelName")): one.get("DataSource.S3DataSource.S3DataDistributionType")
        for one in part.each("InputDataConfig")
        if one.has("DataSource.S3DataSource.S3DataDistributionType")
    }


def _distributed(part: Part) -> bool:
    count = part.known("ResourceConfig.InstanceCount")
    groups = sum(one.known("InstanceCount") or 0 for one in part.each("ResourceConfig.InstanceGroups"))
    return max(count if isinstance(count, int) else 0, groups) > 1


def _same(mine: Any, its: Any) -> bool:
    """Whether a view's value is the request's: the SDK writes numbers, and JSON, as text."""
    if isinstance(its, Unknown) or its == mine:
        return True
    return str(its) == str(mine) or _read(its) == mine or _read(its) == str(mine)


def _read(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _members(view: Any, part: Part | None, name: str) -> Differences:
    """Members of a view that the request has otherwise, or does not have. Keys that are no members are left alone."""
    if not isinstance(view, Mapping) or part is None:
        if view:
            yield f"tells of {name}, which the request does not have"
        return
    for key, value in view.items():
        if isinstance(key, str) and key[:1].isupper() and not isinstance(value, Mapping | list):
            sent = part.get(key)
            if sent is None and key in part.members:
                continue
            if not _same(value, sent):
                yield f"says {key} {_short(value)}, the request {'has none' if sent is None else _short(sent)}"


def _short(value: Any) -> str:
    return str(value)[:80]


def _hyperparameters(view: Any, request: Request) -> Differences:
    if not isinstance(view, Mapping):
        yield f"gives a {type(view).__name__} where a mapping is due"
        return
    part = next(request.trainings(), request.part)
    sent = {**(part.get("HyperParameters") or {}), **(part.get("StaticHyperParameters") or {})}
    tuned = {
        str(one.get("Name"))
        for kind in ("Integer", "Continuous", "Categorical")
        for one in request.part.each(f"HyperParameterTuningJobConfig.ParameterRanges.{kind}ParameterRanges")
    }
    if lost := [str(key) for key in view if key not in sent and key not in tuned]:
        yield f"names {', '.join(lost[:5])}, which the request does not send"
    if others := [str(key) for key, value in view.items() if key in sent and not _same(value, sent[key])]:
        yield f"has another value of {', '.join(others[:5])} than the request"


def _inputs(view: Any, request: Request) -> Differences:
    part = next(request.trainings(), request.part)
    sent = {str(one.get("ChannelName")): one for one in part.each("InputDataConfig")}
    if not isinstance(view, Sequence) or isinstance(view, str):
        view = [{"ChannelName": name} for name in view] if isinstance(view, Mapping) else []
    for one in view:
        name = one.get("ChannelName") if isinstance(one, Mapping) else one
        if not isinstance(name, str):
            yield "has a channel without ChannelName, which AWS requires"
            continue
        if name not in sent:
            yield f"has the channel {name}, which the request lacks"
        elif isinstance(one, Mapping):
            yield from _members({key: value for key, value in one.items() if key != "DataSource"}, sent[name], name)
            mine = Part(one).get("DataSource.S3DataSource.S3Uri")
            if mine and not _same(mine, sent[name].get("DataSource.S3DataSource.S3Uri")):
                yield f"reads {name} from elsewhere than the request"


def _distribution(view: Any, request: Request) -> Differences:
    sent = set(_distributions(next(request.trainings(), request.part)).values())
    wanted = [value for value in (view.values() if isinstance(view, Mapping) else [view]) if isinstance(value, str)]
    known = ("FullyReplicated", "ShardedByS3Key")
    for one in wanted:
        if one in known and one not in sent:
            yield f"says {one}, the request {', '.join(map(str, sent)) or 'nothing of how data is distributed'}"


def _output(view: Any, request: Request) -> Differences:
    part = next(request.trainings(), request.part)
    yield from _members(view, part.sub("OutputDataConfig"), "an output")


def _metrics(view: Any, request: Request) -> Differences:
    part = next(request.trainings(), request.part)
    sent = {one.get("Name"): one.get("Regex") for one in part.each("AlgorithmSpecification.MetricDefinitions")}
    wanted = view.get("MetricDefinitions") if isinstance(view, Mapping) else view
    for one in wanted if isinstance(wanted, list) else ():
        if not isinstance(one, Mapping) or "Name" not in one:
            yield "has a metric without a name"
        elif one["Name"] not in sent:
            yield f"has the metric {_short(one['Name'])}, which the request does not send"
        elif "Regex" in one and one["Regex"] != sent[one["Name"]]:
            yield f"has another regex of {_short(one['Name'])} than the request"


def _logging(view: Any, request: Request) -> Differences:
    part = next(request.trainings(), request.part)
    watched = any(part.has(name) for name in ("DebugHookConfig", "DebugRuleConfigurations", "ProfilerConfig"))
    if isinstance(view, Mapping) and view.get("EnableSageMakerDebugger") is True and not watched:
        yield "says that the debugger is on, and the request has no DebugHookConfig"


def _resources(view: Any, request: Request) -> Differences:
    part = next(request.trainings(), request.part)
    found = part.sub("ResourceConfig") or request.part.sub("ProcessingResources.ClusterConfig")
    found = found or request.part.sub("TransformResources")
    times = part.sub("StoppingCondition")
    if found and times:
        found = Part({**times.members, **found.members}, found.path)
    yield from _members(_of_instances(view), found, "resources")


_OF_INSTANCES = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "MaxRuntimeInSeconds", "VolumeKmsKeyId")


def _of_instances(view: Any) -> Any:
    """The members of a view that a request has; `DistributionStrategy` and the like have no place in one."""
    return {key: view[key] for key in _OF_INSTANCES if key in view} if isinstance(view, Mapping) else view


def _is_distributed(view: Any, request: Request) -> Differences:
    part = next(request.trainings(), None)
    if part is not None and isinstance(view, bool) and view != _distributed(part):
        count = part.get("ResourceConfig.InstanceCount")
        yield f"says {view}, the request has ResourceConfig.InstanceCount {count if isinstance(count, int) else 'unknown'}"


def _cluster(view: Any, request: Request) -> Differences:
    part = next(request.trainings(), None)
    if part is None or not isinstance(view, Mapping):
        return
    told_of = [view.get(name) for name in ("WorkerCount", "ParameterServerCount")]
    total = 1 + sum(one for one in told_of if isinstance(one, int))
    count = part.known("ResourceConfig.InstanceCount")
    if isinstance(count, int) and "WorkerCount" in view and total != count:
        yield f"tells of {total} instances, the request of {count}"
    type_ = part.known("ResourceConfig.InstanceType")
    others = {view[name] for name in ("MasterType", "WorkerType") if isinstance(view.get(name), str)}
    if isinstance(type_, str) and others - {type_}:
        yield f"tells of {', '.join(sorted(others - {type_}))}, the request of {type_}"


def _tuning(view: Any, request: Request) -> Differences:
    config = request.part.sub("HyperParameterTuningJobConfig")
    if not isinstance(view, Mapping) or not view:
        return
    if config is None:
        yield "tells of tuning, and the request is no tuning job (no HyperParameterTuningJobConfig)"
        return
    pairs = (
        ("objective_metric", "HyperParameterTuningJobObjective.MetricName"),
        ("objective_metric_name", "HyperParameterTuningJobObjective.MetricName"),
        ("max_jobs", "ResourceLimits.MaxNumberOfTrainingJobs"),
        ("max_parallel_jobs", "ResourceLimits.MaxParallelTrainingJobs"),
        ("strategy", "Strategy"),
    )
    for key, member in pairs:
        if key in view and not _same(view[key], config.get(member)):
            yield f"says {key} {_short(view[key])}, the request {_short(config.get(member))}"
    tuned = {
        str(one.get("Name"))
        for kind in ("Integer", "Continuous", "Categorical")
        for one in config.each(f"ParameterRanges.{kind}ParameterRanges")
    }
    ranges = view.get("hyperparameter_ranges")
    if isinstance(ranges, Mapping) and (lost := sorted(str(one) for one in ranges if one not in tuned)):
        yield f"tunes {', '.join(lost[:5])}, and the request does not"


def _automl(view: Any, request: Request) -> Differences:
    if view and request.operation not in ("CreateAutoMLJobV2", "CreateAutoMLJob"):
        yield "tells of AutoML, and the request is no AutoML job"
    config = request.part.sub("AutoMLProblemTypeConfig.TabularJobConfig")
    if not isinstance(view, Mapping) or config is None:
        return
    pairs = (("problem_type", "ProblemType"), ("max_candidates", "CompletionCriteria.MaxCandidates"))
    for key, member in pairs:
        if key in view and not _same(view[key], config.get(member)):
            yield f"says {key} {_short(view[key])}, the request {_short(config.get(member))}"


def _gpu(view: Any, request: Request) -> Differences:
    from mlops_gates.gates.builders.snapshot import imagedata

    yield from _resources(view, request)
    part = next(request.trainings(), request.part)
    type_ = part.known("ResourceConfig.InstanceType")
    wanted = isinstance(view, Mapping) and any(value is True for value in view.values())
    if wanted and isinstance(type_, str) and imagedata.has_gpu(type_) is False:
        yield f"tells of GPUs, and the request's {type_} has none"


def _step_config(view: Any, request: Request) -> Differences:
    if not isinstance(view, Mapping):
        return
    yield from _members(view, request.part, "members")
    pairs = {
        "model_name": ("ModelName",),
        "image_uri": ("PrimaryContainer.Image", "AlgorithmSpecification.TrainingImage", "AppSpecification.ImageUri"),
        "model_data_url": ("PrimaryContainer.ModelDataUrl",),
        "role": ("ExecutionRoleArn", "RoleArn"),
    }
    for key, members in pairs.items():
        sent = next((request.part.get(name) for name in members if request.part.has(name)), None)
        if key in view and sent is not None and not _same(view[key], sent):
            yield f"says another {key} than the request"


JUDGED: dict[str, Callable[[Any, Request], Differences]] = {
    "get_step_config": _step_config,
    "get_hyperparameters": _hyperparameters,
    "get_tuning_config": _tuning,
    "get_auto_ml_config": _automl,
    "get_training_inputs": _inputs,
    "get_data_distribution_config": _distribution,
    "get_model_output_config": _output,
    "get_metrics_config": _metrics,
    "get_logging_config": _logging,
    "is_distributed_training": _is_distributed,
    "get_distributed_config": _resources,
    "get_cluster_config": _cluster,
    "get_resource_optimization_config": _resources,
    "get_gpu_optimization_config": _gpu,
}
"""What each view says that the request does not."""
