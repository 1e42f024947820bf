"""What a check is, what a gate is, and what a gate is given to work with.

A check observes: its body yields measurements and findings, and returns no booleans. Policy alone judges them.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from mlops_gates import naming
from mlops_gates.document import Document, KeyPath
from mlops_gates.errors import CheckError, GatesError
from mlops_gates.findings import ColumnView, Finding, Location, Measurement, Series
from mlops_gates.options import BlockOptions, Options
from mlops_gates.records import dataclass

Scope = TypeVar("Scope", contravariant=True)
Seen = Measurement | Finding


class Stated(Protocol):
    """What `explain` tells of one constraint: what it says, where it is written, AWS's refusal, a bad and a good example."""

    @property
    def id(self) -> str: ...
    @property
    def states(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def refusal(self) -> str: ...
    @property
    def bad(self) -> str: ...
    @property
    def good(self) -> str: ...
    @property
    def believed(self) -> bool: ...


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Check(Generic[Scope]):
    """One check of one gate.

    `options` are the config keys it adds, `at` the place where they stand (a gate names its places: `block`, `column`).
    `needs` says what must be gathered before, in the gate's own terms, `then` what follows from that and must be
    gathered too; `body` observes it. `help` is a paragraph, `remedy` a sentence, `example` a piece of config.
    `rules` are the constraints that a check of conformance holds a subject to.
    """

    id: str
    title: str
    help: str
    remedy: str
    example: str
    body: Callable[[Scope], Iterable[Seen]]
    options: type[Options] = Options
    at: str = "block"
    needs: Callable[[Scope], Iterable[Any]] = lambda _: ()
    then: Callable[[Scope], Iterable[Any]] = lambda _: ()
    rules: tuple[Stated, ...] = ()


@dataclass(frozen=True)
class Observed:
    """What one check saw, not judged yet; `error` is what stopped it."""

    check: Check[Any]
    seen: tuple[Seen, ...] = ()
    error: GatesError | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Context:
    """What a gate's block is given.

    `path` is where the block stands in the config; `subject_file` turns a path into its place in the repository, or
    None where git does not track it. `deadline` is on the clock of `time.monotonic`, `memory` is in bytes.
    `private` are files that code which is not ours must not read: the config, data, reports.
    """

    document: Document
    path: KeyPath
    workdir: Path
    deadline: float
    memory: int
    cancel: threading.Event
    advance: Callable[[str], None]
    repository_file: Callable[[Path], str | None]
    requirements: Path | None = None
    private: tuple[Path, ...] = ()
    samples: bool = False
    on_cancel: Callable[[Callable[[], None]], None] = lambda _: None

    def line(self, *keys: str | int) -> Location:
        """The config line of a key of this block, or of its nearest ancestor."""
        return self.document.line((*self.path, *keys))

    @contextmanager
    def reading(self, file: str, key: str) -> Iterator[None]:
        """An error at a line of the data `file` is told at the repository's name of it; else at the config's `key`."""
        try:
            yield
        except GatesError as error:
            if error.where is None:
                error.where = self.line(key)
            elif naming.has(self.workdir / file, self.workdir / error.where.file):
                name = self.repository_file(self.workdir / error.where.file)
                error.where = Location(name, error.where.line) if name else self.line(key)
            raise

    @property
    def seconds_left(self) -> float:
        """Time until the block's deadline, at least 0."""
        return max(0.0, self.deadline - time.monotonic())


@dataclasses.dataclass(slots=True)
class Outcome:
    """What a gate's block fills while it works, so that a cancelled one still shows what was done.

    `pending` are the checks that were asked for and not observed yet; the first is the one at work, so what ends the
    gate early is told under its name.
    """

    observed: list[Observed] = field(default_factory=list)
    pending: list[Check[Any]] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    columns: list[ColumnView] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)


class Gate(Protocol):
    """A stage between a model and production; each room under `gates/` has one as `GATE`."""

    name: str
    title: str
    base: type[BlockOptions]

    def block(self, checks: Sequence[Check[Any]]) -> type[BlockOptions]:
        """The strict model of one block of this gate's config, made of what its checks add."""

    def subjects(self, options: BlockOptions) -> Iterable[tuple[str, KeyPath, str]]:
        """The files whose digests the verdict binds: role, key path in the block, path from the working directory."""

    def run(self, context: Context, options: BlockOptions, checks: Sequence[Check[Any]], outcome: Outcome) -> None:
        """Fill `outcome`. An exception ends this block as errored and no other."""


def observe(check: Check[Scope], scope: Scope) -> Observed:
    """Run one body and contain what it raises."""
    began = time.perf_counter()
    seen: list[Seen] = []
    error: GatesError | None = None
    try:
        seen.extend(check.body(scope))
    except GatesError as raised:
        error = raised
    except Exception as raised:  # noqa: BLE001 - one check's crash must not take the others with it
        error = crash(raised)
    return Observed(check, tuple(seen), error, time.perf_counter() - began)


def crash(raised: BaseException) -> CheckError:
    """An unexpected exception in words, with the place where it was raised."""
    trace = raised.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    error = CheckError(
        f"crashed: {type(raised).__name__}: {raised}{place}",
        next_step="This is a bug of mlops-gates; please report it.",
    )
    error.__cause__ = raised
    return error
