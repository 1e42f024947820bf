"""The one place where a verdict is decided: observations + limits + waivers → statuses. Pure functions.

Three answers for a number with an interval: passed when the whole interval keeps the limit, failed when none of it
does, inconclusive otherwise. A value that is not finite is errored, never compared: `nan < limit` is false.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from mlops_gates.checks import Observed, Outcome
from mlops_gates.errors import GatesError, Inconclusive, Skip
from mlops_gates.findings import (
    CheckResult,
    Finding,
    GateResult,
    Limit,
    Location,
    Measurement,
    Severity,
    Status,
)
from mlops_gates.options import Policy, Waiver
from mlops_gates.records import dataclass

_NOT_LOOKED_AT = "not looked at, since this gate ended early"
_SEVERITIES = {Status.WARNED: Severity.WARNING, Status.PASSED: Severity.NOTE, Status.SKIPPED: Severity.NOTE}


@dataclass(frozen=True)
class Judge:
    """A policy on a given day. `where` is the line to point at when a check has no line of its own."""

    policy: Policy
    today: date

    def gate(
        self, gate: str, block: str, outcome: Outcome, error: GatesError | None, where: Location, seconds: float
    ) -> GateResult:
        """The result of one block; `error` is what ended it early."""
        observed, pending = list(outcome.observed), list(outcome.pending)
        if error and pending:
            observed.append(Observed(pending.pop(0), (), error))
        checks = [self.check(gate, block, one, where) for one in observed]
        if error and not outcome.pending:
            checks.append(self._ended_early(gate, block, error, where))
        checks += [CheckResult(check.id, check.title, Status.INCONCLUSIVE, reason=_NOT_LOOKED_AT) for check in pending]
        status = Status.worst(check.status for check in checks)
        softened = self._softened(gate, status)
        if softened:
            name = f"{gate} ({block})" if block else gate
            softened, status = f"{softened}: {name} was {status}, which only warns", Status.WARNED
        return GateResult(
            gate,
            block,
            status,
            tuple(checks),
            seconds,
            tuple(outcome.facts.items()),
            softened,
            tuple(outcome.columns),
            tuple(outcome.series),
        )

    def check(self, gate: str, block: str, observed: Observed, where: Location) -> CheckResult:
        """The result of one check: every observation judged, the worst wins; nothing observed is inconclusive."""
        findings: list[Finding] = []
        statuses: list[Status] = []
        reason = ""
        for seen in observed.seen:
            found: Finding | None
            if isinstance(seen, Finding):
                status, found = seen.status, seen
            else:
                status, found = judge(seen, where)
            if found:
                finding = self._voiced(gate, block, found)
                findings.append(finding)
                status = Status.PASSED if finding.waived else finding.status
            statuses.append(status)
        if observed.error:
            status = _status_of(observed.error)
            reason = observed.error.sentence
            statuses.append(status)
            if status is not Status.SKIPPED:
                findings.append(self._voiced(gate, block, _told(observed.check.id, "", observed.error, where)))
        elif not statuses:
            statuses, reason = [Status.INCONCLUSIVE], "the check observed nothing"
            findings.append(self._voiced(gate, block, _told(observed.check.id, "", Inconclusive(reason), where)))
        status = Status.SKIPPED if set(statuses) == {Status.SKIPPED} else Status.worst(statuses)
        measurements = tuple(m for m in observed.seen if isinstance(m, Measurement))
        return CheckResult(
            observed.check.id, observed.check.title, status, tuple(findings), measurements, reason, observed.seconds
        )

    def _ended_early(self, gate: str, block: str, error: GatesError, where: Location) -> CheckResult:
        finding = self._voiced(gate, block, _told(f"{gate}.run", "", error, where))
        return CheckResult(
            f"{gate}.run", f"The {gate} gate runs to its end", finding.status, (finding,), (), error.sentence
        )

    def _voiced(self, gate: str, block: str, finding: Finding) -> Finding:
        """The finding with its block in the subject, its waiver and the severity that the policy gives it."""
        if finding.status is Status.FAILED:
            covering = (w for w in self.policy.waivers if _covers(w, finding, block))
            waiver = max(covering, key=lambda w: w.expires, default=None)
            if waiver and waiver.expires >= self.today:
                told = f"{waiver.reason} (until {waiver.expires})"
                finding = replace(finding, waived=told, severity=Severity.NOTE)
            elif waiver:
                finding = replace(finding, message=f"{finding.message} (its waiver expired on {waiver.expires})")
        if not finding.waived and self._only_warns(gate, finding.status):
            finding = replace(finding, severity=min(finding.severity, Severity.WARNING, key=lambda s: s.rank))
        return replace(finding, subject="/".join(filter(None, (block, finding.subject))))

    def _softened(self, gate: str, status: Status) -> str:
        """The switch of the policy that makes this status of a gate only warn; empty for none."""
        if gate in self.policy.advisory and not status.good:
            return "policy.advisory"
        if self.policy.inconclusive == "warn" and status is Status.INCONCLUSIVE:
            return "policy.inconclusive"
        return ""

    def _only_warns(self, gate: str, status: Status) -> bool:
        return gate in self.policy.advisory or (status is Status.INCONCLUSIVE and self.policy.inconclusive == "warn")

    def notes(self, gates: Sequence[GateResult]) -> tuple[str, ...]:
        """What the report should mention of the policy: waivers that expired or that nothing needed."""
        used = {(f.rule, f.subject) for gate in gates for check in gate.checks for f in check.findings if f.waived}
        blocks = {gate.block for gate in gates}
        notes = []
        for waiver in self.policy.waivers:
            name = f"the waiver of {waiver.rule}" + (f" for {waiver.subject}" if waiver.subject else "")
            if waiver.expires < self.today:
                notes.append(f"{name} expired on {waiver.expires}: remove or renew it")
            elif not any(_matches(waiver, rule, subject, blocks) for rule, subject in used):
                notes.append(f"{name} was not needed: remove it")
        return tuple(notes)


def _matches(waiver: Waiver, rule: str, subject: str, blocks: Iterable[str]) -> bool:
    names = {"", subject} | {subject.removeprefix(f"{block}/") for block in blocks if block}
    return waiver.rule == rule and waiver.subject in names


def _covers(waiver: Waiver, finding: Finding, block: str) -> bool:
    return waiver.rule == finding.rule and waiver.subject in ("", finding.subject, f"{block}/{finding.subject}")


def verdict(gates: Sequence[GateResult]) -> Status:
    """The run's status: the worst of what ran, inconclusive when no check ran, whatever softened its gate."""
    if all(check.status is Status.SKIPPED for gate in gates for check in gate.checks):
        return Status.INCONCLUSIVE
    return Status.worst(gate.status for gate in gates if gate.checks)


def exit_code(status: Status) -> int:
    """The contract's exit code of a verdict: 0, 1 or 3."""
    if status.good:
        return 0
    return 1 if status is Status.FAILED else 3


def process_exit(truth: int, status: Status, fail_on: str, exit_zero: bool) -> int:
    """What the process exits with: `fail-on` and `--exit-zero` change 0, 1 and 3 only."""
    if truth not in (0, 1, 3):
        return truth
    if exit_zero or fail_on == "never":
        return 0
    if fail_on == "warning" and status is Status.WARNED:
        return 1
    return truth


def judge(seen: Measurement, where: Location) -> tuple[Status, Finding | None]:
    """What one measurement makes of its check, and the finding that tells it; None where there is nothing to tell."""
    location = seen.limit.location if seen.limit else where
    if seen.value is None:
        return _not_passed(seen, Status.INCONCLUSIVE, f"{seen.subject}: {seen.text}: {seen.reason}", location)
    bounds = (seen.interval.low, seen.interval.high) if seen.interval else (seen.value, seen.value)
    if not all(map(math.isfinite, (seen.value, *bounds))):
        return _not_passed(seen, Status.ERRORED, f"{seen.subject}: {seen.text} is no finite number", location)
    if seen.chance and not seen.chance.p <= seen.chance.alpha:
        return (Status.PASSED, None) if math.isfinite(seen.chance.p) else _no_chance(seen, location)
    status, limit = _tier(bounds, seen)
    if status is Status.PASSED or limit is None:
        return status, None
    first = f", {seen.first}" if seen.first else ""
    message = f"{_titled(seen)}, limit {limit.text}{first}"
    if limit is seen.limit and _compare(bounds, limit) is Status.INCONCLUSIVE:
        message += f": too close to tell{_needed(seen)}"
        message += " (it only warns: the config sets no limit of its own)" if limit.implied else ""
        seen = replace(seen, remedy="Judge it on more rows, or set a limit that these rows can decide.")
    return _not_passed(seen, status, message, limit.location)


def _tier(bounds: tuple[float, float], seen: Measurement) -> tuple[Status, Limit | None]:
    """What the two tiers make of a value, and the limit that it is about. Whatever does not keep `warn` warns."""
    if seen.limit and (status := _compare(bounds, seen.limit)) is not Status.PASSED:
        undecided = status is Status.INCONCLUSIVE and seen.limit.implied
        return (Status.WARNED if undecided else status), seen.limit
    if seen.warn and _compare(bounds, seen.warn) is not Status.PASSED:
        return Status.WARNED, seen.warn
    return Status.PASSED, None


def _no_chance(seen: Measurement, location: Location) -> tuple[Status, Finding]:
    what = f"{seen.subject}: {seen.text}: its p-value is no number"
    return _not_passed(seen, Status.ERRORED, what, location)


def _titled(seen: Measurement) -> str:
    return f"{seen.subject}: {seen.text}" if seen.subject else seen.text


def _compare(bounds: tuple[float, float], limit: Limit) -> Status:
    low, high = bounds
    least = -math.inf if limit.low is None else limit.low
    most = math.inf if limit.high is None else limit.high
    if low >= least and high <= most:
        return Status.PASSED
    return Status.FAILED if high < least or low > most else Status.INCONCLUSIVE


def _needed(seen: Measurement) -> str:
    """How many rows would decide, if the measured value is the true one: widths shrink with the root of n."""
    assert seen.interval and seen.limit and seen.value is not None
    if not seen.n:
        return ""
    needed = 0.0
    for limit, end in ((seen.limit.low, seen.interval.low), (seen.limit.high, seen.interval.high)):
        if limit is None:
            continue
        if seen.value == limit:
            return ", and no number of rows would decide a value that equals its limit"
        ends = (end, seen.interval.high if end == seen.interval.low else seen.interval.low)
        width = max(abs(seen.value - one) for one in ends)
        needed = max(needed, seen.n * (width / abs(seen.value - limit)) ** 2)
    return f"; about {_rounded(needed):,} rows would decide, here are {seen.n:,}"


def _rounded(number: float) -> int:
    digits = max(0, len(str(int(number))) - 2)
    step = int(10**digits)
    return math.ceil(number / step) * step


def _not_passed(seen: Measurement, status: Status, message: str, location: Location) -> tuple[Status, Finding]:
    places = seen.places or (location,)
    severity = _SEVERITIES.get(status, Severity.ERROR)
    finding = Finding(seen.rule, seen.subject, status, severity, message, places[0], places[1:], seen.remedy)
    return status, finding


def _status_of(error: GatesError) -> Status:
    if isinstance(error, Skip):
        return Status.SKIPPED
    return Status.INCONCLUSIVE if isinstance(error, Inconclusive) else Status.ERRORED


def _told(rule: str, subject: str, error: GatesError, where: Location) -> Finding:
    return Finding(
        rule, subject, _status_of(error), Severity.ERROR, error.what, error.where or where, (), error.next_step
    )
