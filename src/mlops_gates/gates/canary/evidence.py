"""What one metric shows: a rate or a value, against the baseline, against a limit, or both."""

from __future__ import annotations

import math
from typing import Any

from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Look
from mlops_gates.records import dataclass
from mlops_gates.stats.limitrate import LimitRate
from mlops_gates.stats.meandifference import MeanDifference
from mlops_gates.stats.rateratio import RateRatio, detectable


@dataclass(frozen=True)
class Seen:
    """After one look. `worse` rolls back, `good` may promote, `why` says either or what is open; `silent` why nothing was seen.

    `evidence` is the e-value for "worse" as a share of what rolls back (1 reaches it), on the scale of its logarithm;
    `baseline` and `canary` are the rates or means of this look, `ratio` the canary's over the baseline's so far, `smallest`
    the smallest ratio that the looks so far could have shown.
    """

    worse: bool
    good: bool
    why: str
    silent: str = ""
    evidence: float = 0.0
    baseline: float | None = None
    canary: float | None = None
    ratio: float | None = None
    smallest: float | None = None


class Observer:
    """One metric of one canary. `last` is what it saw last."""

    def __init__(self, metric: Metric, plan: Plan) -> None:
        self.metric, self.plan = metric, plan
        self.last: Seen | None = None

    def look(self, look: Look) -> Seen:
        """What this look shows of the metric."""
        silent = look.errors.get(self.metric.name) or self._lacks(look)
        found = Seen(False, False, silent, silent) if silent else self._seen(look)
        self.last = found
        return found

    def _lacks(self, look: Look) -> str:
        raise NotImplementedError

    def _seen(self, look: Look) -> Seen:
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        raise NotImplementedError

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        raise NotImplementedError


class Rate(Observer):
    """Bad ones among all."""

    def __init__(self, metric: Metric, plan: Plan) -> None:
        super().__init__(metric, plan)
        self._settings = plan.settings(metric)
        self._ratio = RateRatio(self._settings) if metric.against_baseline else None
        alpha = self._settings.alpha + self._settings.alpha_fast
        by_evidence = metric.limit is not None and metric.judged_by == "evidence" and 0 < metric.limit < 1
        self._limit = (
            LimitRate(metric.limit, alpha, self._settings.beta, self._settings.looks)
            if by_evidence and metric.limit is not None
            else None
        )
        self._broken = 0

    def _lacks(self, look: Look) -> str:
        arms = look.counts.get(self.metric.name, {})
        for arm in (BASELINE, CANARY) if self.metric.against_baseline else (CANARY,):
            if arm not in arms:
                return f"no word of the {arm}"
            if arms[arm].n <= 0:
                return f"no requests of the {arm}"
            if not 0 <= arms[arm].bad <= arms[arm].n:
                return f"{arms[arm].bad} bad ones among {arms[arm].n} requests of the {arm}"
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
            baseline, ratio, smallest = (
                there.bad / there.n,
                self._estimate(),
                self._smallest(float(found.dispersion[0])),
            )
            worse, good = bool(found.worse[0] or found.fast[0]), bool(found.good[0])
            bounds = (
                found.log_worse[0] / -math.log(self._settings.alpha),
                found.log_fast[0] / -math.log(self._settings.alpha_fast),
            )
            evidence = float(max(bounds))
            words.append(self._told(worse, good, ratio, smallest))
        if self._limit:
            against = self._limit.look(canary.n, canary.bad)
            # Where bad ones are too rare for a ratio, a limit that is shown to be kept is enough, unless something speaks
            # for a canary that is worse.
            unsuspicious = good or evidence < 0.1
            worse, good = worse or bool(against.above[0]), unsuspicious and bool(against.below[0])
            evidence = max(evidence, float(against.log_above[0] / -math.log(self._limit.alpha)))
            words.append(self._of_limit(bool(against.above[0]), bool(against.below[0])))
        elif self.metric.limit is not None:
            worse, good, told = self._by_looks(rate, worse, good)
            words.append(told)
        return Seen(worse, good, "; ".join(words), "", max(evidence, -9.0), baseline, rate, ratio, smallest)

    def _estimate(self) -> float | None:
        assert self._ratio
        bad_b, all_b, bad_c, all_c = (
            float(getattr(self._ratio, name)[0]) for name in ("bad_b", "all_b", "bad_c", "all_c")
        )
        return (bad_c / all_c) / (bad_b / all_b) if bad_b and all_b and all_c else None

    def _smallest(self, dispersion: float) -> float:
        assert self._ratio
        seen = self._ratio.seen
        bad_b, all_b, all_c = (float(getattr(self._ratio, name)[0]) for name in ("bad_b", "all_b", "all_c"))
        return detectable(self._settings, all_b / seen, all_c / seen, (bad_b + 0.5) / (all_b + 1), seen, dispersion)

    def _told(self, worse: bool, good: bool, ratio: float | None, smallest: float) -> str:
        rate = "the baseline has none" if ratio is None else f"{ratio:.2f} times the baseline's rate"
        if worse:
            return f"{self.metric.name} is worse: {rate}"
        if good:
            return f"{self.metric.name} is less than {self.metric.margin:g} times the baseline's rate ({rate})"
        shown = f"{smallest:.2f}" if math.isfinite(smallest) else "none"
        return f"{self.metric.name} is open: {rate}; the smallest ratio that this traffic could have shown is {shown}"

    def _of_limit(self, above: bool, below: bool) -> str:
        assert self._limit
        rate = float(self._limit.bad[0] / self._limit.all[0])
        where = "above" if above else "below" if below else "not shown to be below"
        return f"{self.metric.name} is {rate:.2%}, {where} its limit {self._limit.limit:.2%}"

    def _by_looks(self, value: float, worse: bool, good: bool) -> tuple[bool, bool, str]:
        """Argo's way: looks that break a limit are counted."""
        limit = self.metric.limit
        assert limit is not None
        broke = value > limit if self.metric.side == "max" else value < limit
        self._broken += broke
        failed = self._broken > self.metric.failure_limit
        told = f"{self.metric.name} broke its limit {limit:g} in {self._broken} looks, {self.metric.failure_limit} are let pass"
        return worse or failed, good and not broke and not failed, told

    def state(self) -> dict[str, Any]:
        return {
            "ratio": self._ratio and self._ratio.state(),
            "limit": self._limit and self._limit.state(),
            "broken": self._broken,
        }

    def restore(self, state: dict[str, Any]) -> None:
        if self._ratio:
            self._ratio.restore(state["ratio"])
        if self._limit:
            self._limit.restore(state["limit"])
        self._broken = int(state["broken"])


class Value(Observer):
    """Means: seconds, money, scores."""

    def __init__(self, metric: Metric, plan: Plan) -> None:
        super().__init__(metric, plan)
        settings = self._settings = plan.settings(metric)
        self._test = (
            MeanDifference(0.0, settings.alpha, settings.beta, settings.looks, max(5, settings.first), settings.bake)
            if metric.against_baseline
            else None
        )
        self._sums = [0.0, 0, 0.0, 0]
        self._broken = 0

    def _lacks(self, look: Look) -> str:
        arms = look.values.get(self.metric.name, {})
        for arm in (BASELINE, CANARY) if self.metric.against_baseline else (CANARY,):
            if arm not in arms or arms[arm].n <= 0:
                return f"no word of the {arm}"
            if not math.isfinite(arms[arm].total):
                return f"a mean of the {arm} that is no number"
        return ""

    def _seen(self, look: Look) -> Seen:
        arms = look.values[self.metric.name]
        mean = arms[CANARY].total / arms[CANARY].n
        worse, good, words, evidence = False, True, [], -9.0
        baseline = ratio = None
        if self._test:
            baseline = arms[BASELINE].total / arms[BASELINE].n
            self._sums[0] += arms[BASELINE].total
            self._sums[1] += arms[BASELINE].n
            self._sums[2] += arms[CANARY].total
            self._sums[3] += arms[CANARY].n
            known, mine = self._sums[0] / self._sums[1], self._sums[2] / self._sums[3]
            ratio = mine / known if known else None
            sign = 1.0 if self.metric.worse == "more" else -1.0
            self._test.margin = abs(known) * (self.metric.margin - 1)
            found = self._test.look(sign * (mean - baseline))
            worse, good = bool(found.worse[0]), bool(found.good[0])
            evidence = float(max(evidence, found.log_worse[0] / -math.log(self._settings.alpha)))
            state = "worse" if worse else "good enough" if good else "open"
            words.append(f"{self.metric.name} is {state}: a mean of {mine:.4g} against {known:.4g}")
        if self.metric.limit is not None:
            broke = mean > self.metric.limit if self.metric.side == "max" else mean < self.metric.limit
            self._broken += broke
            failed = self._broken > self.metric.failure_limit
            worse, good = worse or failed, good and not broke and not failed
            words.append(
                f"{self.metric.name} is {mean:.4g}, its limit {self.metric.limit:g}, broken in {self._broken} looks"
            )
        return Seen(worse, good, "; ".join(words), "", evidence, baseline, mean, ratio)

    def state(self) -> dict[str, Any]:
        return {"test": self._test and self._test.state(), "sums": self._sums, "broken": self._broken}

    def restore(self, state: dict[str, Any]) -> None:
        if self._test:
            self._test.restore(state["test"])
        self._sums, self._broken = list(state["sums"]), int(state["broken"])


def observer(metric: Metric, plan: Plan) -> Observer:
    """What observes a metric."""
    return Rate(metric, plan) if metric.kind == "rate" else Value(metric, plan)
