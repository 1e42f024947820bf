"""builders.resources"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.gates.builders.requests.instances import instances
from mlops_gates.gates.builders.requests.request import Part, Request
from mlops_gates.gates.builders.requests.walking import is_number
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check, trainings
from mlops_gates.gates.builders.scope import Target
from mlops_gates.gates.builders.snapshot import imagedata

LONGEST = 28 * 86400
"""Seconds that a training job may run (API reference, StoppingCondition)."""
_ONE, _TUNED = "ResourceConfig", "HyperParameterTuningResourceConfig"
_CLUSTERS = (_ONE, _TUNED, "ProcessingResources.ClusterConfig", "TransformResources")
_FIXED = (_TUNED, "ProcessingResources.ClusterConfig")
"""Whose volume the API reference limits to the size of the local storage."""
_OPERATIONS = ("CreateTrainingJob", "CreateHyperParameterTuningJob", "CreateProcessingJob", "CreateTransformJob")


def _jobs(request: Request) -> Iterator[Part]:
    """The jobs that a call describes: those that train, process or transform."""
    yield from request.trainings()
    if request.operation in ("CreateProcessingJob", "CreateTransformJob"):
        yield request.part


def _clusters(request: Request, names: tuple[str, ...] = _CLUSTERS) -> Iterator[Part]:
    for job in _jobs(request):
        for name in names:
            if found := job.sub(name):
                yield found


def _types(cluster: Part) -> list[str]:
    """The instance types of a cluster; nothing where a run tells one of them."""
    return [name for _, name in instances(Part({_ONE: cluster.members}, cluster.path))]


def _unresourced(job: Part) -> Seeing:
    if not any(job.has(name) for name in (_ONE, _TUNED, "ServerlessJobConfig")):
        yield job.at(_ONE), "no instances are asked for, and the job is not serverless"


def _unlimited(request: Request) -> Seeing:
    if not request.part.has("StoppingCondition") and not request.part.has("ServerlessJobConfig"):
        yield request.part.at("StoppingCondition"), "the job has no limit of time"


def _too_long(job: Part) -> Seeing:
    run = job.known("StoppingCondition.MaxRuntimeInSeconds")
    if is_number(run) and run > LONGEST:
        told = " (milliseconds?)" if run >= 3_600_000 and run % 1000 == 0 else ""
        yield (
            job.at("StoppingCondition.MaxRuntimeInSeconds"),
            f"{run:,} s{told} are more than 28 days ({LONGEST:,} s), the longest that a job may run",
        )


def _none_at_all(job: Part) -> Seeing:
    cluster = job.sub(_ONE)
    if not cluster or job.has("ServerlessJobConfig"):
        return
    if cluster.get("InstanceGroups") or cluster.has("InstancePreferences"):
        return
    count = cluster.known("InstanceCount")
    if is_number(count) and count < 1:
        yield cluster.at("InstanceCount"), f"{count} instances, and there are no instance groups"
    for name, other in (("InstanceCount", "InstanceType"), ("InstanceType", "InstanceCount")):
        if not cluster.has(name) and cluster.has(other):
            yield cluster.at(name), f"{other} is told without {name}"


def _both(job: Part) -> Seeing:
    cluster = job.sub(_ONE)
    if cluster and cluster.get("InstanceGroups"):
        beside = [name for name in ("InstanceType", "InstanceCount") if cluster.has(name)]
        if beside:
            yield cluster.at("InstanceGroups"), f"instance groups and {' and '.join(beside)}"


def _same_group(job: Part) -> Seeing:
    seen: set[str] = set()
    for group in job.each("ResourceConfig.InstanceGroups"):
        name = group.known("InstanceGroupName")
        if isinstance(name, str):
            if name in seen:
                yield group.at("InstanceGroupName"), f"a second instance group is called {name}"
            seen.add(name)


def _configs_and_one(job: Part) -> Seeing:
    cluster = job.sub(_TUNED)
    if cluster and cluster.get("InstanceConfigs"):
        for name in ("InstanceType", "InstanceCount", "VolumeSizeInGB"):
            if cluster.has(name):
                yield cluster.at(name), f"{name} beside InstanceConfigs"


def _no_volume(job: Part) -> Seeing:
    cluster = job.sub(_ONE)
    if not cluster or cluster.has("VolumeSizeInGB") or job.has("ServerlessJobConfig"):
        return
    if bare := [name for name in _types(cluster) if imagedata.has_local_storage(name) is False]:
        yield cluster.at("VolumeSizeInGB"), f"no volume is asked for, and {bare[0]} has no storage of its own"


def _local_key(request: Request) -> Seeing:
    for cluster in _clusters(request):
        local = [name for name in _types(cluster) if imagedata.has_local_storage(name)]
        if cluster.has("VolumeKmsKeyId") and local:
            yield cluster.at("VolumeKmsKeyId"), f"a key for the volume, and {local[0]} has local storage in its place"


def _beyond_local(request: Request) -> Seeing:
    for cluster in _clusters(request, _FIXED):
        size = cluster.known("VolumeSizeInGB")
        for name in _types(cluster):
            held = imagedata.local_storage(name)
            if held and is_number(size) and size > held:
                yield (
                    cluster.at("VolumeSizeInGB"),
                    f"{size} GB are asked for, and {name} has {held} GB of local storage",
                )


def _cold_pool(job: Part) -> Seeing:
    keep = job.known("ResourceConfig.KeepAlivePeriodInSeconds")
    if not is_number(keep) or keep <= 0:
        return
    for name in ("EnableManagedSpotTraining", "ResourceConfig.InstanceGroups"):
        if job.known(name):
            yield job.at("ResourceConfig.KeepAlivePeriodInSeconds"), f"a warm pool, and {name.rpartition('.')[2]}"


def _has_jobs(target: Target) -> bool:
    return any(one.operation in _OPERATIONS for one in target.requests)


_RESOURCES, _STOPPING = "API reference, ResourceConfig", "API reference, StoppingCondition"
_OLDER = "service model of botocore 1.29, which requires it; a newer one leaves it to serverless jobs"
CHECK = rules_check(
    id="builders.resources",
    title="A job has its instances, its storage and its time",
    help="The shape of a request leaves out what hangs on other members: a training job needs resources and a limit of "
    "time, an instance type without disks needs a volume, and one with disks takes no key for it.",
    remedy="Give instance_type, instance_count, volume_size (where the instance has no disks) and max_run; leave out "
    "volume_kms_key where it has.",
    rules=(
        Rule(
            id="resources-missing",
            states="A training job that is not serverless has ResourceConfig",
            source=f"API reference, CreateTrainingJob; {_OLDER}",
            bad='{"TrainingJobName": "churn", "RoleArn": "…", "OutputDataConfig": {}}',
            good='{"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}}',
            judge=trainings(_unresourced),
        ),
        Rule(
            id="stopping-condition-missing",
            states="A training job has StoppingCondition",
            source=f"API reference, CreateTrainingJob; {_OLDER}",
            bad='{"TrainingJobName": "churn", "ResourceConfig": {}}',
            good='{"StoppingCondition": {"MaxRuntimeInSeconds": 3600}}',
            judge=requests(_unlimited, "CreateTrainingJob"),
        ),
        Rule(
            id="runtime-beyond-28-days",
            states="MaxRuntimeInSeconds is at most 28 days, 2,419,200 s",
            source=_STOPPING,
            bad='{"StoppingCondition": {"MaxRuntimeInSeconds": 3600000}}',
            good='{"StoppingCondition": {"MaxRuntimeInSeconds": 2419200}}',
            judge=trainings(_too_long),
        ),
        Rule(
            id="no-instances",
            states="Where there are no instance groups, there is an instance type with a count of at least 1",
            source=f"{_RESOURCES}; believed of the service",
            bad='{"InstanceType": "ml.m5.xlarge", "InstanceCount": 0, "VolumeSizeInGB": 30}',
            good='{"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}',
            judge=trainings(_none_at_all),
            believed=True,
        ),
        Rule(
            id="groups-and-one-type",
            states="ResourceConfig has instance groups, or an instance type with its count, and not both",
            source=f"{_RESOURCES}; developer guide, heterogeneous clusters; believed of the service",
            bad='{"InstanceType": "ml.m5.xlarge", "InstanceGroups": [{"InstanceGroupName": "all"}]}',
            good='{"InstanceGroups": [{"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "InstanceGroupName": "all"}]}',
            judge=trainings(_both),
            believed=True,
        ),
        Rule(
            id="group-twice",
            states="Names of instance groups are unique",
            source="API reference, InstanceGroup; believed of the service",
            bad='{"InstanceGroups": [{"InstanceGroupName": "all"}, {"InstanceGroupName": "all"}]}',
            good='{"InstanceGroups": [{"InstanceGroupName": "cpu"}, {"InstanceGroupName": "gpu"}]}',
            judge=trainings(_same_group),
            believed=True,
        ),
        Rule(
            id="configs-and-one-type",
            states="With InstanceConfigs there is no InstanceType, InstanceCount or VolumeSizeInGB beside them",
            source="API reference, HyperParameterTuningResourceConfig, InstanceConfigs",
            bad='{"InstanceConfigs": [{"InstanceType": "ml.m5.xlarge"}], "InstanceType": "ml.m5.xlarge"}',
            good='{"InstanceConfigs": [{"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}]}',
            judge=trainings(_configs_and_one),
        ),
        Rule(
            id="volume-missing",
            states="An instance type without storage of its own needs VolumeSizeInGB",
            source=f"{_RESOURCES}, VolumeSizeInGB",
            bad='{"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}',
            good='{"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}',
            judge=trainings(_no_volume),
        ),
        Rule(
            id="volume-key-on-local-storage",
            states="There is no VolumeKmsKeyId with an instance type that has local storage",
            source="API reference, VolumeKmsKeyId of ResourceConfig, ProcessingClusterConfig and TransformResources",
            bad='{"InstanceType": "ml.g5.xlarge", "VolumeKmsKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}',
            good='{"InstanceType": "ml.g5.xlarge"}',
            judge=requests(_local_key, *_OPERATIONS),
        ),
        Rule(
            id="volume-beyond-local-storage",
            states="VolumeSizeInGB is at most the local storage of an instance type that has some",
            source="API reference, VolumeSizeInGB of ProcessingClusterConfig and HyperParameterTuningResourceConfig",
            bad='{"InstanceType": "ml.g5.xlarge", "VolumeSizeInGB": 1000}',
            good='{"InstanceType": "ml.g5.xlarge", "VolumeSizeInGB": 100}',
            judge=requests(_beyond_local, *_OPERATIONS),
        ),
        Rule(
            id="warm-pool-refused",
            states="A warm pool is kept of one type of on-demand instances",
            source="developer guide, managed warm pools, considerations; believed of the service",
            bad='{"EnableManagedSpotTraining": true, "ResourceConfig": {"KeepAlivePeriodInSeconds": 600}}',
            good='{"EnableManagedSpotTraining": false, "ResourceConfig": {"KeepAlivePeriodInSeconds": 600}}',
            judge=trainings(_cold_pool),
            believed=True,
        ),
    ),
    applies=_has_jobs,
    absent="no request asks for a job",
)
