"""Digests of what was judged, and whether it is still the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mlops_gates import digests, naming
from mlops_gates.adapters import s3
from mlops_gates.errors import CheckError
from mlops_gates.findings import Finding, Location, Report, Severity, Status, Subject


def verify(
    report: Report,
    workdir: Path,
    instead: Mapping[str, Path],
    confined_to: Path | None = None,
    skip: Sequence[Path] = (),
) -> Iterable[Finding]:
    """What no longer is what was judged. `instead` gives other paths by role (`model`, `data`).

    A changed file is failed; one that is missing, that never had a digest or that lies outside `confined_to` is
    errored: it cannot be told to be the same. `skip` are folders that are no code.
    """
    moved = {role: _moved(report, role, path) for role, path in instead.items()}
    for role, path in instead.items():
        if moved[role] is None:
            unbound = Subject(role, os.path.relpath(path, workdir), "")
            step = f"Judge it: run the gates with a {role} of which they can make a digest."
            yield _refused(unbound, unbound.path, Status.ERRORED, f"the results judged no {role}", step)
    for bound in report.subjects:
        if naming.scheme(bound.path):
            yield from _elsewhere(bound)
            continue
        given = moved.get(bound.role) == bound
        if not given and _leaves(bound.path, workdir, confined_to):
            why = "it is outside the checkout"
            yield _refused(bound, bound.path, Status.ERRORED, why, "Run the gates again, on files of the checkout.")
        else:
            path = instead[bound.role] if given else workdir / bound.path
            yield from _compared(bound, path, os.path.relpath(path, workdir), skip)


def _compared(bound: Subject, path: Path, shown: str, skip: Sequence[Path]) -> Iterator[Finding]:
    """What is wrong with the digest of the file that is there now; nothing where it is what was judged."""
    if not bound.sha256:
        yield _refused(bound, shown, Status.ERRORED, bound.reason or "it has no digest in the results", "")
        return
    try:
        now = digests.again(bound.role, path, skip)
    except (OSError, ValueError) as error:
        flag = f"Fetch it, or name where it is with --{bound.role}." if bound.role in ("model", "data") else ""
        yield _refused(bound, shown, Status.ERRORED, f"it cannot be read: {_why(error)}", flag)
        return
    if now != bound.sha256:
        what = "the code" if bound.role == digests.CODE else "the file"
        told = f"it is not {what} that was judged: sha256:{now[:12]}…, judged was sha256:{bound.sha256[:12]}…"
        yield _refused(bound, shown, Status.FAILED, told, "Judge what you deploy: run the gates again.")


def elsewhere(name: str) -> str:
    """The digest of a source in another system, as that system tells it. Raises CheckError.

    Of S3 it is one over keys, ETags and sizes: no byte is fetched for it. PostgreSQL has none.
    """
    if naming.scheme(name) != "s3":
        raise CheckError("a table in a server has none", next_step="Export it to files to let `enforce` check it.")
    return s3.fingerprint(name)


def _elsewhere(bound: Subject) -> Iterable[Finding]:
    step = "Judge it again, or export it to files."
    if not bound.sha256:
        yield _refused(bound, bound.path, Status.ERRORED, bound.reason or "it has no digest in the results", step)
        return
    try:
        now = elsewhere(bound.path)
    except CheckError as error:
        yield _refused(bound, bound.path, Status.ERRORED, error.what, error.next_step)
        return
    if now != bound.sha256:
        why = f"what S3 says of it is not what was judged: {now[:12]}…, judged was {bound.sha256[:12]}…"
        yield _refused(bound, bound.path, Status.FAILED, why, "Judge what you deploy: run the gates again.")


def _moved(report: Report, role: str, path: Path) -> Subject | None:
    """Which of the subjects of a role a given path stands for: the one with its digest, else the first."""
    candidates = [subject for subject in report.subjects if subject.role == role]
    try:
        now = digests.digest(path)
    except OSError:
        now = ""
    return next((one for one in candidates if one.sha256 == now), candidates[0] if candidates else None)


def _leaves(path: str, workdir: Path, confined_to: Path | None) -> bool:
    if confined_to is None:
        return False
    try:
        return Path(path).is_absolute() or not (workdir / path).resolve().is_relative_to(confined_to.resolve())
    except (OSError, ValueError, RuntimeError):
        return True  # a name that no file can have, a link to itself


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


def _refused(bound: Subject, shown: str, status: Status, why: str, step: str) -> Finding:
    message = f"{shown} ({bound.role}): {why}"
    return Finding(
        "run.digests", f"{bound.role}:{bound.path}", status, Severity.ERROR, message, Location(shown, 1), (), step
    )


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
