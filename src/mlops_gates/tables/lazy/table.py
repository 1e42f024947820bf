"""A table in an engine that Narwhals knows: one SELECT for most questions, few more for the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar, cast

import narwhals as nw
from narwhals.exceptions import NarwhalsError

from mlops_gates.errors import CheckError
from mlops_gates.tables import alone, reading, sampling
from mlops_gates.tables.asks import (
    DATA,
    Aggregate,
    Answer,
    Breaks,
    Column,
    Count,
    Distinct,
    Frequencies,
    Predicate,
    Repeats,
    Result,
    RoughlyDistinct,
    Rows,
    Twins,
    Type,
)
from mlops_gates.tables.lazy.answers import Part, Tally, chunks, frequent, one_number, part, place, tally, times
from mlops_gates.tables.lazy.around import Around, Frame, lazy
from mlops_gates.tables.lazy.cells import Cells, kind_of
from mlops_gates.tables.lazy.drawing import drawn
from mlops_gates.tables.lazy.engine import Engine, Ordered
from mlops_gates.tables.lazy.rows import condition
from mlops_gates.tables.source import Source
from mlops_gates.tables.sources.looking import look

T = TypeVar("T")

_DIFFER = "Read it with the default engine, which follows RFC 4180 letter by letter."


class LazyTable:
    """A source opened in an engine. `columns` are names with the engine's types, in the order of the file."""

    def __init__(
        self,
        source: Source,
        engine: Engine,
        others: Mapping[str, Source] | None = None,
        types: Mapping[str, Type] | None = None,
    ) -> None:
        """Open `source`, and `others` by the names that questions use for them.

        `types` are the declared types of columns: a user's SQL sees columns of text as these. The engine goes with the
        table. Raises CheckError when one of the sources cannot be read as a table.
        """
        self.source = source
        self._engine = engine
        self._ordered = cast("Ordered", engine) if hasattr(engine, "numbered") else None
        self._stopped = False
        self._errors: tuple[type[BaseException], ...] = (*engine.errors, NarwhalsError, NotImplementedError)
        self._frames: dict[str, Frame] = {}
        self._cells: dict[str, Cells] = {}
        try:
            self.columns: dict[str, str] = self._open(DATA, source)
            for name, one in (others or {}).items():
                self._open(name, one)
        except BaseException:
            engine.close()
            raise
        self._around = Around(
            source.shown, self._frames, self._cells, dict(types or {}), engine, self._ordered, self._guarded
        )

    def type_of(self, name: str) -> Type | None:
        """The type that the engine gives a column; None for a cell of text that may be read as any."""
        return self._cells[DATA].type_of(name)

    def columns_of(self, other: str) -> dict[str, Type | None]:
        """The columns of the table that was opened as `other`, with their types as by `type_of`."""
        return {name: self._cells[other].type_of(name) for name in self._cells[other].places}

    def sample(self, columns: Sequence[Column], every: int, in_order: Collection[str] = ()) -> sampling.Sample:
        """About one row in `every`: the same rows in every run."""
        return drawn(self._frames[DATA], self._cells[DATA], self._engine, self._collect, columns, every, in_order)

    def interrupt(self) -> None:
        """End what runs, from another thread."""
        self._stopped = True
        self._engine.interrupt()

    def close(self) -> None:
        """Free what the engine holds."""
        self._engine.close()

    def every(self, rows: int) -> int:  # noqa: ARG002 - the port
        """Every row: leaving some out spares these engines little."""
        return 1

    def held(self) -> list[int]:
        """The rows of each file of several, where rows have an order."""
        if not self._ordered:
            return []
        files = list(zip(self.source.files, self.source.names, strict=True))
        return [int(str(look(query, files)[0][0])) for query in reading.counts(self.source)]

    def scan(self, aggregates: Iterable[Aggregate], head: int = 0) -> dict[Aggregate, Answer | CheckError]:
        """The answers. `head`: those of the first so many rows. Raises CheckError when the content cannot be read."""
        asked = list(dict.fromkeys(aggregates))
        # As a whole: some expressions are refused when they are put together, not when they run.
        return self._guarded(lambda: self._scan(asked, head))

    def _scan(self, asked: Sequence[Aggregate], head: int) -> dict[Aggregate, Answer | CheckError]:
        frame, cells = self._frames[DATA], self._cells[DATA]
        frame = frame.head(head) if head else frame
        parts = {one: made for one in asked if not alone.needed(one) and (made := part(cells, one)) is not None}
        answers: dict[Aggregate, Answer | CheckError] = {}
        answers |= self._together(frame, parts, whole=not head)
        rest = [one for one in asked if one not in parts]
        answers |= self._rough(frame, [one for one in rest if isinstance(one, RoughlyDistinct)])
        answers |= self._tallied(frame, {one: counted for one in rest if (counted := tally(cells, one)) is not None})
        return answers | {one: self._apart(one) for one in rest if one not in answers}

    def first_rows(self, predicates: Sequence[Predicate], most: int) -> dict[Predicate, list[int]] | None:
        """The first `most` rows (counted from 1) in which each holds; None in an engine whose rows have no order."""
        if (engine := self._ordered) is None:
            return None
        plain = [one for one in predicates if not alone.looks_around(one)]
        found: dict[Predicate, list[int]] = {}
        if plain:
            cells = self._cells[DATA]
            frame = self._around.numbered().with_columns(
                condition(cells, one).alias(f"p{place}") for place, one in enumerate(plain)
            )
            flags = [f"p{place}" for place in range(len(plain))]
            found |= dict(zip(plain, self._guarded(lambda: engine.first(frame.to_native(), flags, most)), strict=True))
        for one in predicates:
            if one not in found:
                rows = self._around.rows(one).select("row").sort("row").head(most)
                found[one] = [int(str(row[0])) for row in self._collect(rows)]
        return found

    def _open(self, name: str, source: Source) -> dict[str, str]:
        frame = self._guarded(lambda: self._engine.open(source), source)
        types = dict(self._engine.types(frame))
        # Names of our own: in some engines a dot or a backquote in a name is more than a letter.
        places = {column: f"c{place}" for place, column in enumerate(types)}
        rows = lazy(self._engine.renamed(frame, list(places.values())))
        schema = self._guarded(rows.collect_schema, source)
        words = [nw.col(one).cast(nw.String) for one in schema if isinstance(schema[one], nw.Enum | nw.Categorical)]
        self._frames[name] = rows.with_columns(words) if words else rows
        kinds = {column: kind_of(schema[place]) for column, place in places.items()}
        kinds |= {column: "json" for column, type_ in source.keys if type_ == "JSON"}
        self._cells[name] = Cells(places, kinds, source.textual, source.format == "jsonl", strips=self._engine.strips)
        return types

    def _together(self, frame: Frame, parts: Mapping[Aggregate, Part], *, whole: bool) -> dict[Aggregate, Answer]:
        proved = self._engine.rows if whole else None
        answers: dict[Aggregate, Answer] = {}
        for some in chunks(parts):
            named = {one: [f"{place}_{i}" for i, _ in enumerate(parts[one].expressions)] for place, one in some}
            columns = [
                expression.alias(name)
                for one, names in named.items()
                for expression, name in zip(parts[one].expressions, names, strict=True)
            ]
            row = self._collect(frame.select(*columns, nw.len().alias("rows")))[0]
            if proved is not None and row[-1] != proved:
                raise CheckError(
                    f"{self.source.shown} has {proved:,} rows, of which the engine finds {row[-1]:,}", next_step=_DIFFER
                )
            values = dict(zip([name for names in named.values() for name in names], row, strict=False))
            answers |= {one: parts[one].finish([values[name] for name in names]) for one, names in named.items()}
        return answers

    def _rough(self, frame: Frame, asked: Sequence[RoughlyDistinct]) -> dict[Aggregate, Answer]:
        if not asked:
            return {}
        cells = self._cells[DATA]
        values = []
        for number, one in enumerate(asked):
            typed = one.column.type not in ("string", None)
            value = cells.value(one.column) if typed else cells.present(one.column)
            values.append((nw.lit(None).cast(nw.Int64) if value is None else value).alias(f"d{number}"))
        native = frame.select(*values).to_native()
        row = self._guarded(lambda: self._engine.collect(self._engine.rough(native)))[0]
        return {one: int(str(value)) for one, value in zip(asked, row, strict=True)}

    def _tallied(self, frame: Frame, tallies: Mapping[Aggregate, Tally]) -> dict[Aggregate, Answer]:
        """One query per kind of values: those of all columns below each other, counted together."""
        answers: dict[Aggregate, Answer] = {}
        for holds in ("place", "number", "text"):
            some = {f"t{number}": one for number, (one, made) in enumerate(tallies.items()) if made.holds == holds}
            if not some:
                continue
            values = frame.select(*(tallies[one].value.alias(name) for name, one in some.items()))
            if holds == "place":
                # In a second step: the bins of a number are a tree that names it once for each edge.
                values = values.select(
                    *(place(nw.col(name), tallies[one].edges).alias(name) for name, one in some.items())
                )
            among = {name: tallies[one].among for name, one in some.items() if tallies[one].among > 1}
            if among:
                values = lazy(self._engine.sampled(values.to_native(), among))
            found: dict[str, list[tuple[object, int]]] = {name: [] for name in some}
            for name, value, count in self._counted(values, list(some)):
                found[str(name)].append((value, int(str(count))))
            answers |= {one: tallies[one].finish(found[name]) for name, one in some.items()}
        return answers

    def _counted(self, values: Frame, names: Sequence[str]) -> list[tuple[object, ...]]:
        """Name, value and number of rows of all different values of columns of one type, nulls left out."""
        if not self._engine.unpivots:
            return [
                (name, *row)
                for name in names
                for row in self._collect(
                    values.select(nw.col(name).alias("value"))
                    .filter(~nw.col("value").is_null())
                    .group_by("value")
                    .agg(nw.len().alias("n"))
                    .select("value", "n")
                )
            ]
        pairs = values.unpivot(on=list(names), variable_name="name", value_name="value")
        counted = pairs.filter(~nw.col("value").is_null()).group_by("name", "value").agg(nw.len().alias("n"))
        return self._collect(counted.select("name", "value", "n"))

    def _apart(self, one: Aggregate) -> Answer | CheckError:
        if alone.written(one) is not None:
            try:
                return self._guarded(lambda: self._written(one))
            except CheckError as error:
                return error
        frame, cells = self._frames[DATA], self._cells[DATA]
        match one:
            case Rows(table):
                return self._length(self._frames[table])
            case Distinct(column):
                values = frame.select(cells.present(column).alias("k"))
                return self._length(values.filter(~nw.col("k").is_null()).unique())
            case Frequencies():
                texts = frame.select(frequent(cells, one).alias("k")).filter(~nw.col("k").is_null())
                counted = texts.group_by("k").agg(nw.len().alias("n")).select("k", "n")
                found = self._collect(counted.sort("n", "k", descending=[True, False]).head(one.most))
                return tuple((str(text), int(str(count))) for text, count in found)
            case Twins(columns, table):
                matched, keys = self._around.matched(self._frames[table], table, columns)
                many = matched.group_by(*keys).agg(nw.len().alias("n")).filter(nw.col("n") > 1)
                return int(str(self._collect(many.select(nw.col("n").sum().alias("n")))[0][0] or 0))
            case Count(Repeats(columns, nulls_equal), _):
                keyed, keys = self._around.keyed(frame, columns, nulls_equal=nulls_equal)
                groups = keyed.group_by(*keys).agg(nw.len().alias("n"))
                rows, different = self._collect(groups.select(nw.col("n").sum().alias("n"), nw.len().alias("g")))[0]
                return int(str(rows or 0)) - int(str(different))
            case Count(predicate, _):
                return self._length(self._around.rows(predicate))
            case _:
                raise TypeError(type(one).__name__)

    def _written(self, one: Aggregate) -> Answer:
        """A question in the user's SQL. Raises CheckError."""
        match one:
            case Result(sql):
                tables = {name: self._around.as_written(name) for name in self._frames}
                rows = self._guarded(lambda: self._engine.collect(self._engine.query(tables, sql)))
                return one_number(rows)
            case Count(Breaks(sql), _):
                broken = self._around.conditions(self._around.as_written(DATA), sql)
                return int(str(self._collect(broken.select(times(~nw.col("holds")).alias("n")))[0][0]))
            case _:
                raise TypeError(type(one).__name__)

    def _length(self, frame: Frame) -> int:
        return int(str(self._collect(frame.select(nw.len().alias("n")))[0][0]))

    def _collect(self, frame: Frame) -> list[tuple[object, ...]]:
        return self._guarded(lambda: self._engine.collect(frame.to_native()))

    def _guarded(self, work: Callable[[], T], source: Source | None = None) -> T:
        source = source or self.source
        try:
            return work()
        except CheckError:
            raise
        except self._errors as error:
            if self._stopped:
                raise CheckError(f"reading {source.shown} was stopped") from error
            if source.files and (fault := source.fault()):
                raise fault from error
            raise CheckError(
                f"{source.shown} cannot be read: {self._engine.words(error)}",
                next_step="Look at the source, or ask the default engine (`engine: duckdb`).",
            ) from error
