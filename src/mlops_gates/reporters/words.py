"""The verdict in words that need no manual: shared by everything that a person reads."""

from __future__ import annotations

from collections import Counter

from mlops_gates.findings import CheckResult, Finding, GateResult, Report, Status
from mlops_gates.reporters.text import count

_HEADLINES = {
    Status.PASSED: ("PASSED", "every check kept its limit; a deploy may go on."),
    Status.WARNED: ("PASSED WITH WARNINGS", "nothing forbids a deploy, but look at the warnings first."),
    Status.INCONCLUSIVE: ("NOT DECIDED", "the evidence is not enough to decide, and without a pass nothing deploys."),
    Status.ERRORED: (
        "NOT DECIDED",
        "something broke before the checks could decide, and without a pass nothing deploys.",
    ),
    Status.FAILED: ("FAILED", "do not deploy: at least one limit is broken."),
    Status.SKIPPED: ("NOT DECIDED", "nothing was looked at, and without a pass nothing deploys."),
}

_EXITS = {
    0: "a deploy may go on",
    1: "at least one check failed",
    2: "the run could not start: flags, config or a path that does not exist",
    3: "could not decide: a check errored, or the evidence is not enough",
    130: "cancelled (SIGINT)",
    143: "cancelled (SIGTERM)",
}

_TALLY = (
    (Status.FAILED, "failed"),
    (Status.ERRORED, "broke"),
    (Status.INCONCLUSIVE, "could not be decided"),
    (Status.WARNED, "warned"),
    (Status.PASSED, "passed"),
    (Status.SKIPPED, "skipped"),
)


def headline(report: Report) -> tuple[str, str]:
    """Return the verdict in capitals, and what it means for the reader."""
    if report.exit_code in (130, 143):
        return "CANCELLED", "the run was stopped before it could decide, and without a pass nothing deploys."
    if report.exit_code == 2:
        return "NOT STARTED", "the run could not start, and without a pass nothing deploys."
    if report.fatal and report.fatal.rule == "run.digests":
        return _HEADLINES[report.status][0], "do not deploy: a file is not known to be the one that was judged."
    if report.status is Status.PASSED and waived_findings(report):
        return "PASSED", "every limit was kept or its break is waived; a deploy may go on."
    return _HEADLINES[report.status]


def exit_meaning(report: Report) -> str:
    """Return what the exit code says, without the number."""
    return _EXITS.get(report.exit_code, "unknown")


def tally(report: Report) -> str:
    """Return `2 checks: 1 failed, 1 passed`, worst first."""
    totals = Counter(check.status for _, check in report.checks)
    if not totals:
        return "no check ran"
    parts = [f"{totals[status]:,} {word}" for status, word in _TALLY if totals[status]]
    return f"{count(totals.total(), 'check')}: {', '.join(parts)}"


def gate_name(gate: GateResult) -> str:
    """Return the gate with its block's name, where it has one: `data (train)`."""
    return f"{gate.gate} ({gate.block})" if gate.block else gate.gate


def looked(gate: GateResult) -> str:
    """Return `4 checks, 2 to look at`."""
    bad = sum(check.status not in (Status.PASSED, Status.SKIPPED) for check in gate.checks)
    return count(len(gate.checks), "check") + (f", {bad:,} to look at" if bad else "")


def open_findings(report: Report) -> tuple[Finding, ...]:
    """Return the findings that no waiver silences, worst first."""
    return tuple(finding for finding in report.findings if not finding.waived)


def waived_findings(report: Report) -> tuple[Finding, ...]:
    """Return the findings that a waiver silences, worst first."""
    return tuple(finding for finding in report.findings if finding.waived)


def also_at(finding: Finding) -> str:
    """Return the related lines as `lines 754, 937`, with the file where it is another one; empty where none are."""
    same = [str(place.line) for place in finding.related if place.file == finding.location.file]
    other = [str(place) for place in finding.related if place.file != finding.location.file]
    lines = [f"line{'s' if len(same) > 1 else ''} {', '.join(same)}"] if same else []
    return ", ".join(lines + other)


def observed(check: CheckResult) -> str:
    """Return what a check saw, short enough for one line; where it saw nothing its reason, else what it found."""
    if check.status is Status.SKIPPED or (check.reason and not check.measurements):
        return check.reason
    if len(check.measurements) == 1:
        only = check.measurements[0]
        return f"{only.text or only.reason}{f' (limit: {only.limit.text})' if only.limit else ''}"
    if check.measurements and all(one.interval and one.value is not None for one in check.measurements):
        # Several of one name are told apart by what they are about.
        alike = len({one.name for one in check.measurements}) < len(check.measurements)
        return ", ".join(f"{one.subject if alike else one.name} {one.value:.4g}" for one in check.measurements)
    if check.measurements:
        found = f", {count(len(check.findings), 'finding')}" if check.findings else ""
        return f"{count(len(check.measurements), 'rule')}{found}"
    return check.findings[0].message if check.findings else ""


def next_step(report: Report) -> str:
    """Return one sentence that says where to look first; empty where there is nothing to look at."""
    found = open_findings(report)
    if found:
        first = found[0]
        about = f"{first.rule} {first.subject}".strip()
        return f"{first.location} ({about})"
    for gate, check in report.checks:
        if not check.status.good and check.status is not Status.SKIPPED:
            return f"{check.check} in gate {gate_name(gate)}"
    return ""
