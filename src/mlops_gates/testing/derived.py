"""What the seed's views say of a request, for builders that have none of them. Each is named as in a result's details."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlops_gates.gates.builders import viewing
from mlops_gates.gates.builders.requests.request import Part, Request
from mlops_gates.gates.builders.snapshot.imagedata import has_gpu
from mlops_gates.testing.selecting import Result, Subject, plain

KEYS = {
    "get_step_config": "step_config",
    "get_hyperparameters": "hyperparameters",
    "get_tuning_config": "tuning_config",
    "get_auto_ml_config": "automl_config",
    "get_training_inputs": "training_inputs",
    "get_data_distribution_config": "data_distribution",
    "get_model_output_config": "model_output_config",
    "get_expected_artifacts": "expected_artifacts",
    "get_metrics_config": "metrics_config",
    "get_logging_config": "logging_config",
    "get_debugger_config": "debugger_config",
    "is_distributed_training": "is_distributed",
    "get_distributed_config": "distributed_config",
    "get_cluster_config": "cluster_config",
    "get_parameter_server_config": "parameter_server_config",
    "get_resource_optimization_config": "resource_optimization",
    "get_gpu_optimization_config": "gpu_optimization",
    "get_memory_optimization_config": "memory_optimization",
    "get_containers": "containers",
    "get_model_config": "model_config",
    "get_endpoint_config": "endpoint_config",
}
"""Views and the keys of details under which they stand."""
_FLAGS = {
    "sagemaker_distributed_dataparallel_enabled": "smdistributed data parallel",
    "sagemaker_torch_distributed_enabled": "torch_distributed",
    "sagemaker_pytorch_ddp_enabled": "pytorchddp",
    "sagemaker_pytorch_xla_multi_worker_enabled": "pytorchxla",
    "sagemaker_mpi_enabled": "mpi",
    "sagemaker_parameter_server_enabled": "parameter_server",
    "sagemaker_multi_worker_mirrored_strategy_enabled": "multi_worker_mirrored_strategy",
    "sagemaker_instance_groups": "instance groups",
}
"""How SDK version 2 writes a way of distribution: hyperparameters. Version 3 packs it into the channel `sm_drivers`."""
DRIVERS = "sm_drivers"
_HOLDERS = (
    "ResourceConfig",
    "HyperParameterTuningResourceConfig",
    "ProcessingResources.ClusterConfig",
    "TransformResources",
)


def views(subject: Subject, *names: str) -> Result:
    """These views by their keys: the builder's own answer where it has one, else derived of the request.

    `derived` lists the keys that were. A view that nothing can be derived for is None.
    """
    found: Result = {}
    derived = []
    made = _of(subject.request) if subject.request else {}
    for name in names:
        own = subject.view(name) or (subject.view("is_distributed") if name == "is_distributed_training" else None)
        if own is not None and "value" in own:
            found[KEYS[name]] = own["value"]
            continue
        found[KEYS[name]] = plain(made.get(name))
        derived.append(KEYS[name])
    return {**found, "derived": derived}


def _of(request: Request) -> dict[str, Any]:
    part = next(request.trainings(), request.part)
    return {**viewing.derived(request), **{name: derive(request, part) for name, derive in _DERIVED.items()}}


def hyperparameters(part: Part) -> dict[str, Any] | None:
    """What the user set, without what the SDK adds, and as values where the SDK wrote JSON."""
    found = part.get("HyperParameters") or part.get("StaticHyperParameters")
    if not isinstance(found, Mapping):
        return None
    return {str(name): _read(value) for name, value in found.items() if not str(name).startswith("sagemaker_")}


def _read(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def tuning(request: Request, _: Part) -> dict[str, Any] | None:
    """{objective_metric, objective_type, strategy, hyperparameter_ranges: {name: {min, max} | {values}}, max_jobs, ...}."""
    config = request.part.sub("HyperParameterTuningJobConfig")
    if config is None:
        return None
    ranges: dict[str, Any] = {}
    for kind in ("Integer", "Continuous", "Categorical"):
        for one in config.each(f"ParameterRanges.{kind}ParameterRanges"):
            between = {"min": one.get("MinValue"), "max": one.get("MaxValue")}
            ranges[str(one.get("Name"))] = {"values": one.get("Values")} if kind == "Categorical" else between
    return {
        "objective_metric": config.get("HyperParameterTuningJobObjective.MetricName"),
        "objective_type": config.get("HyperParameterTuningJobObjective.Type"),
        "strategy": config.get("Strategy"),
        "hyperparameter_ranges": ranges,
        "max_jobs": config.get("ResourceLimits.MaxNumberOfTrainingJobs"),
        "max_parallel_jobs": config.get("ResourceLimits.MaxParallelTrainingJobs"),
    }


def automl(request: Request, part: Part) -> dict[str, Any] | None:
    """{problem_type, objective, max_candidates, max_runtime_per_training_job_in_seconds} of a job on a table."""
    if not request.operation.startswith("CreateAutoMLJob"):
        return None
    table = part.sub("AutoMLProblemTypeConfig.TabularJobConfig") or part.sub("AutoMLJobConfig") or Part({})
    return {
        "problem_type": table.get("ProblemType") or part.get("ProblemType"),
        "objective": part.get("AutoMLJobObjective.MetricName"),
        "max_candidates": table.get("CompletionCriteria.MaxCandidates"),
        "max_runtime_per_training_job_in_seconds": table.get("CompletionCriteria.MaxRuntimePerTrainingJobInSeconds"),
    }


def artifacts(part: Part) -> list[Any] | None:
    """Where what it makes will lie: a training job packs everything into one archive below its output path."""
    if (path := part.get("OutputDataConfig.S3OutputPath")) is not None:
        packed = part.get("OutputDataConfig.CompressionType") != "NONE"
        name = "model.tar.gz" if packed else "model/"
        return [f"{path.rstrip('/')}/<job>/output/{name}" if isinstance(path, str) else name]
    found = [one.get("ModelDataUrl") for one in containers(part) if one.has("ModelDataUrl")]
    return found or None


def containers(part: Part) -> list[Part]:
    """The containers of a model, or of a model package."""
    primary = part.sub("PrimaryContainer")
    inference = part.each("InferenceSpecification.Containers")
    return [*([primary] if primary else []), *part.each("Containers"), *inference]


def ways(part: Part) -> list[str]:
    """How the training is spread, as the SDK tells its container."""
    found = part.get("HyperParameters") or part.get("StaticHyperParameters") or {}
    named = found if isinstance(found, Mapping) else {}
    said = [way for name, way in _FLAGS.items() if str(named.get(name, "")).strip('"').lower() not in ("", "false")]
    if any(one.get("ChannelName") == DRIVERS for one in part.each("InputDataConfig")) and nodes(part) != 1:
        said.append(f"the drivers of the channel {DRIVERS}")
    return said


def nodes(part: Part) -> int | None:
    """Instances of a job in all, the most where a tuning job may choose; None where that is not told before the run."""
    if groups := list(part.each("ResourceConfig.InstanceGroups")):
        return _counted(groups, sum)
    if configs := list(part.each("HyperParameterTuningResourceConfig.InstanceConfigs")):
        return _counted(configs, max)
    for holder in _HOLDERS:
        if part.has(f"{holder}.InstanceCount"):
            return _counted([Part({"InstanceCount": part.get(f"{holder}.InstanceCount")})], sum)
    return None


def _counted(parts: Sequence[Part], all_of: Callable[[list[int]], int]) -> int | None:
    counts = [one.known("InstanceCount") for one in parts]
    known = [one for one in counts if isinstance(one, int) and not isinstance(one, bool)]
    return all_of(known) if len(known) == len(counts) else None


def is_distributed(part: Part) -> bool | None:
    """Several instances, or a way of distribution on one of several GPUs; None where it cannot be told."""
    count = nodes(part)
    if count is not None and count > 1:
        return True
    return True if ways(part) else (False if count == 1 else None)


def _distributed(_: Request, part: Part) -> dict[str, Any] | None:
    if is_distributed(part) is not True:
        return None
    return {**resources(part), "DistributionStrategy": ", ".join(ways(part)) or "several instances"}


def resources(part: Part) -> dict[str, Any]:
    """Members of instances and limits of time, in one mapping."""
    found: dict[str, Any] = {}
    for holder in (*_HOLDERS, "StoppingCondition"):
        if held := part.sub(holder):
            found |= plain(held.members)
    if part.has("EnableManagedSpotTraining"):
        found["EnableManagedSpotTraining"] = plain(part.get("EnableManagedSpotTraining"))
    return found


def gpu(part: Part) -> dict[str, Any] | None:
    """{"InstanceType", "gpu": whether it has any, None where that is not known}."""
    instance = resources(part).get("InstanceType")
    if not isinstance(instance, str):
        return None
    return {"InstanceType": instance, "gpu": has_gpu(instance)}


def _logging(_: Request, part: Part) -> dict[str, Any]:
    parameters = part.get("HyperParameters")
    level = parameters.get("sagemaker_container_log_level") if isinstance(parameters, Mapping) else None
    return {
        "EnableCloudWatchLogging": True,
        "EnableSageMakerDebugger": part.has("DebugHookConfig"),
        "EnableSageMakerProfiler": part.has("ProfilerConfig")
        and part.get("ProfilerConfig.DisableProfiler") is not True,
        "LogLevel": level,
    }


def _debugger(_: Request, part: Part) -> dict[str, Any] | None:
    names = ("DebugHookConfig", "DebugRuleConfigurations", "ProfilerConfig", "TensorBoardOutputConfig")
    return {name: plain(part.get(name)) for name in names if part.has(name)} or None


def _cluster(_: Request, part: Part) -> dict[str, Any] | None:
    if groups := part.get("ResourceConfig.InstanceGroups"):
        return {"InstanceGroups": plain(groups)}
    count, instance = nodes(part), part.get("ResourceConfig.InstanceType")
    if count is None or count < 2:
        return None
    return {"MasterType": plain(instance), "WorkerType": plain(instance), "WorkerCount": count - 1}


def _memory(part: Part) -> dict[str, Any] | None:
    names = ("VolumeSizeInGB", "MemorySizeInMB")
    return {name: one for name, one in resources(part).items() if name in names} or None


def _parameter_server(_: Request, part: Part) -> dict[str, Any] | None:
    return {"enabled": True, "nodes": nodes(part)} if "parameter_server" in ways(part) else None


_DERIVED: dict[str, Callable[[Request, Part], Any]] = {
    "get_step_config": lambda request, _: {"operation": request.operation, **request.part.members},
    "get_hyperparameters": lambda _, part: hyperparameters(part),
    "get_tuning_config": tuning,
    "get_auto_ml_config": automl,
    "get_expected_artifacts": lambda _, part: artifacts(part),
    "is_distributed_training": lambda _, part: is_distributed(part),
    "get_distributed_config": _distributed,
    "get_cluster_config": _cluster,
    "get_parameter_server_config": _parameter_server,
    "get_resource_optimization_config": lambda _, part: resources(part) or None,
    "get_gpu_optimization_config": lambda _, part: gpu(part),
    "get_memory_optimization_config": lambda _, part: _memory(part),
    "get_logging_config": _logging,
    "get_debugger_config": _debugger,
    "get_containers": lambda _, part: [one.members for one in containers(part)] or None,
    "get_model_config": lambda request, part: part.members if request.operation == "CreateModel" else None,
}
