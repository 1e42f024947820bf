"""The expressions in a definition, where they stand, and the steps that a target answers for.

A path of an expression leads to the member whose value it is, from the root of the target; of one within another, to
the outermost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gates.gates.builders.requests.definition import BRANCHES, OPERATIONS, Graph, Step
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass

FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")
_PART = re.compile(r"\.([^.\[\]]+)|\[(?:'([^']*)'|\"([^\"]*)\"|([0-9]+))\]")


@dataclass(frozen=True)
class Expression:
    """A function of the definition's language: `what` is what it is given, `at` where it stands itself."""

    function: str
    what: Any
    path: Path
    at: Path


@dataclass(frozen=True)
class Property:
    """`Steps.Prepare.ProcessingOutputConfig.Outputs['train']`: a step and the way into it; names of elements are quoted.

    `way` has ("ProcessingOutputConfig", "") for a member, ("train", "'") for a named element, (0, "[") for a numbered.
    """

    step: str
    way: tuple[tuple[str | int, str], ...]


def own_steps(target: Target) -> tuple[Step, ...]:
    """The steps that the target answers for: all of a whole pipeline, else those that the builder made, with branches."""
    if target.graph is None:
        return ()
    if target.whole:
        return target.graph.steps
    run = next((one for one in target.runs if isinstance(one, Mapping) and not one.get("error")), {})
    told = run.get("steps")
    names = {one for one in told if isinstance(one, str)} if isinstance(told, list | tuple) else set()
    return tuple(
        step
        for step in target.graph.steps
        if step.name in names or any(one.partition("/")[0] in names for one in step.branch)
    )


def inside(target: Target, step: Step) -> Path:
    """Where the arguments of a step stand: at the root, of the step whose request is the target's main one."""
    if not target.whole and target.graph is not None:
        own = [
            one
            for one in own_steps(target)
            if OPERATIONS.get(one.type) == target.operation and isinstance(one.raw.get("Arguments"), Mapping)
        ]
        if own and own[-1] is step:
            return ()
    return (*step.path, "Arguments")


def of_step(target: Target, step: Step) -> Iterator[Expression]:
    """The expressions of one step, those of steps in its branches left out."""
    for name, value in step.raw.items():
        if name != "Arguments":
            yield from expressions(value, (*step.path, name))
    arguments, path = step.raw.get("Arguments"), inside(target, step)
    if not isinstance(arguments, Mapping):
        return
    for name, value in arguments.items():
        if name not in BRANCHES or step.type not in ("Condition", "ForEach"):
            yield from expressions(value, (*path, name))


def of_target(target: Target) -> Iterator[tuple[Step | None, Expression]]:
    """The expressions of all steps that the target answers for; of a whole pipeline also those beside the steps."""
    for step in own_steps(target):
        for one in of_step(target, step):
            yield step, one
    if target.whole and target.graph is not None:
        for name, value in target.graph.raw.items():
            if name not in ("Steps", "Parameters"):
                for one in expressions(value, (*target.graph.path, name)):
                    yield None, one


def expressions(raw: Any, path: Path) -> Iterator[Expression]:
    """Every function in `raw`, with those in its own arguments, in the order of the text."""
    waiting: list[tuple[Any, Path, Path | None]] = [(raw, path, None)]
    while waiting:  # a definition may be nested deeper than Python calls
        here, at, outermost = waiting.pop()
        if isinstance(here, Mapping):
            name = next(iter(here)) if len(here) == 1 else ""
            if name in FUNCTIONS:
                outermost = at if outermost is None else outermost
                yield Expression(name, here[name], outermost, at)
            waiting += [(value, (*at, key), outermost) for key, value in reversed(list(here.items()))]
        elif isinstance(here, list | tuple):
            waiting += [(here[number], (*at, number), outermost) for number in reversed(range(len(here)))]


def property_of(text: str) -> Property | None:
    """What `Steps.…` refers to, or None where it is no such text."""
    root, _, rest = text.partition(".")
    step = re.match(r"[^.\[]+", rest)
    if root != "Steps" or step is None:
        return None
    at, way = step.end(), []
    while found := _PART.match(rest, at):
        member, single, double, number = found.groups()
        if member is not None:
            way.append((member, ""))
        elif number is not None:
            way.append((int(number), "["))
        else:
            way.append((single if single is not None else double, "'"))
        at = found.end()
    return Property(step.group(), tuple(way)) if at == len(rest) else None


def file_of(told: Any) -> Property | str | None:
    """The property file that a JsonGet reads, as `Steps.X.PropertyFiles.Name`; its text where it is none; None without."""
    file = told.get("PropertyFile") if isinstance(told, Mapping) else None
    text = file.get("Get") if isinstance(file, Mapping) else file
    if text is None:
        return None
    found = property_of(text) if isinstance(text, str) else None
    if found is None or len(found.way) != 2 or found.way[0] != ("PropertyFiles", ""):
        return str(text)[:200]
    return found


def bodies(graph: Graph) -> frozenset[str]:
    """The names of steps in the bodies of loops."""
    names = set()
    for step in graph.steps:
        arguments = step.raw.get("Arguments")
        body = arguments.get("ForEachBody") if isinstance(arguments, Mapping) else None
        for one in body if isinstance(body, list) else ():
            if isinstance(one, Mapping):
                names.add(str(one.get("Name", "")))
    return frozenset(names)
