"""Text that came from data, made visible: what every format needs before its own escaping."""

from __future__ import annotations

import math
import re

from mlops_gates.textsafe import one_line

_SPACES = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
CUT = " …"


def visible(text: str, limit: int = 2048) -> str:
    r"""Return `text` on one line with every character that would hide or reorder shown as `\uXXXX`.

    Line breaks become one space. That covers control characters, ANSI escapes, bidirectional overrides, zero-width
    marks and lone surrogates; right-to-left letters and emoji stay. At most `limit` characters come back.
    """
    line = _SPACES.sub(" ", text).strip()
    return cut(_INVISIBLE.sub(_shown, line), limit)


def logged(text: str, limit: int = 2048) -> str:
    """Return `text` as `visible` does, and without anything that a CI host takes for a command in its log."""
    return one_line(visible(text, limit), limit)


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters of `text`, with an ellipsis where some are missing."""
    return text if len(text) <= limit else text[: max(limit - len(CUT), 0)] + CUT


_FENCES = {"json": "\\u0023#[", "sarif": "\\u0023#[", "codequality": "\\u0023#[", "junit": "&#35;#[", "html": "&#35;#["}


def fenced(form: str, text: str) -> str:
    """Return a machine's format for standard output: the same data, without what a CI host takes for a command there."""
    return text.replace("##[", _FENCES.get(form, "# #["))


def number(value: float) -> str:
    """Return a number for a person: at most four significant decimals, thousands with commas."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"


def count(amount: int, singular: str, plural: str = "") -> str:
    """Return `1 check`, `2 checks`."""
    return f"{amount:,} {singular if amount == 1 else plural or singular + 's'}"


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
