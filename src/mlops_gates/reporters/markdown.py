"""Escaping for GitHub and GitLab Markdown, and rows that fit into a budget of bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mlops_gates.reporters.text import count, visible

_SPECIAL = re.compile(r"[&<>\"'|`*_\[\]()~#!$\\:{}^=+-]")
_GAP = "&#8203;"


def cell(text: str, limit: int = 1_000) -> str:
    """Return `text` as it can stand in a table cell or a sentence: no Markdown, HTML, link, mention or emoji code.

    Everything with a meaning becomes an entity, which Markdown never takes for structure. A mention is looked for after
    that, so `@` is followed by a zero-width space.
    """
    escaped = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", visible(text, limit))
    return escaped.replace("@", f"&#64;{_GAP}")


def code(text: str, limit: int = 300) -> str:
    """Return `text` in fixed width. HTML, because a code span ends at a backtick and a cell at a pipe."""
    return f"<code>{cell(text, limit)}</code>" if text else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]], budget: int) -> list[str]:
    """Return a table of escaped cells in at most `budget` bytes; a sentence says how many rows did not fit."""
    lines = [_row(head), _row(["---"] * len(head))]
    made = [_row(row) for row in rows]
    kept, used = 0, sum(len(line.encode()) + 1 for line in lines)
    for row in made:
        used += len(row.encode()) + 1
        if used > budget:
            break
        kept += 1
    lines += made[:kept]
    if kept < len(made):
        lines += ["", f"_{count(len(made) - kept, 'more row')} did not fit here; `results.json` has them all._"]
    return lines


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
