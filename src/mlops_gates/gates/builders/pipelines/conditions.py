"""What a condition step compares, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gates.gates.builders.pipelines.expressions import expressions, inside, own_steps
from mlops_gates.gates.builders.pipelines.forms import shown
from mlops_gates.gates.builders.pipelines.language import COMPARISONS, CONDITIONS, did_you_mean
from mlops_gates.gates.builders.requests.definition import BRANCHES, Step
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.scope import Target


def _steps(target: Target) -> Iterator[tuple[Step, Mapping[str, Any], Path]]:
    for step in own_steps(target):
        arguments = step.raw.get("Arguments")
        if step.type == "Condition" and isinstance(arguments, Mapping):
            yield step, arguments, inside(target, step)


def _every(told: Any, path: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """The conditions of a list, with those within Not and Or."""
    waiting: list[tuple[Any, Path]] = [(told, path)]
    while waiting:
        here, at = waiting.pop()
        if isinstance(here, Mapping):
            yield here, at
            waiting += [(here[name], (*at, name)) for name in ("Conditions", "Condition", "Expression") if name in here]
        elif isinstance(here, list | tuple):
            waiting += [(here[number], (*at, number)) for number in reversed(range(len(here)))]


def _conditions(target: Target) -> Iterator[tuple[Mapping[str, Any], Path]]:
    for _, arguments, path in _steps(target):
        yield from _every(arguments.get("Conditions"), (*path, "Conditions"))


def types(target: Target) -> Seeing:
    """Conditions of a type that there is not."""
    for one, path in _conditions(target):
        told = one.get("Type")
        if told not in CONDITIONS:
            near = did_you_mean(told, CONDITIONS) if isinstance(told, str) else ""
            words = "the condition has no type" if told is None else f"there is no condition {shown(told)}"
            yield (*path, "Type"), f"{words}{near}"


def empty(target: Target) -> Seeing:
    """Condition steps that ask nothing."""
    for _, arguments, path in _steps(target):
        told = arguments.get("Conditions")
        if not isinstance(told, list | tuple) or not told:
            yield (*path, "Conditions"), "nothing is asked, and the first branch is always taken"


def branches(target: Target) -> Seeing:
    """Condition steps after which nothing follows."""
    for _, arguments, path in _steps(target):
        if not any(arguments.get(name) for name in BRANCHES):
            yield (*path, BRANCHES[0]), "nothing follows, whatever comes out"


def sides(target: Target) -> Seeing:
    """Comparisons with a side missing, and what negates nothing."""
    for one, path in _conditions(target):
        if one.get("Type") in COMPARISONS:
            for name in ("LeftValue", "RightValue"):
                if one.get(name) is None:
                    yield (*path, name), "a comparison has two sides, and this one is missing"
        elif one.get("Type") == "Not" and one.get("Condition") is None and "Expression" not in one:
            yield (*path, "Condition"), "a Not negates a condition, and there is none"


def negated(target: Target) -> Seeing:
    """A Not with what it negates under the name that old SDKs gave it."""
    for one, path in _conditions(target):
        if one.get("Type") == "Not" and "Expression" in one:
            yield (*path, "Expression"), "what a Not negates is called Condition"


def settled(target: Target) -> Seeing:
    """Comparisons whose outcome no run changes: both sides are the same, or both are constants."""
    for one, path in _conditions(target):
        left, right = one.get("LeftValue"), one.get("RightValue")
        if one.get("Type") not in COMPARISONS or left is None or right is None:
            continue
        if left == right:
            yield (*path, "LeftValue"), "both sides are the same, so no run changes what comes out"
        elif not any(expressions(left, ())) and not any(expressions(right, ())):
            yield (*path, "LeftValue"), "both sides are constants, so no run changes what comes out"
