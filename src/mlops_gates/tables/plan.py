"""One scan for everything that the checks ask: questions are collected first, asked once, answered together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlops_gates.findings import Location
from mlops_gates.tables import lines
from mlops_gates.tables.asks import Aggregate, Predicate
from mlops_gates.tables.duck import DuckTable

MOST_PLACES = 10
"""The contract: the first bad row is the location, up to nine more are related ones."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a predicate holds first. `locations` is empty where no line of a tracked text file can be named."""

    locations: tuple[Location, ...]
    words: str


@dataclass(slots=True)
class Plan:
    """The questions of all checks to one table, and their answers after `run`."""

    table: DuckTable
    file: Callable[[Path], str | None]
    answers: dict[Aggregate, int] = field(default_factory=dict)
    _asked: list[Aggregate] = field(default_factory=list)
    _places: dict[Predicate, Places] = field(default_factory=dict)

    def ask(self, aggregates: Iterable[Aggregate]) -> None:
        """Collect questions; equal ones are asked once."""
        self._asked.extend(aggregates)

    def run(self) -> None:
        """The one scan. Raises CheckError when the content cannot be read."""
        self.answers |= self.table.scan(self._asked)

    def locate(self, predicates: Sequence[Predicate]) -> None:
        """The second look: where each of `predicates` holds first."""
        unknown = [one for one in dict.fromkeys(predicates) if one not in self._places]
        if not unknown:
            return
        rows = self.table.first_rows(unknown, MOST_PLACES)
        source = self.table.source
        if not source.textual:
            for one, numbers in rows.items():
                self._places[one] = Places((), f"first in row {numbers[0]:,}" if numbers else "")
            return
        line_of = lines.of_rows(
            source.path, (n for numbers in rows.values() for n in numbers), len(source.header), source.delimiter
        )
        tracked = self.file(source.path)
        for one, numbers in rows.items():
            at = [line_of[number] for number in numbers]
            words = f"first at line {at[0]}" + ("" if tracked else f" of {source.shown}") if at else ""
            self._places[one] = Places(tuple(Location(tracked, line) for line in at) if tracked else (), words)

    def places(self, predicate: Predicate) -> Places:
        """Where `predicate` holds first; `locate` was asked before."""
        return self._places.get(predicate, Places((), ""))
