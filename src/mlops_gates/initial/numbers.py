"""Head-room: how far another sample of the same population may be from this one, so that it raises no alarm."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import accumulate

from mlops_gates.tables.profile import ColumnProfile

ERRORS = 5.0
"""Standard errors. A table has hundreds of limits, so each must be missed by chance less than once in a million times."""

HALF = 3.0
"""The variance of the difference of two means, 1/n + 1/m, times n, where the other sample has half as many rows."""

_FEW = 8
_LEAST_MOVE = 0.1
"""Deviations that a mean, and share of itself that a deviation may move anyway: populations live."""

_SPREAD = 0.05
_HEAVY = 30.0
"""Kurtosis from which on moments of another sample cannot be foretold from one."""


def share_at_most(count: int, rows: int) -> float:
    """The share (0–1) that another sample, of half as many rows, hardly exceeds where this one has `count` in `rows`.

    Normal approximation of the difference of two shares, and a few rows more for its failure near 0.
    """
    share = count / rows
    return min(1.0, share + ERRORS * math.sqrt(share * (1 - share) * HALF / rows) + _FEW / rows)


def percent(share: float) -> str:
    """A share as a percentage of two digits, rounded up."""
    digits = 1 - math.floor(math.log10(share * 100)) if share > 0 else 1
    return f"{_ceil(share * 100, max(0, digits)):.12g} %"


def _ceil(value: float, digits: int) -> float:
    unit = 10.0**digits
    return math.ceil(value * unit - 1e-9) / unit


def reach(one: ColumnProfile) -> tuple[float, float]:
    """Limits of the values of a column of numbers: half its span around them, and more where its tails are long.

    The tail beyond the outermost sixty-fourth of the rows, or ten rows, shows how fast values become rare: they may go
    three times as far again, or by the same factor and half of it again where they grow by factors (of Pareto tails of
    any index, another sample exceeds that less than once in a hundred times). No limit has another sign than the values.
    """
    least, greatest = _end(one.least), _end(one.greatest)
    values = max(1, one.looked - one.nulls)
    room = (greatest - least) * (0.5 + 10 / values) or abs(greatest) / 2 or 1.0
    low_tail, high_tail = _tails(one)
    high = greatest + max(room, 3 * (greatest - high_tail))
    low = least - max(room, 3 * (low_tail - least))
    if high_tail > 0 and greatest > 2 * high_tail:
        high = max(high, greatest * (greatest / high_tail) ** 1.5)
    if low_tail < 0 and least < 2 * low_tail:
        low = min(low, least * (least / low_tail) ** 1.5)
    low, high = 0.0 if least >= 0 else low, 0.0 if greatest <= 0 and least < 0 else high
    return rounded(low, up=False), rounded(high, up=True)


def _tails(one: ColumnProfile) -> tuple[float, float]:
    """The first and the last value that a sixty-fourth of the rows, or ten, lie below and above, as far as the bins tell."""
    total, least, greatest = sum(one.counts), _end(one.least), _end(one.greatest)
    passed, some = list(accumulate(one.counts)), max(total / 64, 10)
    low = next((edge for edge, below in zip(one.edges, passed, strict=False) if below >= some), least)
    high = next((edge for edge, below in zip(one.edges, passed, strict=False) if total - below <= some), greatest)
    return min(max(low, least), greatest), max(min(high, greatest), least)


def _end(value: float | str | None) -> float:
    assert isinstance(value, int | float)
    return float(value)


def rounded(value: float, *, up: bool) -> float:
    """The next number away from the values that has two digits."""
    if value == 0 or not math.isfinite(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    steps = math.ceil(value / unit - 1e-9) if up else math.floor(value / unit + 1e-9)
    return float(f"{steps * unit:.2g}")


def moments(one: ColumnProfile) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Intervals of the mean and of the standard deviation; None where one sample does not tell them."""
    values = one.looked - one.nulls
    if one.mean is None or not one.deviation or values < 50 or (tails := _kurtosis(one)) > _HEAVY:
        return None
    error = ERRORS * one.deviation * math.sqrt(HALF / values)
    move = max(error, _LEAST_MOVE * one.deviation, _SPREAD * abs(one.mean))
    # Of a deviation s: s·√((k-1)/4n), k being the kurtosis (Kenney & Keeping 1951, Mathematics of Statistics, 7.13).
    wide = max(ERRORS * one.deviation * math.sqrt((tails - 1) / 4 * HALF / values), _LEAST_MOVE * one.deviation)
    mean = _near(one.mean - move, one.deviation, up=False), _near(one.mean + move, one.deviation, up=True)
    low = max(0.0, one.deviation - wide)
    return mean, (_near(low, one.deviation, up=False), _near(one.deviation + wide, one.deviation, up=True))


def _near(value: float, scale: float, *, up: bool) -> float:
    """The value to a hundredth of the scale, away from what lies between two of them."""
    unit = 10.0 ** (math.floor(math.log10(scale)) - 2)
    return float(f"{(math.ceil if up else math.floor)(value / unit) * unit:.12g}")


def _kurtosis(one: ColumnProfile) -> float:
    """The fourth moment out of the bins: too large rather than too small, for a bin counts at its outer edge."""
    assert one.mean is not None
    assert one.deviation
    least, greatest, total = _end(one.least), _end(one.greatest), sum(one.counts)
    ends = [least, *one.edges, greatest]
    fourth = 0.0
    for low, high, count in zip(ends, ends[1:], one.counts, strict=False):
        if count:
            fourth += count * max(abs(low - one.mean), abs(high - one.mean)) ** 4
    return max(1.0, fourth / total / one.deviation**4)


def earliest(one: ColumnProfile) -> str:
    """The day from which on moments are believed: half their span before the first, a week at least."""
    first, last = (datetime.fromisoformat(str(end)).replace(tzinfo=None) for end in (one.least, one.greatest))
    try:
        return f"{(first - max((last - first) / 2, timedelta(days=7))).date()}"
    except OverflowError:
        return f"{first.date()}"
