"""Any database that Ibis knows: the questions go there as its SQL, only the answers come back. Rows have no order."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import ibis

from mlops_gates.errors import CheckError
from mlops_gates.tables.asks import DATA
from mlops_gates.tables.source import Source


class Ibis:
    """Satisfies `engine.Engine`. `url` is one of `ibis.connect`, with its password filled in."""

    unpivots = False
    strips = False
    rows: int | None = None

    def __init__(self, url: str) -> None:
        """Connect. Raises CheckError when there is no such server."""
        # Every driver has errors of its own, and they share no other base.
        self.errors: tuple[type[BaseException], ...] = (Exception,)
        self._url = url
        self._stopped = False
        try:
            self._server: Any = _connected(url)
        except (CheckError, ModuleNotFoundError):
            raise
        except Exception as error:
            raise CheckError(
                f"the database cannot be reached: {self.words(error)}",
                next_step="Are its address and the driver's extra of Ibis right, as in ibis-framework[snowflake]?",
            ) from error

    def open(self, source: Source) -> Any:
        if source.files:
            raise CheckError(
                f"{source.shown} is a file, and the engine a database",
                next_step="Name a table of the database as `source`, or another engine.",
            )
        *place, table = source.shown.split(".")
        frame = self._server.table(table, database=".".join(place) or None)
        if self._server.name == "sqlite":
            from mlops_gates.tables.lazy import ibis_sqlite

            ibis_sqlite.prove(self._server, frame, source.shown)
        return frame

    def types(self, frame: Any) -> Mapping[str, str]:
        return {name: str(dtype) for name, dtype in frame.schema().items()}

    def renamed(self, frame: Any, names: Sequence[str]) -> Any:
        return frame.rename(dict(zip(names, frame.columns, strict=True)))

    def collect(self, frame: Any) -> list[tuple[object, ...]]:
        rows = frame.to_pyarrow().to_pylist()
        return [tuple(row.values()) for row in rows]

    def rough(self, frame: Any) -> Any:
        return frame.aggregate(**{name: frame[name].nunique() for name in frame.columns})

    def sampled(self, frame: Any, among: Mapping[str, int]) -> Any:
        """All values: databases agree on no hash, and their answers are small."""
        del among
        return frame

    def marked(self, frame: Any, name: str, every: int) -> Any:
        marked = frame.mutate(**{name: ibis.row_number()})
        # By a linear congruence: databases agree on no hash.
        return marked.filter((marked[name] * 48_271) % 2_147_483_647 % every == 0) if every > 1 else marked

    def moments(self, frame: Any, names: Sequence[str]) -> Any:
        return frame.mutate(**{name: frame[name].as_timestamp("us") for name in names})

    def conditions(self, frame: Any, sql: Mapping[str, str]) -> Any:
        written = ", ".join(f"({one}) AS {name}" for name, one in sql.items())
        return self._written({DATA: frame}, f"SELECT {written} FROM {DATA}", dict.fromkeys(sql, "boolean"))  # noqa: S608

    def query(self, tables: Mapping[str, Any], sql: str) -> Any:
        import sqlglot.expressions as sge

        # Makes a decimal a float, and two columns an error.
        nothing = sge.cast(sge.null(), "double").sql(self._server.dialect)
        end = f" UNION ALL SELECT {nothing} FROM answer WHERE 1 = 0"  # noqa: S608
        return self._written(tables, sql, {"value": "float64"}, end)

    def _written(self, tables: Mapping[str, Any], sql: str, schema: Mapping[str, str], end: str = "") -> Any:
        """The rows of a query over named tables. Its columns are told, since to find them Ibis makes views in the database.

        Raises CheckError for what is no query.
        """
        import sqlglot

        statements = sqlglot.parse(sql, read=self._server.dialect)
        if len(statements) != 1 or not isinstance(statements[0], sqlglot.exp.Query):
            raise CheckError("the SQL is no query: it must be one SELECT")
        named = ", ".join(f"{name} AS (\n{self._server.compile(frame)}\n)" for name, frame in tables.items())
        text = f"WITH {named}, answer({', '.join(schema)}) AS (\n{sql}\n) SELECT * FROM answer{end}"  # noqa: S608
        return self._server.sql(text, schema=ibis.schema(schema))

    def words(self, error: BaseException) -> str:
        text = str(error).replace(self._url, "the server") or type(error).__name__
        return re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|://[^@\s]*@", "'…'", text.partition("\n")[0])[:400]

    def interrupt(self) -> None:
        """End the query where the driver can from another thread; else leave the server, where it ends sooner or later."""
        connection = getattr(self._server, "con", None)
        end = getattr(connection, "interrupt", None) or getattr(connection, "cancel", None)
        with contextlib.suppress(*self.errors):
            (end or self._server.disconnect)()

    def close(self) -> None:
        # Nothing is lost: all answers are here, or it was told why they are not.
        with contextlib.suppress(*self.errors):
            self._server.disconnect()


def _connected(url: str) -> Any:
    if not url.startswith("sqlite://"):
        return ibis.connect(url)
    from mlops_gates.tables.lazy import ibis_sqlite

    return ibis_sqlite.connected(url)
