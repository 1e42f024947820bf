"""Is one stream's rate of bad events above another's, told at any look? And is it not above it by a margin?

While the canary's rate is at most r times the baseline's, each bad event of a look is the canary's with a chance of at most
p0 = r n_c / (r n_c + n_b), whatever the rates are (thinning of Poisson streams; Lindon and Malek 2022, Anytime-valid inference
for multinomial count data). Against an alternative e^d the events of a look give the likelihood ratio
(q/p0)^x_c ((1-q)/(1-p0))^x_b with q = e^d n_c / (e^d n_c + n_b). Its product over looks is an e-process; the traffic may be
split otherwise at every look. Where streams vary more than counting explains, the logarithm is divided by that factor
(`eprocess.Dispersion`), which is a quasi likelihood and no more exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlops_gates.records import dataclass
from mlops_gates.stats.eprocess import POINTS, Dispersion, Mixture, Runs, log_mean

_SMALLEST, _LARGEST = 0.3, 10.0
"""Alternatives of a worse rate lie between e^0.3 = 1.35 and 10 times the hypothesis, evenly on the scale of log log."""
_FORGETS = 0.9
"""Evidence for a promotion fades by this factor per look where it is asked whether the last ten looks agree."""


@dataclass(frozen=True)
class Settings:
    """What is tested. Ratios are the canary's rate over the baseline's.

    `tolerance`: above it is worse (rolled back with a chance of at most `alpha` while it is not); `catastrophe`: above it no
    minimum is waited for (`alpha_fast`); `margin`: below it is good enough (promoted with a chance of at most `beta` while it
    is not). `looks` are planned; `first` is the look from which the tolerance is judged, `bake` from which a promotion is.
    """

    tolerance: float = 1.0
    catastrophe: float = 2.0
    margin: float = 1.5
    alpha: float = 0.04
    alpha_fast: float = 0.01
    beta: float = 0.04
    looks: int = 60
    first: int = 10
    bake: int = 40


@dataclass(frozen=True)
class Evidence:
    """After a look, per run. Logarithms of e-values; `worse`, `fast`, `good` say which bounds are reached.

    `dispersion` is by how much the streams vary more than counting explains.
    """

    log_worse: Runs
    log_fast: Runs
    log_good: Runs
    worse: np.ndarray[Any, np.dtype[np.bool_]]
    fast: np.ndarray[Any, np.dtype[np.bool_]]
    good: np.ndarray[Any, np.dtype[np.bool_]]
    dispersion: Runs


class RateRatio:
    """Two streams of counts, look by look."""

    _WAITS, _VARIES, _LONGEST, _DOUBT = 15.0, 1.3, 40.0, math.log(1.5)

    def __init__(self, settings: Settings, runs: int = 1) -> None:
        self.settings = settings
        self._worse = Mixture(runs, settings.looks)
        self._fast = Mixture(runs, 1)
        self._good = Mixture(runs, 1)
        self._recent: Runs = np.zeros(runs)
        self._dispersion = Dispersion(runs)
        self.bad_b: Runs = np.zeros(runs)
        self.bad_c: Runs = np.zeros(runs)
        self.all_b: Runs = np.zeros(runs)
        self.all_c: Runs = np.zeros(runs)
        self.seen = 0

    def look(self, n_b: Any, x_b: Any, n_c: Any, x_c: Any) -> Evidence:
        """One look: requests and bad ones of baseline and canary, numbers or arrays of the shape (runs,).

        A look in which an arm has no requests tells nothing of their ratio and must not be given.
        """
        n_b, x_b, n_c, x_c = (np.asarray(one, dtype=float) + np.zeros_like(self.bad_b) for one in (n_b, x_b, n_c, x_c))
        self.seen += 1
        self.bad_b, self.bad_c = self.bad_b + x_b, self.bad_c + x_c
        self.all_b, self.all_c = self.all_b + n_b, self.all_c + n_c
        spread = (self.bad_c + 0.5) / self.all_c / n_c + (self.bad_b + 0.5) / self.all_b / n_b
        phi = self._dispersion.add(x_c / n_c - x_b / n_b, spread)
        told = self.settings
        counts = (n_b[:, None], x_b[:, None], n_c[:, None], x_c[:, None], phi[:, None])
        log_worse = self._worse.add(_ratios(told.tolerance, worse_than(told.tolerance), *counts))
        log_fast = self._fast.add(_ratios(told.catastrophe, worse_than(told.catastrophe), *counts))
        better = _ratios(told.margin, math.log(told.margin) - _steps(0.1), *counts)
        log_good = self._good.add(better)
        self._recent = _FORGETS * self._recent + log_mean(better)
        waits = np.clip(told.first + self._WAITS * np.maximum(phi - self._VARIES, 0), 0, self._LONGEST)
        worse = (log_worse >= -math.log(told.alpha)) & (self.seen >= waits)
        good = (log_good >= -math.log(told.beta)) & (log_worse < self._DOUBT) & (self._recent > 0)
        return Evidence(
            log_worse,
            log_fast,
            log_good,
            worse,
            log_fast >= -math.log(told.alpha_fast),
            good & (self.seen >= told.bake),
            phi,
        )

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        parts = {name: getattr(self, f"_{name}").state() for name in ("worse", "fast", "good", "dispersion")}
        sums = {name: getattr(self, name).tolist() for name in ("bad_b", "bad_c", "all_b", "all_c")}
        return {**parts, **sums, "recent": self._recent.tolist(), "seen": self.seen}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told. Raises ValueError, KeyError or TypeError where it is none."""
        for name in ("worse", "fast", "good", "dispersion"):
            getattr(self, f"_{name}").restore(state[name])
        for name in ("bad_b", "bad_c", "all_b", "all_c"):
            setattr(self, name, np.array(state[name], dtype=float))
        self._recent = np.array(state["recent"], dtype=float)
        self.seen = int(state["seen"])


def _steps(smallest: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.geomspace(smallest, math.log(_LARGEST), POINTS)


def worse_than(ratio: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Logarithms of the alternatives above a ratio, shape (POINTS,)."""
    found: np.ndarray[Any, np.dtype[np.float64]] = math.log(ratio) + _steps(_SMALLEST)
    return found


def _ratios(null: float, alternatives: Any, n_b: Any, x_b: Any, n_c: Any, x_c: Any, phi: Any) -> Any:
    """Tempered log likelihood ratios of one look, shape (runs, POINTS)."""
    share = null * n_c / (null * n_c + n_b)
    other = np.exp(alternatives)[None, :] * n_c
    other = other / (other + n_b)
    return (x_c * np.log(other / share) + x_b * np.log((1 - other) / (1 - share))) / phi


def detectable(
    settings: Settings, n_b: float, n_c: float, rate: float, looks: int, dispersion: float = 1.0, power: float = 0.8
) -> float:
    """The smallest ratio that would be rolled back within `looks` with a chance of about `power`; inf where there is none.

    `n_b`, `n_c` are requests per look and `rate` the baseline's. By the mean and the variance of the log likelihood ratio at
    the alternative itself; 1.5 is added for what the mixture spreads over neighbouring alternatives.
    """
    if min(n_b, n_c, rate) <= 0 or looks < 1:
        return math.inf
    z = {0.5: 0.0, 0.8: 0.8416, 0.9: 1.2816, 0.95: 1.6449}[power]

    def shown(ratio: float) -> bool:
        bad_b, bad_c = n_b * rate, n_c * rate * ratio
        null = settings.tolerance * n_c / (settings.tolerance * n_c + n_b)
        other = ratio * n_c / (ratio * n_c + n_b)
        a, b = math.log(other / null), math.log((1 - other) / (1 - null))
        mean, variance = looks * (bad_c * a + bad_b * b), looks * (bad_c * a * a + bad_b * b * b)
        wanted = -math.log(settings.alpha) - math.log(0.6) + 1.5
        return mean / dispersion - z * math.sqrt(variance / dispersion) >= wanted

    low, high = settings.tolerance * 1.0001, 100.0
    if not shown(high):
        return math.inf
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high
