"""Predicates that look at more than one row or are the user's own SQL: each is a query of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import narwhals as nw

from mlops_gates.errors import CheckError
from mlops_gates.tables.asks import (
    DATA,
    Breaks,
    Column,
    IsOutOfOrder,
    IsShared,
    IsUnknown,
    Predicate,
    Repeats,
    Type,
)
from mlops_gates.tables.lazy.cells import Cells
from mlops_gates.tables.lazy.engine import Engine, Native, Ordered

Frame = nw.LazyFrame[Native]
T = TypeVar("T")


def lazy(frame: Native) -> Frame:
    """A frame of the engine as one of Narwhals."""
    made: Frame = nw.from_native(frame).lazy()
    return made


@dataclass(frozen=True, slots=True)
class Around:
    """The open tables by name; `guarded` tells the engine's errors, `ordered` is the engine where rows have an order."""

    shown: str
    frames: Mapping[str, Frame]
    cells: Mapping[str, Cells]
    types: Mapping[str, Type]
    engine: Engine
    ordered: Ordered | None
    guarded: Callable[[Callable[[], Frame]], Frame]

    def rows(self, predicate: Predicate) -> Frame:
        """The rows in which a predicate holds, with `row` where rows have an order. Raises CheckError."""
        match predicate:
            case Breaks(sql):
                return self.conditions(self.as_written(DATA, row=self.ordered is not None), sql).filter(
                    ~nw.col("holds")
                )
            case IsUnknown(column, other, there):
                known = self.frames[other].select(self.cells[other].key(there).alias("k"))
                here = self.numbered().with_columns(self.cells[DATA].key(column).alias("k"))
                known, here = (frame.filter(~nw.col("k").is_null()) for frame in (known, here))
                return here.join(known.unique(), on="k", how="anti")
            case IsShared(columns, other):
                mine, keys = self.matched(self.numbered(), DATA, columns)
                theirs, _ = self.matched(self.frames[other], other, columns)
                return mine.join(theirs.select(keys).unique(), on=keys, how="semi")
            case Repeats(columns, nulls_equal):
                keyed, keys = self.keyed(self.numbered(), columns, nulls_equal=nulls_equal)
                engine = self._in_order(f"which rows of {self.shown} repeat an earlier one")
                return self.guarded(lambda: lazy(engine.repeated(keyed.to_native(), keys)))
            case IsOutOfOrder(column, falling, strict):
                return self._disorder(column, falling=falling, strict=strict)
            case _:
                raise TypeError(f"{type(predicate).__name__} is decided by one row")

    def conditions(self, shown: Native, sql: str) -> Frame:
        """The frame with the condition `holds`. Raises CheckError where the SQL is wrong."""
        return self.guarded(lambda: lazy(self.engine.conditions(shown, {"holds": sql})))

    def as_written(self, name: str, *, row: bool = False) -> Native:
        """A table as a user's SQL sees it: under its own names, text as its declared types."""
        cells = self.cells[name]
        frame, numbers = (self.numbered(), ["row"]) if row else (self.frames[name], [])
        columns = [Column(one, self.types.get(one)) for one in cells.places]
        shown = frame.select(*numbers, *(cells.shown(one).alias(cells.places[one.name]) for one in columns))
        native = shown.to_native()
        if moments := [cells.places[one.name] for one in columns if cells.textual and one.type == "timestamp"]:
            native = self.engine.moments(native, moments)
        return self.engine.renamed(native, [*numbers, *(one.name for one in columns)])

    def numbered(self) -> Frame:
        """The table, with `row` from 1 where rows have an order."""
        frame = self.frames[DATA]
        return lazy(self.ordered.numbered(frame.to_native())) if self.ordered else frame

    def keyed(self, frame: Frame, columns: Sequence[Column], *, nulls_equal: bool) -> tuple[Frame, list[str]]:
        """The rows with their keys in columns of the returned names; unless `nulls_equal` without incomplete ones."""
        keys = [f"k{place}" for place, _ in enumerate(columns)]
        present = self.cells[DATA].present
        keyed = frame.with_columns(*(present(one).alias(key) for one, key in zip(columns, keys, strict=True)))
        return (keyed if nulls_equal else keyed.filter(*(~nw.col(key).is_null() for key in keys))), keys

    def matched(self, frame: Frame, name: str, columns: Sequence[Column]) -> tuple[Frame, list[str]]:
        """The rows of a table with keys that are the same in every format; nulls are equal."""
        keys = [f"k{place}" for place, _ in enumerate(columns)]
        match = self.cells[name].match
        return frame.with_columns(*(match(one).alias(key) for one, key in zip(columns, keys, strict=True))), keys

    def _disorder(self, column: Column, *, falling: bool, strict: bool) -> Frame:
        engine = self._in_order(f"whether {column.name!r} of {self.shown} rises or falls")
        value = self.cells[DATA].ordered(column)
        value = nw.lit(None).cast(nw.Float64) if value is None else value
        valued = self.numbered().select("row", value.alias("here")).filter(~nw.col("here").is_null())
        pairs = self.guarded(lambda: lazy(engine.before(valued.to_native(), "here")))
        here, before = nw.col("here"), nw.col("before")
        late = here > before if falling else here < before
        return pairs.filter(late | (here == before) if strict else late)

    def _in_order(self, what: str) -> Ordered:
        if self.ordered is None:
            raise CheckError(
                f"rows have no order in this engine, so it cannot tell {what}",
                next_step="Ask the default engine (`engine: duckdb`), or drop the rule.",
            )
        return self.ordered
