from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from hypothesis import given

from mlops_gates.findings import Finding, Location, Report, Severity, Status
from mlops_gates.reporters import sarif

from . import fixture
from .strategies import few, reports

REPORTS = {"rich": fixture.rich, "fatal": fixture.fatal, "good": fixture.good}


def multitool() -> Path:
    """The npm package @microsoft/sarif-multitool-linux: its binary, and the JSON schema beside it."""
    named = os.environ.get("MLOPS_GATES_SARIF_MULTITOOL")
    root = Path(__file__).parents[3] / ".tools"
    found = [Path(named)] if named else sorted(root.glob("**/@microsoft/sarif-multitool-linux"))
    if not found or not (found[0] / "sarif-2.1.0.json").exists():
        pytest.skip(
            "npm package @microsoft/sarif-multitool-linux not found: SARIF was NOT validated against its schema"
        )
    return found[0]


def rendered(report: Report) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(sarif.render(report, fixture.CATALOGUE))
    return tree


@pytest.mark.parametrize("name", REPORTS)
def test_schema(name: str) -> None:
    schema = json.loads((multitool() / "sarif-2.1.0.json").read_text())
    validator = jsonschema.validators.validator_for(schema)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(rendered(REPORTS[name]()))


@pytest.mark.parametrize("name", REPORTS)
def test_multitool(name: str, tmp_path: Path) -> None:
    """The exit code is 0 even with errors, so the output is read; a run that did not happen says nothing of success."""
    binary = multitool() / "Sarif.Multitool"
    binary.chmod(0o755)
    (tmp_path / "x.sarif").write_text(sarif.render(REPORTS[name](), fixture.CATALOGUE), encoding="utf-8")
    command = [
        binary,
        "validate",
        "x.sarif",
        "--rule-kind",
        "Sarif;Ghas",
        "--level",
        "Error;Warning",
        "-o",
        "out.sarif",
    ]
    environ = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert "Analysis completed successfully" in done.stdout
    assert not re.findall(r": error .*", done.stdout + done.stderr)


@few
@given(reports)
def test_every_result_has_what_the_hosts_need(report: Report) -> None:
    run = rendered(report)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    prints = [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]
    assert len(set(prints)) == len(prints)
    for each in run["results"]:
        place = each["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert 0 < len(each["message"]["text"]) <= sarif.MAX_MESSAGE or not each["message"]["text"].strip()
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert re.fullmatch(r"\w+", rule["name"], re.ASCII)


@few
@given(reports)
def test_a_uri_is_a_relative_reference_that_decodes_to_the_file(report: Report) -> None:
    for finding, result in zip(report.findings, rendered(report)["runs"][0]["results"], strict=True):
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri)
        assert not urlsplit(uri).scheme
        assert unquote(uri) == (finding.location.file.removeprefix("./").lstrip("/") or ".")


def test_a_waived_finding_is_a_suppressed_note() -> None:
    results = rendered(fixture.rich())["runs"][0]["results"]
    waived = [each for each in results if "suppressions" in each]
    assert [each["properties"]["subject"] for each in waived] == ["Partner"]
    assert waived[0]["level"] == "note"
    assert "2027-01-31" in waived[0]["suppressions"][0]["justification"]


def test_what_left_no_finding_is_told_by_the_invocation() -> None:
    invocation = rendered(fixture.rich())["runs"][0]["invocations"][0]
    texts = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert "model.latency: the worker was stopped after 600 s" in texts
    assert "policy.inconclusive: warn" in texts
    assert invocation["exitCode"] == 1


def test_the_worst_results_are_kept_and_the_rest_is_told() -> None:
    base = fixture.rich().gates[0].checks[3]
    many = [
        Finding("data.drift", f"c{at}", Status.WARNED, Severity.WARNING, "moved", Location("m.yml", at + 1))
        for at in range(sarif.MAX_RESULTS + 7)
    ]
    worst = dataclasses.replace(many[-1], severity=Severity.ERROR, subject="worst")
    check = dataclasses.replace(base, findings=(*many, worst))
    gate = dataclasses.replace(fixture.data_gate(), checks=(check,))
    run = rendered(dataclasses.replace(fixture.rich(), gates=(gate,)))["runs"][0]
    assert len(run["results"]) == sarif.MAX_RESULTS
    assert run["results"][0]["properties"]["subject"] == "worst"
    told = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert told.startswith("8 more findings")


def test_the_file_keeps_its_size() -> None:
    finding = Finding("data.nulls", "c", Status.FAILED, Severity.ERROR, "é" * 3000, Location("m.yml", 1), remedy="x")
    checks = (dataclasses.replace(fixture.data_gate().checks[0], findings=(finding,) * 4000),)
    report = dataclasses.replace(fixture.rich(), gates=(dataclasses.replace(fixture.data_gate(), checks=checks),))
    text = sarif.render(report, {})
    assert sarif.MAX_BYTES * 0.8 < len(text.encode()) <= sarif.MAX_BYTES
    run = json.loads(text)["runs"][0]
    told = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert told.startswith(f"{4000 - len(run['results']):,} more findings")


def test_the_category_tells_uploads_apart() -> None:
    assert rendered(fixture.rich())["runs"][0]["automationDetails"]["id"] == "mlops-gates/production/"
    assert "automationDetails" not in json.loads(sarif.render(fixture.good(), {}, category=""))["runs"][0]


def test_a_link_in_a_message_is_no_link() -> None:
    text = next(
        each["message"]["text"]
        for each in rendered(fixture.rich())["runs"][0]["results"]
        if "evil" in each["message"]["text"]
    )
    assert r"\[a\](http" in text
