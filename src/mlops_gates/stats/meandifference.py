"""Is one stream's mean above another's, told at any look? For values such as seconds, money or scores.

Each look gives the difference of the arms' means; over its standard deviation, estimated from successive differences
(von Neumann), it is about normal, and exp(l z - l^2/2) with l > 0 is an e-process while the mean of z is at most 0. It is
asymptotic: valid for the many requests of a look, and from the tenth look on (Waudby-Smith et al. 2021, Time-uniform central
limit theory; the mixture over l and over the look of the change as in `eprocess`).

What is not normal is kept from deciding: z counts for at most 2, so that one request of great value is no fault, and what
the variance is told by the larger of several estimates (`_Spread`), so that less traffic, or looks that resemble each
other, are none.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlops_gates.records import dataclass
from mlops_gates.stats.eprocess import FROM_START, POINTS, Mixture, Runs, log_mean

_FEWEST = 4
_MOST = 2.0
"""What one look may say at most, in standard deviations. Only evidence is cut, so that it never becomes more."""
_OFTEN = 0.8416
"""The normal quantile of 80 %."""
_LEANS = np.geomspace(0.1, 3.0, POINTS)[None, :]
"""Alternatives: means of z."""
_LAGS = (1, 4)
"""Differences to the look before see a fault least; those to four looks before see what fades slowly from look to look."""


@dataclass(frozen=True)
class Difference:
    """After a look, per run: logarithms of e-values, and which bounds are reached."""

    log_worse: Runs
    log_good: Runs
    worse: np.ndarray[Any, np.dtype[np.bool_]]
    good: np.ndarray[Any, np.dtype[np.bool_]]


class MeanDifference:
    """Two streams of means. Worse is more; give negated values where more is better.

    `allowed` is how much more is no reason for a rollback, `margin` how much more is good enough, in the unit of the metric.
    """

    def __init__(
        self, margin: float, alpha: float, beta: float, looks: int, first: int = 10, bake: int = 40, runs: int = 1
    ) -> None:
        self.margin, self.alpha, self.beta, self.first, self.bake = margin, alpha, beta, first, bake
        self.allowed: float | Runs = 0.0
        self._worse, self._good = Mixture(runs, looks), Mixture(runs, 1)
        self._spread = _Spread(runs)
        self._recent: Runs = np.zeros(runs)
        self.spread: Runs = np.zeros(runs)
        self.seen = 0

    def look(self, difference: Any, variance: Any = 1.0, resolution: Any = 0.0) -> Difference:
        """One look: the canary's mean less the baseline's, a number or an array of the shape (runs,).

        `variance` is that of this difference as far as the traffic tells it, up to a factor: 1/n_b + 1/n_c. Spreads below
        `resolution` are rounding errors.
        """
        difference, variance, resolution = (
            np.asarray(one, dtype=float) + np.zeros_like(self._recent) for one in (difference, variance, resolution)
        )
        self.seen += 1
        spread = self.spread = np.maximum(self._spread.add(difference, variance), np.maximum(resolution, 1e-150))
        if self.seen <= _FEWEST:
            zero = np.zeros_like(self._recent)
            return Difference(zero, zero, zero > 0, zero > 0)
        z = np.clip((difference - self.allowed) / spread, -30, _MOST)[:, None]
        better = np.clip((self.margin - difference) / spread, -30, _MOST)[:, None]
        log_worse = self._worse.add(_LEANS * z - _LEANS**2 / 2)
        increments = _LEANS * better - _LEANS**2 / 2
        log_good = self._good.add(increments)
        self._recent = 0.9 * self._recent + log_mean(increments)
        worse = (log_worse >= -math.log(self.alpha)) & (self.seen >= self.first)
        good = (log_good >= -math.log(self.beta)) & (log_worse < math.log(1.5)) & (self._recent > 0)
        return Difference(log_worse, log_good, worse, good & (self.seen >= self.bake))

    def smallest(self, run: int = 0) -> float:
        """The smallest difference that the looks so far could have shown with a chance of about 80 %, in the unit of the
        metric; inf where there is none."""
        looks = self.seen - _FEWEST
        if looks < 1 or self.seen < self.first:
            return math.inf
        tried = np.geomspace(0.05, 6.0, 60)
        # The mean of what is cut off at _MOST.
        over = tried - _MOST
        above = np.array([0.5 * (1 + math.erf(one / math.sqrt(2))) for one in over])
        mean = tried - over * above - np.exp(-(over**2) / 2) / math.sqrt(2 * math.pi)
        told = looks * (np.outer(mean, _LEANS[0]) - _LEANS**2 / 2) - _OFTEN * math.sqrt(looks) * _LEANS
        shown = np.flatnonzero(log_mean(told) + math.log(FROM_START) >= -math.log(self.alpha))
        if not len(shown):
            return math.inf
        allowed = np.broadcast_to(self.allowed, self.spread.shape)[run]
        return float(allowed + tried[shown[0]] * self.spread[run])

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        parts = {name: getattr(self, f"_{name}").state() for name in ("worse", "good", "spread")}
        return {**parts, "recent": self._recent.tolist(), "seen": self.seen}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        for name in ("worse", "good", "spread"):
            getattr(self, f"_{name}").restore(state[name])
        self._recent = np.array(state["recent"], dtype=float)
        self.seen = int(state["seen"])


class _Spread:
    """The standard deviation of a look's difference: the largest of what two lags say, in two ways each.

    Half the mean square of differences is right where looks vary by what each of them is like; over what the traffic tells of
    the variance, and times that of this look, where they vary by counting, so that less traffic is more spread.
    """

    def __init__(self, runs: int) -> None:
        self._past: list[tuple[Runs, Runs]] = []
        self._plain = np.zeros((len(_LAGS), runs))
        self._scaled = np.zeros((len(_LAGS), runs))
        self._counts = [0] * len(_LAGS)

    def add(self, difference: Runs, variance: Runs) -> Runs:
        """After one more look; 0 for the first."""
        found: Runs = np.zeros_like(difference)
        for place, lag in enumerate(_LAGS):
            if len(self._past) >= lag:
                before, then = self._past[-lag]
                square = (difference - before) ** 2
                self._plain[place] += square / 2
                self._scaled[place] += square / (variance + then)
                self._counts[place] += 1
            # A lag of four has few differences at first, of which the largest would be taken.
            if count := self._counts[place]:
                told = np.maximum(self._plain[place], self._scaled[place] * variance) / count
                found = np.maximum(found, np.sqrt(told) * (1 + 1 / count) if place == 0 else np.sqrt(told))
        self._past = [*self._past, (difference, variance)][-max(_LAGS) :]
        return found

    def state(self) -> dict[str, Any]:
        past = [[one.tolist(), variance.tolist()] for one, variance in self._past]
        return {
            "past": past,
            "plain": self._plain.tolist(),
            "scaled": self._scaled.tolist(),
            "counts": list(self._counts),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._past = [(np.array(one, dtype=float), np.array(variance, dtype=float)) for one, variance in state["past"]]
        self._plain, self._scaled = (np.array(state[name], dtype=float) for name in ("plain", "scaled"))
        self._counts = [int(one) for one in state["counts"]]
