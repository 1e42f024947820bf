"""What a stored profile keeps to itself: it is committed and copied, and must not tell more of single rows than it has to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from mlops_gates.tables.profile import ColumnProfile

FEWEST = 5
"""Rows that a category must have to be named, the usual threshold of tables about people."""

_KEYS = frozenset({"id", "ids", "key", "uuid", "guid", "hash", "serial"})
_PERSONAL = _KEYS | {"ssn", "iban", "phone", "mobile", "fax", "email", "mail", "account", "passport", "tax", "card"}
_DIGITS = 7
"""Digits of a whole number from which on it may be a telephone's or a card's rather than a quantity."""


def words(name: str) -> frozenset[str]:
    """The words of a column's name in small letters: `customerID` has customer and id."""
    return frozenset(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name))


def is_called_key(name: str) -> bool:
    """Whether a column's name says that it is an identifier, of its own rows or of another table's."""
    return bool(words(name) & _KEYS)


def is_key(name: str, one: ColumnProfile, *, unique: bool) -> bool:
    """Whether a column of integers or texts, in which no value stands twice, is there to name its rows."""
    values = one.looked - one.nulls
    if not unique or values < 2 or one.type not in ("string", "integer"):
        return False
    return is_called_key(name) or (one.type == "integer" and _dense(one, values))


def discreet(columns: Mapping[str, ColumnProfile], fewest: int = FEWEST) -> dict[str, ColumnProfile]:
    """The profiles without values that belong to fewer than `fewest` rows, and without any of a column of identifiers.

    A rare category is counted under `other`; a column in which most rows have a rare one keeps no value at all. What is
    left of single rows are the least and greatest number or moment of a column, and the edges of its bins.
    """
    return {name: _discreet(name, one, fewest) for name, one in columns.items()}


def _discreet(name: str, one: ColumnProfile, fewest: int) -> ColumnProfile:
    if one.kind == "number" and _identifies(name, one):
        return ColumnProfile("text", one.type, one.nulls, one.looked, one.distinct)
    if one.kind != "category" or one.type == "boolean":
        return one
    kept = tuple((value, count) for value, count in one.values if count >= fewest)
    named = sum(count for _, count in kept)
    if 2 * named < one.looked - one.nulls:
        return ColumnProfile("text", one.type, one.nulls, one.looked, one.distinct)
    return replace(one, values=kept, other=one.looked - one.nulls - named)


def _identifies(name: str, one: ColumnProfile) -> bool:
    values = one.looked - one.nulls
    if one.type != "integer" or one.distinct < 0.9 * values or values < 2:
        return False
    return bool(words(name) & _PERSONAL) or _dense(one, values) or _same_digits(one)


def _dense(one: ColumnProfile, values: int) -> bool:
    """Whether the numbers are a sequence nearly without gaps: 1, 2, 3, …"""
    if not isinstance(one.least, int | float) or not isinstance(one.greatest, int | float):
        return False
    return values >= 20 and one.greatest - one.least + 1 <= 1.1 * values


def _same_digits(one: ColumnProfile) -> bool:
    lengths = {len(f"{abs(end):.0f}") for end in (one.least, one.greatest) if isinstance(end, int | float)}
    return len(lengths) == 1 and lengths.pop() >= _DIGITS
