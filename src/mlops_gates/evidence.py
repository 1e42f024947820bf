"""Digests of what was judged, and whether it is still the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from mlops_gates.findings import Finding, Location, Report, Severity, Status, Subject


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, bare hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written: inode, size in bytes, time of change in ns; None where there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


def subject(role: str, path: Path, workdir: Path) -> Subject:
    """The file `path` as a subject; one that cannot be read has no digest and says why."""
    shown = os.path.relpath(path, workdir)
    try:
        return Subject(role, shown, digest(path))
    except OSError as error:
        return Subject(role, shown, "", f"no digest: {error.strerror}")


def verify(report: Report, workdir: Path, instead: Mapping[str, Path]) -> Iterable[Finding]:
    """What no longer is what was judged. `instead` gives other paths by role (`model`, `data`).

    A changed file is failed; one that is missing or never had a digest is errored: it cannot be told to be the same.
    """
    moved = {role: _moved(report, role, path) for role, path in instead.items()}
    for bound in report.subjects:
        path = instead[bound.role] if moved.get(bound.role) == bound else workdir / bound.path
        shown = os.path.relpath(path, workdir)
        if not bound.sha256:
            yield _refused(bound, shown, Status.ERRORED, bound.reason or "it has no digest in the results", "")
            continue
        try:
            now = digest(path)
        except OSError as error:
            flag = f"Fetch it, or name where it is with --{bound.role}." if bound.role in ("model", "data") else ""
            yield _refused(bound, shown, Status.ERRORED, f"it cannot be read: {error.strerror}", flag)
            continue
        if now != bound.sha256:
            told = f"it is not the file that was judged: sha256:{now[:12]}…, judged was sha256:{bound.sha256[:12]}…"
            yield _refused(bound, shown, Status.FAILED, told, "Judge what you deploy: run the gates again.")


def _moved(report: Report, role: str, path: Path) -> Subject | None:
    """Which of the subjects of a role a given path stands for: the one with its digest, else the first."""
    candidates = [subject for subject in report.subjects if subject.role == role]
    try:
        now = digest(path)
    except OSError:
        now = ""
    return next((one for one in candidates if one.sha256 == now), candidates[0] if candidates else None)


def _refused(bound: Subject, shown: str, status: Status, why: str, step: str) -> Finding:
    message = f"{shown} ({bound.role}): {why}"
    return Finding(
        "run.digests", f"{bound.role}:{bound.path}", status, Severity.ERROR, message, Location(shown, 1), (), step
    )


def contradictions(report: Report) -> Iterable[str]:
    """Where a report's parts say other than its verdict: a results file that someone edited, or that was cut."""
    worst = Status.worst(gate.status for gate in report.gates if gate.checks)
    if report.fatal:
        worst = Status.worst([worst, report.fatal.status]) if report.gates else report.fatal.status
    if report.status.good and (worst is not report.status or report.fatal):
        yield f"the verdict is {report.status}, but what was found is {worst}"
    if report.status.good != (report.exit_code == 0):
        yield f"the verdict is {report.status}, but the exit code {report.exit_code}"
    for gate in report.gates:
        if not gate.softened and gate.checks and gate.status is not Status.worst(check.status for check in gate.checks):
            yield f"the {gate.gate} gate is {gate.status}, but its checks are not"


def with_findings(report: Report, findings: Iterable[Finding]) -> Report:
    """The report after a verification that found something: the first finding is its `fatal` one."""
    found = sorted(findings, key=lambda finding: -finding.status.rank)
    if not found:
        return report
    worst = Status.worst([report.status, *(finding.status for finding in found)])
    code = 1 if worst is Status.FAILED else 3
    if report.exit_code not in (0, 1, 3):
        code = report.exit_code
    return replace(
        report, status=worst, exit_code=code, fatal=found[0], notes=(*report.notes, *(f.message for f in found[1:]))
    )
