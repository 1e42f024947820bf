"""What one metric shows: a rate or a value, against the baseline, against a limit, or both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Arm, Look, Moments
from mlops_gates.records import dataclass
from mlops_gates.stats.limitrate import LimitRate
from mlops_gates.stats.meandifference import Difference, MeanDifference
from mlops_gates.stats.rateratio import Evidence, RateRatio


@dataclass(frozen=True)
class Seen:
    """After one look. `worse` rolls back, `good` may promote, `why` says either or what is open; `silent` why nothing was seen.

    `evidence` is the e-value for "worse" as a share of what rolls back, on the scale of its logarithm; it is below 1 until
    it does. `baseline` and `canary` are the rates or means of this look, `ratio` the canary's over the baseline's so far,
    each look compared within itself, `smallest` the smallest ratio that the looks so far could have shown.
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


_TOO_FEW = 10
"""Expected bad ones of the canary, below which no ratio can be shown to be good enough."""
_HUGE = 1e15
_ROUNDING = 1e-9
"""Share of a mean by which two means may differ only because they were summed up otherwise."""


def _number(value: float) -> bool:
    """Whether a number can be calculated with: not nan, and not so large that a count of it is no longer exact."""
    return abs(value) < _HUGE


def _stored(value: float | None) -> float | str | None:
    """A number for JSON, which has none for infinity."""
    return str(value) if value is not None and math.isinf(value) else value


def _told(value: float) -> str:
    return f"{value:g}" if _number(value) else "a number too large, or none, of"


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
        last = self.last and {**vars(self.last), "smallest": _stored(self.last.smallest)}
        return {**self._state(), "last": last}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        self._restore(state)
        last = state["last"]
        smallest = None if last is None or last["smallest"] is None else float(last["smallest"])
        self.last = None if last is None else Seen(**{**last, "smallest": smallest})

    def _state(self) -> dict[str, Any]:
        raise NotImplementedError

    def _restore(self, state: dict[str, Any]) -> None:
        raise NotImplementedError


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
            if not (_number(arms[arm].n) and 0 <= arms[arm].bad <= arms[arm].n):
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
            return f"{self.metric.name} is worse: {rate}"
        if good:
            return f"{self.metric.name} is less than {self.metric.margin:g} times the baseline's rate ({rate})"
        shown = f"{smallest:.2f}" if math.isfinite(smallest) else "none"
        return f"{self.metric.name} is open: {rate}; the smallest ratio that this traffic could have shown is {shown}"

    def _of_limit(self, above: bool, below: bool) -> str:
        assert self._limit
        rate = float(self._limit.bad[0] / self._limit.all[0])
        broken, kept, limit = "above", "below", self._limit.limit
        if self.metric.side == "min":
            rate, limit, broken, kept = 1 - rate, 1 - limit, kept, broken
        where = broken if above else kept if below else f"not shown to be {kept}"
        return f"{self.metric.name} is {rate:.2%}, {where} its limit {limit:.2%}"

    def _by_looks(self, value: float, worse: bool, good: bool) -> tuple[bool, bool, str]:
        """Argo's way: looks that break a limit are counted."""
        limit = self.metric.limit
        assert limit is not None
        broke = value > limit if self.metric.side == "max" else value < limit
        self._broken += broke
        failed = self._broken > self.metric.failure_limit
        told = f"{self.metric.name} broke its limit {limit:g} in {self._broken} looks, {self.metric.failure_limit} are let pass"
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
        self._sums = [0.0, 0.0, 0.0]
        self._broken = 0

    def _lacks(self, look: Look) -> str:
        arms = look.values.get(self.metric.name, {})
        for arm in (BASELINE, CANARY) if self.metric.against_baseline else (CANARY,):
            if arm not in arms or not arms[arm].n > 0:
                return f"no word of the {arm}"
            if not (_number(arms[arm].n) and _number(arms[arm].total / arms[arm].n)):
                return f"a mean of the {arm} that is no number"
        return ""

    def _seen(self, look: Look) -> Seen:
        arms = look.values[self.metric.name]
        mean = arms[CANARY].total / arms[CANARY].n
        worse, good, words, evidence = False, True, [], -9.0
        baseline = ratio = None
        if self._test:
            baseline = arms[BASELINE].total / arms[BASELINE].n
            known, mine = self._means(arms, baseline, mean)
            ratio = mine / known if known else None
            found = self._compared(arms, known, baseline, mean)
            worse, good = bool(found.worse[0]), bool(found.good[0])
            evidence = float(max(evidence, found.log_worse[0] / -math.log(self._settings.alpha)))
            evidence = evidence if worse else min(evidence, 0.99)
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

    def _means(self, arms: Mapping[Arm, Moments], baseline: float, mean: float) -> tuple[float, float]:
        """Both arms' means so far. Each look counts for both alike, whatever the split was, so that a mean that moves while
        the traffic is being shifted is no difference of the arms."""
        weight = 1 / (1 / arms[BASELINE].n + 1 / arms[CANARY].n)
        self._sums = [one + weight * add for one, add in zip(self._sums, (baseline, mean, 1.0), strict=True)]
        return self._sums[0] / self._sums[2], self._sums[1] / self._sums[2]

    def _compared(self, arms: Mapping[Arm, Moments], known: float, baseline: float, mean: float) -> Difference:
        assert self._test
        self._test.margin = abs(known) * (self.metric.margin - 1)
        self._test.allowed = abs(known) * (self.metric.tolerance - 1)
        sign = 1.0 if self.metric.worse == "more" else -1.0
        variance = 1 / arms[BASELINE].n + 1 / arms[CANARY].n
        return self._test.look(sign * (mean - baseline), variance, _ROUNDING * max(abs(baseline), abs(mean)))

    def _state(self) -> dict[str, Any]:
        return {"test": self._test and self._test.state(), "sums": self._sums, "broken": self._broken}

    def _restore(self, state: dict[str, Any]) -> None:
        if self._test:
            self._test.restore(state["test"])
        self._sums, self._broken = list(state["sums"]), int(state["broken"])


def observer(metric: Metric, plan: Plan) -> Observer:
    """What observes a metric."""
    return Rate(metric, plan) if metric.kind == "rate" else Value(metric, plan)
