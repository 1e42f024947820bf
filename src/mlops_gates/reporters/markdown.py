"""Escaping for GitHub and GitLab Markdown, and rows that fit into a budget of bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

from mlops_gates.reporters.text import count, visible

_SPECIAL = re.compile(
    r"""[&<>|`*\[\]~$\\]"""  # HTML, cells, code, emphasis, links, strike-through, formulas, escapes
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # emphasis, but not inside of a word
    r"|:(?=[^\s\d]|\d+:)|(?<=www)\."  # addresses and emoji codes
    r"|^[-+=#]|(?<=^\d)[.)]"  # lists and headings
)
_CODE = re.compile("&#96;(.+?)&#96;")
_GAP = "&#8203;"


def cell(text: str, limit: int = 1_000) -> str:
    """Return `text` as it can stand in a table cell or a sentence: no Markdown, HTML, link, mention or emoji code.

    Everything with a meaning becomes an entity, which Markdown never takes for structure; only words between backticks
    are shown in fixed width.
    """
    return _CODE.sub(r"<code>\1</code>", _escape(text, limit))


def code(text: str, limit: int = 300) -> str:
    """Return `text` in fixed width. HTML, because a code span ends at a backtick and a cell at a pipe."""
    return f"<code>{_escape(text, limit)}</code>" if text else ""


def _escape(text: str, limit: int) -> str:
    """Return `text` in entities. A host looks for mentions after that, so a zero-width space follows each `@`."""
    escaped = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", visible(text, limit))
    return escaped.replace("@", f"&#64;{_GAP}")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], budget: int) -> list[str]:
    """Return a table of escaped cells in at most `budget` bytes; a sentence says how many rows did not fit."""
    lines = [_row(head), _row(["---"] * len(head))]
    return lines + fitted([_row(row) for row in rows], budget - sum(len(line.encode()) + 1 for line in lines))


def fitted(lines: Sequence[str], budget: int) -> list[str]:
    """Return the first lines, `budget` bytes of them; where some are missing, a sentence says how many."""
    ends = accumulate(len(line.encode()) + 1 for line in lines)
    kept = sum(1 for _ in takewhile(lambda end: end <= budget, ends))
    if kept == len(lines):
        return list(lines)
    return [
        *lines[:kept],
        "",
        f"_{count(len(lines) - kept, 'more line')} did not fit here; `results.json` has them all._",
    ]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
