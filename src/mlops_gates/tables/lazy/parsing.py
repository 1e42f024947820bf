"""Text as values, as Narwhals expressions: the twin of `sql._parsed`.

Text is parsed in two steps: what does not look like a value becomes null, and only the rest is cast. A cast that fails
ends a query in Polars and in ANSI SQL, and each engine takes other words for values.
"""

from __future__ import annotations

import narwhals as nw
from narwhals.typing import IntoDType

from mlops_gates.tables.asks import Type

BLANKS = " \t\r\n"
_SPACES = " \t\n\v\f\r"
WHOLE = nw.Decimal(38, 0)
UTC = nw.Datetime("us", "UTC")
"""Spark takes parts of a second out of no other kind of moment."""
_MONTHS = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
_DATE = f"([0-9]{{4}}-({_MONTHS})|{_LEAP})"
_CLOCK = "(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?|24:00(:00([.]0+)?)?)"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
PATTERNS = {
    "integer": "^[+-]?0*[0-9]{1,38}$",
    "date": f"^{_DATE}$",
    "timestamp": f"^{_DATE}[T ]{_CLOCK}{_ZONE}$",
}
_DAY = 86_400 * 1_000_000
"""Microseconds."""


def microseconds(moment: nw.Expr, *, clock: bool) -> nw.Expr:
    """A date or timestamp of the engine as microseconds since 1970, in UTC."""
    wide: IntoDType = nw.Int64
    if clock:
        moment = moment.cast(UTC)
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


def finite(cell: nw.Expr) -> nw.Expr:
    """The cell as a float, null where it is none that is finite."""
    cell = cell.cast(nw.Float64)
    return nw.when(cell.is_finite()).then(cell)


def stripped(cell: nw.Expr, blanks: str, *, strips: bool) -> nw.Expr:
    """The text without `blanks` around it; by a pattern in an engine that `strips` nothing but its own blanks."""
    return cell.str.strip_chars(blanks) if strips else cell.str.replace_all(f"^[{blanks}]+|[{blanks}]+$", "")


def parsed(cell: nw.Expr, type_: Type | None, *, strips: bool = True) -> nw.Expr:
    """The text as a value of the type, null where it is none."""
    if type_ in (None, "string"):
        return cell
    word = stripped(cell, _SPACES if type_ == "number" else BLANKS, strips=strips)
    if type_ == "number":
        number = nw.when(word.str.contains(_NUMBER)).then(word).cast(nw.Float64)
        return nw.when(number.is_finite()).then(number)
    if type_ == "boolean":
        small = word.str.to_lowercase()
        return nw.when(small.is_in(["true", "false"])).then(small == "true")
    assert type_ is not None
    good = nw.when(word.str.contains(PATTERNS[type_])).then(word)
    if type_ == "integer":
        return good.str.replace_all("^([-]?)[+]?0*([0-9])", "$1$2").cast(WHOLE)
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
    """Microseconds in UTC, so that they may lie in another day; digits beyond them are cut off."""
    hour, minute = (stamp.str.slice(*part).cast(nw.Int64) for part in ((11, 2), (14, 2)))
    second = _padded(_seconds(stamp), 2).cast(nw.Int64)
    fraction = _padded(stamp.str.slice(19).str.replace_all("^[^.].*|^[.]|(Z|[+-].*)$", ""), 6).cast(nw.Int64)
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction - _ahead(stamp)


def _ahead(stamp: nw.Expr) -> nw.Expr:
    """Microseconds that the zone of a timestamp in text is ahead of UTC; 0 where it names none."""
    zone = stamp.str.slice(16).str.replace_all("^[^Z+-]*", "")
    digits = _padded(zone.str.replace_all("[^0-9]", ""), 4)
    hours, minutes = (digits.str.slice(*part).cast(nw.Int64) for part in ((0, 2), (2, 2)))
    size = (hours * 60 + minutes) * 60_000_000
    return nw.when(zone.str.starts_with("-")).then(-size).otherwise(size)
