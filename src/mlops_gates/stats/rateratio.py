"""Is one stream's rate of bad events above another's, told at any look? And is it not above it by a margin?

While the canary's rate is at most r times the baseline's, each bad event of a look is the canary's with a chance of at most
p0 = r n_c / (r n_c + n_b), whatever the rates are (thinning of Poisson streams; Lindon and Malek 2022, Anytime-valid inference
for multinomial count data). Against an alternative e^d the events of a look give the likelihood ratio
(q/p0)^x_c ((1-q)/(1-p0))^x_b with q = e^d n_c / (e^d n_c + n_b). Its product over looks is an e-process; the traffic may be
split otherwise at every look. For binomial counts of any rate its mean is at most 1 as well, since
n ln(1 + p (e^s - 1)) <= n p (e^s - 1).

Streams vary more than counting explains, and with much traffic nothing else is left of what they vary. So the logarithm is
divided by that factor (`eprocess.Dispersion`), and the differences look by look must say the same as the counts
(`agreement.Agreement`), except where events are so rare that counting explains nearly all. The factor of a look is what the
looks before it told, and at least 1, so that the mean of a look's ratio stays at most 1 (Jensen): while requests are
independent, the guarantee is exact. Where each arm's rate has noise of its own, it is what simulations say.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from mlops_gates.records import dataclass
from mlops_gates.stats.agreement import NOISE, UNMOVED, Agreement, Flags, noisy
from mlops_gates.stats.eprocess import FROM_START, POINTS, Dispersion, Mixture, Runs, log_mean
from mlops_gates.stats.pairedsequence import width

_SMALLEST, _LARGEST = 0.3, 10.0
"""Alternatives of a worse rate lie between e^0.3 = 1.35 and 10 times the hypothesis, evenly on the scale of log log."""
_FORGETS, _DOUBT = 0.9, math.log(1.5)
"""Evidence for a promotion fades by this factor per look where it is asked whether the last ten looks agree; and above so
much evidence for a worse canary there is none."""
_PARTS = ("worse", "fast", "good", "dispersion", "agreement")
_SUMS = ("bad_b", "bad_c", "all_b", "all_c", "weight_b", "weight_c", "weight")


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
    worse: Flags
    fast: Flags
    good: Flags
    dispersion: Runs


class RateRatio:
    """Two streams of counts, look by look."""

    def __init__(self, settings: Settings, runs: int = 1) -> None:
        self.settings = settings
        self._worse = Mixture(runs, settings.looks)
        self._fast = Mixture(runs, 1)
        self._good = Mixture(runs, 1)
        self._recent: Runs = np.zeros(runs)
        self._dispersion = Dispersion(runs)
        self._agreement = Agreement(settings.alpha, settings.beta, settings.looks, settings.first, runs)
        for name in _SUMS:
            setattr(self, name, np.zeros(runs))
        self.seen = 0

    bad_b: Runs
    bad_c: Runs
    all_b: Runs
    all_c: Runs
    """Bad ones and requests of both arms so far."""
    weight_b: Runs
    weight_c: Runs
    weight: Runs
    """Bad ones of each arm, weighted with the other arm's share of the look, and requests weighted so."""

    def look(self, n_b: Any, x_b: Any, n_c: Any, x_c: Any) -> Evidence:
        """One look: requests and bad ones of baseline and canary, numbers or arrays of the shape (runs,).

        A look in which an arm has no requests tells nothing of their ratio and must not be given.
        """
        n_b, x_b, n_c, x_c = (np.asarray(one, dtype=float) + np.zeros_like(self.bad_b) for one in (n_b, x_b, n_c, x_c))
        self.seen += 1
        self._add(n_b, x_b, n_c, x_c)
        spread = (self.bad_c + 0.5) / self.all_c / n_c + (self.bad_b + 0.5) / self.all_b / n_b
        phi = self._dispersion.found
        self._dispersion.add(x_c / n_c - x_b / n_b, spread)
        told = self.settings
        counts = (n_b[:, None], x_b[:, None], n_c[:, None], x_c[:, None], phi[:, None])
        log_worse = self._worse.add(_ratios(told.tolerance, worse_than(told.tolerance), *counts))
        log_fast = self._fast.add(_ratios(told.catastrophe, worse_than(told.catastrophe), *counts))
        better = _ratios(told.margin, math.log(told.margin) - _steps(0.1), *counts)
        log_good = self._good.add(better)
        self._recent = _FORGETS * self._recent + log_mean(better)
        agrees, keeps = self._agrees(n_b, x_b, n_c, x_c)
        worse = (log_worse >= -math.log(told.alpha)) & agrees & (self.seen >= told.first)
        fast = (log_fast >= -math.log(told.alpha_fast)) & self._grave(agrees)
        good = (log_good >= -math.log(told.beta)) & keeps & (log_worse < _DOUBT) & (self._recent > 0)
        return Evidence(log_worse, log_fast, log_good, worse, fast, good & (self.seen >= told.bake), phi)

    def _add(self, n_b: Runs, x_b: Runs, n_c: Runs, x_c: Runs) -> None:
        self.bad_b, self.bad_c = self.bad_b + x_b, self.bad_c + x_c
        self.all_b, self.all_c = self.all_b + n_b, self.all_c + n_c
        share = n_c / (n_b + n_c)
        self.weight_b, self.weight_c = self.weight_b + x_b * share, self.weight_c + x_c * (1 - share)
        self.weight = self.weight + n_b * share

    @property
    def ratio(self) -> Runs:
        """The canary's rate over the baseline's so far, each look compared within itself; nan where the baseline has none.

        Mantel and Haenszel's (1959): rates that move while the traffic is being shifted do not enter it.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Runs = np.where(self.weight_b > 0, self.weight_c / self.weight_b, np.nan)
        return found

    def _agrees(self, n_b: Runs, x_b: Runs, n_c: Runs, x_c: Runs) -> tuple[Flags, Flags]:
        """Whether the differences look by look say that the canary is worse, and that it keeps the margin, or need not."""
        told, rate_b, rate_c = self.settings, x_b / n_b, x_c / n_c
        above, below = self._agreement.add(
            rate_c - told.tolerance * rate_b, told.margin * rate_b - rate_c, 1 / n_c + told.tolerance / n_b
        )
        rate, weight = (self.bad_b + 0.5) / self.all_b, self.weight / self.seen
        unmoved = 2 * NOISE**2 * rate * weight < UNMOVED
        return above | unmoved, below | unmoved

    def _grave(self, agrees: Flags) -> Flags:
        """Whether the ratio so far is more than two arms of noisy rates would show in so few looks."""
        ratio = np.log((self.weight_c + 0.25) / (self.weight_b + 0.25))
        told = self.settings
        least = math.log(told.catastrophe) + noisy(told.alpha_fast, self.seen, 2)
        found: Flags = (ratio >= least) & (agrees | (self.seen < told.first))
        return found

    def smallest(self, run: int = 0) -> float:
        """The smallest ratio that the looks so far could have shown, see `detectable`; inf where there is none."""
        bad, every, mine = (float(one[run]) for one in (self.bad_b, self.all_b, self.all_c))
        # The requests of a look that tells as much as these did on average, whose share changed on the way.
        scale = float(self.weight[run]) * (every + mine) / (every * mine)
        rate, phi = (bad + 0.5) / (every + 1), float(self._dispersion.found[run])
        n_b, n_c = every / self.seen * scale, mine / self.seen * scale
        return detectable(self.settings, n_b, n_c, rate, self.seen, phi)

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        parts = {name: getattr(self, f"_{name}").state() for name in _PARTS}
        sums = {name: getattr(self, name).tolist() for name in _SUMS}
        return {**parts, **sums, "recent": self._recent.tolist(), "seen": self.seen}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told. Raises ValueError, KeyError or TypeError where it is none."""
        for name in _PARTS:
            getattr(self, f"_{name}").restore(state[name])
        for name in _SUMS:
            setattr(self, name, np.array(state[name], dtype=float))
        self._recent = np.array(state["recent"], dtype=float)
        self.seen = int(state["seen"])


@cache
def _steps(smallest: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.geomspace(smallest, math.log(_LARGEST), POINTS)


@cache
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

    `n_b`, `n_c` are requests per look and `rate` the baseline's. By the mean and the variance of what the tests add up,
    where counts are so few that they are not about normal a rough one; a promotion on the way counts as not shown.
    """
    if not (min(n_b, n_c, rate) > 0 and looks >= 1 and math.isfinite(n_b + n_c)):
        return math.inf
    z = {0.5: 0.0, 0.8: 0.8416, 0.9: 1.2816, 0.95: 1.6449}[power]
    tried = settings.tolerance * np.exp(np.geomspace(0.005, math.log(100), 72))
    spare = _spare(settings, n_b, n_c, rate, looks, dispersion, z, tried)
    shown = np.flatnonzero(spare >= 0)
    if not len(shown):
        return math.inf
    after = max(1, int(shown[0]))
    before, part = after - 1, -spare[after - 1] / max(spare[after] - spare[after - 1], 1e-12)
    found = float(tried[before] * (tried[after] / tried[before]) ** np.clip(part, 0, 1))
    return found if found * rate <= 1 else math.inf


def _spare(
    settings: Settings, n_b: float, n_c: float, rate: float, looks: int, dispersion: float, z: float, ratios: Any
) -> Runs:
    """By how much more than is needed these ratios would be shown although the counts lie z standard deviations on the wrong
    side; below 0 where they would not be."""
    bad_b, bad_c = n_b * rate, n_c * rate * ratios[:, None]

    def evidence(null: float, alternatives: Any, after: int, side: float) -> Runs:
        share, other = null * n_c / (null * n_c + n_b), np.exp(alternatives) * n_c
        other = other / (other + n_b)
        a, b = np.log(other / share), np.log((1 - other) / (1 - share))
        mean, variance = bad_c * a + bad_b * b, bad_c * (a * a) + bad_b * (b * b)
        return log_mean(mean * (after / dispersion) - side * np.sqrt(variance * (after / dispersion)))

    worse, few = worse_than(settings.tolerance), min(looks, settings.first)
    # The fast test may have shown it in the first looks already.
    grave = math.log(settings.catastrophe) + noisy(settings.alpha_fast, few, 2)
    lowest = np.log(ratios) - z * np.sqrt(dispersion / few * (1 / bad_c[:, 0] + 1 / bad_b))
    fast = evidence(settings.catastrophe, worse_than(settings.catastrophe), few, z) + math.log(settings.alpha_fast)
    early: Runs = np.minimum(fast, lowest - grave)
    if looks < settings.first:
        return early
    slow = evidence(settings.tolerance, worse, looks, z) + math.log(FROM_START * settings.alpha)
    if settings.bake < looks:
        better = math.log(settings.margin) - _steps(0.1)
        unproven = -math.log(settings.beta) - evidence(settings.margin, better, looks, -z)
        doubtful = evidence(settings.tolerance, worse, settings.bake, z) + math.log(FROM_START) - _DOUBT
        slow = np.minimum(slow, np.maximum(doubtful, unproven))
    if 2 * NOISE**2 * rate * n_b * n_c / (n_b + n_c) >= UNMOVED:
        spread = np.sqrt(dispersion * rate * (ratios / n_c + settings.tolerance**2 / n_b))
        needed = spread * (z / math.sqrt(looks) + width(looks, settings.alpha))
        slow = np.minimum(slow, rate * (ratios - settings.tolerance) / needed - 1)
    found: Runs = np.maximum(slow, early)
    return found
