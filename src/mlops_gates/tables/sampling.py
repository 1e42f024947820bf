"""Cells of some rows as arrays, for what no aggregate can answer: how one column goes with another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlops_gates.records import dataclass
from mlops_gates.tables.asks import Aggregate, Column, Count, IsNotType, IsNull, Rows, Type
from mlops_gates.tables.sql import Dialect
from mlops_gates.tables.table import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST_ROWS = 1_000
_TYPED_AT_ONCE = 200
_LIKELY: tuple[tuple[Type, ...], ...] = (("number",), ("date", "timestamp"))
_MEASURED = ("integer", "number", "date", "timestamp")


@dataclass(frozen=True)
class Cells:
    """One column of a sample, shape (n,): `numbers` (seconds for a moment, NaN where there is none), or else `codes`,
    which are equal where the cells are equal; 0 stands for a null."""

    numbers: NDArray[np.float64] | None
    codes: NDArray[np.uint64] | None


@dataclass(frozen=True)
class Sample:
    """`places`, shape (n,), are fixed marks of the rows, ascending; `cells` are the columns by name."""

    places: NDArray[np.int64]
    cells: Mapping[str, Cells]


def typed(table: Table, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns as their declared types, else the engine's own; text, which may be anything, as what it begins with."""
    known = {column.name: column.type or table.type_of(column.name) for column in columns}
    open_ = [name for name, type_ in known.items() if type_ is None] if table.source.textual else []
    # Most are numbers, and patterns of dates take long: only what is no number is held against these.
    for likely in _LIKELY:
        for start in range(0, len(open_), _TYPED_AT_ONCE):
            known |= _beginnings(table, open_[start : start + _TYPED_AT_ONCE], likely)
        open_ = [name for name in open_ if known[name] is None]
    return tuple(Column(column.name, known[column.name] or "string") for column in columns)


def _beginnings(table: Table, names: Sequence[str], likely: Sequence[Type]) -> dict[str, Type | None]:
    """The types that the first cells of columns of text have; one that begins with nulls alone is text."""
    asked = {name: {type_: Count(IsNotType(Column(name, type_))) for type_ in likely} for name in names}
    nulls = {name: Count(IsNull(Column(name, "number"))) for name in names}
    ask: list[Aggregate] = [Rows(), *nulls.values(), *(one for some in asked.values() for one in some.values())]
    begin = table.scan(ask, head=_FIRST_ROWS)
    found: dict[str, Type | None] = {}
    for name in names:
        fits = [type_ for type_, one in asked[name].items() if begin[one] == 0]
        found[name] = "string" if begin[nulls[name]] == begin[Rows()] else next(iter(fits), None)
    return found


def drawn(
    arrays: Callable[[str], Mapping[str, Any]],
    relation: str,
    row: str,
    dialect: Dialect,
    columns: Sequence[Column],
    every: int,
    in_order: Collection[str] = (),
) -> Sample:
    """About one row in `every`, chosen by a hash of its place, in DuckDB; `row` is the expression of that place.

    Columns of `in_order` are numbers even where they are text: the place of the text among those of the sample.
    """
    some = f" WHERE hash({row}) % {every} = 0" if every > 1 else ""
    cells = [f"{_cell(dialect, column, column.name in in_order)} AS c{place}" for place, column in enumerate(columns)]
    found = arrays(f"SELECT {row} AS place, {', '.join(cells)} FROM {relation}{some}")
    places = _plain(found["place"], "int64", 0)
    order = places.argsort(kind="stable")  # to number texts, the engine sorts the rows
    return Sample(
        places[order],
        {
            column.name: _cells(found[f"c{place}"][order], column.type in _MEASURED or column.name in in_order)
            for place, column in enumerate(columns)
        },
    )


def _cell(dialect: Dialect, column: Column, in_order: bool) -> str:
    if column.type in ("date", "timestamp"):
        return f"epoch({dialect.ordered(column)})"
    if column.type in ("integer", "number"):
        return f"CAST({dialect.number(column)} AS DOUBLE)"
    cell = dialect.present(column)
    if in_order:
        text = f"CAST({cell} AS VARCHAR)"
        return f"CASE WHEN {cell} IS NOT NULL THEN CAST(dense_rank() OVER (ORDER BY {text}) AS DOUBLE) END"
    return f"CASE WHEN {cell} IS NOT NULL THEN hash({cell}) END"


def _cells(array: Any, measured: bool) -> Cells:
    if measured:
        return Cells(_plain(array, "float64", float("nan")), None)
    return Cells(None, _plain(array, "uint64", 0))


def _plain(array: Any, kind: str, missing: float) -> Any:
    """A masked array as a plain one."""
    import numpy as np

    return np.ma.filled(np.ma.asarray(array).astype(kind), missing)
