"""A step as GitHub's runner starts it: exit codes, outputs, reports, on good and bad input."""

import json
import re

import pytest

from .machine import Step, blank, repository

REPORTS = [
    "results.json",
    "results.sarif",
    "junit.xml",
    "gl-code-quality.json",
    "summary.md",
    "outputs.env",
    "metrics.txt",
    "report.html",
]


@pytest.fixture
def step(image, project, tmp_path):
    def make(**options):
        return Step(image, options.pop("workspace", project), tmp_path / "temp", **options)

    return make


def delimiters(result):
    return re.findall(r"^[a-z-]+<<(.+)$", result.files["set_output"], re.MULTILINE)


def test_good_data_passes_with_every_output_and_report(step, project):
    result = step().run()
    assert result.exit_code == 0, result.log
    assert (result.outputs["passed"], result.outputs["verdict"], result.outputs["exit-code"]) == ("true", "passed", "0")
    assert float(result.outputs["quality-score"]) >= 0.9
    assert json.loads(result.outputs["failed-checks"]) == []
    assert json.loads(result.outputs["metrics"])["accuracy"] > 0.9
    assert result.outputs["model-digest"].startswith("sha256:")
    assert {path.name for path in (project / "mlops-gates-report").iterdir()} >= set(REPORTS)
    assert result.files["step_summary"].strip()


def test_the_outputs_are_heredocs_with_random_delimiters(step):
    result = step().run()
    found = delimiters(result)
    # Twice: an errored verdict before the first gate starts, the true one at the end; the runner takes the last.
    assert len(result.outputs) == 17
    assert len(found) == 34
    assert len(set(found)) == len(found), "a delimiter was used twice"
    assert all(len(one) >= 32 for one in found)
    assert not re.search(r"^(passed|verdict)=", result.files["set_output"], re.MULTILINE)


def test_bad_data_fails_and_points_at_the_line(step, project):
    blank(project / "data" / "test.csv", "mean_radius", 3)
    result = step().run()
    assert result.exit_code == 1, result.log
    assert (result.outputs["passed"], result.outputs["verdict"]) == ("false", "failed")
    assert "data.nulls" in json.loads(result.outputs["failed-checks"])
    assert re.search(r"^::error .*file=data/test\.csv,line=2\b", result.log, re.MULTILINE), result.log


def test_a_broken_config_is_a_usage_error(step, project):
    config = project / "mlops-gates.yml"
    config.write_text(config.read_text().replace("min_quality_score", "min_qualty_score"))
    result = step().run()
    assert result.exit_code == 2, result.log
    assert (result.outputs["passed"], result.outputs["verdict"]) == ("false", "errored")
    assert "mlops-gates.yml:8" in result.log or "line=8" in result.log
    assert "min_quality_score" in result.log


def test_what_is_no_model_could_not_be_decided(step, project):
    (project / "models" / "model.joblib").write_bytes(b"this is no model")
    result = step().run()
    assert result.exit_code == 3, result.log
    assert (result.outputs["passed"], result.outputs["verdict"]) == ("false", "errored")


def test_a_misspelt_input_is_a_usage_error(step):
    result = step(inputs={"fail_on": "never"}).run()
    assert result.exit_code == 2, result.log
    assert "fail-on" in result.log
    assert result.outputs["passed"] == "false"


@pytest.mark.parametrize(("name", "value"), [("fail-on", "sometimes"), ("annotations", "perhaps"), ("gates", "dta")])
def test_a_wrong_value_of_an_input_is_a_usage_error_with_a_verdict(step, name, value):
    result = step(inputs={name: value}).run()
    assert result.exit_code == 2, result.log
    assert (result.outputs["passed"], result.outputs["verdict"]) == ("false", "errored")
    assert name in result.log or value in result.log


def test_fail_on_never_leaves_the_outputs_their_truth(step, project):
    blank(project / "data" / "test.csv", "mean_radius", 3)
    result = step(inputs={"fail-on": "never"}).run()
    assert result.exit_code == 0, result.log
    assert (result.outputs["passed"], result.outputs["exit-code"]) == ("false", "1")


def test_an_environment_lays_its_limits_over_the_config(step, project):
    result = step(inputs={"environment": "production"}).run()
    assert result.exit_code == 0, result.log
    results = (project / "mlops-gates-report" / "results.json").read_text()
    assert "at least 0.91" in results
    assert "at least 0.88" not in results


def test_an_unknown_environment_is_a_usage_error(step):
    result = step(inputs={"environment": "prodution"}).run()
    assert result.exit_code == 2, result.log
    assert "production" in result.log


def test_an_impossible_limit_by_set_fails_with_value_limit_and_config_line(step, project):
    result = step(inputs={"set": "model.thresholds.accuracy=0.9999\nmodel.thresholds.recall=0.7"}).run()
    assert result.exit_code == 1, result.log
    line = next(
        n for n, text in enumerate((project / "mlops-gates.yml").read_text().splitlines(), 1) if "0.95}" in text
    )
    assert re.search(rf"^::error .*file=mlops-gates\.yml,line={line}\b.*", result.log, re.MULTILINE), result.log
    assert "0.9999" in result.log


def test_the_churn_data_has_eleven_blanks_and_the_model_is_good_enough(image, telco, tmp_path):
    result = Step(image, repository(telco, tmp_path / "workspace"), tmp_path / "temp").run()
    assert result.exit_code == 1, result.log
    assert json.loads(result.outputs["failed-checks"]) == ["data.nulls"], result.log
    errors = [line for line in result.log.splitlines() if line.startswith("::error ")]
    assert any("TotalCharges" in line and re.search(r"\b11\b", line) for line in errors), errors
    assert any("file=data/telco_churn.csv,line=490" in line for line in errors), errors
    assert json.loads(result.outputs["metrics"])["accuracy"] >= 0.75


def test_the_churn_model_does_not_reach_the_impossible(image, telco, tmp_path):
    inputs = {"gates": "model", "set": "model.thresholds.accuracy=0.99"}
    workspace = repository(telco, tmp_path / "workspace")
    result = Step(image, workspace, tmp_path / "temp", inputs=inputs).run()
    assert result.exit_code == 1, result.log
    accuracy = json.loads(result.outputs["metrics"])["accuracy"]
    line = next(
        n for n, text in enumerate((workspace / "mlops-gates.yml").read_text().splitlines(), 1) if "accuracy:" in text
    )
    assert f"accuracy: {accuracy:.4f}".rstrip("0") in result.log
    assert re.search(rf"file=mlops-gates\.yml,line={line}\b", result.log), result.log
