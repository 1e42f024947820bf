"""How the call of a builder ends: what is not there, cannot be imported, raises, or gives no step."""

from __future__ import annotations

from mlops_gates.gates.builders.building import declares, runs
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.scope import Target


def absent(target: Target) -> Seeing:
    """A class without a method that builds."""
    if runs.is_builder(target) and not any(name in (target.entry.get("methods") or {}) for name in runs.BUILDS):
        yield (runs.BUILDS[0],), f"{target.entry.get('class')} has no create_step, so there is no request to judge"


def imports(target: Target) -> Seeing:
    """A target that cannot be imported or made."""
    if error := target.entry.get("error"):
        yield (), f"cannot be looked at: {runs.told(error)}"


def ends(target: Target) -> Seeing:
    """A first run that raised."""
    if error := runs.first(target).get("error"):
        itself = error.get("type") in runs.OWN_ERRORS
        where = (runs.method(target),) if runs.is_builder(target) else ()
        yield where, runs.told(error) if itself else f"ends with {runs.told(error)}"


def gives(target: Target) -> Seeing:
    """A run that made no step and no request."""
    run = runs.first(target)
    if not run or run.get("error") or target.requests:
        return
    there = {step.name for step in target.graph.steps} if target.graph else set()
    if not runs.is_builder(target):
        if not there & {*(run.get("steps") or ())}:
            yield (), f"the {target.entry.get('kind')} has no step in its definition"
    elif runs.method(target) != "create_step":
        yield (runs.method(target),), "makes no call that creates anything"
    elif not there & {*(run.get("steps") or ())}:
        given = run.get("returned")
        yield (runs.method(target),), f"gives {'nothing' if given == 'NoneType' else f'a {given}'}, and no step"


def unjudged(target: Target) -> Seeing:
    """Steps whose call no rule knows."""
    from mlops_gates.gates.builders.pipelines import expressions

    types = sorted({step.type for step in expressions.own_steps(target)})
    if types and not target.requests:
        yield (), f"gives a {' and a '.join(types)} step, whose call no rule judges"


def kind(target: Target) -> Seeing:
    """A step of another type than the class's name says."""
    wanted = declares.wanted_kinds(str(target.entry.get("class") or ""))
    steps = (
        {step.type for step in target.graph.steps if step.name in (runs.first(target).get("steps") or ())}
        if (runs.is_builder(target) and target.graph and wanted)
        else set()
    )
    if steps and not steps & set(wanted):
        yield (runs.method(target),), f"gives a {' and a '.join(sorted(steps))} step where its name says {wanted[0]}"


def bare(target: Target) -> Seeing:
    """A run without optional inputs that raised."""
    for run in target.runs:
        if run.get("why") == "bare" and (error := run.get("error")) and not runs.first(target).get("error"):
            yield (runs.method(target),), f"without inputs, none of which it requires, it ends with {runs.told(error)}"


def told_to_wait(target: Target) -> Seeing:
    """A run with steps to wait for, or with caching, that raised."""
    run = runs.run(target, "waiting")
    if run and (error := run.get("error")) and not runs.failed(target):
        with_ = " and ".join(filter(None, ("a step to wait for" if run.get("dependencies") else "", "caching")))
        yield (runs.method(target),), f"with {with_} it ends with {runs.told(error)}"
