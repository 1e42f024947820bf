"""How often the canary's judge rolls back and promotes, on drawn traffic, beside the rules of others.

    python benchmarks/canary_simulation.py [--runs 10000] [--seconds S] [--check] [--write docs/canary.md]

Sixty looks, one metric, default settings, 1 % errors. `busy` is 4,000 requests of the baseline and 1,000 of the canary per
look, `small` 450 and 50. The seed was fixed before the first run; a bound is met when the estimate is within two standard
errors of it. The judge is the one that the gate runs, on ten thousand runs at once, and
the others see the same runs. Cells that no bound is about say what the judge is worth where it is hardest.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from canary_cells import CELLS, LOOKS, NEVER, RATE, SEED, Cell, Outcome, drawn
from canary_rules import OTHERS, paired
from page import measured_on, parser, publish, table

from mlops_gates.gates.canary.judge import Judge
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Count, Look
from mlops_gates.stats.rateratio import RateRatio


def ours(cell: Cell, bad_b: np.ndarray, bad_c: np.ndarray, metrics: int = 1) -> tuple[Outcome, float]:
    """The gate's test of a rate, with its default settings; and the smallest ratio that the reports of a hundred runs state,
    their median."""
    plan = Plan(tuple(Metric(f"metric {number}") for number in range(metrics)), looks=LOOKS)
    test = RateRatio(plan.settings(plan.metrics[0]), len(bad_b))
    rolled, promoted = np.full(len(bad_b), NEVER), np.full(len(bad_b), NEVER)
    for look in range(LOOKS):
        seen = test.look(cell.traffic[0], bad_b[:, look], cell.traffic[1], bad_c[:, look])
        rolled[_open(rolled, promoted) & (seen.worse | seen.fast)] = look + 1
        promoted[_open(rolled, promoted) & seen.good] = look + 1
    stated = float(np.median([test.smallest(run) for run in range(min(100, len(bad_b)))]))
    return Outcome(rolled, promoted), stated


def of_ten(cell: Cell, runs: int, place: int) -> float:
    """The share of canaries with ten such metrics that are rolled back for any of them."""
    bad_b, bad_c = drawn(cell, 10 * runs, place)
    rolled = ours(cell, bad_b, bad_c, 10)[0].rolled
    return float((rolled.reshape(10, runs) < NEVER).any(axis=0).mean())


def _open(rolled: np.ndarray, promoted: np.ndarray) -> np.ndarray:
    return (rolled == NEVER) & (promoted == NEVER)


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
    rows = {}
    for place, cell in enumerate(CELLS):
        if not cell.hard or math.isinf(options.seconds):
            found[cell.name], stated = ours(cell, *drawn(cell, runs, place))
            rows[cell] = [*_row(cell, found[cell.name]), *_shown(cell, stated, min(runs, 2_000), place)]
    about = f"{runs:,} runs a cell, seed {SEED}, `make simulate`. The share that was rolled back with the median look"
    more = "of the rollback; the share that was promoted; the smallest ratio that the report of such a run states (the median"
    last = "of a hundred), and how often a canary with this ratio is rolled back (2,000 runs): 80 % is what the report says."
    lines = [measured_on(), "", about, more, last, ""]
    head = ("mlops-gates", "rolled back", "promoted", "smallest ratio", "is rolled back")
    lines += [*table(head, [row for cell, row in rows.items() if not cell.hard]), ""]
    if math.isinf(options.seconds):
        lines += _hardest(head, rows, runs)
    held = list(bounds(found, runs))
    told = [
        [one.text, _number(one), f"{2 * one.error:.2%}" if one.error else "", _limit(one), _kept(one)] for one in held
    ]
    lines += [*table(("bound", "measured", "2 standard errors", "bound", ""), told), ""]
    lines += [
        f"One look at ten metrics, after a thousand: {_cost():.1f} ms of one core (limit 20 ms); what it keeps does not grow.",
        "",
    ]
    lines += _others(runs, began, options.seconds)
    publish("canary", lines, options.write)
    return int(options.check and not all(one.kept for one in held))


def _cost() -> float:
    """Milliseconds of the processor for a look of the judge at ten metrics: the median of the last hundred of a thousand."""
    plan = Plan(tuple(Metric(f"metric {number}") for number in range(10)), looks=1000, bake=1000)
    judge, rng, spent = Judge(plan), np.random.default_rng(SEED), []
    for look in range(1000):
        arms = {BASELINE: Count(4000, int(rng.binomial(4000, RATE))), CANARY: Count(1000, 10)}
        bad = {metric.name: arms for metric in plan.metrics}
        begun = time.thread_time()
        judge.look(Look(60.0 * look, 60.0 * look + 60, bad))
        spent.append(1000 * (time.thread_time() - begun))
    return float(np.median(spent[-100:]))


def _others(runs: int, began: float, seconds: float) -> list[str]:
    shown = [cell for cell in CELLS if not cell.hard and cell.name != "+10 %"]
    rows = []
    for name, rule in OTHERS.items():
        if time.monotonic() - began > seconds:
            return [*table(("others", *(cell.name for cell in shown)), rows), "", "The rest was left out for time."]
        rows.append([name, *(_told(rule(cell, *drawn(cell, runs, CELLS.index(cell)))) for cell in shown)])
    return table(("others: rolled back", *(cell.name for cell in shown)), rows)


def _row(cell: Cell, outcome: Outcome) -> list[str]:
    return [cell.name, _told(outcome), f"{(outcome.promoted <= LOOKS).mean():.2%}"]


def _hardest(head: tuple[str, ...], rows: dict[Cell, list[str]], runs: int) -> list[str]:
    """The cells that have no bound, with what the plain pair would have rolled back; and ten metrics at once."""
    hard = [
        [*row, _told(paired(cell, *drawn(cell, runs, CELLS.index(cell))))] for cell, row in rows.items() if cell.hard
    ]
    ten = [f"{of_ten(CELLS[place], 1_000, place):.1%}" for place in (0, 2, 12)]
    return [
        *table(("where it is hardest", *head[1:], "the plain pair: rolled back"), hard),
        "",
        "Ten metrics at once, 1,000 runs, rolled back for any of them:",
        f"{ten[0]} of A/A, {ten[1]} with each arm's own noise of CV 0.5, {ten[2]} with that noise and 10 % errors.",
        "",
    ]


def _shown(cell: Cell, stated: float, runs: int, place: int) -> tuple[str, str]:
    """The ratio that is stated, and how often it is rolled back in traffic like that of the cell."""
    if not math.isfinite(stated) or cell.every > 1:
        return "", ""
    outcome, _ = ours(cell, *drawn(replace(cell, ratio=stated, onset=0, every=1), runs, 100 + place))
    return f"{stated:.2f}", f"{outcome.share():.0%}"


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
