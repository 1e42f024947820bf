"""`enforce`: the verdict of an earlier job, if what it judged is still the same."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from mlops_gates import evidence, policy
from mlops_gates.adapters.git import Repository
from mlops_gates.errors import GatesError, UsageError
from mlops_gates.findings import CheckResult, GateResult, Location, Report, Status
from mlops_gates.reporters import console, results
from mlops_gates.session import host_of


def enforce(path: str, workdir: str, model: str, data: str, fail_on: str, host_name: str) -> int:
    """Print the verdict that stands now and return its exit code. Raises UsageError for paths that do not exist."""
    host = host_of(host_name)
    folder = Path(workdir)
    given = {role: folder / where for role, where in (("model", model), ("data", data)) if where}
    for role, where in given.items():
        if not where.is_file():
            raise UsageError(f"--{role}: there is no file {where}")
    judged = read(folder / path)
    for contradiction in contradictions(judged):
        raise GatesError(
            f"{path} contradicts itself: {contradiction}", next_step="It was edited or cut; run the gates again."
        )
    inside = (host.root() or Repository.around(folder).root) if host.confined() else None
    refused = list(evidence.verify(judged, folder, given, inside, [(folder / path).parent]))
    report = evidence.with_findings(judged, refused)
    bound = sum(bool(subject.sha256) for subject in judged.subjects)
    report = replace(report, notes=(*report.notes, f"{bound} digests checked"))
    unicode = console.speaks_unicode(sys.stdout)
    colour = host.ansi or sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns
    sys.stdout.write(console.render(report, colour=colour, width=width, unicode=unicode))
    host.annotate(report.findings, sys.stdout)
    return policy.process_exit(report.exit_code, report.status, "error" if refused else fail_on, exit_zero=False)


def read(path: Path) -> Report:
    """The report in a `results.json`. Raises UsageError when it is missing, too large or no results file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path} is larger than {MOST_BYTES >> 20} MiB", next_step="Is it a results.json?")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8", next_step="Is it a results.json?") from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", next_step="Run the gates first, or hand their report folder on."
        ) from None
    return results.parse(text)


MOST_BYTES = 64 << 20


def contradictions(report: Report) -> Iterable[str]:
    """Where a report's parts say other than its verdict: a results file that someone edited, or that was cut."""
    verdict = policy.verdict(report.gates)
    if report.fatal:
        if report.status.good or report.fatal.status.good:
            yield f"the verdict is {report.status}, but the run ended early: {report.fatal.message}"
    elif report.status is not verdict:
        yield f"the verdict is {report.status}, but what was found is {verdict}"
    if report.status.good != (report.exit_code == 0):
        yield f"the verdict is {report.status}, but the exit code {report.exit_code}"
    if report.softened != tuple(gate.softened for gate in report.gates if gate.softened):
        yield "what made the verdict milder is not what made its gates milder"
    roles = {subject.role for subject in report.subjects}
    judged = {"data", "model", "definition"} | (
        {"code"} if any(gate.gate == "builders" for gate in report.gates) else set()
    )
    # What runs in production goes on: nothing of it stands still to be bound.
    lasting = any(gate.gate not in ("canary", "monitor") for gate in report.gates) or not report.gates
    if report.status.good and not ("config" in roles and (roles & judged or not lasting)):
        yield f"the verdict is {report.status}, but of no config or of no data, no model and no builder"
    for gate in report.gates:
        yield from _of_gate(gate)
        for check in gate.checks:
            yield from _of_check(gate, check)


def _of_gate(gate: GateResult) -> Iterable[str]:
    name = f"{gate.gate} ({gate.block})" if gate.block else gate.gate
    found = Status.worst(check.status for check in gate.checks)
    if not gate.softened:
        if gate.status is not found:
            yield f"the {name} gate is {gate.status}, but its checks are {found}"
        return
    switches = ["policy.advisory"] + ["policy.inconclusive"] * (found is Status.INCONCLUSIVE)
    known = [f"{switch}: {name} was {found}, which only warns" for switch in switches]
    if gate.status is not Status.WARNED or found.good or gate.softened not in known:
        yield f"the {name} gate is {gate.status}, but its checks are {found} and no switch of the policy made it so"


def _of_check(gate: GateResult, check: CheckResult) -> Iterable[str]:
    """Judge its measurements again: what did not keep its limit has a finding, and the worst of those is its status."""
    nowhere = Location("", 1)
    for measurement in check.measurements:
        try:
            status, told = policy.judge(measurement, nowhere)
        except (ArithmeticError, ValueError, AssertionError):
            yield f"{check.check} has a measurement that cannot be: {measurement.text}"
            continue
        subject = "/".join(filter(None, (gate.block, measurement.subject)))
        if told and not any(
            (one.rule, one.subject, one.status) == (told.rule, subject, status) and one.message.startswith(told.message)
            for one in check.findings
        ):
            yield f"{check.check} measured {measurement.text}, which is {status}, and no finding says so"
    statuses = [Status.PASSED for _ in check.measurements]
    statuses += [Status.PASSED if one.waived else one.status for one in check.findings]
    if not statuses:
        good = check.status in (Status.SKIPPED, Status.INCONCLUSIVE)
        if not good:
            yield f"{check.check} is {check.status}, but nothing was measured or found"
        return
    found = Status.SKIPPED if set(statuses) == {Status.SKIPPED} else Status.worst(statuses)
    if check.status is not found:
        yield f"{check.check} is {check.status}, but what it found is {found}"
