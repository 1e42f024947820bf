"""Runs blocks side by side, ends what hangs, contains what crashes. It never judges."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from mlops_gates.checks import Check, Context, Gate, Outcome, crash
from mlops_gates.errors import CheckError, GatesError
from mlops_gates.findings import Location
from mlops_gates.options import BlockOptions
from mlops_gates.progress import Progress

GRACE_SECONDS = 2.0
"""How long a block may take to stop after it was asked to; then it is left behind."""


@dataclass(slots=True)
class Task:
    """One block to run, set at `line` of the config.

    `make_context` gets the cancel event, the deadline and a place to hook cancelling in.
    """

    gate: Gate
    options: BlockOptions
    checks: Sequence[Check[object]]
    make_context: Callable[
        [float, threading.Event, Callable[[str], None], Callable[[Callable[[], None]], None]], Context
    ]
    line: Location
    outcome: Outcome = field(default_factory=Outcome)
    error: GatesError | None = None
    began: float = 0.0
    seconds: float = 0.0
    cancel: threading.Event = field(default_factory=threading.Event)
    stoppers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def deadline(self) -> float:
        """When this block must end, on the clock of `time.monotonic`."""
        return self.began + self.options.timeout

    def stop(self) -> None:
        """Ask the block to end: its event is set, its queries and processes are ended."""
        self.cancel.set()
        for stopper in list(self.stoppers):
            stopper()


def run(tasks: Sequence[Task], seconds: float, progress: Progress, finished: Callable[[Task], None]) -> None:
    """Run every task in a thread of its own; `finished` is called in this thread as each ends.

    A task past its own deadline, or still running after `seconds`, is stopped and errored. An exception that a signal
    handler raises here (Cancelled) stops all tasks, marks those that had not ended, and goes on.
    """
    end = time.monotonic() + seconds
    futures: dict[Future[None], Task] = {_start(task, end, progress): task for task in tasks}
    try:
        while futures:
            nearest = min(min(task.deadline, end) for task in futures.values())
            done, _ = wait(futures, timeout=max(0.05, nearest - time.monotonic()), return_when=FIRST_COMPLETED)
            late = [future for future, task in futures.items() if time.monotonic() >= min(task.deadline, end)]
            for future in [*done, *(future for future in late if future not in done)]:
                task = futures.pop(future)
                if future not in done:
                    task.stop()
                    wait([future], timeout=GRACE_SECONDS)
                    _end(task, _timed_out(task, end))
                finished(task)
    except GatesError as error:
        for task in futures.values():
            task.stop()
        wait(futures, timeout=GRACE_SECONDS)
        for task in futures.values():
            _end(task, error)
            finished(task)
        raise


def _timed_out(task: Task, end: float) -> CheckError:
    whole = end < task.deadline
    key, limit = ("policy.timeout", "the run") if whole else (f"{task.gate.name}.timeout", f"the {task.gate.name} gate")
    return CheckError(
        f"{limit} ran longer than its limit and was stopped after {time.monotonic() - task.began:.0f} s",
        next_step=f"Raise {key}, or look at what hangs.",
    )


def _end(task: Task, error: GatesError) -> None:
    """Freeze what a stopped task has so far: a thread that is left behind must not write into the report."""
    task.error = error
    task.seconds = time.monotonic() - task.began
    task.outcome = Outcome(
        list(task.outcome.observed),
        list(task.outcome.pending),
        dict(task.outcome.facts),
        dict(task.outcome.values),
        dict(task.outcome.metrics),
        list(task.outcome.columns),
        list(task.outcome.series),
    )


def _start(task: Task, end: float, progress: Progress) -> Future[None]:
    future: Future[None] = Future()
    task.began = time.monotonic()

    def body() -> None:
        try:
            progress.started(task.gate.name, task.options.name)
            advance = lambda what: progress.advanced(task.gate.name, task.options.name, what)  # noqa: E731
            context = task.make_context(min(task.deadline, end), task.cancel, advance, task.stoppers.append)
            task.gate.run(context, task.options, task.checks, task.outcome)
        except GatesError as error:
            task.error = error
        except Exception as error:  # noqa: BLE001 - a crash of one gate must not take the others with it
            task.error = crash(error)
        except BaseException as error:
            task.error = crash(error)
            raise
        finally:
            task.seconds = time.monotonic() - task.began
            future.set_result(None)

    threading.Thread(target=body, name=f"gate-{task.gate.name}", daemon=True).start()
    return future
