"""The monitor's requests out of a real Prometheus, which scrapes counters that begin again."""

from __future__ import annotations

import json
import time

import pytest
from tests.acceptance.test_canary_sources import exporter, no_proxy, prometheus

from mlops_gates import session

__all__ = ["exporter", "no_proxy", "prometheus"]
pytestmark = pytest.mark.acceptance
CONFIG = """\
monitor:
  service:
    prometheus:
      url: {url}
      requests: requests_total{{job="model"}}
      failed_where: {{code: "5.."}}
      latency: seconds_bucket{{job="model"}}
    objective: {{target: 99.9 %, latency_ms: 250}}
  duration: 1h
  thresholds: {{p95_latency_ms: {{max: 250}}, error_rate: 0.01}}
"""


def _asked(exporter, code, seconds, times):
    for one in ("200", "500"):  # a server that is well made has all of its codes from the start
        exporter.add("requests_total", times * (one == code), code=one)
    for le in ("0.1", "0.25", "+Inf"):
        exporter.add("seconds_bucket", times * (seconds <= float(le)), le=le)


# Counters that are a second old are extrapolated by a good part of their growth.
def _judged(folder):
    time.sleep(1.1)  # the window ends with a whole second
    code = session.run(
        session.Inputs(
            gates=(), config="mlops-gates.yml", workdir=str(folder), sets=(), requirements="", report_dir="report",
            fail_on="error", annotations="false", environment="", host="local", exit_zero=False, json=False,
        )
    )  # fmt: skip
    return code, json.loads((folder / "report" / "results.json").read_text())


def test_a_service_is_judged_by_what_prometheus_counted(exporter, prometheus, tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "mlops-gates.yml").write_text(CONFIG.format(url=prometheus))
    code, found = _judged(folder)
    assert (code, found["status"]) == (3, "inconclusive"), "counters that are not there say nothing good"
    _asked(exporter, "200", 0.05, 0)
    exporter.scraped()
    _asked(exporter, "200", 0.05, 5_000)
    exporter.scraped()
    code, found = _judged(folder)
    assert (code, found["status"]) == (0, "passed")
    assert found["metrics"]["requests"] == pytest.approx(5_000, rel=0.2)
    for name in exporter.samples:  # the process begins again
        exporter.samples[name] = 0
    exporter.scraped()
    _asked(exporter, "500", 0.4, 500)
    exporter.scraped()
    code, found = _judged(folder)
    assert (code, found["status"]) == (1, "failed")
    assert found["metrics"]["requests"] == pytest.approx(5_500, rel=0.2)
    assert found["metrics"]["error_rate"] == pytest.approx(500 / 5_500, rel=0.2)
