"""The engines by name, and the table that each opens. Nothing heavy is imported before an engine is asked for."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlops_gates import naming
from mlops_gates.errors import CheckError
from mlops_gates.tables.asks import Type
from mlops_gates.tables.source import Source
from mlops_gates.tables.table import Table

if TYPE_CHECKING:
    from mlops_gates.tables.lazy.engine import Engine

DEFAULT = "duckdb"
_IBIS = (
    "athena", "bigquery", "clickhouse", "databricks", "datafusion", "druid", "exasol", "flink", "impala", "materialize",
    "mssql", "mysql", "oracle", "postgres", "postgresql", "risingwave", "singlestoredb", "snowflake", "sqlite", "trino",
)  # fmt: skip
"""Schemes of `ibis.connect`. Ibis on DuckDB or Polars would be the engines above, once more."""

_SPARK = re.compile(r"local(\[([1-9][0-9]*|\*)\])?|yarn|spark://[^/\s]+:[0-9]+|k8s://\S+|sc://[^/\s]+(/\S*)?")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_EXAMPLES = ("duckdb", "polars", "yarn", "local[2]", "spark://host:7077", "sc://host:15002")


def known_engine(text: str) -> str:
    """Why `text` names no engine; empty where it does. Looks at the text alone."""
    if text in ("duckdb", "polars") or _SPARK.fullmatch(text):
        return ""
    scheme = naming.scheme(text)
    if scheme in _IBIS:
        return "" if len(text) > len(scheme) + 3 else f"{scheme}:// names no server"
    if scheme in ("spark", "sc", "k8s"):
        return f"{text!r} is no address of Spark; write spark://host:7077, sc://host:15002 or k8s://https://host:443"
    if text.startswith("local"):
        return f"{text!r} is no Spark in this process; write local[2]"
    names = (*_EXAMPLES, *(f"{one}://" for one in _IBIS))
    asked = f"{scheme}://" if scheme else text.lower()
    near = difflib.get_close_matches(asked, names, 1, 0.5)
    meant = f"; did you mean {near[0]}?" if near else f"; engines are {', '.join(_EXAMPLES)} and the URLs of Ibis"
    return f"{_masked(text)!r} is no engine{meant}"


def reads_itself(engine: str) -> bool:
    """Whether the engine may open a source by its name, without a file of this machine: what `named` is for."""
    return engine not in ("duckdb", "polars")


def named(name: str, null_values: tuple[str, ...] = (), delimiter: str = ",") -> Source:
    """A source that the engine opens by itself: `s3://…`, `hdfs://…`, `catalog.schema.table`; no file of ours."""
    suffix = naming.FORMATS.get(naming.suffixes(name)[0])
    form = "csv" if suffix == "csv" else "parquet"
    return Source((), (), naming.public(name), form, null_values, delimiter, lined=False)  # type: ignore[arg-type]


def open_table(
    source: Source,
    engine: str,
    memory: int,
    others: Mapping[str, Source] | None = None,
    types: Mapping[str, Type] | None = None,
) -> Table:
    """Open `source`, and `others` by the names that questions use, in `engine`; close the table after use.

    `memory` in bytes bounds this process where the engine lets itself be bounded. `${NAME}` in an engine's URL stands
    for a variable of the environment, so that no secret stands in a config. Raises CheckError: an unknown engine, one
    whose package is missing, a source that cannot be read.
    """
    if why := known_engine(engine):
        raise CheckError(why)
    if engine == DEFAULT:
        from mlops_gates.tables.duck import DuckTable

        return DuckTable(source, memory, others, types)
    try:
        opened = _engine(engine, memory)
        from mlops_gates.tables.lazy.table import LazyTable

        return LazyTable(source, opened, others, types)
    except ModuleNotFoundError as error:
        raise _missing(engine, error.name or "") from None


def _engine(engine: str, memory: int) -> Engine:
    if engine == "polars":
        from mlops_gates.tables.lazy.on_polars import Polars

        return Polars(memory)
    address = _filled(engine)
    if _SPARK.fullmatch(engine):
        if not engine.startswith("sc://"):
            _need_java()
        from mlops_gates.tables.lazy.on_spark import Spark

        return Spark(address)
    from mlops_gates.tables.lazy.on_ibis import Ibis

    return Ibis(address)


def _filled(engine: str) -> str:
    def value(match: re.Match[str]) -> str:
        if found := os.environ.get(match[1]):
            return found
        raise CheckError(
            f"the engine {_masked(engine)} needs the variable {match[1]}, which is not set",
            next_step="Give it to the job as a secret.",
        )

    return _VARIABLE.sub(value, engine)


def _masked(engine: str) -> str:
    """The engine without user, password and parameters."""
    return re.sub(r"[;?].*", "", naming.public(engine))


def _missing(engine: str, package: str) -> CheckError:
    extra = "spark" if _SPARK.fullmatch(engine) else "polars" if engine == "polars" else "ibis"
    package = package.partition(".")[0]
    # What pyspark itself needs comes with pyspark.
    needed = package if package in ("narwhals", "polars") or extra == "ibis" else "pyspark"
    also = "; Spark also needs Java 17" if extra == "spark" else ""
    return CheckError(
        f"the engine {_masked(engine)} needs the package {needed}, which is not installed",
        next_step=f"pip install 'mlops-gates[{extra}]'{also}.",
    )


def _need_java() -> None:
    """Raises CheckError where Spark would end in a stack trace, since there is no Java to start."""
    home = os.environ.get("JAVA_HOME", "")
    command = f"{home}/bin/java" if home else "java"
    import subprocess

    try:
        subprocess.run([command, "-version"], capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        raise CheckError(
            "Spark needs Java, and none starts here",
            next_step="Install Java 17 (Debian: openjdk-17-jre-headless) or name it in JAVA_HOME; "
            "Spark Connect (sc://…) needs none.",
        ) from None
