"""How often the canary's judge rolls back and promotes, on drawn traffic, beside the rules of others.

    python benchmarks/canary_simulation.py [--runs 10000] [--seconds S] [--check] [--write docs/canary.md]

Sixty looks, one metric, default settings, 1 % errors. `busy` is 4,000 requests of the baseline and 1,000 of the canary per
look, `small` 450 and 50. The seed was fixed before the first run; a bound is met when the estimate is within two standard
errors of it. The judge is the one that the gate runs, on ten thousand runs at once. The others are drawn less often where
they are slow.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from page import measured_on, parser, publish, table

from mlops_gates.gates.canary.judge import Judge
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Count, Look
from mlops_gates.stats.rateratio import RateRatio, detectable

SEED, LOOKS, RATE = 20261121, 60, 0.01
NEVER = 10**6
BUSY, SMALL = (4000, 1000), (450, 50)


@dataclass(frozen=True)
class Cell:
    """Traffic: requests of both arms, the true ratio from the look `onset` on, and noise of each arm's own rate (CV)."""

    name: str
    traffic: tuple[int, int]
    ratio: float = 1.0
    noise: float = 0.0
    shocks: float = 0.0
    onset: int = 0


@dataclass(frozen=True)
class Outcome:
    """Per run the look of the rollback and of the promotion, NEVER where there was none."""

    rolled: np.ndarray
    promoted: np.ndarray

    def share(self, within: int = LOOKS) -> float:
        """Of runs that were rolled back within so many looks."""
        return float((self.rolled <= within).mean())

    @property
    def median(self) -> float:
        """Look of the rollback, over all runs; inf where fewer than half were."""
        middle = float(np.median(self.rolled))
        return middle if middle < NEVER else math.inf


CELLS = (
    Cell("A/A", BUSY),
    Cell("A/A, small", SMALL),
    Cell("A/A, each arm's own noise, CV 0.5", BUSY, noise=0.5),
    Cell("A/A, small, each arm's own noise, CV 0.5", SMALL, noise=0.5),
    Cell("A/A, common shocks, CV 0.5", BUSY, shocks=0.5),
    Cell("+10 %", BUSY, 1.1),
    Cell("+50 %", BUSY, 1.5),
    Cell("×5", BUSY, 5.0),
    Cell("+50 %, small", SMALL, 1.5),
    Cell("+100 %, small", SMALL, 2.0),
    Cell("×5, small", SMALL, 5.0),
    Cell("+50 % from look 20 on", BUSY, 1.5, onset=20),
)


def drawn(cell: Cell, runs: int, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Bad requests of baseline and canary, each of the shape (runs, LOOKS)."""
    rng = np.random.default_rng([SEED, place])
    ratio = np.where(np.arange(LOOKS) >= cell.onset, cell.ratio, 1.0)
    common = _noise(rng, cell.shocks, runs)
    baseline = RATE * common * _noise(rng, cell.noise, runs)
    canary = RATE * common * ratio * _noise(rng, cell.noise, runs)
    return rng.binomial(cell.traffic[0], np.minimum(baseline, 1)), rng.binomial(cell.traffic[1], np.minimum(canary, 1))


def _noise(rng: np.random.Generator, variation: float, runs: int) -> np.ndarray:
    """Factors with mean 1 and this coefficient of variation, each look its own."""
    shape = 1 / variation**2 if variation else 0
    return rng.gamma(shape, 1 / shape, (runs, LOOKS)) if variation else np.ones((runs, LOOKS))


def ours(cell: Cell, bad_b: np.ndarray, bad_c: np.ndarray) -> Outcome:
    """The gate's test of a rate, with its default settings."""
    plan = Plan((Metric("error_rate"),), looks=LOOKS)
    test = RateRatio(plan.settings(plan.metrics[0]), len(bad_b))
    rolled, promoted = np.full(len(bad_b), NEVER), np.full(len(bad_b), NEVER)
    for look in range(LOOKS):
        seen = test.look(cell.traffic[0], bad_b[:, look], cell.traffic[1], bad_c[:, look])
        rolled[_open(rolled, promoted) & (seen.worse | seen.fast)] = look + 1
        promoted[_open(rolled, promoted) & seen.good] = look + 1
    return Outcome(rolled, promoted)


def _open(rolled: np.ndarray, promoted: np.ndarray) -> np.ndarray:
    return (rolled == NEVER) & (promoted == NEVER)


def counted(limit: float, most: int, in_a_row: int = 0) -> Callable[[Cell, np.ndarray, np.ndarray], Outcome]:
    """Looks above a fixed limit: the run fails after more than `most`, or after so many in a row."""

    def judged(cell: Cell, _: np.ndarray, bad_c: np.ndarray) -> Outcome:
        above = bad_c / cell.traffic[1] > limit
        if in_a_row:
            reached = above.copy()
            for back in range(1, in_a_row):
                reached[:, back:] &= above[:, :-back]
                reached[:, :back] = False
        else:
            reached = above.cumsum(axis=1) > most
        rolled = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, NEVER)
        return Outcome(rolled, np.where(rolled == NEVER, LOOKS, NEVER))

    return judged


def kayenta(cell: Cell, bad_b: np.ndarray, bad_c: np.ndarray) -> Outcome:
    """Kayenta's rule at every look from the tenth on: the 98 % interval of the shift (rank sum, normal approximation) lies
    above a quarter of its estimate, and the means' ratio above 1."""
    base, mine = bad_b / cell.traffic[0], bad_c / cell.traffic[1]
    rolled = np.full(len(base), NEVER)
    for look in range(10, LOOKS + 1):
        still = np.flatnonzero(rolled == NEVER)
        if not len(still):
            break
        shifts = np.sort((mine[still, :look, None] - base[still, None, :look]).reshape(len(still), -1), axis=1)
        pairs = look * look
        low = max(0, math.floor(pairs / 2 - 2.326 * math.sqrt(pairs * (2 * look + 1) / 12)))
        estimate = np.median(shifts, axis=1)
        worse = (shifts[:, low] > 0.25 * np.abs(estimate)) & (mine[still, :look].mean(1) > base[still, :look].mean(1))
        rolled[still[worse]] = look
    return Outcome(rolled, np.where(rolled == NEVER, LOOKS, NEVER))


OTHERS: dict[str, tuple[Callable[[Cell, np.ndarray, np.ndarray], Outcome], int]] = {
    "Argo, failureCondition above 1.5 %, failureLimit 0": (counted(0.015, 0), 10_000),
    "Argo, the same, failureLimit 3": (counted(0.015, 3), 10_000),
    "Flagger, above 1.5 %, threshold 5": (counted(0.015, 4), 10_000),
    "CloudWatch alarm, 3 of 3 above 1.5 %": (counted(0.015, 0, 3), 10_000),
    "Kayenta, every look from the tenth": (kayenta, 300),
}


@dataclass(frozen=True)
class Bound:
    """What must hold: a share at most or at least, or a median look at most."""

    text: str
    value: float
    error: float
    limit: float
    at_most: bool = True

    @property
    def kept(self) -> bool:
        """Within two standard errors."""
        if self.at_most:
            return self.value <= self.limit + 2 * self.error
        return self.value >= self.limit - 2 * self.error


def share(text: str, value: float, runs: int, limit: float, at_most: bool = True) -> Bound:
    """A bound of a share, with its standard error."""
    return Bound(text, value, math.sqrt(max(value * (1 - value), 1 / runs) / runs), limit, at_most)


def bounds(found: dict[str, Outcome], runs: int) -> Iterator[Bound]:
    """All that the judge promises."""
    yield share("A/A, busy: rolled back", found["A/A"].share(), runs, 0.01)
    yield share("A/A, small: rolled back", found["A/A, small"].share(), runs, 0.01)
    yield share("A/A with each arm's own noise: rolled back", found[CELLS[2].name].share(), runs, 0.05)
    yield share("A/A, small, with each arm's own noise: rolled back", found[CELLS[3].name].share(), runs, 0.05)
    yield share("+50 %, busy: rolled back", found["+50 %"].share(), runs, 0.99, at_most=False)
    yield Bound("+50 %, busy: median look", found["+50 %"].median, 0, 12)
    yield Bound("×5, busy: median look", found["×5"].median, 0, 2)
    yield Bound("×5, small: median look", found["×5, small"].median, 0, 10)
    yield share("+100 %, small: rolled back", found["+100 %, small"].share(), runs, 0.85, at_most=False)
    for name in ("+50 %", "+50 %, small"):
        yield share(f"{name}, which is the margin: promoted", float((found[name].promoted <= LOOKS).mean()), runs, 0.02)
    late = found["+50 % from look 20 on"]
    yield share("+50 % from look 20 on, busy: rolled back by look 60", late.share(), runs, 0.95, at_most=False)
    yield Bound("the same: median looks after its onset (known 16, aim 10)", late.median - 20, 0, 16)


def main() -> int:
    """Print and write the tables; with --check, 1 when a bound is missed."""
    arguments = parser(__doc__, 10_000)
    arguments.add_argument("--seconds", type=float, default=math.inf, help="others are left out after so long")
    options = arguments.parse_args()
    runs, began = options.runs, time.monotonic()
    found: dict[str, Outcome] = {}
    rows = []
    for place, cell in enumerate(CELLS):
        outcome = found[cell.name] = ours(cell, *drawn(cell, runs, place))
        smallest = detectable(_settings(), *cell.traffic, RATE, LOOKS)
        promoted = f"{(outcome.promoted <= LOOKS).mean():.2%}"
        rows.append([cell.name, _told(outcome), promoted, f"{smallest:.2f}"])
    about = f"{runs:,} runs a cell, seed {SEED}, `make simulate`. The share that was rolled back with the median look"
    more = (
        "of the rollback; the share that was promoted; and what a report states as the smallest ratio that this traffic"
    )
    lines = [measured_on(), "", about, more, "could have shown in 60 looks (with a chance of 80 %).", ""]
    lines += [*table(("mlops-gates", "rolled back", "promoted", "smallest ratio"), rows), ""]
    held = list(bounds(found, runs))
    told = [
        [one.text, _number(one), f"{2 * one.error:.2%}" if one.error else "", _limit(one), _kept(one)] for one in held
    ]
    lines += [*table(("bound", "measured", "2 standard errors", "bound", ""), told), ""]
    lines += [
        f"One look at ten metrics, after a thousand: {_cost():.1f} ms (limit 20 ms); what it keeps does not grow.",
        "",
    ]
    lines += _others(runs, began, options.seconds)
    publish("canary", lines, options.write)
    return int(options.check and not all(one.kept for one in held))


def _cost() -> float:
    """Milliseconds of a look of the judge at ten metrics: the median of the last hundred of a thousand."""
    plan = Plan(tuple(Metric(f"metric {number}") for number in range(10)), looks=1000, bake=1000)
    judge, rng, spent = Judge(plan), np.random.default_rng(SEED), []
    for look in range(1000):
        arms = {BASELINE: Count(4000, int(rng.binomial(4000, RATE))), CANARY: Count(1000, 10)}
        bad = {metric.name: arms for metric in plan.metrics}
        begun = time.perf_counter()
        judge.look(Look(60.0 * look, 60.0 * look + 60, bad))
        spent.append(1000 * (time.perf_counter() - begun))
    return float(np.median(spent[-100:]))


def _others(runs: int, began: float, seconds: float) -> list[str]:
    shown = [cell for cell in CELLS if cell.name != "+10 %"]
    rows = []
    for name, (rule, most) in OTHERS.items():
        if time.monotonic() - began > seconds:
            return [*table(("others", *(cell.name for cell in shown)), rows), "", "The rest was left out for time."]
        count = min(runs, most)
        rows.append([name, *(_told(rule(cell, *drawn(cell, count, CELLS.index(cell)))) for cell in shown)])
    return table(("others: rolled back", *(cell.name for cell in shown)), rows)


def _settings():
    plan = Plan((Metric("error_rate"),), looks=LOOKS)
    return plan.settings(plan.metrics[0])


def _told(outcome: Outcome) -> str:
    median = f" [{outcome.median:.0f}]" if math.isfinite(outcome.median) else ""
    return f"{outcome.share():.2%}{median}"


def _kept(one: Bound) -> str:
    return "kept" if one.kept else "**missed**"


def _number(one: Bound) -> str:
    return f"{one.value:.2%}" if one.error else f"{one.value:g}"


def _limit(one: Bound) -> str:
    return f"{'≤' if one.at_most else '≥'} {f'{one.limit:.0%}' if one.error else f'{one.limit:g}'}"


if __name__ == "__main__":
    sys.exit(main())
