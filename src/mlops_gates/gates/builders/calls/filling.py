"""Values for what a request leaves open: what an earlier call answered, a parameter's default, else one that is plausible.

Pure: what a call wants and what was answered are given as functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mlops_gates.gates.builders.calls.order import at
from mlops_gates.gates.builders.calls.sequence import role
from mlops_gates.gates.builders.requests.definition import fold
from mlops_gates.gates.builders.requests.request import Path, Request, Unknown
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass

BUCKET = "mlops-gates-inputs"
"""The bucket of inputs that nobody gave."""
Wanted = tuple[str, tuple[str, ...]]
_PART = re.compile(r"\['([^']*)'\]|\[(\d+)\]|([^.\[\]]+)")
_ELEMENT = ("OutputName", "InputName", "ChannelName", "VariantName", "Name")
_WHOLE, _BROKEN = ("integer", "long"), ("float", "double")


@dataclass(frozen=True)
class Sources:
    """Where values come from.

    `wanted` says of a member's path within the call its type and enum (botocore's names), `answered` gives the value of a
    `Steps.…` or None.
    """

    wanted: Callable[[Path], Wanted]
    answered: Callable[[str], Any]


def filled(target: Target, request: Request, sources: Sources) -> dict[str, Any]:
    """The members of a request of this target as they can be sent."""
    filling = _Filling(target, request, sources)
    return {str(name): filling.value(one, (name,)) for name, one in request.part.members.items()}


class _Filling:
    def __init__(self, target: Target, request: Request, sources: Sources) -> None:
        self._root = target.root
        self._parameters = target.graph.parameters if target.graph else {}
        self._request = request
        self._sources = sources

    def value(self, value: Any, path: Path) -> Any:
        """A value with nothing left open; `path` leads to it within the call."""
        whole = (*self._request.part.path, *path)
        if isinstance(value, Unknown):
            return coerced(self._known(value, path, at(self._root, whole)), self._sources.wanted(path))
        if isinstance(value, Mapping):
            return {str(name): self.value(one, (*path, name)) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one, (*path, number)) for number, one in enumerate(value)]
        return coerced(value, self._sources.wanted(path)) if whole in self._request.folded else value

    def _known(self, value: Unknown, path: Path, raw: Any) -> Any:
        answered = self._sources.answered(value.text) if value.kind == "step" else None
        if answered is not None:
            return answered
        if value.kind == "join" and isinstance(raw, Mapping):
            return self._joined(raw.get("Std:Join"))
        return plausible(str(path[-1]) if path else "", self._sources.wanted(path), value, self._request.region)

    def _joined(self, told: Any) -> str:
        """A join with what was answered; what nobody knows is a word."""
        values = told.get("Values") if isinstance(told, Mapping) else None
        parts: list[str] = []
        for raw in values if isinstance(values, list) else ():
            one = fold(raw, self._parameters, (), {})
            if isinstance(one, Unknown) and one.kind == "join" and isinstance(raw, Mapping):
                one = self._joined(raw.get("Std:Join"))
            elif isinstance(one, Unknown):
                answered = self._sources.answered(one.text) if one.kind == "step" else None
                one = "mlops-gates" if answered is None else answered
            parts.append(str(one))
        return str(told.get("On", "") if isinstance(told, Mapping) else "").join(parts)


def coerced(value: Any, wanted: Wanted) -> Any:
    """A parameter's value in the type of the member: a pipeline writes numbers into texts, and reads them from them."""
    kind = wanted[0]
    if kind == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, str):
        if kind in _WHOLE and re.fullmatch(r"-?\d{1,18}", value):
            return int(value)
        if kind in _BROKEN and re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", value):
            return float(value)
        if kind == "boolean" and value.lower() in ("true", "false"):
            return value.lower() == "true"
    if kind in _WHOLE and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def plausible(name: str, wanted: Wanted, value: Unknown, region: str) -> Any:
    """A value for a member called `name`: of the wanted type, or of the type that its parameter is declared as."""
    kind, enum = wanted
    declared = {"Integer": 1, "Float": 0.5, "Boolean": False}.get(value.type)
    if enum:
        return enum[0]
    if kind in _WHOLE:
        return 1 if declared is None else declared
    if kind in _BROKEN:
        return 0.5 if declared is None else declared
    if kind == "boolean":
        return False
    return _text(name, region) if declared is None else str(declared)


def _text(name: str, region: str) -> str:
    if name.endswith("RoleArn"):
        return role(region)
    if name in ("Image", "ImageUri", "TrainingImage"):
        return f"111122223333.dkr.ecr.{region}.amazonaws.com/mlops-gates:1"
    if name.endswith(("Uri", "Url", "S3OutputPath", "OutputPath")):
        return f"s3://{BUCKET}/{name}"
    if name.endswith("InstanceType"):
        return "ml.m5.large"
    if name.endswith("Arn"):
        return f"arn:aws:sagemaker:{region}:111122223333:thing/mlops-gates"
    return "mlops-gates"


def property_path(reference: str) -> Path:
    """`ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri` of a `Steps.…`, in parts."""
    rest = reference.split(".", 2)[2] if reference.count(".") > 1 else ""
    return tuple(named or (int(number) if number else member) for named, number, member in _PART.findall(rest))


def property_of(answer: Any, path: Path) -> Any:
    """The value in a Describe answer: an element of a list by number or by its name; None where there is none."""
    for part in path:
        if isinstance(answer, list | tuple):
            if isinstance(part, int):
                answer = answer[part] if part < len(answer) else None
            else:
                same = (one for one in answer if isinstance(one, Mapping) and part in _names_of(one))
                answer = next(same, None)
        else:
            answer = answer.get(part) if isinstance(answer, Mapping) else None
    return answer


def _names_of(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(one.get(name) for name in _ELEMENT)
