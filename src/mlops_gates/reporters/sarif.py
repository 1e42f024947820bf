"""results.sarif: SARIF 2.1.0 that GitHub code scanning and GitLab's `artifacts:reports:sarif` take.

Limits: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
and https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportssarif; the smaller of both counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from mlops_gates.findings import Finding, Location, Report, Severity, Status
from mlops_gates.reporters import jsontext, words
from mlops_gates.reporters.rules import RuleText, rule_text
from mlops_gates.reporters.text import count, cut, visible

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_BYTES = 9_500_000
MAX_RESULTS = 5_000
MAX_MESSAGE = 2_048
MAX_DESCRIPTION = 1_024
MAX_NAME = 255
MAX_RELATED = 99
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}

Json = dict[str, Any]


def render(report: Report, catalogue: Mapping[str, RuleText], *, category: str = "mlops-gates") -> str:
    """Return the report as one SARIF run. `catalogue` explains the rules by id; unknown ones explain themselves.

    `category` tells several uploads of one commit apart (GitHub takes each only once per workflow); the name of the
    environment is added. Empty means that the uploader chooses. Waived findings are suppressed notes.
    """
    found = report.findings[:MAX_RESULTS]
    text = _log(report, catalogue, category, found)
    while (size := len(text.encode())) > MAX_BYTES and found:
        found = found[: int(len(found) * 0.95 * MAX_BYTES / size)]
        text = _log(report, catalogue, category, found)
    return text


def _log(report: Report, catalogue: Mapping[str, RuleText], category: str, found: Sequence[Finding]) -> str:
    rules = list(dict.fromkeys([*(each.rule for each in found), *(check.check for _, check in report.checks)]))
    run: Json = {
        "tool": {"driver": _driver(report, [rule_text(rule, catalogue) for rule in rules])},
        "invocations": [_invocation(report, len(report.findings) - len(found))],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the checked out repository."}}},
        "results": _results(found, rules),
        "columnKind": "unicodeCodePoints",
    }
    if category:
        name = "/".join(filter(None, (category.strip("/"), report.environment)))
        run["automationDetails"] = {"id": f"{visible(name, MAX_NAME)}/"}
    log = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}
    return jsontext.text(log) + "\n"


def _driver(report: Report, rules: Sequence[RuleText]) -> Json:
    driver: Json = {"name": report.tool.name, "rules": [_rule(text) for text in rules]}
    if re.fullmatch(r"\d+\.\d+\.\d+.*", report.tool.version):
        driver["semanticVersion"] = report.tool.version
    elif report.tool.version:
        driver["version"] = report.tool.version
    return driver


def _rule(text: RuleText) -> Json:
    made: Json = {
        "id": visible(text.id, MAX_NAME),
        "name": _pascal(text.id),
        "shortDescription": {"text": _sentence(text.title or text.id)},
        "fullDescription": {"text": _sentence(text.description or text.title or text.id)},
        "help": {"text": _plain(text.remedy or text.description or text.id, MAX_DESCRIPTION)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["mlops", visible(text.id.partition(".")[0], MAX_NAME)], "precision": "very-high"},
    }
    if text.help_markdown:
        made["help"]["markdown"] = cut(text.help_markdown, MAX_MESSAGE)
    if text.uri:
        made["helpUri"] = text.uri
    return made


def _results(findings: Sequence[Finding], rules: Sequence[str]) -> list[Json]:
    seen: Counter[str] = Counter()
    made = []
    for finding in findings:
        seen[finding.fingerprint] += 1
        made.append(_result(finding, rules.index(finding.rule), seen[finding.fingerprint]))
    return made


def _result(finding: Finding, rule_index: int, occurrence: int) -> Json:
    made: Json = {
        "ruleId": visible(finding.rule, MAX_NAME),
        "ruleIndex": rule_index,
        "level": "note" if finding.waived else _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _place(finding.location)}],
        "partialFingerprints": {"primaryLocationLineHash": f"{finding.fingerprint}:{occurrence}"},
        "properties": {"subject": visible(finding.subject, MAX_NAME), "status": finding.status.value},
    }
    if finding.related:
        made["relatedLocations"] = [
            {"id": at, "message": {"text": "Also here."}, "physicalLocation": _place(place)}
            for at, place in enumerate(finding.related[:MAX_RELATED], start=1)
        ]
    if finding.waived:
        made["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": _plain(finding.waived, MAX_MESSAGE)}
        ]
    return made


def _place(location: Location) -> Json:
    region = {"startLine": max(location.line, 1)}
    if location.column:
        region["startColumn"] = location.column
    return {"artifactLocation": {"uri": _uri(location.file), "uriBaseId": _ROOT}, "region": region}


def _uri(file: str) -> str:
    """Return a relative path as a percent-encoded URI reference, `/`-separated, never absolute, never with a scheme."""
    path = file.removeprefix("./").lstrip("/").encode("utf-8", "replace")
    return quote(path, safe="/") or "."


def _invocation(report: Report, hidden: int) -> Json:
    made: Json = {
        "executionSuccessful": report.exit_code in (0, 1),
        "exitCode": report.exit_code,
        "exitCodeDescription": words.exit_meaning(report),
    }
    notes = [_notice("error", text) for text in _unplaced(report)]
    notes += [_notice("warning", text) for text in report.softened]
    if hidden:
        notes.append(_notice("warning", f"{count(hidden, 'more finding')} did not fit; results.json has them all."))
    if notes:
        made["toolExecutionNotifications"] = notes
    return made


def _unplaced(report: Report) -> list[str]:
    """Return what stopped checks that left no finding behind."""
    stopped = (Status.ERRORED, Status.INCONCLUSIVE)
    return [
        f"{check.check}: {check.reason or check.status.value}"
        for _, check in report.checks
        if check.status in stopped and not check.findings
    ]


def _notice(level: str, text: str) -> Json:
    return {"level": level, "message": {"text": _plain(text, MAX_MESSAGE)}}


def _message(finding: Finding) -> str:
    """Return message and remedy as far as they fit."""
    message = _plain(finding.message, MAX_MESSAGE) or "No message was given."
    whole = f"{message} {_plain(finding.remedy, MAX_MESSAGE)}".strip()
    return whole if len(whole) <= MAX_MESSAGE else message


def _plain(text: str, limit: int) -> str:
    """Return text in which `[label](target)` is no link, as SARIF 2.1.0 section 3.11.6 asks."""
    shown = visible(text, limit)
    return cut(shown.replace("[", r"\[").replace("]", r"\]"), limit) if "](" in shown else shown


def _sentence(text: str) -> str:
    shown = _plain(text, MAX_DESCRIPTION - 1)
    return shown if shown.endswith((".", "!", "?", "…")) else f"{shown}."


def _pascal(rule: str) -> str:
    words_of_it = re.findall(r"[A-Za-z0-9]+", rule)
    return cut("".join(word[:1].upper() + word[1:] for word in words_of_it), MAX_NAME) or "Rule"
