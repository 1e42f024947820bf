"""The frames that a model is asked at its edges, made of rows of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gates.models.frames import column, missing, stack, take, with_column
from mlops_gates.worker.job import Column, Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FACTOR = 1000
HUGE = 1e30
"""Beyond any measure, and within 32-bit floats."""
UNSEEN = "a word never seen"
_ROWS = 3
_MOST_BLANK = 20
_CODES = 50
"""Distinct whole numbers up to which a column may hold codes, of which others mean nothing."""


class NotApplicable(Exception):
    """The data has nothing that this case could be made of; the message says what."""


def template(frame: Frame) -> Frame:
    """Up to three rows, those without a blank where there are such."""
    import numpy as np

    blank = np.zeros(frame.rows, bool)
    for one in frame.columns:
        blank |= missing(one)
    whole = np.flatnonzero(~blank)[:_ROWS]
    return take(frame, whole if len(whole) else np.arange(min(_ROWS, frame.rows)))


def numeric(frame: Frame, codes: bool) -> list[Column]:
    """The columns of numbers, with or without those that may be codes. Raises NotApplicable where there are none."""
    found = [one for one in frame.columns if one.kind in ("int64", "float64")]
    if not codes:
        found = [one for one in found if not _coded(one)]
    if not found:
        raise NotApplicable("no feature is a number")
    return found


def zeros(frame: Frame, codes: bool = True) -> Frame:
    """All numbers zero."""
    return _put(template(frame), {one.name: 0.0 for one in numeric(frame, codes)})


def extremes(frame: Frame, codes: bool = True) -> Frame:
    """All numbers at their least, their greatest, the negatives of these, and all of them a thousand times as large."""
    ends = {one.name: _ends(one) for one in numeric(frame, codes)}
    sets = [(factor, end) for factor in (1, -1, FACTOR, -FACTOR) for end in (0, 1)]
    return stack([_filled(frame, {name: factor * one[end] for name, one in ends.items()}) for factor, end in sets])


def huge(frame: Frame) -> Frame:
    """All numbers 1e30, then -1e30, as floats."""
    names = {one.name for one in numeric(frame, codes=True)}
    row = take(template(frame), [0])
    columns = [
        Column(one.name, "float64", one.values.astype(float)) if one.name in names else one for one in row.columns
    ]
    floats = Frame(tuple(columns), 1)
    return stack([_put(floats, dict.fromkeys(names, value)) for value in (HUGE, -HUGE)])


def blanks(frame: Frame) -> Frame:
    """A blank in one feature after the other, then in all."""
    row = take(template(frame), [0])
    names = [one.name for one in frame.columns]
    sets = [[name] for name in names[:_MOST_BLANK]] + [names]
    return stack([_blank(row, some) for some in sets])


def unseen(frame: Frame) -> Frame:
    """A word that no column has in one column of text after the other, then in all."""
    names = [one.name for one in frame.columns if one.kind == "string"]
    if not names:
        raise NotApplicable("no feature is text")
    row = take(template(frame), [0])
    sets = [[name] for name in names[:_MOST_BLANK]] + [names]
    return stack([_put(row, dict.fromkeys(some, UNSEEN)) for some in sets])


def as_text(frame: Frame) -> Frame:
    """The first column of numbers as text."""
    import numpy as np

    rows, name = template(frame), numeric(frame, codes=True)[0].name
    words = np.array([str(value) for value in column(rows, name).values.tolist()], dtype=object)
    columns = [Column(name, "string", words) if one.name == name else one for one in rows.columns]
    return Frame(tuple(columns), rows.rows)


def turned(frame: Frame) -> Frame:
    """The columns in the opposite order. Raises NotApplicable where there is but one."""
    if len(frame.columns) < 2:
        raise NotApplicable("there is one feature only")
    return Frame(frame.columns[::-1], frame.rows)


def _filled(frame: Frame, values: dict[str, float]) -> Frame:
    return _put(take(template(frame), [0]), values)


def _put(row: Frame, values: dict[str, float] | dict[str, str]) -> Frame:
    import numpy as np

    for name, value in values.items():
        one = column(row, name)
        cells: NDArray[np.generic]
        if one.kind == "int64":
            cells = np.array([int(np.clip(float(value), -(2.0**62), 2.0**62))] * row.rows, dtype=np.int64)
        else:
            cells = np.array([value] * row.rows, dtype=one.values.dtype)
        row = with_column(row, name, cells)
    return row


def _blank(row: Frame, names: list[str]) -> Frame:
    import numpy as np

    for name in names:
        one = column(row, name)
        if one.kind == "string":
            row = with_column(row, name, np.array([None] * row.rows, dtype=object))
        else:
            row = with_column(row, name, one.values, np.ones(row.rows, bool))
    return row


def _ends(one: Column) -> tuple[float, float]:
    there = one.values[~missing(one)]
    return (float(there.min()), float(there.max())) if len(there) else (0.0, 0.0)


def _coded(one: Column) -> bool:
    import numpy as np

    there = one.values[~missing(one)]
    return len(np.unique(there)) <= _CODES and bool((np.floor(there) == there).all())
