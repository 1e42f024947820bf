"""Which findings become annotations where a host shows only a few: the worst first, and never more than it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gates.findings import Finding, Location, Severity
from mlops_gates.records import dataclass

PER_KIND = 10
KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


@dataclass(frozen=True)
class Annotation:
    """One message beside one line; `kind` is error, warning or notice."""

    kind: str
    location: Location
    title: str
    message: str


def chosen(findings: Sequence[Finding], per_kind: int) -> list[Annotation]:
    """Return at most `per_kind` annotations of each kind, worst first; waived findings are left out.

    Each finding comes before any related line of one; related lines fill what places remain. Where there are more
    findings than places, the last place says how many are missing and where they are.
    """
    told = sorted(
        (each for each in findings if not each.waived), key=lambda each: (-each.severity.rank, -each.status.rank)
    )
    return [made for severity in KINDS for made in _of_kind([f for f in told if f.severity is severity], per_kind)]


def _of_kind(findings: list[Finding], places: int) -> Iterator[Annotation]:
    if len(findings) > places:
        for finding in findings[: places - 1]:
            yield _first(finding)
        yield _rest(findings[places - 1 :], len(findings))
        return
    yield from (_first(finding) for finding in findings)
    related = [(finding, place) for finding in findings for place in finding.related]
    for finding, place in related[: places - len(findings)]:
        yield Annotation(KINDS[finding.severity], place, _title(finding), f"Also here: {finding.message}")


def _first(finding: Finding) -> Annotation:
    lines = [finding.message, finding.remedy]
    if finding.related:
        lines.insert(1, f"Also at {', '.join(map(str, finding.related))}")
    return Annotation(KINDS[finding.severity], finding.location, _title(finding), "\n".join(filter(None, lines)))


def _rest(hidden: list[Finding], total: int) -> Annotation:
    kind = KINDS[hidden[0].severity]
    more = f"{len(hidden):,} more {kind}s are not shown here, because GitHub shows ten of a kind per step."
    names = ", ".join(dict.fromkeys(f"{each.rule} {each.subject}".strip() for each in hidden[:20]))
    where = f"All {total:,} are in the job summary and in results.sarif. The next ones: {names}."
    return Annotation(kind, hidden[0].location, f"{len(hidden):,} more {kind}s", f"{more}\n{where}")


def _title(finding: Finding) -> str:
    return f"{finding.rule} {finding.subject}".strip()
