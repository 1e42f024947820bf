"""Escaping for HTML, and what a page is made of: tables, folds and lists that fit into a budget of bytes.

What comes from data never becomes markup, an address or an attribute other than a quoted label: there is no link to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from mlops_gates.findings import Status
from mlops_gates.reporters.text import count, visible

T = TypeVar("T")

# The module `html` of the standard library loads a table of two thousand entities for these five.
_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_CODE = re.compile("`(.+?)`")

SYMBOLS = {
    Status.PASSED: "✓",
    Status.WARNED: "!",
    Status.INCONCLUSIVE: "?",
    Status.ERRORED: "⊘",
    Status.FAILED: "✕",
    Status.SKIPPED: "–",
}


def plain(text: str, limit: int = 1_000) -> str:
    """Return `text` as it can stand between tags or in a quoted attribute, on one line, at most `limit` characters of it."""
    return visible(text, limit).translate(_SPECIAL)


def prose(text: str, limit: int = 1_000) -> str:
    """Return `text` for a sentence or a cell; words between backticks are shown in fixed width."""
    return _CODE.sub(r"<code>\1</code>", plain(text, limit))


def code(text: str, limit: int = 300) -> str:
    """Return `text` in fixed width; nothing where it is empty."""
    return f"<code>{plain(text, limit)}</code>" if text else ""


def badge(status: Status) -> str:
    """Return a status as a sign and a word, so that colour is not needed to tell it."""
    return f'<span class="badge {status.value}"><span aria-hidden="true">{SYMBOLS[status]}</span> {status.value}</span>'


def kept(items: Iterable[str], budget: int) -> list[str]:
    """Return the first items, `budget` bytes of them; those after them are not even made."""
    fits, left = [], budget
    for item in items:
        left -= len(item.encode())
        if left < 0:
            break
        fits.append(item)
    return fits


def left_out(amount: int, what: str, where: str = "") -> str:
    """Return a sentence that says what did not fit; nothing where all did. `where` is `earlier`, or empty."""
    if not amount:
        return ""
    more = count(amount, f"{where or 'more'} {what}")
    return f'<p class="cut">{more} did not fit here; <code>results.json</code> has everything.</p>'


def fitted(items: Sequence[T], draw: Callable[[T], str], budget: int, what: str) -> str:
    """Return the items that fit into `budget` bytes as HTML, and a sentence on the others, each of which is a `what`."""
    fits = kept(map(draw, items), budget)
    return "\n".join([*fits, left_out(len(items) - len(fits), what)]).strip()


def table(
    label: str,
    head: Sequence[str],
    rows: Sequence[T],
    cells: Callable[[T], Sequence[str]],
    budget: int,
    *,
    kind: str = "rows",
    newest: bool = False,
) -> str:
    """Return a table of `rows`, whose `cells` are HTML, in about `budget` bytes; nothing where there are no rows.

    `label` and `head` are plain words of ours or escaped; `kind` is a class for the widths of its columns. Where not all rows
    fit the first are kept, or with `newest` the last. On a narrow screen a row becomes a block, and each cell tells its column.
    """
    if not rows:
        return ""
    made = (_row(head, cells(row)) for row in (reversed(rows) if newest else rows))
    fits = kept(made, budget)
    columns = "".join(f'<th scope="col">{name or "<span class=unseen>note</span>"}</th>' for name in head)
    cut = left_out(len(rows) - len(fits), "row", "earlier" if newest else "")
    begin = f'<div class="table"><table class="{kind}" aria-label="{label}">'
    body = "".join(reversed(fits) if newest else fits)
    return f"{begin}<thead><tr>{columns}</tr></thead>\n<tbody>\n{body}</tbody></table></div>{cut}"


def _row(head: Sequence[str], cells: Sequence[str]) -> str:
    names = [*head, *[""] * len(cells)]
    made = (f'<td data-label="{name}">{cell}</td>' for name, cell in zip(names, cells, strict=False))
    return f"<tr>{''.join(made)}</tr>\n"


def folded(title: str, body: str, *, unfolded: bool = False) -> str:
    """Return something to be opened by a click, without a script. `title` is HTML already."""
    return f"<details{' open' if unfolded else ''}><summary>{title}</summary>\n{body}\n</details>"


def pairs(facts: Sequence[tuple[str, str]], budget: int) -> str:
    """Return a list of names and what they are, both HTML already."""
    made = kept((f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts), budget)
    return f"<dl>{''.join(made)}</dl>{left_out(len(facts) - len(made), 'fact')}" if facts else ""


def took(seconds: float) -> str:
    """Return a duration for a person."""
    if not 0 <= seconds < 1e9:
        return "–"
    whole = round(seconds)
    if whole < 100:
        return f"{seconds:.1f} s" if seconds >= 0.05 else "0 s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s"
