"""What Narwhals lacks, and each engine must say for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from mlops_gates.tables.source import Source

Native: TypeAlias = Any
"""A lazy frame of the engine: its classes are in packages that may not be there."""


class Engine(Protocol):
    """One engine, opened. Its methods raise the engine's own errors, which `words` tells."""

    errors: tuple[type[BaseException], ...]
    unpivots: bool
    """Whether columns can be put below each other, so that one query counts the values of all of them."""

    strips: bool
    """Whether characters that are named can be stripped off text; else patterns do it."""

    rows: int | None
    """Rows that the default engine found in the text that was opened, for an engine that reads it by itself."""

    def open(self, source: Source) -> Native:
        """The rows of a source under the names that its columns have there. Raises CheckError."""

    def types(self, frame: Native) -> Mapping[str, str]:
        """The columns of a frame with the engine's types, in their order."""

    def renamed(self, frame: Native, names: Sequence[str]) -> Native:
        """The frame with other names for all of its columns."""

    def collect(self, frame: Native) -> list[tuple[object, ...]]:
        """All rows of a frame that is known to be small."""

    def rough(self, frame: Native) -> Native:
        """One row: about how many different values each column has that are not null."""

    def sampled(self, frame: Native, among: Mapping[str, int]) -> Native:
        """The frame with null for values but one in so many, by their hash, in the columns `among`."""

    def marked(self, frame: Native, name: str, every: int) -> Native:
        """About one row in `every` with a whole number of its own in the column `name`, chosen by the hash of it."""

    def moments(self, frame: Native, names: Sequence[str]) -> Native:
        """The frame with microseconds since 1970 made timestamps in the columns `names`."""

    def conditions(self, frame: Native, sql: Mapping[str, str]) -> Native:
        """The conditions in the engine's SQL as the columns of a frame; other columns may go."""

    def query(self, tables: Mapping[str, Native], sql: str) -> Native:
        """The rows of a query in the engine's SQL over named tables. Raises CheckError for what is no query."""

    def words(self, error: BaseException) -> str:
        """The first line of an error, without what may be a cell's value."""

    def interrupt(self) -> None:
        """End what is running, as well as the engine can."""

    def close(self) -> None:
        """Free what is held."""


class Ordered(Engine, Protocol):
    """An engine whose rows have an order: that of the file."""

    def numbered(self, frame: Native) -> Native:
        """The frame with the column `row`, counted from 1."""

    def first(self, frame: Native, flags: Sequence[str], most: int) -> list[list[int]]:
        """For each column of truths the first `most` of `row` in which it holds."""

    def repeated(self, frame: Native, keys: Sequence[str]) -> Native:
        """The rows whose `keys` stood together in an earlier row."""

    def before(self, frame: Native, name: str) -> Native:
        """The frame with the column `before`: the value of `name` in the row above."""
