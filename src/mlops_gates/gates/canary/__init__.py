"""The canary gate: is the candidate as good as what serves now, on a share of the live traffic?

It watches what `mlops-gates canary deploy` began (or what a router splits anyway), decides, and takes a failed candidate
back. The judge is in `judge.py`; where looks come from in `sources/`; what shifts traffic in `routes*.py` and `steps.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any, TypeAlias, cast

from pydantic import create_model

from mlops_gates.checks import Check, Context, Outcome, observe
from mlops_gates.document import KeyPath
from mlops_gates.errors import CheckError
from mlops_gates.findings import Line, Series
from mlops_gates.gates.canary import steps, watching
from mlops_gates.gates.canary.judge import Verdict
from mlops_gates.gates.canary.observing import Seen
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.scope import CanaryOptions, CanaryScope
from mlops_gates.gates.canary.shifting import Work
from mlops_gates.gates.canary.stopping import Interruptible, Turns
from mlops_gates.gates.canary.working import as_begun, uninterrupted, work_of
from mlops_gates.options import BlockOptions, Options

ORDER = ("canary.decision",)
_NOTHING = -9.0
"""The evidence of a metric for which none is weighed: single looks break its limit or not."""
_Looked: TypeAlias = tuple[int, Verdict, Seen]


class CanaryGate:
    """See the module."""

    name = "canary"
    title = "The canary is as good as what serves now"
    base = CanaryOptions

    def block(self, checks: Sequence[Check[CanaryScope]]) -> type[BlockOptions]:
        """A block is what the checks add to it."""
        bases = (*(check.options for check in checks if check.options is not Options), CanaryOptions)
        return create_model("CanaryBlock", __base__=cast("tuple[type[Any], ...]", bases))

    def subjects(self, options: BlockOptions) -> Iterable[tuple[str, KeyPath, str]]:
        """The recorded samples, where they are a file."""
        assert isinstance(options, CanaryOptions)
        if options.metrics_from.endswith(".csv"):
            yield "data", ("metrics_from",), options.metrics_from

    def run(
        self, context: Context, options: BlockOptions, checks: Sequence[Check[CanaryScope]], outcome: Outcome
    ) -> None:
        """Watch, decide, act on a failure, and let the checks tell it."""
        assert isinstance(options, CanaryOptions)
        scope = CanaryScope(context, options)
        outcome.pending += checks
        outcome.values["canary-decision"] = "inconclusive"

        def tell(text: str) -> None:
            outcome.facts["traffic"] = scope.traffic = text
            context.advance(text)

        work = _work(scope, tell)
        keep = options.on_cancel == "keep" or options.on_fail == "nothing"
        turns = Turns(context.cancel, uninterrupted(work, options) if work else None, keep, tell)
        try:
            with work.locks[0].watching() if work else nullcontext():
                if work:
                    scope.options = as_begun(options, steps.unfinished(work))
                    context.on_cancel(turns.stop)
                _decide(scope, work, turns)
            assert scope.verdict
            outcome.values["canary-decision"] = _decision(scope.verdict)
        finally:
            outcome.facts |= _facts(scope)
            outcome.series += _series(scope)
            outcome.metrics |= _metrics(scope)
        for check in checks:
            outcome.observed.append(observe(check, scope))
            outcome.pending.remove(check)


def _work(scope: CanaryScope, tell: Callable[[str], None]) -> Work | None:
    options = scope.options
    work = work_of(scope, Interruptible(scope.context.cancel))
    if work is None and options.resume:
        raise CheckError("there is no canary to go on with", next_step="Begin one with `mlops-gates canary deploy`.")
    if work is None and options.on_fail == "rollback" and not options.metrics_from.endswith(".csv"):
        tell(f"{options.state} tells of no canary of `mlops-gates canary deploy`: nothing can be rolled back")
    return work


def _decision(verdict: Verdict) -> str:
    return verdict.decision if verdict.decision in watching.FINAL else "inconclusive"


def _decide(scope: CanaryScope, work: Work | None, turns: Turns) -> None:
    """Watch, take a failed canary back, and say what became of the traffic."""
    state = steps.unfinished(work) if work else None
    if state and state.phase == "rolling-back":  # a rollback that was cut off is ended, and nothing is watched
        scope.verdict = Verdict("rollback", (state.note or "its rollback had begun",), {}, 0, 0.0)
    else:
        try:
            scope.verdict = watching.watch(scope, work, turns)
        except CheckError:
            scope.traffic = _left(work)
            raise
    if scope.verdict.decision == "rollback":
        with turns.mine():
            _act(scope, work, begun=bool(state and state.phase == "rolling-back"))
    elif work:
        scope.traffic = _left(work)


def _left(work: Work | None) -> str:
    """Where the traffic of a canary stays that nobody moves."""
    try:
        state = work.file.read() if work else None
    except CheckError as error:
        return f"Nothing was shifted: {error.sentence}"
    if state is None or state.done:
        return ""
    what = f"{state.route}: {state.candidate} keeps its {100 * state.share:g} %"
    return f"{what} (phase {state.phase}) until `mlops-gates canary promote` or `mlops-gates canary rollback`."


def _act(scope: CanaryScope, work: Work | None, begun: bool) -> None:
    verdict = scope.verdict
    assert verdict
    if work is None:
        scope.traffic = "Nothing was shifted: no canary of `mlops-gates canary deploy` is under way."
        return
    if scope.options.on_fail != "rollback" and not begun:
        scope.traffic = "Nothing was shifted (on_fail: nothing)."
        return
    scope.context.advance("rolling back")
    try:
        state = steps.roll_back(work, "; ".join(verdict.reasons)[:500])
        scope.traffic = f"Rolled back: {state.route} has what it had before."
    except CheckError as error:
        scope.failure = error
        scope.traffic = f"THE ROLLBACK FAILED: {error.sentence}"
        work.say(scope.traffic)  # on one line: reports break lines, and a command that is cut is another command


def _facts(scope: CanaryScope) -> dict[str, str]:
    verdict = scope.verdict
    facts = {
        "decision": verdict.decision if verdict else "none",
        "looks": f"{len(scope.verdicts)} of {scope.options.looks}",
    }
    if scope.forecast:
        facts["smallest ratio forecast"] = scope.forecast
    if scope.late:
        told_late = ", ".join(f"{number:,} of {name}" for name, number in scope.late.items())
        facts["came too late, judged nowhere"] = told_late
    if scope.traffic:
        facts["traffic"] = scope.traffic.removesuffix(".")
    if verdict and (told := {name: one.smallest for name, one in verdict.seen.items() if one.smallest}):
        shown = (f"{name} {f'{value:.2f}' if math.isfinite(value) else 'none'}" for name, value in told.items())
        facts["smallest ratio shown"] = ", ".join(shown)
    return facts


def _metrics(scope: CanaryScope) -> dict[str, float]:
    seen = scope.verdict.seen if scope.verdict else {}
    return {f"{name}_ratio": round(one.ratio, 6) for name, one in seen.items() if one.ratio is not None}


def _series(scope: CanaryScope) -> list[Series]:
    """A table and a plot per metric: what each interval showed, and how far the evidence for a rollback had come."""
    made, plan = [], scope.options.plan()
    for metric in plan.metrics:
        told = enumerate(scope.verdicts, 1)
        looks = [(at, verdict, seen) for at, verdict in told if (seen := verdict.seen.get(metric.name))]
        made.append(_series_of(metric, looks, _first(plan, metric)))
    return made


def _series_of(metric: Metric, looks: Sequence[_Looked], first: int) -> Series:
    rows = []
    for number, verdict, seen in looks:
        told = (_share(seen.baseline), _share(seen.canary), "–" if seen.ratio is None else f"{seen.ratio:.2f}")
        rows.append((str(number), *told, seen.silent or _said(verdict)))
    weighed = any(not seen.silent and seen.evidence > _NOTHING for *_, seen in looks)
    heard = [row for row, (*_, seen) in enumerate(looks, 1) if not seen.silent]
    arms = {"baseline": [seen.baseline for *_, seen in looks], "canary": [seen.canary for *_, seen in looks]}
    return Series(
        metric.name,
        ("look", "baseline", "canary", "ratio so far", ""),
        tuple(rows),
        tuple(0.0 if seen.silent else seen.evidence for *_, seen in looks) if weighed else (),
        decides="would roll back (dry run)" if metric.dry_run else "rolls back",
        since=heard[first - 1] if first <= len(heard) else len(looks) + first - len(heard),
        lines=tuple(Line(arm, tuple(values)) for arm, values in arms.items() if any(one is not None for one in values)),
        unit="share" if metric.kind == "rate" else "",
        limit=metric.limit,
        said=looks[-1][2].why if looks else "",
    )


def _first(plan: Plan, metric: Metric) -> int:
    """The look from which evidence against the baseline decides; against a limit it does at once."""
    if not metric.against_baseline:
        return 1
    return max(5, plan.settings(metric).first) if metric.kind == "value" else plan.settings(metric).first


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _said(verdict: Verdict) -> str:
    return "" if verdict.decision == "continue" else verdict.decision


GATE = CanaryGate()
__all__ = ["GATE", "CheckError"]
