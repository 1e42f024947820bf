"""Targets go in, what they render to comes out: one worker for all of them, another where a builder takes one down."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlops_gates.records import dataclass
from mlops_gates.worker.client import Job, Worker
from mlops_gates.worker.failures import NotInstalled, Stopped, TimedOut, WorkerError

MEMORY = 4 << 30
"""Bytes of address space: SDK v3 takes less than one of four."""
REGION = "us-east-1"
_WHOLE = 24 * 3600.0

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
    environment (None: our own), `seconds` the time that one import or one builder may take, `memory` bytes."""

    code: tuple[Path, ...]
    hidden: tuple[Path, ...] = ()
    python: Path | None = None
    region: str = REGION
    seconds: float = 120.0
    memory: int = MEMORY


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
        "sdk": listed.get("sdk"),
        "calls": listed.get("calls", []),
    }
    if isinstance(listed.get("targets"), dict):
        for target in listed["targets"].values():
            yield from _target(Asked(str(target), asked.config, asked.role), session, outer or asked)
        return
    if not isinstance(listed.get("builders"), list):
        yield {**told, "error": listed["error"]}
        return
    for plan in listed["builders"]:
        got = session.ask(asked, plan["name"])
        yield {**told, "builder": got if "name" in got else _ended(plan, got["error"])}


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
        try:
            return worker.render(asked.target, only, asked.config, asked.role, where.region, where.seconds)
        except (Stopped, NotInstalled):
            raise
        except WorkerError as error:
            return {"error": self._told(error)}

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

    def _told(self, error: WorkerError) -> Rendered:
        """In words about a builder: the worker's own are about models."""
        text = error.sentence.replace("the model's", "the builder's").replace("the model", "the builder")
        if isinstance(error, TimedOut):
            text = f"no answer after {self._where.seconds:g} s"
        return {"type": type(error).__name__, "text": text, "module": None, "file": "", "line": 0}
