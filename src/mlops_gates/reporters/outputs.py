"""The outputs of a run, as the CI host passes them to later jobs: names and order are the contract's."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from mlops_gates.findings import Report, Status

FILES = ("report-dir", "results-file", "sarif-file", "junit-file", "codequality-file", "html-file")
VALUES = ("best-model", "model-version", "model-digest", "image-digest", "canary-decision")
NAMES = ("verdict", "passed", "exit-code", "failed-checks", "quality-score", "metrics", *VALUES, *FILES)


def outputs(report: Report, files: Mapping[str, str]) -> dict[str, str]:
    """Return every output of the contract in order; what has no value in this run is empty.

    `files` maps `report-dir`, `results-file`, … to paths. `failed-checks` is a JSON array of the ids of failed checks,
    `metrics` a JSON object of finite numbers.
    """
    made = {
        "verdict": report.status.value,
        "passed": "true" if report.status.good else "false",
        "exit-code": str(report.exit_code),
        "failed-checks": json.dumps(failed_checks(report)),
        "quality-score": report.values.get("quality-score", ""),
        "metrics": json.dumps(finite_metrics(report)),
    }
    made |= {name: report.values.get(name, "") for name in VALUES}
    made |= {name: files.get(name, "") for name in FILES}
    return made


def failed_checks(report: Report) -> list[str]:
    """Return the ids of the checks that failed, each once, in the order of the report."""
    return list(dict.fromkeys(check.check for _, check in report.checks if check.status is Status.FAILED))


def finite_metrics(report: Report) -> dict[str, float]:
    """Return the metrics that JSON can write, sorted by name."""
    return {name: float(value) for name, value in sorted(report.metrics.items()) if math.isfinite(value)}
