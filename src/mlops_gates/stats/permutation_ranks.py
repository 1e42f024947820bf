"""Whether one of many sizes is among the largest, with what other rows might say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.stats.intervals import CONFIDENCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DRAWS = 1000


def behind(
    sizes: NDArray[np.float64],
    place: int,
    rivals: Sequence[int],
    rank: int,
    least: float,
    seed: int,
    confidence: float = CONFIDENCE,
) -> tuple[int | None, float, Interval]:
    """Which rival has that `rank` (from 1), by how much the mean size at `place` is above the edge, and the interval of that.

    `sizes`: shape (rows, u), at least 0; differences are shares of the sum of all means. The edge is the mean size of
    that rival, or `least` of the sum where that is more; then, or with fewer rivals than `rank`, the rival is None.
    The interval is a percentile bootstrap of rows, in which another may be the rival.
    """
    import numpy as np

    n = len(sizes)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=_DRAWS) / n
    drawn = np.concatenate([sizes.mean(axis=0)[None], weights @ sizes])
    edges = least * drawn.sum(axis=1)
    rival = None
    if len(rivals) >= rank:
        others = drawn[:, list(rivals)]
        first = int(np.argsort(-others[0], kind="stable")[rank - 1])
        rival = rivals[first] if others[0, first] >= edges[0] else None
        edges = np.maximum(edges, np.sort(others, axis=1)[:, -rank])
    above = (drawn[:, place] - edges) / np.maximum(drawn.sum(axis=1), 1e-300)
    value = float(above[0])
    low, high = np.quantile(above[1:], [(1 - confidence) / 2, (1 + confidence) / 2])
    ends = min(float(low), value), max(float(high), value)
    return rival, value, Interval(*ends, confidence, f"bootstrap of rows, {_DRAWS} draws")
