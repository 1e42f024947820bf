"""How likely chance alone makes two columns differ as much: p-values out of counts, 0-1, small where it is unlikely."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mlops_gates.stats.adjust import bonferroni
from mlops_gates.stats.distances import Cells, apart
from mlops_gates.stats.special import chi_square_survival, hypergeometric_survival, kolmogorov_survival
from mlops_gates.stats.tallies import Numbers

_NOTHING = 1e-20
_EXPECTED = 10.0
"""Rows that a cell must be expected to hold on each side. Cochran's 5 (1954) is enough at the level of 5 %; a thousand
columns ask for p-values of 1 in 10,000 that are right, and there 5 gave about twice as many as there should be.
"""


def kolmogorov_smirnov_p(d: float, n: int, m: int) -> float:
    """The asymptotic two-sided p-value of D between n and m rows, with Stephens' correction (1970) for few rows.

    Of a D that was looked for at the edges only it is too large rather than too small, correction included.
    """
    root = math.sqrt(n * m / (n + m))
    return kolmogorov_survival((root + 0.12 + 0.11 / root) * d)


def ranks_p(cells: Cells) -> tuple[float, float]:
    """Two-sided p-values of a shift (Wilcoxon 1945) and of another spread (Mood 1954), out of ordered cells.

    Values of a cell share their mid-rank; mean and variance are those of all permutations (Hajek & Sidak 1967), so that
    ties are exact; the normal approximation is the only one. 1 where all values are in one cell.
    """
    n, m = sum(a for a, _ in cells), sum(b for _, b in cells)
    total, passed, ranks = n + m, 0, []
    for a, b in cells:
        ranks.append((passed + (a + b) / 2) / total - 0.5 if total else 0.0)
        passed += a + b
    return _scores_p(cells, ranks, n, m), _scores_p(cells, [rank * rank for rank in ranks], n, m)


def homogeneity_p(cells: Cells, ordered: bool = False) -> float:
    """Pearson's chi-square test that both sides have the same shares. 1 when fewer than two cells are left.

    Cells expected to hold fewer than 10 rows of a side become one; of `ordered` cells, neighbours do. Two cells that are
    left are compared exactly.
    """
    n, m = sum(a for a, _ in cells), sum(b for _, b in cells)
    if not n or not m:
        return 1.0
    least = _EXPECTED * (n + m) / min(n, m)
    merged = _neighbours(cells, least) if ordered else _rare(cells, least)
    if len(merged) == 2:
        return share_p(merged[0][0], n, merged[0][1], m)
    statistic = 0.0
    for a, b in merged:
        # The usual sum over both rows of the table, n m (a/n - b/m)^2 / (a + b), in whole numbers as long as possible.
        statistic += (a * m - b * n) ** 2 / ((a + b) * n * m)
    return chi_square_survival(statistic, len(merged) - 1)


def share_p(hits: int, of: int, now_hits: int, now_of: int) -> float:
    """Two-sided exact test of two shares: twice the smaller tail of Fisher's (Fay 2010, the central version)."""
    hits_in_all, rows = hits + now_hits, of + now_of
    more = hypergeometric_survival(now_hits, hits_in_all, now_of, rows)
    fewer = hypergeometric_survival(hits, hits_in_all, of, rows)
    return min(1.0, 2 * min(more, fewer))


def more_often_p(hits: int, of: int, now_hits: int, now_of: int) -> float:
    """Fisher's exact one-sided test: the chance of `now_hits` or more if both sides were one population.

    Exact as well where the line is drawn at an ordered value of the reference, e.g. its greatest.
    """
    return hypergeometric_survival(now_hits, hits + now_hits, now_of, of + now_of)


def outside_p(reference: Numbers, current: Numbers) -> float:
    """More values in the first or in the last bin than the reference lets expect; Bonferroni over the two ends."""
    n, m = reference.values, current.values
    side = apart(reference, current)
    if side:
        return bonferroni(more_often_p(0, n, m, m), 2)
    if not reference.edges:
        return 1.0
    ends = (more_often_p(reference.counts[i], n, current.counts[i], m) for i in (0, -1))
    return bonferroni(min(ends), 2)


def unseen(counts: Iterable[tuple[str, int]], rows: int, other_rows: int) -> list[tuple[str, int, float]]:
    """(value, count, p) of values that `rows` hold and `other_rows` do not, each p that of its count alone."""
    return [(value, count, more_often_p(0, other_rows, count, rows)) for value, count in counts if count]


def _scores_p(cells: Cells, scores: Sequence[float], n: int, m: int) -> float:
    """How likely the sum of the scores of m rows, drawn out of n + m, is as far from its mean."""
    total = n + m
    if not n or not m:
        return 1.0
    mean = sum((a + b) * score for (a, b), score in zip(cells, scores, strict=True)) / total
    squares = difference = 0.0
    for (a, b), score in zip(cells, scores, strict=True):
        squares += (a + b) * (score - mean) ** 2
        difference += b * (score - mean)
    variance = n * m / (total * (total - 1)) * squares
    return math.erfc(abs(difference) / math.sqrt(2 * variance)) if variance > _NOTHING else 1.0


def _rare(cells: Cells, least: float) -> list[tuple[int, int]]:
    kept = [cell for cell in cells if sum(cell) >= least]
    few = [cell for cell in cells if 0 < sum(cell) < least]
    rest = (sum(a for a, _ in few), sum(b for _, b in few))
    if not any(rest):
        return kept
    if sum(rest) < least and kept:
        smallest = min(range(len(kept)), key=lambda i: sum(kept[i]))
        a, b = kept.pop(smallest)
        rest = (a + rest[0], b + rest[1])
    return [*kept, rest]


def _neighbours(cells: Sequence[tuple[int, int]], least: float) -> list[tuple[int, int]]:
    merged, before, now = [], 0, 0
    for a, b in cells:
        before, now = before + a, now + b
        if before + now >= least:
            merged.append((before, now))
            before = now = 0
    if (before or now) and merged:
        a, b = merged.pop()
        before, now = a + before, b + now
    return [*merged, (before, now)] if before or now else merged
