"""Requests out of a Prometheus: what its answers mean, and that silence is no good sign (a stand-in answers here)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from monitoring import Ran, ran

from mlops_gates.adapters import prometheus
from mlops_gates.adapters.prometheus import QueryError, Series

CONFIG = """\
service:
  prometheus:
    url: http://prometheus:9090
    requests: requests_total{job="churn"}
    failed_where: {code: "5.."}
    latency: seconds_bucket{job="churn"}
  objective: {target: 99.9 %, latency_ms: 250}
duration: 1h
until: 2026-11-20T06:00:00Z
thresholds: {p95_latency_ms: 250, error_rate: 0.01}
"""
Codes = Mapping[str, float]
BUCKETS = {"0.1": 900.0, "0.25": 990.2, "0.5": 1000.0, "+Inf": 1000.0}


def answered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, codes: Codes, buckets: Codes = BUCKETS, config: str = CONFIG
) -> tuple[Ran, list[str]]:
    """A run whose Prometheus answers every span alike."""
    queries = []

    def query(_: object, asked: str, at: float) -> tuple[Series, ...]:
        assert at == 1795154400
        queries.append(asked)
        found, label = (codes, "code") if "requests_total" in asked else (buckets, "le")
        return tuple(Series({label: name} if name else {}, ((at, value),)) for name, value in found.items())

    monkeypatch.setattr(prometheus.Prometheus, "query", query)
    return ran(folder, config), queries


def test_what_it_counted_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, queries = answered(tmp_path, monkeypatch, {"200": 99_900.4, "404": 99.6}, {"0.25": 1e5, "+Inf": 1e5})
    assert found.code == 0
    assert found.tree["metrics"]["requests"] == 100_000
    assert found.tree["metrics"]["burn_rate/1h"] == 0
    assert 'sum by (code) (increase(requests_total{job="churn"}[3600s]))' in queries
    assert 'sum by (le) (increase(seconds_bucket{job="churn"}[300s]))' in queries
    spans = {int(re.findall(r"\[(\d+)s\]", one)[0]) for one in queries}
    assert spans == {300, 1_800, 3_600, 21_600, 259_200, 2_592_000}


def test_failures_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = answered(tmp_path, monkeypatch, {"200": 900.0, "503": 100.0})
    assert (found.code, found.tree["metrics"]["error_rate"]) == (1, 0.1)
    assert "100 of 1,000 and" not in found.told  # slow ones are bad, too
    assert "110 of 1,000 and" in found.told


def test_a_quantile_is_known_between_the_edges_of_its_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = answered(tmp_path, monkeypatch, {"200": 1000.0})
    (p95,) = [one for one in found.measurements("monitor.service") if one["name"] == "p95_latency_ms"]
    assert (p95["interval"]["low"], p95["interval"]["high"]) == (pytest.approx(100), 250)
    assert found.statuses["monitor.service"] == "passed"
    slower = {"0.1": 500.0, "0.25": 600.0, "0.5": 1000.0, "+Inf": 1000.0}
    assert answered(tmp_path, monkeypatch, {"200": 1000.0}, slower)[0].statuses["monitor.service"] == "failed"
    endless = {"0.1": 500.0, "0.25": 600.0, "+Inf": 1000.0}
    found, _ = answered(tmp_path, monkeypatch, {"200": 1000.0}, endless)
    assert found.statuses["monitor.service"] == "inconclusive"
    assert "may lie above the last bucket, which ends at 250 ms" in found.told


@pytest.mark.parametrize(
    ("codes", "buckets", "says"),
    [
        ({}, {}, "no request lies in the window"),
        ({"200": 0.0}, {"+Inf": 0.0}, "no request lies in the window"),
        ({"": 1000.0}, BUCKETS, "no series has the label code"),
        ({"200": float("nan")}, BUCKETS, "negative or not a finite number"),
        ({"200": float("inf")}, BUCKETS, "negative or not a finite number"),
        ({"200": 1000.0}, {}, "has no bucket of their latency"),
        ({"200": 1000.0}, {"0.1": 1.0, "+Inf": 2.0}, "no bucket ends at 250 ms; there are 100"),
        ({"200": 1000.0}, {"0.1": 1.0}, "no bucket that ends at +Inf"),
        ({"200": 1000.0}, {"": 1.0}, "no label le"),
    ],
)
def test_what_it_does_not_say_decides_nothing(
    codes: Codes, buckets: Codes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = answered(tmp_path, monkeypatch, codes, buckets)
    assert found.code == 3
    assert says in found.told


def test_a_query_that_fails_decides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def query(*_: object) -> tuple[Series, ...]:
        raise QueryError("Prometheus answers 400: parse error")

    monkeypatch.setattr(prometheus.Prometheus, "query", query)
    found = ran(tmp_path, CONFIG)
    assert found.code == 3
    assert "service.prometheus.requests: Prometheus answers 400" in found.told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("duration: 1h\n", ""),
        ('    latency: seconds_bucket{job="churn"}\n', ""),
        ("http://prometheus:9090", "http://user:secret@prometheus:9090"),
        ("http://prometheus:9090", "prometheus:9090"),
        ('{code: "5.."}', '{code: "("}'),
        ('{code: "5.."}', "{}"),
        ('{code: "5.."}', '{"code) or (x": "5.."}'),
        ("service:\n", "service:\n  source: r.csv\n"),
    ],
)
def test_a_config_that_cannot_be_is_refused(
    old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.csv").write_text("time\n", encoding="utf-8")
    assert ran(tmp_path, CONFIG.replace(old, new)).code == 2
    assert "secret" not in "".join(capsys.readouterr())
