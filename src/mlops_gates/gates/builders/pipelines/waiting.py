"""Which step waits for which, by name and by data, and the circles in that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gates.gates.builders.pipelines.expressions import Expression, file_of, of_step, own_steps, property_of
from mlops_gates.gates.builders.requests.definition import Step, awaited
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass


@dataclass(frozen=True)
class Wait:
    """`step` waits for `other`, since `path` says so. `number` is that of a name in DependsOn, None where data is read."""

    step: str
    other: str
    path: Path
    number: int | None = None


def step_of(one: Expression) -> str:
    """The step that an expression reads from; empty where it reads from none."""
    text = one.what if one.function == "Get" else None
    if one.function == "Std:JsonGet":
        found = file_of(one.what)
        return "" if found is None or isinstance(found, str) else found.step
    told = property_of(text) if isinstance(text, str) else None
    return told.step if told else ""


def waits(target: Target, step: Step) -> Iterator[Wait]:
    """What a step waits for: first by name, then by data."""
    for number, name in awaited(step.raw):
        yield Wait(step.name, name, (*step.path, "DependsOn"), number)
    for one in of_step(target, step):
        if other := step_of(one):
            yield Wait(step.name, other, one.path)


def is_outside(step: Step, other: Step) -> bool:
    """Whether `other` is in a branch in which `step` is not."""
    return step.branch[: len(other.branch)] != other.branch


def circles(target: Target) -> Iterator[tuple[Wait, tuple[str, ...]]]:
    """Of every set of steps that wait for each other, one wait that closes a circle, and the circle's steps in order.

    The wait is one for a step that stands later in the list, where there is any. Branches wait for their condition; what
    is read from a branch by steps outside of it is no part of a circle here.
    """
    steps = {step.name: step for step in reversed(own_steps(target))}
    places = {name: place for place, name in enumerate(reversed(steps))}
    after = {name: _after(target, step, steps) for name, step in steps.items()}
    told: set[str] = set()
    closing = [wait for waiting in after.values() for wait in waiting if wait.path]
    closing.sort(key=lambda wait: (places[wait.other] < places[wait.step], places[wait.step]))
    for wait in closing:
        way = [] if wait.step in told else _way(wait.other, wait.step, after)
        if way:
            told.update(way)
            yield wait, (wait.step, *way)


def _after(target: Target, step: Step, steps: Mapping[str, Step]) -> list[Wait]:
    found = [
        wait
        for wait in waits(target, step)
        if wait.other in steps and not (wait.number is None and is_outside(step, steps[wait.other]))
    ]
    owner = step.branch[-1].rpartition("/")[0] if step.branch else ""
    return [*found, Wait(step.name, owner, ())] if owner in steps else found


def _way(start: str, end: str, after: Mapping[str, list[Wait]]) -> list[str]:
    """The shortest way of waits from a step to another, both with it; empty where there is none."""
    before: dict[str, str] = {start: ""}
    queue = [start]
    for name in queue:
        if name == end:
            way = [name]
            while before[way[-1]]:
                way.append(before[way[-1]])
            return way[::-1]
        for wait in after[name]:
            if wait.other not in before:
                before[wait.other] = name
                queue.append(wait.other)
    return []
