"""Patterns of AWS's service models, which are Java's, asked of a whole text.

Java differs from Python's `re` where these patterns use it: categories of Unicode (`\\p{L}`), surrogate pairs for what is
beyond U+FFFF, a quantified end (`${1,128}`, an end all the same), a dot that stops at five line ends, and `\\d \\w \\s`
that are ASCII. Every other construct that the two may read differently is refused rather than guessed.

For categories a text is told in stand-ins: beyond ASCII each character becomes one private character that stands for its
category, so that a class needs 30 members and not 140,000. See java.util.regex.Pattern and Unicode's general categories.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

Matches = Callable[[str], bool]
"""Whether the whole text matches."""

_CATEGORIES = (
    *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe"),
    *("Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"),
)
_STAND_INS = {name: chr(0xE000 + number) for number, name in enumerate(_CATEGORIES)}
_ENDS = "\n\r\x85\u2028\u2029"
_KEPT = [*map(chr, range(128)), "\x85", "\u2028", "\u2029"]
"""What a text keeps beside the stand-ins: the ends are told apart by a dot."""
_POSIX = {
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Lower": "a-z",
    "Upper": "A-Z",
    "XDigit": "0-9a-fA-F",
    "Space": " \\t-\\r",
    "Blank": " \\t",
    "ASCII": "\\x00-\\x7f",
    "Punct": "!-/:-@\\[-`{-~",
}
_TOKEN = re.compile(
    r"\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\(?:u(?=[0-9a-fA-F]{4})|x(?=[0-9a-fA-F]{2}))(?P<code>(?<=u)[0-9a-fA-F]{4}|(?<=x)[0-9a-fA-F]{2})"
    r"|\\(?P<sign>[pP])(?:\{(?P<long>\w+)\}|(?P<short>[A-Z]))"
    r"|\\(?P<escaped>.)"
    r"|(?P<quantified>\$\{\d+(?:,\d*)?\})"
    r"|(?P<special>\(\?)(?![:=!]|<[=!])"
    r"|(?P<intersection>&&)"
    r"|(?P<plain>.)",
    re.DOTALL,
)
_SAME = frozenset("dDwWsSntrf")
"""Escapes that both languages read alike, Python with re.ASCII."""


class _Unreadable(Exception):
    """The pattern says what Python may read differently."""


@lru_cache(maxsize=1024)
def translated(pattern: str) -> Matches | None:
    """What `pattern` asks of a text, or None where that cannot be said with certainty."""
    categories = "\\p" in pattern.replace("\\\\", "") or "\\P" in pattern.replace("\\\\", "")
    try:
        compiled = re.compile("".join(_pieces(pattern, categories)), re.ASCII)
    except (_Unreadable, re.error, OverflowError):
        return None
    if categories:
        return lambda text: compiled.fullmatch(text if text.isascii() else _told(text)) is not None
    return lambda text: compiled.fullmatch(text) is not None


def _told(text: str) -> str:
    """The text with stand-ins."""
    return "".join(one if one in _KEPT else _STAND_INS[unicodedata.category(one)] for one in text)


def _pieces(pattern: str, categories: bool) -> Iterator[str]:
    opened: int | None = None
    """Where the class began that is open, else None."""
    for found in _TOKEN.finditer(pattern):
        kind, text = str(found.lastgroup), found.group()
        inside = opened is not None
        if kind in ("special", "intersection"):
            if kind == "special" and inside:
                yield "(\\?"
                continue
            raise _Unreadable(text)
        if kind == "quantified":
            yield re.escape(text) if inside else "$"
        elif kind == "plain":
            if not inside and text == "[":
                opened = found.start()
            elif inside and text == "]" and pattern[opened : found.start()] not in ("[", "[^"):
                opened = None
            elif inside and text == "[":
                raise _Unreadable("a class within a class")
            yield _plain(text, inside, categories, first=inside and found.start() == (opened or 0) + 1)
        elif kind == "escaped":
            if text[1].isalnum() and text[1] not in _SAME:
                raise _Unreadable(text)
            yield text
        else:
            yield _character(found, inside, categories)


def _plain(text: str, inside: bool, categories: bool, first: bool) -> str:
    if not text.isascii() and categories:
        raise _Unreadable("a character beyond ASCII beside categories")
    if inside and not (first and text == "^"):
        # Python warns of what may one day be an operation of sets.
        return f"\\{text}" if text in "&|~^#" else text
    if text == ".":
        return f"[^{_ENDS}]"
    return text


def _character(found: re.Match[str], inside: bool, categories: bool) -> str:
    """A code point or a category, as a member of a class or as a class of its own."""
    if sign := found["sign"]:
        members = _category(found["long"] or found["short"], sign == "P")
        return members if inside else f"[{members}]"
    if found["high"]:
        number = 0x10000 + ((int(found["high"], 16) - 0xD800) << 10) + int(found["low"], 16) - 0xDC00
    else:
        number = int(found["code"], 16)
    if (categories and number > 127) or 0xD800 <= number < 0xE000:
        raise _Unreadable(found.group())
    return f"\\U{number:08x}"


def _category(name: str, negated: bool) -> str:
    if name in _POSIX:
        if negated:
            raise _Unreadable(name)
        return _POSIX[name]
    name = name.removeprefix("Is")
    hit = [one for one in _CATEGORIES if one.startswith(name)]
    if not hit:
        raise _Unreadable(name)
    names = [one for one in _CATEGORIES if (one in hit) is not negated]
    kept = [one for one in _KEPT if unicodedata.category(one) in names]
    return "".join([*map(re.escape, kept), *(_STAND_INS[one] for one in names)])
