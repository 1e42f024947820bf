"""A monitor that is stopped tells nobody, and its exit code says so whatever the config softens."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.acceptance
CONFIG = """\
policy: {{inconclusive: warn, advisory: [monitor]}}
monitor:
  service:
    prometheus: {{url: "http://127.0.0.1:{port}", requests: requests_total, failed_where: {{code: "5.."}}}}
  duration: 1h
  thresholds: {{error_rate: 0.01}}
  notify: [{{command: [touch, told], when: [passed, warned, inconclusive, errored, failed]}}]
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_pages_by_its_exit_code_alone(number, code, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (tmp_path / "mlops-gates.yml").write_text(CONFIG.format(port=silent.getsockname()[1]))
        command = [
            sys.executable,
            "-m",
            "mlops_gates",
            "run",
            "monitor",
            "--fail-on",
            "never",
            "--report-dir",
            "report",
        ]
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert process.stderr
        while "monitor.service" not in process.stderr.readline():
            assert process.poll() is None
        began = time.monotonic()
        process.send_signal(number)
        process.communicate(timeout=20)
        assert time.monotonic() - began < 5
    assert process.returncode == code
    found = json.loads((tmp_path / "report" / "results.json").read_text())
    assert (found["status"], found["exit_code"]) == ("errored", code)
    assert not (tmp_path / "told").exists()
