"""Tables in DuckDB: one scan for what can be asked together, and a second look at the rows that were wrong.

The database is in memory, loads no extension, may read nothing but the files of its sources, and spills what does not
fit into a private folder that goes with it.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from mlops_gates.errors import CheckError
from mlops_gates.tables import alone, reading, sampling
from mlops_gates.tables.asks import DATA, Aggregate, Answer, Column, Count, IsNull, Predicate, Result, Type
from mlops_gates.tables.compile import AskAgainError, Part, part
from mlops_gates.tables.faults import worded
from mlops_gates.tables.source import Source
from mlops_gates.tables.sql import Dialect, identifier, literal

if TYPE_CHECKING:
    import duckdb

FIRST_MEMORY = 300 * 1000**2
"""Bytes that the engine begins with. Counting distinct values within little memory is also faster: caches are small."""

MOST_COLUMNS = 200
"""Columns that one SELECT asks for: the state of the aggregates of a wide table would not fit into the memory."""

_LOOKS = 8
"""Queries that look for the first bad rows of Parquet, at most."""

_SQL = "Write one expression of DuckDB's SQL, or for a query one SELECT."

T = TypeVar("T")


class _GrownError(Exception):
    """The memory was too little; the connection has more now, and lost what it held."""


class DuckTable:
    """A source opened in DuckDB. `columns` are names with DuckDB's types, in the order of the file."""

    def __init__(
        self,
        source: Source,
        memory: int,
        others: Mapping[str, Source] | None = None,
        types: Mapping[str, Type] | None = None,
    ) -> None:
        """Open `source` with at most `memory` bytes, and `others` by the names that questions use for them.

        `types` are the declared types of columns: a user's SQL sees columns of text as these. Raises CheckError when one
        of the sources cannot be read as a table.
        """
        import duckdb

        self.source = source
        self._errors = duckdb.Error
        self._memory = max(memory, 64 * 1000**2)
        self._others = dict(others or {})
        self._types = dict(types or {})
        self._views_there = False
        self._spilled = tempfile.mkdtemp(prefix="mlops-gates-")
        self._from = reading.clause(source)
        try:
            self._connection = self._connect(min(self._memory, FIRST_MEMORY))
            self.columns: dict[str, str] = self._described(self._from)
            there = {name: self._dialect(one) for name, one in self._others.items()}
        except BaseException:
            shutil.rmtree(self._spilled, ignore_errors=True)
            raise
        self.dialect = Dialect(self.columns, source.textual, source.format == "jsonl")
        relations = {name: reading.clause(one) for name, one in self._others.items()}
        self._alone = alone.Alone(self._from, self._counted(), self.dialect, relations, there)

    def type_of(self, name: str) -> Type | None:
        """The type that the engine gives a column; None for a cell of text that may be read as any."""
        return self.dialect.type_of(name)

    def interrupt(self) -> None:
        """End a running query from another thread; a closed table has none."""
        with contextlib.suppress(self._errors):
            self._connection.interrupt()

    def close(self) -> None:
        """Free the memory and the disk."""
        self._connection.close()
        shutil.rmtree(self._spilled, ignore_errors=True)

    def every(self, rows: int) -> int:
        """One row in how many gives about `rows`: in Parquet only, where a row that is left out is not decoded."""
        if self.source.format != "parquet":
            return 1
        files = ", ".join(literal(str(path)) for path in self.source.files)
        held = int(self._run(f"SELECT sum(num_rows) FROM parquet_file_metadata([{files}])")[0][0] or 0)
        return max(1, held // rows)

    def scan(self, aggregates: Iterable[Aggregate], head: int = 0) -> dict[Aggregate, Answer | CheckError]:
        """The answers: one scan for most, one more for each that would slow it down (distinct values, order, queries).

        `head`: those of the first so many rows, for questions that a common scan answers. Raises CheckError when the
        content cannot be read: it names the first bad line.
        """
        return self._grown(lambda: self._scan(list(dict.fromkeys(aggregates)), head))

    def _scan(self, asked: Sequence[Aggregate], head: int) -> dict[Aggregate, Answer | CheckError]:
        if head:
            return dict(self._together(asked, f"(SELECT * FROM {self._from} LIMIT {head})"))
        apart = [one for one in asked if alone.needed(one)]
        answers: dict[Aggregate, Answer | CheckError] = {}
        for every, group in _by_share([one for one in asked if not alone.needed(one)]).items():
            where = f" WHERE hash(file_index, file_row_number) % {every} = 0" if every > 1 else ""
            answers |= self._together(group, self._from + where)
        for one, answer in answers.items():
            if (
                isinstance(one, Count)
                and isinstance(one.predicate, IsNull)
                and isinstance(answer, int)
                and one.every == 1
            ):
                self._alone.nulls[one.predicate.column] = answer
        return answers | {one: self._apart(one) for one in apart}

    def _apart(self, one: Aggregate) -> Answer | CheckError:
        """The answer to a question of its own. One in the user's words may be wrong, which is an answer too."""
        if (sql := alone.written(one)) is None:
            return self._alone.answer(one, self._run)
        self._show()
        if why := self._unsafe(sql if isinstance(one, Result) else f"SELECT {sql}"):
            return CheckError(f"the SQL is refused: {why}", next_step=_SQL)
        try:
            return self._alone.answer(one, self._run)
        except CheckError as error:
            return error

    def _unsafe(self, query: str) -> str:
        """Why a user's SQL is refused: it is not one SELECT and nothing else. Empty where it is."""
        try:
            statements = self._connection.extract_statements(query)
        except self._errors as error:
            return str(error).partition("\n")[0]
        return "" if len(statements) == 1 and statements[0].type.name == "SELECT" else "it is not one SELECT"

    def _together(self, asked: Sequence[Aggregate], relation: str) -> dict[Aggregate, Answer]:
        parts = {one: part(self.dialect, one) for one in asked}
        expressions = list(dict.fromkeys(e for one in parts.values() for e in one.expressions))
        values = self._values(expressions, relation)
        answers: dict[Aggregate, Answer] = {}
        again: dict[Aggregate, Part] = {}
        for one, made in parts.items():
            try:
                answers[one] = made.finish([values[e] for e in made.expressions])
            except AskAgainError:
                again[one] = made
        if again:
            values = self._values([e for made in again.values() for e in made.careful], relation)
            answers |= {one: values[made.careful[0]] for one, made in again.items()}
        return answers

    def _values(self, expressions: Sequence[str], relation: str) -> dict[str, Any]:
        # The engine proves the bytes of those columns of text only that are asked for, so all are.
        every = [
            f"count({identifier(name)})" for name in self.columns if self.source.textual and relation == self._from
        ]
        asked = list(dict.fromkeys([*expressions, *every]))
        size = len(asked) if self.source.textual else 3 * MOST_COLUMNS
        found: dict[str, Any] = {}
        for start in range(0, len(asked), size):
            some = asked[start : start + size]
            found |= dict(zip(some, self._run(f"SELECT {', '.join(some)} FROM {relation}")[0], strict=True))
        return found

    def first_rows(self, predicates: Sequence[Predicate], most: int) -> dict[Predicate, list[int]]:
        """The first `most` rows (counted from 1) in which each predicate holds, in the order of the file."""
        return self._grown(lambda: self._first_rows(predicates, most))

    def _first_rows(self, predicates: Sequence[Predicate], most: int) -> dict[Predicate, list[int]]:
        found: dict[Predicate, list[int]] = {}
        plain = [one for one in predicates if not alone.looks_around(one)]
        # Columns of Parquet are read one by one, and its statistics may tell that a predicate holds nowhere in a part.
        size = -(-len(plain) // _LOOKS) if self.source.format == "parquet" else len(plain)
        for start in range(0, len(plain), size or 1):
            found |= self._first(plain[start : start + size], most)
        for one in predicates:
            if one not in found:
                rows = self._run(f"{self._alone.rows(one)} ORDER BY 1 LIMIT {most}")
                found[one] = [row[0] for row in rows]
        return found

    def _first(self, plain: Sequence[Predicate], most: int) -> dict[Predicate, list[int]]:
        conditions = [self.dialect.predicate(one) for one in plain]
        select = ", ".join(f"min({alone.ROW}, {most}) FILTER (WHERE {one})" for one in conditions)
        where = " OR ".join(f"({one})" for one in conditions)
        values = self._run(f"SELECT {select} FROM {self._alone.counted} WHERE {where}")[0]
        return {one: list(value or []) for one, value in zip(plain, values, strict=True)}

    def column_arrays(self, select: Sequence[str], where: str = "") -> dict[str, Any]:
        """NumPy arrays (masked where there are nulls) of SQL expressions over the rows, in the order of the file."""
        query = f"SELECT {', '.join(select)} FROM {self._from} {where}"
        arrays: dict[str, Any] = self._grown(
            lambda: self._guarded(lambda: self._connection.execute(query).fetchnumpy())
        )
        return arrays

    def columns_of(self, other: str) -> dict[str, Type | None]:
        """The columns of another table, with the types that the engine gives them."""
        there = self._alone.others[other]
        return {name: there.type_of(name) for name in there.columns}

    def sample(self, columns: Sequence[Column], every: int, in_order: Collection[str] = ()) -> sampling.Sample:
        """Cells of about one row in `every`; in Parquet a row that is left out is not decoded."""
        row, relation = alone.ROW, alone.numbered(self._from)
        if self.source.format == "parquet":
            row, relation = "file_row_number", self._from

        def arrays(query: str) -> Mapping[str, Any]:
            found: dict[str, Any] = self._grown(
                lambda: self._guarded(lambda: self._connection.execute(query).fetchnumpy())
            )
            return found

        return sampling.drawn(arrays, relation, row, self.dialect, columns, every, in_order)

    def held(self) -> list[int]:
        """The rows of each file, in their order; nothing is asked of a single one."""
        return [int(self._run(query)[0][0]) for query in reading.counts(self.source)]

    def rows_of(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query of ours, which may name the table and the others. Raises CheckError."""

        def asked() -> list[tuple[Any, ...]]:
            self._show()
            return self._run(query)

        return self._grown(asked)

    def _connect(self, memory: int) -> duckdb.DuckDBPyConnection:
        import duckdb

        connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": f"{memory}B",
                "python_enable_replacements": False,
                "temp_directory": self._spilled,
            }
        )
        files = [str(path) for source in (self.source, *self._others.values()) for path in source.files]
        connection.execute(f"SET allowed_paths = [{', '.join(map(literal, files))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")
        self._connection, self._limit = connection, memory
        return connection

    def _counted(self) -> str:
        """The rows with their numbers. Of one Parquet file the reader knows them, and need not decode what is left out."""
        if self.source.format == "parquet" and len(self.source.files) == 1:
            return f"(SELECT *, file_row_number + 1 AS {alone.ROW} FROM {self._from})"
        return alone.numbered(self._from)

    def _dialect(self, source: Source) -> Dialect:
        return Dialect(self._described(reading.clause(source)), source.textual, source.format == "jsonl")

    def _show(self) -> None:
        """Make the views that a user's SQL may name: columns of text as their declared types."""
        if self._views_there:
            return
        self._views_there = True
        for name, source in {DATA: self.source, **self._others}.items():
            dialect = self._dialect(source)
            cells = [
                f"{dialect.shown(Column(one, self._types.get(one)))} AS {identifier(one)}" for one in dialect.columns
            ]
            self._run(f"CREATE VIEW {identifier(name)} AS SELECT {', '.join(cells)} FROM {reading.clause(source)}")

    def _described(self, relation: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self._run(f"DESCRIBE SELECT * FROM {relation}")}

    def _run(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._guarded(lambda: self._connection.execute(query).fetchall())
        return rows

    def _grown(self, work: Callable[[], T]) -> T:
        """Begin again, with all the memory there is, what needed more than the first little; nothing made before is there."""
        try:
            return work()
        except _GrownError:
            return work()

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except self._errors as error:
            if type(error).__name__ == "OutOfMemoryException" and self._limit < self._memory:
                self._connection.close()
                self._connect(self._memory)
                self._alone.suspects.clear()
                self._views_there = False
                raise _GrownError from error
            raise worded(error, self.source, self._others.values()) from error


def _by_share(asked: Sequence[Aggregate]) -> dict[int, list[Aggregate]]:
    groups: dict[int, list[Aggregate]] = {}
    for one in asked:
        groups.setdefault(getattr(one, "every", 1), []).append(one)
    return groups
