"""Polars: lazy scans by its streaming engine. Text is parsed once, by the reader of the default engine.

Polars' own reader of CSV takes a blank line for a row of nulls, fills short rows up and lets a quote stand inside a
cell; none of it can be told to fail. So text becomes a private Parquet file first, and both engines see the same cells.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from mlops_gates.errors import CheckError
from mlops_gates.tables import reading
from mlops_gates.tables.faults import worded
from mlops_gates.tables.lazy import jsoncells
from mlops_gates.tables.source import Source
from mlops_gates.tables.sql import literal

_READS = re.compile(r"\b(read|scan)_\w+\s*\(", re.IGNORECASE)
_PARTITIONS = {"BIGINT": pl.Int64, "DATE": pl.Date, "VARCHAR": pl.String}


class Polars:
    """Satisfies `engine.Ordered`. `memory` bounds the reading of text; Polars itself knows no bound."""

    errors: tuple[type[BaseException], ...] = (PolarsError, pl.exceptions.PanicException, OSError)
    unpivots = True
    strips = True
    rows: int | None = None

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._folder = Path(tempfile.mkdtemp(prefix="mlops-gates-polars-"))
        self._made = 0
        self._running: pl.lazyframe.in_process.InProcessQuery | None = None

    def open(self, source: Source) -> pl.LazyFrame:
        if source.format == "parquet":
            partitions = {name: _PARTITIONS[type_] for name, type_ in source.partitions}
            return pl.scan_parquet(
                list(source.files),
                hive_partitioning=bool(partitions),
                hive_schema=partitions or None,
                try_parse_hive_dates=False,
            )
        self._made += 1
        return pl.scan_parquet(as_parquet(source, self._folder / f"{self._made}.parquet", self._memory))

    def types(self, frame: pl.LazyFrame) -> Mapping[str, str]:
        return {name: str(dtype) for name, dtype in frame.collect_schema().items()}

    def renamed(self, frame: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
        return frame.rename(dict(zip(frame.collect_schema().names(), names, strict=True)))

    def collect(self, frame: pl.LazyFrame) -> list[tuple[object, ...]]:
        self._running = frame.collect(engine="streaming", background=True)
        try:
            return list(self._running.fetch_blocking().rows())
        finally:
            self._running = None

    def rough(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        # Of no value at all it counts one.
        return frame.select(
            pl.when(pl.col(name).count() > 0).then(pl.col(name).drop_nulls().approx_n_unique()).otherwise(0).alias(name)
            for name in frame.collect_schema().names()
        )

    def sampled(self, frame: pl.LazyFrame, among: Mapping[str, int]) -> pl.LazyFrame:
        return frame.with_columns(
            pl.when(pl.col(name).hash(seed=0) % share == 0).then(pl.col(name)) for name, share in among.items()
        )

    def marked(self, frame: pl.LazyFrame, name: str, every: int) -> pl.LazyFrame:
        marked = frame.with_row_index(name, offset=1)
        return marked.filter(pl.col(name).hash(seed=0) % every == 0) if every > 1 else marked

    def moments(self, frame: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
        return frame.with_columns(pl.col(name).cast(pl.Datetime("us")) for name in names)

    def conditions(self, frame: pl.LazyFrame, sql: Mapping[str, str]) -> pl.LazyFrame:
        _only_names(*sql.values())
        return frame.with_columns(pl.sql_expr(one).alias(name) for name, one in sql.items())

    def query(self, tables: Mapping[str, pl.LazyFrame], sql: str) -> pl.LazyFrame:
        _only_names(sql)
        return pl.SQLContext(tables).execute(f"SELECT * FROM (\n{sql}\n) AS answer", eager=False)  # noqa: S608

    def words(self, error: BaseException) -> str:
        return re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "'…'", str(error).partition("\n")[0])

    def interrupt(self) -> None:
        if running := self._running:
            running.cancel()

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def numbered(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame.with_row_index("row", offset=1)

    def first(self, frame: pl.LazyFrame, flags: Sequence[str], most: int) -> list[list[int]]:
        rows = [pl.col("row").filter(pl.col(flag)).head(most).implode().alias(flag) for flag in flags]
        return [list(found) for found in frame.select(rows).collect(engine="streaming").rows()[0]]

    def repeated(self, frame: pl.LazyFrame, keys: Sequence[str]) -> pl.LazyFrame:
        return frame.filter(~pl.struct(keys).is_first_distinct())

    def before(self, frame: pl.LazyFrame, name: str) -> pl.LazyFrame:
        return frame.with_columns(pl.col(name).shift(1).alias("before"))


def as_parquet(source: Source, target: Path, memory: int) -> Path:
    """The rows of a source as one Parquet file, read as strictly as by the default engine. Raises CheckError."""
    import duckdb

    mixed = ", ".join(jsoncells.marked(name) for name, type_ in source.keys if type_ == "JSON")
    shown = f"* REPLACE ({mixed})" if mixed else "*"
    files = ", ".join(literal(str(path)) for path in (*source.files, target))
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": f"{max(memory, 64 * 1000**2)}B",
        "python_enable_replacements": False,
        "temp_directory": str(target.parent),
    }
    try:
        with contextlib.closing(duckdb.connect(config=config)) as connection:
            connection.execute(f"SET allowed_paths = [{files}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            connection.execute(
                f"COPY (SELECT {shown} FROM {reading.clause(source)}) TO {literal(str(target))} (FORMAT parquet)"  # noqa: S608
            )
    except duckdb.Error as error:
        raise worded(error, source, ()) from error
    return target


def _only_names(*sql: str) -> None:
    if any(_READS.search(one) for one in sql):
        raise CheckError("the SQL is refused: it reads another file", next_step="Name the tables that are open.")
