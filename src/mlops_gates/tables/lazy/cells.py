"""How a cell is read, as Narwhals expressions. Its twin in SQL is `sql.Dialect`; what one says, the other says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import narwhals as nw

from mlops_gates.tables.asks import Column, Type
from mlops_gates.tables.lazy import jsoncells
from mlops_gates.tables.lazy.parsing import BLANKS, PATTERNS, UTC, WHOLE, finite, microseconds, parsed, stripped

Kind: TypeAlias = Literal[
    "text", "whole", "big", "float", "decimal", "boolean", "date", "moment", "zoned", "json", "other"
]
"""What the engine holds: `whole` fits 64 bits with a sign, `big` are other integers; `zoned` are moments in a zone;
`json` are cells that tell their own types, as in `jsoncells`."""


def kind_of(dtype: nw.dtypes.DType) -> Kind:
    """What a type of Narwhals is here."""
    kinds: tuple[tuple[Kind, Sequence[type[nw.dtypes.DType]]], ...] = (
        ("text", (nw.String, nw.Enum, nw.Categorical)),
        ("whole", (nw.Int8, nw.Int16, nw.Int32, nw.Int64, nw.UInt8, nw.UInt16, nw.UInt32)),
        ("big", (nw.UInt64, nw.Int128, nw.UInt128)),
        ("float", (nw.Float32, nw.Float64)),
        ("decimal", (nw.Decimal,)),
        ("boolean", (nw.Boolean,)),
        ("date", (nw.Date,)),
        ("moment", (nw.Datetime,)),
    )
    if isinstance(dtype, nw.Datetime) and dtype.time_zone:
        return "zoned"
    return next((kind for kind, types in kinds if isinstance(dtype, tuple(types))), "other")


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns by name: where they stand in the frame, and what the engine holds there.

    In a `textual` source a cell is what its text says; else its type is its type. In a `dated` one text may be a date
    or a timestamp although other types are told apart. `strips` is that of the engine.
    """

    places: Mapping[str, str]
    kinds: Mapping[str, Kind]
    textual: bool
    dated: bool = False
    strips: bool = True

    def kind(self, column: Column) -> Kind:
        """What the engine holds in the column."""
        return self.kinds[column.name]

    def parses(self, column: Column) -> bool:
        """Whether the cell is text of which a value is read: integers are then decimals, moments are microseconds."""
        kind = self.kind(column)
        text = self.textual or (self.dated and column.type in ("date", "timestamp"))
        return kind == "json" or (kind == "text" and text)

    def cell(self, column: Column) -> nw.Expr:
        """The cell as it is."""
        return nw.col(self.places[column.name])

    def type_of(self, name: str) -> Type | None:
        """The type that the engine gives the column; None for text of a textual source and types without a name here."""
        if self.textual and self.kinds[name] == "text":
            return None
        types: dict[Kind, Type] = {
            "text": "string",
            "whole": "integer",
            "big": "integer",
            "float": "number",
            "decimal": "number",
            "boolean": "boolean",
            "date": "date",
            "moment": "timestamp",
            "zoned": "timestamp",
        }
        return types.get(self.kinds[name])

    def fits(self, column: Column) -> bool:
        """Whether every value of the column is of the declared type, because the engine's own type says so."""
        kind = self.kind(column)
        if column.type is None or (self.textual and kind == "text"):
            return column.type in ("string", None)
        kinds: dict[Type, tuple[Kind, ...]] = {
            "string": ("text",),
            "integer": ("whole", "big"),
            "number": ("whole", "big", "decimal"),
            "boolean": ("boolean",),
            "date": ("date",),
            "timestamp": ("moment", "zoned"),
        }
        return kind in kinds[column.type]

    def null(self, column: Column) -> nw.Expr:
        """Whether the cell counts as null: also a blank in a declared column, and NaN."""
        cell, kind = self.cell(column), self.kind(column)
        if kind == "float":
            return cell.is_null() | cell.is_nan()
        if kind == "text" and column.type is not None:
            return cell.is_null() | (stripped(cell, BLANKS, strips=self.strips) == "")
        if kind == "json" and column.type is not None:
            return cell.is_null() | jsoncells.blank(cell)
        return cell.is_null()

    def value(self, column: Column) -> nw.Expr | None:
        """The cell as its declared type, null where it is none; None where no cell of the column is one.

        Integers of text are decimals, moments of text are microseconds since 1970.
        """
        cell, kind = self.cell(column), self.kind(column)
        if kind == "json":
            return jsoncells.value(cell, column.type)
        if self.parses(column):
            return parsed(cell, column.type, strips=self.strips)
        if self.fits(column):
            return cell
        if column.type not in ("integer", "number") or kind not in ("float", "decimal"):
            return None
        number = finite(cell) if kind == "float" else cell
        if column.type == "number":
            return number
        known = number if kind == "float" else cell.cast(nw.Float64)
        return nw.when(known == known.floor()).then(number)

    def number(self, column: Column) -> nw.Expr | None:
        """The cell as a finite float, null where it is none; None where no cell of the column is one."""
        cell, kind = self.cell(column), self.kind(column)
        if kind == "text":
            return parsed(cell, "number", strips=self.strips)
        if kind == "json":
            return jsoncells.value(cell, "number")
        if kind == "float":
            return finite(cell)
        if kind == "boolean":
            one = nw.when(cell).then(nw.lit(1)).otherwise(nw.when(~cell).then(nw.lit(0)))
            # A cast of its own: some databases take 1.0 for a decimal.
            return one.cast(nw.Float64)
        return cell.cast(nw.Float64) if kind in ("whole", "big", "decimal") else None

    def moment(self, column: Column) -> nw.Expr | None:
        """The cell as microseconds since 1970, null where it is no moment; None where no cell of the column is one."""
        value = self.value(column)
        if value is None or self.kind(column) in ("text", "json"):
            return value if column.type in ("date", "timestamp") else None
        if self.kind(column) not in ("date", "moment", "zoned"):
            return None
        return microseconds(value, clock=self.kind(column) != "date")

    def temporal(self, column: Column) -> bool:
        """Whether the column is one of moments, by its declaration or by the engine's type."""
        return column.type in ("date", "timestamp") or self.kind(column) in ("date", "moment", "zoned")

    def text(self, column: Column) -> nw.Expr:
        """The cell as text, moments as in ISO 8601 with a blank."""
        cell, kind = self.cell(column), self.kind(column)
        if kind in ("moment", "zoned"):
            cell = cell.cast(UTC)
            digits = (cell.dt.microsecond() + 1_000_000).cast(nw.String).str.slice(1, 6)
            zone = [nw.lit("+00")] if kind == "zoned" else []
            fraction = nw.concat_str([nw.lit("."), digits]).str.replace_all("[.]?0*$", "")
            return nw.concat_str([cell.dt.to_string("%Y-%m-%d %H:%M:%S"), fraction, *zone])
        if kind == "json":
            return jsoncells.text(cell)
        return cell if kind == "text" else cell.cast(nw.String)

    def present(self, column: Column) -> nw.Expr:
        """The cell, null where it counts as null; 1, 01 and +1 are one integer."""
        cell = self.cell(column)
        if self.parses(column) and column.type not in ("string", None):
            value = self.value(column)
            assert value is not None
            cell = nw.coalesce(value.cast(nw.String), cell)
        return nw.when(~self.null(column)).then(cell)

    def key(self, column: Column) -> nw.Expr:
        """`present` as text that stands for the same value in another table."""
        if self.kind(column) in ("date", "moment", "zoned") and column.type in ("date", "timestamp", None):
            moment = self.moment(column)
            assert moment is not None
            return nw.when(~self.null(column)).then(moment.cast(nw.String))
        return self.present(column).cast(nw.String)

    def match(self, column: Column) -> nw.Expr:
        """The cell as text that is the same in every format: 1, 01 and 1.0 are one number; nulls are equal texts.

        What is no value of the declared type is compared letter by letter.
        """
        text = self.present(column).cast(nw.String)
        number = self.value(column) if column.type == "integer" else self.number(column)
        if column.type in ("integer", "number") and number is not None:
            text = nw.coalesce(number.cast(WHOLE if column.type == "integer" else nw.Float64).cast(nw.String), text)
        elif column.type in ("date", "timestamp") and (moment := self.moment(column)) is not None:
            text = nw.coalesce(moment.cast(nw.String), text)
        elif column.type == "boolean" and (truth := self.value(column)) is not None:
            text = nw.coalesce(
                nw.when(truth).then(nw.lit("true")).otherwise(nw.when(~truth).then(nw.lit("false"))), text
            )
        return nw.coalesce(nw.concat_str([nw.lit("="), text]), nw.lit(""))

    def ordered(self, column: Column) -> nw.Expr | None:
        """The cell as something that has an order: a moment in microseconds, declared text as it is, else a number."""
        if self.temporal(column):
            return self.moment(column)
        if column.type == "string":
            return self.present(column)
        if self.kind(column) in ("whole", "big"):
            return self.cell(column)
        if column.type not in ("integer", "number"):
            return self.number(column)
        value = self.value(column)
        return value if value is None or column.type == "integer" else self.number(column)

    def shown(self, column: Column) -> nw.Expr:
        """The cell as a user's SQL sees it: text as its declared type, blanks of a declared column as nulls.

        A timestamp of text is still microseconds: each engine makes its own type of them.
        """
        cell = self.cell(column)
        if not (self.textual and column.type and self.kind(column) == "text"):
            return self.text(column) if self.kind(column) == "json" else cell
        if column.type == "string":
            return self.present(column)
        if column.type == "date":
            word = stripped(cell, BLANKS, strips=self.strips)
            return nw.when(word.str.contains(PATTERNS["date"])).then(word).str.to_date("%Y-%m-%d")
        value = self.value(column)
        assert value is not None
        return value


def whole(number: int) -> nw.Expr:
    """An integer of up to 38 digits as the decimal that integers of text are."""
    return nw.lit(str(number)).cast(WHOLE)


def as_whole(cell: nw.Expr) -> nw.Expr:
    """An integer of any width as a decimal."""
    return cell.cast(WHOLE)
