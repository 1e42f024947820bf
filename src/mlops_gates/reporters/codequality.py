"""gl-code-quality.json: the array that GitLab's merge request widget reads.

Format and severities: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format. GitLab stops at the
first entry that is not valid, and wants each fingerprint once.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from mlops_gates.findings import Finding, Report, Severity
from mlops_gates.reporters.text import visible

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(report: Report) -> str:
    """Return one entry per finding, worst first; a waived one is `info` and says by what it is waived."""
    seen: Counter[str] = Counter()
    return json.dumps([_entry(finding, seen) for finding in report.findings], indent=2, ensure_ascii=False) + "\n"


def _entry(finding: Finding, seen: Counter[str]) -> dict[str, object]:
    message = f"Waived ({finding.waived}): {finding.message}" if finding.waived else finding.message
    return {
        "description": visible(message) or finding.rule,
        "check_name": visible(finding.rule, 255),
        "fingerprint": _unique(finding.fingerprint, seen),
        "severity": "info" if finding.waived else _SEVERITIES[finding.severity],
        "location": {
            "path": visible(finding.location.file.removeprefix("./")),
            "lines": {"begin": max(finding.location.line, 1)},
        },
    }


def _unique(fingerprint: str, seen: Counter[str]) -> str:
    seen[fingerprint] += 1
    if seen[fingerprint] == 1:
        return fingerprint
    return hashlib.sha256(f"{fingerprint}:{seen[fingerprint]}".encode()).hexdigest()[:32]
