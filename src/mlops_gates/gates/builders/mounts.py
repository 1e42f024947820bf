"""Folders under /opt/ml/input/data that are no channel's: in a training job's settings, in its script's contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlops_gates.gates.builders.requests.request import Part, Path
from mlops_gates.gates.builders.requests.walking import entries
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.scope import Target

_DATA = "/opt/ml/input/data"
_FOLDER = re.compile(rf"{_DATA}/([A-Za-z0-9._-]{{1,64}})")
_EPOCH = re.compile(r"_[0-9]+$")
_GIVEN = (_DATA, "/opt/ml/input/config", "/opt/ml/code", "/opt/ml/checkpoints", "/opt/ml/model", "/opt/ml/output")
"""What a training container finds or may write, besides what its image brings."""
_OF_SDK = frozenset({"code", "sm_drivers", "model"})
"""Channels that the SDK adds to the builder's."""
_SETTINGS = ("HyperParameters", "StaticHyperParameters", "Environment")
_ARGUMENTS = ("AlgorithmSpecification.ContainerEntrypoint", "AlgorithmSpecification.ContainerArguments")


def _channels(job: Part) -> set[str] | None:
    """The names of the job's channels; None where a run tells one of them, or the list itself."""
    if job.has("InputDataConfig") and not isinstance(job.get("InputDataConfig"), list | tuple):
        return None
    names = [channel.get("ChannelName") for channel in job.each("InputDataConfig")]
    return set(names) if all(isinstance(name, str) for name in names) else None


def _is_mounted(folder: str, channels: set[str]) -> bool:
    """A channel is mounted under its name; in Pipe mode with the epoch behind it, a manifest beside it."""
    return bool({folder, _EPOCH.sub("", folder), folder.removesuffix("-manifest")} & channels)


def _texts(job: Part) -> Iterator[tuple[Path, str]]:
    for setting in _SETTINGS:
        for name, value in entries(job, setting):
            if isinstance(value, str):
                yield (*job.at(setting), name), value
    for member in _ARGUMENTS:
        listed = job.known(member)
        for number, value in enumerate(listed if isinstance(listed, list | tuple) else ()):
            if isinstance(value, str):
                yield (*job.at(member), number), value


def mounts(job: Part) -> Seeing:
    """Settings of a training job that name the folder of a channel which is not there."""
    channels = _channels(job)
    if channels is None:
        return
    for path, value in _texts(job):
        for folder in _FOLDER.findall(value):
            if not _is_mounted(folder, channels):
                yield path, f"names the folder of a channel {folder}, and {_there(channels)}"
                break


def _there(channels: set[str]) -> str:
    return f"the channels are {', '.join(sorted(channels)[:8])}" if channels else "there are no channels"


def contracts(target: Target) -> Seeing:
    """Inputs of a training script's contract that lie where nothing is mounted.

    A channel that is not there may be one that the script can do without; it is told where a channel of the builder's is
    there that the contract does not know.
    """
    contract = target.entry.get("contract")
    inputs = contract.get("inputs") if isinstance(contract, Mapping) else None
    if target.operation != "CreateTrainingJob" or not target.requests or not isinstance(inputs, Mapping):
        return
    job = target.requests[0].part
    channels = _channels(job)
    places = {str(name): one for name, one in inputs.items() if isinstance(one, str) and one.startswith("/opt/ml/")}
    if channels is None:
        return
    read = {found[1] for one in places.values() if (found := _FOLDER.match(one))}
    strange = {one for one in channels - _OF_SDK if not _is_mounted(one, read)}
    for name, place in places.items():
        found = _FOLDER.match(place)
        path = (*job.at("InputDataConfig"), name)
        if found and strange and not _is_mounted(found[1], channels):
            yield path, f"the script reads {name} at {place[:96]}, and {_there(channels)}"
        elif not found and not place.startswith(_GIVEN):
            yield path, f"the script reads {name} at {place[:96]}, where no channel is mounted"
