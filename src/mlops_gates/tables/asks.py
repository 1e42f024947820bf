"""What may be asked of a table, in no engine's words. Equal questions are equal objects, so they are asked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Type: TypeAlias = Literal["string", "integer", "number", "boolean", "date", "timestamp"]
Cell: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Column:
    """A column by name, read as `type` where the config declares one. A blank in a declared column is a null."""

    name: str
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class IsNull:
    """The cell is null; in a declared column also blank, or a NaN."""

    column: Column


@dataclass(frozen=True, slots=True)
class IsNotType:
    """The cell is neither null nor a value of the column's declared type."""

    column: Column


@dataclass(frozen=True, slots=True)
class IsOutside:
    """The cell is a value below `low` or above `high` (dates as ISO text).

    In an undeclared column a word that is no number is outside too; in a declared one `IsNotType` has it.
    """

    column: Column
    low: int | float | str | None
    high: int | float | str | None


@dataclass(frozen=True, slots=True)
class IsNotIn:
    """The cell is not null and none of `values`: compared as numbers in numeric columns, else letter by letter."""

    column: Column
    values: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class DoesNotMatch:
    """The cell is not null and `pattern` is found nowhere in its text."""

    column: Column
    pattern: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """The cell is not null and stood in an earlier row."""

    column: Column


Predicate: TypeAlias = IsNull | IsNotType | IsOutside | IsNotIn | DoesNotMatch | Repeats


@dataclass(frozen=True, slots=True)
class Rows:
    """The number of rows."""


@dataclass(frozen=True, slots=True)
class Count:
    """The number of rows in which `predicate` holds."""

    predicate: Predicate


Aggregate: TypeAlias = Rows | Count
