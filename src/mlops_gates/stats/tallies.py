"""What a stored profile keeps of a column: counts, never values of single rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from mlops_gates.records import dataclass

_JUST_BELOW_ZERO = -1e-300
"""Instead of the largest negative float, a subnormal, which some engines round to zero."""
DECILES = 10
_BINS = 64
_TAILS = tuple(1 / (_BINS << k) for k in range(1, 5))
PROBABILITIES = (*_TAILS[::-1], *(k / _BINS for k in range(1, _BINS)), *(1 - tail for tail in _TAILS))
"""The quantiles of a reference to make edges of: every sixty-fourth, and halves of the outermost ones down to 1/1024.

Without those a long tail is one wide bin, and the area between two distribution functions comes out too large.
"""


@dataclass(frozen=True)
class Numbers:
    """A column of numbers. `counts[i]` values lie in edges[i-1] < x <= edges[i]; the first and last bin are open.

    `edges` come from the reference (`edges_around`) and are the same on both sides. `mean`, `deviation` (of the
    sample), `least`, `greatest` are those of the values that are there; None where there are none.
    Raises ValueError when edges do not ascend or counts do not fit them.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    nulls: int = 0
    mean: float | None = None
    deviation: float | None = None
    least: float | None = None
    greatest: float | None = None

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.edges) + 1 or min(self.counts) < 0 or self.nulls < 0:
            raise ValueError(f"{len(self.counts)} counts do not fit {len(self.edges)} edges")
        if not all(a < b for a, b in pairwise(self.edges)):
            raise ValueError("the edges do not ascend")

    @property
    def values(self) -> int:
        """How many values there are, nulls left out."""
        return sum(self.counts)

    @property
    def constant(self) -> bool:
        """All values are one."""
        return self.least is not None and self.least == self.greatest


@dataclass(frozen=True)
class Categories:
    """A column of categories: (value, count) of the most frequent ones, `other` rows hold a value that is not listed.

    `other` of 0 says that every value is listed. Raises ValueError for a value that stands twice or a negative count.
    """

    counts: tuple[tuple[str, int], ...]
    other: int = 0
    nulls: int = 0

    def __post_init__(self) -> None:
        if len({value for value, _ in self.counts}) != len(self.counts):
            raise ValueError("a value is listed twice")
        if min((self.other, self.nulls, *(count for _, count in self.counts))) < 0:
            raise ValueError("a count is negative")

    @property
    def values(self) -> int:
        """How many values there are, nulls left out."""
        return sum(count for _, count in self.counts) + self.other


Tally = Numbers | Categories


def edges_around(quantiles: Iterable[float], least: float, greatest: float) -> tuple[float, ...]:
    """Edges out of a reference's quantiles: ascending, distinct, with its range as outermost bins of their own.

    The first bin then holds what is below `least`, the last what is above `greatest`: none of the reference, so that a
    single -999 among a thousand rows is not lost in the lowest sixty-fourth. Infinities and NaN are left out.
    """
    below = math.nextafter(least, -math.inf) if abs(least) > -_JUST_BELOW_ZERO else _JUST_BELOW_ZERO
    inner = {float(x) for x in (*quantiles, greatest) if least <= x <= greatest}
    return tuple(sorted(x for x in {float(below), *inner} if math.isfinite(x)))


def aligned(reference: Categories, current: Categories) -> list[tuple[int, int]]:
    """(reference, current) counts of each value; what a side may hide in its `other` is `other` on both.

    So is a value that a side lists by luck: the last places of a list of the most frequent go to those that happen to
    be a little more frequent there than on the other side, and hundreds of them would look like drift.
    """
    before, now = dict(reference.counts), dict(current.counts)
    sure_before, sure_now = _surely_listed(reference), _surely_listed(current)
    n, m = reference.values, current.values
    pairs, other = [], [reference.other, current.other]
    for value in dict.fromkeys((*before, *now)):
        a, b = before.get(value, 0), now.get(value, 0)
        known = (value in before or not reference.other) and (value in now or not current.other)
        share = (a + b) / (n + m) if known else 0.0
        if known and share * n >= sure_before and share * m >= sure_now:
            pairs.append((a, b))
        else:
            other[0] += a
            other[1] += b
    return [pair for pair in (*pairs, (other[0], other[1])) if any(pair)]


def _surely_listed(side: Categories) -> float:
    """Rows that a value must be expected to have, so as to be in the list but for less than one time in 10,000."""
    if not side.other:
        return 0.0
    last = min((count for _, count in side.counts), default=side.other)
    return last + 4 * math.sqrt(last) + 8


def deciles(reference: Sequence[int], current: Sequence[int]) -> list[tuple[int, int]]:
    """(reference, current) counts of neighbouring bins joined up to each decile of the reference: at most ten cells."""
    total, passed, level = sum(reference), 0, 0
    cells, before, now = [], 0, 0
    for a, b in zip(reference, current, strict=True):
        before, now, passed = before + a, now + b, passed + a
        reached = passed * DECILES // total if total else 0
        if level < reached < DECILES:
            cells.append((before, now))
            before, now, level = 0, 0, reached
    return [*cells, (before, now)]
