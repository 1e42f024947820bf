"""Cells of tables in SQL, by the columns that a config names."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gates.errors import CheckError
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.tables.sql import identifier


def column_of(columns: Sequence[str], name: str, scope: MonitorScope, table: str, *keys: str) -> str:
    """The column, quoted. Raises CheckError at the config's key where the table has none of that name."""
    if name not in columns:
        raise CheckError(f"{table} has no column {name!r}", where=scope.context.line(*keys))
    return identifier(name)


def text(cell: str) -> str:
    """The cell as text without blanks around it, null where there is nothing else."""
    return f"nullif(trim(CAST({cell} AS VARCHAR), ' \\t\\r\\n'), '')"


def number(cell: str) -> str:
    """The cell as a number, null where it is none.

    Where a column of a CSV is cast in a query and nothing else, DuckDB 2.0 reads it as the target at once, and then TRY_CAST
    ends at the first word that is no number. What is trimmed before is read as text.
    """
    return f"TRY_CAST({text(cell)} AS DOUBLE)"
