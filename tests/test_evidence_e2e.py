"""Evidence of real runs: it never contradicts a genuine verdict, and no file keeps the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlops_gates import session
from mlops_gates.asked import Inputs
from mlops_gates.enforcing import contradictions, enforce, read
from mlops_gates.errors import Cancelled

RESULTS = "mlops-gates-report/results.json"
CONFIG = "data:\n  source: data.csv\n  rows: {min: 1}\n"
MODEL = "model:\n  path: model.joblib\n  data: test.csv\n  target: y\n"


def judged(folder: Path, *sets: str) -> int:
    return session.run(Inputs(workdir=str(folder), sets=sets, host="local"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_text("x\n1\n2\n")
    (tmp_path / "mlops-gates.yml").write_text(CONFIG)
    return tmp_path


WAIVER = "policy.waivers=[{rule: data.rows, reason: known, expires: 2999-01-01}]"


@pytest.mark.parametrize(
    ("sets", "status"),
    [
        ((), "passed"),
        (("data.rows={min: 9}",), "failed"),
        (("data.rows={min: 9}", "policy.advisory=[data]"), "warned"),
        (("data.rows={min: 9}", WAIVER), "passed"),
        (("data.colums=1",), "errored"),
    ],
)
def test_no_softened_verdict_contradicts_itself(project: Path, sets: tuple[str, ...], status: str) -> None:
    code = judged(project, *sets)
    report = read(project / RESULTS)
    assert (report.status.value, list(contradictions(report))) == (status, [])
    assert enforce(RESULTS, str(project), "", "", "error", "local") == code


def test_a_cancelled_run_does_not_contradict_itself(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cancelled(*rest: object) -> None:
        raise Cancelled(signal.SIGINT)

    monkeypatch.setattr(session.runner, "run", cancelled)
    monkeypatch.setattr(session.os, "_exit", lambda code: None)
    assert judged(project) == 130
    assert list(contradictions(read(project / RESULTS))) == []


def started(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mlops_gates", "run", "--host", "local"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(process: subprocess.Popen[str], seconds: float = 30) -> tuple[int, str]:
    try:
        out, _ = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return process.returncode, " ".join(out.split())


@pytest.mark.parametrize("role", ["data", "model"])
def test_a_pipe_does_not_keep_the_process(project: Path, role: str) -> None:
    if role == "data":
        (project / "data.csv").unlink()
        os.mkfifo(project / "data.csv")
    else:
        (project / "mlops-gates.yml").write_text(CONFIG + MODEL)
        (project / "test.csv").write_text("x,y\n1,0\n2,1\n")
        os.mkfifo(project / "model.joblib")
    code, out = ended(started(project))
    assert code == 3, out
    bound = {one.role: one for one in read(project / RESULTS).subjects}
    assert bound[role].reason == "no digest: it is no regular file"


@pytest.fixture
def huge(project: Path) -> Path:
    """A model that takes minutes to read, and holds nothing."""
    (project / "test.csv").write_text("x,y\n1,0\n2,1\n")
    with (project / "model.joblib").open("wb") as file:
        file.truncate(1 << 40)
    (project / "mlops-gates.yml").write_text(MODEL + "policy: {timeout: 6s}\n")
    return project


@pytest.mark.acceptance
def test_a_huge_files_digest_ends_with_the_run(huge: Path) -> None:
    code, out = ended(started(huge))
    assert code == 3
    assert "model.joblib" in out
    report = read(huge / RESULTS)
    assert report.fatal is not None
    assert "model.joblib: not read to the end" in report.fatal.message
    assert list(contradictions(report)) == []


@pytest.mark.acceptance
def test_a_cancelled_run_does_not_wait_for_digests(huge: Path) -> None:
    (huge / "mlops-gates.yml").write_text(MODEL)
    process = started(huge)
    time.sleep(4)
    assert process.poll() is None, "it waits for the digest"
    process.send_signal(signal.SIGINT)
    code, out = ended(process, 10)
    assert code == 130, out
