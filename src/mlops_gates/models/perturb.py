"""Frames with other cells: noise on numbers, cells made null, words exchanged, cells of other rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Literal

from mlops_gates.models.frames import missing
from mlops_gates.records import dataclass
from mlops_gates.worker.job import Column, Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MANY = 20
"""Distinct whole numbers above which they are amounts and not codes."""
_ID = re.compile(r"(?i:(^|[_ .-])id$|^id([_ .-]|$))|[a-z]I[dD]$")


@dataclass(frozen=True)
class Trait:
    """What may be done to a column: noise in units of `spread` (a standard deviation), words exchanged, or neither."""

    name: str
    kind: Literal["number", "words", "other", "id"]
    spread: float = 0.0
    nulls: bool = False


def traits(frame: Frame) -> tuple[Trait, ...]:
    """What the columns are like, in their order.

    Numbers are floats, and integers of more than 20 values. Words are text of which a word comes twice on average.
    Ids are never touched: text or integers that are all different and called so, or that number the rows.
    """
    return tuple(_trait(one, frame.rows) for one in frame.columns)


def _trait(one: Column, rows: int) -> Trait:
    import numpy as np

    gaps = missing(one)
    nulls = bool(gaps.any())
    values = one.values[~gaps]
    if one.kind == "bool" or not len(values):
        return Trait(one.name, "other", nulls=nulls)
    if one.kind == "string":
        words = len(set(values.tolist()))
        kind: Literal["id", "words", "other"] = "words" if 1 < words <= len(values) / 2 else "other"
        return Trait(one.name, "id" if words == len(values) and _ID.search(one.name) else kind, nulls=nulls)
    numbers = values[np.isfinite(values)]
    if one.kind == "int64":
        distinct = len(np.unique(numbers))
        if distinct == rows and rows > _MANY and (_ID.search(one.name) or np.ptp(numbers.astype(float)) < rows):
            return Trait(one.name, "id", nulls=nulls)
        if distinct <= _MANY:
            return Trait(one.name, "other", nulls=nulls)
    spread = float(numbers.astype(np.float64).std()) if len(numbers) else 0.0
    return Trait(one.name, "number" if spread > 0 and np.isfinite(spread) else "other", spread, nulls)


def noisy(frame: Frame, about: Collection[Trait], level: float, rng: np.random.Generator) -> Frame:
    """Normal noise on numbers, its standard deviation `level` of their own; on integers it is rounded."""
    import numpy as np

    spreads = {one.name: one.spread for one in about if one.kind == "number"}

    def changed(one: Column) -> Column:
        if one.name not in spreads:
            return one
        noise = rng.normal(0.0, level * spreads[one.name], len(one.values))
        if one.kind == "int64":
            return Column(one.name, one.kind, one.values + np.rint(noise).astype(np.int64), one.nulls)
        return Column(one.name, one.kind, one.values + noise, one.nulls)

    return Frame(tuple(changed(one) for one in frame.columns), frame.rows)


def blanked(frame: Frame, names: Collection[str], share: float, rng: np.random.Generator) -> Frame:
    """A share (0-1) of the cells of the named columns made null, each by a throw of its own."""

    def changed(one: Column) -> Column:
        if one.name not in names:
            return one
        hit = rng.random(len(one.values)) < share
        if one.kind == "string":
            values = one.values.copy()
            values[hit] = None
            return Column(one.name, one.kind, values)
        return Column(one.name, one.kind, one.values, hit if one.nulls is None else one.nulls | hit)

    return Frame(tuple(changed(one) for one in frame.columns), frame.rows)


def swapped(frame: Frame, source: Frame, names: Collection[str], share: float, rng: np.random.Generator) -> Frame:
    """A share (0-1) of the words replaced by another word of the same column of `source`, as often as it is there."""

    def changed(one: Column, all_of: Column) -> Column:
        if one.name not in names:
            return one
        words = [cell for cell in all_of.values.tolist() if cell is not None]
        values = one.values.copy()
        for place in (rng.random(len(values)) < share).nonzero()[0]:
            if values[place] is not None:
                values[place] = _other(words, values[place], rng)
        return Column(one.name, one.kind, values)

    pairs = zip(frame.columns, source.columns, strict=True)
    return Frame(tuple(changed(one, all_of) for one, all_of in pairs), frame.rows)


def _other(words: list[str], word: str, rng: np.random.Generator) -> str:
    """Thrown anew until it is another; after many throws of one frequent word, any of the others."""
    for _ in range(50):
        if (found := words[rng.integers(len(words))]) != word:
            return found
    return next(one for one in words if one != word)


def touched(before: Frame, after: Frame) -> NDArray[np.bool_]:
    """Which rows have another cell, shape (rows,)."""
    import numpy as np

    found = np.zeros(before.rows, bool)
    for one, other in zip(before.columns, after.columns, strict=True):
        if one is not other:
            here, there = missing(one), missing(other)
            found |= (here != there) | (~here & ~there & np.asarray(one.values != other.values, dtype=bool))
    return found


def mixed(frame: Frame, rows: int, places: Callable[[int], NDArray[np.int64]]) -> Frame:
    """A frame of `rows` rows whose column j takes its cells from the rows `places(j)`, shape (rows,), of `frame`."""
    columns = []
    for place, one in enumerate(frame.columns):
        taken = places(place)
        columns.append(Column(one.name, one.kind, one.values[taken], None if one.nulls is None else one.nulls[taken]))
    return Frame(tuple(columns), rows)
