"""SARIF of real runs passes Microsoft's validator with GitHub's rules, and the standard's JSON schema."""

import json
import re
from pathlib import Path

import pytest

from .machine import Step, blank, repository, sh


def run(image, workspace, temp, **inputs):
    Step(image, workspace, temp, inputs=inputs).run()
    return workspace / "mlops-gates-report" / "results.sarif"


@pytest.fixture(params=["good", "bad", "usage", "errored"])
def sarif(request, image, project, tmp_path):
    if request.param == "bad":
        blank(project / "data" / "test.csv", "mean_radius", 30)
    if request.param == "usage":
        (project / "mlops-gates.yml").write_text("version: 1\nnonsense: 1\n")
    if request.param == "errored":
        (project / "models" / "model.joblib").write_bytes(b"no model")
    return run(image, project, tmp_path / "temp")


def validate(tool, path, tmp_path):
    """Return the validator's findings of level error. Its exit code says nothing; its output does."""
    output = tmp_path / "validated.sarif"
    options = ("--rule-kind", "Sarif;Ghas", "--output", output, "--log", "ForceOverwrite")
    done = sh(tool("sarif-multitool"), "validate", path, *options, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1")
    assert "Analysis completed successfully" in done.stdout, done.stdout + done.stderr
    return re.findall(r": error .*", done.stdout)


def test_microsofts_validator_finds_no_error(tool, sarif, tmp_path):
    assert validate(tool, sarif, tmp_path) == []


def test_the_standards_schema_holds(tool, sarif):
    schema = Path(tool("sarif-multitool")).resolve().parent / "sarif-2.1.0.json"
    done = sh(tool("check-jsonschema"), "--schemafile", schema, sarif)
    assert done.returncode == 0, done.stdout


def test_the_validator_can_fail(tool, tmp_path):
    broken = tmp_path / "broken.sarif"
    broken.write_text(json.dumps({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "x", "rules": []}}, "results": [{"message": {"text": "no place"}}]}],
    }))  # fmt: skip
    assert validate(tool, broken, tmp_path) != []


def test_the_churn_report_is_valid(image, telco, tool, tmp_path):
    path = run(image, repository(telco, tmp_path / "workspace"), tmp_path / "temp")
    assert validate(tool, path, tmp_path) == []
