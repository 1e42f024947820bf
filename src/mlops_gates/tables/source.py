"""Where a table comes from: its file, its format, its column names as they stand there."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.tables import lines

Format: TypeAlias = Literal["csv", "parquet"]
SUFFIXES: dict[str, Format] = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet"}
DELIMITERS = (",", ";", "\t", "|")
MAX_HEADER_BYTES = 4 * 1024 * 1024
MAX_COLUMNS = 20_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file that holds a table. `delimiter` and `header` (the column names) belong to CSV only."""

    path: Path
    shown: str
    format: Format
    null_values: tuple[str, ...] = ()
    delimiter: str = ","
    header: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that hold the table, in the order in which they are read."""
        return (self.path,)

    @property
    def textual(self) -> bool:
        """Whether every cell is text that is read as what the config declares."""
        return self.format == "csv"


def is_textual(path: str) -> bool:
    """Whether the cells of this file are text that is read as what the config declares."""
    return SUFFIXES.get(Path(path).suffix.lower()) == "csv"


def open_source(path: Path, shown: str, null_values: tuple[str, ...] = (), delimiter: str = "") -> Source:
    """Look at the file's start. Raises CheckError when it is no regular file, empty, or its header cannot be read."""
    if path.is_dir():
        raise CheckError(f"{shown} is a folder", next_step="Name one file.")
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise CheckError(
            f"{shown}: a file with {repr(path.suffix) if path.suffix else 'no'} suffix cannot be read",
            next_step=_FORMATS,
        )
    if not path.is_file():
        raise CheckError(f"{shown} is no regular file", next_step="Name one file.")
    if path.stat().st_size == 0:
        raise CheckError(f"{shown} is empty (0 bytes)", next_step="Look at the step that writes it.")
    if form != "csv":
        return Source(path, shown, form, null_values)
    return _csv(path, shown, null_values, "\t" if path.suffix.lower() == ".tsv" and not delimiter else delimiter)


_FORMATS = f"Readable are {', '.join(sorted(SUFFIXES))}."


def _csv(path: Path, shown: str, null_values: tuple[str, ...], delimiter: str) -> Source:
    where = Location(shown, 1)
    try:
        # newline="" and LF alone: a form feed or a lone separator inside a name ends no line.
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.read(MAX_HEADER_BYTES)
    except UnicodeDecodeError:
        line, why = lines.not_utf8(path) or (1, "it is no UTF-8")
        raise CheckError(
            f"{shown} cannot be read: line {line}: {why}", where=Location(shown, line), next_step="Save it as UTF-8."
        ) from None
    if "\0" in first[:1024]:
        raise CheckError(f"{shown} is no text: it has NUL bytes", where=where, next_step="Is it a CSV file in UTF-8?")
    physical = re.split(r"(?<=\n)|(?<=\r)(?!\n)", first)
    if not physical[0].strip():
        raise CheckError(f"{shown}: the first line is blank", where=where, next_step="Begin with the column names.")
    delimiter = delimiter or _likely(physical[0])
    try:
        names = next(csv.reader(physical, delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise CheckError(f"{shown}: the header cannot be read: {error}", where=where) from None
    header = tuple(name.strip() or f"column{place}" for place, name in enumerate(names))
    if len(header) > MAX_COLUMNS:
        raise CheckError(f"{shown} has {len(header):,} columns, at most {MAX_COLUMNS:,} are read", where=where)
    seen = Counter(name.casefold() for name in header)
    if twice := [name for name in header if seen[name.casefold()] > 1]:
        raise CheckError(
            f"{shown}: the header has {', '.join(map(repr, twice[:5]))} more than once (case does not count)",
            where=where,
            next_step="Give every column a name of its own.",
        )
    return Source(path, shown, "csv", null_values, delimiter, header)


def _likely(header: str) -> str:
    return max(DELIMITERS, key=header.count)
