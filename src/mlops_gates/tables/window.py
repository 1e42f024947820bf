"""The rows of a source whose moment lies in a window, as a source of the same format."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass
from mlops_gates.tables import reading
from mlops_gates.tables.asks import Column
from mlops_gates.tables.faults import worded
from mlops_gates.tables.source import Source, discarded, from_files
from mlops_gates.tables.sql import Dialect, identifier, literal

if TYPE_CHECKING:
    import duckdb

_FORMATS = {
    "csv": ("csv", "FORMAT csv, HEADER, DELIMITER ','"),
    "jsonl": ("jsonl", "FORMAT json"),
    "parquet": ("parquet", "FORMAT parquet"),
}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UBIGINT", "UINTEGER", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL")
_MILLISECONDS_FROM = 1e11
"""Unix times above are milliseconds: as seconds they would lie beyond the year 5000."""

LEEWAY = timedelta(minutes=5)
"""Rows that are made while we read, and clocks that differ a little, are no fault."""


@dataclass(frozen=True)
class Window:
    """Rows by their moment: `inside` of the window, `before` it, `after` its end, and `without` a moment that can be read.

    `ahead` are those of `after` that no clock's small difference explains. `source` holds the rows inside; None where there
    are none.
    """

    inside: int
    before: int
    after: int
    without: int
    source: Source | None
    ahead: int = 0

    @property
    def rows(self) -> int:
        """All rows that were looked at."""
        return self.inside + self.before + self.after + self.without


def within(
    source: Source,
    column: str,
    start: datetime | None,
    end: datetime,
    memory: int,
    on_cancel: Callable[[Callable[[], None]], None] = lambda _: None,
) -> Window:
    """The rows of `source` with start < moment <= end; `start` and `end` are UTC without a zone, None is no start.

    A moment is a timestamp, ISO text (a zone is heeded, none is UTC), or Unix seconds or milliseconds. Close the source
    of the window after use. Raises CheckError: there is no such column, or the content cannot be read.
    """
    import duckdb

    folder = Path(tempfile.mkdtemp(prefix="mlops-gates-window-"))
    suffix, how = _FORMATS[source.format]
    target = folder / f"window.{suffix}"
    with discarded(folder), _connection(source, target, memory, folder) as connection:
        on_cancel(connection.interrupt)
        try:
            when = moment(_columns(connection, source, column), source, column)
            inside, *others = _counted(connection, reading.clause(source), when, start, end)
            if inside:
                kept = f"SELECT * FROM {reading.clause(source)} WHERE {_inside(when, start, end)}"  # noqa: S608 - quoted
                connection.execute(f"COPY ({kept}) TO {literal(str(target))} ({how})")
        except duckdb.Error as error:
            raise worded(error, source, ()) from None
    before, after, without, ahead = others
    if not inside:
        shutil.rmtree(folder, ignore_errors=True)
        return Window(0, before, after, without, None, ahead)
    return Window(inside, before, after, without, _opened(source, target, folder), ahead)


def _columns(connection: duckdb.DuckDBPyConnection, source: Source, column: str) -> Mapping[str, str]:
    """Names with DuckDB's types. Raises CheckError where `column` is none of them."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {reading.clause(source)}").fetchall()  # noqa: S608 - quoted
    columns = {row[0]: row[1] for row in rows}
    if column not in columns:
        raise CheckError(
            f"{source.shown} has no column {column!r}, which says when a row was made",
            next_step="Name the column as `time`.",
        )
    return columns


def _counted(
    connection: duckdb.DuckDBPyConnection, relation: str, when: str, start: datetime | None, end: datetime
) -> tuple[int, ...]:
    """Rows inside, before, after the end, without a moment, and far after the end."""
    late, far = _moment(end), _moment(end + LEEWAY)
    outside = (f"{when} <= {_moment(start)}", f"{when} > {late}", f"{when} IS NULL", f"{when} > {far}")
    counts = ", ".join(f"count(*) FILTER ({one})" for one in (_inside(when, start, end), *outside))
    found = connection.execute(f"SELECT {counts} FROM {relation}").fetchone()  # noqa: S608 - quoted
    assert found
    return tuple(map(int, found))


def _inside(when: str, start: datetime | None, end: datetime) -> str:
    return f"({when} > {_moment(start)} AND {when} <= {_moment(end)})"


def _moment(at: datetime | None) -> str:
    return f"TIMESTAMP {literal(at.isoformat(' '))}" if at else "TIMESTAMP '-infinity'"


def _connection(source: Source, target: Path, memory: int, folder: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": f"{max(memory, 64 * 1000**2)}B",
            "python_enable_replacements": False,
            "temp_directory": str(folder / "spilled"),
        }
    )
    files = [str(path) for path in (*source.files, target)]
    connection.execute(f"SET allowed_paths = [{', '.join(map(literal, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


def moment(columns: Mapping[str, str], source: Source, column: str) -> str:
    """The moment of a row in SQL, null where it cannot be read."""
    kind, cell = columns[column].split("(")[0], identifier(column)
    number = f"TRY_CAST({cell} AS DOUBLE)"
    unix = (
        f"make_timestamp(CAST(CASE WHEN abs({number}) > {_MILLISECONDS_FROM} THEN {number} * 1e3 ELSE {number} * 1e6 END "
        "AS BIGINT))"
    )
    unix = f"CASE WHEN abs({number}) < 1e14 THEN {unix} END"
    if kind in _WHOLE:
        return f"({unix})"
    dialect = Dialect(columns, source.textual, source.format == "jsonl")
    if kind == "VARCHAR" and source.format == "parquet":
        dialect = replace(dialect, textual=True)
    if kind not in ("VARCHAR", "JSON"):
        return f"({dialect.ordered(Column(column))})"
    read = [dialect.ordered(Column(column, type_)) for type_ in ("timestamp", "date")]
    return f"coalesce({', '.join(read)}, {unix})"


def _opened(source: Source, target: Path, folder: Path) -> Source:
    # The words that mean null were read as nulls: they are blank now.
    return from_files(
        [(target, source.shown)], source.shown, folder=folder, like=target.name, delimiter="," * source.textual
    )
