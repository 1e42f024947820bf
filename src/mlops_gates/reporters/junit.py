"""junit.xml: one suite per block of a gate, one test case per check.

A check is the test case, not each of its findings: GitLab, CodeBuild and Jenkins follow a test through time by class
and name, and that must not depend on what the data holds. GitLab shows one line per classname + name and takes the
first of doubles (https://docs.gitlab.com/ci/testing/unit_test_reports/), so a block's name is part of the classname.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from junit_xml import TestCase, TestSuite, to_xml_report_string

from mlops_gates.findings import CheckResult, Finding, GateResult, Report, Status
from mlops_gates.reporters import words
from mlops_gates.reporters.text import count, cut, visible

_ILLEGAL = re.compile(
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\ufdd0-\ufdef]|[^\0-\uffff](?<=[\ufffe\uffff])"
)
_CASE_CHARS = 60_000
"""GitLab takes 30 MB per file; a case of this many characters is more than anyone reads."""


def render(report: Report) -> str:
    """Return the report as JUnit XML. Errored and inconclusive checks are errors, waived findings pass and are told."""
    suites = [_suite(gate, report) for gate in report.gates]
    if report.fatal:
        case = TestCase("run", classname="mlops-gates.run", file=_text(report.fatal.location.file))
        case.line = report.fatal.location.line
        case.add_error_info(*_blame([report.fatal], report.fatal.message), error_type=_text(report.fatal.rule))
        suites.insert(0, TestSuite("run", [case], timestamp=_text(report.started) or None))
    return _indented(to_xml_report_string(suites, prettyprint=False, encoding="utf-8"))


def _indented(xml: str) -> str:
    """Return the same XML, indented; what `junit_xml` makes of it itself differs between versions of Python."""
    root = ElementTree.fromstring(xml)  # noqa: S314, our own text of a line above
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(gate: GateResult, report: Report) -> TestSuite:
    name = _text(words.gate_name(gate))
    classname = _text(f"mlops-gates.{gate.gate}{f'.{gate.block}' if gate.block else ''}")
    cases = [_case(check, classname) for check in gate.checks]
    if not cases:
        nothing = TestCase(_text(gate.gate), classname=classname)
        nothing.add_error_info(f"no check ran: {gate.status.value}", error_type=gate.status.value)
        cases.append(nothing)
    return TestSuite(name, cases, timestamp=_text(report.started) or None)


def _case(check: CheckResult, classname: str) -> TestCase:
    case = TestCase(_text(check.check), classname=classname, elapsed_sec=round(check.seconds, 6))
    found = [finding for finding in check.findings if not finding.waived]
    if found:
        case.file, case.line = _text(found[0].location.file), found[0].location.line
    message, output = _blame(found, check.reason or f"{check.title}: {check.status.value}")
    if check.status is Status.FAILED:
        case.add_failure_info(message, output, failure_type=_text(check.check))
    elif check.status in (Status.ERRORED, Status.INCONCLUSIVE):
        case.add_error_info(message, output, error_type=check.status.value)
    elif check.status is Status.SKIPPED:
        case.add_skipped_info(_text(check.reason) or "skipped")
    case.stdout = _printed(check, told=not check.status.good) or None
    return case


def _blame(findings: list[Finding], otherwise: str) -> tuple[str, str]:
    """Return the one-line message and the text of a failure; neither is empty."""
    message = _text(findings[0].message if findings else otherwise) or "no reason was given"
    if len(findings) > 1:
        message += f" (and {count(len(findings) - 1, 'more finding')})"
    return message, cut("\n".join(map(_told, findings)) or message, _CASE_CHARS)


def _told(finding: Finding) -> str:
    lines = [f"{_text(str(finding.location))}: {_text(finding.message)}"]
    lines += [f"  also at {_text(words.also_at(finding))}"] if finding.related else []
    lines += [f"  what to do: {_text(finding.remedy)}"] if finding.remedy else []
    return "\n".join(lines)


def _printed(check: CheckResult, *, told: bool) -> str:
    """Return what was measured, what was waived, and what was found where no failure tells it."""
    lines = [_text(measurement.text) for measurement in check.measurements]
    for finding in check.findings:
        if finding.waived:
            lines.append(f"waived ({_text(finding.waived)}): {_told(finding)}")
        elif not told:
            lines.append(f"{finding.severity.value}: {_told(finding)}")
    return cut("\n".join(filter(None, lines)), _CASE_CHARS)


def _text(text: str) -> str:
    """Return text that XML 1.0 may hold and GitLab does not take for an attachment."""
    return _ILLEGAL.sub("", visible(text)).replace("[[ATTACHMENT", "[ [ATTACHMENT")
