"""What the tests of a training builder look at, and what of it is not there."""

from __future__ import annotations

from mlops_gates.testing import derived, frameworks
from mlops_gates.testing.selecting import Result, Subject, plain

WATCHED = (
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "TensorBoardOutputConfig",
    "ExperimentConfig",
)
_COUNTS = (
    "ResourceConfig.InstanceGroups",
    "ResourceConfig.InstanceCount",
    "HyperParameterTuningResourceConfig.InstanceConfigs",
    "HyperParameterTuningResourceConfig.InstanceCount",
)
TUNED = ("HyperParameterTuningJobConfig", "AutoMLProblemTypeConfig", "AutoMLJobConfig")


def no_tuning(subject: Subject) -> str:
    """Which members show that nothing is tuned, "" where something is."""
    request = subject.request
    if request is None or any(request.part.has(name) for name in TUNED):
        return ""
    if subject.told("get_tuning_config") or subject.told("get_auto_ml_config"):
        return ""
    return f"{request.operation} has no HyperParameterTuningJobConfig and no AutoMLProblemTypeConfig: nothing is tuned"


def no_channels(subject: Subject) -> str:
    """Which member shows that no channel is read, "" where one is."""
    part = subject.part
    if part.has("InputDataConfig") or part.has("AutoMLJobInputDataConfig") or subject.told("get_training_inputs"):
        return ""
    return "InputDataConfig is not there: the job reads no channel"


def unwatched(subject: Subject) -> str:
    """Which members show that nothing is measured, "" where something is."""
    if subject.part.get("AlgorithmSpecification.MetricDefinitions") or any(subject.part.has(one) for one in WATCHED):
        return ""
    if subject.told("get_metrics_config") or subject.told("get_logging_config"):
        return ""
    return f"AlgorithmSpecification.MetricDefinitions is not there, and none of {', '.join(WATCHED)}"


def alone(subject: Subject) -> str:
    """Which member shows that the job runs on one instance, "" where it does not."""
    part = subject.part
    if subject.request and subject.request.operation.startswith("CreateAutoMLJob"):
        return f"{subject.request.operation} has no ResourceConfig: AutoML chooses the instances of its jobs"
    if derived.nodes(part) != 1 or derived.ways(part):
        return ""
    place = next((one for one in _COUNTS if part.has(one)), _COUNTS[1])
    return f"{place} is 1, and HyperParameters name no way of distribution: the job runs on one instance"


def uncounted(subject: Subject) -> str:
    """Why it cannot be told on how many instances the job runs, "" where it can."""
    if alone(subject) or derived.is_distributed(subject.part) is not None:
        return ""
    place = next((one for one in _COUNTS if subject.part.has(one)), _COUNTS[1])
    count = subject.part.get(place)
    said = f"known only at run time ({plain(count)})" if count is not None else "not there"
    return f"{place} is {said}, so it cannot be told whether the job is distributed"


def no_image(subject: Subject) -> str:
    """Why the image cannot be looked at, "" where it can."""
    return frameworks.detect(subject, {}).unknown


def distributed(subject: Subject) -> Result:
    """How the work is spread: the views, `training_type` and the ways that the SDK tells its container."""
    found = derived.views(
        subject,
        "is_distributed_training",
        "get_distributed_config",
        "get_cluster_config",
        "get_parameter_server_config",
    )
    one = bool(alone(subject))
    return {
        **found,
        "training_type": "single_instance" if one else "distributed",
        "strategies": derived.ways(subject.part),
    }


def optimised(subject: Subject) -> Result:
    """Instances, volumes and limits of time; `gpu` whether the instances have any."""
    names = ("get_resource_optimization_config", "get_gpu_optimization_config", "get_memory_optimization_config")
    found = derived.views(subject, *names)
    gpu = derived.gpu(subject.part)
    return {**found, "gpu": gpu["gpu"] if gpu else None}
