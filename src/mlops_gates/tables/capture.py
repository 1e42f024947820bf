"""SageMaker's data capture as a table: one row for each row that an endpoint was asked, beside what it answered.

A captured line is `{"captureData": {"endpointInput": {"data", "encoding", "observedContentType"}, "endpointOutput":
{…}}, "eventMetadata": {"eventId", "inferenceId", "inferenceTime"}, "eventVersion": "0"}` (Amazon SageMaker Developer
Guide, "Capture data from real-time endpoint"). Encodings are CSV, JSON and BASE64, whose content type tells the rest.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.tables.source import Source, discarded, from_files

MOST_LINE_BYTES = 16 << 20
MOST_ROWS = 100_000
"""Rows of one request: a body of SageMaker has at most some megabytes."""
MOST_BYTES = 8 << 30
EXTRA = ("event_id", "inference_id", "inference_time", "event_row")
"""Columns that every captured table has; `event_row` counts the rows of a request from 1."""
_WRAPPED = ("instances", "inputs", "data", "predictions", "outputs", "scores", "features", "probabilities")
Row: TypeAlias = Sequence[object] | Mapping[str, object]


_HOUR = re.compile(r"(?:^|/)([0-9]{4})/([0-9]{2})/([0-9]{2})/([0-9]{2})/[^/]+$")
_SLACK = timedelta(hours=1)
"""A file is written some minutes after its first request."""


def of_hours(name: str, start: datetime, end: datetime) -> bool:
    """Whether a file of data capture may hold requests of the window, by the hour (UTC) in its name: `yyyy/mm/dd/hh/file`.

    A name without an hour may.
    """
    if not (found := _HOUR.search(name)):
        return True
    year, month, day, hour = map(int, found.groups())
    try:
        begun = datetime(year, month, day, hour)
    except ValueError:
        return True
    return start - _SLACK <= begun + timedelta(hours=1) and begun <= end + _SLACK


def captured(
    source: Source, columns: Sequence[str], prediction: str, going: Callable[[], None] = lambda: None
) -> Source:
    """The captured rows as a CSV of their own, to be closed after use: `columns`, `prediction`, then `EXTRA`.

    Streams: memory holds a line at a time. Raises CheckError that names the first line which is no capture.
    """
    if source.format != "jsonl":
        raise CheckError(f"{source.shown} is no data capture", next_step="Data capture writes .jsonl files.")
    folder = Path(tempfile.mkdtemp(prefix="mlops-gates-capture-"))
    target, written = folder / "captured.csv", 0
    with discarded(folder):
        # JSON can spell halves of characters, which no text holds.
        with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
            out = csv.writer(file)
            out.writerow([*columns, prediction, *EXTRA])
            for path, name in zip(source.files, source.names, strict=True):
                for row in _rows(path, name, columns, going, lined=source.lined):
                    written += 1
                    out.writerow(row)
                    if written % 10_000 == 0 and file.tell() > MOST_BYTES:
                        raise CheckError(
                            f"{source.shown} is too much for one table", next_step="Name a shorter prefix."
                        )
        if not written:
            raise CheckError(f"{source.shown} holds no captured row", next_step="Is data capture switched on?")
        return from_files(
            [(target, source.shown)], source.shown, source.null_values, folder=folder, like=target.name, delimiter=","
        )


def _rows(
    path: Path, name: str, columns: Sequence[str], going: Callable[[], None], *, lined: bool
) -> Iterator[list[object]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_LINE_BYTES + 1):
            number += 1
            going()
            if not line.strip():
                continue
            try:
                if len(line) > MOST_LINE_BYTES:
                    raise ValueError(f"it is longer than {MOST_LINE_BYTES >> 20} MiB")
                yield from _event(line, columns)
            except (ValueError, RecursionError) as error:
                why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
                raise CheckError(
                    f"{name} is no data capture: line {number}: {why}",
                    where=Location(name, number) if lined else None,
                    next_step="Name the folder that data capture writes, and its columns in `capture.columns`.",
                ) from None


def _event(line: bytes, columns: Sequence[str]) -> Iterator[list[object]]:
    """The rows of one captured request. Raises ValueError in words that hold no cell."""
    event = _json(line)
    data, meta = (event.get(key) if isinstance(event, dict) else None for key in ("captureData", "eventMetadata"))
    if not isinstance(data, dict) or not isinstance(meta, dict):
        raise ValueError("it has no captureData and eventMetadata")
    asked = _decoded(data.get("endpointInput"), "endpointInput")
    said = _decoded(data.get("endpointOutput"), "endpointOutput") if data.get("endpointOutput") else []
    if len(said) == 1 < len(asked) == len(said[0]) and isinstance(said[0], list):
        said = [[one] for one in said[0]]  # some algorithms of SageMaker answer a request on one line
    if said and len(said) != len(asked):
        raise ValueError(f"endpointInput has {len(asked):,} rows, endpointOutput has {len(said):,}")
    extra = [_text(meta.get(key)) for key in ("eventId", "inferenceId", "inferenceTime")]
    for place, row in enumerate(asked):
        yield [*_cells(row, columns), _answer(said[place]) if said else "", *extra, place + 1]


def _decoded(part: object, called: str) -> list[Row]:
    if not isinstance(part, dict) or not isinstance(part.get("data"), str):
        raise ValueError(f"{called} has no data")
    text, encoding = part["data"], str(part.get("encoding", "")).upper()
    kind = str(part.get("observedContentType", "")).partition(";")[0].strip().lower()
    if encoding == "BASE64":
        try:
            text = base64.b64decode(text, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise ValueError(f"{called} is no text in base64") from None
        encoding = "JSON" if "json" in kind else "CSV"
    if encoding not in ("CSV", "JSON"):
        raise ValueError(f"{called} has no encoding that can be read (CSV, JSON, BASE64)")
    rows = _of_json(text, called) if encoding == "JSON" else _of_csv(text, called)
    if len(rows) > MOST_ROWS:
        raise ValueError(f"{called} has more than {MOST_ROWS:,} rows")
    return rows


def _of_csv(text: str, called: str) -> list[Row]:
    try:
        return [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error:
        raise ValueError(f"{called} is no CSV") from None


def _of_json(text: str, called: str) -> list[Row]:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        found = _json(text)
    except ValueError:
        found = [_json(line) for line in lines]
    while isinstance(found, dict) and (
        key := next((one for one in _WRAPPED if isinstance(found.get(one), list)), None)
    ):
        found = found[key]
    if isinstance(found, list) and found and not isinstance(found[0], list | dict):
        # One row of a request, or one answer for each of its rows.
        return [found] if called == "endpointInput" else [[one] for one in found]
    rows = found if isinstance(found, list) else [found]
    return [row if isinstance(row, list | dict) else [row] for row in rows]


def _cells(row: Row, columns: Sequence[str]) -> list[object]:
    if isinstance(row, Mapping):
        inner = row.get("features", row)
        if isinstance(inner, Mapping):
            return [_text(inner.get(name)) for name in columns]
        row = inner if isinstance(inner, list) else [inner]
    if len(row) != len(columns):
        raise ValueError(f"a row has {len(row):,} values, `capture.columns` names {len(columns):,}")
    return [_text(cell) for cell in row]


def _answer(row: Row) -> object:
    """What was answered: the cell, or where there are several the row as JSON."""
    cells = list(row.values()) if isinstance(row, Mapping) else list(row)
    return _text(cells[0]) if len(cells) == 1 else json.dumps(row)


def _text(cell: object) -> object:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.replace("\0", "\ufffd")  # which no text holds either
    return json.dumps(cell) if isinstance(cell, list | dict | bool) else cell


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError("it is no JSON") from None
