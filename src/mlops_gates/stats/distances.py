"""How far apart two columns are, out of counts. Effects, not evidence: none of them knows how many rows there are."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from itertools import pairwise

from mlops_gates.stats.tallies import Numbers

_HALF_A_ROW = 0.5
_LARGEST = sys.float_info.max

Cells = Sequence[tuple[int, int]]
"""(reference, current) counts of each cell."""


def population_stability(cells: Cells) -> float:
    """PSI: sum of (q - p) ln(q / p) over the cells, p and q the shares; an empty cell counts as half a row.

    Symmetric, 0 or more, without unit (Siddiqi 2006; it is the J-divergence of Jeffreys 1946). 0 without rows.
    """
    n, m = _totals(cells)
    if not n or not m:
        return 0.0
    found = 0.0
    for a, b in cells:
        if a or b:
            p, q = (a or _HALF_A_ROW) / n, (b or _HALF_A_ROW) / m
            found += (q - p) * math.log(q / p)
    return max(0.0, found)


def jensen_shannon(cells: Cells) -> float:
    """The Jensen-Shannon distance, 0-1: root of the divergence to base 2 (Lin 1991; Endres & Schindelin 2003)."""
    n, m = _totals(cells)
    if not n or not m:
        return 0.0
    found = 0.0
    for a, b in cells:
        p, q = a / n, b / m
        if p != q:
            found += (p * math.log2(2 * p / (p + q)) if p else 0.0) + (q * math.log2(2 * q / (p + q)) if q else 0.0)
    return math.sqrt(min(1.0, max(0.0, found / 2)))


def kolmogorov_smirnov(reference: Numbers, current: Numbers) -> float:
    """D, 0-1: the largest difference of the two distribution functions at the edges; 1 for ranges that do not meet.

    Between the edges it may be larger, so it is never more than that of the rows. 0 without rows.
    """
    if not reference.values or not current.values:
        return 0.0
    return 1.0 if apart(reference, current) else max(map(abs, _gaps(reference, current)), default=0.0)


def wasserstein(reference: Numbers, current: Numbers) -> float:
    """The first Wasserstein distance in standard deviations of the reference, 0 or more. 0 without rows.

    The area between the two distribution functions, taken as straight between the edges and to 0 and 1 at the ends of
    the range, or the difference of the means where that is more: the distance of the rows is never less (Villani 2009,
    remark 6.5). A constant reference has no deviation: there the unit is that of both sides in equal parts, so that two
    different constants are 2 apart, whatever their unit.
    """
    if not reference.values or not current.values:
        return 0.0
    apart_by = max(_area(reference, current), abs(_shift(reference, current)))
    if apart_by == 0:
        return 0.0
    unit = _unit(reference, current)
    found = apart_by / unit if unit > 0 else math.inf
    return found if math.isfinite(found) else _LARGEST


def apart(reference: Numbers, current: Numbers) -> int:
    """-1 when all of the current values are below all of the reference, 1 when above, else 0."""
    if reference.least is None or reference.greatest is None or current.least is None or current.greatest is None:
        return 0
    return (current.least > reference.greatest) - (current.greatest < reference.least)


def _totals(cells: Cells) -> tuple[int, int]:
    return sum(a for a, _ in cells), sum(b for _, b in cells)


def _gaps(reference: Numbers, current: Numbers) -> list[float]:
    """The differences of the distribution functions at the edges."""
    n, m, before, now, found = reference.values, current.values, 0, 0, []
    for a, b in zip(reference.counts[:-1], current.counts[:-1], strict=True):
        before, now = before + a, now + b
        found.append(before / n - now / m)
    return found


def _area(reference: Numbers, current: Numbers) -> float:
    """Integral of the absolute difference, which is linear from knot to knot."""
    knots = _knots(reference, current)
    gaps = [0.0, *_gaps(reference, current), 0.0]
    found = 0.0
    for i, (a, b) in enumerate(pairwise(gaps)):
        if a or b:
            crossing = (a * a + b * b) / (abs(a) + abs(b)) if a * b < 0 else abs(a) + abs(b)
            found += (knots[i + 1] - knots[i]) * crossing / 2
    return found


def _knots(side: Numbers, other: Numbers) -> tuple[float, ...]:
    """The edges and an end for each open bin: that of `side`, or of `other` where `side` has no value there.

    One end for both sides: the greatest values of heavy tails differ by much between samples, a bin's share does not.
    """
    if not side.edges:
        return (0.0, 0.0)
    first, last = side.edges[0], side.edges[-1]
    low = side.least if side.counts[0] else other.least
    high = side.greatest if side.counts[-1] else other.greatest
    low = low if low is not None and math.isfinite(low) else first
    high = high if high is not None and math.isfinite(high) else last
    return (min(low, first), *side.edges, max(high, last))


def _shift(reference: Numbers, current: Numbers) -> float:
    """Difference of the means; 0 where one is unknown or infinite."""
    if reference.mean is None or current.mean is None:
        return 0.0
    found = current.mean - reference.mean
    return found if math.isfinite(found) else 0.0


def _unit(reference: Numbers, current: Numbers) -> float:
    deviation = reference.deviation
    if reference.constant or deviation == 0:
        spread = current.deviation if current.deviation is not None and math.isfinite(current.deviation) else 0.0
        return math.hypot(spread / math.sqrt(2), _shift(reference, current) / 2)
    if deviation is not None and math.isfinite(deviation) and deviation > 0:
        return deviation
    return _deviation_of_bins(reference, current)


def _deviation_of_bins(side: Numbers, other: Numbers) -> float:
    """Standard deviation of the bins' middles, for a reference whose own is unknown or infinite."""
    knots = _knots(side, other)
    middles = [a / 2 + b / 2 for a, b in pairwise(knots)]
    n = side.values
    mean = sum(count / n * x for count, x in zip(side.counts, middles, strict=True))
    return math.hypot(*(math.sqrt(count / n) * (x - mean) for count, x in zip(side.counts, middles, strict=True)))
