"""How often a metric passes its limit by luck, and how often it is held up without need: the real metrics and the real judge.

python benchmarks/flapping.py [--repeats 1000] [--seconds 60] [--write docs/flapping.md]

Test sets are drawn from populations whose metrics are known (integrals over a grid). Each is judged against three
limits: the truth itself (a model that is exactly at its limit may pass in one of twenty draws, and no more), and limits
3 points on either side. `naive` compares the number with the limit, as most gates do. Ends with 1 where a promise is broken.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri
from scipy.stats import norm

from mlops_gates.findings import Location, Status
from mlops_gates.gates.model.performance import measurement
from mlops_gates.options import Range
from mlops_gates.policy import judge
from mlops_gates.stats.classification import Answers
from mlops_gates.stats.regression import Estimates

SEED = 20261121
MARGIN = 0.03
BY_LUCK = 0.06
SURELY = 0.99
SIZES = (200, 1000, 5000, 20_000)
DECIDABLE = 5000
WHERE = Location("mlops-gates.yml", 1)
LOSSES = ("log_loss", "brier", "mae", "rmse")
Floats = NDArray[np.float64]
Judged = Answers | Estimates


@dataclass(frozen=True)
class Population:
    """`draw` gives a test set of n rows; `truth` the metrics of all rows there could ever be.

    Of the metrics in `sure` it is asked that 3 points to spare pass in 99 % from 5,000 rows on. They were chosen after a
    first run, by what so many rows can tell; the page names those that miss it and are not asked.
    """

    name: str
    draw: Callable[[np.random.Generator, int], Judged]
    truth: dict[str, float]
    sure: tuple[str, ...]


def classified(name: str, centre: float, width: float, sure: tuple[str, ...] = ()) -> Population:
    """Log-odds are normal, and a row is positive as often as its probability says."""
    p = expit(centre + width * ndtri((np.arange(2_000_000) + 0.5) / 2_000_000))
    share, said = float(p.mean()), p > 0.5
    hits = np.cumsum(p[::-1])[::-1] / len(p)
    above = 1 - np.arange(len(p)) / len(p)
    truth = {
        "accuracy": float(np.maximum(p, 1 - p).mean()),
        "f1": 2 * float((p * said).mean()) / (share + float(said.mean())),
        "roc_auc": float((p * np.cumsum(1 - p)).sum() / len(p) ** 2 / (share * (1 - share))),
        "pr_auc": float((p * hits / above).mean() / share),
        "log_loss": float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).mean()),
        "brier": float((p * (1 - p)).mean()),
    }

    def draw(rng: np.random.Generator, n: int) -> Answers:
        odds = expit(centre + width * rng.standard_normal(n))
        came = (rng.random(n) < odds).astype(np.int64)
        both = np.column_stack([1 - odds, odds])
        return Answers(came, (odds > 0.5).astype(np.int64), ("no", "yes"), 1, odds, "", both)

    return Population(name, draw, truth, sure)


def estimated(name: str, errors: Callable[[Floats], Floats], mean: float, second: float) -> Population:
    """What the model says is normal, `errors` (of normal quantiles) have this mean size and mean square."""
    truth = {"r2": 1 - second / (1 + second), "mae": mean, "rmse": math.sqrt(second)}

    def draw(rng: np.random.Generator, n: int) -> Estimates:
        said = rng.standard_normal(n)
        return Estimates(said + errors(rng.standard_normal(n)), said)

    return Population(name, draw, truth, tuple(truth))


def skewed(z: Floats) -> Floats:
    """Exponential errors of mean size 0.25, half of them upwards."""
    return -0.25 * np.sign(z) * (norm.logsf(np.abs(z)) + math.log(2))


def populations() -> tuple[Population, ...]:
    return (
        classified("two labels alike", 0.0, 2.0, ("accuracy", "f1", "roc_auc", "pr_auc", "brier")),
        classified("two labels, hard to tell", 0.0, 1.0, ("accuracy", "roc_auc", "log_loss", "brier")),
        classified("one in ten positive", -3.6, 2.2),
        estimated("normal errors", lambda z: 0.45 * z, 0.45 * math.sqrt(2 / math.pi), 0.45**2),
        estimated("exponential errors", skewed, 0.25, 2 * 0.25**2),
    )


@dataclass
class Tally:
    """How many of the draws ended how: `at` the limit, with 3 points `spare`, with 3 points `short`."""

    draws: int = 0
    at: int = 0
    at_failed: int = 0
    at_naive: int = 0
    spare: int = 0
    spare_naive: int = 0
    short: int = 0
    short_failed: int = 0
    short_naive: int = 0

    def add(self, name: str, found: Judged, truth: float, n: int) -> None:
        metric = found.metric(name)
        worse = 1 if name in LOSSES else -1
        answers = []
        for limit in (truth, truth + worse * MARGIN, truth - worse * MARGIN):
            range_ = Range(max=limit) if worse > 0 else Range(min=limit)
            status, _ = judge(measurement(name, metric, range_, WHERE, n), WHERE)
            assert metric.value is not None
            answers.append((status, (metric.value - limit) * worse <= 0))
        (at, at_naive), (spare, spare_naive), (short, short_naive) = answers
        self.draws += 1
        self.at, self.at_failed = self.at + (at is Status.PASSED), self.at_failed + (at is Status.FAILED)
        self.spare += spare is Status.PASSED
        self.short, self.short_failed = (
            self.short + (short is Status.PASSED),
            self.short_failed + (short is Status.FAILED),
        )
        self.at_naive, self.spare_naive = self.at_naive + at_naive, self.spare_naive + spare_naive
        self.short_naive += short_naive

    def broken(self, sure: bool) -> list[str]:
        """Promises that these draws break by more than three standard errors (there are some eighty rows)."""
        slack = 3 * math.sqrt(BY_LUCK * (1 - BY_LUCK) / self.draws)
        found = [f"passed by luck in {self.at / self.draws:.1%}"] if self.at / self.draws > BY_LUCK + slack else []
        slack = 3 * math.sqrt(SURELY * (1 - SURELY) / self.draws)
        if sure and self.spare / self.draws < SURELY - slack:
            found.append(f"3 points to spare passed in {self.spare / self.draws:.1%} only")
        return found


def run(asked: argparse.Namespace) -> tuple[list[str], list[str], list[str]]:
    """The rows of the table, the promises that they break, and what misses a promise that it is not asked for."""
    rows, broken, short = [], [], []
    everyone = populations()
    until = asked.seconds / (len(everyone) * len(SIZES))
    for place, population in enumerate(everyone):
        for n in SIZES:
            rng, started = np.random.default_rng((SEED, place, n)), time.monotonic()
            tallies = {name: Tally() for name in population.truth}
            for done in range(asked.repeats):
                if done >= 20 and time.monotonic() - started > until:
                    break
                found = population.draw(rng, n)
                for name, tally in tallies.items():
                    tally.add(name, found, population.truth[name], n)
            for name, tally in tallies.items():
                rows.append(row(population, name, n, tally))
                print(rows[-1], flush=True)
                sure = name in population.sure and n >= DECIDABLE
                if name not in population.sure and n >= DECIDABLE and tally.spare / tally.draws < SURELY:
                    short.append(f"{population.name}, {name}, n = {n:,}: {100 * tally.spare / tally.draws:.1f} %")
                broken += [f"{population.name}, {name}, n = {n:,}: {what}" for what in tally.broken(sure)]
    return rows, broken, short


def row(population: Population, name: str, n: int, tally: Tally) -> str:
    def share(hits: int) -> str:
        return f"{100 * hits / tally.draws:.1f} %"

    cells = [population.name, f"{name} {population.truth[name]:.3f}", f"{n:,}", f"{tally.draws:,}"]
    cells += [share(one) for one in (tally.at, tally.at_failed, tally.at_naive, tally.spare, tally.spare_naive)]
    cells += [share(one) for one in (tally.short, tally.short_failed, tally.short_naive)]
    return f"| {' | '.join(cells)} |"


HEAD = (
    "| population | metric, its true value | rows | draws | at the limit: passed | failed | naive: passed "
    "| 3 points to spare: passed | naive | 3 points short: passed | failed | naive: passed |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)
PAGE = """# Does a verdict change by luck?

A model whose true accuracy equals its limit is above it in every second test set: a gate that compares numbers tosses a
coin there, and passes again when the job is run on other rows. `model.performance` passes a metric only when the
whole 90 % interval keeps the limit, fails it when none of it does, and says that it cannot tell otherwise. So, of test sets
drawn from populations that are known:

- a metric exactly at its limit passes in at most 6 % of them (5 % is what the interval promises),
- with 3 points (0.03) to spare it passes in at least 99 % from 5,000 rows on, where so many rows can tell that much,
- what neither passes nor fails is inconclusive: more rows would decide it, and the message says how many.

Both are held to their number and three standard errors of the draws.

Written by `{command}` on {date}: the real
metrics, the real judge. Shares have a standard error of at most {error:.1f} points.
`naive` compares the number with the limit.

{table}

{verdict}

Three points are more than 5,000 rows can always tell, whatever the interval. The second promise is asked of accuracy, ROC AUC
and Brier score where both labels are as frequent, of F1 and PR AUC where they are told well, of log loss where they are
hard to tell (one sharp and wrong probability outweighs many rows), and of r2, mae and rmse. It is not asked
of these, which miss it (3 points to spare, passed): {short}. Only more rows help there; the naive comparison
passes a model that is 3 points short as well.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after about so many, with fewer repeats")
    parser.add_argument("--write", type=Path, help="the page to write the table into")
    asked = parser.parse_args()
    print(HEAD)
    rows, broken, short = run(asked)
    verdict = (
        "Not kept: " + "; ".join(broken) + "." if broken else "What is asked is kept, within three standard errors."
    )
    print(f"\n{verdict}")
    if asked.write:
        text = PAGE.format(
            command=f"python benchmarks/flapping.py --repeats {asked.repeats} --seconds {asked.seconds:g}",
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            error=50 / math.sqrt(min(int(one.split("|")[4].replace(",", "")) for one in rows)),
            table="\n".join([HEAD, *rows]),
            verdict=verdict,
            short="; ".join(short) or "none",
        )
        asked.write.write_text(text, encoding="utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
