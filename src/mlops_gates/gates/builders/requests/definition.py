"""A pipeline definition: its steps, what refers to what, and the request that each step makes.

The language of `CreatePipeline`: `{"Get": …}`, `{"Std:Join": …}`, `{"Std:JsonGet": …}`. Parameters with a default and
joins of static parts are folded into values; what only a run knows becomes `Unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gates.gates.builders.requests.request import Part, Path, Request, Unknown
from mlops_gates.records import dataclass

OPERATIONS = {
    "Training": "CreateTrainingJob",
    "Processing": "CreateProcessingJob",
    "Transform": "CreateTransformJob",
    "Tuning": "CreateHyperParameterTuningJob",
    "Model": "CreateModel",
    "RegisterModel": "CreateModelPackage",
    "AutoML": "CreateAutoMLJobV2",
    "EndpointConfig": "CreateEndpointConfig",
    "Endpoint": "CreateEndpoint",
}
"""The call that a step of this type makes."""
UNJUDGED = (
    "Condition",
    "Fail",
    "Lambda",
    "Callback",
    "ClarifyCheck",
    "QualityCheck",
    "EMR",
    "EMRServerless",
    "NotebookJob",
    "MonitorBatchTransform",
    "Iterator",
)
"""Step types that make another kind of call, or none."""
BRANCHES = ("IfSteps", "ElseSteps", "ForEachBody")
"""Arguments that hold steps: of a Condition, and of a loop."""
TRIGGERS = ("Completed", "Failed", "Stopped", "Any")
_V1 = ("InputDataConfig", "AutoMLJobConfig", "ProblemType")
_KINDS = {"Steps": "step", "Execution": "execution", "Parameters": "parameter"}


@dataclass(frozen=True)
class Step:
    """A step and where it stands. `branch` names what it lies in, each with the list: `("Check/IfSteps",)`."""

    name: str
    type: str
    raw: Mapping[str, Any]
    path: Path
    branch: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """A definition with its steps in a row, those of branches too. `path` leads to the definition from the target's root."""

    raw: Mapping[str, Any]
    path: Path
    steps: tuple[Step, ...]
    parameters: Mapping[str, Mapping[str, Any]]


def graph(raw: Mapping[str, Any], path: Path = ("Definition",)) -> Graph:
    """The steps and parameters of a definition; what is no step and no parameter is left to the rules of its form."""
    declared = raw.get("Parameters")
    parameters = {
        one["Name"]: one
        for one in (declared if isinstance(declared, list) else ())
        if isinstance(one, Mapping) and isinstance(one.get("Name"), str)
    }
    return Graph(raw, path, tuple(_steps(raw.get("Steps"), (*path, "Steps"), ())), parameters)


def _steps(found: Any, path: Path, branch: tuple[str, ...]) -> Iterator[Step]:
    for number, one in enumerate(found if isinstance(found, Sequence) and not isinstance(found, str) else ()):
        if not isinstance(one, Mapping):
            continue
        here = (*path, number)
        name, kind = str(one.get("Name", "")), str(one.get("Type", ""))
        yield Step(name, kind, one, here, branch)
        arguments = one.get("Arguments")
        if isinstance(arguments, Mapping):
            for way in BRANCHES:
                yield from _steps(arguments.get(way), (*here, "Arguments", way), (*branch, f"{name}/{way}"))


def awaited(raw: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Place and name of each step that a step's DependsOn names: `"Train"`, or `{"Step": "Train", "Trigger": "Failed"}`."""
    told = raw.get("DependsOn")
    for number, one in enumerate(told if isinstance(told, list | tuple) else ()):
        name = one.get("Step") if isinstance(one, Mapping) else one
        if isinstance(name, str):
            yield number, name


def requests(found: Graph, region: str) -> Iterator[Request]:
    """The calls of all steps whose type makes one."""
    for step in found.steps:
        arguments = step.raw.get("Arguments")
        operation = OPERATIONS.get(step.type)
        if not operation or not isinstance(arguments, Mapping):
            continue
        if step.type == "AutoML" and any(name in arguments for name in _V1):
            operation = "CreateAutoMLJob"
        path = (*step.path, "Arguments")
        folded: dict[Path, str] = {}
        members = fold(arguments, found.parameters, path, folded)
        part = Part(members if isinstance(members, Mapping) else {}, path)
        yield Request(operation, part, region, step.name, folded=folded)


def fold(raw: Any, parameters: Mapping[str, Mapping[str, Any]], path: Path, folded: dict[Path, str]) -> Any:
    """`raw` with parameters and joins replaced by values; `folded` notes which paths hold a parameter's default."""
    if isinstance(raw, Mapping):
        if special := _special(raw):
            return _folded(special, raw, parameters, path, folded)
        return {name: fold(one, parameters, (*path, name), folded) for name, one in raw.items()}
    if isinstance(raw, list | tuple):
        return [fold(one, parameters, (*path, number), folded) for number, one in enumerate(raw)]
    return raw


def _special(raw: Mapping[str, Any]) -> str:
    only = next(iter(raw)) if len(raw) == 1 else ""
    return only if only in ("Get", "Std:Join", "Std:JsonGet") else ""


def _folded(
    special: str,
    raw: Mapping[str, Any],
    parameters: Mapping[str, Mapping[str, Any]],
    path: Path,
    folded: dict[Path, str],
) -> Any:
    told = raw[special]
    if special == "Std:JsonGet":
        return Unknown("json", _written(told))
    if special == "Std:Join":
        return _joined(told, parameters, path)
    root, _, rest = str(told).partition(".")
    if root != "Parameters":
        return Unknown(_KINDS.get(root, "other"), str(told))  # type: ignore[arg-type]
    parameter = parameters.get(rest)
    if parameter is None:
        return Unknown("parameter", str(told))
    if parameter.get("DefaultValue") is None:
        return Unknown("parameter", str(told), str(parameter.get("Type", "")))
    folded[path] = rest
    return parameter["DefaultValue"]


def _joined(told: Any, parameters: Mapping[str, Mapping[str, Any]], path: Path) -> Any:
    values = told.get("Values") if isinstance(told, Mapping) else None
    if not isinstance(values, list):
        return Unknown("join", "")
    parts = [fold(one, parameters, (*path, "Std:Join", "Values", n), {}) for n, one in enumerate(values)]
    if any(isinstance(one, Unknown | Mapping | list) for one in parts):
        return Unknown(
            "join", str(told.get("On", "")).join("?" if isinstance(one, Unknown) else str(one) for one in parts)
        )
    return str(told.get("On", "")).join(str(one) for one in parts)


def _written(told: Any) -> str:
    file = told.get("PropertyFile") if isinstance(told, Mapping) else None
    return str(file.get("Get", "")) if isinstance(file, Mapping) else str(file or "")
