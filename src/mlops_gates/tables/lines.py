"""Physical lines of a CSV file: where a row stands, and where a file that cannot be read breaks.

Rows are counted from 1 after the header, as the engine counts them: an empty line is no row (but in a file of one
column), and a quoted line break belongs to its row.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator
from pathlib import Path


def of_rows(path: Path, rows: Iterable[int], columns: int, delimiter: str) -> dict[int, int]:
    """The physical line (header is 1) at which each of `rows` begins. Reads no further than the last of them."""
    return nth(_records(path, delimiter.encode(), skip_empty=columns > 1), rows, first=0)


def nth(begins: Iterable[int], rows: Iterable[int], first: int = 1) -> dict[int, int]:
    """The lines of `rows` where `begins` are the lines at which rows `first`, `first` + 1, … begin; reads no further."""
    wanted = set(rows)
    found: dict[int, int] = {}
    last = max(wanted, default=first - 1)
    for row, line in enumerate(begins, first) if wanted else ():
        if row in wanted:
            found[row] = line
        if row >= last:
            break
    return found


def _records(path: Path, delimiter: bytes, *, skip_empty: bool) -> Iterator[int]:
    """The physical line at which each record begins, the header's first."""
    inside = False
    with path.open("rb") as file:
        for number, line in enumerate(_physical(file), 1):
            if not inside and not (skip_empty and not line.strip(b"\r\n")):
                yield number
            inside = _ends_inside(line, inside, delimiter)


def _ends_inside(line: bytes, inside: bool, delimiter: bytes) -> bool:
    """Whether a quoted field is open at the end of the line. A quote opens one only where a field begins."""
    if b'"' not in line:
        return inside
    line = line.removeprefix(codecs.BOM_UTF8)
    at = 0
    while True:
        if not inside:
            if line[at : at + 1] != b'"':
                at = line.find(delimiter, at) + len(delimiter)
                if at < len(delimiter):
                    return False
                continue
            at += 1
        at = line.find(b'"', at)
        if at < 0:
            return True
        doubled = line[at + 1 : at + 2] == b'"'
        at += 2 if doubled else 1
        inside = doubled
        if not inside:
            at = line.find(delimiter, at) + len(delimiter)
            if at < len(delimiter):
                return False


def _physical(file: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that end in LF, CR LF or CR alone."""
    for line in file:
        if b"\r" in line[:-2]:
            yield from line.splitlines(keepends=True)
        else:
            yield line


def first_fault(path: Path, delimiter: str, columns: int) -> tuple[int, str] | None:
    """The first physical line that makes the file unreadable as a whole, and what is wrong with it.

    Looks for bytes that are no UTF-8, rows of another width and a quote that never closes, in the order of the file;
    then for line ends of two kinds.
    """
    faults = [fault for fault in (not_utf8(path), _ragged(path, delimiter, columns)) if fault]
    return min(faults, default=None) or _mixed_endings(path, delimiter.encode())


def not_utf8(path: Path) -> tuple[int, str] | None:
    """The first physical line with a byte that is no UTF-8, and which byte of the file it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = offset = 0
    with path.open("rb") as file:
        for raw in file:
            line += 1
            try:
                decoder.decode(raw)
            except UnicodeDecodeError as error:
                return line, f"byte {offset + error.start + 1} of the file is no UTF-8"
            offset += len(raw)
    if pending := decoder.getstate()[0]:
        return line, f"byte {offset - len(pending) + 1} of the file is no UTF-8: the file ends within a character"
    return None


def _mixed_endings(path: Path, delimiter: bytes) -> tuple[int, str] | None:
    first: bool | None = None
    inside = False
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            inside = _ends_inside(line, inside, delimiter)
            if inside or not line.endswith(b"\n"):
                continue
            windows = line.endswith(b"\r\n")
            if first is None:
                first = windows
            elif windows is not first:
                kinds = ("CR LF", "LF") if windows else ("LF", "CR LF")
                return number, f"it ends in {kinds[0]} where the lines before end in {kinds[1]}"
    return None


def _ragged(path: Path, delimiter: str, columns: int) -> tuple[int, str] | None:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        begins = 1
        try:
            for record in reader:
                if record and len(record) != columns:
                    if reader.line_num - begins > 100:
                        return begins, "a quote opens here and never closes"
                    return begins, f"it has {len(record)} fields where the header has {columns}"
                begins = reader.line_num + 1
        except csv.Error as error:
            unclosed = "unexpected end of data" in str(error)
            return begins, "a quote opens here and never closes" if unclosed else str(error)
    return None
