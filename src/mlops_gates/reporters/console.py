"""What a person reads when a run is over: gates, checks, findings, and a verdict in plain words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TextIO

from mlops_gates.findings import CheckResult, Finding, GateResult, Report, Status
from mlops_gates.records import dataclass
from mlops_gates.reporters import words
from mlops_gates.reporters.text import count, logged

_MARKS = {
    Status.PASSED: ("✓", "+", "32"),
    Status.WARNED: ("!", "!", "33"),
    Status.INCONCLUSIVE: ("?", "?", "35"),
    Status.ERRORED: ("⊘", "E", "31"),
    Status.FAILED: ("✗", "x", "31"),
    Status.SKIPPED: ("–", "-", "2"),
}
_ASCII = str.maketrans({"·": "-", "→": "->", "…": "...", "–": "-", "—": "-", "≤": "<=", "≥": ">=", "×": "x", "─": "-"})
_FINDINGS_SHOWN = 10
_NARROW, _WIDE = 40, 120


def render(report: Report, *, colour: bool, width: int, unicode: bool = True, folder: str = "") -> str:
    """Return the whole report for a terminal or a log of `width` columns (kept between 40 and 120).

    Without `colour` there is no escape sequence in it; without `unicode` our own signs are ASCII and whatever else is
    not is shown as an escape. `folder` is where the reports are, told at the end. Text that came from data holds no
    control character and no workflow command.
    """
    paper = _Paper(colour, min(max(width, _NARROW), _WIDE), unicode)
    lines = list(_head(report, paper))
    if report.fatal:
        lines += [*_finding(report.fatal, paper, "  "), ""]
    for gate in report.gates:
        lines += [*_gate(gate, paper), ""]
    lines += [*_remarks(report, paper), *_verdict(report, paper, folder)]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return text if unicode else text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def measurements(report: Report) -> str:
    """Return a line for each measurement, in the order of the report: what a reader unfolds."""
    lines = []
    for each in report.measurements:
        about = f"{each.rule} {each.subject}".strip()
        limit = f" (limit: {each.limit.text}, {each.limit.location})" if each.limit else ""
        lines.append(logged(f"{about}: {each.text or each.reason}{limit}"))
    return "\n".join(lines) + "\n"


def speaks_unicode(stream: TextIO) -> bool:
    """Return whether `stream` can write our signs."""
    try:
        "✓✗⊘→·⠋".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@dataclass(frozen=True)
class _Paper:
    """How to write: colours, columns, signs."""

    colour: bool
    width: int
    unicode: bool

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and text else text

    def mark(self, status: Status) -> str:
        pretty, plain, style = _MARKS[status]
        return self.paint(pretty if self.unicode else plain, style)

    def strong(self, text: str, status: Status) -> str:
        return self.paint(text, f"1;{_MARKS[status][2]}")

    def faint(self, text: str) -> str:
        return self.paint(text, "2")

    def wrap(self, text: str, first: str, rest: str) -> list[str]:
        """Return lines of at most `width` columns; words longer than that, such as paths, stay whole."""
        made = textwrap.wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return made or [first]


def _head(report: Report, paper: _Paper) -> Iterator[str]:
    name = logged(f"{report.tool.name} {report.tool.version}", 80)
    place = f" · environment {logged(report.environment, 80)}" if report.environment else ""
    yield paper.paint(f"{name}{place}", "1")
    yield ""


def _gate(gate: GateResult, paper: _Paper) -> Iterator[str]:
    title = paper.strong(logged(words.gate_name(gate), 80), gate.status)
    facts = "; ".join(f"{logged(name, 80)} {logged(value, 200)}" for name, value in gate.facts)
    yield f"{paper.mark(gate.status)} {title} {gate.status.value} {paper.faint(f'in {gate.seconds:.1f} s')}"
    if facts:
        yield from (paper.faint(line) for line in paper.wrap(facts, "  ", "  "))
    if gate.softened:
        yield from paper.wrap(f"softened: {logged(gate.softened)}", "  ", "    ")
    if not gate.checks:
        yield "  no check ran"
    column = max((len(check.check) for check in gate.checks), default=0)
    for check in gate.checks:
        yield from _check(check, paper, min(column, 28))


def _check(check: CheckResult, paper: _Paper, column: int) -> Iterator[str]:
    found = [finding for finding in check.findings if not finding.waived]
    waived = [finding for finding in check.findings if finding.waived]
    about = logged(check.title, 120) if found else logged(words.observed(check) or check.title)
    name = logged(check.check, 80).ljust(column)
    room = _Paper(False, paper.width, paper.unicode)
    lines = room.wrap(about, " " * (column + 6), " " * (column + 6))
    yield f"  {paper.mark(check.status)} {name}  {lines[0].strip()}"
    yield from lines[1:]
    for finding in found[:_FINDINGS_SHOWN]:
        yield from _finding(finding, paper, "      ")
    if len(found) > _FINDINGS_SHOWN:
        yield f"      … and {count(len(found) - _FINDINGS_SHOWN, 'more finding')}, all in the report folder"
    for finding in waived:
        told = f"waived: {logged(finding.subject, 80)} ({logged(finding.waived, 300)})"
        yield from (paper.faint(line) for line in paper.wrap(told, "      ", "        "))


def _finding(finding: Finding, paper: _Paper, indent: str) -> Iterator[str]:
    yield f"{indent}{paper.mark(finding.status)} {paper.paint(logged(str(finding.location), 300), '1')}"
    deeper = f"{indent}  "
    yield from paper.wrap(logged(finding.message), deeper, deeper)
    if finding.related:
        yield from (
            paper.faint(line) for line in paper.wrap(f"also at {logged(words.also_at(finding))}", deeper, deeper)
        )
    if finding.remedy:
        yield from paper.wrap(logged(finding.remedy), f"{deeper}→ ", f"{deeper}  ")


def _remarks(report: Report, paper: _Paper) -> Iterator[str]:
    remarks = [f"softened by policy: {logged(switch)}" for switch in report.softened]
    remarks += [logged(note) for note in report.notes]
    for remark in remarks:
        yield from paper.wrap(remark, "! " if remark.startswith("softened") else "  ", "  ")
    if remarks:
        yield ""


def _verdict(report: Report, paper: _Paper, folder: str) -> Iterator[str]:
    verdict, meaning = words.headline(report)
    yield paper.faint("─" * min(paper.width, 72))
    first, *more = paper.wrap(f"{verdict}: {meaning}", "  ", "  ")
    told = first.strip().removeprefix(verdict)
    yield f"{paper.mark(report.status)} {paper.strong(verdict, report.status)}{told}"
    yield from more
    lines = [words.tally(report)]
    look = words.next_step(report)
    if look:
        lines.append(f"look first at {logged(look, 300)}")
    if folder:
        lines.append(f"every report is in {logged(folder, 300)}")
    lines.append(f"exit code {report.exit_code}: {words.exit_meaning(report)}")
    for line in lines:
        yield from paper.wrap(line, "  ", "    ")
