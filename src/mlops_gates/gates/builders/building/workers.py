"""Targets go in, what they render to comes out: one worker for all of them, another where a builder takes one down."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlops_gates.gates.builders.requests import reading
from mlops_gates.records import dataclass
from mlops_gates.worker.client import Worker
from mlops_gates.worker.failures import NotInstalled, Stopped, TimedOut, WorkerError
from mlops_gates.worker.job import Job

MEMORY = 4 << 30
"""Bytes of address space: SDK v3 takes less than one of four."""
REGION = "us-east-1"
_WHOLE = 24 * 3600.0
_SHARE = 0.5
"""Of the time that is left, for one import or one builder."""

Rendered = dict[str, Any]
"""{"asked", "target", "sdk": {"version"} | None, "calls": [those of import and constructors], and "builder": entry or "error"}.

`asked` is the very object that was asked for."""


@dataclass(frozen=True)
class Asked:
    """One target: `module:attribute` (or `mlops_gates.builders`, the entry points of that group), and what its
    constructor or function may ask for."""

    target: str
    config: Mapping[str, Any] | None = None
    role: str | None = None


@dataclass(frozen=True)
class Where:
    """Where targets are rendered: `code` are the folders to import from, `python` is the interpreter of their
    environment (None: our own), `seconds` the time that one import or one builder may take, `memory` bytes.

    `left` tells how many seconds there still are for all: one may take half of them, so that a second one that hangs is
    named too."""

    code: tuple[Path, ...]
    hidden: tuple[Path, ...] = ()
    python: Path | None = None
    region: str = REGION
    seconds: float = 120.0
    memory: int = MEMORY
    left: Callable[[], float] | None = None


def render(targets: Sequence[Asked], where: Where, cancel: threading.Event | None = None) -> Iterator[Rendered]:
    """One answer per builder, as it is rendered; for a target that cannot be imported, one with its `error`.

    A builder that hangs, exits or takes all memory has an entry whose only run says so, and the next one goes on in a
    new process. An error is {"type", "text", "module", "file", "line"}; file is "" where no line of the user's is known.
    Raises `Stopped` when cancelled, and `WorkerError` where not even an empty worker starts.
    """
    session = _Session(where, cancel or threading.Event())
    try:
        for asked in targets:
            yield from _target(asked, session)
    finally:
        session.close()


def _target(asked: Asked, session: _Session, outer: Asked | None = None) -> Iterator[Rendered]:
    listed = session.ask(asked, None)
    told: Rendered = {
        "asked": outer or asked,
        "target": asked.target,
        "sdk": listed.get("sdk") if isinstance(listed.get("sdk"), Mapping) else None,
        "calls": listed.get("calls", []),
    }
    if isinstance(listed.get("targets"), dict):
        for target in listed["targets"].values():
            yield from _target(Asked(str(target), asked.config, asked.role), session, outer or asked)
        return
    plans = listed.get("builders")
    if not isinstance(plans, list) or (odd := _odd(plans)):
        error = listed.get("error") if not isinstance(plans, list) else _forged(odd)
        yield {**told, "error": _forged(words) if (words := reading.of_error(error)) else error}
        return
    for plan in plans:
        got = session.ask(asked, plan["name"])
        if "name" not in got:
            error = got.get("error")
            got = _ended(plan, _forged(words) if (words := reading.of_error(error)) else error)  # type: ignore[arg-type]
        elif words := reading.fault(got, runs=True) or ("" if got["name"] == plan["name"] else "it is another's"):
            got = _ended(plan, _forged(words))
        yield {**told, "builder": got}


def _odd(plans: list[Any]) -> str:
    """What is wrong with what was found in a target."""
    if not plans:
        return "it names no builder"
    faults = (reading.fault(one, runs=False) if isinstance(one, Mapping) else "a builder is none" for one in plans)
    return next(filter(None, faults), "")


def _forged(words: str) -> Rendered:
    text = f"the worker's answer has not the form that it must have: {words}"
    return {"type": "BadAnswer", "text": text, "module": None, "file": "", "line": 0}


def _ended(plan: Rendered, error: Rendered) -> Rendered:
    """The entry of a builder that took its process along: all that was known before, and one run with the reason."""
    makers = ("create_step", "create_endpoint_config", "create_auto_ml_job", "deploy")
    line = next((plan["methods"][name] for name in makers if name in plan["methods"]), plan["line"])
    run: Rendered = {"why": "first", "inputs": {}, "dependencies": [], "caching": False, "definition": None}
    run |= {"step": "", "steps": [], "calls": [], "returned": ""}
    return {**plan, "runs": [{**run, "error": {**error, "file": plan["file"], "line": line}}]}


class _Session:
    """A worker that is started when it is needed, and again after it ended."""

    def __init__(self, where: Where, cancel: threading.Event) -> None:
        self._where = where
        self._cancel = cancel
        self._worker: Worker | None = None

    def ask(self, asked: Asked, only: str | None) -> Rendered:
        """What the worker says, or {"error"} for what ended it."""
        worker = self._running()
        where = self._where
        seconds = where.seconds if where.left is None else max(1.0, where.left() * _SHARE)
        try:
            return worker.render(asked.target, only, asked.config, asked.role, where.region, seconds)
        except (Stopped, NotInstalled):
            raise
        except WorkerError as error:
            return {"error": self._told(error, seconds)}

    def close(self) -> None:
        """Ends the worker."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _running(self) -> Worker:
        if self._worker is None or not self._worker.alive:
            self.close()
            where = self._where
            job = Job("", where.code, where.hidden, where.python, seconds=_WHOLE, memory=where.memory)
            self._worker = Worker.start(job, self._cancel)
        return self._worker

    def _told(self, error: WorkerError, seconds: float) -> Rendered:
        """In words about a builder: the worker's own are about models."""
        text = error.sentence.replace("the model's", "the builder's").replace("the model", "the builder")
        text = text.replace("predict raised", "looking at it raised")
        if isinstance(error, TimedOut):
            text = f"no answer after {seconds:.3g} s"
        return {"type": type(error).__name__, "text": text, "module": None, "file": "", "line": 0}
