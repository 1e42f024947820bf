"""A short look into files with DuckDB: at schemas, not at rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mlops_gates.errors import CheckError
from mlops_gates.tables.sql import literal


def listed(files: Sequence[Path]) -> str:
    """The files as a list in SQL."""
    return f"[{', '.join(literal(str(path)) for path in files)}]"


def look(query: str, files: Sequence[tuple[Path, str]], most: int = 1_000_000_000) -> list[tuple[object, ...]]:
    """The rows of a query of ours in which `{files}` are the files; it may read nothing else and `most` bytes of memory.

    Raises CheckError in words, without paths of the machine or what stands in the files.
    """
    import duckdb

    paths = listed([path for path, _ in files])
    try:
        with duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": f"{most}B",
                "python_enable_replacements": False,
            }
        ) as connection:
            connection.execute(f"SET allowed_paths = {paths}")
            connection.execute("SET temp_directory = ''")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            rows: list[tuple[object, ...]] = connection.execute(query.replace("{files}", paths)).fetchall()
            return rows
    except duckdb.Error as error:
        raise CheckError(_worded(error, files), next_step="Repair the file, or the step that writes it.") from None


def _worded(error: Exception, files: Sequence[tuple[Path, str]]) -> str:
    text = str(error).partition("\n")[0]
    broken = next((called for path, called in files if str(path) in text), files[0][1])
    for path, called in files:
        text = text.replace(str(path), called)
    quiet = re.sub(r"'[^']*'", "'…'", text)
    return f"{broken} cannot be read: {quiet}"
