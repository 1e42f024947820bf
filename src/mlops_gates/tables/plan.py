"""The plan of a table: it collects what checks ask, asks equal and implied questions once, and finds the bad rows' lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from pathlib import Path
from typing import cast

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.records import dataclass
from mlops_gates.tables.asks import (
    Aggregate,
    Answer,
    Column,
    Count,
    Counts,
    Frequencies,
    Frequent,
    Histogram,
    IsNull,
    Numbers,
    Predicate,
    Repeats,
    Rows,
    Spread,
    Texts,
)
from mlops_gates.tables.table import Table

MOST_PLACES = 10
"""The contract: the first bad row is the location, up to nine more are related ones."""


@dataclass(frozen=True)
class Places:
    """Where a predicate holds first. `locations` is empty where no line of a tracked text file can be named."""

    locations: tuple[Location, ...]
    words: str


NOWHERE = Places((), "")


@dataclasses.dataclass(slots=True)
class Plan:
    """The questions of all checks to one table, and their answers after `run`, which may be asked for again with more."""

    table: Table
    file: Callable[[Path], str | None]
    answers: dict[Aggregate, Answer | CheckError] = field(default_factory=dict)
    _asked: dict[Aggregate, None] = field(default_factory=dict)
    _places: dict[Predicate, Places] = field(default_factory=dict)

    def ask(self, aggregates: Iterable[Aggregate]) -> None:
        """Collect questions; equal ones are asked once, answered ones not again."""
        self._asked |= dict.fromkeys(one for one in aggregates if one not in self.answers)

    def run(self) -> None:
        """Answer what was asked since: one scan, then what that scan does not answer by itself.

        Raises CheckError when the content cannot be read.
        """
        asked, self._asked = list(self._asked), {}
        keys = [one for one in asked if isinstance(one, Count) and _is_key(one.predicate)]
        implied = [one for one in asked if keys and isinstance(one, Count) and _is_wide(one.predicate)]
        needs = [Count(IsNull(column)) for column in map(_key_of, keys)] if implied else []
        first = [one for one in dict.fromkeys([*asked, *needs]) if one not in implied]
        if first:
            self.answers |= self.table.scan(first)
        proven = {_key_of(key) for key in keys if self._unique(_key_of(key))}
        for one in implied:
            assert isinstance(one.predicate, Repeats)
            if proven & set(one.predicate.columns):
                self.answers[one] = 0  # rows that differ in their key differ
        if rest := [one for one in implied if one not in self.answers]:
            self.answers |= self.table.scan(rest)

    def _unique(self, column: Column) -> bool:
        return self.count(Repeats((column,))) == 0 and self.answers.get(Count(IsNull(column)), 1) == 0

    @property
    def rows(self) -> int:
        """Rows in the table."""
        return cast("int", self.answers[Rows()])

    def count(self, predicate: Predicate, every: int = 1) -> int:
        """Rows in which the predicate holds. Raises CheckError, where it is in the user's words and cannot be told."""
        return cast("int", self._answer(Count(predicate, every)))

    def _answer(self, one: Aggregate) -> Answer:
        answer = self.answers[one]
        if isinstance(answer, CheckError):
            raise answer
        return answer

    def number(self, one: Aggregate) -> float | None:
        """The answer to a question for one number."""
        value = self._answer(one)
        assert value is None or isinstance(value, int | float), one
        return value

    def text(self, one: Aggregate) -> str | None:
        """The answer to a question for a moment."""
        value = self._answer(one)
        assert value is None or isinstance(value, str), one
        return value

    def counts(self, one: Histogram | Counts) -> tuple[int, ...]:
        """The answer to a question for counts."""
        return cast("tuple[int, ...]", self.answers[one])

    def frequent(self, one: Frequencies | Texts) -> Frequent:
        """The answer to a question for values of text."""
        return cast("Frequent", self.answers[one])

    def spread(self, one: Numbers) -> Spread:
        """The answer to a question for numbers with their counts."""
        return cast("Spread", self.answers[one])

    def locate(self, predicates: Sequence[Predicate]) -> None:
        """The second look: where each of `predicates` holds first."""
        unknown = [one for one in dict.fromkeys(predicates) if one not in self._places]
        if not unknown or (rows := self.table.first_rows(unknown, MOST_PLACES)) is None:
            return
        source, wanted = self.table.source, [number for numbers in rows.values() for number in numbers]
        found = source.places(wanted, self.table.held() if source.lined and wanted else ())
        for one, numbers in rows.items():
            if not all(number in found for number in numbers):
                self._places[one] = Places((), f"first in row {numbers[0]:,}" if numbers else "")
                continue
            at = [(self.file(path), name, line) for path, name, line in map(found.__getitem__, numbers)]
            words = ""
            if at:
                tracked, name, line = at[0]
                words = f"first at line {line}" + ("" if tracked else f" of {name}")
            self._places[one] = Places(tuple(Location(file, line) for file, _, line in at if file), words)

    def places(self, predicate: Predicate) -> Places:
        """Where `predicate` holds first; `locate` was asked before."""
        return self._places.get(predicate, NOWHERE)


def _is_key(predicate: Predicate) -> bool:
    return isinstance(predicate, Repeats) and len(predicate.columns) == 1 and not predicate.nulls_equal


def _is_wide(predicate: Predicate) -> bool:
    return isinstance(predicate, Repeats) and len(predicate.columns) > 1


def _key_of(one: Count) -> Column:
    assert isinstance(one.predicate, Repeats)
    return one.predicate.columns[0]
