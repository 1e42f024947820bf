"""How often the drift of columns is told where there is none, and how often it is found: the real functions, drawn data.

python benchmarks/drift_simulation.py [--repeats 200] [--seconds 60]     --seconds: fewer repeats in that time, and says so

Counts are drawn as multinomials of the true shares of the bins, whose edges are drawn order statistics of a reference
(their spacings are Dirichlet). For whatever is made of counts that is the same as drawing the rows; means and deviations
are taken from the middles of the bins. Rows are really drawn for the power and in one row of the table, to compare.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from mlops_gates.stats.drift import MIN_ROWS, Drift, Limits, compare
from mlops_gates.stats.tallies import PROBABILITIES, Categories, Numbers, Tally, edges_around

SEED = 20261121
LISTED = 1000
ALPHA = 0.05
DEFAULTS = Limits()
Floats = NDArray[np.float64]
Pair = tuple[Tally, Tally]


@dataclass(frozen=True)
class Kind:
    """A population: `quantile` of a continuous one, or the `shares` of the values 0, 1, 2, ... of a discrete one."""

    name: str
    quantile: Callable[[Floats], Floats] | None = None
    shares: Floats | None = None
    categories: bool = False
    nulls: float = 0.0


def zipf(levels: int) -> Floats:
    weights = 1 / np.arange(1, levels + 1)
    return weights / weights.sum()


def poisson(mean: float) -> Floats:
    shares = np.array([math.exp(-mean) * mean**k / math.factorial(k) for k in range(25)])
    return shares / shares.sum()


def lognormal(u: Floats) -> Floats:
    return np.exp(ndtri(u))


KINDS = (
    *[Kind("normal", ndtri)] * 4,
    *[Kind("log-normal", lognormal)] * 3,
    *[Kind("uniform", lambda u: u)] * 2,
    *[Kind("small integers", shares=poisson(3))] * 2,
    Kind("binary", shares=np.array([0.7, 0.3])),
    Kind("binary, rare", shares=np.array([0.98, 0.02])),
    *(Kind(f"Zipf, {levels} levels", shares=zipf(levels), categories=True) for levels in (5, 30, 300, 2000)),
    Kind("normal, 10 % null", ndtri, nulls=0.1),
    Kind("Zipf, 30 levels, 5 % null", shares=zipf(30), categories=True, nulls=0.05),
    Kind("log-normal, half null", lognormal, nulls=0.5),
)


def drawn(rng: np.random.Generator, kind: Kind, n: int, m: int) -> Pair:
    """Counts of n rows of a reference and of m current ones."""
    nulls, now_nulls = int(rng.binomial(n, kind.nulls)), int(rng.binomial(m, kind.nulls))
    if kind.shares is None:
        return continuous(rng, kind, n - nulls, m - now_nulls, (nulls, now_nulls))
    before, now = rng.multinomial(n - nulls, kind.shares), rng.multinomial(m - now_nulls, kind.shares)
    if kind.categories:
        return listed(before, nulls), listed(now, now_nulls)
    edges = edges_of_counts(before)
    return integers(before, edges, nulls), integers(now, edges, now_nulls)


def continuous(rng: np.random.Generator, kind: Kind, n: int, m: int, nulls: tuple[int, int]) -> Pair:
    assert kind.quantile is not None
    ranks = np.unique([1, n, *(math.ceil(p * n) for p in PROBABILITIES)])
    spacings = rng.standard_gamma(np.diff([0, *ranks, n + 1]))
    at = np.cumsum(spacings)[:-1] / spacings.sum()
    least, greatest = kind.quantile(at[[0, -1]]).tolist()
    inner = [r for r in range(len(ranks)) if ranks[r] > 1 or any(math.ceil(p * n) == 1 for p in PROBABILITIES)]
    edges = edges_around(kind.quantile(at[inner]).tolist(), least, greatest)
    ends = np.array([at[0], *at[inner]])
    counts = np.diff([0, *ranks[inner]])
    current = rng.multinomial(m, np.clip(np.diff([0.0, *ends, 1.0]), 0, 1))
    middles = kind.quantile((np.array([0.0, *ends]) + np.array([*ends, 1.0])) / 2)
    reference = np.array([0, *counts, 0])
    span = kind.quantile(np.array([at[0] / 2, 1 - (1 - at[-1]) / 2])).tolist()
    low = span[0] if current[0] else max(least, edges[max(0, int(np.argmax(current > 0)) - 1)])
    high = span[1] if current[-1] else greatest
    return (
        tallied(edges, reference, middles, nulls[0], least, greatest),
        tallied(edges, current, middles, nulls[1], low, high),
    )


def tallied(
    edges: tuple[float, ...], counts: NDArray[np.int64], at: Floats, nulls: int, least: float, greatest: float
) -> Numbers:
    n = int(counts.sum())
    mean = float(counts @ at / n)
    deviation = math.sqrt(float(counts @ (at - mean) ** 2) / max(1, n - 1))
    return Numbers(edges, tuple(counts.tolist()), nulls, mean, deviation, least, greatest)


def edges_of_counts(counts: NDArray[np.int64]) -> tuple[float, ...]:
    there = np.flatnonzero(counts)
    passed = np.cumsum(counts)
    at = np.searchsorted(passed, np.ceil(np.array(PROBABILITIES) * counts.sum()))
    return edges_around(at.astype(float).tolist(), float(there[0]), float(there[-1]))


def integers(counts: NDArray[np.int64], edges: tuple[float, ...], nulls: int) -> Numbers:
    values = np.arange(len(counts))
    bins = np.bincount(np.searchsorted(edges, values), weights=counts, minlength=len(edges) + 1).astype(int)
    there = np.flatnonzero(counts)
    n, mean = int(counts.sum()), float(counts @ values / counts.sum())
    deviation = math.sqrt(float(counts @ (values - mean) ** 2) / max(1, n - 1))
    return Numbers(edges, tuple(bins.tolist()), nulls, mean, deviation, float(there[0]), float(there[-1]))


def listed(counts: NDArray[np.int64], nulls: int) -> Categories:
    """The most frequent values by name, the rest as `other`: what a profile of bounded size keeps."""
    order = np.argsort(-counts, kind="stable")[:LISTED]
    kept = tuple((f"v{i}", int(counts[i])) for i in order if counts[i])
    return Categories(kept, int(counts.sum()) - sum(count for _, count in kept), nulls)


def rows(rng: np.random.Generator, kind: Kind, n: int, m: int, shift: float = 0.0) -> Pair:
    """The same out of rows; the current ones of a continuous kind are `shift` standard deviations away."""
    if kind.quantile is None:
        return drawn(rng, kind, n, m)
    before, now = kind.quantile(rng.random(n)), kind.quantile(rng.random(m))
    now = now + shift * float(before.std())
    before, now = before[rng.random(n) >= kind.nulls], now[rng.random(m) >= kind.nulls]
    quantiles = np.quantile(before, PROBABILITIES, method="inverted_cdf")
    edges = edges_around(quantiles.tolist(), float(before.min()), float(before.max()))
    return of_rows(before, edges, n), of_rows(now, edges, m)


def of_rows(values: Floats, edges: tuple[float, ...], total: int) -> Numbers:
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    return Numbers(
        edges, tuple(counts.tolist()), total - len(values), float(values.mean()), float(values.std(ddof=1)),
        float(values.min()), float(values.max()),
    )  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """`shift` in standard deviations, of the first column only; `share` of the repeats that are made."""

    n: int
    m: int
    columns: int
    min_rows: int = MIN_ROWS
    limits: Limits = DEFAULTS
    shift: float = 0.0
    by_rows: bool = False
    share: float = 1.0
    note: str = ""

    def pairs(self, rng: np.random.Generator) -> Iterator[tuple[str, Tally, Tally]]:
        for i in range(self.columns):
            kind = KINDS[i % len(KINDS)]
            shift = self.shift if i == 0 else 0.0
            pair = rows(rng, kind, self.n, self.m, shift) if self.by_rows else drawn(rng, kind, self.n, self.m)
            yield (f"c{i}", *pair)


UNDRIFTED = (
    *(Scenario(100, 100, columns, share=0.1, note="too few rows to be judged") for columns in (20, 1000)),
    *(Scenario(n, 100, columns, min_rows=50) for n in (100, 5_000) for columns in (20, 1000)),
    Scenario(100, 100, 20, min_rows=50, by_rows=True, note="rows drawn"),
    Scenario(100, 100, 20, min_rows=50, limits=Limits(psi=0.2), note="max_psi 0.2 as well"),
    Scenario(500, 500, 20),
    Scenario(5_000, 500, 1000),
    *(Scenario(n, 50_000, columns) for n in (50_000, 500_000) for columns in (20, 1000)),
)
SHIFTED = tuple(Scenario(n, n, 20, shift=0.3, by_rows=True) for n in (200, 500, 1000))


def psi_of_numbers(drift: Drift) -> float:
    """0 for categories: of hundreds of them PSI is above any limit by chance, which nobody's rule can be blamed for."""
    effects = {effect.name: effect.value for effect in drift.effects}
    return effects["psi"] if "ks" in effects else 0.0


def tells(found: tuple[Drift, ...], shifted: bool) -> tuple[bool, bool, bool, bool]:
    """Did (we, our tests alone, any unadjusted p < 0.05, PSI of numbers > 0.2) alarm, in any column or in the shifted one?"""
    asked = found[:1] if shifted else found
    effects = [effect for drift in asked for effect in drift.effects]
    return (
        any(drift.drifted for drift in asked),
        any(effect.adjusted is not None and effect.adjusted <= ALPHA for effect in effects),
        any(effect.name in {"ks", "js"} and effect.p is not None and effect.p < ALPHA for effect in effects),
        any(psi_of_numbers(drift) > 0.2 for drift in asked),
    )


def run(scenario: Scenario, number: int, repeats: int, seconds: float) -> tuple[int, list[int]]:
    """How many repeats were made, and in how many each rule alarmed."""
    rng = np.random.default_rng((SEED, number))
    wanted, hits, start, done = max(1, round(repeats * scenario.share)), [0] * 4, time.monotonic(), 0
    while done < wanted and (done < 2 or time.monotonic() - start < seconds):
        found = compare(scenario.pairs(rng), scenario.limits, ALPHA, scenario.min_rows)
        hits = [hit + told for hit, told in zip(hits, tells(found, bool(scenario.shift)), strict=True)]
        done += 1
    return done, hits


def misses(scenario: Scenario, share: float, error: float) -> bool:
    """More alarms than 5 % of the data sets, or a shift found in fewer than 90 % from 500 rows on."""
    return scenario.n >= 500 and share < 0.9 - error if scenario.shift else share > ALPHA + error


def percent(hits: int, of: int) -> str:
    return f"{100 * hits / of:.1f} %"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after about so many, with fewer repeats")
    asked = parser.parse_args()
    slice_ = asked.seconds / len((*UNDRIFTED, *SHIFTED))
    missed, short = [], False
    print("| reference | rows | columns | repeats | told | 2 s.e. | tests alone | p < 0.05 | PSI > 0.2 | |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for number, scenario in enumerate((*UNDRIFTED, *SHIFTED)):
        done, hits = run(scenario, number, asked.repeats, slice_)
        share = hits[0] / done
        error = 2 * math.sqrt(max(share * (1 - share), ALPHA * (1 - ALPHA)) / done)
        short |= done < round(asked.repeats * scenario.share)
        missed += (
            [number] if (share < 0.9 - error and scenario.n >= 500 if scenario.shift else share > ALPHA + error) else []
        )
        note = "shift of 0.3 sd in one column" if scenario.shift else scenario.note
        note = note or (f"min_rows {scenario.min_rows}" if scenario.min_rows != MIN_ROWS else "")
        rules = [percent(hit, done) for hit in hits[1:]]
        if min(scenario.n, scenario.m) < scenario.min_rows:
            rules[:2] = "–", "–"  # what is undecided has no p-values
        print(
            f"| {scenario.n:,} | {scenario.m:,} | {scenario.columns:,} | {done} | {percent(hits[0], done)} "
            f"| ±{100 * error:.1f} | {' | '.join(rules)} | {note} |",
            flush=True,
        )
    if short:
        print(f"\nFewer repeats than {asked.repeats}: stopped after about {asked.seconds:.0f} seconds.")
    if missed:
        print(
            f"\nMissed in row {', '.join(str(number + 1) for number in missed)}: false alarms in at most 5 % of data sets,"
        )
        print("a shift of 0.3 sd found in at least 90 % from 500 rows on.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
