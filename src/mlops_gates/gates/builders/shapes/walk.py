"""One walk over a request beside the shape of its call: every member that the service model does not allow."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import field
from itertools import islice
from typing import Any, Literal

from mlops_gates.gates.builders.requests.request import STRIPPED, Path, Request, Unknown
from mlops_gates.gates.builders.shapes import words
from mlops_gates.gates.builders.shapes.service import Service, Shape
from mlops_gates.records import dataclass

Kind = Literal[
    "required", "type", "unknown-member", "enum", "pattern", "length", "range", "union", "parameter-type", "unread"
]
_PIPELINE = frozenset({"PipelineName", "RoleArn"})
"""What the upload of a definition adds to it."""
_MOST = 10_000
"""Elements of a list or a map that are looked at where the shape sets no bound."""
_LONGEST = 1 << 16
"""Characters of a string that a pattern is asked of."""
_SCALARS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (str, int, float),
    "blob": (str,),
}
_DECLARED = {"String": str, "Integer": int, "Float": float, "Boolean": bool}


@dataclass(frozen=True)
class Fault:
    """One constraint of the shape that a member breaks; `refusal` is how AWS would say it of this one, else empty."""

    kind: Kind
    path: Path
    told: str
    refusal: str = ""


@dataclasses.dataclass
class Walk:
    """What a walk saw: faults, how many values were judged, and how many are known only at run time."""

    faults: list[Fault] = field(default_factory=list)
    judged: int = 0
    unknown: int = 0


def walked(request: Request, service: Service, types: Mapping[str, str]) -> Walk:
    """The walk over one request. `types` are the declared types of the pipeline's parameters, by name."""
    shape = service.input_shape(request.operation)
    walker = _Walker(request, service.version, types)
    if shape is None:
        what = f"botocore {service.version} has no {request.operation}, so this request is not judged by its shape"
        walker.fault("unread", request.part.path, what)
    else:
        walker.structure(shape, request.part.members, request.part.path, _added_later(request))
    return walker.seen


def _added_later(request: Request) -> frozenset[str]:
    """The required members that a definition leaves to others: the name of what is made, and of a pipeline its role."""
    if request.named:
        return frozenset()
    if request.operation == "CreatePipeline":
        return _PIPELINE
    own = request.operation.removeprefix("Create").removesuffix("V2") + "Name"
    return frozenset({own} if own in STRIPPED else ())


class _Walker:
    def __init__(self, request: Request, version: str, types: Mapping[str, str]) -> None:
        self.seen = Walk()
        self._root = len(request.part.path)
        self._folded = request.folded
        self._version = version
        self._types = types
        self._maps = 0

    def fault(self, kind: Kind, path: Path, told: str, refusal: str = "") -> None:
        self.seen.faults.append(Fault(kind, path, told, refusal))

    def value(self, shape: Shape, value: Any, path: Path) -> None:
        """Any value, by the type of its shape."""
        if isinstance(value, Unknown):
            self._unknown(shape, value, path)
            return
        self.seen.judged += 1
        if shape.type == "structure":
            self.structure(shape, value, path)
        elif shape.type == "list":
            self._list(shape, value, path)
        elif shape.type == "map":
            self._map(shape, value, path)
        else:
            self._scalar(shape, value, path)

    def structure(self, shape: Shape, value: Any, path: Path, later: frozenset[str] = frozenset()) -> None:
        """A structure; of `later` none is missed."""
        if not isinstance(value, Mapping):
            self._type(shape, value, path)
            return
        for name in shape.required:
            if value.get(name) is None and name not in later:
                self._missing(shape, (*path, name))
        members = shape.members
        for name, one in value.items():
            member = members.get(name)
            if member is None:
                self._stranger(shape, name, (*path, name))
            elif one is not None or name not in shape.required:
                self.value(member, one, (*path, name))
        if shape.union:
            self._union(shape, [name for name in members if value.get(name) is not None], path)

    def _missing(self, shape: Shape, path: Path) -> None:
        told = f"is missing, and {shape.name.removesuffix('Request')} requires it"
        self.fault("required", path, told, words.missing(path[self._root :]))

    def _stranger(self, shape: Shape, name: str, path: Path) -> None:
        close = words.nearest(str(name), tuple(shape.members))
        hint = f"; the nearest is {close[0]}" if close else ""
        told = f"{shape.name.removesuffix('Request')} has no such member{hint}"
        self.fault("unknown-member", path, told, words.stranger(path[self._root :], tuple(shape.members)))

    def _union(self, shape: Shape, given: list[str], path: Path) -> None:
        if len(given) != 1:
            told = f"{len(given)} of them are there: {', '.join(given)}" if given else "none is there"
            aws = words.union_refused(len(given), path[self._root :], tuple(shape.members))
            self.fault("union", path, f"exactly one of {', '.join(shape.members)} is due, and {told}", aws)

    def _list(self, shape: Shape, value: Any, path: Path) -> None:
        if not isinstance(value, list | tuple):
            self._type(shape, value, path)
            return
        self._length(shape, value, path, "element")
        assert shape.element
        for number, one in enumerate(islice(value, _most(shape))):
            self.value(shape.element, one, (*path, number))

    def _map(self, shape: Shape, value: Any, path: Path) -> None:
        if not isinstance(value, Mapping):
            self._type(shape, value, path)
            return
        self._length(shape, value, path, "entry")
        assert shape.element and shape.key
        self._maps += 1
        for key, one in islice(value.items(), _most(shape)):
            self._string(shape.key, str(key), (*path, key), "its name")
            self.value(shape.element, one, (*path, key))
        self._maps -= 1

    def _scalar(self, shape: Shape, value: Any, path: Path) -> None:
        wanted = _SCALARS.get(shape.type)
        if wanted is None:
            self.fault("unread", path, f"botocore calls its type {shape.type}, which is not judged here")
            return
        fits = isinstance(value, wanted) and (isinstance(value, bool) is (shape.type == "boolean"))
        if (name := self._folded.get(path)) is not None:
            declared = _DECLARED.get(self._types.get(name, ""), type(value))
            self._declared(shape, name, declared, path)
        elif not fits:
            self._type(shape, value, path)
        if not fits:
            return
        if shape.type == "string":
            self._string(shape, value, path)
        elif shape.type != "boolean":
            self._range(shape, value, path)

    def _declared(self, shape: Shape, name: str, declared: type, path: Path) -> None:
        """A parameter has a type of its own, whatever its value looks like."""
        wanted = _SCALARS[shape.type]
        if declared not in wanted:
            told = words.declared(declared)
            self.fault("parameter-type", path, f"{words.due(shape.type)} is due, and the parameter {name} is {told}")

    def _unknown(self, shape: Shape, value: Unknown, path: Path) -> None:
        if shape.type not in _SCALARS:
            if value.kind == "other":
                self.seen.unknown += 1
            else:
                self._type(shape, value, path)
            return
        self.seen.unknown += 1
        if value.kind == "parameter" and value.type in _DECLARED:
            self._declared(shape, value.text.partition(".")[2], _DECLARED[value.type], path)
        elif value.kind == "join" and str not in _SCALARS[shape.type]:
            self.fault("parameter-type", path, f"{words.due(shape.type)} is due, and a Std:Join is a string")

    def _type(self, shape: Shape, value: Any, path: Path) -> None:
        aws = words.type_refused(shape.type, value, path[self._root :])
        self.fault("type", path, words.wrong_type(shape.type, value, path), aws)

    def _string(self, shape: Shape, value: str, path: Path, subject: str = "") -> None:
        if shape.enum and value not in shape.allowed:
            told = words.none_of(value, shape.name, shape.enum, self._version, path)
            close = words.nearest(value, shape.enum) if len(shape.enum) > 6 else shape.enum
            self.fault(
                "enum", path, told, self._refusal(value, path, "enum", ", ".join((*close[:6], "…")[: len(shape.enum)]))
            )
        bounded = self._length(shape, value, path, "character", subject)
        if not shape.pattern or (len(value) > _LONGEST and not bounded):
            return
        if shape.matches is None or len(value) > _LONGEST:
            why = "cannot be read here" if shape.matches is None else f"is not asked of {len(value):,} characters"
            self.fault("unread", path, f"the pattern of {shape.name} {why}, so it is not judged: {shape.pattern}")
        elif not shape.matches(value):
            self._no_match(shape, value, path, subject)

    def _no_match(self, shape: Shape, value: str, path: Path, subject: str) -> None:
        shown = words.shown(value, path)
        told = f"{subject or (repr(shown) if shown else 'it')} does not match {shape.pattern}"
        told += ", and it has a line break" if "\n" in value or "\r" in value else ""
        self.fault("pattern", path, told, self._refusal(value, path, "pattern", shape.pattern))

    def _length(self, shape: Shape, value: Any, path: Path, unit: str, subject: str = "") -> bool:
        """Whether the length is within its bounds; else it is told."""
        size = len(value)
        low, high = shape.low or 0, shape.high
        if low <= size and (high is None or size <= high):
            return True
        bound = f"at least {low:,} is due" if size < low else f"at most {high:,} are allowed"
        told = f"{subject or 'it'} has {words.count(size, unit)}, and {bound}"
        aws = self._refusal(value, path, "short", low) if size < low else self._refusal(value, path, "long", high)
        self.fault("length", path, told, aws)
        return False

    def _range(self, shape: Shape, value: float, path: Path) -> None:
        low, high = shape.low, shape.high
        if low is not None and not value >= low:
            told = f"{value} is below {low}, the least that is allowed"
            self.fault("range", path, told, self._refusal(value, path, "low", low))
        elif high is not None and not value <= high:
            told = f"{value:,} is above {high:,}, the most that is allowed"
            self.fault("range", path, told, self._refusal(value, path, "high", high))

    def _refusal(self, value: Any, path: Path, constraint: str, limit: object) -> str:
        """AWS's words; of what is in a map they are others, which are not known well enough."""
        return "" if self._maps else words.refusal(value, path[self._root :], constraint, limit)


def _most(shape: Shape) -> int:
    return int(shape.high) if shape.high is not None else _MOST
