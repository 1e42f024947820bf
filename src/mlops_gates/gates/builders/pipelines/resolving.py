"""What a step answers when it is asked for a property: the description of what it made, by its type.

The shapes are those that `Properties` of the SDK reads, out of botocore's service model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlops_gates.gates.builders.pipelines.language import did_you_mean
from mlops_gates.gates.builders.requests.definition import Step
from mlops_gates.gates.builders.requests.request import NAMES
from mlops_gates.gates.builders.shapes import service
from mlops_gates.gates.builders.shapes.service import Shape
from mlops_gates.textsafe import one_line

DESCRIBES: Mapping[str, tuple[str, ...]] = {
    "Training": ("DescribeTrainingJob",),
    "Processing": ("DescribeProcessingJob",),
    "Transform": ("DescribeTransformJob",),
    "Tuning": ("DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"),
    "Model": ("DescribeModel",),
    "RegisterModel": ("DescribeModelPackage",),
    "AutoML": ("DescribeAutoMLJob", "DescribeAutoMLJobV2"),
    "EndpointConfig": ("DescribeEndpointConfig",),
    "Endpoint": ("DescribeEndpoint",),
    "InferenceComponent": ("DescribeInferenceComponent",),
}
_BESIDE: Mapping[str, tuple[str, ...]] = {"AutoML": ("BestCandidateProperties",), "Condition": ("Outcome",)}
"""What no description has and the SDKs offer."""
_OWN = ("ProcessingOutputConfig", "ProcessingInputs")
_TOLD = ("Lambda", "Callback")
_MOST_NAMES = 8
Way = Sequence[tuple[str | int, str]]


def missing_member(step: Step, way: Way) -> str:
    """What of `way` no description of such a step has, in words; empty where it is there or cannot be known."""
    beside = _BESIDE.get(step.type, ())
    if not way or way[0][0] in beside or (step.type not in DESCRIBES and step.type != "Condition"):
        return ""
    if step.type == "Condition":
        return f"a Condition step has no {_shown(way[0][0])}; it has Outcome"
    reasons = []
    for operation in DESCRIBES[step.type]:
        shape = service.output_shape(operation)
        if shape is None or not (reason := _walk(shape, way, operation)):
            return ""
        reasons.append(reason)
    return reasons[0]


def _walk(shape: Shape, way: Way, operation: str) -> str:
    here: Shape = shape
    for part, form in way:
        if here.type == "structure":
            found = here.members.get(part) if isinstance(part, str) and not form else None
            if found is None:
                near = did_you_mean(str(part), here.members)
                return f"{operation} answers no {_shown(part)} there{near}"
            here = found
        elif here.type in ("list", "map") and here.element is not None:
            if here.type == "list" and not form:
                return f"{operation} answers a list there; an element is taken by [number] or ['name'], not by .{_shown(part)}"
            here = here.element
        else:
            return f"{operation} answers a {here.type} there, which has no {_shown(part)}"
    return ""


def missing_element(step: Step, way: Way) -> str:
    """The element of the step's own outputs, inputs or channels that `way` names and the step does not have; else empty."""
    if step.type in _TOLD:
        return _missing_output(step, way)
    here: Any = step.raw.get("Arguments")
    for place, (part, form) in enumerate(way):
        if form == "'" and (here is None or isinstance(here, list | tuple)):
            return _missing_in(here, str(part), str(way[0][0])) if place else ""
        if isinstance(here, Mapping) and not form:
            here = here.get(part)
            if here is None and way[0][0] not in _OWN:
                return ""
        elif here is not None:
            return ""
    return ""


def _missing_output(step: Step, way: Way) -> str:
    if len(way) < 2 or way[0] != ("OutputParameters", "") or way[1][1] != "'":
        return ""
    return _missing_in(step.raw.get("OutputParameters"), str(way[1][0]), "OutputParameters")


def _missing_in(told: Any, name: str, among: str) -> str:
    names = element_names(told or ())
    if names is None or name in names:
        return ""
    has = ", ".join(_shown(one) for one in names[:_MOST_NAMES])
    return f"the step has no {_shown(name)!r} in its {among}" + (f"; it has {has}" if has else "")


def element_names(told: Any, keys: Sequence[str] = NAMES) -> tuple[str, ...] | None:
    """What the elements of a list are called; None where one of them has no name that is known now."""
    if not isinstance(told, list | tuple):
        return None
    names = []
    for one in told:
        name = next((one[key] for key in keys if key in one), None) if isinstance(one, Mapping) else None
        if not isinstance(name, str):
            return None
        names.append(name)
    return tuple(names)


def outputs(step: Step) -> tuple[str, ...] | None:
    """The names of a processing step's outputs; None where they cannot be known."""
    arguments = step.raw.get("Arguments")
    config = arguments.get("ProcessingOutputConfig") if isinstance(arguments, Mapping) else None
    if config is None:
        return ()
    return element_names(config.get("Outputs") or ()) if isinstance(config, Mapping) else None


def files(step: Step) -> tuple[str, ...] | None:
    """The names of the property files that a step declares; None where they cannot be known."""
    return element_names(step.raw.get("PropertyFiles") or (), ("PropertyFileName",))


def _shown(part: object) -> str:
    return one_line(str(part), 80)
