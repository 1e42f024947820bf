"""Is one stream's mean above another's, told at any look? For values such as seconds, money or scores.

Each look gives the difference of the arms' means; over its standard deviation, estimated from successive differences
(von Neumann), it is about normal, and exp(l z - l^2/2) with l > 0 is an e-process while the mean of z is at most 0. It is
asymptotic: valid for the many requests of a look, and from the tenth look on (Waudby-Smith et al. 2021, Time-uniform central
limit theory; the mixture over l and over the look of the change as in `eprocess`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlops_gates.records import dataclass
from mlops_gates.stats.eprocess import POINTS, Mixture, Runs, log_mean

_FEWEST = 4


@dataclass(frozen=True)
class Difference:
    """After a look, per run: logarithms of e-values, and which bounds are reached."""

    log_worse: Runs
    log_good: Runs
    worse: np.ndarray[Any, np.dtype[np.bool_]]
    good: np.ndarray[Any, np.dtype[np.bool_]]


class MeanDifference:
    """Two streams of means. Worse is more; give negated values where more is better.

    `margin` is how much more is good enough, in the unit of the metric.
    """

    def __init__(
        self, margin: float, alpha: float, beta: float, looks: int, first: int = 10, bake: int = 40, runs: int = 1
    ) -> None:
        self.margin, self.alpha, self.beta, self.first, self.bake = margin, alpha, beta, first, bake
        self._worse, self._good = Mixture(runs, looks), Mixture(runs, 1)
        self._squares: Runs = np.zeros(runs)
        self._last: Runs = np.full(runs, np.nan)
        self._recent: Runs = np.zeros(runs)
        self.seen = 0

    def look(self, difference: Any) -> Difference:
        """One look: the canary's mean less the baseline's, a number or an array of the shape (runs,)."""
        difference = np.asarray(difference, dtype=float) + np.zeros_like(self._squares)
        self.seen += 1
        step = np.where(np.isfinite(self._last), difference - self._last, 0.0)
        self._squares, self._last = self._squares + step**2 / 2, difference
        if self.seen <= _FEWEST:
            zero = np.zeros_like(self._squares)
            return Difference(zero, zero, zero > 0, zero > 0)
        count = self.seen - 1
        spread = np.sqrt(np.maximum(self._squares / count, 1e-300)) * (1 + 1 / count)
        lean = np.geomspace(0.1, 3.0, POINTS)[None, :]
        z = np.clip(difference / spread, -30, 30)[:, None]
        better = np.clip((self.margin - difference) / spread, -30, 30)[:, None]
        log_worse = self._worse.add(lean * z - lean**2 / 2)
        increments = lean * better - lean**2 / 2
        log_good = self._good.add(increments)
        self._recent = 0.9 * self._recent + log_mean(increments)
        worse = (log_worse >= -math.log(self.alpha)) & (self.seen >= self.first)
        good = (log_good >= -math.log(self.beta)) & (log_worse < math.log(1.5)) & (self._recent > 0)
        return Difference(log_worse, log_good, worse, good & (self.seen >= self.bake))

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        last = [None if np.isnan(one) else float(one) for one in self._last]
        sums = {"squares": self._squares.tolist(), "recent": self._recent.tolist()}
        return {"worse": self._worse.state(), "good": self._good.state(), **sums, "last": last, "seen": self.seen}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        self._worse.restore(state["worse"])
        self._good.restore(state["good"])
        self._squares = np.array(state["squares"], dtype=float)
        self._recent = np.array(state["recent"], dtype=float)
        self._last = np.array([np.nan if one is None else one for one in state["last"]], dtype=float)
        self.seen = int(state["seen"])
