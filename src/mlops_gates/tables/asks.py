"""What may be asked of a table, in no engine's words. Equal questions are equal objects, so they are asked once."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from mlops_gates.records import dataclass

Type: TypeAlias = Literal["string", "integer", "number", "boolean", "date", "timestamp"]
Cell: TypeAlias = str | int | float | bool
DATA = "data"
"""The name of the table itself among those that a question may name."""
_QUOTED = re.compile(r"[+-]?([0-9]{1,38}|[0-9]{1,38}[.][0-9]{1,38})")
"""A number that a config writes as text."""


@dataclass(frozen=True)
class Column:
    """A column by name, read as `type` where the config declares one. A blank in a declared column is a null."""

    name: str
    type: Type | None = None


@dataclass(frozen=True)
class IsNull:
    """The cell is null; in a declared column also blank, or a NaN."""

    column: Column


@dataclass(frozen=True)
class IsNotType:
    """The cell is neither null nor a value of the column's declared type."""

    column: Column


@dataclass(frozen=True)
class IsOutside:
    """The cell is a value below `low` or above `high` (dates as ISO text).

    In an undeclared column a word that is no number, or an infinity, is outside too; in a declared one `IsNotType` has it.
    """

    column: Column
    low: int | float | str | None
    high: int | float | str | None


@dataclass(frozen=True)
class IsNotIn:
    """The cell is not null and none of `values`: compared as numbers in numeric columns, else letter by letter."""

    column: Column
    values: tuple[Cell, ...]


@dataclass(frozen=True)
class IsIn:
    """The cell is one of `values`, compared as by `IsNotIn`."""

    column: Column
    values: tuple[Cell, ...]


@dataclass(frozen=True)
class DoesNotMatch:
    """The cell is not null and `pattern` is found nowhere in its text."""

    column: Column
    pattern: str


@dataclass(frozen=True)
class IsLengthOutside:
    """The cell is not null and its text has fewer than `low` or more than `high` characters."""

    column: Column
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Breaks:
    """A condition in the engine's SQL is false. A null condition is not broken."""

    sql: str


@dataclass(frozen=True)
class IsUnknown:
    """The cell is not null and stands nowhere in `column` of the table that was opened as `other`."""

    column: Column
    other: str
    there: Column


@dataclass(frozen=True)
class IsOutOfOrder:
    """The cell is below the last one that is not null (`falling`: above it); `strict`: or equals it."""

    column: Column
    falling: bool
    strict: bool


@dataclass(frozen=True)
class Repeats:
    """The cells of `columns` stood together in an earlier row.

    A row with a null among them repeats none, unless `nulls_equal`.
    """

    columns: tuple[Column, ...]
    nulls_equal: bool = False


@dataclass(frozen=True)
class IsShared:
    """The cells of `columns` stand together in a row of the table that was opened as `other`; nulls are equal."""

    columns: tuple[Column, ...]
    other: str


def numbers_of(values: tuple[Cell, ...]) -> list[int | float]:
    """What a column of numbers is compared with: the numbers, and those that are quoted; no other word is one of them."""
    found: list[int | float] = []
    for value in values:
        if isinstance(value, str):
            if _QUOTED.fullmatch(value.strip()):
                found.append(float(value) if "." in value else int(value))
        elif not isinstance(value, bool):
            found.append(value)
    return found


Predicate: TypeAlias = (
    IsNull
    | IsNotType
    | IsOutside
    | IsNotIn
    | IsIn
    | DoesNotMatch
    | IsLengthOutside
    | Breaks
    | IsUnknown
    | IsOutOfOrder
    | Repeats
    | IsShared
)


@dataclass(frozen=True)
class Rows:
    """The number of rows of a table."""

    table: str = DATA
    every: int = 1


@dataclass(frozen=True)
class Twins:
    """The rows of a table that equal another row of it in `columns`; nulls are equal."""

    columns: tuple[Column, ...]
    table: str = DATA


@dataclass(frozen=True)
class Count:
    """The number of rows in which `predicate` holds.

    `every`, here and below: only about one row in so many is looked at, chosen by a hash of its place.
    """

    predicate: Predicate
    every: int = 1


@dataclass(frozen=True)
class Mean:
    """The arithmetic mean of the cells that are finite numbers; None where there is none."""

    column: Column
    every: int = 1


@dataclass(frozen=True)
class Deviation:
    """The standard deviation (n - 1) of the cells that are finite numbers; None where there are fewer than two."""

    column: Column
    every: int = 1


@dataclass(frozen=True)
class Least:
    """The smallest value of the column's type: a number, or ISO text of a moment; None where there is none."""

    column: Column
    every: int = 1


@dataclass(frozen=True)
class Greatest:
    """The largest value of the column's type, as by `Least`."""

    column: Column
    every: int = 1


@dataclass(frozen=True)
class Distinct:
    """The number of different cells that are not null."""

    column: Column


@dataclass(frozen=True)
class Quantile:
    """The `share` (0–1) quantile of the finite numbers, interpolated linearly; None where there is none."""

    column: Column
    share: float


@dataclass(frozen=True)
class Histogram:
    """How many finite numbers lie in each bin: up to and including the first edge, …, above the last edge."""

    column: Column
    edges: tuple[float, ...]
    every: int = 1


@dataclass(frozen=True)
class RoughlyDistinct:
    """About how many different cells there are that are not null, within a few percent; the same in every run."""

    column: Column


@dataclass(frozen=True)
class Counts:
    """How many cells are each of `values`, as text, letter by letter."""

    column: Column
    values: tuple[str, ...]
    every: int = 1


@dataclass(frozen=True)
class Numbers:
    """Finite numbers with their counts, ascending: of about one different number in `among`, chosen by its hash."""

    column: Column
    among: int = 1
    every: int = 1


@dataclass(frozen=True)
class Texts:
    """All different cells that are not null, as text, with their counts; for a column that has few of them."""

    column: Column
    every: int = 1


@dataclass(frozen=True)
class Frequencies:
    """The `most` commonest texts with their counts, most frequent first (equal ones by text), besides some."""

    column: Column
    most: int
    besides: tuple[str, ...] = ()
    every: int = 1


@dataclass(frozen=True)
class Result:
    """The one number that a query in the engine's SQL answers; it may name the tables that were opened."""

    sql: str


Aggregate: TypeAlias = (
    Rows
    | Twins
    | Count
    | Mean
    | Deviation
    | Least
    | Greatest
    | Distinct
    | RoughlyDistinct
    | Quantile
    | Histogram
    | Counts
    | Numbers
    | Texts
    | Frequencies
    | Result
)
Frequent: TypeAlias = tuple[tuple[str, int], ...]
"""The answer to `Frequencies` and `Texts`: texts with their counts, most frequent first, equal ones by text."""
Spread: TypeAlias = tuple[tuple[float, int], ...]
"""The answer to `Numbers`."""
Answer: TypeAlias = int | float | str | tuple[int, ...] | Frequent | Spread | None
