"""Watching: steps to the next share, a run that goes on after it was killed, and intervals that cannot be read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_gates.checks import Context
from mlops_gates.document import Document
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary import watching
from mlops_gates.gates.canary.judge import Verdict
from mlops_gates.gates.canary.routes import Weights, mixed
from mlops_gates.gates.canary.scope import CanaryOptions, CanaryScope
from mlops_gates.gates.canary.statefile import State, StateFile
from mlops_gates.gates.canary.stopping import Stopped, Turns
from mlops_gates.gates.canary.streams import Count, Look
from mlops_gates.gates.canary.waiting import Patience, RealClock


class Route:
    """A stand-in for what shifts traffic: it has what it was given last."""

    name, steps_itself = "stand-in", False

    def __init__(self) -> None:
        self.has: Weights = {"baseline": 0.9, "canary": 0.1}

    def settled(self) -> bool:
        return True

    def shares(self) -> Weights:
        return self.has

    def target(self, share: float, before: Weights) -> Weights:
        return mixed(share, "canary", before)


class Work:
    """A stand-in for the work of the steps: the state file is real."""

    settle = 1.0

    def __init__(self, folder: Path) -> None:
        self.file = StateFile(folder / "state.json")
        self.route = Route()
        self.shifts: list[float] = []
        self.said: list[str] = []

    def keep(self, state: State) -> State:
        return self.file.write(state, 0.0)

    def say(self, text: str) -> None:
        self.said.append(text)

    def patience(self, seconds: float) -> Patience:
        return Patience(self.route, RealClock(), seconds)  # type: ignore[arg-type]


def watched(scope: CanaryScope, work: Work) -> Verdict:
    turns = Turns(scope.context.cancel, None, False, scope.context.advance)
    return watching.watch(scope, work, turns)  # type: ignore[arg-type]


def scope_of(folder: Path, **more: Any) -> CanaryScope:
    options = CanaryOptions.model_validate(
        {
            "endpoint": "churn",
            "candidate": "v2",
            "metrics_from": "http://127.0.0.1:9",
            "steps": ["10 %", "50 %"],
            **more,
        }
    )
    context = Context(
        Document({}), ("canary",), folder, 1e12, 0, threading.Event(), lambda _: None, lambda _: None, samples=False
    )
    return CanaryScope(context, options)


def look(number: int, bad: int = 10) -> Look:
    arms = {"baseline": Count(4000, 40), "canary": Count(1000, bad)}
    return Look(60.0 * number, 60.0 * number + 60, {"error_rate": arms})  # type: ignore[dict-item]


def begun(work: Work) -> State:
    return work.keep(
        State("run1", "stand-in", "v2", "canary", {"baseline": 1.0}, (0.1, 0.5), 0.0, step=0, phase="watching")
    )


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> None:
    def shift(work: Work, state: State, step: int) -> State:
        work.shifts.append(state.plan[step])
        work.route.has = work.route.target(state.plan[step], state.before)
        return work.keep(replace(state, step=step, phase="watching"))

    monkeypatch.setattr(watching.steps, "shifted", shift)


def given(monkeypatch: pytest.MonkeyPatch, looks: Iterator[Look]) -> None:
    monkeypatch.setattr(watching, "_looks", lambda *_: looks)


def test_the_next_share_comes_when_the_time_of_the_first_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shifted: None
) -> None:
    work = Work(tmp_path)
    begun(work)
    given(monkeypatch, (look(number) for number in range(60)))
    scope = scope_of(tmp_path)
    verdict = watched(scope, work)
    assert work.shifts == [0.5]
    assert verdict.decision == "promote"
    assert verdict.looks >= 40


def test_a_killed_run_goes_on_with_what_the_judge_knew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shifted: None
) -> None:
    work = Work(tmp_path)
    begun(work)
    given(monkeypatch, (look(number, 16) for number in range(7)))
    first = watched(scope_of(tmp_path), work)
    assert (first.decision, first.looks) == ("inconclusive", 7)
    again = Work(tmp_path)
    given(monkeypatch, (look(number, 16) for number in range(3, 60)))  # the first of these were seen already
    second = watched(scope_of(tmp_path), again)
    assert second.decision == "rollback"
    whole = Work(tmp_path / "whole")
    (tmp_path / "whole").mkdir()
    begun(whole)
    given(monkeypatch, (look(number, 16) for number in range(60)))
    assert second.looks == watched(scope_of(tmp_path), whole).looks


def test_what_another_command_moved_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shifted: None
) -> None:
    work = Work(tmp_path)
    state = begun(work)

    def looks() -> Iterator[Look]:
        yield look(0)
        work.keep(replace(state, phase="rolled-back"))
        yield look(1)

    given(monkeypatch, looks())
    with pytest.raises(CheckError, match="another command has moved it"):
        watched(scope_of(tmp_path), work)


def test_a_cancelled_run_leaves_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shifted: None) -> None:
    work = Work(tmp_path)
    begun(work)
    scope = scope_of(tmp_path)

    def looks() -> Iterator[Look]:
        yield look(0)
        scope.context.cancel.set()
        yield look(1)

    given(monkeypatch, looks())
    with pytest.raises(Stopped, match="stopped before it was decided"):
        watched(scope, work)
    found = work.file.read()
    assert found
    assert not found.done
    assert found.judge
    assert found.judge["looks"] == 1


def test_a_quantile_is_the_share_above_its_limit(tmp_path: Path) -> None:
    limits = {"p95_latency_ms": {"max": 250}, "p99.9_latency_ms": {"max": 900}}
    options = scope_of(tmp_path, thresholds=limits).options
    limited = {metric.name: (metric.kind, metric.limit, metric.called) for metric in options.plan().metrics}
    assert limited["p95_latency_ms"] == ("rate", 0.05, "p95_latency_ms (requests above 250 ms)")
    assert limited["p99.9_latency_ms"] == ("rate", 0.001, "p99.9_latency_ms (requests above 900 ms)")
    assert options.named["p95_latency_ms"].bound_ms == 250


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"thresholds": {"decision_churn": {"max": 0.02}}, "metrics": {"decision_churn": {}}, "against": "baseline"},
            "",
        ),
        ({"metrics": {"decision_churn": {}}}, "decision_churn has no baseline"),
        ({"against": "thresholds"}, "needs thresholds"),
        (
            {"against": "thresholds", "metrics": {"error_rate": {}}, "thresholds": {"latency": {"max": 0.1}}},
            "error_rate has",
        ),
        ({"thresholds": {"error_rate": {"max": 5}}}, "a share from 0 to 1"),
        ({"thresholds": {"p95_latency_ms": {"min": 250}}}, "its largest allowed milliseconds"),
        ({"metrics": {"p95_latency_ms": {}}}, "p95_latency_ms needs a limit"),
        ({"duration": "60s"}, "two intervals"),
        ({"steps": ["50 %", "10 %"]}, "steps"),
    ],
)
def test_a_metric_that_nothing_holds_is_no_config(tmp_path: Path, more: dict[str, Any], words: str) -> None:
    if not words:
        assert scope_of(tmp_path, **more).options.plan().metrics[0].limit == 0.02
        return
    with pytest.raises(ValueError, match=words):
        scope_of(tmp_path, **more)


def test_more_shares_bake_longer(tmp_path: Path) -> None:
    plans = [
        scope_of(tmp_path, steps=steps).options.plan().baked
        for steps in (["10 %"], ["10 %", "50 %"], ["1 %", "5 %", "10 %", "50 %"])
    ]
    assert plans == [40, 40, 50]


def test_series_tell_rates_bound_and_limit_as_numbers(tmp_path: Path) -> None:
    from mlops_gates.gates.canary import _series
    from mlops_gates.gates.canary.judge import Judge

    scope = scope_of(tmp_path, thresholds={"error_rate": {"max": 0.5}})
    judge = Judge(scope.options.plan())
    silent = Look(120.0, 180.0, errors={"error_rate": "away"})
    scope.verdicts += [judge.look(look(1)), judge.look(silent), *(judge.look(look(at, 60)) for at in range(3, 15))]
    (made,) = _series(scope)
    baseline, canary = made.lines
    assert (baseline.name, baseline.values[:3]) == ("baseline", (0.01, None, 0.01))
    assert (canary.name, canary.values[:3]) == ("canary", (0.01, None, 0.06))
    assert (made.unit, made.limit, made.decides) == ("share", 0.5, "rolls back")
    # The tolerance is judged from the tenth look on, and a look that said nothing is none of them.
    assert scope.options.plan().settings(scope.options.plan().metrics[0]).first == 10
    assert made.since == 11
    assert made.rows[-1][-1] == "rollback"
    assert made.plot[-1] >= made.bound
