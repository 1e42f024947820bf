from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_gates import runner
from mlops_gates.checks import Check, Context, Observed, Outcome
from mlops_gates.document import Document
from mlops_gates.errors import Cancelled, CheckError
from mlops_gates.findings import Location
from mlops_gates.options import BlockOptions
from mlops_gates.progress import Silent
from mlops_gates.runner import Task

CHECK: Check[Any] = Check("data.nulls", "Nulls", "Help.", "Mend it.", "data: {}", body=lambda _: ())
LINE = Location("c.yml", 3)


class Gate:
    """A gate that does what its test says."""

    title = "A gate"
    base = BlockOptions

    def __init__(self, name: str, work: Callable[[Context, Outcome], None]) -> None:
        self.name = name
        self.work = work

    def block(self, checks: Any) -> type[BlockOptions]:
        return BlockOptions

    def subjects(self, options: BlockOptions) -> Any:
        return ()

    def run(self, context: Context, options: BlockOptions, checks: Any, outcome: Outcome) -> None:
        self.work(context, outcome)


def task(name: str, work: Callable[[Context, Outcome], None], timeout: float = 60.0) -> Task:
    def context(deadline: float, cancel: threading.Event, advance: Any, on_cancel: Any) -> Context:
        return Context(
            document=Document({}),
            path=(name,),
            workdir=Path(),
            deadline=deadline,
            memory=1,
            cancel=cancel,
            advance=advance,
            repository_file=lambda path: None,
            on_cancel=on_cancel,
        )

    return Task(Gate(name, work), BlockOptions(timeout=timeout), (), context, LINE)


def run(*tasks: Task, seconds: float = 60.0) -> list[str]:
    ended: list[str] = []
    runner.run(tasks, seconds, Silent(), lambda one: ended.append(one.gate.name))
    return ended


def observes(_: Context, outcome: Outcome) -> None:
    outcome.observed.append(Observed(CHECK))


def hangs(context: Context, outcome: Outcome) -> None:
    outcome.observed.append(Observed(CHECK))
    outcome.pending.append(CHECK)
    context.cancel.wait()


def test_a_task_that_ends_has_no_error() -> None:
    one = task("data", observes)
    assert run(one) == ["data"]
    assert one.error is None
    assert len(one.outcome.observed) == 1


def test_blocks_run_side_by_side() -> None:
    """Neither could end if the other had to end first."""
    meet = threading.Barrier(2, timeout=30)
    tasks = [task("data", lambda *_: meet.wait() and None), task("model", lambda *_: meet.wait() and None)]
    assert sorted(run(*tasks)) == ["data", "model"]
    assert [one.error for one in tasks] == [None, None]


def test_a_hang_is_ended_at_its_timeout_and_keeps_what_was_done() -> None:
    one, other = task("data", hangs, timeout=0.2), task("model", observes)
    began = time.monotonic()
    assert run(one, other) == ["model", "data"]
    assert time.monotonic() - began < 10
    assert isinstance(one.error, CheckError)
    assert "the data gate ran longer than its limit" in one.error.what
    assert "data.timeout" in one.error.next_step
    assert one.cancel.is_set()
    assert (len(one.outcome.observed), len(one.outcome.pending)) == (1, 1)
    assert other.error is None
    assert not other.cancel.is_set()


def test_the_runs_own_timeout_is_told_as_such() -> None:
    one = task("data", hangs)
    run(one, seconds=0.2)
    assert one.error
    assert "policy.timeout" in one.error.next_step


def test_the_deadline_that_a_gate_sees_is_the_nearer_one() -> None:
    seen: list[float] = []
    run(task("data", lambda context, _: seen.append(context.seconds_left), timeout=5), seconds=1000)
    run(task("data", lambda context, _: seen.append(context.seconds_left), timeout=1000), seconds=5)
    assert all(0 < left <= 5 for left in seen)


def test_a_thread_that_ignores_everything_is_left_behind_and_writes_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.1)
    release, done = threading.Event(), threading.Event()

    def deaf(_: Context, outcome: Outcome) -> None:
        release.wait()
        outcome.observed.append(Observed(CHECK))
        outcome.values["quality-score"] = "1"
        done.set()

    one = task("data", deaf, timeout=0.1)
    run(one)
    outcome = one.outcome
    release.set()
    assert done.wait(30)
    assert (outcome.observed, outcome.values) == ([], {})
    assert one.outcome is outcome
    assert one.error


@pytest.mark.parametrize(
    "raised", [ValueError("no"), KeyError("x"), MemoryError(), RecursionError(), CheckError("told")]
)
def test_one_gates_crash_leaves_the_other(raised: Exception) -> None:
    def crashes(*_: Any) -> None:
        raise raised

    one, other = task("data", crashes), task("model", observes)
    run(one, other)
    assert one.error is not None
    if isinstance(raised, CheckError):
        assert one.error is raised
    else:
        assert one.error.what.startswith(f"crashed: {type(raised).__name__}")
        assert "test_runner.py:" in one.error.what
        assert one.error.exit_code == 3
    assert other.error is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("raised", [SystemExit(0), KeyboardInterrupt()])
def test_leaving_is_a_crash_too(raised: BaseException) -> None:
    def leaves(*_: Any) -> None:
        raise raised

    one = task("data", leaves)
    run(one)
    assert one.error
    assert "crashed" in one.error.what


def test_a_context_that_cannot_be_made_ends_its_gate_as_errored() -> None:
    def no_context(*_: Any) -> Context:
        raise OSError("no disk")

    one = Task(Gate("data", observes), BlockOptions(timeout=5), (), no_context, LINE)
    run(one)
    assert one.error
    assert "no disk" in one.error.what


def test_stopping_calls_what_a_gate_hooked_in() -> None:
    stopped = threading.Event()

    def hooks(context: Context, _: Outcome) -> None:
        context.on_cancel(stopped.set)
        assert stopped.wait(30)

    one = task("data", hooks, timeout=0.2)
    run(one)
    assert stopped.is_set()


def test_a_signal_stops_every_task_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler raises in the main thread while it waits; what had ended before stays as it was."""
    running = threading.Event()
    ended: list[str] = []

    def long(context: Context, outcome: Outcome) -> None:
        outcome.observed.append(Observed(CHECK))
        running.set()
        context.cancel.wait()

    real, calls = runner.wait, []

    def waits(futures: Any, **options: Any) -> Any:
        calls.append(options)
        if running.is_set() and "model" in ended and len(calls) > 1 and not cancelled:
            cancelled.append(True)
            raise Cancelled(15)
        return real(futures, **{**options, "timeout": min(options.get("timeout") or 1, 0.05)})

    cancelled: list[bool] = []
    monkeypatch.setattr(runner, "wait", waits)
    one, other = task("data", long), task("model", observes)
    with pytest.raises(Cancelled) as raised:
        runner.run([one, other], 60, Silent(), lambda task: ended.append(task.gate.name))
    assert raised.value.exit_code == 143
    assert ended == ["model", "data"]
    assert one.error is raised.value
    assert one.cancel.is_set()
    assert len(one.outcome.observed) == 1
    assert other.error is None
