"""builders.channels"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gates.gates.builders.mounts import contracts, mounts
from mlops_gates.gates.builders.requests.request import Part
from mlops_gates.gates.builders.rules import Rule, Seeing, rules_check, trainings
from mlops_gates.gates.builders.scope import Target

_KINDS = ("S3DataSource", "FileSystemDataSource", "DatasetSource")
_S3 = "DataSource.S3DataSource"


def _mode(job: Part, channel: Part) -> str:
    """The channel's input mode, its own or the job's; "" where a run tells it or nothing does."""
    mode = channel.get("InputMode") if channel.has("InputMode") else job.get("AlgorithmSpecification.TrainingInputMode")
    return mode if isinstance(mode, str) else ""


def _twice(job: Part) -> Seeing:
    seen: set[str] = set()
    for channel in job.each("InputDataConfig"):
        name = channel.known("ChannelName")
        if isinstance(name, str):
            if name in seen:
                yield channel.at("ChannelName"), f"a second channel is called {name}"
            seen.add(name)


def _kinds(job: Part) -> Seeing:
    for channel in job.each("InputDataConfig"):
        source = channel.get("DataSource")
        if not isinstance(source, Mapping):
            continue
        found = [kind for kind in _KINDS if kind in source]
        if not found:
            yield channel.at("DataSource"), "neither S3 nor a file system is named"
        elif len(found) > 1:
            yield channel.at("DataSource"), f"{' and '.join(found)} at once"


def _wrapped(job: Part) -> Seeing:
    for channel in job.each("InputDataConfig"):
        wrapper = channel.known("RecordWrapperType")
        if isinstance(wrapper, str) and wrapper != "None" and _mode(job, channel) == "File":
            yield channel.at("RecordWrapperType"), f"{wrapper} wraps records, and files are not wrapped in File mode"


def _manifests(job: Part) -> Iterator[tuple[Part, Part]]:
    for channel in job.each("InputDataConfig"):
        source = channel.sub(_S3)
        if source and source.known("S3DataType") == "AugmentedManifestFile":
            yield channel, source


def _attributeless(job: Part) -> Seeing:
    for _, source in _manifests(job):
        if not source.get("AttributeNames"):
            yield source.at("AttributeNames"), "an augmented manifest, and no attributes of it are named"


def _unpiped(job: Part) -> Seeing:
    for channel, source in _manifests(job):
        mode = _mode(job, channel)
        if mode and mode != "Pipe":
            yield source.at("S3DataType"), f"an augmented manifest is read in Pipe mode only, and this is {mode}"


def _grouped(job: Part) -> Seeing:
    named: list[Part] = []
    without: list[Part] = []
    for channel in job.each("InputDataConfig"):
        if source := channel.sub(_S3):
            (named if source.get("InstanceGroupNames") else without).append(source)
    if named:
        for source in without:
            yield source.at("InstanceGroupNames"), "no instance groups are assigned, and other channels have some"


def _ungrouped(job: Part) -> Seeing:
    groups = {one.get("InstanceGroupName") for one in job.each("ResourceConfig.InstanceGroups") if _named(one)}
    if any(not _named(one) for one in job.each("ResourceConfig.InstanceGroups")):
        return
    for channel in job.each("InputDataConfig"):
        names = channel.known(f"{_S3}.InstanceGroupNames")
        for number, name in enumerate(names if isinstance(names, list | tuple) else ()):
            if isinstance(name, str) and name not in groups:
                yield (*channel.at(f"{_S3}.InstanceGroupNames"), number), f"there is no instance group {name[:64]}"


def _named(group: Part) -> bool:
    return isinstance(group.get("InstanceGroupName"), str)


def _has_channels(target: Target) -> bool:
    return any(
        job.has("InputDataConfig") or any(True for _ in mounts(job))
        for request in target.requests
        for job in request.trainings()
    )


_CHANNEL, _DATA = "API reference, Channel", "API reference, S3DataSource"
_FOLDERS = "developer guide, how training information is provided: /opt/ml/input/data/<channel>"
CHECK = rules_check(
    id="builders.channels",
    title="Channels give what the script reads",
    help="A channel is mounted at /opt/ml/input/data/<its name>. Each has a name of its own and one source, and every "
    "folder there that a hyperparameter, a variable or the script's contract names is a channel's.",
    remedy="Name the channels as the script calls its folders, and give each one source.",
    rules=(
        Rule(
            id="folder-without-channel",
            states="A folder under /opt/ml/input/data is a channel's",
            source=_FOLDERS,
            bad='{"HyperParameters": {"dir": "/opt/ml/input/data/training"}, "InputDataConfig": [{"ChannelName": "train"}]}',
            good='{"HyperParameters": {"dir": "/opt/ml/input/data/train"}, "InputDataConfig": [{"ChannelName": "train"}]}',
            judge=trainings(mounts),
        ),
        Rule(
            id="contract-without-channel",
            states="What a training script's contract reads is mounted: a channel's folder under /opt/ml/input/data",
            source=_FOLDERS,
            bad='contract: {"inputs": {"train": "/opt/ml/processing/input/train"}}',
            good='contract: {"inputs": {"train": "/opt/ml/input/data/train"}}',
            judge=contracts,
        ),
        Rule(
            id="manifest-not-piped",
            states="An augmented manifest is read in Pipe mode",
            source=f"{_DATA}, S3DataType",
            bad='{"InputMode": "File", "DataSource": {"S3DataSource": {"S3DataType": "AugmentedManifestFile"}}}',
            good='{"InputMode": "Pipe", "DataSource": {"S3DataSource": {"S3DataType": "AugmentedManifestFile"}}}',
            judge=trainings(_unpiped),
        ),
        Rule(
            id="groups-for-some",
            states="Instance groups are assigned to all channels, or to none",
            source="AWS's answer in aws/sagemaker-python-sdk issue 5225",
            refusal="Some channels have assigned instance groups: [test, train] while others not: [sm_drivers, code]",
            bad='[{"S3DataSource": {"InstanceGroupNames": ["gpu"]}}, {"S3DataSource": {}}]',
            good='[{"S3DataSource": {"InstanceGroupNames": ["gpu"]}}, {"S3DataSource": {"InstanceGroupNames": ["gpu"]}}]',
            judge=trainings(_grouped),
        ),
        Rule(
            id="group-of-nobody",
            states="An instance group that a channel names is one of the job's",
            source=f"{_DATA}, InstanceGroupNames; believed of the service",
            bad='{"InstanceGroupNames": ["gpus"]} and {"InstanceGroups": [{"InstanceGroupName": "gpu"}]}',
            good='{"InstanceGroupNames": ["gpu"]} and {"InstanceGroups": [{"InstanceGroupName": "gpu"}]}',
            judge=trainings(_ungrouped),
            believed=True,
        ),
        Rule(
            id="channel-twice",
            states="Names of channels are unique",
            source=f"{_CHANNEL}; believed of the service",
            bad='{"InputDataConfig": [{"ChannelName": "train"}, {"ChannelName": "train"}]}',
            good='{"InputDataConfig": [{"ChannelName": "train"}, {"ChannelName": "validation"}]}',
            judge=trainings(_twice),
            believed=True,
        ),
        Rule(
            id="source-of-no-kind",
            states="A data source has one of its kinds",
            source="API reference, DataSource; believed of the service",
            bad='{"ChannelName": "train", "DataSource": {}}',
            good='{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://…"}}}',
            judge=trainings(_kinds),
            believed=True,
        ),
        Rule(
            id="wrapper-on-files",
            states="RecordWrapperType is unset or None in File mode",
            source=f"{_CHANNEL}, RecordWrapperType, which does not say that it is refused",
            bad='{"ChannelName": "train", "InputMode": "File", "RecordWrapperType": "RecordIO"}',
            good='{"ChannelName": "train", "InputMode": "Pipe", "RecordWrapperType": "RecordIO"}',
            judge=trainings(_wrapped),
            believed=True,
        ),
        Rule(
            id="manifest-without-attributes",
            states="An augmented manifest comes with AttributeNames",
            source=f"{_DATA}, AttributeNames; believed of the service",
            bad='{"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://models/train.jsonl"}',
            good='{"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://…", "AttributeNames": ["source-ref", "label"]}',
            judge=trainings(_attributeless),
            believed=True,
        ),
    ),
    applies=_has_channels,
    absent="no training job has channels",
)
