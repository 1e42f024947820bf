"""The canary gate: is the candidate as good as what serves now, on a share of the live traffic?

It watches what `mlops-gates canary deploy` began (or what a router splits anyway), decides, and takes a failed candidate
back. The judge is in `judge.py`; where looks come from in `sources/`; what shifts traffic in `routes*.py` and `steps.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from pydantic import create_model

from mlops_gates.checks import Check, Context, Outcome, observe
from mlops_gates.document import KeyPath
from mlops_gates.errors import CheckError, GatesError
from mlops_gates.findings import Series
from mlops_gates.gates.canary import steps, watching
from mlops_gates.gates.canary.judge import Verdict
from mlops_gates.gates.canary.scope import CanaryOptions, CanaryScope
from mlops_gates.gates.canary.working import work_of
from mlops_gates.options import BlockOptions, Options

ORDER = ("canary.decision",)


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
        work = work_of(scope)
        try:
            scope.verdict = watching.watch(scope, work)
            outcome.values["canary-decision"] = scope.verdict.decision
            _act(scope, work)
        finally:
            outcome.facts |= _facts(scope)
            outcome.series += _series(scope)
            outcome.metrics |= _metrics(scope)
        for check in checks:
            outcome.observed.append(observe(check, scope))
            outcome.pending.remove(check)


def _act(scope: CanaryScope, work: steps.Work | None) -> None:
    """Take a failed canary back, and say what became of the traffic."""
    verdict = scope.verdict
    if verdict is None or verdict.decision != "rollback":
        return
    if scope.options.on_fail != "rollback":
        scope.traffic = "Nothing was shifted (on_fail: nothing)."
        return
    if work is None:
        scope.traffic = "Nothing was shifted: no canary of `mlops-gates canary deploy` is under way."
        return
    scope.context.advance("rolling back")
    try:
        state = steps.roll_back(work, "; ".join(verdict.reasons)[:500])
        scope.traffic = f"Rolled back: {state.route} has what it had before."
    except GatesError as error:
        scope.failure = error
        scope.traffic = f"THE ROLLBACK FAILED: {error.sentence}"


def _facts(scope: CanaryScope) -> dict[str, str]:
    verdict = scope.verdict
    facts = {
        "decision": verdict.decision if verdict else "none",
        "looks": f"{len(scope.verdicts)} of {scope.options.looks}",
    }
    if scope.forecast:
        facts["smallest ratio forecast"] = scope.forecast
    if scope.traffic:
        facts["traffic"] = scope.traffic
    if verdict and (told := {name: one.smallest for name, one in verdict.seen.items() if one.smallest}):
        facts["smallest ratio shown"] = ", ".join(f"{name} {value:.2f}" for name, value in told.items())
    return facts


def _metrics(scope: CanaryScope) -> dict[str, float]:
    seen = scope.verdict.seen if scope.verdict else {}
    return {f"{name}_ratio": round(one.ratio, 6) for name, one in seen.items() if one.ratio is not None}


def _series(scope: CanaryScope) -> list[Series]:
    """A table per metric: what each interval showed, and how far the evidence for a rollback had come."""
    made = []
    for metric in scope.options.named:
        rows, plot = [], []
        for number, verdict in enumerate(scope.verdicts, 1):
            if seen := verdict.seen.get(metric):
                told = (_share(seen.baseline), _share(seen.canary), "–" if seen.ratio is None else f"{seen.ratio:.2f}")
                rows.append((str(number), *told, seen.silent or _said(verdict)))
                plot.append(0.0 if seen.silent else seen.evidence)
        made.append(Series(metric, ("look", "baseline", "canary", "ratio so far", ""), tuple(rows), tuple(plot)))
    return made


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _said(verdict: Verdict) -> str:
    return "" if verdict.decision == "continue" else verdict.decision


GATE = CanaryGate()
__all__ = ["GATE", "CheckError"]
