"""Aggregates as columns of one SELECT, or as a tally of values; and what their numbers say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

import narwhals as nw

from mlops_gates.errors import CheckError
from mlops_gates.tables.asks import (
    Aggregate,
    Answer,
    Column,
    Count,
    Counts,
    Deviation,
    Frequencies,
    Greatest,
    Histogram,
    Least,
    Mean,
    Numbers,
    Quantile,
    Rows,
    Texts,
)
from mlops_gates.tables.lazy.cells import Cells
from mlops_gates.tables.lazy.rows import condition

Value: TypeAlias = object
"""What an engine hands over."""

MOST_EXPRESSIONS = 400
"""In one SELECT: the plan of more of them costs more than another pass."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """An aggregate as expressions of one SELECT without groups, and the answer that their values make."""

    expressions: tuple[nw.Expr, ...]
    finish: Callable[[Sequence[Value]], Answer]


@dataclass(frozen=True, slots=True)
class Tally:
    """An aggregate as an expression whose different values are counted, nulls left out.

    Where `holds` is "place", the value is a number, and its bin between `edges` (`place`) is what is counted.
    `among`: only of about one different value in so many, chosen by its hash.
    """

    value: nw.Expr
    holds: Literal["place", "number", "text"]
    finish: Callable[[Sequence[tuple[Value, int]]], Answer]
    among: int = 1
    edges: tuple[float, ...] = ()


def times(holds: nw.Expr) -> nw.Expr:
    """In how many rows a condition holds."""
    return nw.when(holds).then(nw.lit(1)).count()


def part(cells: Cells, one: Aggregate) -> Part | None:
    """The aggregate within one SELECT; None where it needs another way."""
    match one:
        case Rows():
            return Part((nw.len(),), _integer)
        case Count(predicate):
            return Part((times(condition(cells, predicate)),), _integer)
        case Mean(column):
            return _of_number(cells, column, lambda number: (number.mean(),), _plain)
        case Deviation(column):
            return _of_number(cells, column, lambda number: (number.std(ddof=1), number.count()), _deviation)
        case Quantile(column, share):
            return _of_number(cells, column, lambda number: (number.quantile(share, "linear"),), _plain)
        case Least(column) | Greatest(column):
            value = cells.ordered(column)
            if value is None:
                return _nothing(None)
            end = value.min() if isinstance(one, Least) else value.max()
            return Part((end,), _moment if cells.temporal(column) else _plain)
        case Histogram(column, edges) if not edges:
            number = cells.number(column)
            return Part(() if number is None else (number.count(),), lambda values: (_integer(values or (0,)),))
        case Counts(_, known) if not known:
            return _nothing(())
    return None


def tally(cells: Cells, one: Aggregate) -> Tally | None:
    """The aggregate as a count of values; None where it is none."""
    match one:
        case Histogram(column, edges):
            number = _or_null(cells.number(column), nw.Float64)
            return Tally(number, "place", lambda found: _bins(found, len(edges) + 1), edges=edges)
        case Numbers(column, among):
            number = _or_null(cells.number(column), nw.Float64)
            return Tally(number, "number", _spread, among)
        case Texts(column):
            shown = nw.when(~cells.null(column)).then(cells.text(column))
            return Tally(shown, "text", _texts)
        case Counts(column, known):
            text = cells.text(column)
            return Tally(nw.when(text.is_in(list(known))).then(text), "text", lambda found: _counts(found, known))
    return None


def chunks(parts: Mapping[Aggregate, Part]) -> Iterator[list[tuple[int, Aggregate]]]:
    """The aggregates that one SELECT is asked for, each with its number among all."""
    numbered = list(enumerate(parts))
    for start in range(0, len(numbered), MOST_EXPRESSIONS):
        yield numbered[start : start + MOST_EXPRESSIONS]


def frequent(cells: Cells, one: Frequencies) -> nw.Expr:
    """The texts of which the most frequent are asked."""
    text = cells.text(one.column)
    wanted = ~cells.null(one.column)
    return nw.when(wanted & ~text.is_in(list(one.besides)) if one.besides else wanted).then(text)


def one_number(rows: Sequence[Sequence[Value]]) -> Answer:
    """The number that a user's query answers. Raises CheckError where it answers something else."""
    if len(rows) != 1 or len(rows[0]) != 1:
        raise CheckError("the query must answer one number: one row with one column")
    value = rows[0][0]
    if value is None:
        return None
    try:
        return float(str(value)) if not isinstance(value, bool) else float(value)
    except ValueError:
        raise CheckError("the query must answer one number") from None


def _of_number(
    cells: Cells,
    column: Column,
    ask: Callable[[nw.Expr], tuple[nw.Expr, ...]],
    finish: Callable[[Sequence[Value]], Answer],
) -> Part:
    number = cells.number(column)
    return _nothing(None) if number is None else Part(ask(number), finish)


def _nothing(answer: Answer) -> Part:
    """For a column that holds no number: its answer does not depend on the rows."""
    return Part((), lambda _: answer)


def _or_null(value: nw.Expr | None, dtype: type[nw.Int64] | type[nw.Float64]) -> nw.Expr:
    return nw.lit(None).cast(dtype) if value is None else value


def place(number: nw.Expr, edges: Sequence[float]) -> nw.Expr:
    """The bin of a number by halves: as many comparisons as the number of bins has bits. Null stays null."""

    def half(low: int, high: int) -> nw.Expr:
        if low == high:
            return nw.lit(low)
        middle = (low + high) // 2
        return nw.when(number <= edges[middle]).then(half(low, middle)).otherwise(half(middle + 1, high))

    return nw.when(~number.is_null()).then(half(0, len(edges)))


def _integer(values: Sequence[Value]) -> int:
    return int(str(values[0] or 0))


def _plain(values: Sequence[Value]) -> Answer:
    value = values[0]
    if isinstance(value, Decimal):
        return int(value)
    if value is None or isinstance(value, int | float | str):
        return value
    raise TypeError(type(value).__name__)


def _deviation(values: Sequence[Value]) -> Answer:
    return _plain(values) if _integer(values[1:]) > 1 else None


def _moment(values: Sequence[Value]) -> Answer:
    if values[0] is None:
        return None
    return (_EPOCH + timedelta(microseconds=int(str(values[0])))).replace(tzinfo=None).isoformat(" ")


def _bins(found: Sequence[tuple[Value, int]], bins: int) -> Answer:
    counts = [0] * bins
    for place, count in found:
        counts[int(str(place))] += count
    return tuple(counts)


def _spread(found: Sequence[tuple[Value, int]]) -> Answer:
    counts: dict[float, int] = {}
    for number, count in found:
        assert isinstance(number, float)
        counts[number + 0.0] = counts.get(number + 0.0, 0) + count  # 0.0 and -0.0 are one number
    return tuple(sorted(counts.items()))


def _texts(found: Sequence[tuple[Value, int]]) -> Answer:
    return tuple(sorted(((str(text), count) for text, count in found), key=lambda one: (-one[1], one[0])))


def _counts(found: Sequence[tuple[Value, int]], known: Sequence[str]) -> Answer:
    counts = {str(text): count for text, count in found}
    return tuple(counts.get(text, 0) for text in known)
