"""Spark: in this process, on a cluster, or behind Spark Connect. Rows have no order there.

Files of this machine are read by Spark itself, so its workers must see them under the same paths. Their text is proved
by the reader of the default engine, whose number of rows Spark must find too: Spark alone takes bytes that are no UTF-8
for question marks and leaves blank lines of a single column out.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession, functions
from pyspark.sql.types import StringType, StructField, StructType

from mlops_gates import naming
from mlops_gates.errors import CheckError
from mlops_gates.tables import reading
from mlops_gates.tables.source import Source
from mlops_gates.tables.sources.looking import look

_PARTITIONS = {"BIGINT": "bigint", "DATE": "date", "VARCHAR": "string"}
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
_OWN = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.app.name": "mlops-gates"}
_lock = threading.Lock()
_shared: list[tuple[str, Any]] = []
"""The sessions that are in use: a context cannot be started twice in a process, so tables share one."""


class Spark:
    """Satisfies `engine.Engine`. `address` is a master, or the URL of Spark Connect."""

    errors: tuple[type[BaseException], ...] = (PySparkException, Py4JError)
    unpivots = True
    strips = True

    def __init__(self, address: str) -> None:
        """Start or reach Spark. Raises CheckError when it cannot be reached."""
        self.rows: int | None = None
        self._remote = address.startswith("sc://")
        self._address = address
        self._group = f"mlops-gates-{id(self)}"
        try:
            self._session = _connected(address) if self._remote else _started(address)
            for key, value in _SETTINGS.items():
                self._session.conf.set(key, value)
        except CheckError:
            raise
        except Exception as error:
            raise CheckError(
                f"Spark cannot be reached: {self.words(error)}",
                next_step="Is the address right, and is Spark there of the same version as the package pyspark?",
            ) from error

    def open(self, source: Source) -> DataFrame:
        if source.format == "jsonl":
            raise CheckError(
                f"{source.shown}: JSON lines are not read on Spark", next_step="Write them as Parquet before."
            )
        if not source.files:
            return self._named(source)
        if source.folder:
            raise CheckError(
                f"{source.shown} was copied or unpacked for this process: Spark's workers do not see it",
                next_step="Write it as plain CSV or Parquet where the workers see it, or let Spark open it by its name.",
            )
        paths = [f"file://{quote(str(path.resolve()), safe='/=')}" for path in source.files]
        if source.format == "csv":
            self.rows = _proved(source) if self.rows is None else self.rows
            return self._text(paths, source, source.header)
        reader = self._session.read
        if source.partitions:
            reader = reader.option("basePath", f"file://{quote(str(_above(source.path.resolve())), safe='/=')}")
        frame = reader.parquet(*paths)
        for name, type_ in source.partitions:
            frame = frame.withColumn(name, functions.col(_quoted(name)).cast(_PARTITIONS[type_]))
        return frame

    def types(self, frame: DataFrame) -> Mapping[str, str]:
        return dict(frame.dtypes)

    def renamed(self, frame: DataFrame, names: Sequence[str]) -> DataFrame:
        return frame.toDF(*names)

    def collect(self, frame: DataFrame) -> list[tuple[object, ...]]:
        if not self._remote:
            self._session.sparkContext.setJobGroup(self._group, "mlops-gates", True)
        return [tuple(row) for row in frame.collect()]

    def rough(self, frame: DataFrame) -> DataFrame:
        return frame.agg(*(functions.approx_count_distinct(name, 0.02).alias(name) for name in frame.columns))

    def sampled(self, frame: DataFrame, among: Mapping[str, int]) -> DataFrame:
        for name, share in among.items():
            frame = frame.withColumn(
                name, functions.when(functions.expr(f"pmod(xxhash64({name}), {share}) = 0"), functions.col(name))
            )
        return frame

    def marked(self, frame: DataFrame, name: str, every: int) -> DataFrame:
        marked = frame.withColumn(name, functions.monotonically_increasing_id())
        return marked.filter(functions.expr(f"pmod(xxhash64({name}), {every}) = 0")) if every > 1 else marked

    def moments(self, frame: DataFrame, names: Sequence[str]) -> DataFrame:
        for name in names:
            frame = frame.withColumn(name, functions.expr(f"CAST(timestamp_micros({name}) AS timestamp_ntz)"))
        return frame

    def conditions(self, frame: DataFrame, sql: Mapping[str, str]) -> DataFrame:
        return frame.select(*(functions.expr(one).alias(name) for name, one in sql.items()))

    def query(self, tables: Mapping[str, DataFrame], sql: str) -> DataFrame:
        for name, frame in tables.items():
            frame.createOrReplaceTempView(_quoted(name))
        # Within parentheses only a query can stand: no INSERT, no DROP.
        return self._session.sql(f"SELECT * FROM (\n{sql}\n) AS answer")  # noqa: S608

    def words(self, error: BaseException) -> str:
        text = str(error).replace(self._address, "the server")
        text = re.sub(r"(?s)^An error occurred while calling [^\n]*\n:\s*", "", text)
        return re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|file:\S+", "'…'", text.partition("\n")[0])[:400]

    def interrupt(self) -> None:
        with contextlib.suppress(*self.errors):
            if self._remote:
                self._session.interruptAll()
            else:
                self._session.sparkContext.cancelJobGroup(self._group)

    def close(self) -> None:
        with contextlib.suppress(*self.errors, OSError):
            if self._remote:
                self._session.stop()
            else:
                _left(self._address)

    def _named(self, source: Source) -> DataFrame:
        """A source that Spark knows by name: a path of its file systems, or a table of its catalogue."""
        if not (naming.scheme(source.shown) or "/" in source.shown):
            return self._session.table(source.shown)
        path = (
            re.sub("^s3:", "s3a:", source.shown)
            if not self._remote and not os.environ.get("EMR_RELEASE")
            else source.shown
        )
        if source.format != "csv":
            return self._session.read.parquet(path)
        header = self._session.read.options(**_text_options(source.delimiter)).csv(path, inferSchema=False).columns
        return self._text([path], source, header)

    def _text(self, paths: Sequence[str], source: Source, header: Sequence[str]) -> DataFrame:
        schema = StructType([StructField(name, StringType()) for name in header])
        frame = self._session.read.options(**_text_options(source.delimiter)).schema(schema).csv(list(paths))
        nulls = ["", *source.null_values]
        cells = [functions.col(_quoted(name)) for name in header]
        if not source.files:
            cells = [_decoded(cell) for cell in cells]
        return frame.select(
            *(functions.when(~cell.isin(nulls), cell).alias(name) for cell, name in zip(cells, header, strict=True))
        )


def _text_options(delimiter: str) -> dict[str, str]:
    return {
        "header": "true",
        "sep": delimiter,
        "quote": '"',
        "escape": '"',
        "multiLine": "true",
        "mode": "FAILFAST",
        "encoding": "UTF-8",
        "ignoreLeadingWhiteSpace": "false",
        "ignoreTrailingWhiteSpace": "false",
        "nullValue": "",
        "emptyValue": "",
        "maxCharsPerColumn": "-1",
        "maxColumns": "20480",
        "enforceSchema": "true",
    }


def _decoded(cell: Any) -> Any:
    """The cell, or an error where a byte was no UTF-8: Spark reads such as U+FFFD."""
    wrong = functions.raise_error(functions.lit("a byte is no UTF-8 (or the text holds U+FFFD)")).cast("string")
    return functions.when(functions.contains(cell, functions.lit("\ufffd")), wrong).otherwise(cell)


def _proved(source: Source) -> int:
    """The rows of a text that the default engine reads as a whole. Raises CheckError that names the first bad line."""
    columns = ", ".join(f'count("{name.replace(chr(34), chr(34) * 2)}")' for name in source.header)
    try:
        found = look(
            f"SELECT count(*), {columns} FROM {reading.clause(source)}",  # noqa: S608
            list(zip(source.files, source.names, strict=True)),
        )
    except CheckError as error:
        raise source.fault() or error from None
    return int(str(found[0][0]))


def _above(path: Path) -> Path:
    """The folder above the first that names a partition."""
    parts = path.parts
    first = next(place for place, part in enumerate(parts) if "=" in part)
    return Path(*parts[:first])


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _connected(url: str) -> SparkSession:
    session: SparkSession = SparkSession.builder.remote(url).create()
    return session


def _started(master: str) -> SparkSession:
    """A session of its own (settings, views) in the one context of this process."""
    with _lock:
        if not any(address == master for address, _ in _shared):
            if _shared:
                raise CheckError("Spark runs in this process already, under another address")
            builder = SparkSession.builder.master(master)
            for key, value in _OWN.items():
                builder = builder.config(key, value)
            context = builder.getOrCreate()
            try:
                context.sparkContext.setLogLevel("OFF")
            except Exception:
                # Nobody answered: what is left of it must not be taken for the context of the next address.
                context.stop()
                raise
        else:
            context = _shared[0][1]
        _shared.append((master, context))
    session: SparkSession = context.newSession()
    return session


def _left(master: str) -> None:
    with _lock:
        if not any(address == master for address, _ in _shared):
            return
        _, context = _shared.pop()
        if not _shared:
            context.stop()
