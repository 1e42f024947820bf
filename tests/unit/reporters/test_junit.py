from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from collections import Counter

from hypothesis import given

from mlops_gates.findings import GateResult, Report, Status
from mlops_gates.reporters import junit

from . import fixture
from .strategies import few, reports


@few
@given(reports)
def test_any_report_is_well_formed_and_no_check_is_lost(report: Report) -> None:
    root = ET.fromstring(junit.render(report))
    cases = root.findall("testsuite/testcase")
    empty = sum(not gate.checks for gate in report.gates)
    assert len(cases) == len(list(report.checks)) + empty + (report.fatal is not None)


@few
@given(reports)
def test_what_is_not_good_is_never_a_passing_case(report: Report) -> None:
    root = ET.fromstring(junit.render(report))
    outcomes = Counter(child.tag for child in root.iterfind("testsuite/testcase/*") if child.tag != "system-out")
    totals = Counter(check.status for _, check in report.checks)
    empty = sum(not gate.checks for gate in report.gates)
    assert outcomes["failure"] == totals[Status.FAILED]
    broke = totals[Status.ERRORED] + totals[Status.INCONCLUSIVE]
    assert outcomes["error"] == broke + empty + (report.fatal is not None)
    assert outcomes["skipped"] == totals[Status.SKIPPED]


def test_a_gate_without_checks_is_an_error() -> None:
    report = dataclasses.replace(fixture.good(), gates=(GateResult("data", "", Status.INCONCLUSIVE),))
    assert ET.fromstring(junit.render(report)).find("testsuite/testcase/error") is not None


def test_illegal_characters_and_attachments_are_gone() -> None:
    finding = dataclasses.replace(
        fixture.fatal().fatal, message="a\x00\x0b\ud800\ufffe\U0001ffff[[ATTACHMENT|/etc/passwd]]"
    )
    text = junit.render(dataclasses.replace(fixture.fatal(), fatal=finding))
    message = ET.fromstring(text).find("testsuite/testcase/error").attrib["message"]
    assert "[[ATTACHMENT" not in text
    assert message.startswith("a")


def test_names_are_unique_per_block() -> None:
    root = ET.fromstring(junit.render(fixture.rich()))
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names)
