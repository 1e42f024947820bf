"""The window: which rows lie in it, whatever their moments look like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from monitoring import ran

from mlops_gates.errors import CheckError
from mlops_gates.tables.source import open_source
from mlops_gates.tables.window import Window, within

START, END = datetime(2026, 11, 20, 0, 0), datetime(2026, 11, 20, 6, 0)
INSIDE = "2026-11-20T03:00:00Z"


def counted(folder: Path, *moments: str, form: str = "csv", as_: str = "VARCHAR") -> tuple[int, int, int, int]:
    rows = ", ".join(f"(CAST('{moment}' AS {as_}), 1)" for moment in moments)
    how = {"csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json", "parquet": "FORMAT parquet"}[form]
    path = folder / f"live.{form}"
    duckdb.sql(f"COPY (SELECT * FROM (VALUES {rows}) AS t(\"at\", x)) TO '{path}' ({how})")
    source = open_source(path, path.name)
    window = within(source, "at", START, END, 10**9)
    if window.source:
        inside = open_source(window.source.path, f"window.{form}")
        assert inside.format == form
        window.source.close()
    return window.inside, window.before, window.after, window.without


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_rows_are_told_by_their_moment(form: str, tmp_path: Path) -> None:
    moments = (INSIDE, "2026-11-19T23:00:00Z", "2026-11-20T06:00:01Z", "not a moment", "2026-11-20 06:00:00")
    assert counted(tmp_path, *moments, form=form) == (2, 1, 1, 1)


@pytest.mark.parametrize("moment", ["2026-11-20T07:00:00+04:00", "1795143600", "1795143600000", "1795143600.25"])
def test_zones_and_unix_times_are_heeded(moment: str, tmp_path: Path) -> None:
    assert counted(tmp_path, moment) == (1, 0, 0, 0)


@pytest.mark.parametrize("as_", ["TIMESTAMP", "TIMESTAMPTZ"])
def test_timestamps_of_parquet(as_: str, tmp_path: Path) -> None:
    assert counted(tmp_path, INSIDE, form="parquet", as_=as_) == (1, 0, 0, 0)


def test_numbers_of_parquet_are_unix_times(tmp_path: Path) -> None:
    assert counted(tmp_path, "1795143600", form="parquet", as_="BIGINT") == (1, 0, 0, 0)
    assert counted(tmp_path, "99999999999999999", form="parquet", as_="BIGINT") == (0, 0, 0, 1)


def test_an_empty_window_has_no_source(tmp_path: Path) -> None:
    path = tmp_path / "live.csv"
    path.write_text("at,x\n2020-01-01,1\n", encoding="utf-8")
    assert within(open_source(path, "live.csv"), "at", START, END, 10**9) == Window(0, 1, 0, 0, None)


def test_a_missing_column_is_told(tmp_path: Path) -> None:
    path = tmp_path / "live.csv"
    path.write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(CheckError, match="no column 'at'"):
        within(open_source(path, "live.csv"), "at", START, END, 10**9)


WINDOWED = "live: live.csv\ntime: at\nduration: 1h\n"


def at(*moments: str) -> dict[str, str]:
    return {"live.csv": "at,x\n" + "".join(f"{one},1\n" for one in moments)}


def test_more_unreadable_moments_than_rows_decide_nothing(tmp_path: Path) -> None:
    config = WINDOWED + "until: 2026-11-20T06:00:00Z\n"
    inside = ["2026-11-20T05:30:00Z"] * 3
    found = ran(tmp_path, config, at(*inside, *["20.11.2026 05:30"] * 2))
    assert (found.code, found.statuses["monitor.window"]) == (0, "warned")
    found = ran(tmp_path, config, at(*inside, *["20.11.2026 05:30"] * 4))
    assert (found.code, found.statuses["monitor.window"]) == (3, "inconclusive")
    assert "these are more than the window holds" in found.told


def test_rows_after_a_chosen_end_are_no_fault(tmp_path: Path) -> None:
    config = WINDOWED + "until: 2026-11-20T06:00:00Z\n"
    found = ran(tmp_path, config, at("2026-11-20T05:30:00Z", "2026-11-20T09:30:00Z"))
    assert (found.code, found.statuses["monitor.window"]) == (0, "passed")
    assert "1 rows lie after the end" in str(found.measurements("monitor.window"))


def test_rows_of_the_future_warn_but_not_those_made_while_we_read(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    moments = [(now + timedelta(seconds=one)).isoformat() for one in (-600, 60)]
    assert ran(tmp_path, WINDOWED, at(*moments)).statuses["monitor.window"] == "passed"
    found = ran(tmp_path, WINDOWED, at(*moments, (now + timedelta(hours=2)).isoformat()))
    assert (found.code, found.statuses["monitor.window"]) == (0, "warned")
    assert "1 rows lie after the end of the window" in found.told


@pytest.mark.parametrize("key", ["time: moment", "duration: 4h", "answers: {probability: score}"])
def test_another_engine_reads_the_table_as_it_is(key: str) -> None:
    import yaml

    from mlops_gates import session

    text = f"live: live\nengine: sqlite:///live.db\nreference: r.csv\n{key}"
    model = session.shape().model("monitor")
    with pytest.raises(ValueError, match=r"leave out|needs `time`"):
        model.model_validate(yaml.safe_load(text))
    assert model.model_validate(yaml.safe_load(text.partition(key)[0])).elsewhere
