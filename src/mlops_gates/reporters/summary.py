"""summary.md: the job summary that GitHub shows under a run and that GitLab keeps as an artifact.

GitHub drops a summary of more than 1 MiB per step (GITHUB_STEP_SUMMARY); this one stays under 900 kB.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.findings import CheckResult, ColumnView, Finding, GateResult, Measurement, Report, Series, Status
from mlops_gates.reporters import words
from mlops_gates.reporters.bars import bars
from mlops_gates.reporters.markdown import cell, code, fitted, table
from mlops_gates.reporters.text import number

LIMIT_BYTES = 900_000
_FINDINGS_BYTES = 400_000
_ROWS_BYTES = 90_000
_LIST_BYTES = 30_000

SYMBOLS = {
    Status.PASSED: "✅",
    Status.WARNED: "⚠️",
    Status.INCONCLUSIVE: "❔",
    Status.ERRORED: "🛑",
    Status.FAILED: "❌",
    Status.SKIPPED: "➖",
}


def render(report: Report) -> str:
    """Return Markdown: verdict, softening switches, findings, gates, checks, waivers, digests. At most 900 kB."""
    blocks = [
        _verdict(report),
        _softened(report),
        _found("What was found", words.open_findings(report)),
        _gates(report),
        _columns(report),
        _series(report),
        _checks(report),
        _waived(report),
        _subjects(report),
        _notes(report),
        _foot(report),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _verdict(report: Report) -> list[str]:
    verdict, meaning = words.headline(report)
    lines = [f"## {SYMBOLS[report.status]} mlops-gates: {verdict}", ""]
    lines += [f"**{meaning[:1].upper()}{meaning[1:]}** {words.tally(report)[:1].upper()}{words.tally(report)[1:]}."]
    first = words.next_step(report)
    if first:
        lines += ["", f"👉 Look first at {code(first)}."]
    return lines


def _softened(report: Report) -> list[str]:
    switches = [
        *report.softened,
        *(f"{words.gate_name(gate)}: {gate.softened}" for gate in report.gates if gate.softened),
    ]
    if not switches:
        return []
    lines = ["> [!WARNING]", "> The policy makes this verdict milder than the checks alone would:"]
    return lines + fitted([f"> - {cell(switch)}" for switch in dict.fromkeys(switches)], _LIST_BYTES)


def _found(title: str, findings: tuple[Finding, ...]) -> list[str]:
    if not findings:
        return []
    rows = [
        [SYMBOLS[finding.status], code(str(finding.location)), _said(finding), cell(finding.remedy)]
        for finding in findings
    ]
    head = ["", "Where", "What", "What to do"]
    return [f"### {title}", "", *table(head, rows, _FINDINGS_BYTES)]


def _said(finding: Finding) -> str:
    name = code(" ".join(filter(None, (finding.rule, finding.subject))))
    also = f"<br>also {cell(words.also_at(finding))}" if finding.related else ""
    return f"{name}<br>{cell(finding.message)}{also}"


def _gates(report: Report) -> list[str]:
    if not report.gates:
        return []
    rows = [
        [f"{SYMBOLS[gate.status]} {gate.status.value}", cell(words.gate_name(gate)), *_of_gate(gate)]
        for gate in report.gates
    ]
    return ["### Gates", "", *table(["Status", "Gate", "Checks", "About"], rows, _ROWS_BYTES)]


def _of_gate(gate: GateResult) -> list[str]:
    return [words.looked(gate), cell("; ".join(f"{name}: {value}" for name, value in gate.facts))]


def _columns(report: Report) -> list[str]:
    lines: list[str] = []
    for gate in report.gates:
        if gate.columns:
            lines += ["", f"<details><summary>Columns of {cell(words.gate_name(gate))}</summary>", ""]
            head = ["Column", "Kind", "Rows", "Measured", "Spread now", "In the reference"]
            lines += table(head, [_column_row(each) for each in gate.columns], _ROWS_BYTES)
            lines += ["", "</details>"]
    return lines[1:]


def _series(report: Report) -> list[str]:
    lines: list[str] = []
    for gate in report.gates:
        for each in gate.series:
            title = cell(f"{words.gate_name(gate)}: {each.name}")
            lines += ["", f"<details><summary>{title}</summary>", ""]
            rows = [[*map(cell, row), code(_drawn(value, each.bound))] for row, value in _plotted(each)]
            head = [*map(cell, each.head), "up to the bound"]
            lines += table(head, rows, _ROWS_BYTES // sum(len(gate.series) for gate in report.gates))
            lines += ["", "</details>"]
    return lines[1:]


def _plotted(each: Series) -> Iterator[tuple[tuple[str, ...], float]]:
    plot = each.plot if len(each.plot) == len(each.rows) else (0.0,) * len(each.rows)
    return zip(each.rows, plot, strict=True)


def _drawn(value: float, bound: float, width: int = 20) -> str:
    """A bar as long as the share of the bound that is reached, which ends in ┃ where it is."""
    filled = round(width * max(0.0, min(1.0, value / bound))) if bound else 0
    return "█" * filled + "·" * (width - filled) + ("┃" if value >= bound else "|")


def _column_row(each: ColumnView) -> list[str]:
    highest = max((*each.shares, *each.reference), default=0.0)
    facts = "<br>".join(f"{cell(name)} {cell(value)}" for name, value in each.facts)
    spreads = [code(drawn) if (drawn := bars(shares, highest)) else "" for shares in (each.shares, each.reference)]
    return [code(each.name), cell(each.kind), f"{each.n:,}", facts, *spreads]


def _checks(report: Report) -> list[str]:
    rows = [_check_row(gate, check) for gate, check in report.checks]
    numbers = [_measurement_row(each) for each in report.measurements]
    if not rows:
        return []
    lines = ["<details><summary>Every check</summary>", ""]
    lines += table(["Status", "Check", "Gate", "What it saw"], rows, _ROWS_BYTES)
    lines += ["", "</details>"]
    if numbers:
        lines += ["", "<details><summary>Every measurement</summary>", ""]
        lines += table(["Rule", "Subject", "Measured", "Interval", "Limit"], numbers, _ROWS_BYTES)
        lines += ["", "</details>"]
    return lines


def _check_row(gate: GateResult, check: CheckResult) -> list[str]:
    name = f"{code(check.check)} {cell(check.title)}"
    seen = cell(words.observed(check), 300)
    return [f"{SYMBOLS[check.status]} {check.status.value}", name, cell(words.gate_name(gate)), seen]


def _measurement_row(each: Measurement) -> list[str]:
    if each.value is None:
        measured = f"not measured: {each.reason}"
    else:
        measured = f"{each.name} = {number(each.value)}{f' {each.unit}' if each.unit else ''}"
    interval = each.exact
    if each.interval:
        ends = f"{number(each.interval.low)} to {number(each.interval.high)}"
        interval = f"{ends} ({number(each.interval.confidence * 100)} %, {each.interval.method})"
    tiers = [(each.limit, ""), (each.warn, "warns: ")]
    limit = "<br>".join(f"{word}{cell(one.text)}<br>{code(str(one.location))}" for one, word in tiers if one)
    return [code(each.rule), code(each.subject), cell(measured), cell(interval), limit]


def _waived(report: Report) -> list[str]:
    waived = words.waived_findings(report)
    if not waived:
        return []
    rows = [[code(str(each.location)), _said(each), cell(each.waived)] for each in waived]
    return ["### Waived", "", *table(["Where", "What", "Waived because"], rows, _ROWS_BYTES)]


def _subjects(report: Report) -> list[str]:
    if not report.subjects:
        return []
    rows = [
        [
            cell(each.role),
            code(each.path),
            code(f"sha256:{each.sha256}") if each.sha256 else cell(f"no digest: {each.reason}"),
        ]
        for each in report.subjects
    ]
    lines = ["<details><summary>What this verdict is about</summary>", ""]
    return [*lines, *table(["Role", "File", "Digest"], rows, _LIST_BYTES), "", "</details>"]


def _notes(report: Report) -> list[str]:
    return fitted([f"- {cell(note)}" for note in report.notes], _LIST_BYTES)


def _foot(report: Report) -> list[str]:
    facts = [f"{report.tool.name} {report.tool.version}".strip()]
    facts += [f"environment {report.environment}"] if report.environment else []
    facts += [f"exit code {report.exit_code}: {words.exit_meaning(report)}"]
    return ["---", f"<sub>{' · '.join(cell(fact) for fact in facts)}</sub>"]
