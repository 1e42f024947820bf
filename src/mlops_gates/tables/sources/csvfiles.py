"""The header of CSV files: column names as they stand there, the same in every file."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.tables import lines

DELIMITERS = (",", ";", "\t", "|")
MAX_HEADER_BYTES = 4 * 1024 * 1024
_USUAL_HEADER_BYTES = 64 * 1024
MAX_COLUMNS = 20_000


def header(files: Sequence[tuple[Path, str]], delimiter: str) -> tuple[tuple[str, ...], str]:
    """The column names and the delimiter of files (with the names that messages give them). Raises CheckError."""
    (path, shown), *others = files
    names, delimiter = _of_one(path, shown, delimiter)
    for other, called in others:
        if _of_one(other, called, delimiter)[0] != names:
            raise CheckError(
                f"{called} has another header than {shown}",
                where=Location(called, 1),
                next_step="Files that are read as one table need the same columns in the same order.",
            )
    return names, delimiter


def _of_one(path: Path, shown: str, delimiter: str) -> tuple[tuple[str, ...], str]:
    where = Location(shown, 1)
    first, found = "", None
    try:
        # newline="" and LF alone: a form feed or a lone separator inside a name ends no line.
        with path.open(encoding="utf-8-sig", newline="") as file:
            for size in (_USUAL_HEADER_BYTES, MAX_HEADER_BYTES):
                first += file.read(size - len(first))
                found = _first_record(first, delimiter, whole=len(first) < size or size == MAX_HEADER_BYTES)
                if found or len(first) < size:
                    break
    except csv.Error as error:
        raise CheckError(f"{shown}: the header cannot be read: {error}", where=where) from None
    except UnicodeDecodeError:
        line, why = lines.not_utf8(path) or (1, "it is no UTF-8")
        raise CheckError(
            f"{shown} cannot be read: line {line}: {why}", where=Location(shown, line), next_step="Save it as UTF-8."
        ) from None
    if "\0" in first[:1024]:
        raise CheckError(f"{shown} is no text: it has NUL bytes", where=where, next_step="Is it a CSV file in UTF-8?")
    if found is None:
        raise CheckError(f"{shown}: the first line is blank", where=where, next_step="Begin with the column names.")
    record, delimiter = found
    names = tuple(name.strip() or f"column{place}" for place, name in enumerate(record))
    distinct(names, shown, where)
    return names, delimiter


def _first_record(text: str, delimiter: str, *, whole: bool) -> tuple[list[str], str] | None:
    """The fields of the first record, and the delimiter; None where the first line is blank, or the text ends in it.

    `whole` says that nothing follows that should be waited for. Raises csv.Error.
    """
    physical = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    if not physical[0].strip():
        return None
    found = delimiter or max(DELIMITERS, key=physical[0].count)
    reader = csv.reader(physical, delimiter=found, strict=True)
    try:
        names = next(reader)
    except csv.Error:
        if whole:
            raise
        return None
    return (names, found) if whole or reader.line_num < len(physical) else None


def distinct(names: Sequence[str], shown: str, where: Location | None) -> None:
    """Raises CheckError for too many columns and for names that stand twice: engines would rename them silently."""
    if len(names) > MAX_COLUMNS:
        raise CheckError(f"{shown} has {len(names):,} columns, at most {MAX_COLUMNS:,} are read", where=where)
    seen = Counter(name.casefold() for name in names)
    if twice := [name for name in names if seen[name.casefold()] > 1]:
        raise CheckError(
            f"{shown}: the header has {', '.join(map(repr, twice[:5]))} more than once (case does not count)",
            where=where,
            next_step="Give every column a name of its own.",
        )
