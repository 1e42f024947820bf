"""Earlier runs: whatever lies in the folder, the trend informs and never ends a run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from monitoring import ran

from mlops_gates.gates.monitor import history

CONFIG = """\
live: live.csv
history: past
max_age: 90d
trained: 2026-11-01
until: 2026-11-20T00:00:00Z
"""
LIVE = {"live.csv": "x\n1\n"}


def past(day: int, status: str = "passed", age: Any = 14, **changed: Any) -> str:
    gates = [{"gate": "monitor", "block": "", "status": status}]
    tree = {
        "schema": "mlops-gates/results/1",
        "started": f"2026-11-{day:02d}T00:00:00+00:00",
        "gates": gates,
        "metrics": {"model_age_days": age},
    }
    return json.dumps(tree | changed)


BROKEN = (
    "",
    "{",
    "3",
    "[" * 100_000,
    "\x00",
    '{"schema": "mlops-gates/results/1"}',
    past(1, schema="mlops-gates/results/99"),
    past(1, schema=["mlops-gates/results/1"]),
    past(1, gates=[3]),
    past(1, gates=7),
    past(1, gates=[{"gate": "monitor"}]),
    past(1, status="splendid"),
    past(1, metrics=[1]),
    past(1, age=10**400),
    past(1, started="::error::\nboo"),
    past(1, started=None),
    past(1, started="0001-01-01T00:00:00+14:00"),
)


def test_what_is_no_result_warns_and_ends_nothing(tmp_path: Path) -> None:
    found = ran(tmp_path, CONFIG, {**LIVE, **{f"past/{place}.json": text for place, text in enumerate(BROKEN)}})
    assert (found.code, found.statuses["monitor.trend"]) == (0, "warned")
    assert f"{len(BROKEN)} files in past are no results that this version reads" in found.told
    assert "::error" not in found.told


def test_a_pipe_and_a_link_to_nowhere_are_no_results(tmp_path: Path) -> None:
    folder = tmp_path / "past"
    folder.mkdir()
    os.mkfifo(folder / "pipe.json")
    (folder / "gone.json").symlink_to(tmp_path / "nowhere")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "zero.json").symlink_to("/dev/zero")
    (folder / "1\n::error::.json").write_text(past(3), encoding="utf-8")
    found = history.read(folder, "past", "monitor", "")
    assert (len(found.runs), found.broken) == (1, 3)


def test_runs_are_put_in_order_by_their_moment_whatever_the_zone(tmp_path: Path) -> None:
    for name, started in (("a", "2026-11-02T01:00:00+05:00"), ("b", "2026-11-01T22:00:00+00:00")):
        (tmp_path / f"{name}.json").write_text(past(1, age=ord(name), started=started), encoding="utf-8")
    assert [one.metrics["model_age_days"] for one in history.read(tmp_path, ".", "monitor", "").runs] == [97, 98]


def test_of_too_many_files_the_last_by_name_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_FILES", 4)
    files = {f"past/{day:02d}.json": past(day, age=float(day)) for day in range(1, 10)}
    found = ran(tmp_path, CONFIG, {**LIVE, **files})
    assert (found.code, found.statuses["monitor.trend"]) == (0, "passed")
    texts = {one["subject"]: one["text"] for one in found.measurements("monitor.trend")}
    assert texts["runs"] == "4 earlier runs, all of them good; 5 files of older names were not read"
    assert "the last 5 runs" in texts["model_age_days"]


def test_what_leads_to_its_limit_stands_at_the_head_of_the_report(tmp_path: Path) -> None:
    files = {f"past/{day:02d}.json": past(day, age=day - 1.0) for day in range(2, 20)}
    found = ran(tmp_path, CONFIG, {**LIVE, **files})
    facts = dict(map(tuple, found.tree["gates"][0]["facts"]))
    assert facts["earlier runs"] == "18, all of them good"
    assert facts["on the way to its limit"] == "model_age_days in 71 runs"
    noise = {f"past/{day:02d}.json": past(day, age=18.0 + day % 3) for day in range(2, 20)}
    found = ran(tmp_path, CONFIG, {**LIVE, **noise})
    assert "on the way to its limit" not in str(found.tree["gates"][0]["facts"])


def test_other_blocks_and_other_gates_are_not_its_past(tmp_path: Path) -> None:
    files = {
        "past/1.json": past(1, gates=[{"gate": "monitor", "block": "other", "status": "failed"}]),
        "past/2.json": past(2, gates=[{"gate": "data", "block": "", "status": "failed"}]),
        "past/3.json": past(3, status="failed"),
        "past/4.json": past(4),
    }
    found = ran(tmp_path, CONFIG, {**LIVE, **files})
    texts = [one["text"] for one in found.measurements("monitor.trend")]
    assert texts == ["2 earlier runs, 1 of them not good, the first on 2026-11-03 00:00 UTC"]


@pytest.mark.parametrize(("host", "code"), [("local", 0), ("github", 2)])
def test_a_history_outside_of_the_checkout_is_refused_by_a_ci_host(
    host: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(checkout))
    found = ran(checkout, CONFIG.replace("history: past", "history: ../past"), LIVE, host=host)
    assert found.code == code
