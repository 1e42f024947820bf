"""What a mean shows: seconds, money, scores, against the baseline's, against a limit, or both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mlops_gates.gates.canary.observing import Observer, Seen, is_number
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Arm, Look, Moments
from mlops_gates.stats.meandifference import Difference, MeanDifference

_ROUNDING = 1e-9
"""Share of a mean by which two means may differ only because they were summed up otherwise."""


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
            if not (is_number(arms[arm].n) and is_number(arms[arm].total / arms[arm].n)):
                return f"a mean of the {arm} that is no number"
        return ""

    def _seen(self, look: Look) -> Seen:
        arms = look.values[self.metric.name]
        mean = arms[CANARY].total / arms[CANARY].n
        worse, good, words, evidence = False, True, [], -9.0
        baseline = ratio = smallest = None
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
            smallest = self._smallest(known)
            if smallest is not None and not worse and not good:
                shown = f"{smallest:.2f}" if math.isfinite(smallest) else "none"
                words[-1] += f"; the smallest ratio that this traffic could have shown is {shown}"
        if self.metric.limit is not None:
            broke = mean > self.metric.limit if self.metric.side == "max" else mean < self.metric.limit
            self._broken += broke
            failed = self._broken > self.metric.failure_limit
            worse, good = worse or failed, good and not broke and not failed
            words.append(
                f"{self.metric.name} is {mean:.4g}, its limit {self.metric.limit:g}, broken in {self._broken} looks"
            )
        return Seen(worse, good, "; ".join(words), "", evidence, baseline, mean, ratio, smallest)

    def _smallest(self, known: float) -> float | None:
        """The ratio to the baseline's mean, below 1 where less is worse; None where the mean is not above 0."""
        assert self._test
        if known <= 0:
            return None
        share = self._test.smallest() / known
        return 1 + share if self.metric.worse == "more" else 1 - share if share < 1 else math.inf

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
