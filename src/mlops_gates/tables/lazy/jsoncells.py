"""Cells of JSON columns, as Narwhals expressions. Their twin in SQL is `tables.jsoncells`.

A cell is text that tells its own type by its first letter: strings keep their opening quote and nothing else of JSON's
spelling (`marked`), everything else stands as in the file. `"12` is text and `12` a number.
"""

from __future__ import annotations

import narwhals as nw

from mlops_gates.tables.asks import Type
from mlops_gates.tables.lazy.parsing import BLANKS, WHOLE, finite, parsed
from mlops_gates.tables.sql import identifier

_STRING = '^"'
_TEXT = r'^["{\[]'
_TRUTH = "^(true|false)$"
_MOST = 1e38
"""The integers of `WHOLE`, and of the default engine."""


def marked(name: str) -> str:
    """The column of that name in DuckDB's SQL, as these expressions read it."""
    cell = identifier(name)
    text = f"{cell} ->> '$'"
    return f"CASE WHEN json_type({cell}) = 'VARCHAR' THEN '\"' || ({text}) ELSE ({text}) END AS {cell}"


def text(cell: nw.Expr) -> nw.Expr:
    """The cell as text: a string without its quotes, everything else as it stands in the file."""
    return cell.str.replace_all(_STRING, "")


def value(cell: nw.Expr, type_: Type | None) -> nw.Expr:
    """The cell as its declared type, null where it is none; as by `parsing.parsed`."""
    match type_:
        case None:
            return text(cell)
        case "string":
            return text(nw.when(cell.str.contains(_TEXT)).then(cell))
        case "integer":
            number = _number(cell)
            big = nw.when((number == number.floor()) & (number.abs() < _MOST)).then(number)
            # Digits first: a float holds no more than 53 bits of them.
            return nw.coalesce(parsed(cell, "integer"), big.cast(WHOLE))
        case "number":
            return _number(cell)
        case "boolean":
            truth = nw.when(cell.str.contains(_TRUTH)).then(cell)
            return truth == "true"
        case "date" | "timestamp":
            return parsed(text(nw.when(cell.str.contains(_STRING)).then(cell)), type_)


def blank(cell: nw.Expr) -> nw.Expr:
    """Whether the cell of a declared column counts as null though it is none: a string of blanks, a NaN."""
    return (text(cell).str.strip_chars(BLANKS) == "") | (cell.str.to_lowercase() == "nan")


def _number(cell: nw.Expr) -> nw.Expr:
    number = parsed(nw.when(~cell.str.contains(_TEXT)).then(cell), "number")
    return finite(number)
