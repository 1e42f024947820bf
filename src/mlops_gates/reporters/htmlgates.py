"""The gates of the page: what each check saw, every measurement against its limit, and the plots."""

from __future__ import annotations

from mlops_gates.findings import CheckResult, ColumnView, GateResult, Limit, Measurement, Report, Series
from mlops_gates.reporters import htmlmarks, htmlplots, words
from mlops_gates.reporters.htmltext import badge, code, fitted, folded, pairs, plain, prose, table, took
from mlops_gates.reporters.text import number

_BYTES, _SERIES_BYTES = 450_000, 350_000
"""For all gates together: what they say, and how things went on in some of them."""
_SHOWN = 30
"""Up to so many measurements of a gate stand open."""
_FRAME_BYTES = 1_000
"""What a table takes without its rows."""
_HEAD = ("Rule", "Measured", "Limit", "Interval")


def gates(report: Report) -> str:
    """Return a card per gate; empty where none ran."""
    share = _BYTES // max(1, len(report.gates)) // 5
    plots = _SERIES_BYTES // max(1, sum(bool(gate.series) for gate in report.gates))
    return fitted(report.gates, lambda gate: _gate(gate, share, plots), _BYTES + _SERIES_BYTES, "gate")


def _gate(gate: GateResult, budget: int, plots: int) -> str:
    """One card; its plots take at most `plots` bytes, each other part `budget`."""
    facts = [(plain(name, 100), prose(value)) for name, value in gate.facts]
    told = f"{words.looked(gate)} · {took(gate.seconds)}"
    head = f"<h3>{badge(gate.status)} {plain(words.gate_name(gate), 200)} <small>{told}</small></h3>"
    parts = [head, pairs(facts, budget), _checks(gate, budget), _series(gate, plots), _measurements(gate, budget)]
    parts.append(_columns(gate, budget))
    body = "\n".join(filter(None, parts))
    return f'<div class="card">{body}</div>\n'


def _checks(gate: GateResult, budget: int) -> str:
    return table("Checks", ("Status", "Check", "What it saw", "Took"), gate.checks, _check, budget, kind="checks")


def _check(check: CheckResult) -> tuple[str, ...]:
    name = f"{code(check.check)}<br>{prose(check.title, 200)}"
    return badge(check.status), name, prose(words.observed(check), 300), took(check.seconds)


def _series(gate: GateResult, budget: int) -> str:
    """Plots, those that reached their bound first; the table of each is folded."""
    first = sorted(gate.series, key=lambda each: not any(value >= each.bound for value in each.plot))
    share = budget // max(1, len(first))
    return fitted(first, lambda each: _figure(each, share), budget, "metric")


def _figure(each: Series, budget: int) -> str:
    said = f"<p>{prose(each.said)}</p>" if each.said else ""
    title = f"Evidence, as a share of what {prose(each.decides, 60)}" if each.decides else "Evidence"
    plots = ((title, htmlplots.evidence(each), _early(each)), ("Measured", htmlplots.measured(each), ""))
    drawn = "".join(f"<div><h5>{title}</h5>{plot}{note}</div>" for title, plot, note in plots if plot)
    begin = f'<figure><figcaption><h4>{plain(each.name, 200)}</h4>{said}</figcaption><div class="plots">{drawn}</div>'
    head = [plain(name, 60) for name in each.head]
    room = max(0, budget - len(begin.encode()) - _FRAME_BYTES - sum(map(len, head)))
    rows = table("Rows", head, each.rows, lambda row: [prose(cell, 200) for cell in row], room, newest=True)
    return f"{begin}{folded('Every row as a table', rows) if rows else ''}</figure>\n"


def _early(each: Series) -> str:
    """What the shade over the first rows of the evidence means."""
    if each.since <= 1:
        return ""
    row = plain(next(iter(each.head), "row"), 24)
    said = f"Shaded: before {row} {each.since:,}, longer where {row}s vary much, it takes more than reaching the bound."
    return f'<p class="legend">{said}</p>'


def _measurements(gate: GateResult, budget: int) -> str:
    """Those with an interval against their limit; the others folded."""
    told = [each for check in gate.checks for each in check.measurements]
    drawn = [each for each in told if each.interval and each.limit]
    others = [each for each in told if not (each.interval and each.limit)]
    parts = []
    if drawn:
        legend = '<p class="legend">Dot: measured; whisker: its interval; dashed: the limit; shaded: beyond it.</p>'
        body = legend + table("Measurements with intervals", _HEAD, drawn, _measurement, budget // 2, kind="measured")
        parts.append(folded(f"Measured against a limit ({len(drawn):,})", body, unfolded=len(drawn) <= _SHOWN))
    if others:
        body = table("Other measurements", _HEAD, others, _measurement, budget // 2, kind="measured")
        parts.append(folded(f"{'Other' if drawn else 'All'} measurements ({len(others):,})", body))
    return "\n".join(parts)


def _measurement(each: Measurement) -> tuple[str, ...]:
    name = f"{code(each.rule)}<br>{code(each.subject)}" if each.subject else code(each.rule)
    if each.value is None:
        value = prose(f"not measured: {each.reason}", 300)
    else:
        value = prose(f"{each.name} = {number(each.value)} {each.unit}".rstrip(), 200)
    return name, value, _limits(each), _interval(each)


def _limits(each: Measurement) -> str:
    return "<br>".join(filter(None, (_limit(each.limit, ""), _limit(each.warn, "warns: "))))


def _limit(limit: Limit | None, word: str) -> str:
    return f"{word}{prose(limit.text, 200)}<br><small>{code(str(limit.location))}</small>" if limit else ""


def _interval(each: Measurement) -> str:
    if not each.interval:
        return prose(each.exact, 200)
    ends = f"{number(each.interval.low)} to {number(each.interval.high)}"
    share = f"{number(each.interval.confidence * 100)} %, {each.interval.method}"
    return f"{htmlmarks.interval(each)}{plain(ends)} <small>({plain(share, 200)})</small>"


def _columns(gate: GateResult, budget: int) -> str:
    if not gate.columns:
        return ""
    head = ("Column", "Kind", "Rows", "Measured", "Spread: bars now, outline reference")
    rows = table("Columns", head, gate.columns, _column, budget, kind="columns")
    return folded(f"Columns ({len(gate.columns):,})", rows)


def _column(each: ColumnView) -> tuple[str, ...]:
    facts = "<br>".join(f"{plain(name, 60)} {prose(value, 200)}" for name, value in each.facts[:50])
    return code(each.name), plain(each.kind, 60), f"{each.n:,}", facts, htmlmarks.spread(each)
