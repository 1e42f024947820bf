"""Hive partitions: columns that stand in the names of folders, `year=2026/month=1`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote

from mlops_gates.errors import CheckError

NULL = "__HIVE_DEFAULT_PARTITION__"
_PART = re.compile(r"([^=/]+)=([^/]*)")


def partitions(files: Sequence[tuple[Path, str]], shown: str) -> tuple[tuple[str, str], ...]:
    """The partition columns of the files, with DuckDB's type that all their values have. Raises CheckError.

    Only folders that the user named or that lie below count, `files` says how they are shown.
    """
    values: dict[str, list[str]] = {}
    for path, called in files:
        parts = _parts(Path(called))
        if above := [name for name, _ in _parts(path) if name not in dict(parts)]:
            raise CheckError(
                f"{shown}: a folder above is called {above[0]}=…, which would be read as a column",
                next_step="Name the source from above that folder, or rename it.",
            )
        if len(dict(parts)) < len(parts):
            raise CheckError(f"{called} names a partition twice", next_step="Repair the step that writes the folders.")
        for name, value in parts:
            values.setdefault(name, []).append(unquote(value))
    if short := [name for name, found in values.items() if len(found) < len(files)]:
        lacking = next(called for _, called in files if short[0] not in dict(_parts(Path(called))))
        raise CheckError(
            f"{shown}: the folder of {lacking} lacks the partition {short[0]!r} that others have",
            next_step="Files that are read as one table need the same partitions.",
        )
    return tuple((name, _type(found)) for name, found in values.items())


def private(folder: Path, called: str) -> Path:
    """A path in `folder` for a file of this name, with its partitions and without letters that mean a pattern."""
    *above, last = called.split("/")
    parts = [f"{quote(m[1])}={quote(unquote(m[2]))}" for part in above if (m := _PART.fullmatch(part))]
    return folder.joinpath(*parts, re.sub(r"[*?[\]]|^[.]+", "_", last))


def _parts(path: Path) -> list[tuple[str, str]]:
    return [(unquote(m[1]), m[2]) for part in path.parts[:-1] if (m := _PART.fullmatch(part))]


def _type(values: Sequence[str]) -> str:
    present = [value for value in values if value != NULL]
    if present and all(re.fullmatch(r"-?[0-9]{1,18}", value) for value in present):
        return "BIGINT"
    return "DATE" if present and all(map(_is_day, present)) else "VARCHAR"


def _is_day(value: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False
