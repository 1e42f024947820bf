"""Is the mean of differences above zero, told at any look? By a confidence sequence of their running mean.

With t differences of mean m and standard deviation s, m - s sqrt(2 (t r^2 + 1) / (t^2 r^2) ln(1 + sqrt(t r^2 + 1) / (2 a)))
lies above the true mean at any t with a chance of about a (one-sided asymptotic confidence sequence; Waudby-Smith, Arbour,
Sinha, Kennedy, Ramdas 2021, Time-uniform central limit theory). What strikes both streams of a pair alike cancels out, and how
much they vary is taken from the differences themselves, whatever counting explains.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlops_gates.stats.eprocess import Runs

_WIDTH = 1.0
"""r: the sequence is narrowest at about 3 / r^2 differences."""


class PairedSequence:
    """Differences, look by look; arrays of the shape (runs,)."""

    def __init__(self, alpha: float, runs: int = 1) -> None:
        self.alpha = alpha
        self.seen = 0
        self._mean: Runs = np.zeros(runs)
        self._squares: Runs = np.zeros(runs)

    def add(self, difference: Runs) -> Runs:
        """The lower end for the mean after one more difference; -inf after the first."""
        self.seen += 1
        step = difference - self._mean
        self._mean = self._mean + step / self.seen
        self._squares = self._squares + step * (difference - self._mean)
        if self.seen < 2:
            return np.full_like(self._mean, -np.inf)
        found: Runs = self._mean - np.sqrt(self._squares / self.seen) * width(self.seen, self.alpha)
        return found

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        return {"seen": self.seen, "mean": self._mean.tolist(), "squares": self._squares.tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        self.seen = int(state["seen"])
        self._mean, self._squares = (np.array(state[name], dtype=float) for name in ("mean", "squares"))


def width(looks: int, alpha: float) -> float:
    """How far the lower end lies below the mean, in standard deviations of one difference; inf for the first.

    A standard deviation of few differences is not known, for which it is widened by (t / (t - 1))^2.
    """
    if looks < 2:
        return math.inf
    grown = looks * _WIDTH**2 + 1
    few = (looks / (looks - 1)) ** 2
    return few * math.sqrt(2 * grown / (looks * _WIDTH) ** 2 * math.log1p(math.sqrt(grown) / (2 * alpha)))
