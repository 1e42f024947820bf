"""The schemas of Parquet files, looked at before the files are read as one table.

DuckDB renames a column name that stands twice, casts the second file to the types of the first (1.5 becomes 2) and
drops columns that only later files have; all of it silently, so all of it is refused here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlops_gates.errors import CheckError
from mlops_gates.tables.sources.csvfiles import distinct
from mlops_gates.tables.sources.looking import look

_SAME = "Files that are read as one table need the same columns of the same types."
_AT_ONCE = 200


def same(files: Sequence[tuple[Path, str]], partitions: Sequence[str]) -> None:
    """Raises CheckError when a file has a name twice, has other columns than the first, or holds a partition column."""
    shown = {str(path): called for path, called in files}
    expected: dict[str, str] | None = None
    for start in range(0, len(files), _AT_ONCE):
        for path, columns in _schemas(files[start : start + _AT_ONCE]):
            called = shown[path]
            distinct([name for name, _ in columns], called, None)
            if both := [name for name, _ in columns if name in partitions]:
                raise CheckError(
                    f"{called} has a column {both[0]!r}, and so have the names of its folders",
                    next_step="Keep one of them: they may contradict each other.",
                )
            expected = expected or dict(columns)
            if dict(columns) != expected:
                raise CheckError(f"{called} {_difference(dict(columns), expected)} {files[0][1]}", next_step=_SAME)


def _difference(columns: dict[str, str], expected: dict[str, str]) -> str:
    for name, type_ in expected.items():
        if name not in columns:
            return f"lacks the column {name!r} of"
        if columns[name] != type_:
            return f"has {name!r} as {columns[name]}, not as {type_} as in"
    return f"has a column {next(name for name in columns if name not in expected)!r} that is not in"


def _schemas(files: Sequence[tuple[Path, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The top columns of each file with their types: those of nested ones are their whole trees."""
    rows = look(
        "SELECT file_name, name, coalesce(num_children, 0), coalesce(duckdb_type, type, ''), coalesce(logical_type, '') "
        "FROM parquet_schema({files})",
        files,
    )
    found: dict[str, list[tuple[str, str, int, str]]] = {}
    for file, name, children, type_, logical in rows:
        found.setdefault(str(file), []).append((str(name), str(type_), int(str(children)), str(logical)))
    return [(str(path), _top(found.get(str(path), []))) for path, _ in files]


def _top(nodes: Sequence[tuple[str, str, int, str]]) -> list[tuple[str, str]]:
    """`nodes` stand in the order of the tree, the root first."""
    at = 1

    def taken() -> str:
        nonlocal at
        name, type_, children, _ = nodes[at]
        at += 1
        return f"{name} {type_}" if not children else f"{name} ({', '.join(taken() for _ in range(children))})"

    columns = []
    while at < len(nodes):
        name, type_, children, _ = nodes[at]
        columns.append((name, taken() if children else type_))
        at += not children
    return columns
