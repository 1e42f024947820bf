"""PostgreSQL: a table or view as CSV, every value as its text, in one snapshot that cannot write."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_gates.errors import CheckError

if TYPE_CHECKING:
    from psycopg import Connection, Error

CONNECT_SECONDS = 10
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(quote_ident(%s) || '.' || quote_ident(%s)) AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
_TABLES = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'v', 'm', 'p', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY 1, 2 LIMIT 10000
"""


def dump(
    server: str, table: tuple[str, str], shown: str, target: Path, seconds: float, going: Callable[[], None]
) -> None:
    """Write the rows of a table (its schema and name) to `target`, column names first, null as nothing.

    `server` is postgresql://user@host:port/database; the password comes from PGPASSWORD or the password file. Dates are
    ISO 8601, moments UTC. `seconds` bound the statement, `going` may raise to stop it. Raises CheckError.
    """
    try:
        import psycopg
    except ModuleNotFoundError:
        raise CheckError(
            f"{shown}: reading PostgreSQL needs the package psycopg", next_step="Install mlops-gates[postgres]."
        ) from None
    wait = max(2, min(CONNECT_SECONDS, int(seconds)))
    try:
        with psycopg.connect(
            server,
            autocommit=True,
            connect_timeout=wait,
            application_name="mlops-gates",
            tcp_user_timeout=max(1000, int(seconds * 1000)),
        ) as connection:
            connection.execute("SELECT set_config('statement_timeout', %s, false)", (str(max(1, int(seconds * 1000))),))
            connection.execute("SET datestyle = 'ISO, YMD'")
            connection.execute("SET intervalstyle = 'iso_8601'")
            connection.execute("SET timezone = 'UTC'")
            connection.execute("SET client_encoding = 'UTF8'")
            connection.read_only = True
            with connection.transaction():
                _copy(connection, table, shown, target, going)
    except psycopg.Error as error:
        raise _worded(error, table, shown) from None


def _copy(
    connection: Connection[tuple[object, ...]],
    table: tuple[str, str],
    shown: str,
    target: Path,
    going: Callable[[], None],
) -> None:
    from psycopg import sql

    columns = [str(row[0]) for row in connection.execute(_COLUMNS, table)]
    if not columns:
        raise _unknown(connection, table, shown)
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv, HEADER true)").format(
        sql.SQL(", ").join(sql.SQL("{0}::text AS {0}").format(sql.Identifier(name)) for name in columns),
        sql.Identifier(*table),
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy, target.open("xb") as file:
        for place, part in enumerate(copy):
            file.write(part)
            if place % 1000 == 0:
                going()


def _unknown(connection: Connection[tuple[object, ...]], table: tuple[str, str], shown: str) -> CheckError:
    names = [f"{row[0]}.{row[1]}" for row in connection.execute(_TABLES)]
    close = difflib.get_close_matches(".".join(table), names, n=1)
    there = f"It has {', '.join(names[:10])}." if names else "It has no tables that this user may see."
    return CheckError(
        f"{shown}: there is no table {'.'.join(table)!r} with columns",
        next_step=f"Did you mean {close[0]!r}?" if close else there,
    )


def _worded(error: Error, table: tuple[str, str], shown: str) -> CheckError:
    """The server's message without its details, which may hold values of rows."""
    from psycopg import errors

    text = (error.diag.message_primary or str(error).strip()).partition("\n")[0]
    if isinstance(error, errors.QueryCanceled):
        return CheckError(f"{shown} was not read within the time of the gate", next_step="Raise `timeout`.")
    if isinstance(error, errors.InsufficientPrivilege):
        step = f"GRANT SELECT ON {'.'.join(table)} to it, and USAGE on the schema."
        return CheckError(f"{shown} may not be read by this user: {text}", next_step=step)
    if "password" in text:
        return CheckError(
            f"{shown}: the server did not let the user in: {text}",
            next_step="Set PGPASSWORD in the job's secrets, or a password file; no password belongs into the config.",
        )
    if error.sqlstate is None:
        return CheckError(
            f"{shown}: no connection: {text}", next_step="Is the server reachable from this job? See host and port."
        )
    return CheckError(f"{shown} cannot be read: {text}")
