"""Aggregates in DuckDB's SQL: the expressions that one scan is asked for, and what their values say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlops_gates.records import dataclass
from mlops_gates.tables.asks import (
    Aggregate,
    Answer,
    Column,
    Count,
    Counts,
    Deviation,
    Greatest,
    Histogram,
    IsNull,
    Least,
    Mean,
    Numbers,
    Quantile,
    RoughlyDistinct,
    Rows,
    Texts,
)
from mlops_gates.tables.sql import Dialect, identifier, literal

_ILL_CONDITIONED = 1e6
"""Where the mean square is so many times the variance, the difference of sums has lost half of its digits."""


class AskAgainError(Exception):
    """The cheap expressions lost their digits: ask the careful one."""


@dataclass(frozen=True)
class Part:
    """An aggregate as SQL: `expressions` of one SELECT, and `finish`, which makes the answer of their values.

    `finish` raises AskAgainError where only `careful` can answer.
    """

    expressions: tuple[str, ...]
    finish: Callable[[Sequence[Any]], Answer]
    careful: tuple[str, ...] = ()


def part(dialect: Dialect, one: Aggregate) -> Part:
    """The SQL of an aggregate that a single SELECT without groups and windows can answer."""
    match one:
        case Rows():
            return Part(("count(*)",), _integer)
        case Count(IsNull(column)):
            # What the engine itself calls null, the file's own statistics may tell.
            hidden = (_many(dialect.hidden(column)),) if dialect.hides_nulls(column) else ()
            return Part(("count(*)", f"count({identifier(column.name)})", *hidden), _nulls)
        case Count(predicate):
            return Part((_many(dialect.predicate(predicate)),), _integer)
        case Mean(column):
            return _moment(dialect, column, _mean, "avg")
        case Deviation(column):
            return _moment(dialect, column, _deviation, "stddev_samp")
        case Least(column):
            return Part((f"min({dialect.ordered(column)})",), _plain)
        case Greatest(column):
            return Part((f"max({dialect.ordered(column)})",), _plain)
        case Quantile(column, share):
            return Part((f"quantile_cont(CAST({dialect.number(column)} AS DOUBLE), {literal(share)})",), _plain)
        case Histogram(column, edges):
            bounds = ", ".join(f"{edge!r}::DOUBLE" for edge in edges)
            cell = f"CAST({dialect.number(column)} AS DOUBLE)"
            return Part(
                (f"map_values(histogram({cell}, [{bounds}]))", f"count({cell})"), lambda v: _bins(v, len(edges))
            )
        case RoughlyDistinct(column):
            typed = column.type not in ("string", None)
            cell = dialect.value(column) if typed else dialect.present(column)
            return Part((f"approx_count_distinct({cell})",), _integer)
        case Numbers(column, among):
            cell = f"CAST({dialect.number(column)} AS DOUBLE)"
            some = f" FILTER (WHERE hash({cell}) % {among} = 0)" if among > 1 else ""
            return Part((f"map_entries(histogram({cell}){some})",), lambda values: tuple(sorted(_entries(values[0]))))
        case Texts(column):
            cell = f"CASE WHEN NOT {dialect.null(column)} THEN {dialect.text(column)} END"
            return Part((f"map_entries(histogram({cell}))",), _texts)
        case Counts(column, known):
            place = f"list_position([{', '.join(map(literal, known))}], {dialect.text(column)})" if known else "NULL"
            return Part((f"map_entries(histogram({place}))",), lambda values: _counts(values[0], len(known)))
        case _:
            raise TypeError(f"{type(one).__name__} needs more than one SELECT")


def _many(condition: str) -> str:
    """How often a condition holds. Where there are nulls it costs half of `count_if`, which works out every comparison."""
    return f"count(CASE WHEN {condition} THEN 1 END)"


def _moment(dialect: Dialect, column: Column, finish: Callable[[Sequence[Any]], Answer], careful: str) -> Part:
    """Sums are a third of the work of the careful aggregates; they are taken back where they lost digits."""
    cell = identifier(column.name) if dialect.floating(column) else dialect.number(column)
    square = f"{cell} * {cell}" if dialect.floating(column) or dialect.textual else f"CAST({cell} AS DOUBLE) * {cell}"
    exact = f"CAST({dialect.number(column)} AS DOUBLE)"
    return Part((f"sum({cell})", f"sum({square})", f"count({cell})"), finish, (f"{careful}({exact})",))


def _nulls(values: Sequence[Any]) -> int:
    rows, present, *hidden = (int(value or 0) for value in values)
    return rows - present + sum(hidden)


def _mean(values: Sequence[Any]) -> Answer:
    total, _, count = _sums(values)
    return total / count if count else None


def _deviation(values: Sequence[Any]) -> Answer:
    total, squares, count = _sums(values)
    if count < 2:
        return None
    variance = (squares - total * total / count) / (count - 1)
    if variance * _ILL_CONDITIONED < squares / count:
        raise AskAgainError
    return math.sqrt(variance)


def _sums(values: Sequence[Any]) -> tuple[float, float, int]:
    if not values[2]:
        return 0.0, 0.0, 0
    total, squares = float(values[0]), float(values[1])
    if not (math.isfinite(total) and math.isfinite(squares)):
        raise AskAgainError
    return total, squares, int(values[2])


def _integer(values: Sequence[Any]) -> int:
    return int(values[0] or 0)


def _plain(values: Sequence[Any]) -> Answer:
    value = values[0]
    if value is None:
        return None
    if isinstance(value, int | float):
        return value
    return value.isoformat(" ") if hasattr(value, "isoformat") else float(value)


def _bins(values: Sequence[Any], edges: int) -> Answer:
    """The engine adds a bin for what lies above the last edge only where there is something."""
    counts = [int(count) for count in values[0] or [0] * edges]
    counts += [0] * (edges + 1 - len(counts))
    return tuple(counts)


def _entries(entries: Sequence[Mapping[str, Any]] | None) -> list[tuple[Any, int]]:
    return [(entry["key"], int(entry["value"])) for entry in entries or ()]


def _texts(values: Sequence[Any]) -> Answer:
    return tuple(sorted(_entries(values[0]), key=lambda one: (-one[1], one[0])))


def _counts(entries: Sequence[Mapping[str, Any]] | None, known: int) -> Answer:
    counts = [0] * known
    for place, count in _entries(entries):
        counts[place - 1] = count
    return tuple(counts)
