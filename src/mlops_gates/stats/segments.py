"""Where a model is weak: segments of rows by one or two columns, sought in one half of the rows and measured in the other.

Whoever looks at thousands of segments finds a bad one by chance, and its badness is overstated. So the rows are split at
random: one half says which few segments look worst, the other, which had no part in the choice, says how bad these are
(honest splitting: Cox 1975, Biometrika 62, 441-444; Athey & Imbens 2016, PNAS 113, 7353-7360). The level is shared among
these few, and what looked worst gets the most of it: the k-th 1/k (weights as of Genovese, Roeder & Wasserman 2006). What
chance could have done is judged exactly for losses of 0 and 1 (Fisher's test), by Welch's t for others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass
from mlops_gates.stats import intervals
from mlops_gates.stats.special import hypergeometric_survival

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PAIRS_TIMES_ROWS, _MOST_COLUMNS = 20_000_000, 64
_SAME = 0.8
"""Share of rows in common from which on two segments are told as one."""
_LOOKED_AT = 300
_NOTHING = 1e-12


@dataclass(frozen=True)
class Coded:
    """A column in `bins` parts: `codes`, shape (n,), each below `bins`."""

    codes: NDArray[np.intp]
    bins: int


@dataclass(frozen=True)
class Segment:
    """`columns` (places of one or two), their `parts`, and how it looked where it was sought."""

    columns: tuple[int, ...]
    parts: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class Weakness:
    """A segment measured: mean losses inside and outside, their difference with its interval, and the chance of it.

    `n` rows are inside of `of`, both of the half that measures; `p` is one-sided and not adjusted.
    """

    segment: Segment
    inside: float
    outside: float
    interval: Interval
    p: float
    n: int
    of: int

    @property
    def gap(self) -> float:
        """How much worse the segment is."""
        return self.inside - self.outside


def weakest(
    columns: Sequence[Coded],
    losses: NDArray[np.float64],
    first: NDArray[np.bool_],
    min_rows: int,
    most: int,
    *,
    pairs: bool = True,
    confidence: float = intervals.CONFIDENCE,
) -> tuple[Weakness, ...]:
    """Up to `most` segments that look worst in the `first` half, measured in the other one, in the order of the search.

    A segment has at least `min_rows` rows inside and outside, half of them in the half that seeks. All intervals hold
    together with `confidence`. Empty where no segment has so many rows.
    """
    rest = ~first
    sought = _sought([Coded(one.codes[first], one.bins) for one in columns], losses[first], min_rows, pairs=pairs)
    chosen = []
    for segment in _different(sought, columns, most, first):
        inside = rows_of(segment, columns)
        n, n_rest = int(inside.sum()), int((inside & rest).sum())
        enough = min(n, len(inside) - n) >= min_rows and 3 * min(n_rest, int(rest.sum()) - n_rest) >= min_rows
        if enough:
            chosen.append((segment, losses[inside & rest], losses[~inside & rest]))
    shares = weights(len(chosen))
    levels = [1 - (1 - confidence) * share / sum(shares) for share in shares]
    return tuple(
        _measured(segment, here, there, level, confidence)
        for (segment, here, there), level in zip(chosen, levels, strict=True)
    )


def weights(many: int) -> tuple[float, ...]:
    """The shares of the level that the segments get, in the order of the search."""
    return tuple(1 / place for place in range(1, many + 1))


def rows_of(segment: Segment, columns: Sequence[Coded]) -> NDArray[np.bool_]:
    """Which rows are in it, shape (n,)."""
    import numpy as np

    inside = [columns[at].codes == part for at, part in zip(segment.columns, segment.parts, strict=True)]
    return np.asarray(np.logical_and.reduce(inside), dtype=bool)


def _sought(columns: Sequence[Coded], losses: NDArray[np.float64], min_rows: int, *, pairs: bool) -> list[Segment]:
    """The best looking segment of each column and of each pair, best first."""
    few = max(1.0, min_rows / 2)
    worth = _worth(sum(one.bins for one in columns))
    found = [best for at, one in enumerate(columns) if (best := _best((at,), one.codes, one.bins, losses, few, worth))]
    if pairs:
        chosen = list(combinations(_promising(found, columns, len(losses)), 2))
        worth = _worth(sum(columns[one].bins * columns[other].bins for one, other in chosen))
        for one, other in chosen:
            bins = columns[other].bins
            joint = columns[one].codes * bins + columns[other].codes
            if best := _best((one, other), joint, columns[one].bins * bins, losses, few, worth):
                found.append(Segment(best.columns, divmod(best.parts[0], bins), best.score))
    return sorted(found, key=lambda segment: (-segment.score, len(segment.columns), segment.columns))


def _worth(parts: int) -> float:
    """How many standard errors the best looking of so many parts is about ahead by chance (Cramer 1946, section 28.6).

    A gap is ranked by what is left of it without them. So pairs, of which there are many, do not crowd out single columns;
    among few rows the surest segment comes first, and among many the worst.
    """
    return math.sqrt(2 * math.log(max(2, parts)))


def _promising(found: Sequence[Segment], columns: Sequence[Coded], rows: int) -> list[int]:
    """The columns that are paired, in their order: as many as time allows, those first that look weakest alone."""
    room = _PAIRS_TIMES_ROWS / max(1, rows)
    many = min(_MOST_COLUMNS, max(2, int((1 + math.sqrt(1 + 8 * room)) / 2)))
    score = {one.columns[0]: one.score for one in found}
    return sorted(sorted(range(len(columns)), key=lambda at: (-score.get(at, -math.inf), at))[:many])


def _best(
    columns: tuple[int, ...], codes: NDArray[np.intp], bins: int, losses: NDArray[np.float64], few: float, worth: float
) -> Segment | None:
    """The part with the largest gap less `worth` standard errors, by the variance of all losses."""
    import numpy as np

    n = len(losses)
    count = np.bincount(codes, minlength=bins)
    there = np.flatnonzero((count >= few) & (n - count >= few))
    if not len(there):
        return None
    inside, total = np.bincount(codes, losses, bins)[there], losses.sum()
    count = count[there]
    gap = inside / count - (total - inside) / (n - count)
    score = gap - worth * losses.std() * np.sqrt(1 / count + 1 / (n - count))
    at = int(np.argmax(score))
    return Segment(columns, (int(there[at]),), float(score[at]))


def _different(
    sought: Sequence[Segment], columns: Sequence[Coded], most: int, first: NDArray[np.bool_]
) -> list[Segment]:
    """The best ones that do not hold mostly the rows of a better one."""
    import numpy as np

    kept: list[tuple[Segment, NDArray[np.bool_]]] = []
    for segment in sought[:_LOOKED_AT]:
        if len(kept) == most:
            break
        rows = rows_of(segment, columns) & first
        common = [np.count_nonzero(rows & other) / min(rows.sum(), other.sum()) for _, other in kept]
        if all(share < _SAME for share in common):
            kept.append((segment, rows))
    return [segment for segment, _ in kept]


def _measured(
    segment: Segment, here: NDArray[np.float64], there: NDArray[np.float64], level: float, confidence: float
) -> Weakness:
    inside, outside = float(here.mean()), float(there.mean())
    if set(here.tolist()) | set(there.tolist()) <= {0.0, 1.0}:
        low, high, p = _shares(int(here.sum()), len(here), int(there.sum()), len(there), level)
        method = "Newcombe"
    else:
        low, high, p = _means(here, there, level)
        method = "Welch"
    interval = Interval(low, high, confidence, f"{method}, weighted Bonferroni")
    return Weakness(segment, inside, outside, interval, p, len(here), len(here) + len(there))


def _shares(a: int, n: int, b: int, m: int, level: float) -> tuple[float, float, float]:
    """Newcombe's hybrid score interval of a/n - b/m (1998, method 10), and Fisher's exact one-sided p.

    The lower end proves no gap that Fisher's test does not: with very few losses inside, a score interval does too often.
    """
    one, other, gap = intervals.wilson(a, n, level), intervals.wilson(b, m, level), a / n - b / m
    low = gap - math.hypot(a / n - one.low, other.high - b / m)
    high = gap + math.hypot(one.high - a / n, b / m - other.low)
    p = hypergeometric_survival(a, n, a + b, n + m)
    return (low if p <= (1 - level) / 2 else min(low, 0.0)), high, p


def _means(here: NDArray[np.float64], there: NDArray[np.float64], level: float) -> tuple[float, float, float]:
    """Welch's interval of a difference of means (1947), and its one-sided p.

    Student's quantile by Abramowitz & Stegun 26.7.5; its tail by Wallace's transformation to the normal (1959).
    """
    from statistics import NormalDist

    gap = float(here.mean() - there.mean())
    parts = [(float(one.var(ddof=1)) / len(one), len(one) - 1) for one in (here, there)]
    error = math.sqrt(sum(part for part, _ in parts))
    if error <= _NOTHING:
        return gap, gap, 0.0 if gap > _NOTHING else 1.0
    degrees = error**4 / sum(part * part / below for part, below in parts)
    z, t = NormalDist().inv_cdf((1 + level) / 2), gap / error
    quantile = z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    normal = math.copysign((8 * degrees + 1) / (8 * degrees + 3) * math.sqrt(degrees * math.log1p(t * t / degrees)), t)
    return gap - quantile * error, gap + quantile * error, math.erfc(normal / math.sqrt(2)) / 2
