"""A run that is stopped: the right exit code in time, reports of what was done, and never a stale pass."""

import json
import time

import pytest

from .machine import Step

SLOW = """
import time


def model(features):
    time.sleep(300)
"""


@pytest.fixture
def running(image, project, tmp_path):
    """A step whose model never answers, stopped in mid-run; an earlier pass lies in the report folder."""
    (project / "slow.py").write_text(SLOW)
    config = project / "mlops-gates.yml"
    config.write_text(config.read_text().replace("path: models/model.joblib", "path: slow:model\n  code: [.]"))
    step = Step(image, project, tmp_path / "temp", inputs={"gates": "model"})
    step.start()
    step.wait_for("mlops-gates-report/results.json")
    time.sleep(2)
    assert step.process.poll() is None, step.result().log
    return step


def status(project):
    return json.loads((project / "mlops-gates-report" / "results.json").read_text())


@pytest.mark.parametrize(("name", "code"), [("INT", 130), ("TERM", 143)])
def test_a_cancelled_run_leaves_its_reports_within_five_seconds(running, project, name, code):
    start = time.monotonic()
    running.signal(name)
    result = running.result(timeout=30)
    seconds = time.monotonic() - start
    print(f"SIG{name}: {seconds:.1f} s")
    assert (result.exit_code, seconds < 5) == (code, True), result.log
    assert (result.outputs["passed"], result.outputs["verdict"]) == ("false", "errored")
    assert result.outputs["exit-code"] == str(code)
    for report in ("results.json", "results.sarif", "junit.xml", "outputs.env", "summary.md"):
        assert (project / "mlops-gates-report" / report).stat().st_size > 0


def test_a_killed_run_has_left_an_errored_verdict(running, project):
    running.signal("KILL")
    result = running.result(timeout=30)
    assert result.exit_code == 137
    assert '"errored"' in json.dumps(status(project))
    assert '"passed": true' not in json.dumps(status(project))
    assert "MLOPS_GATES_PASSED=false" in (project / "mlops-gates-report" / "outputs.env").read_text()
    if result.files["set_output"]:
        assert result.outputs["passed"] == "false"
