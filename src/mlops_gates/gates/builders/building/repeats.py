"""Whether two equal calls of a builder give the same request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gates.gates.builders.building import runs
from mlops_gates.gates.builders.comparing import differing
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.scope import Target


def _again(target: Target) -> Iterator[tuple[Path, str, bool]]:
    """Where the second of two equal calls differs: the path, what, and whether only a value does."""
    first, again = (runs.run(target, why) for why in ("first", "again"))
    if not first or not again or first.get("error") or target.whole:
        return
    if error := again.get("error"):
        yield (runs.method(target),), f"the second of two equal calls ends with {runs.told(error)}", False
        return
    one, other = (_rendered(run, target.operation) for run in (first, again))
    for path, value in differing.paths(one, other):
        yield path, "two equal calls give another value each" if value else "two equal calls give other members", value


def _rendered(run: Mapping[str, Any], operation: str) -> Any:
    """The members of a run's main request, as they were written."""
    from mlops_gates.gates.builders.requests import definition

    raw = run.get("definition")
    if not isinstance(raw, Mapping):
        calls = [call for call in run.get("calls") or () if call.get("operation") == operation]
        return calls[-1]["request"] if calls else None
    own = [step for step in definition.graph(raw).steps if step.name in (run.get("steps") or ())]
    wanted = [step for step in own if definition.OPERATIONS.get(step.type, "").startswith(operation)]
    return wanted[-1].raw.get("Arguments") if wanted else None


def drifts(target: Target) -> Seeing:
    """Members whose value is another one each time."""
    yield from ((path, words) for path, words, value in _again(target) if value)


def grows(target: Target) -> Seeing:
    """Members that are there only once."""
    yield from ((path, words) for path, words, value in _again(target) if not value)
