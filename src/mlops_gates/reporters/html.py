"""report.html: one page that a person opens in a browser. No script, no network, nothing but this file.

Its policy forbids everything but its own style sheet, known by its digest: text that came from data could do nothing even if it
became markup. The page stays under 2 MB; what does not fit is said where it is missing, and `results.json` has everything.
"""

from __future__ import annotations

import base64
import hashlib

from mlops_gates.findings import CheckResult, Finding, GateResult, Report, Status, Subject
from mlops_gates.reporters import htmlgates, words
from mlops_gates.reporters.htmlstyle import STYLE
from mlops_gates.reporters.htmltext import (
    SYMBOLS,
    badge,
    code,
    fitted,
    folded,
    kept,
    left_out,
    pairs,
    plain,
    prose,
    table,
    took,
)
from mlops_gates.reporters.text import count

LIMIT_BYTES = 2_000_000
_FINDINGS_BYTES = 300_000
_TABLE_BYTES = 80_000
_LIST_BYTES = 30_000
_SHOWN = 12
"""Findings that stand open; those after them are folded."""
_VALUES = 20
_REASONS = ("Status", "Check", "Gate", "Why")


def render(report: Report) -> str:
    """Return the page: verdict and reason, findings, gates with their plots, waivers, what did not run, what was judged."""
    sections = [
        ("milder", "Made milder", _softened(report)),
        ("findings", "What was found", _findings(report)),
        ("open", "Not decided", _undecided(report)),
        ("gates", "Gates", htmlgates.gates(report)),
        ("waived", "Waived", _waived(report)),
        ("skipped", "Not run", _not_run(report)),
        ("judged", "What this verdict is about", _judged(report)),
        ("notes", "Notes", fitted(report.notes, lambda note: f"<p>{prose(note)}</p>", _LIST_BYTES, "note")),
    ]
    there = [(id_, title, body) for id_, title, body in sections if body]
    made = (f'<section id="{id_}">\n<h2>{title}</h2>\n{body}\n</section>' for id_, title, body in there)
    links = "".join(f'<a href="#{id_}">{title}</a>' for id_, title, _ in there)
    body = "\n".join([_verdict(report, links), "<main>", *made, "</main>", _foot(report)])
    return f"{_head(report)}<body>\n{body}\n</body>\n</html>\n"


def _head(report: Report) -> str:
    verdict, _ = words.headline(report)
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{SYMBOLS[report.status]} {verdict} – mlops-gates</title>\n<style>{STYLE}</style>\n</head>\n"
    )


def _verdict(report: Report, links: str) -> str:
    verdict, meaning = words.headline(report)
    tally = plain(words.tally(report))
    sections = f'<nav aria-label="Sections">{links}</nav>\n' if links else ""
    facts = [report.tool.name, report.environment, report.started]
    return (
        f'<header>\n<div class="verdict {report.status.value}">\n'
        f'<p class="eyebrow">{" · ".join(plain(fact, 100) for fact in facts if fact)}</p>\n'
        f'<h1><span aria-hidden="true">{SYMBOLS[report.status]}</span> {verdict}</h1>\n'
        f'<p class="meaning">{plain(meaning[:1].upper() + meaning[1:])}</p>\n'
        f"{_canary(report)}{_why(report)}"
        f'<p class="tally">{tally[:1].upper()}{tally[1:]}.</p>\n{sections}</div>\n</header>'
    )


def _why(report: Report) -> str:
    """What stopped it, in one sentence with its line; or what a good end rests on, where a check says so."""
    found = words.open_findings(report)
    if found:
        return f'<div class="why">{_told(found[0], "h2")}{_others(len(found) - 1)}</div>\n'
    for gate, check in report.checks:
        if not check.status.good and check.status is not Status.SKIPPED:
            name = plain(words.gate_name(gate))
            return f'<p class="why">{badge(check.status)} {code(check.check)} in gate {name}: {prose(_reason(check))}</p>\n'
    return ""


def _canary(report: Report) -> str:
    decision = report.values.get("canary-decision", "")
    return f'<p class="meaning">The canary: <strong>{plain(decision, 40)}</strong>.</p>\n' if decision else ""


def _others(amount: int) -> str:
    return f'<p><a href="#findings">And {count(amount, "more finding")}</a></p>' if amount else ""


def _reason(check: CheckResult) -> str:
    return (
        check.reason
        or (check.findings[0].message if check.findings else words.observed(check))
        or "no reason was given"
    )


def _softened(report: Report) -> str:
    gates = (f"{words.gate_name(gate)}: {gate.softened}" for gate in report.gates if gate.softened)
    switches = list(dict.fromkeys([*report.softened, *gates]))
    if not switches:
        return ""
    fits = kept((f"<li>{prose(switch)}</li>" for switch in switches), _LIST_BYTES)
    said = "The policy makes this verdict milder than the checks alone would:"
    cut = left_out(len(switches) - len(fits), "line")
    return f'<div class="card milder">{said}<ul>{"".join(fits)}</ul>{cut}</div>'


def _findings(report: Report) -> str:
    """Every finding; where there is one only, the verdict has told it."""
    found = words.open_findings(report)
    if len(found) < 2:
        return ""
    shown, others = found[:_SHOWN], found[_SHOWN:]
    fold = fitted(others, _finding, _FINDINGS_BYTES, "finding")
    return "\n".join([*map(_finding, shown), folded(count(len(others), "more finding"), fold) if others else ""])


def _finding(each: Finding) -> str:
    return f'<article class="finding {each.status.value}">{_told(each, "h3")}</article>\n'


def _told(each: Finding, heading: str) -> str:
    also = f", also {plain(words.also_at(each))}" if each.related else ""
    remedy = f"<p><strong>What to do:</strong> {prose(each.remedy)}</p>" if each.remedy else ""
    return (
        f"<{heading}>{badge(each.status)} {code(each.rule)} {code(each.subject)}</{heading}>"
        f'<p>{prose(each.message)}</p><p class="where">{code(str(each.location))}{also}</p>{remedy}'
    )


def _undecided(report: Report) -> str:
    """Checks that could not decide, each with its reason."""
    open_ = (Status.INCONCLUSIVE, Status.ERRORED)
    rows = [(gate, check) for gate, check in report.checks if check.status in open_]
    return _card(table("Checks that could not decide", _REASONS, rows, _reasoned, _TABLE_BYTES, kind="reasons"))


def _not_run(report: Report) -> str:
    """Checks that were skipped, and gates that ended before their first one."""
    rows: list[tuple[GateResult, CheckResult | None]] = [
        (gate, check) for gate, check in report.checks if check.status is Status.SKIPPED
    ]
    rows += [(gate, None) for gate in report.gates if not gate.checks]
    return _card(table("Checks that did not run", _REASONS, rows, _reasoned, _TABLE_BYTES, kind="reasons"))


def _reasoned(row: tuple[GateResult, CheckResult | None]) -> tuple[str, ...]:
    gate, check = row
    name = plain(words.gate_name(gate))
    if check is None:
        return badge(gate.status), "no check", name, "The gate ended before its first check."
    return badge(check.status), f"{code(check.check)} {prose(check.title)}", name, prose(_reason(check))


def _waived(report: Report) -> str:
    head = ("What", "Message", "Where", "Waived because")
    return _card(table("Findings that a waiver silences", head, words.waived_findings(report), _waiver, _TABLE_BYTES))


def _waiver(each: Finding) -> tuple[str, ...]:
    name = code(f"{each.rule} {each.subject}".strip())
    return name, prose(each.message), code(str(each.location)), prose(each.waived)


def _judged(report: Report) -> str:
    """Files with their digests, and the outputs of the run."""
    head = ("Role", "File", "Digest")
    files = table("Files and their digests", head, report.subjects, _subject, _TABLE_BYTES, kind="files")
    told = [(plain(name, 100), code(value)) for name, value in sorted(report.values.items())[:_VALUES] if value]
    return _card(files + pairs(told, _TABLE_BYTES))


def _subject(each: Subject) -> tuple[str, ...]:
    digest = code(f"sha256:{each.sha256}") if each.sha256 else prose(f"no digest: {each.reason}")
    return plain(each.role), code(each.path), digest


def _card(body: str) -> str:
    return f'<div class="card">{body}</div>' if body else ""


def _foot(report: Report) -> str:
    facts = [f"{report.tool.name} {report.tool.version}".strip()]
    facts += [f"environment {report.environment}"] if report.environment else []
    facts += [f"started {report.started}"] if report.started else []
    facts += [f"took {took(report.seconds)}", f"exit code {report.exit_code}: {words.exit_meaning(report)}"]
    return f"<footer>{' · '.join(plain(fact, 200) for fact in facts)}</footer>"
