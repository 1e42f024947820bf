"""How a cell is read, as Narwhals expressions. Its twin in SQL is `sql.Dialect`; what one says, the other says.

Text is parsed in two steps: what does not look like a value becomes null, and only the rest is cast. A cast that fails
ends a query in Polars and in ANSI SQL, and each engine takes other words for values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import narwhals as nw
from narwhals.typing import IntoDType

from mlops_gates.tables.asks import Column, Type

Kind: TypeAlias = Literal["text", "whole", "big", "float", "decimal", "boolean", "date", "moment", "zoned", "other"]
"""What the engine holds: `whole` fits 64 bits with a sign, `big` are other integers; `zoned` are moments in a zone."""

BLANKS = " \t\r\n"
_SPACES = " \t\n\v\f\r"
_WHOLE = nw.Decimal(38, 0)
_UTC = nw.Datetime("us", "UTC")
"""Spark takes parts of a second out of no other kind of moment."""
_MONTHS = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
_DATE = f"([0-9]{{4}}-({_MONTHS})|{_LEAP})"
_CLOCK = "(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?|24:00(:00([.]0+)?)?)"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
_PATTERNS = {
    "integer": "^[+-]?0*[0-9]{1,38}$",
    "date": f"^{_DATE}$",
    "timestamp": f"^{_DATE}[T ]{_CLOCK}{_ZONE}$",
}
_DAY = 86_400 * 1_000_000
"""Microseconds."""


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

    In a `textual` source a cell is what its text says; else its type is its type.
    """

    places: Mapping[str, str]
    kinds: Mapping[str, Kind]
    textual: bool

    def kind(self, column: Column) -> Kind:
        """What the engine holds in the column."""
        return self.kinds[column.name]

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
            return cell.is_null() | (cell.str.strip_chars(BLANKS) == "")
        return cell.is_null()

    def value(self, column: Column) -> nw.Expr | None:
        """The cell as its declared type, null where it is none; None where no cell of the column is one.

        Integers of text are decimals, moments of text are microseconds since 1970.
        """
        cell, kind = self.cell(column), self.kind(column)
        if self.textual and kind == "text":
            return _parsed(cell, column.type)
        if self.fits(column):
            return cell
        if column.type not in ("integer", "number") or kind not in ("float", "decimal"):
            return None
        number = _finite(cell) if kind == "float" else cell
        return number if column.type == "number" else nw.when(_is_whole(cell, kind)).then(number)

    def number(self, column: Column) -> nw.Expr | None:
        """The cell as a finite float, null where it is none; None where no cell of the column is one."""
        cell, kind = self.cell(column), self.kind(column)
        if kind == "text":
            return _parsed(cell, "number")
        if kind == "float":
            return _finite(cell)
        if kind == "boolean":
            return nw.when(cell).then(nw.lit(1.0)).otherwise(nw.when(~cell).then(nw.lit(0.0)))
        return cell.cast(nw.Float64) if kind in ("whole", "big", "decimal") else None

    def moment(self, column: Column) -> nw.Expr | None:
        """The cell as microseconds since 1970, null where it is no moment; None where no cell of the column is one."""
        value = self.value(column)
        if value is None or self.kind(column) == "text":
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
            cell = cell.cast(_UTC)
            digits = (cell.dt.microsecond() + 1_000_000).cast(nw.String).str.slice(1, 6)
            zone = [nw.lit("+00")] if kind == "zoned" else []
            fraction = nw.concat_str([nw.lit("."), digits]).str.replace_all("[.]?0*$", "")
            return nw.concat_str([cell.dt.to_string("%Y-%m-%d %H:%M:%S"), fraction, *zone])
        return cell if kind == "text" else cell.cast(nw.String)

    def present(self, column: Column) -> nw.Expr:
        """The cell, null where it counts as null; 1, 01 and +1 are one integer."""
        cell = self.cell(column)
        if self.textual and self.kind(column) == "text" and column.type not in ("string", None):
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
            text = nw.coalesce(number.cast(_WHOLE if column.type == "integer" else nw.Float64).cast(nw.String), text)
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
            return cell
        if column.type == "string":
            return self.present(column)
        if column.type == "date":
            word = cell.str.strip_chars(BLANKS)
            return nw.when(word.str.contains(_PATTERNS["date"])).then(word).str.to_date("%Y-%m-%d")
        value = self.value(column)
        assert value is not None
        return value


def whole(number: int) -> nw.Expr:
    """An integer of up to 38 digits as the decimal that integers of text are."""
    return nw.lit(str(number)).cast(_WHOLE)


def as_whole(cell: nw.Expr) -> nw.Expr:
    """An integer of any width as a decimal."""
    return cell.cast(_WHOLE)


def microseconds(moment: nw.Expr, *, clock: bool) -> nw.Expr:
    """A date or timestamp of the engine as microseconds since 1970, in UTC."""
    wide: IntoDType = nw.Int64
    if clock:
        moment = moment.cast(_UTC)
    day = _days(*(part.cast(wide) for part in (moment.dt.year(), moment.dt.month(), moment.dt.day())))
    if not clock:
        return day * _DAY
    seconds = moment.dt.hour().cast(wide) * 3600 + moment.dt.minute().cast(wide) * 60 + moment.dt.second().cast(wide)
    return day * _DAY + seconds * 1_000_000 + moment.dt.microsecond().cast(wide)


def _days(year: nw.Expr, month: nw.Expr, day: nw.Expr) -> nw.Expr:
    """Days since 1970 of the Gregorian calendar: years that begin in March, as in Hinnant, "chrono-Compatible
    Low-Level Date Algorithms"."""
    later = (month + 9) % 12
    year = nw.when(month < 3).then(year - 1).otherwise(year)
    leap = year // 4 - year // 100 + year // 400
    return year * 365 + leap + (later * 306 + 5) // 10 + day - 719_469


def _finite(cell: nw.Expr) -> nw.Expr:
    cell = cell.cast(nw.Float64)
    return nw.when(cell.is_finite()).then(cell)


def _is_whole(cell: nw.Expr, kind: Kind) -> nw.Expr:
    number = _finite(cell) if kind == "float" else cell.cast(nw.Float64)
    return number == number.floor()


def _parsed(cell: nw.Expr, type_: Type | None) -> nw.Expr:
    """The text as a value of the type, null where it is none."""
    if type_ in (None, "string"):
        return cell
    word = cell.str.strip_chars(_SPACES if type_ == "number" else BLANKS)
    if type_ == "number":
        number = nw.when(word.str.contains(_NUMBER)).then(word).cast(nw.Float64)
        return nw.when(number.is_finite()).then(number)
    if type_ == "boolean":
        small = word.str.to_lowercase()
        return nw.when(small.is_in(["true", "false"])).then(small == "true")
    assert type_ is not None
    good = nw.when(word.str.contains(_PATTERNS[type_])).then(word)
    if type_ == "integer":
        return good.str.replace_all("^([-]?)[+]?0*([0-9])", "$1$2").cast(_WHOLE)
    year, month, day = (good.str.slice(*part).cast(nw.Int64) for part in ((0, 4), (5, 2), (8, 2)))
    days = _days(year, month, day) * _DAY
    if type_ == "date":
        return days
    return days + _since_midnight(good)


def _seconds(stamp: nw.Expr) -> nw.Expr:
    """The seconds that a timestamp in text names, or no text."""
    return stamp.str.slice(16, 3).str.replace_all("^[^:].*|^:", "")


def _padded(digits: nw.Expr, width: int) -> nw.Expr:
    return nw.concat_str([digits, nw.lit("0" * width)]).str.slice(0, width)


def _since_midnight(stamp: nw.Expr) -> nw.Expr:
    """Microseconds; digits beyond them are cut off and the zone is not looked at, as by the default engine."""
    hour, minute = (stamp.str.slice(*part).cast(nw.Int64) for part in ((11, 2), (14, 2)))
    second = _padded(_seconds(stamp), 2).cast(nw.Int64)
    fraction = _padded(stamp.str.slice(19).str.replace_all("^[^.].*|^[.]|(Z|[+-].*)$", ""), 6).cast(nw.Int64)
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
