"""The form of a definition: version, steps, their names, types and arguments, parameters, joins, its length."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gates.gates.builders.pipelines.expressions import of_target, own_steps
from mlops_gates.gates.builders.pipelines.language import PARAMETERS, STEPS, VERSION, did_you_mean, meant
from mlops_gates.gates.builders.requests.definition import OPERATIONS, TRIGGERS
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.scope import Target
from mlops_gates.textsafe import one_line

NAME = re.compile(r"[A-Za-z0-9\-_]+", re.ASCII)
LONGEST_NAME = 64
LONGEST_PARAMETER = 256
LONGEST_DEFINITION = 1_048_576
_ARGUMENTS = (*OPERATIONS, "Condition")


def shown(value: object) -> str:
    """A word of the definition as a message quotes it."""
    return repr(one_line(value, 80)) if isinstance(value, str) else f"a {kind(value)}"


def kind(value: object) -> str:
    """What JSON calls a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    names = ((str, "string"), (int | float, "number"), (Mapping, "structure"), (list | tuple, "list"))
    return next((name for type_, name in names if isinstance(value, type_)), type(value).__name__)


def version(target: Target) -> Seeing:
    """A definition of another version than the one that there is."""
    if target.whole and target.graph is not None and (told := target.graph.raw.get("Version")) != VERSION:
        words = "no version" if told is None else f"the version {shown(told)}"
        yield (*target.graph.path, "Version"), f"{words}, and there is only {VERSION}"


def length(target: Target) -> Seeing:
    """A definition with more characters than CreatePipeline takes."""
    if not target.whole or target.graph is None:
        return
    told = target.entry.get("text")
    count = told if isinstance(told, int) else _written(target.graph.raw)
    if count > LONGEST_DEFINITION:
        yield target.graph.path, f"{count:,} characters, and AWS takes {LONGEST_DEFINITION:,}"


def _written(raw: Mapping[str, Any]) -> int:
    try:
        return len(json.dumps(raw))
    except (TypeError, ValueError, RecursionError):
        return 0


def no_steps(target: Target) -> Seeing:
    """A pipeline in which nothing happens."""
    if target.whole and target.graph is not None:
        found = target.graph.raw.get("Steps")
        if not isinstance(found, list | tuple) or not found:
            yield (*target.graph.path, "Steps"), "there is no step"


def names(target: Target) -> Seeing:
    """Steps without a name, or with one of other characters."""
    for step in own_steps(target):
        name = step.raw.get("Name")
        if not isinstance(name, str) or not name:
            yield (*step.path, "Name"), "the step has no name"
        elif not NAME.fullmatch(name):
            yield (*step.path, "Name"), f"{shown(name)} has other characters than letters, digits, - and _"


def long_names(target: Target) -> Seeing:
    """Names of steps beyond the limit."""
    for step in own_steps(target):
        if len(step.name) > LONGEST_NAME:
            yield (*step.path, "Name"), f"{len(step.name)} characters, and {LONGEST_NAME} are the most"


def same_names(target: Target) -> Seeing:
    """Steps called like an earlier one, in branches too."""
    seen: set[str] = set()
    for step in own_steps(target):
        if step.name and step.name in seen:
            yield (*step.path, "Name"), f"another step is called {shown(step.name)}"
        seen.add(step.name)


def types(target: Target) -> Seeing:
    """Steps without a type, or with a misspelt one."""
    for step in own_steps(target):
        told = step.raw.get("Type")
        if not isinstance(told, str) or not told:
            yield (*step.path, "Type"), "the step has no type"
        elif told not in STEPS and (near := meant(told)):
            yield (*step.path, "Type"), f"there is no type {shown(told)}; {near} is the nearest"


def strange_types(target: Target) -> Seeing:
    """Steps of a type that resembles none."""
    for step in own_steps(target):
        told = step.raw.get("Type")
        if isinstance(told, str) and told and told not in STEPS and not meant(told):
            yield (*step.path, "Type"), f"the type {shown(told)} is not known here, so the step was not judged"


def arguments(target: Target) -> Seeing:
    """Steps that make a call, without what they call it with."""
    for step in own_steps(target):
        told = step.raw.get("Arguments")
        if step.type in _ARGUMENTS and not isinstance(told, Mapping):
            words = "no arguments" if told is None else f"the arguments are a {kind(told)}"
            yield (*step.path, "Arguments"), f"a step of type {step.type}, and {words}"


def waiting(target: Target) -> Seeing:
    """A DependsOn that is no list of names."""
    for step in own_steps(target):
        told = step.raw.get("DependsOn")
        path = (*step.path, "DependsOn")
        if told is not None and not isinstance(told, list | tuple):
            yield path, f"a list of steps' names is due, and it is a {kind(told)}"
            continue
        for number, one in enumerate(told or ()):
            if isinstance(one, Mapping) and isinstance(one.get("Step"), str):
                if one.get("Trigger", TRIGGERS[0]) not in TRIGGERS:
                    yield (*path, number, "Trigger"), f"{shown(one['Trigger'])} is none of {', '.join(TRIGGERS)}"
            elif not isinstance(one, str):
                yield (*path, number), f"the name of a step is due, and it is a {kind(one)}"


def _parameters(target: Target) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    declared = target.graph.raw.get("Parameters") if target.whole and target.graph is not None else None
    for number, one in enumerate(declared if isinstance(declared, list | tuple) else ()):
        if isinstance(one, Mapping) and target.graph is not None:
            yield (*target.graph.path, "Parameters", number), one


def parameter_names(target: Target) -> Seeing:
    """Parameters whose name is none."""
    for path, one in _parameters(target):
        name = one.get("Name")
        if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > LONGEST_PARAMETER:
            words = f"of 1 to {LONGEST_PARAMETER} letters, digits, - and _"
            yield (*path, "Name"), f"a parameter has a name {words}"


def same_parameters(target: Target) -> Seeing:
    """Parameters called like an earlier one."""
    seen: set[object] = set()
    for path, one in _parameters(target):
        name = one.get("Name")
        if isinstance(name, str):
            if name in seen:
                yield (*path, "Name"), f"another parameter is called {shown(name)}"
            seen.add(name)


def parameter_types(target: Target) -> Seeing:
    """Parameters of a type that there is not."""
    for path, one in _parameters(target):
        told = one.get("Type", PARAMETERS[0])
        if told not in PARAMETERS:
            near = did_you_mean(told, PARAMETERS) if isinstance(told, str) else ""
            yield (*path, "Type"), f"the type {shown(told)} is none of {', '.join(PARAMETERS)}{near}"


def defaults(target: Target) -> Seeing:
    """Defaults of another type than their parameter's."""
    for path, one in _parameters(target):
        told, type_ = one.get("DefaultValue"), one.get("Type", PARAMETERS[0])
        if told is not None and type_ in PARAMETERS and not _fits(told, str(type_)):
            yield (*path, "DefaultValue"), f"the parameter's type is {type_}, and its default is a {kind(told)}"


def _fits(value: object, type_: str) -> bool:
    if isinstance(value, bool):
        return type_ == "Boolean"
    wanted = {"String": str, "Integer": int, "Float": int | float}.get(type_)
    return wanted is not None and isinstance(value, wanted)


def choices(target: Target) -> Seeing:
    """Defaults that are none of the values that the parameter may have."""
    for path, one in _parameters(target):
        told, allowed = one.get("DefaultValue"), one.get("EnumValues")
        if told is not None and isinstance(allowed, list | tuple) and allowed and told not in allowed:
            yield (*path, "DefaultValue"), f"the default is none of the {len(allowed)} EnumValues"


def joins(target: Target) -> Seeing:
    """Joins without parts."""
    for _, one in of_target(target):
        if one.function == "Std:Join":
            told = one.what.get("Values") if isinstance(one.what, Mapping) else None
            if not isinstance(told, list | tuple) or not told:
                yield (*one.at, "Std:Join", "Values"), "a join without values"


def paths(target: Target) -> Seeing:
    """Values of a file, and nobody says which."""
    for _, one in of_target(target):
        if one.function == "Std:JsonGet":
            told = one.what.get("Path") if isinstance(one.what, Mapping) else None
            if not isinstance(told, str | Mapping) or not told:
                yield (
                    (*one.at, "Std:JsonGet", "Path"),
                    "a value is read from a file, and its path in the file is not told",
                )
