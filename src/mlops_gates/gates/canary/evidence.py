"""What one metric shows: a rate or a value, against the baseline, against a limit, or both."""

from __future__ import annotations

import math
from typing import Any

from mlops_gates.gates.canary.observing import Observer, Seen, is_number
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Look
from mlops_gates.gates.canary.values import Value
from mlops_gates.stats.limitrate import LimitRate
from mlops_gates.stats.rateratio import Evidence, RateRatio

_TOO_FEW = 10
"""Expected bad ones of the canary, below which no ratio can be shown to be good enough."""


class Rate(Observer):
    """Bad ones among all."""

    def __init__(self, metric: Metric, plan: Plan) -> None:
        super().__init__(metric, plan)
        self._settings = plan.settings(metric)
        self._ratio = RateRatio(self._settings) if metric.against_baseline else None
        alpha = self._settings.alpha + self._settings.alpha_fast
        self._limit: LimitRate | None = None
        if metric.weighed and metric.limit is not None:
            # A smallest rate is a largest one of what is left.
            limit = metric.limit if metric.side == "max" else 1 - metric.limit
            self._limit = LimitRate(limit, alpha, self._settings.beta, self._settings.looks)
        self._broken = 0

    def _lacks(self, look: Look) -> str:
        arms = look.counts.get(self.metric.name, {})
        for arm in (BASELINE, CANARY) if self.metric.against_baseline else (CANARY,):
            if arm not in arms:
                return f"no word of the {arm}"
            if arms[arm].n <= 0:
                return f"no requests of the {arm}"
            if not (is_number(arms[arm].n) and 0 <= arms[arm].bad <= arms[arm].n):
                return f"{_told(arms[arm].bad)} bad ones among {_told(arms[arm].n)} requests of the {arm}"
        return ""

    def _seen(self, look: Look) -> Seen:
        arms = look.counts[self.metric.name]
        canary = arms[CANARY]
        rate = canary.bad / canary.n
        worse, good, words, evidence = False, True, [], -math.inf
        ratio = smallest = baseline = None
        if self._ratio:
            there = arms[BASELINE]
            found = self._ratio.look(there.n, there.bad, canary.n, canary.bad)
            baseline, ratio, smallest = there.bad / there.n, self._estimate(), self._ratio.smallest()
            worse, good = bool(found.worse[0] or found.fast[0]), bool(found.good[0])
            evidence = self._shares(found)
            words.append(self._told(worse, good, ratio, smallest))
        if self._limit:
            above, below, against = self._held(canary.n, canary.bad)
            worse, good = worse or above, (good or self._unsuspicious(evidence, ratio)) and below
            evidence = max(evidence, against)
            words.append(self._of_limit(above, below))
        elif self.metric.limit is not None:
            worse, good, told = self._by_looks(rate, worse, good)
            words.append(told)
        evidence = evidence if worse else min(evidence, 0.99)
        return Seen(worse, good, "; ".join(words), "", max(evidence, -9.0), baseline, rate, ratio, smallest)

    def _shares(self, found: Evidence) -> float:
        """How far the evidence for a worse canary has come; 1 rolls back."""
        bounds = (
            found.log_worse[0] / -math.log(self._settings.alpha),
            found.log_fast[0] / -math.log(self._settings.alpha_fast),
        )
        return float(max(bounds))

    def _held(self, n: int, bad: int) -> tuple[bool, bool, float]:
        """Whether the limit is broken, whether it is kept, and how far the evidence that it is broken has come."""
        assert self._limit
        against = self._limit.look(n, bad if self.metric.side == "max" else n - bad)
        return (
            bool(against.above[0]),
            bool(against.below[0]),
            float(against.log_above[0] / -math.log(self._limit.alpha)),
        )

    def _unsuspicious(self, evidence: float, ratio: float | None) -> bool:
        """Whether a limit that is shown to be kept is enough: bad ones are too rare to show that a ratio is good enough, and
        nothing speaks for a canary that is worse."""
        found = self._ratio
        if found is None:
            return True
        share = found.all_c / (found.all_b + found.all_c)
        rare = bool((share * (found.bad_b + found.bad_c))[0] < _TOO_FEW)
        return rare and evidence < 0.1 and (ratio is None or ratio < self.metric.margin)

    def _estimate(self) -> float | None:
        assert self._ratio
        ratio = float(self._ratio.ratio[0])
        return ratio if math.isfinite(ratio) else None

    def _told(self, worse: bool, good: bool, ratio: float | None, smallest: float) -> str:
        rate = "the baseline has none" if ratio is None else f"{ratio:.2f} times the baseline's rate"
        if worse:
            return f"{self.metric.called} is worse: {rate}"
        if good:
            return f"{self.metric.called} is less than {self.metric.margin:g} times the baseline's rate ({rate})"
        shown = f"{smallest:.2f}" if math.isfinite(smallest) else "none"
        return f"{self.metric.called} is open: {rate}; the smallest ratio that this traffic could have shown is {shown}"

    def _of_limit(self, above: bool, below: bool) -> str:
        assert self._limit
        rate = float(self._limit.bad[0] / self._limit.all[0])
        broken, kept, limit = "above", "below", self._limit.limit
        if self.metric.side == "min":
            rate, limit, broken, kept = 1 - rate, 1 - limit, kept, broken
        where = broken if above else kept if below else f"not shown to be {kept}"
        return f"{self.metric.called} is {rate:.2%}, {where} its limit {limit:.2%}"

    def _by_looks(self, value: float, worse: bool, good: bool) -> tuple[bool, bool, str]:
        """Argo's way: looks that break a limit are counted."""
        limit = self.metric.limit
        assert limit is not None
        broke = value > limit if self.metric.side == "max" else value < limit
        self._broken += broke
        failed = self._broken > self.metric.failure_limit
        let = f"{self.metric.failure_limit} are let pass"
        told = f"{self.metric.called} broke its limit {limit:g} in {self._broken} looks, {let}"
        return worse or failed, good and not broke and not failed, told

    def _state(self) -> dict[str, Any]:
        return {
            "ratio": self._ratio and self._ratio.state(),
            "limit": self._limit and self._limit.state(),
            "broken": self._broken,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        if self._ratio:
            self._ratio.restore(state["ratio"])
        if self._limit:
            self._limit.restore(state["limit"])
        self._broken = int(state["broken"])


def _told(value: float) -> str:
    return f"{value:g}" if is_number(value) else "a number too large, or none, of"


def observer(metric: Metric, plan: Plan) -> Observer:
    """What observes a metric."""
    return Rate(metric, plan) if metric.kind == "rate" else Value(metric, plan)
