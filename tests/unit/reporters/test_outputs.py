from __future__ import annotations

import dataclasses
import json
import re
import subprocess

from hypothesis import given

from mlops_gates.findings import Report
from mlops_gates.inputs import OUTPUTS
from mlops_gates.reporters import dotenv
from mlops_gates.reporters.outputs import NAMES, outputs

from . import fixture
from .strategies import few, reports


@few
@given(reports)
def test_all_outputs_are_there_in_order(report: Report) -> None:
    made = outputs(report, fixture.FILES)
    assert tuple(made) == NAMES
    assert made["verdict"] == report.status.value
    assert made["passed"] == "false"
    assert isinstance(json.loads(made["failed-checks"]), list)
    json.loads(made["metrics"], parse_constant=lambda name: 1 / 0)


def test_the_faces_declare_the_same_outputs() -> None:
    assert tuple(output.name for output in OUTPUTS) == NAMES


def test_values() -> None:
    made = outputs(fixture.rich(), fixture.FILES)
    assert json.loads(made["failed-checks"]) == ["data.nulls", "model.accuracy"]
    assert json.loads(made["metrics"]) == {"accuracy": 0.8049}
    assert made["exit-code"] == "1"
    assert made["best-model"] == made["image-digest"] == ""
    assert made["html-file"] == "mlops-gates-report/report.html"


@few
@given(reports)
def test_dotenv_holds_only_harmless_lines(report: Report) -> None:
    text = dotenv.render(report, fixture.FILES)
    assert len(text.encode()) < 5000
    for line in text.splitlines():
        assert re.fullmatch(r"MLOPS_GATES_[A-Z_]+=[A-Za-z0-9_.:/@+,-]*", line)
    assert text.startswith(
        f"MLOPS_GATES_VERDICT={report.status.value}\nMLOPS_GATES_PASSED=false\nMLOPS_GATES_EXIT_CODE="
    )


def test_dotenv_drops_lists_first_when_it_would_be_too_long() -> None:
    report = dataclasses.replace(fixture.rich(), metrics={f"metric_{at}": 0.5 for at in range(400)})
    text = dotenv.render(report, fixture.FILES)
    assert len(text) < 5000
    assert "METRICS" not in text
    assert "FAILED_CHECKS=data.nulls,model.accuracy" in text


def test_dotenv_drops_everything_but_the_verdict_at_last() -> None:
    long = {name: f"{name}/{'x' * 3000}" for name in fixture.FILES}
    text = dotenv.render(fixture.rich(), long)
    assert len(text) < 5000
    assert "MLOPS_GATES_VERDICT=failed\nMLOPS_GATES_PASSED=false\nMLOPS_GATES_EXIT_CODE=1\n" in text


def test_a_shell_can_source_it(tmp_path) -> None:
    path = tmp_path / "outputs.env"
    path.write_text(dotenv.render(fixture.rich(), fixture.FILES))
    done = subprocess.run(
        ["sh", "-ec", f'. {path}; echo "$MLOPS_GATES_VERDICT $MLOPS_GATES_QUALITY_SCORE"'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "failed 0.9984\n"
