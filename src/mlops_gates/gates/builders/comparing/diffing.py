"""What changed between two requests, in words. Nothing here reads a file or knows a target.

Elements of lists are matched by their names where all have one, so that a channel between two others is one change.
What is told of hyperparameters and environment variables is their name, never their value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Literal

from mlops_gates.gates.builders.requests.request import NAMES, Path
from mlops_gates.records import dataclass
from mlops_gates.textsafe import one_line

HIDDEN = frozenset({"Environment", "HyperParameters", "StaticHyperParameters", "ContainerArguments"})
"""Members whose values are never told."""
LATER = "known at run time"
"""The only key of what stands for a value that only a run knows."""
_PERMISSIONS = frozenset(
    {
        "RoleArn",
        "ExecutionRoleArn",
        "KmsKeyId",
        "KmsKey",
        "VolumeKmsKeyId",
        "VpcConfig",
        "NetworkConfig",
        "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption",
        "SecurityConfig",
        "RepositoryAuthConfig",
    }
)
_CALLED: Mapping[str, str] = {
    "HyperParameters": "hyperparameter",
    "StaticHyperParameters": "hyperparameter",
    "Environment": "environment variable",
    "InputDataConfig": "channel",
    "AutoMLJobInputDataConfig": "channel",
    "ProcessingInputs": "input",
    "Outputs": "output",
    "Tags": "tag",
    "MetricDefinitions": "metric",
    "ProductionVariants": "variant",
    "ShadowProductionVariants": "shadow variant",
    "Containers": "container",
    "TrainingJobDefinitions": "training job",
    "IntegerParameterRanges": "range of the hyperparameter",
    "ContinuousParameterRanges": "range of the hyperparameter",
    "CategoricalParameterRanges": "range of the hyperparameter",
    "PropertyFiles": "property file",
    "Parameters": "parameter",
}
"""What the entries of a list or a map are called."""
_WORDS: Mapping[str, tuple[str, str]] = {
    "InstanceType": ("instance", ""),
    "InstanceCount": ("instances", ""),
    "InitialInstanceCount": ("instances", ""),
    "VolumeSizeInGB": ("volume", " GB"),
    "MaxRuntimeInSeconds": ("longest run", " s"),
    "MaxWaitTimeInSeconds": ("longest wait", " s"),
}
_IMAGES = frozenset({"TrainingImage", "ImageUri", "Image"})
_ARN = re.compile(r"arn:[A-Za-z0-9:/+=,.@_*-]{1,250}")
_NOTHING = object()


@dataclass(frozen=True)
class Change:
    """One member that is new, gone or another. `path` leads to it among the members of now, or to what it was in."""

    path: Path
    how: Literal["added", "removed", "changed"]
    told: str


def changes(before: Any, now: Any, path: Path = (), names: tuple[str, ...] = ()) -> Iterator[Change]:
    """What is not the same; `names` are those of the path, elements of lists as [name]."""
    if _leaf(before) or _leaf(now) or isinstance(before, Mapping) != isinstance(now, Mapping):
        if json.dumps(before, sort_keys=True) != json.dumps(now, sort_keys=True):
            yield Change(path, "changed", _told(names, before, now))
    elif isinstance(now, Mapping):
        for name in [*now, *(one for one in before if one not in now)]:
            here, called = (*path, str(name)), (*names, str(name))
            yield from _pair(before.get(name, _NOTHING), now.get(name, _NOTHING), here, called)
    else:
        yield from _lists(before, now, path, names)


def _lists(before: Sequence[Any], now: Sequence[Any], path: Path, names: tuple[str, ...]) -> Iterator[Change]:
    old, new = _by_name(before), _by_name(now)
    if old is not None and new is not None:
        places = {name: place for place, name in enumerate(new)}
        for name in [*new, *(one for one in old if one not in new)]:
            here = (*path, places[name]) if name in places else path
            yield from _pair(old.get(name, _NOTHING), new.get(name, _NOTHING), here, (*names, f"[{name}]"))
    elif all(map(_leaf, (*before, *now))):
        if json.dumps(before) != json.dumps(now):
            yield Change(path, "changed", _told(names, before, now))
    else:
        for place, (one, other) in enumerate(zip_longest(before, now, fillvalue=_NOTHING)):
            here = (*path, place) if other is not _NOTHING else path
            yield from _pair(one, other, here, (*names, f"[{place}]"))


def _pair(before: Any, now: Any, path: Path, names: tuple[str, ...]) -> Iterator[Change]:
    if before is _NOTHING:
        yield Change(path, "added", f"{_subject(names)} added{_of(names, now)}")
    elif now is _NOTHING:
        yield Change(path, "removed", f"{_subject(names)} removed{_of(names, before, 'it was ')}")
    else:
        yield from changes(before, now, path, names)


def _by_name(told: Sequence[Any]) -> dict[str, Any] | None:
    """The elements by name; None where one has none, or two have one."""
    found: dict[str, Any] = {}
    for one in told:
        name = (
            next((one[key] for key in NAMES if isinstance(one.get(key), str)), "") if isinstance(one, Mapping) else ""
        )
        if not name or name in found:
            return None
        found[name] = one
    return found


def _leaf(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple) or (isinstance(value, Mapping) and list(value) == [LATER])


def _is_hidden(names: tuple[str, ...]) -> bool:
    return bool(HIDDEN & set(names))


def _told(names: tuple[str, ...], before: Any, now: Any) -> str:
    """`instance ml.m5.xlarge -> ml.m5.2xlarge`."""
    if _is_hidden(names):
        return f"{_subject(names)} changed"
    last = names[-1] if names else ""
    if last in _IMAGES and isinstance(before, str) and isinstance(now, str):
        return f"{_subject(names, 'image')}{_image(before, now)}"
    if isinstance(before, list) and isinstance(now, list):
        gone, new = ([one for one in a if one not in b] for a, b in ((before, now), (now, before)))
        words = [f"{how} {', '.join(map(_shown, some))}" for how, some in (("without", gone), ("with", new)) if some]
        return f"{_subject(names)} changed: {', '.join(words) or 'another order'}"
    unit = _WORDS.get(last, ("", ""))[1]
    was, becomes = _shown(before), _shown(now)
    if was == becomes:  # a number, and the same number as a text
        was, becomes = one_line(json.dumps(before), 120), one_line(json.dumps(now), 120)
    return f"{_subject(names)} {was}{unit} -> {becomes}{unit}"


def _image(before: str, now: str) -> str:
    """` version 2.3.0 -> 2.4.0` where the rest is the same."""
    (old, _, tag), (new, _, other) = before.rpartition(":"), now.rpartition(":")
    if old and old == new and "/" not in tag + other:
        return f" version {one_line(tag, 120)} -> {one_line(other, 120)}"
    return f" {_shown(before)} -> {_shown(now)}"


def _subject(names: tuple[str, ...], last: str = "") -> str:
    """`permission: channel train: KmsKeyId`: what the entries on the way are called, then the member."""
    words, at = [], 0
    rest = list(names)
    while at + 1 < len(rest):
        if rest[at] in _CALLED:
            words.append(f"{_CALLED[rest[at]]} {one_line(rest[at + 1].strip('[]'), 80)}")
            rest = rest[at + 2 :]
            at = 0
        else:
            at += 1
    if rest:
        words.append(last or _WORDS.get(rest[-1], (_member(rest), ""))[0])
    told = ": ".join(words) or "the request"
    return f"permission: {told}" if _PERMISSIONS & set(names) else told


def _member(rest: list[str]) -> str:
    """The member, with what it lies in where its own name is that of an element."""
    place = next((n for n in range(len(rest) - 1, -1, -1) if not rest[n].startswith("[")), 0)
    return one_line("".join(rest[place:]), 120)


def _of(names: tuple[str, ...], value: Any, was: str = "") -> str:
    return f": {was}{_shown(value)}" if _leaf(value) and not _is_hidden(names) else ""


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and list(value) == [LATER]:
        return one_line(str(value[LATER]), 120)
    if isinstance(value, str):
        # The two colons of an ARN are no command of a host, and it shall be copied as it is.
        return value if _ARN.fullmatch(value) else one_line(value, 120) or "''"
    if isinstance(value, Mapping | list | tuple):
        return "a structure" if isinstance(value, Mapping) else "a list"
    return json.dumps(value)
