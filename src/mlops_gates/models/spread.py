"""Columns of a frame as counts: what a column is like, and another one in the same bins."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mlops_gates.models.features import canonical_text
from mlops_gates.models.frames import missing
from mlops_gates.stats.tallies import PROBABILITIES, Categories, Numbers, Tally, edges_around
from mlops_gates.tables.comparing import MOST_NEW
from mlops_gates.tables.profile import ColumnProfile
from mlops_gates.tables.profiling import BINS, MOST_CATEGORIES, MOST_VALUES
from mlops_gates.worker.job import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def profiled(column: Column) -> ColumnProfile:
    """What a column is like; as `profiling.columns` says it of a table, but for what it does not need to be compared."""
    n = len(column.values)
    if column.kind in ("int64", "float64"):
        values = _numbers(column)
        if not len(values):
            return ColumnProfile("empty", None, n, n, 0)
        least, greatest = float(values.min()), float(values.max())
        edges = _edges(values, least, greatest)
        mean, deviation = _moments(values)
        nulls = n - len(values)
        counts = _histogram(values, edges)
        return ColumnProfile("number", None, nulls, n, 0, mean, deviation, least, greatest, edges, counts)
    counted = _texts(column)
    nulls = n - sum(counted.values())
    if not counted:
        return ColumnProfile("empty", None, nulls, n, 0)
    if len(counted) > MOST_CATEGORIES:
        return ColumnProfile("text", None, nulls, n, len(counted))
    ranked = tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
    rest = sum(count for _, count in ranked[MOST_VALUES:])
    return ColumnProfile("category", None, nulls, n, len(counted), values=ranked[:MOST_VALUES], other=rest)


def beside(column: Column, before: ColumnProfile) -> Tally:
    """A column counted in the bins, or by the values, of `before`. What is not of its kind stays what it is."""
    n = len(column.values)
    if before.kind == "number":
        if column.kind not in ("int64", "float64") and not missing(column).all():
            return _categories(column, n, (), listed=False)
        values = _numbers(column) if column.kind in ("int64", "float64") else _none()
        counts = _histogram(values, before.edges)
        if not len(values):
            return Numbers(before.edges, counts, n)
        return Numbers(
            before.edges, counts, n - len(values), *_moments(values), float(values.min()), float(values.max())
        )
    if before.kind == "category":
        known = tuple(_spelled(value, column) for value, _ in before.values)
        return _categories(column, n, known, listed=not before.other)
    gone = int(missing(column).sum())
    return Categories((), n - gone, gone)


def spelled_like(column: Column, before: Tally) -> Tally:
    """The reference's categories as this column spells them: how a boolean is written makes no other value."""
    if column.kind != "bool" or not isinstance(before, Categories):
        return before
    counted: Counter[str] = Counter()
    for value, count in before.counts:
        counted[_spelled(value, column)] += count
    return Categories(tuple(counted.items()), before.other, before.nulls)


def _spelled(value: str, column: Column) -> str:
    return value.strip().lower() if column.kind == "bool" else value


def _categories(column: Column, n: int, known: tuple[str, ...], *, listed: bool) -> Categories:
    """`listed`: values besides the known ones are named too, up to `MOST_NEW`."""
    counted = _texts(column)
    nulls = n - sum(counted.values())
    kept = [(value, counted.pop(value)) for value in dict.fromkeys(known) if counted.get(value)]
    if listed:
        new = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_NEW]
        kept += new
    return Categories(tuple(kept), n - nulls - sum(count for _, count in kept), nulls)


def _texts(column: Column) -> Counter[str]:
    gone = missing(column).tolist()
    cells = Counter(cell for cell, lacks in zip(column.values.tolist(), gone, strict=True) if not lacks)
    counted: Counter[str] = Counter()
    for cell, count in cells.items():
        counted[str(cell).lower() if column.kind == "bool" else canonical_text(cell)] += count
    return counted


def _numbers(column: Column) -> NDArray[np.float64]:
    import numpy as np

    values = np.asarray(column.values, dtype=np.float64)[~missing(column)]
    return values[np.isfinite(values)]


def _moments(values: NDArray[np.float64]) -> tuple[float, float | None]:
    """Mean and standard deviation (n - 1), also of numbers whose squares are larger than a float can be."""
    import numpy as np

    scale = float(np.abs(values).max()) or 1.0
    scaled = values / scale
    return float(scaled.mean()) * scale, float(scaled.std(ddof=1)) * scale if len(values) > 1 else None


def _none() -> NDArray[np.float64]:
    import numpy as np

    return np.empty(0)


def _edges(values: NDArray[np.float64], least: float, greatest: float) -> tuple[float, ...]:
    """As `profiling.edges`."""
    import numpy as np

    ordered = np.sort(values)
    different = int(np.count_nonzero(np.diff(ordered))) + 1
    inner = np.unique(ordered) if different <= BINS else np.quantile(ordered, PROBABILITIES, method="inverted_cdf")
    return edges_around(inner.tolist(), least, greatest)


def _histogram(values: NDArray[np.float64], edges: tuple[float, ...]) -> tuple[int, ...]:
    import numpy as np

    places = np.searchsorted(np.asarray(edges, dtype=np.float64), values, side="left")
    return tuple(np.bincount(places, minlength=len(edges) + 1).tolist())
