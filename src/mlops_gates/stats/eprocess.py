"""Evidence that may be looked at as often as one likes: e-processes that begin at any look, tempered by what the streams vary.

An e-process is a non-negative process whose mean is at most 1 at every stopping time while the null hypothesis holds. By
Ville's inequality it reaches 1/alpha with a chance of at most alpha, however often it is looked at and whenever one stops
(Ville 1939; Howard et al. 2021, Time-uniform, nonparametric, nonasymptotic confidence sequences).

Every array has the shape (runs,): a gate judges one run, the simulation ten thousand at once with the same code. Memory does
not grow with the looks.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

Runs: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
Grid: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]

POINTS = 40
"""Alternatives in a mixture."""
FROM_START = 0.6
"""Share of the mixture that holds for what was wrong from the first look; the rest is for what begins later."""


class Mixture:
    """The mean of e-processes over alternatives and over the look at which the change begins.

    A process that has not begun is 1. For a change at look j with weight w_j the sum over j obeys
    A_t = L_t (A_{t-1} + w_t), so no start is stored (the recursion of the Shiryaev-Roberts statistic; Shin, Ramdas, Rinaldo
    2022, E-detectors). With `looks` = 1 all weight lies on the first look.
    """

    def __init__(self, runs: int, looks: int) -> None:
        self._later = (1 - FROM_START) / (looks - 1) if looks > 1 else 0.0
        self._first = FROM_START if looks > 1 else 1.0
        self._looks = looks
        self.seen = 0
        self._begun: Grid = np.full((runs, POINTS), -np.inf)
        self._left = 1.0

    def add(self, increments: Grid) -> Runs:
        """The natural logarithm of the e-process after one more look, whose log likelihood ratios these are."""
        weight = self._first if self.seen == 0 else self._later if self.seen < self._looks else 0.0
        self.seen += 1
        if weight:
            self._left = max(0.0, self._left - weight)
            self._begun = np.logaddexp(self._begun, math.log(weight))
        self._begun = self._begun + increments
        return np.logaddexp(log_mean(self._begun), math.log(self._left) if self._left > 1e-12 else -np.inf)

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        begun = [[None if one == -np.inf else one for one in row] for row in self._begun.tolist()]
        return {"seen": self.seen, "left": self._left, "begun": begun}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told. Raises ValueError where it is of another mixture."""
        begun = np.array([[-np.inf if one is None else one for one in row] for row in state["begun"]], dtype=float)
        if begun.shape != self._begun.shape:
            raise ValueError("the stored evidence is of another kind")
        self._begun, self._left, self.seen = begun, float(state["left"]), int(state["seen"])


def log_mean(logs: Grid) -> Runs:
    """The logarithm of the mean of what these are the logarithms of, over alternatives."""
    most = logs.max(axis=1)
    most = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        found: Runs = most + np.log(np.exp(logs - most[:, None]).mean(axis=1))
    return found


class Dispersion:
    """How much more the difference of two streams varies from look to look than counting alone explains; at least 1.

    Half the mean square of successive differences (von Neumann 1941), over what Poisson counts would give: a shift of the
    level does not enter it, so that a fault does not hide itself. Few looks tell little, so the estimate is raised by a
    factor 1 + 1/k after k differences, and one difference of the expected size is counted beforehand; before any it is 2.

    `found` is the factor so far. Evidence of a look is divided by the factor from before it: one that knows the look would
    weaken what speaks against a fault more than what speaks for it, and the mean of the evidence could come to exceed 1.
    """

    PRIOR, CAUTION = 1.0, 1.0

    def __init__(self, runs: int) -> None:
        self._squares: Runs = np.zeros(runs)
        self._count: Runs = np.zeros(runs)
        self._last: Runs = np.full(runs, np.nan)
        self._spread: Runs = np.zeros(runs)
        self.found: Runs = np.full(runs, 2.0)

    def add(self, difference: Runs, spread: Runs) -> Runs:
        """The factor after one more look with this difference and the variance that counting explains.

        A look whose difference is nan is passed over.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            square = (difference - self._last) ** 2 / (spread + self._spread)
        known = np.isfinite(square)
        self._squares = self._squares + np.where(known, square, 0.0)
        self._count = self._count + known
        here = np.isfinite(difference)
        self._last, self._spread = np.where(here, difference, self._last), np.where(here, spread, self._spread)
        raw = (self.PRIOR + self._squares) / (self.PRIOR + self._count)
        self.found = np.maximum(1.0, raw * (1 + self.CAUTION / np.maximum(1.0, self._count)))
        return self.found

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        last = [None if np.isnan(one) else float(one) for one in self._last]
        return {
            "squares": self._squares.tolist(),
            "count": self._count.tolist(),
            "last": last,
            "spread": self._spread.tolist(),
            "found": self.found.tolist(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        self._squares, self._count, self._spread, self.found = (
            np.array(state[name], dtype=float) for name in ("squares", "count", "spread", "found")
        )
        self._last = np.array([np.nan if one is None else one for one in state["last"]], dtype=float)
