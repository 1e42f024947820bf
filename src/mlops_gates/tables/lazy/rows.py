"""Predicates that one row decides, as Narwhals expressions. Their twin in SQL is `sql.Dialect.predicate`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import narwhals as nw

from mlops_gates.tables.asks import (
    Cell,
    Column,
    DoesNotMatch,
    IsIn,
    IsLengthOutside,
    IsNotIn,
    IsNotType,
    IsNull,
    IsOutside,
    Predicate,
    numbers_of,
)
from mlops_gates.tables.lazy.cells import Cells, as_whole, whole

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONG = 2**63 - 1
_DIGITS = 10**38 - 1


def condition(cells: Cells, one: Predicate) -> nw.Expr:
    """Whether the predicate holds; null where it does not. Raises TypeError for one that looks at more than a row."""
    match one:
        case IsNull(column):
            return cells.null(column)
        case IsNotType(column):
            if cells.fits(column):
                return _never(cells, column)
            value = cells.value(column)
            return ~cells.null(column) if value is None else ~cells.null(column) & value.is_null()
        case IsOutside(column, low, high):
            return _outside(cells, column, low, high)
        case IsNotIn(column, values):
            return _among(cells, column, values, inside=False)
        case IsIn(column, values):
            return _among(cells, column, values, inside=True)
        case DoesNotMatch(column, pattern):
            return ~cells.null(column) & ~cells.text(column).str.contains(pattern)
        case IsLengthOutside(column, low, high):
            return ~cells.null(column) & _beyond(cells.text(column).str.len_chars(), low, high)
        case _:
            raise TypeError(f"{type(one).__name__} is not decided by one row")


def _never(cells: Cells, column: Column) -> nw.Expr:
    cell = cells.cell(column)
    return cell.is_null() & ~cell.is_null()


def _never_of(value: nw.Expr) -> nw.Expr:
    """False where there is a value, null where there is none."""
    return nw.when(~value.is_null()).then(nw.lit(False))


def _always(value: nw.Expr) -> nw.Expr:
    return ~value.is_null()


def _beyond(value: nw.Expr, low: float | None, high: float | None) -> nw.Expr:
    outside = [value < low] if low is not None else []
    outside += [value > high] if high is not None else []
    return outside[0] | outside[1] if len(outside) > 1 else outside[0]


def _outside(cells: Cells, column: Column, low: Cell | None, high: Cell | None) -> nw.Expr:
    if isinstance(low, str) or isinstance(high, str):
        moment = cells.moment(column)
        bounds = [None if bound is None else _moment(str(bound)) for bound in (low, high)]
        return _never(cells, column) if moment is None else _present(cells, column, _beyond(moment, *bounds))
    kind = cells.kind(column)
    if kind in ("text", "json") and column.type is None:
        number = cells.number(column)
        assert number is not None
        return ~cells.null(Column(column.name, "number")) & (number.is_null() | _beyond(number, low, high))
    if cells.parses(column) and column.type == "integer":
        value = cells.value(column)
        assert value is not None
        return _present(cells, column, _whole_beyond(value, low, high, wide=True))
    if kind in ("whole", "big") and cells.fits(column):
        cell = as_whole(cells.cell(column)) if kind == "big" else cells.cell(column)
        return _whole_beyond(cell, low, high, wide=kind == "big")
    value = cells.value(column) if column.type == "integer" or kind == "text" else cells.number(column)
    if value is None:
        return _never(cells, column)
    value = value.cast(nw.Float64) if kind == "decimal" else value
    beyond = _beyond(value, low, high)
    # An infinity, like a word that is no number; in a declared column `IsNotType` has it.
    return _present(cells, column, value.is_null() | beyond if kind == "float" and column.type is None else beyond)


def _present(cells: Cells, column: Column, holds: nw.Expr) -> nw.Expr:
    return ~cells.null(column) & holds


def _whole_beyond(value: nw.Expr, low: float | None, high: float | None, *, wide: bool) -> nw.Expr:
    """Integers are compared with integers: floats hold no more than 53 bits of them."""
    most = _DIGITS if wide else _LONG
    outside = []
    if low is not None:
        least = math.ceil(low)
        if least > most:
            return _always(value)
        outside += [value < _literal(max(least, -most), wide=wide)]
    if high is not None:
        greatest = math.floor(high)
        if greatest < -most:
            return _always(value)
        outside += [value > _literal(min(greatest, most), wide=wide)]
    return outside[0] | outside[1] if len(outside) > 1 else outside[0]


def _literal(number: int, *, wide: bool) -> nw.Expr:
    return whole(number) if wide else nw.lit(number)


def _among(cells: Cells, column: Column, values: Sequence[Cell], *, inside: bool) -> nw.Expr:
    kind = cells.kind(column)
    if column.type in ("integer", "number") or kind in ("whole", "big", "float", "decimal"):
        found = _number_among(cells, column, values)
        if found is None:
            return _never(cells, column)
        return _present(cells, column, found if inside else ~found)
    words = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    text = cells.text(column)
    if kind == "boolean" or all(isinstance(value, bool) for value in values):
        text = text.str.to_lowercase()
    found = text.is_in(words)
    return _present(cells, column, found if inside else ~found)


def _number_among(cells: Cells, column: Column, values: Sequence[Cell]) -> nw.Expr | None:
    """Whether the cell is one of the numbers among `values`; null where it is no value, None where none can be."""
    numbers = numbers_of(tuple(values))
    value, kind = cells.value(column), cells.kind(column)
    if value is None:
        return None
    text = cells.parses(column)
    if (text and column.type == "integer") or (kind == "big" and cells.fits(column)):
        value = value if text else as_whole(value)
        found = _never_of(value)
        for number in numbers:
            if number == int(number) and abs(number) <= _DIGITS:
                found = found | (value == whole(int(number)))
        return found
    if kind == "whole":
        whole_ones = [int(one) for one in numbers if one == int(one) and abs(one) <= _LONG]
        return value.is_in(whole_ones) if whole_ones else _never_of(value)
    value = value.cast(nw.Float64)
    return value.is_in([float(one) for one in numbers]) if numbers else _never_of(value)


def _moment(text: str) -> int:
    """ISO text as microseconds since 1970; without a zone it is in UTC."""
    stamp = datetime.fromisoformat(text)
    stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    return (stamp - _EPOCH) // timedelta(microseconds=1)
