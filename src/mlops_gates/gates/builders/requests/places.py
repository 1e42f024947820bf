"""Where a member is set: the line of a definition's JSON, or of the builder's source where that can be found.

A builder's line is never guessed of a value: it is the keyword argument or the literal key that is called like the
member, within the builder's class; else the line of the method that builds.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from json import decoder
from typing import Any

from mlops_gates.findings import Location
from mlops_gates.gates.builders.requests.request import Path

_string: Callable[[str, int, bool], tuple[str, int]] = vars(decoder)["scanstring"]
_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^,\]}\s]+")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CALLED = {
    "VolumeSizeInGB": ("volume_size", "volume_size_in_gb"),
    "MaxRuntimeInSeconds": ("max_run", "max_runtime_in_seconds"),
    "MaxWaitTimeInSeconds": ("max_wait", "max_wait_time_in_seconds"),
    "S3OutputPath": ("output_path", "s3_output_path"),
    "TrainingImage": ("image_uri", "training_image"),
    "ImageUri": ("image_uri",),
    "Image": ("image_uri", "image"),
    "RoleArn": ("role", "role_arn"),
    "ExecutionRoleArn": ("role", "execution_role_arn"),
    "HyperParameters": ("hyperparameters",),
    "StaticHyperParameters": ("hyperparameters",),
    "EnableManagedSpotTraining": ("use_spot_instances", "enable_managed_spot_training"),
    "EnableNetworkIsolation": ("enable_network_isolation",),
    "KmsKeyId": ("output_kms_key", "kms_key", "kms_key_id"),
    "VolumeKmsKeyId": ("volume_kms_key", "volume_kms_key_id"),
    "InputDataConfig": ("inputs", "input_data_config"),
    "ModelDataUrl": ("model_data", "model_path", "s3_model_data_url"),
    "Environment": ("environment", "env"),
    "SecurityGroupIds": ("security_group_ids",),
    "MaxNumberOfTrainingJobs": ("max_jobs",),
    "MaxParallelTrainingJobs": ("max_parallel_jobs",),
    "MetricName": ("objective_metric_name", "metric_name"),
    "InitialInstanceCount": ("initial_instance_count", "instance_count"),
    "MemorySizeInMB": ("memory_size_in_mb",),
    "ModelApprovalStatus": ("approval_status", "model_approval_status"),
    "S3Uri": ("s3_data", "s3_uri", "source", "destination"),
    "LocalPath": ("destination", "local_path", "source"),
}


class JsonPlaces:
    """Lines and columns of every member of a JSON text."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._starts = [0, *(one.end() for one in re.finditer("\n", text))]
        self._at: dict[Path, int] = {}
        self._value(_SPACE.match(text, 0).end(), ())  # type: ignore[union-attr]

    def locate(self, path: Path) -> Location:
        """Where a member or its nearest ancestor stands."""
        from bisect import bisect_right

        while path and path not in self._at:
            path = path[:-1]
        offset = self._at.get(path, 0)
        line = bisect_right(self._starts, offset)
        return Location(self._file, line, offset - self._starts[line - 1] + 1)

    def _value(self, at: int, path: Path) -> int:
        """Notes where the value at offset `at` stands, and what is in it; the offset behind it."""
        self._at.setdefault(path, at)
        opening = self._text[at]
        if opening == '"':
            return _string(self._text, at + 1, True)[1]
        if opening not in "{[":
            return _SCALAR.match(self._text, at).end()  # type: ignore[union-attr]
        at, number = self._skip(at + 1), 0
        while self._text[at] not in "}]":
            key: str | int = number
            if opening == "{":
                self_at = at
                key, at = _string(self._text, at + 1, True)
                self._at[*path, key] = self_at
                at = self._skip(self._skip(at) + 1)
            at = self._skip(self._value(at, (*path, key)))
            number += 1
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _skip(self, at: int) -> int:
        return _SPACE.match(self._text, at).end()  # type: ignore[union-attr]


Known = Callable[[str], tuple[str, str] | None]
"""Of an absolute file: its name in the repository and its text; None where it lies outside or cannot be read."""


class SourcePlaces:
    """Lines of a builder's class and of those that it derives from, or of the function that made a step."""

    def __init__(self, file: str, source: str, entry: Mapping[str, Any], known: Known = lambda _: None) -> None:
        self._file = file
        self._methods = {name: line for name, line in (entry.get("methods") or {}).items() if isinstance(line, int)}
        self._line = entry.get("line") if isinstance(entry.get("line"), int) else 1
        self._places = dict(_elsewhere(entry, known))
        sources = [(file, source, entry.get("function") or entry.get("class")), *_bases(entry, known)]
        self._named = [(name, dict(_named(text, class_))) for name, text, class_ in sources]

    def locate(self, path: Path) -> Location:
        """The line of a method, or the one that sets a member; else that of the method that builds."""
        if len(path) == 1 and path[0] in self._methods:
            return self._method(str(path[0]))
        for part in reversed(path):
            for name in _names(part):
                for file, named in self._named:
                    if name in named:
                        return Location(file, named[name])
        for method in ("create_step", "create_endpoint_config", "create_auto_ml_job", "deploy"):
            if method in self._methods:
                return self._method(method)
        return Location(self._file, max(1, self._line or 1))

    def _method(self, name: str) -> Location:
        """Where its code is; of what lies outside the repository, the class that has it."""
        return self._places.get(name) or Location(self._file, max(1, self._methods[name]))


def _elsewhere(entry: Mapping[str, Any], known: Known) -> Iterator[tuple[str, Location]]:
    """Methods whose code is in another file than the class."""
    found = entry.get("places")
    for name, place in found.items() if isinstance(found, Mapping) else ():
        if isinstance(place, list | tuple) and len(place) == 2 and place[0] != entry.get("file"):
            file, line = place
            if isinstance(file, str) and isinstance(line, int) and (there := known(file)):
                yield str(name), Location(there[0], max(1, line))


def _bases(entry: Mapping[str, Any], known: Known) -> Iterator[tuple[str, str, Any]]:
    """Name, text and class of each base that lies in the repository, the nearest first."""
    found = entry.get("bases")
    for base in found if isinstance(found, list) else ():
        file = base.get("file") if isinstance(base, Mapping) else None
        if isinstance(file, str) and (there := known(file)):
            yield *there, base.get("class")


def _names(part: str | int) -> Iterator[str]:
    if isinstance(part, str):
        yield part
        yield from _CALLED.get(part, ())
        yield _WORDS.sub("_", part).lower()


def _named(source: str, owner: Any) -> Iterator[tuple[str, int]]:
    """Names of keyword arguments, literal keys and assigned attributes, the last one first so that the first one stays."""
    tree = _parsed(source)
    if tree is None:
        return
    last = str(owner).rpartition(".")[2]  # of a class within another, or within a function
    kinds = (ast.ClassDef, ast.FunctionDef)
    classes = [one for one in ast.walk(tree) if isinstance(one, kinds) and one.name == last]
    found: list[tuple[str, int]] = []
    for node in ast.walk(classes[0] if classes else tree):
        if isinstance(node, ast.Call):
            found += [(word.arg, word.value.lineno) for word in node.keywords if word.arg]
        elif isinstance(node, ast.Dict):
            found += [
                (key.value, key.lineno)
                for key in node.keys
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
    yield from sorted(found, key=lambda one: -one[1])


@lru_cache(maxsize=64)
def _parsed(source: str) -> ast.AST | None:
    """The tree of a text, None where it is no Python: a base is read once for all builders that derive from it."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
