"""Tables in DuckDB: the one scan, and the second look at the rows that were wrong.

The database is in memory, loads no extension, and may read nothing but the one file.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.tables import lines, reading
from mlops_gates.tables.asks import Aggregate, Column, Count, Predicate, Repeats, Rows
from mlops_gates.tables.source import Source
from mlops_gates.tables.sql import Dialect, identifier, literal

if TYPE_CHECKING:
    import duckdb


class DuckTable:
    """A source opened in DuckDB. `columns` are names with DuckDB's types, in the order of the file."""

    def __init__(self, source: Source, memory: int) -> None:
        """Open `source` with at most `memory` bytes. Raises CheckError when it cannot be read as a table."""
        import duckdb

        self.source = source
        self._errors = duckdb.Error
        self._connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": f"{max(memory, 64 * 1000**2)}B",
                "python_enable_replacements": False,
            }
        )
        self._run(f"SET allowed_paths = [{literal(str(source.path))}]")
        self._run("SET enable_external_access = false")
        self._run("SET TimeZone = 'UTC'")
        self._run("SET lock_configuration = true")
        self._from = reading.clause(source)
        described = self._run(f"DESCRIBE SELECT * FROM {self._from}")
        self.columns: dict[str, str] = {row[0]: row[1] for row in described}
        self._dialect = Dialect(self.columns, source.textual)

    def interrupt(self) -> None:
        """End a running query from another thread; a closed table has none."""
        with contextlib.suppress(self._errors):
            self._connection.interrupt()

    def close(self) -> None:
        """Free the memory."""
        self._connection.close()

    def scan(self, aggregates: Iterable[Aggregate]) -> dict[Aggregate, int]:
        """The answers, by one scan for all counts and one more for each column whose repetitions are counted.

        Raises CheckError when the content cannot be read: it names the first bad line.
        """
        asked = list(dict.fromkeys(aggregates))
        plain = [one for one in asked if not (isinstance(one, Count) and isinstance(one.predicate, Repeats))]
        answers: dict[Aggregate, int] = {}
        if plain:
            # The engine proves the bytes of those columns only that are asked for, so all are.
            every = [f"count({identifier(name)})" for name in self.columns if self.source.textual]
            select = ", ".join([*map(self._expression, plain), *every])
            row = self._run(f"SELECT {select} FROM {self._from}")[0]
            answers |= {one: int(value or 0) for one, value in zip(plain, row, strict=False)}
        for one in asked:
            if one not in answers:
                assert isinstance(one, Count) and isinstance(one.predicate, Repeats)
                answers[one] = self._repetitions(one.predicate.column)
        return answers

    def first_rows(self, predicates: Sequence[Predicate], most: int) -> dict[Predicate, list[int]]:
        """The first `most` rows (counted from 1) in which each predicate holds, in the order of the file."""
        found: dict[Predicate, list[int]] = {}
        plain = [one for one in predicates if not isinstance(one, Repeats)]
        numbered = f"(SELECT *, row_number() OVER () AS {_ROW} FROM {self._from})"
        if plain:
            select = ", ".join(f"min({_ROW}, {most}) FILTER (WHERE {self._dialect.predicate(p)})" for p in plain)
            row = self._run(f"SELECT {select} FROM {numbered}")[0]
            found |= {one: list(value or []) for one, value in zip(plain, row, strict=True)}
        for one in predicates:
            if isinstance(one, Repeats):
                cell = self._dialect.present(one.column)
                again = f"row_number() OVER (PARTITION BY {cell} ORDER BY {_ROW}) > 1 AND {cell} IS NOT NULL"
                query = f"SELECT {_ROW} FROM {numbered} QUALIFY {again} ORDER BY {_ROW} LIMIT {most}"
                found[one] = [row[0] for row in self._run(query)]
        return found

    def column_arrays(self, select: Sequence[str]) -> dict[str, Any]:
        """NumPy arrays (masked where there are nulls) of SQL expressions over the rows, in the order of the file."""
        query = f"SELECT {', '.join(select)} FROM {self._from}"
        arrays: dict[str, Any] = self._guarded(lambda: self._connection.execute(query).fetchnumpy())
        return arrays

    def query(self, select: str) -> list[tuple[Any, ...]]:
        """The rows of `SELECT <select>` over the table."""
        return self._run(f"SELECT {select} FROM {self._from}")

    def _expression(self, one: Aggregate) -> str:
        if isinstance(one, Rows):
            return "count(*)"
        return self._dialect.count(one.predicate)

    def _repetitions(self, column: Column) -> int:
        """Counting hashes proves uniqueness at a sixth of the memory; only when it does not, values are counted."""
        cell = self._dialect.present(column)
        rows, present, hashes = self._run(
            f"SELECT count(*), count({cell}), count(DISTINCT hash({cell})) FROM {self._from}"
        )[0]
        if present == hashes - (present < rows):  # NULL has a hash of its own
            return 0
        return int(present - self._run(f"SELECT count(DISTINCT {cell}) FROM {self._from}")[0][0])

    def _run(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._guarded(lambda: self._connection.execute(query).fetchall())
        return rows

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except self._errors as error:
            raise self._worded(error) from error

    def _worded(self, error: duckdb.Error) -> CheckError:
        source, text = self.source, str(error)
        if "INTERRUPT" in text.upper():
            return CheckError(f"reading {source.shown} was stopped")
        if "out of memory" in text.lower() or type(error).__name__ == "OutOfMemoryException":
            return CheckError(f"{source.shown} needs more memory than the gate has", next_step="Raise `memory`.")
        if source.format == "csv" and (fault := lines.first_fault(source.path, source.delimiter, len(source.header))):
            return CheckError(
                f"{source.shown} cannot be read: line {fault[0]}: {fault[1]}",
                where=Location(source.shown, fault[0]),
                next_step="Repair the file, or the step that writes it.",
            )
        # Quoted words may be cell values, and paths are the machine's own.
        first = re.sub(r"'[^']*'", "'…'", text.replace(str(source.path), source.shown).partition("\n")[0])
        if type(error).__name__ in ("BinderException", "ConversionException"):
            return CheckError(f"{source.shown}: a rule does not fit its column: {first}", next_step="Declare its type.")
        return CheckError(
            f"{source.shown} cannot be read: {first}", next_step="Repair the file, or the step that writes it."
        )


_ROW = '"mlops-gates row"'
