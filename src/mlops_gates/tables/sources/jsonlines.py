"""JSON lines: one object per line. Its columns are the keys of all lines, its types those of the cells."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.tables.sources.csvfiles import distinct
from mlops_gates.tables.sources.looking import look

MAX_LINE_BYTES = 16 << 20
OPTIONS = f"format='newline_delimited', records=true, compression='uncompressed', maximum_object_size={MAX_LINE_BYTES}"

_TYPED = {"BIGINT", "UBIGINT", "HUGEINT", "DOUBLE", "BOOLEAN"}
_TEXT = {"VARCHAR", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "UUID"}
_DESCRIBE = (
    f"DESCRIBE SELECT * FROM read_json({{files}}, {OPTIONS}, sample_size=-1, map_inference_threshold=-1, "
    "field_appearance_threshold=0, union_by_name=true)"
)


def columns(files: Sequence[tuple[Path, str]]) -> tuple[tuple[str, str], ...]:
    """Every key of every line, in the order in which they appear first, with DuckDB's type.

    BIGINT, HUGEINT, DOUBLE and BOOLEAN are columns whose cells are all so; VARCHAR are strings, dates among them. A
    column of cells of different types, of objects, of arrays, or of nulls only is JSON: each cell tells its own type.
    Raises CheckError that names the first bad line.
    """
    try:
        found = tuple((str(row[0]), _kind(str(row[1]))) for row in look(_DESCRIBE, files))
    except CheckError:
        for path, called in files:
            if fault := first_fault(path):
                raise broken(called, *fault) from None
        raise
    _not_renamed([name for name, _ in found], files)
    return found


def broken(called: str, line: int, why: str, *, lined: bool = True) -> CheckError:
    """The error of a line that cannot be read."""
    return CheckError(
        f"{called} cannot be read: line {line}: {why}",
        where=Location(called, line) if lined else None,
        next_step="Repair the file, or the step that writes it.",
    )


def _kind(type_: str) -> str:
    return type_ if type_ in _TYPED else "VARCHAR" if type_ in _TEXT else "JSON"


def _not_renamed(names: Sequence[str], files: Sequence[tuple[Path, str]]) -> None:
    """A key that differs from another in case only is called `key_1` by the engine, and read as nothing."""
    known = {name.casefold() for name in names}
    if not any((m := re.fullmatch(r"(.*)_[0-9]+", name, re.DOTALL)) and m[1].casefold() in known for name in names):
        return
    rows = look(f"SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects({{files}}, {_OBJECTS})", files)
    distinct([str(row[0]) for row in rows], files[0][1], None)


_OBJECTS = OPTIONS.replace("records=true, ", "")


def row_lines(path: Path) -> Iterator[int]:
    """The physical lines that hold rows: those that are not blank."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number


def first_fault(path: Path) -> tuple[int, str] | None:
    """The first line that is no JSON object, and why; None where every line is one, and so is their number not 0."""
    found = False
    with path.open("rb") as file:
        for number, line in enumerate(_short(file), 1):
            if line.strip():
                if why := _fault(line, number):
                    return number, why
                found = True
    return None if found else (1, "there is no object in the file, so it has no columns")


def _short(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line


def _fault(line: bytes, number: int) -> str:
    if len(line) > MAX_LINE_BYTES:
        return f"it is longer than {MAX_LINE_BYTES >> 20} MiB"
    if number == 1 and line.startswith(codecs.BOM_UTF8):
        return "it begins with a byte order mark"
    try:
        value = json.loads(line.decode(), object_pairs_hook=_Pairs)
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the line is no UTF-8"
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated")
        return "it ends within an object" if cut else f"it is no JSON from its character {error.pos + 1} on"
    except RecursionError:
        return "it is nested too deeply"
    except ValueError as error:
        return str(error)
    return "" if isinstance(value, _Pairs) else "it is no object"


class _Pairs(dict[str, object]):
    """An object in which every key stands once."""

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        super().__init__(pairs)
        if len(self) < len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"it has the key {next(n for n in names if names.count(n) > 1)!r} twice")
