"""SQLite through Ibis: what Ibis lacks there, and whether cells are what their columns say, since SQLite does not look."""

from __future__ import annotations

import math
import sqlite3
from array import array
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import ibis
import ibis.expr.operations as ops
from ibis.backends.sql.compilers.sqlite import SQLiteCompiler

from mlops_gates.errors import CheckError

_QUANTILE = "_mlops_gates_quantile"


class _Quantile:
    """The quantile of all numbers, interpolated linearly between two (type 7 of Hyndman and Fan, as the default engine)."""

    def __init__(self) -> None:
        self._numbers = array("d")
        self._share = 0.0

    def step(self, number: float | None, share: float) -> None:
        self._share = share
        if number is not None:
            self._numbers.append(number)

    def finalize(self) -> float | None:
        if not self._numbers:
            return None
        numbers = sorted(self._numbers)
        place = self._share * (len(numbers) - 1)
        low, high = numbers[math.floor(place)], numbers[math.ceil(place)]
        return low + (high - low) * (place - math.floor(place))


class _Compiler(SQLiteCompiler):  # type: ignore[misc]
    __slots__ = ()
    UNSUPPORTED_OPS = tuple(op for op in SQLiteCompiler.UNSUPPORTED_OPS if op not in (ops.IsNan, ops.IsInf))

    def visit_IsNan(self, _: Any, *, arg: Any) -> Any:  # noqa: N802 - the name that Ibis calls
        """Never: SQLite stores NaN as null."""
        return arg.neq(arg)

    def visit_IsInf(self, _: Any, *, arg: Any) -> Any:  # noqa: N802
        return self.f.abs(arg).eq(self.POS_INF)

    def visit_Quantile(self, _: Any, *, arg: Any, quantile: Any, where: Any) -> Any:  # noqa: N802
        return self.agg[_QUANTILE](arg, quantile, where=where)


def connected(url: str) -> Any:
    """The file of `sqlite://relative.db` or `sqlite:///absolute.db`, for reading only. Raises CheckError: there is none."""
    parts = urlparse(url)
    path = Path(parts.netloc + parts.path).absolute()
    if not path.is_file():
        raise CheckError(
            f"there is no file {path} to be the engine's database",
            next_step="Write sqlite://data/x.db for a path from the working directory, sqlite:////data/x.db for another.",
        )
    # `interrupt` comes from another thread.
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.create_aggregate(_QUANTILE, 2, _Quantile)  # type: ignore[arg-type]  # typeshed knows one argument
    server = ibis.sqlite.from_connection(connection)
    server.compiler = _Compiler()
    return server


def prove(server: Any, frame: Any, shown: str) -> None:
    """Raises CheckError where a cell is not of the type of its column: every later answer takes that for granted."""
    asked = {name: misfit for name, dtype in frame.schema().items() if (misfit := _misfit(_quoted(name), dtype))}
    if not asked:
        return
    counts = ", ".join(f"total({misfit})" for misfit in asked.values())
    table = ".".join(map(_quoted, shown.split(".")))
    found = server.con.execute(f"SELECT {counts} FROM {table}").fetchone()  # noqa: S608 - quoted
    wrong = [(name, int(count)) for name, count in zip(asked, found, strict=True) if count]
    if not wrong:
        return
    name, count = wrong[0]
    more = f" (and {len(wrong) - 1} more columns likewise)" if wrong[1:] else ""
    raise CheckError(
        f"{shown} is declared to hold {frame.schema()[name]} in {name!r}, and {count:,} of its cells hold something else"
        f"{more}; SQLite does not mind, but nothing can be said of such a column here",
        next_step="Read the file with the default engine, which reads every cell: `source: sqlite:///file.db#table`.",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _misfit(cell: str, dtype: Any) -> str:
    """SQL for whether a cell is none of the type; empty for types that are not looked into."""
    if dtype.is_boolean():
        return f"{cell} IS NOT NULL AND {cell} IS NOT 0 AND {cell} IS NOT 1"
    if dtype.is_integer():
        return f"typeof({cell}) NOT IN ('integer', 'null')"
    if dtype.is_floating() or dtype.is_decimal():
        return f"typeof({cell}) NOT IN ('real', 'integer', 'null')"
    if dtype.is_string():
        return f"typeof({cell}) NOT IN ('text', 'null')"
    if dtype.is_date():
        return f"{cell} IS NOT NULL AND date({cell}, '+0 days') IS NOT {cell}"
    if dtype.is_timestamp():
        # SQLite knows no more than milliseconds, and would move a moment in a zone to UTC.
        # Older releases take the 30th of February for a day, until something is added to it.
        day = f"substr({cell}, 1, 10)"
        odd = f"length({cell}) > 23 OR {cell} GLOB '*[Z+]*' OR substr({cell}, 11) GLOB '*-*'"
        wrong = f"typeof({cell}) <> 'text' OR datetime({cell}) IS NULL OR date({day}, '+0 days') IS NOT {day} OR {odd}"
        return f"{cell} IS NOT NULL AND ({wrong})"
    return ""
