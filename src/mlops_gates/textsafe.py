"""Foreign text made harmless for logs that a CI host parses, and for terminals.

GitHub reads `::command::` at the start of a trimmed line and `##[command]` anywhere in it; Azure reads `##vso[`;
GitLab reads `section_start:` behind an escape sequence and a carriage return; terminals read escape sequences.

The text may be hostile, so work is in proportion to its length at worst: no pattern here can run past the place where
its next match could begin, and what lies far behind the limit is cut before any pattern sees it.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|[\x1b\x9d][]PX^_]?[^\x07\x1b\x9c\x9d\n]{0,4096}(?:\x07|\x1b\\|\x9c)"  # OSC and other strings: titles, links
    r"|\x1b[ -/]*[0-~]"
)
_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_COMMANDS = re.compile(r":(?=:)|#(?=#\w*\[)")
_RAW = 4
"""How many times its limit a text may be before it is cut unseen."""
_GAP = "\u200b"
"""Put between the characters of a command: invisible to a reader, and no white space that a host would trim."""


def harmless(text: str, limit: int = 65536) -> str:
    """The text in at most `limit` characters (the beginning is kept, and what is cut is told), without commands.

    Escape sequences, control and invisible characters go, line breaks of any sort become `\\n`, `::` and `##[` are
    broken up. Applying it twice changes nothing more.
    """
    unseen = max(0, len(text) - _RAW * limit)
    text = _BREAKS.sub("\n", _ESCAPES.sub("", text[: _RAW * limit]))
    text = _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", text))
    kept, cut = text[:limit], max(0, len(text) - limit) + unseen
    if cut > 0:
        kept += f"\n[{cut:,} more characters]"
    return _COMMANDS.sub(lambda found: found[0] + _GAP, kept)


def one_line(text: str, limit: int = 300) -> str:
    """The text as one line of at most `limit` characters (a cut ends in `…`), harmless like `harmless`."""
    raw = 8 * limit
    joined = " ".join(harmless(text[:raw], limit=raw).split())
    short = joined if len(joined) <= limit and len(text) <= raw else joined[: limit - 1] + "…"
    return _COMMANDS.sub(lambda found: found[0] + _GAP, short)
