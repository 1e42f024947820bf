"""SageMaker's data capture as a table: its encodings, and lines that are none."""

from __future__ import annotations

import base64
import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from monitoring import ran

from mlops_gates.adapters import s3
from mlops_gates.errors import CheckError
from mlops_gates.tables.capture import captured, of_hours
from mlops_gates.tables.source import open_source


def line(
    asked: str, said: str | None, encoding: str = "CSV", kind: str = "text/csv", moment: str = "2026-11-20T01:00:00Z"
) -> str:
    """As documented in "Capture data from real-time endpoint"."""
    data: dict[str, Any] = {
        "endpointInput": {"observedContentType": kind, "mode": "INPUT", "data": asked, "encoding": encoding}
    }
    if said is not None:
        data["endpointOutput"] = {"observedContentType": kind, "mode": "OUTPUT", "data": said, "encoding": encoding}
    meta = {"eventId": "e1", "inferenceTime": moment}
    return json.dumps({"captureData": data, "eventMetadata": meta, "eventVersion": "0"})


def table(folder: Path, *lines: str, columns: tuple[str, ...] = ("age", "income")) -> list[dict[str, str]]:
    below = folder / "churn" / "AllTraffic" / "2026" / "11" / "20" / "01"
    below.mkdir(parents=True)
    (below / "00-00-123.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = captured(open_source(folder / "churn", "churn"), columns, "prediction")
    try:
        with source.path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    finally:
        source.close()


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "one",
    [
        line("31,1000\n42,2000", "0.1\n0.9"),
        line(base64_of("31,1000\n42,2000"), base64_of("0.1\n0.9"), "BASE64"),
        line("[[31, 1000], [42, 2000]]", "[0.1, 0.9]", "JSON", "application/json"),
        line('{"instances": [[31, 1000], [42, 2000]]}', '{"predictions": [0.1, 0.9]}', "JSON", "application/json"),
        line(
            '{"instances": [{"features": [31, 1000]}, {"features": [42, 2000]}]}',
            '{"predictions": [{"score": 0.1}, {"score": 0.9}]}',
            "JSON",
            "application/json",
        ),
        line('{"income": 1000, "age": 31}\n{"age": 42, "income": 2000}', "0.1\n0.9", "JSON", "application/jsonlines"),
        line(
            base64_of('[{"income": 1000, "age": 31}, {"age": 42, "income": 2000}]'),
            base64_of("[0.1, 0.9]"),
            "BASE64",
            "application/json; charset=utf-8",
        ),
    ],
    ids=["csv", "base64", "json", "instances", "features", "jsonlines", "base64 json"],
)
def test_the_encodings_hold_the_same_rows(one: str, tmp_path: Path) -> None:
    rows = table(tmp_path, one)
    assert [(row["age"], row["income"], row["prediction"]) for row in rows] == [
        ("31", "1000", "0.1"),
        ("42", "2000", "0.9"),
    ]
    assert {row["inference_time"] for row in rows} == {"2026-11-20T01:00:00Z"}
    assert {row["event_id"] for row in rows} == {"e1"}


@pytest.mark.parametrize(
    ("one", "says"),
    [
        ("{", "line 2"),
        ("[" * 100_000, "nested too deep|no JSON"),
        ('{"age": 3}', "no captureData"),
        ('"text"', "it is no object"),
        (line("31", "0.1"), "a row has 1 values"),
        (line("31,1000\n42,2000", "0.1"), "endpointInput has 2 rows, endpointOutput has 1"),
        (line("!!!", "0.1", "BASE64"), "no text in base64"),
        (line("31,1000", "0.1", "ROT13"), "no encoding"),
        (line("31,1000", "0.1").replace('"data": "31,1000"', '"data": 7'), "endpointInput has no data"),
        (line('"31,1000', "0.1"), "no CSV"),
    ],
)
def test_a_line_that_is_no_capture_is_named_without_its_cells(one: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(CheckError, match=says) as raised:
        table(tmp_path, line("5,6", "0.5"), one)
    assert "line 2" in raised.value.what
    assert raised.value.where
    assert raised.value.where.line == 2
    assert "1000" not in raised.value.what


def test_captures_of_requests_alone_have_no_prediction(tmp_path: Path) -> None:
    assert [row["prediction"] for row in table(tmp_path, line("31,1000", None))] == [""]


def test_answers_on_one_line_are_those_of_the_rows(tmp_path: Path) -> None:
    assert [row["prediction"] for row in table(tmp_path, line("31,1000\n42,2000", "0.1,0.9"))] == ["0.1", "0.9"]


def test_half_a_character_is_no_crash(tmp_path: Path) -> None:
    lines = [line(f'["{one}x", 2]', "0.5", "JSON", "application/json") for one in ("\\ud800", "\\u0000")]
    assert [row["age"] for row in table(tmp_path, *lines)] == ["?x", "\ufffdx"]


def test_several_records_on_a_line_are_told(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="line 1: it is no JSON"):
        table(tmp_path, line("31,1000", "0.1") + line("31,1000", "0.1"))


def test_rows_of_a_request_are_counted(tmp_path: Path) -> None:
    rows = table(tmp_path, line("31,1000\n42,2000", "0.1\n0.9"), line("1,2", "0.3"))
    assert [row["event_row"] for row in rows] == ["1", "2", "1"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("churn/AllTraffic/2026/11/19/23/58-01-a.jsonl", True),
        ("churn/AllTraffic/2026/11/19/22/00-00-a.jsonl", True),
        ("churn/AllTraffic/2026/11/19/21/59-59-a.jsonl", False),
        ("churn/AllTraffic/2026/11/20/06/00-00-a.jsonl", True),
        ("churn/AllTraffic/2026/11/20/07/10-00-a.jsonl", True),
        ("churn/AllTraffic/2026/11/20/08/00-00-a.jsonl", False),
        ("churn/AllTraffic/2025/11/20/03/00-00-a.jsonl", False),
        ("2026/13/45/99/a.jsonl", True),
        ("elsewhere/a.jsonl", True),
    ],
)
def test_files_of_other_hours_need_not_be_read(name: str, read: bool) -> None:
    assert of_hours(name, datetime(2026, 11, 20, 0), datetime(2026, 11, 20, 6)) is read


def test_months_of_capture_are_not_read_for_the_last_hours(tmp_path: Path) -> None:
    old, new = (f"live/churn/AllTraffic/2026/11/{day}/05/00-00-1.jsonl" for day in (10, 20))
    files = {new: line("31,1000", "0.1", moment="2026-11-20T05:10:00Z") + "\n", old: "no capture\n"}
    config = "live: live/churn\ncapture: {columns: [age, income]}\nduration: 6h\nuntil: 2026-11-20T06:00:00Z\n"
    found = ran(tmp_path, config, files)
    assert (found.code, found.measurements("monitor.window")[0]["value"]) == (0, 1)
    assert ran(tmp_path, config.replace("duration: 6h\n", "")).code == 3, "all of it was asked for"
    later = ran(tmp_path, config.replace("11-20T06", "12-24T06"))
    assert (later.code, later.statuses["monitor.window"]) == (3, "inconclusive")


def test_objects_of_other_hours_are_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"capture/churn/AllTraffic/2026/{month:02d}/20/05/a.jsonl" for month in range(1, 13)]
    fetched: list[str] = []

    def fetch(item: s3.Item, target: Path, _: object) -> None:
        fetched.append(item.key)
        target.write_text(line("31,1000", "0.1", moment="2026-11-20T05:10:00Z") + "\n", encoding="utf-8")

    monkeypatch.setattr(s3, "items", lambda _: tuple(s3.Item("bucket", key) for key in keys))
    monkeypatch.setattr(s3, "fetch", fetch)
    monkeypatch.setattr(s3, "fingerprint", lambda _: "0" * 64)
    config = (
        "live: s3://bucket/capture/\ncapture: {columns: [age, income]}\nduration: 6h\nuntil: 2026-11-20T06:00:00Z\n"
    )
    assert ran(tmp_path, config).code == 0
    assert fetched == [keys[10]]


def test_an_empty_capture_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="no object"):
        table(tmp_path, "", "")
