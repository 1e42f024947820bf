"""Is a stream's rate of bad events above a limit, told at any look? Or proven to be below it?

Under the hypothesis that the rate is at most L, each look of n events with x bad ones gives against an alternative q the
likelihood ratio (q/L)^x ((1-q)/(1-L))^(n-x); mixtures of their products are e-processes. Tempered as in `rateratio`, and
the looks must say the same as the counts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlops_gates.records import dataclass
from mlops_gates.stats.agreement import NOISE, UNMOVED, Agreement, Flags, noisy
from mlops_gates.stats.eprocess import POINTS, Dispersion, Mixture, Runs, log_mean


@dataclass(frozen=True)
class Against:
    """After a look, per run: logarithms of e-values, and whether the rate is shown to lie above or below the limit.

    It is below while the last ten looks agree, and nothing speaks for a rate that came to lie above.
    """

    log_above: Runs
    log_below: Runs
    above: Flags
    below: Flags


class LimitRate:
    """One stream of counts against a limit in 0–1, both ends left out."""

    def __init__(self, limit: float, alpha: float, beta: float, looks: int, runs: int = 1) -> None:
        if not 0 < limit < 1:
            raise ValueError(f"a limit of a rate lies between 0 and 1, not at {limit}")
        self.limit, self.alpha, self.beta = limit, alpha, beta
        self._above, self._below = Mixture(runs, looks), Mixture(runs, 1)
        self._dispersion = Dispersion(runs)
        self._agreement = Agreement(alpha, beta, looks, 1, runs)
        self._recent: Runs = np.zeros(runs)
        self.seen = 0
        self.bad: Runs = np.zeros(runs)
        self.all: Runs = np.zeros(runs)
        odds = math.log(limit / (1 - limit))
        steps = np.geomspace(0.2, 4.0, POINTS)
        self._higher = (1 / (1 + np.exp(-(odds + steps))))[None, :]
        self._lower = (1 / (1 + np.exp(-(odds - steps))))[None, :]

    def look(self, n: Any, x: Any) -> Against:
        """One look: events and bad ones, numbers or arrays of the shape (runs,); n > 0."""
        n, x = (np.asarray(one, dtype=float) + np.zeros_like(self.bad) for one in (n, x))
        self.seen += 1
        self.bad, self.all = self.bad + x, self.all + n
        rate = (self.bad + 0.5) / (self.all + 1)
        phi = self._dispersion.found[:, None]
        self._dispersion.add(x / n, rate * (1 - rate) / n)
        above = self._above.add(self._ratios(self._higher, n[:, None], x[:, None]) / phi)
        kept = self._ratios(self._lower, n[:, None], x[:, None]) / phi
        below = self._below.add(kept)
        self._recent = 0.9 * self._recent + log_mean(kept)
        agrees, keeps = self._agrees(n, x)
        agreed = (below >= -math.log(self.beta)) & keeps & (above < math.log(1.5)) & (self._recent > 0)
        return Against(above, below, (above >= -math.log(self.alpha)) & agrees, agreed)

    def _agrees(self, n: Runs, x: Runs) -> tuple[Flags, Flags]:
        """Whether the looks say that the rate is above the limit, and below it, or need not."""
        above, below = self._agreement.add(x / n - self.limit, self.limit - x / n, 1 / n)
        rate = (self.bad + 0.5) / self.all
        unmoved = NOISE**2 * self.limit * self.all / self.seen < UNMOVED
        grave = np.log(rate / self.limit) >= math.log(2) + noisy(self.alpha, self.seen, 1)
        return above | grave | unmoved, below | unmoved

    def _ratios(self, q: Any, n: Any, x: Any) -> Any:
        return x * np.log(q / self.limit) + (n - x) * np.log((1 - q) / (1 - self.limit))

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        parts = {name: getattr(self, f"_{name}").state() for name in ("above", "below", "dispersion", "agreement")}
        sums = {"bad": self.bad.tolist(), "all": self.all.tolist(), "recent": self._recent.tolist(), "seen": self.seen}
        return {**parts, **sums}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        for name in ("above", "below", "dispersion", "agreement"):
            getattr(self, f"_{name}").restore(state[name])
        self.bad, self.all = np.array(state["bad"], dtype=float), np.array(state["all"], dtype=float)
        self._recent = np.array(state["recent"], dtype=float)
        self.seen = int(state["seen"])
