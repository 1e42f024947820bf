"""Cells of JSON columns in DuckDB's SQL: each cell tells its own type, so `"12"` is text and `12` a number.

A column is JSON where its cells are of different types; objects and arrays are text. JSON has no dates: they are text.
"""

from __future__ import annotations

from collections.abc import Callable

from mlops_gates.tables.asks import Type

_WHOLE = "('UBIGINT', 'BIGINT')"
_NUMBER = "('UBIGINT', 'BIGINT', 'DOUBLE')"


def text(cell: str) -> str:
    """The cell as text: a string without its quotes, everything else as it stands in the file."""
    return f"({cell} ->> '$')"


def value(cell: str, type_: Type | None, parsed: Callable[[str, str | None], str]) -> str:
    """The cell as its declared type, null where it is none. `parsed` reads text as a date or a timestamp."""
    kind = f"json_type({cell})"
    number = f"TRY_CAST({text(cell)} AS DOUBLE)"
    match type_:
        case None:
            return text(cell)
        case "string":
            return f"CASE WHEN {kind} IN ('VARCHAR', 'OBJECT', 'ARRAY') THEN {text(cell)} END"
        case "integer":
            whole = f"WHEN {kind} IN {_WHOLE} THEN TRY_CAST({text(cell)} AS HUGEINT)"
            also = f"WHEN {kind} = 'DOUBLE' AND isfinite({number}) AND {number} = floor({number})"
            return f"CASE {whole} {also} THEN TRY_CAST({number} AS HUGEINT) END"
        case "number":
            return f"CASE WHEN {kind} IN {_NUMBER} AND isfinite({number}) THEN {number} END"
        case "boolean":
            return f"CASE WHEN {kind} = 'BOOLEAN' THEN {text(cell)} = 'true' END"
        case "date" | "timestamp":
            return f"CASE WHEN {kind} = 'VARCHAR' THEN {parsed(text(cell), type_)} END"


def blank(cell: str) -> str:
    """Whether the cell of a declared column counts as null though it is none: a string of blanks, a NaN."""
    return f"(trim({text(cell)}, ' \t\r\n') = '' OR (json_type({cell}) = 'DOUBLE' AND lower({text(cell)}) = 'nan'))"
