"""SQLite: a table or view as CSV, every value as its text.

SQLite lets any value stand in any column. As text, a word in an INTEGER column is found like one in a CSV.
"""

from __future__ import annotations

import csv
import difflib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from mlops_gates.errors import CheckError, GatesError

_MAGIC = b"SQLite format 3\0"
_ROWS_AT_ONCE = 1_000
_STEPS_AT_ONCE = 1_000_000


def dump(path: Path, table: str, shown: str, target: Path, going: Callable[[], None]) -> None:
    """Write the rows of a table or view to `target`, column names first, null as nothing, bytes in hexadecimal.

    The file is opened read-only and nothing is written beside it. `going` may raise to stop it. Raises CheckError.
    """
    _sound(path, shown)
    stopped: list[BaseException] = []
    try:
        # immutable: no lock and no -shm file in a workspace that may be read-only; _sound saw that nothing is pending.
        uri = f"file:{quote(os.fspath(path.resolve()))}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.set_progress_handler(lambda: _stop(going, stopped), _STEPS_AT_ONCE)
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            _known(connection, table, shown)
            connection.text_factory = bytes.decode  # its own words for what is no UTF-8 quote the cell
            rows = connection.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608 - the name is quoted
            with target.open("x", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([column[0] for column in rows.description])
                for some in iter(lambda: rows.fetchmany(_ROWS_AT_ONCE), []):
                    writer.writerows([_text(value, shown) for value in row] for row in some)
                    going()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if stopped:
            raise stopped[0] from None
        raise CheckError(f"{shown} cannot be read: {error}", next_step="Is it the file of a SQLite database?") from None


def _stop(going: Callable[[], None], stopped: list[BaseException]) -> int:
    """SQLite swallows what its handler raises, so it is kept; anything but 0 ends the statement."""
    try:
        going()
    except GatesError as error:
        stopped.append(error)
        return 1
    return 0


def _sound(path: Path, shown: str) -> None:
    try:
        if not path.is_file():
            raise CheckError(f"{shown}: {path.name} is no regular file")
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise CheckError(f"{shown} cannot be read: {error.strerror}") from None
    if magic != _MAGIC:
        what = "is empty (0 bytes)" if not magic else "is no SQLite database"
        raise CheckError(f"{shown}: {path.name} {what}", next_step="Look at the step that writes it.")
    for suffix in ("-wal", "-journal"):
        beside = path.with_name(path.name + suffix)
        if beside.exists() and beside.stat().st_size:
            raise CheckError(
                f"{shown}: {beside.name} holds changes that are not in the database yet",
                next_step="Close every connection to it first, or run PRAGMA wal_checkpoint(TRUNCATE).",
            )


def _known(connection: sqlite3.Connection, table: str, shown: str) -> None:
    query = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    names = [str(row[0]) for row in connection.execute(query)]
    if table in names:
        return
    close = difflib.get_close_matches(table, names, n=1)
    there = f"It has {', '.join(sorted(names)[:10])}." if names else "It has no tables."
    step = f"Did you mean {close[0]!r}?" if close else there
    raise CheckError(f"{shown}: there is no table {table!r} in it", next_step=step)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str | bytes | float | None, shown: str) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise CheckError(f"{shown}: a cell of text holds a NUL character", next_step="Store bytes as a BLOB.")
        return value
    if isinstance(value, bytes):
        return value.hex()
    return "" if value is None else repr(value)
