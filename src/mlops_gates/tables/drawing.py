"""Draws cells like those of a profiled column: the same marginals, and nothing of what its rows have in common."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from math import isfinite
from string import ascii_lowercase, ascii_uppercase, digits

from mlops_gates.errors import CheckError
from mlops_gates.tables.profile import ColumnProfile
from mlops_gates.tables.profiling import BINS
from mlops_gates.tables.shapes import Shapes

Cells = list[str | None]
_ALPHABETS = {"A": ascii_uppercase, "a": ascii_lowercase, "0": digits}
_HEXADECIMAL = {"A": "ABCDEF", "a": "abcdef", "0": digits}
_MOST_TRIES = 100
_EXACT = 12
"""Digits behind the point that are drawn as whole units; a float has no more than that to spare."""


@dataclass(slots=True)
class Drawn:
    """A column to draw. `shapes` are those of its texts and moments, `decimals` the digits behind the point of a number.

    `ends` is what all texts begin and end with, `alphabet` what they are written in (shapes.py). `unique`: no value is
    drawn twice. `refused` are texts that stand for null in the table.
    """

    name: str
    profile: ColumnProfile
    shapes: Shapes = ()
    ends: tuple[str, str] = ("", "")
    alphabet: str = ""
    decimals: int = 0
    unique: bool = False
    refused: frozenset[str] = frozenset()
    _seen: set[str] = field(default_factory=set)

    def cells(self, dice: random.Random, count: int) -> Cells:
        """`count` cells as text, None for null. Raises CheckError when there are not so many different ones."""
        one = self.profile
        if one.kind == "empty" or not one.looked:
            return [None] * count
        gaps = one.nulls / one.looked
        present = [dice.random() >= gaps for _ in range(count)]
        values = iter(self._values(dice, sum(present)))
        return [next(values) if there else None for there in present]

    def _values(self, dice: random.Random, count: int) -> list[str]:
        if self.profile.kind == "category":
            return self._categories(dice, count)
        if self.profile.kind == "moment":
            return _moments(self.profile, self.shapes, dice, count)
        if self.profile.kind == "number":
            return _numbers(self.profile, self.decimals, dice, count)
        return [self._text(dice) for _ in range(count)]

    def _categories(self, dice: random.Random, count: int) -> list[str]:
        named = [value for value, _ in self.profile.values]
        weights = [*(times for _, times in self.profile.values), self.profile.other]
        if not self.shapes or not self.profile.other:
            return dice.choices(named, weights[:-1], k=count)
        found = dice.choices(range(len(weights)), weights, k=count)
        return [named[place] if place < len(named) else self._text(dice) for place in found]

    def _text(self, dice: random.Random) -> str:
        """A text of one of the shapes; a unique one that stood before is drawn again."""
        if not self.shapes:
            raise CheckError(f"{self.name}: there is no text whose shape could be taken")
        shapes, weights = zip(*self.shapes, strict=True)
        for _ in range(_MOST_TRIES):
            text = self._filled(dice.choices(shapes, weights)[0], dice)
            if text not in self.refused and not (self.unique and text in self._seen):
                if self.unique:
                    self._seen.add(text)
                return text
        raise CheckError(
            f"{self.name}: there are not enough different texts of its shape",
            next_step="Draw fewer rows; the column looks like a key, so no value stands twice.",
        )

    def _filled(self, shape: str, dice: random.Random) -> str:
        begin, end = self.ends
        if self.alphabet == "address":
            return ".".join(str(dice.randrange(256)) for _ in range(4))
        letters = _HEXADECIMAL if self.alphabet == "hexadecimal" else _ALPHABETS
        middle = shape[len(begin) : len(shape) - len(end)]
        text = "".join(dice.choice(letters[one]) if one in letters else one for one in middle)
        if self.profile.type == "integer" and shape[0] == "0" and len(shape) > 1:
            return dice.choice(digits[1:]) + text[1:]
        return f"{begin}{text}{end}"


def _numbers(one: ColumnProfile, decimals: int, dice: random.Random, count: int) -> list[str]:
    """By the inverse of the distribution function, straight between two edges."""
    assert isinstance(one.least, int | float)
    assert isinstance(one.greatest, int | float)
    whole = one.type == "integer" or decimals == 0
    draw = _units(0 if whole else decimals) if whole or decimals <= _EXACT else _between
    bins = list(_bins(one, float(one.least), float(one.greatest)))
    found = dice.choices(bins, [weight for _, _, weight in bins], k=count)
    return [draw(low, high, dice) for low, high, _ in found]


def _bins(one: ColumnProfile, least: float, greatest: float) -> Sequence[tuple[float, float, int]]:
    """Open below, closed above, with their counts; a value that stands often is a bin of its own, at its upper edge."""
    usual = sum(one.counts) // BINS
    few = one.distinct <= 1.1 * sum(1 for count in one.counts if count) <= one.looked / 10
    ends = [least, *(min(max(edge, least), greatest) for edge in one.edges), greatest]
    found: list[tuple[float, float, int]] = []
    for (low, high), count in zip(pairwise(ends), one.counts, strict=True):
        often = count if few else max(0, count - usual) if count > 1.5 * usual else 0
        found += [(high, high, often)] * (often > 0) + [(low, high, count - often)] * (count > often)
    # The least value itself lies in the first bin.
    return [(low if low > least or low == high else least, high, count) for low, high, count in found]


def _units(decimals: int) -> Callable[[float, float, random.Random], str]:
    unit = 10**decimals

    def draw(low: float, high: float, dice: random.Random) -> str:
        first, last = round(low * unit), round(high * unit)
        number = dice.randint(min(first + 1, last), last) if first < last else last
        sign, number = "-" * (number < 0), abs(number)
        return f"{sign}{number // unit}.{number % unit:0{decimals}d}" if decimals else f"{sign}{number}"

    return draw


def _between(low: float, high: float, dice: random.Random) -> str:
    number = low + (high - low) * dice.random()
    return repr(number if isfinite(number) else high)


def _moments(one: ColumnProfile, shapes: Shapes, dice: random.Random, count: int) -> list[str]:
    first, last = (datetime.fromisoformat(str(end)).replace(tzinfo=None) for end in (one.least, one.greatest))
    shape = shapes[0][0] if shapes else ""
    seconds = int((last - first).total_seconds())
    found = (first + timedelta(seconds=dice.randint(0, max(0, seconds))) for _ in range(count))
    return [_written(moment, one.type == "date", shape) for moment in found]


def _written(moment: datetime, is_date: bool, shape: str) -> str:
    """A moment as the table writes it: `T` or a blank, with seconds and their parts or without, with UTC or without."""
    if is_date:
        return f"{moment:%Y-%m-%d}"
    clock = shape[11:]
    minutes = f"{moment:%Y-%m-%d}{'T' if shape[10:11] == 'A' else ' '}{moment:%H:%M}"
    if clock[5:6] != ":" and clock:
        return minutes + ("Z" if clock[5:6] == "A" else "+00:00" if clock[5:6] in ("+", "-") else "")
    parts = len(clock[9:]) - len(clock[9:].lstrip("0")) if clock[8:9] == "." else 0
    zone = clock[9 + parts :] if parts else clock[8:]
    tail = "Z" if zone[:1] == "A" else "+00:00" if zone else ""
    return f"{minutes}:{moment:%S}" + (f".{'0' * parts}" if parts else "") + tail
