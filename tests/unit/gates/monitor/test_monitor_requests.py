"""Requests: what is left out of a table of them must not make a service look better than it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from monitoring import Ran, ran

from mlops_gates.gates.monitor import requested
from mlops_gates.gates.monitor.objective import PACES
from mlops_gates.gates.monitor.serving import Served

UNTIL = "until: 2026-11-20T06:00:00Z\n"
GOOD = [("10", "200")] * 400


def asked(folder: Path, rows: list[tuple[str, str]], config: str, more: str = "") -> Ran:
    """Requests (latency, status) of the last hour."""
    text = "".join(f"2026-11-20T05:{place % 60:02d}:30Z,{one},{two}\n" for place, (one, two) in enumerate(rows))
    return ran(folder, f"{config}\n{UNTIL}", {"r.csv": f"time,latency_ms,status\n{text}{more}"})


SLOW = "service: {source: r.csv}\nthresholds: {p95_latency_ms: 100}"
FAILS = "service: {source: r.csv}\nthresholds: {error_rate: 0.01}"


UNKNOWN = ("", "-5", "nan", "inf", "timeout")


def test_a_request_without_a_latency_counts_as_the_slowest(tmp_path: Path) -> None:
    found = asked(tmp_path, GOOD + [(one, "200") for one in UNKNOWN * 20], SLOW)
    assert (found.code, found.statuses["monitor.service"]) == (3, "inconclusive")
    assert "100 of 500 requests have no latency that can be read" in found.told
    few = asked(tmp_path, GOOD + [(one, "200") for one in UNKNOWN], SLOW)
    assert (few.code, few.statuses["monitor.service"]) == (0, "passed")


def test_so_it_is_where_the_rest_is_too_slow(tmp_path: Path) -> None:
    assert asked(tmp_path, [("900", "200")] * 400 + [("", "200")] * 4, SLOW).code == 1


def test_what_is_no_status_below_500_failed_and_the_callers_own_faults_did_not(tmp_path: Path) -> None:
    failed = ("0", "000", "-1", "99", "500", "599", "999", "nan", "", "-", "refused")
    good = ("100", "200", "301", "404", "429", "499", "200.0")
    found = asked(tmp_path, [("10", one) for one in failed + good], FAILS)
    assert found.tree["metrics"]["error_rate"] == pytest.approx(11 / 18, abs=1e-6)


def test_failures_without_a_moment_are_told(tmp_path: Path) -> None:
    lost = ",10,500\n" * 100
    found = asked(tmp_path, GOOD, FAILS, lost)
    assert (found.code, found.statuses["monitor.service"]) == (0, "warned")
    assert "100 requests have no moment that can be read" in found.told
    found = asked(tmp_path, GOOD, FAILS, lost * 5)
    assert (found.code, found.statuses["monitor.service"]) == (3, "inconclusive")


BUDGET = "service: {{source: r.csv, objective: {{target: 99.9 %, days: {}}}}}"


def test_one_bad_request_wakes_nobody_and_more_do(tmp_path: Path) -> None:
    one, few, all_ = ([("10", "500")] * bad + [("10", "200")] * good for bad, good in ((1, 2), (2, 18), (3, 0)))
    found = asked(tmp_path, one, BUDGET.format(30))
    assert (found.code, found.statuses["monitor.budget"]) == (0, "warned")
    assert asked(tmp_path, few, BUDGET.format(30)).code == 1
    assert asked(tmp_path, all_, BUDGET.format(30)).code == 1


@pytest.mark.parametrize("days", [1, 3, 7])
def test_a_budget_that_lasts_wakes_nobody_however_short_its_days(days: int, tmp_path: Path) -> None:
    """1 of 2,000 requests of an hour is bad, half of what 99.9 % allows."""
    rows = [("10", "500" if one % 2_000 == 0 else "200") for one in range(10_000)]
    found = asked(tmp_path, rows, BUDGET.format(days))
    assert (found.code, found.statuses["monitor.budget"]) == (0, "passed")


def test_the_burn_rates_are_those_of_the_workbook() -> None:
    """Chapter 5, table 5-8, for 30 days; for shorter ones never below 1, at which a budget lasts."""
    assert [pace.burn(30) for pace in PACES] == [pytest.approx(14.4), pytest.approx(6), pytest.approx(1)]
    assert [pace.long / pace.short for pace in PACES] == [12, 12, 12]
    assert [pace.burn(1) for pace in PACES] == [1, 1, 1]


def test_a_log_that_ends_before_the_last_hour_decides_nothing(tmp_path: Path) -> None:
    text = "time,latency_ms,status\n" + "".join(f"2026-11-20T0{one % 5}:00:30Z,10,200\n" for one in range(400))
    found = ran(tmp_path, BUDGET.format(30) + f"\n{UNTIL}", {"r.csv": text})
    assert (found.code, found.statuses["monitor.budget"]) == (3, "inconclusive")
    assert "no request lies in the longer of 1h and 5m" in found.told


def test_a_log_that_is_written_to_while_it_is_read_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = requested.read

    def read(*arguments: Any) -> Served:
        with (tmp_path / "r.csv").open("a", encoding="utf-8") as file:
            file.write("2026-11-20T06:00:01Z,10,200\n" * 10)
        return first(*arguments)

    monkeypatch.setattr(requested, "read", read)
    config = FAILS + "\nmax_age: 90d\ntrained: {file: m.json, key: at}"
    (tmp_path / "m.json").write_text('{"at": "2026-11-01"}', encoding="utf-8")
    found = asked(tmp_path, GOOD, config)
    assert (found.code, found.tree["metrics"]["requests"]) == (0, 400)
    assert [one["path"] for one in found.tree["subjects"]] == ["mlops-gates.yml", "m.json"]
