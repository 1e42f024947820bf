"""Timestamps in text that name a zone are moments in UTC, in every engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_gates.tables.asks import Column, Count, Greatest, IsOutside, Least, Repeats
from mlops_gates.tables.engines import open_table
from mlops_gates.tables.source import open_source

CELLS = (
    "2026-01-01 00:30:00+02:00",
    "2025-12-31T22:30Z",
    " 2025-12-31 17:00:00.0-0530 ",
    "2026-01-01T00:30:00+02",
    "2025-12-31 22:29:59.999999",
)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_one_moment_in_several_zones(tmp_path: Path, engine: str) -> None:
    (tmp_path / "t.csv").write_text("at,n\n" + "".join(f"{cell},1\n" for cell in CELLS))
    at = Column("at", "timestamp")
    bound = "2025-12-31 22:30:00"
    asked = [Least(at), Greatest(at), Count(Repeats((at,))), Count(IsOutside(at, bound, bound))]
    table = open_table(open_source(tmp_path / "t.csv", "t.csv"), engine, 10**9, {}, {"at": "timestamp"})
    try:
        found = [table.scan([one])[one] for one in asked]
    finally:
        table.close()
    assert found == ["2025-12-31 22:29:59.999999", "2025-12-31 22:30:00", 3, 1]
