"""metrics.txt: the numbers of a run as OpenMetrics text, for GitLab's metrics report and any scraper.

Format: https://prometheus.io/docs/specs/om/open_metrics_spec/. There are no timestamps and no durations, so that equal
inputs give equal text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlops_gates.findings import Measurement, Report, Status
from mlops_gates.reporters.text import visible

_PREFIX = "mlops_gates_"
_LABEL_CHARS = 200

Sample = tuple[dict[str, str], float]


def render(report: Report) -> str:
    """Return gauges for the verdict, each check, each measurement with limits and interval, and each metric."""
    lines: list[str] = []
    lines += _family("passed", "1 when a deploy may go on.", [({}, float(report.status.good))])
    lines += _family("exit_code", "0 good, 1 failed, 2 not started, 3 not decided.", [({}, float(report.exit_code))])
    lines += _family("verdict", "1 for the verdict of the run.", _verdict(report))
    lines += _family("check_status", f"How a check ended: {_ranks()}.", list(_checks(report)))
    lines += _family("findings", "Findings by severity.", list(_findings(report)))
    lines += _family("quality_score", "Share of the cells that keep their rules, 0 to 1.", list(_score(report)))
    lines += _family(
        "metric", "Metrics of the model by name.", [({"name": k}, v) for k, v in sorted(report.metrics.items())]
    )
    lines += _family("measurement", "What a check measured.", list(_measurements(report)))
    lines += _family("measurement_limit", "What a measurement must keep to.", list(_limits(report)))
    lines += _family("measurement_interval", "Confidence interval of a measurement.", list(_intervals(report)))
    return "\n".join([*lines, "# EOF"]) + "\n"


def _family(name: str, text: str, samples: list[Sample]) -> list[str]:
    """Return a gauge with its samples; of equal labels the first one counts. Nothing where there is no sample."""
    rows: dict[str, str] = {}
    for labels, value in samples:
        inner = ",".join(f'{key}="{_escape(each)}"' for key, each in labels.items())
        rows.setdefault(f"{_PREFIX}{name}{f'{{{inner}}}' if inner else ''}", _number(value))
    if not rows:
        return []
    head = [f"# TYPE {_PREFIX}{name} gauge", f"# HELP {_PREFIX}{name} {text}"]
    return head + [f"{key} {value}" for key, value in rows.items()]


def _verdict(report: Report) -> list[Sample]:
    return [({"status": status.value}, float(status is report.status)) for status in Status if status.rank]


def _checks(report: Report) -> Iterator[Sample]:
    for gate, check in report.checks:
        yield {"gate": gate.gate, "block": gate.block, "check": check.check}, float(check.status.rank)


def _findings(report: Report) -> Iterator[Sample]:
    told = [("waived" if finding.waived else finding.severity.value) for finding in report.findings]
    for kind in ("error", "warning", "note", "waived"):
        yield {"severity": kind}, float(told.count(kind))


def _score(report: Report) -> Iterator[Sample]:
    try:
        yield {}, float(report.values["quality-score"])
    except (KeyError, ValueError):
        return


def _measured(report: Report) -> Iterator[tuple[dict[str, str], Measurement]]:
    for gate, check in report.checks:
        for each in check.measurements:
            labels = {"gate": gate.gate, "block": gate.block, "rule": each.rule, "subject": each.subject}
            yield {**labels, "name": each.name, "unit": each.unit}, each


def _measurements(report: Report) -> Iterator[Sample]:
    return ((labels, each.value) for labels, each in _measured(report) if each.value is not None)


def _limits(report: Report) -> Iterator[Sample]:
    for labels, each in _measured(report):
        if each.limit and each.limit.low is not None:
            yield {**labels, "bound": "low"}, each.limit.low
        if each.limit and each.limit.high is not None:
            yield {**labels, "bound": "high"}, each.limit.high


def _intervals(report: Report) -> Iterator[Sample]:
    for labels, each in _measured(report):
        if each.interval:
            yield {**labels, "bound": "low"}, each.interval.low
            yield {**labels, "bound": "high"}, each.interval.high


def _ranks() -> str:
    return ", ".join(f"{status.rank} {status.value}" for status in Status)


def _escape(text: str) -> str:
    return visible(text, _LABEL_CHARS).replace("\\", r"\\").replace('"', r"\"")


def _number(value: float) -> str:
    number = float(value)
    if math.isnan(number):
        return "NaN"
    return repr(number) if math.isfinite(number) else ("+Inf" if number > 0 else "-Inf")
