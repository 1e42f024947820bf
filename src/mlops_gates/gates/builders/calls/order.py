"""What comes before what: the requests of a target, and the steps between them that make none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gates.gates.builders.calls.kinds import CREATED_BY, KINDS, SERVICE
from mlops_gates.gates.builders.requests.definition import BRANCHES, Step, awaited
from mlops_gates.gates.builders.requests.request import Path, Request
from mlops_gates.gates.builders.scope import Target


def references(raw: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every `Steps.…` that is read within `raw`, with the path of the member that reads it."""
    if isinstance(raw, Mapping):
        told = raw.get("Get")
        if len(raw) == 1 and isinstance(told, str):
            if told.startswith("Steps."):
                yield path, told
            return
        for name, one in raw.items():
            inside = references(one, (*path, name))
            yield from ((path, text) for _, text in inside) if str(name).startswith("Std:") else inside
    elif isinstance(raw, list | tuple):
        for number, one in enumerate(raw):
            yield from references(one, (*path, number))


def at(root: Any, path: Path) -> Any:
    """What stands at a path; None where nothing does."""
    for part in path:
        if isinstance(root, Mapping):
            root = root.get(part)
        elif isinstance(root, list | tuple) and isinstance(part, int) and part < len(root):
            root = root[part]
        else:
            return None
    return root


def step_of(reference: str) -> str:
    """`Train` of `Steps.Train.ModelArtifacts.S3ModelArtifacts`."""
    return reference.split(".", 2)[1].partition("[")[0]


def raw_of(target: Target, request: Request) -> Any:
    """A request as it was rendered, with its references."""
    if request.part.path:
        return at(target.root, request.part.path)
    return {name: one for name, one in target.root.items() if name not in ("Definition", "Calls")}


def service_of(root: Mapping[str, Any], request: Request) -> str:
    """The service that a recorded call was made to; SageMaker for all others."""
    call = at(root, request.part.path[:2]) if request.part.path[:1] == ("Calls",) else None
    return str(call.get("service", SERVICE)) if isinstance(call, Mapping) else SERVICE


def names(request: Request) -> Iterator[tuple[str, str]]:
    """What a request names that another call creates: that call and the name, wherever it stands."""
    for member, name in _named(request.part.members):
        if CREATED_BY[member] != request.operation:
            yield CREATED_BY[member], name


def _named(raw: Any) -> Iterator[tuple[str, str]]:
    if isinstance(raw, Mapping):
        for name, one in raw.items():
            if name in CREATED_BY and isinstance(one, str):
                yield name, one
            elif name not in ("Environment", "HyperParameters"):
                yield from _named(one)
    elif isinstance(raw, list | tuple):
        for one in raw:
            yield from _named(one)


class Order:
    """Which requests come before which."""

    def __init__(self, target: Target, requests: Sequence[Request], steps: Mapping[str, Step]) -> None:
        self._target = target
        self._requests = requests
        self._steps = steps
        self._before: dict[int, list[Request]] = {}
        self._after = {name: set(self._waits_of(name)) for name in steps}
        self._by_step = {one.step: one for one in requests if one.step}
        self._makers = {
            (one.operation, name): one
            for one in requests
            if one.operation in KINDS and isinstance(name := one.part.known(KINDS[one.operation].name), str)
        }

    def before(self, request: Request) -> list[Request]:
        """The requests that must be answered before this one, each once."""
        if id(request) not in self._before:
            self._before[id(request)] = self._found(request)
        return self._before[id(request)]

    def ordered(self) -> list[Request]:
        """Requests behind those that they wait for, else as they were found; those of a circle at the end."""
        left, done = list(self._requests), list[Request]()
        while left:
            waiting = {id(one) for one in left}
            ready = next((one for one in left if not any(id(b) in waiting for b in self.before(one))), None)
            if ready is None:
                break
            left.remove(ready)
            done.append(ready)
        return [*done, *left]

    def circle(self) -> tuple[Step, ...]:
        """Steps that wait for each other; () where none do."""
        free, left = set[str](), set(self._steps)
        while ready := {name for name in left if self._after[name] & self._steps.keys() <= free}:
            free |= ready
            left -= ready
        for name in (one for one in self._steps if one in left):
            reached = self._reached(name)
            if name in reached:
                return tuple(self._steps[one] for one in self._steps if one in reached and name in self._reached(one))
        return ()

    def _found(self, request: Request) -> list[Request]:
        waits = (
            self._waits_of(request.step)
            if request.step
            else [step_of(text) for _, text in references(raw_of(self._target, request))]
        )
        found = list(self._behind(waits, {request.step} - {""}))
        for made in names(request):
            maker = self._makers.get(made)
            if maker and maker is not request:
                found.append(maker)
        return list({id(one): one for one in found}.values())

    def _reached(self, start: str) -> set[str]:
        seen: set[str] = set()
        here = self._after.get(start, set())
        while here:
            seen |= here
            here = {more for one in here for more in self._after.get(one, ())} - seen
        return seen

    def _waits_of(self, name: str) -> list[str]:
        """The steps that a step waits for: those it reads, those it depends on, the condition it lies under."""
        step = self._steps.get(name)
        if step is None:
            return []
        own = step.raw.get("Arguments")
        if isinstance(own, Mapping):
            own = {key: one for key, one in own.items() if key not in BRANCHES}
        told = [name for _, name in awaited(step.raw)]
        return [
            *(step_of(text) for _, text in references(own)),
            *told,
            *(one.rpartition("/")[0] for one in step.branch),
        ]

    def _behind(self, waits: Sequence[str], seen: set[str]) -> Iterator[Request]:
        """The requests of these steps; where a step makes none, those that it waits for."""
        left = list(reversed(waits))
        while left:
            name = left.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self._by_step:
                yield self._by_step[name]
            else:
                left += reversed(self._waits_of(name))
