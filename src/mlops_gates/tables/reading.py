"""A source as the FROM clause of DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlops_gates.tables.source import Source
from mlops_gates.tables.sources.jsonlines import OPTIONS
from mlops_gates.tables.sources.looking import listed
from mlops_gates.tables.sql import literal

MAX_LINE_BYTES = 16 << 20


def clause(source: Source, files: Sequence[Path] = ()) -> str:
    """What stands behind FROM: every cell of a CSV as text, every other column as its own type. `files` are some of its."""
    paths = listed(files or source.files)
    if source.format == "parquet":
        return f"read_parquet({paths}, {_partitions(source)})"
    if source.format == "jsonl":
        columns = _columns(source.keys)
        return f"read_json({paths}, {OPTIONS}, auto_detect=false, hive_partitioning=false, columns={columns})"
    columns = _columns([(name, "VARCHAR") for name in source.header])
    nulls = ", ".join(literal(word) for word in ("", *source.null_values))
    return (
        f"read_csv({paths}, auto_detect=false, header=true, columns={columns}, delim={literal(source.delimiter)}, "
        f"quote='\"', escape='\"', strict_mode=true, null_padding=false, nullstr=[{nulls}], "
        f"max_line_size={MAX_LINE_BYTES}, compression='none', hive_partitioning=false)"
    )


def counts(source: Source) -> list[str]:
    """One query per file that counts its rows: what `Source.places` needs to tell the file of a row."""
    return [f"SELECT count(*) FROM {clause(source, [one])}" for one in source.files] if len(source.files) > 1 else []


def _columns(columns: Sequence[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{literal(name)}: '{type_}'" for name, type_ in columns) + "}"


def _partitions(source: Source) -> str:
    if not source.partitions:
        return "hive_partitioning=false"
    return f"hive_partitioning=true, hive_types={_columns(source.partitions)}"
