"""builders.distribution"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from mlops_gates.gates.builders.requests.instances import instances
from mlops_gates.gates.builders.requests.request import Part, Path
from mlops_gates.gates.builders.rules import Rule, Seeing, rules_check
from mlops_gates.gates.builders.scope import Target
from mlops_gates.gates.builders.snapshot.imagedata import (
    framework_of,
    has_gpu,
    is_trainium,
    parse,
    runs_smdistributed,
    snapshot,
)

DATA_PARALLEL = "sagemaker_distributed_dataparallel_enabled"
TORCHRUN = "sagemaker_torch_distributed_enabled"
MODEL_PARALLEL = "mp_parameters"
GROUPS = "sagemaker_distribution_instance_groups"
OTHERS = (
    DATA_PARALLEL,
    MODEL_PARALLEL,
    "sagemaker_mpi_enabled",
    "sagemaker_parameter_server_enabled",
    "sagemaker_pytorch_ddp_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled",
)
"""Hyperparameters by which SDK version 2 tells the training toolkit how to start; none of these runs on Trainium."""
DRIVERS = "sm_drivers"
"""The channel by which SDK version 3 tells it: a script that starts one of its drivers."""
SCRIPT = "sm_train.sh"
_DRIVER = re.compile(r"distributed_drivers/(\w+)_driver\.py")


def asks(job: Part, name: str) -> bool:
    """Whether the job's hyperparameters ask for it; values are JSON in text, as the SDK writes them."""
    for place in ("HyperParameters", "StaticHyperParameters"):
        members = job.get(place)
        value = members.get(name) if hasattr(members, "get") else None
        if isinstance(value, str) and value.strip().strip('"').lower() not in ("", "false", "0", "null", "none", "{}"):
            return True
    return False


def has_drivers(job: Part) -> bool:
    """Whether SDK version 3 starts the job's script, through its own channel."""
    return any(one.known("ChannelName") == DRIVERS for one in job.each("InputDataConfig"))


def driver(target: Target, job: Part) -> str:
    """What starts the script of a job of SDK version 3, told by the script that the SDK uploads.

    torchrun, mpi or basic_script; "" where the upload was not seen or its text was not kept.
    """
    channel = next((one for one in job.each("InputDataConfig") if one.known("ChannelName") == DRIVERS), None)
    uri = channel.known("DataSource.S3DataSource.S3Uri") if channel else None
    for run in target.runs:
        for call in run.get("calls") or ():
            request = call.get("request")
            if call.get("operation") != "PutObject" or not isinstance(request, Mapping):
                continue
            place = f"s3://{request.get('Bucket')}/{request.get('Key')}"
            if place == f"{uri}/{SCRIPT}" and (found := _DRIVER.search(str(request.get("Body")))):
                return found[1]
    return ""


def _taking_part(job: Part) -> Iterator[tuple[Path, str]]:
    """The instances that the distribution is for: those of the groups that it names, else all."""
    wanted = _groups(job)
    groups = {one.path: one.known("InstanceGroupName") for one in job.each("ResourceConfig.InstanceGroups")}
    for path, name in instances(job):
        if not wanted or path[:-1] not in groups or groups[path[:-1]] in wanted:
            yield path, name


def _groups(job: Part) -> frozenset[str]:
    text = job.known(f"HyperParameters.{GROUPS}")
    try:
        found = json.loads(text) if isinstance(text, str) else []
    except ValueError:
        return frozenset()
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()


def _jobs(judge: Callable[[Target, Part], Seeing]) -> Callable[[Target], Seeing]:
    def judged(target: Target) -> Seeing:
        for request in target.requests:
            for job in request.trainings():
                yield from judge(target, job)

    return judged


def _data_parallel(_: Target, job: Part) -> Seeing:
    if asks(job, DATA_PARALLEL):
        for path, name in _taking_part(job):
            if runs_smdistributed(name) is False:
                known = ", ".join(snapshot()["smdistributed"])
                yield path, f"{DATA_PARALLEL} is set, and {name} is none of {known}"


def _model_parallel(_: Target, job: Part) -> Seeing:
    if asks(job, MODEL_PARALLEL):
        for path, name in _taking_part(job):
            if has_gpu(name) is False:
                yield path, f"{MODEL_PARALLEL} is set, and {name} has no GPU"


def _torchrun(target: Target, job: Part) -> Seeing:
    if not (why := _starts_torchrun(target, job)):
        return
    for path, name in _taking_part(job):
        if has_gpu(name) is False and not is_trainium(name):
            yield path, f"{why}, and {name} has neither GPUs nor Trainium"


def _starts_torchrun(target: Target, job: Part) -> str:
    """Why the job is one of torch_distributed; "" where it is not, or nothing tells."""
    if asks(job, TORCHRUN):
        return f"{TORCHRUN} is set"
    if not has_drivers(job):
        return ""
    if started := driver(target, job):
        return f"{DRIVERS}/{SCRIPT} starts torchrun" if started == "torchrun" else ""
    image = parse(uri) if isinstance(uri := job.known("AlgorithmSpecification.TrainingImage"), str) else None
    framework = framework_of(image) if image else None
    if framework and "pytorch" in framework.repository and framework.processor == "gpu" and _nodes(job) > 1:
        return f"{_nodes(job)} nodes run {framework.repository} for GPUs"
    return ""


def _nodes(job: Part) -> int:
    counts = [job.known("ResourceConfig.InstanceCount")]
    counts += [one.known("InstanceCount") for one in job.each("ResourceConfig.InstanceGroups")]
    return sum(count for count in counts if isinstance(count, int))


def _trainium(_: Target, job: Part) -> Seeing:
    for path, name in _taking_part(job):
        asked = [one for one in OTHERS if is_trainium(name) and asks(job, one)]
        if asked and DATA_PARALLEL not in asked:
            yield path, f"{asked[0]} is set, and {name} runs torch_distributed alone"


def _applies(target: Target) -> bool:
    names = (TORCHRUN, *OTHERS)
    return any(
        has_drivers(job) or any(asks(job, name) for name in names)
        for request in target.requests
        for job in request.trainings()
    )


RULES = (
    Rule(
        "data-parallel-instances",
        "SageMaker's own data parallelism (smdistributed) runs on ml.p3.16xlarge, ml.p3dn, ml.p4d and ml.p4de",
        "the SDK's code, SM_DATAPARALLEL_SUPPORTED_INSTANCE_TYPES in sagemaker.fw_utils",
        bad=f"{{HyperParameters: {{{DATA_PARALLEL}: 'true'}}, ResourceConfig: {{InstanceType: ml.g5.xlarge}}}}",
        good=f"{{HyperParameters: {{{DATA_PARALLEL}: 'true'}}, ResourceConfig: {{InstanceType: ml.p4d.24xlarge}}}}",
        judge=_jobs(_data_parallel),
    ),
    Rule(
        "model-parallel-gpu",
        "SageMaker's own model parallelism runs on GPUs",
        "AWS developer guide, SageMaker model parallelism, supported instance types",
        bad=f"{{HyperParameters: {{{MODEL_PARALLEL}: '...'}}, ResourceConfig: {{InstanceType: ml.m5.xlarge}}}}",
        good=f"{{HyperParameters: {{{MODEL_PARALLEL}: '...'}}, ResourceConfig: {{InstanceType: ml.p4d.24xlarge}}}}",
        judge=_jobs(_model_parallel),
        believed=True,
    ),
    Rule(
        "torch-distributed-instances",
        "torch_distributed runs on GPUs and Trainium",
        "the SDK's code, validate_torch_distributed_distribution in sagemaker.fw_utils",
        bad=f"{{HyperParameters: {{{TORCHRUN}: 'true'}}, ResourceConfig: {{InstanceType: ml.m5.2xlarge}}}}",
        good=f"{{HyperParameters: {{{TORCHRUN}: 'true'}}, ResourceConfig: {{InstanceType: ml.p4d.24xlarge}}}}",
        judge=_jobs(_torchrun),
    ),
    Rule(
        "trainium-distribution",
        "Trainium runs torch_distributed and no other distribution",
        "the SDK's code, validate_distribution_for_instance_type in sagemaker.fw_utils",
        bad="{HyperParameters: {sagemaker_mpi_enabled: 'true'}, ResourceConfig: {InstanceType: ml.trn1.32xlarge}}",
        good=f"{{HyperParameters: {{{TORCHRUN}: 'true'}}, ResourceConfig: {{InstanceType: ml.trn1.32xlarge}}}}",
        judge=_jobs(_trainium),
    ),
)
CHECK = rules_check(
    "builders.distribution",
    "Distributed training runs on instances that can",
    "Reads how the nodes of a job are to work together and whether its instances can: SDK version 2 writes it into the "
    "hyperparameters sagemaker_*_enabled and mp_parameters, version 3 into a script in the channel sm_drivers, which is "
    "seen where the builder is rendered and not in a definition alone. There several nodes of an image of PyTorch for GPUs "
    "are taken for torch_distributed.",
    "Take an instance type that the distribution supports, or train without it.",
    RULES,
    applies=_applies,
    absent="no training job has a hyperparameter sagemaker_*_enabled, mp_parameters, or a channel sm_drivers",
)
