"""Whole runs of a monitor: who is told cannot change the verdict; what it measured is in metrics.txt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlops_gates import notifying, session

CONFIG = """\
monitor:
  live: live.csv
  min_rows: {least}
  max_age: 90d
  trained: 2026-09-01
  until: 2026-11-20T00:00:00Z
  notify: [{{command: ["false"], when: [passed, inconclusive]}}, {{webhook: "https://user:S3CRET@host.invalid/T0KEN"}}]
"""


def run(folder: Path, least: int, *sets: str) -> int:
    (folder / "live.csv").write_text("x\n1\n2\n", encoding="utf-8")
    (folder / "mlops-gates.yml").write_text(CONFIG.format(least=least), encoding="utf-8")
    return session.run(
        session.Inputs(
            gates=(), config="mlops-gates.yml", workdir=str(folder), sets=tuple(sets), requirements="",
            report_dir="report", fail_on="error", annotations="false", environment="", host="local", exit_zero=False,
            json=False,
        )
    )  # fmt: skip


@pytest.mark.parametrize(("least", "code", "status"), [(1, 0, "passed"), (5, 3, "inconclusive")])
def test_who_cannot_be_told_changes_no_verdict(
    least: int,
    code: int,
    status: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notifying, "_PAUSE", 0.0)
    assert run(tmp_path, least) == code
    assert json.loads((tmp_path / "report" / "results.json").read_text())["status"] == status
    said = capsys.readouterr()
    assert f"notify.0 was not told how it ended ({status})" in said.err
    for text in (said.out, said.err, *(one.read_text() for one in (tmp_path / "report").iterdir())):
        assert "S3CRET" not in text
        assert "T0KEN" not in text


def test_what_it_measured_is_in_the_metrics(tmp_path: Path) -> None:
    assert run(tmp_path, 1) == 0
    text = (tmp_path / "report" / "metrics.txt").read_text(encoding="utf-8")
    assert 'mlops_gates_metric{name="model_age_days"} 80' in text
    assert 'check="monitor.window"' in text


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("monitor.thresholds.accuracy=0.8", "accuracy is not measured without `labels`"),
        ("monitor.thresholds.p95_latency_ms=100", "p95_latency_ms is not measured without `service`"),
        ("monitor.metrics=[latency, business]", "latency is not measured without `service`"),
        ("monitor.metrics=[latency, business]", "business is not measured without `business`"),
    ],
)
def test_what_nothing_measures_is_not_kept(
    key: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, 1, key, "monitor.notify=[]") == 3
    assert says in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("monitor.duration=24h", "duration needs `time`"),
        ("monitor.drift.max_ks=0.2", "drift compares `live` with `reference`"),
        ("monitor.max_age=never", "should be an age such as 90d"),
        ("monitor.until=yesterday", "should be a moment"),
        ("monitor.until=0001-01-01T00:00:00+14:00", "should be a moment"),
        ("monitor.until=0001-01-01", "should be a moment"),
        ("monitor.trained=9999-12-31T23:00:00-14:00", "should be a moment"),
    ],
)
def test_a_config_that_cannot_be_is_refused_before_anything_runs(
    key: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, 1, key) == 2
    assert says in capsys.readouterr().out.replace("\n", " ").replace("  ", " ")
