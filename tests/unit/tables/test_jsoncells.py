from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlops_gates.tables import jsoncells, reading
from mlops_gates.tables.asks import Type
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import open_source
from mlops_gates.tables.sql import _parsed

CELLS = [12, "12", 1.5, 2.0, True, None, {"b": 1}, [1], "2026-01-31", "2026-02-30", " ", 10**30, float("nan"), -7]


def answers(folder: Path, expression: str) -> list[Any]:
    lines = "".join(json.dumps({"x": cell}) + "\n" for cell in CELLS)
    (folder / "d.jsonl").write_text(lines)
    source = open_source(folder / "d.jsonl", "d.jsonl")
    assert source.keys == (("x", "JSON"),)
    table = DuckTable(source, 10**9)
    found = table.rows_of(f"SELECT {expression} FROM {reading.clause(source)}")
    table.close()
    return [row[0] for row in found]


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("integer", {0: 12, 3: 2, 11: 10**30, 13: -7}),
        ("number", {0: 12.0, 2: 1.5, 3: 2.0, 11: 1e30, 13: -7.0}),
        ("boolean", {4: True}),
        ("string", {1: "12", 6: '{"b":1}', 7: "[1]", 8: "2026-01-31", 9: "2026-02-30", 10: " "}),
    ],
)
def test_a_cell_is_what_its_own_type_says(tmp_path: Path, type_: Type, expected: dict[int, Any]) -> None:
    found = answers(tmp_path, jsoncells.value("x", type_, _parsed))
    kept = {place: value for place, value in enumerate(found) if value is not None}
    if type_ == "integer":  # an integer beyond 64 bits comes as a float
        assert abs(kept.pop(11) - expected.pop(11)) < 10**15
    assert kept == expected


def test_dates_are_read_from_text(tmp_path: Path) -> None:
    found = answers(tmp_path, f"CAST({jsoncells.value('x', 'date', _parsed)} AS VARCHAR)")
    assert {place: value for place, value in enumerate(found) if value} == {8: "2026-01-31"}


def test_blanks_and_nan_count_as_null(tmp_path: Path) -> None:
    assert [place for place, blank in enumerate(answers(tmp_path, jsoncells.blank("x"))) if blank] == [10, 12]
