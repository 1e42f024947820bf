"""Escaping for HTML, and what a page is made of: tables, folds and lists that fit into a budget of bytes.

What comes from data never becomes markup, an address or an attribute other than a quoted label: there is no link to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

from mlops_gates.findings import Status
from mlops_gates.reporters.text import count, visible

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


def kept(items: Sequence[str], budget: int) -> Sequence[str]:
    """Return the first items, `budget` bytes of them."""
    ends = accumulate(len(item.encode()) for item in items)
    return items[: sum(1 for _ in takewhile(lambda end: end <= budget, ends))]


def left_out(amount: int, what: str, where: str = "") -> str:
    """Return a sentence that says what did not fit; nothing where all did. `where` is `earlier`, or empty."""
    if not amount:
        return ""
    more = count(amount, f"{where or 'more'} {what}")
    return f'<p class="cut">{more} did not fit here; <code>results.json</code> has everything.</p>'


def fitted(items: Sequence[str], budget: int, what: str) -> str:
    """Return the items that fit into `budget` bytes, and a sentence on the others, each of which is a `what`."""
    fits = kept(items, budget)
    return "\n".join([*fits, left_out(len(items) - len(fits), what)])


def table(
    label: str, head: Sequence[str], rows: Iterable[Sequence[str]], budget: int, *, kind: str = "", newest: bool = False
) -> str:
    """Return a table of cells that are HTML already, in about `budget` bytes.

    `label` and `head` are plain words of ours or escaped; `kind` is a class for the widths of its columns. Where not all rows
    fit the first are kept, or with `newest` the last. On a narrow screen a row becomes a block, and each cell tells its column.
    """
    made = [_row(head, row) for row in rows]
    fits = kept(made[::-1], budget)[::-1] if newest else kept(made, budget)
    columns = "".join(f'<th scope="col">{name or "<span class=unseen>note</span>"}</th>' for name in head)
    cut = left_out(len(made) - len(fits), "row", "earlier" if newest else "")
    begin = f'<div class="table"><table class="{kind or "rows"}" aria-label="{label}">'
    return f"{begin}<thead><tr>{columns}</tr></thead>\n<tbody>\n{''.join(fits)}</tbody></table></div>{cut}"


def _row(head: Sequence[str], cells: Sequence[str]) -> str:
    names = [*head, *[""] * len(cells)]
    made = (f'<td data-label="{name}">{cell}</td>' for name, cell in zip(names, cells, strict=False))
    return f"<tr>{''.join(made)}</tr>\n"


def folded(title: str, body: str, *, unfolded: bool = False) -> str:
    """Return something to be opened by a click, without a script. `title` is HTML already."""
    return f"<details{' open' if unfolded else ''}><summary>{title}</summary>\n{body}\n</details>"


def pairs(facts: Iterable[tuple[str, str]]) -> str:
    """Return a list of names and what they are, both HTML already."""
    made = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f"<dl>{made}</dl>" if made else ""


def took(seconds: float) -> str:
    """Return a duration for a person."""
    if not 0 <= seconds < 1e9:
        return "–"
    whole = round(seconds)
    if whole < 100:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s"
