"""Frames made of frames: the rows and cells that a check wants to ask a model about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlops_gates.worker.job import Column, Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def take(frame: Frame, rows: NDArray[np.int64] | Sequence[int] | slice) -> Frame:
    """Some rows, in the given order; a row may come twice."""
    import numpy as np

    places = np.arange(frame.rows)[rows] if isinstance(rows, slice) else np.asarray(rows, dtype=np.int64)
    columns = tuple(
        Column(one.name, one.kind, one.values[places], None if one.nulls is None else one.nulls[places])
        for one in frame.columns
    )
    return Frame(columns, len(places))


def stack(frames: Sequence[Frame]) -> Frame:
    """Frames of the same columns below each other: one question to the model instead of many."""
    import numpy as np

    columns = []
    for parts in zip(*(frame.columns for frame in frames), strict=True):
        masks = [np.zeros(len(one.values), bool) if one.nulls is None else one.nulls for one in parts]
        nulls = np.concatenate(masks) if any(one.nulls is not None for one in parts) else None
        columns.append(Column(parts[0].name, parts[0].kind, np.concatenate([one.values for one in parts]), nulls))
    return Frame(tuple(columns), sum(frame.rows for frame in frames))


def with_column(frame: Frame, name: str, values: NDArray[Any], nulls: NDArray[np.bool_] | None = None) -> Frame:
    """The frame with other cells in one column, of the same kind."""
    columns = (Column(one.name, one.kind, values, nulls) if one.name == name else one for one in frame.columns)
    return Frame(tuple(columns), frame.rows)


def column(frame: Frame, name: str) -> Column:
    """The column of that name. Raises KeyError."""
    for one in frame.columns:
        if one.name == name:
            return one
    raise KeyError(name)


def missing(one: Column) -> NDArray[np.bool_]:
    """Which cells are null (NaN counts as null), shape (n,)."""
    import numpy as np

    if one.kind == "string":
        return np.array([cell is None for cell in one.values.tolist()], dtype=bool)
    gaps = np.zeros(len(one.values), bool) if one.nulls is None else np.asarray(one.nulls, bool)
    return np.asarray(gaps | np.isnan(one.values)) if one.kind == "float64" else gaps
