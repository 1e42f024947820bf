"""The service model of SageMaker that botocore carries: which call takes what. Read once per process, without a client.

The file is read as it lies in the package, since importing botocore's loader costs thrice as much as reading it; so no
model of the user's own (`~/.aws/models`) changes what is judged.
"""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from mlops_gates.errors import CheckError
from mlops_gates.gates.builders.shapes import javapattern

_INSTALL = "pip install 'mlops-gates[builders]'."
_lock = threading.Lock()
_loaded: list[Service] = []


class Shape:
    """What a value must be like.

    `type` is structure, list, map, string, integer, long, float, double, boolean, timestamp or blob. `low` and `high`
    bound a number, the characters of a string, the elements of a list or a map; None is no bound. `required` leaves out
    the tokens that an SDK fills in. `enum` and `pattern` are empty where there is none.
    """

    def __init__(self, name: str, raw: Mapping[str, Any], service: Service) -> None:
        self.name = name
        self.type: str = raw["type"]
        self.low: float | None = raw.get("min")
        self.high: float | None = raw.get("max")
        self.enum: tuple[str, ...] = tuple(raw.get("enum", ()))
        self.allowed = frozenset(self.enum)
        self.pattern: str = raw.get("pattern", "")
        self.union: bool = raw.get("union", False)
        self._members: Mapping[str, Mapping[str, Any]] = raw.get("members", {})
        self.required = tuple(
            one for one in raw.get("required", ()) if not self._members[one].get("idempotencyToken", False)
        )
        self._raw = raw
        self._service = service

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        """Of a structure, by name; else empty."""
        return {name: self._service.shape(one["shape"]) for name, one in self._members.items()}

    @cached_property
    def element(self) -> Shape | None:
        """What each element of a list, or each value of a map, must be like; None for all else."""
        told = self._raw.get("member") or self._raw.get("value")
        return self._service.shape(told["shape"]) if told else None

    @cached_property
    def key(self) -> Shape | None:
        """What each key of a map must be like."""
        told = self._raw.get("key")
        return self._service.shape(told["shape"]) if told else None

    @cached_property
    def matches(self) -> javapattern.Matches | None:
        """What the pattern asks of a string; None without one, and where it cannot be translated."""
        return javapattern.translated(self.pattern) if self.pattern else None


class Service:
    """The model. `version` is that of the botocore that it came with."""

    def __init__(self, raw: Mapping[str, Any], version: str) -> None:
        self.version = version
        self._operations: Mapping[str, Mapping[str, Any]] = raw["operations"]
        self._raw: Mapping[str, Mapping[str, Any]] = raw["shapes"]
        self._shapes: dict[str, Shape] = {}

    def shape(self, name: str) -> Shape:
        """A shape by its name. Raises KeyError where the model has none."""
        if name not in self._shapes:
            self._shapes[name] = Shape(name, self._raw[name], self)
        return self._shapes[name]

    def names(self) -> Iterator[str]:
        """The names of all shapes."""
        return iter(self._raw)

    def input_shape(self, operation: str) -> Shape | None:
        """What a call such as CreateTrainingJob takes; None where this botocore does not know the call."""
        return self._of(operation, "input")

    def output_shape(self, operation: str) -> Shape | None:
        """What a call such as DescribeTrainingJob answers; None where it answers nothing or is not known."""
        return self._of(operation, "output")

    def _of(self, operation: str, side: str) -> Shape | None:
        told = self._operations.get(operation, {}).get(side)
        return self.shape(told["shape"]) if told else None


def service() -> Service:
    """The model, read at the first call (about 0.04 s). Raises CheckError where there is no botocore, or it lacks it."""
    with _lock:
        if not _loaded:
            _loaded.append(_read())
        return _loaded[0]


def input_shape(operation: str) -> Shape | None:
    """As `Service.input_shape`, of the installed botocore."""
    return service().input_shape(operation)


def output_shape(operation: str) -> Shape | None:
    """As `Service.output_shape`, of the installed botocore."""
    return service().output_shape(operation)


def _read() -> Service:
    import gzip
    from importlib.metadata import version as installed

    found = importlib.util.find_spec("botocore")
    if not found or not found.submodule_search_locations:
        raise CheckError(
            "requests are judged by the service model of botocore, which is not installed", next_step=_INSTALL
        )
    folder = Path(next(iter(found.submodule_search_locations)), "data", "sagemaker")
    version = installed("botocore")
    for file in sorted(folder.glob("*/service-2.json*"), reverse=True):
        content = file.read_bytes()
        return Service(json.loads(gzip.decompress(content) if file.suffix == ".gz" else content), version)
    raise CheckError(f"botocore {version} has no service model of SageMaker", next_step=f"Install it anew: {_INSTALL}")
