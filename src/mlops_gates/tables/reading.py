"""A source as the FROM clause of DuckDB's SQL."""

from __future__ import annotations

from mlops_gates.tables.source import Source
from mlops_gates.tables.sql import literal


def clause(source: Source) -> str:
    """What stands behind FROM: every cell of a CSV as text, every other column as its own type."""
    path = literal(str(source.path))
    if source.format == "parquet":
        return f"read_parquet({path}, hive_partitioning=false)"
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in source.header)
    nulls = ", ".join(literal(word) for word in ("", *source.null_values))
    return (
        f"read_csv({path}, auto_detect=false, header=true, columns={{{columns}}}, delim={literal(source.delimiter)}, "
        f"quote='\"', escape='\"', strict_mode=true, null_padding=false, nullstr=[{nulls}], max_line_size=16777216, "
        f"hive_partitioning=false)"
    )
