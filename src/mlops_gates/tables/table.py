"""What every engine offers: the port between the questions and whoever answers them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from mlops_gates.errors import CheckError
from mlops_gates.tables.asks import Aggregate, Answer, Column, Predicate, Type
from mlops_gates.tables.source import Source

if TYPE_CHECKING:
    from mlops_gates.tables.sampling import Sample


class Table(Protocol):
    """An open source. Each call may raise CheckError: content that cannot be read, memory, a lost server."""

    @property
    def source(self) -> Source:
        """What was opened."""

    @property
    def columns(self) -> Mapping[str, str]:
        """Names with the engine's own types, in the order of the file."""

    def type_of(self, name: str) -> Type | None:
        """The type that the engine itself gives the column; None where cells are text or the type has no name here."""

    def scan(self, aggregates: Iterable[Aggregate], head: int = 0) -> dict[Aggregate, Answer | CheckError]:
        """The answers, in as few passes over the rows as the engine can; `head`: of the first so many rows alone.

        A question in the user's own SQL that cannot be answered has the error as its answer.
        """

    def first_rows(self, predicates: Sequence[Predicate], most: int) -> dict[Predicate, list[int]] | None:
        """The first `most` rows (from 1, in the order of the file) in which each holds; None where rows have no order."""

    def columns_of(self, other: str) -> Mapping[str, Type | None]:
        """The columns of the table that was opened as `other`, with their types as by `type_of`."""

    def sample(self, columns: Sequence[Column], every: int, in_order: Collection[str] = ()) -> Sample:
        """About one row in `every`, chosen by a hash of its place: the same rows in every run.

        Columns of type integer, number, date and timestamp, and those of `in_order`, are numbers, others codes.
        """

    def every(self, rows: int) -> int:
        """One row in how many is to be looked at, so that about `rows` rows are; 1 where leaving rows out spares nothing."""

    def held(self) -> Sequence[int]:
        """The rows of each file of the source, in their order; empty for a single one."""

    def interrupt(self) -> None:
        """End what is running, from another thread."""

    def close(self) -> None:
        """Free what is held."""
