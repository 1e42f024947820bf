"""How the texts of a column are built: which kinds of characters stand where. A shape holds no letter and no digit of a value.

`A` stands for a capital letter, `a` for a small one or any character beyond ASCII, `0` for a digit; what else there is in
ASCII (`-`, `@`, a blank) stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from string import ascii_lowercase, ascii_uppercase, digits

from mlops_gates.tables import reading
from mlops_gates.tables.asks import Column
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.sql import literal

Shapes = tuple[tuple[str, int], ...]
"""Shapes with the rows that have them, most frequent first."""

MOST = 1_000
_FROM = ascii_uppercase + ascii_lowercase + digits
_TO = "A" * 26 + "a" * 26 + "0" * 10
_ADDRESS = "[0-9]{1,3}([.][0-9]{1,3}){3}"
_CLASSES = {"A": "[A-Z]", "a": "[a-z]", "0": "[0-9]", "X": "[0-9A-Z]", "x": "[0-9a-z]", "w": "[0-9A-Za-z]"}
_COARSER: tuple[dict[str, str], ...] = ({}, {"A": "X", "0": "X"}, {"a": "x", "0": "x"}, {"A": "w", "a": "w", "0": "w"})


def shapes(table: DuckTable, column: Column, most: int = MOST) -> Shapes:
    """The `most` commonest shapes of the cells that are not null, equal ones by shape. Raises CheckError."""
    text = f"translate({table.dialect.text(column)}, {literal(_FROM)}, {literal(_TO)})"
    return _counted(table, column, f"regexp_replace({text}, '[^ -~]', 'a', 'g')", most)


def ends(table: DuckTable, column: Column) -> tuple[str, str]:
    """What all cells that are not null begin with, and what they end with. Raises CheckError."""
    text, where = table.dialect.text(column), f"WHERE NOT {table.dialect.null(column)}"
    asked = f"min({text}), max({text}), min(reverse({text})), max(reverse({text}))"
    first, last, back, front = (
        one or "" for one in table.rows_of(f"SELECT {asked} FROM {_relation(table)} {where}")[0]
    )
    # The texts between the first and the last in order share what these two share.
    begin, end = _shared(first, last), _shared(back, front)[::-1]
    return begin, end if len(begin) + len(end) < min(len(first), len(last)) else ""


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def alphabet(table: DuckTable, column: Column) -> str:
    """What the cells are written in: `address` (all IPv4), `hexadecimal` (no letter behind f) or nothing of these."""
    text, where = table.dialect.text(column), f"WHERE NOT {table.dialect.null(column)}"
    asked = f"bool_and(regexp_full_match({text}, {literal(_ADDRESS)})), bool_or(regexp_matches({text}, '[g-zG-Z]'))"
    address, behind = table.rows_of(f"SELECT {asked} FROM {_relation(table)} {where}")[0]
    return "address" if address else "" if behind else "hexadecimal"


def decimals(table: DuckTable, column: Column) -> int:
    """The most digits that stand behind a point of the cells, as they are written; 17 for an exponent. Raises CheckError."""
    text = f"trim({table.dialect.text(column)})"
    places = f"CASE WHEN {text} SIMILAR TO '.*[eE].*' THEN 17 ELSE length(split_part({text}, '.', 2)) END"
    rows = table.rows_of(f"SELECT max({places}) FROM {_relation(table)} WHERE NOT {table.dialect.null(column)}")
    return int(rows[0][0] or 0)


def _counted(table: DuckTable, column: Column, shape: str, most: int) -> Shapes:
    rows = table.rows_of(
        f"SELECT {shape}, count(*) FROM {_relation(table)} WHERE NOT {table.dialect.null(column)} "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {int(most)}"
    )
    return tuple((str(one), int(count)) for one, count in rows)


def _relation(table: DuckTable) -> str:
    return reading.clause(table.source)


@dataclass(frozen=True, slots=True)
class _Run:
    kind: str
    least: int
    most: int

    @property
    def pattern(self) -> str:
        if self.kind not in _CLASSES:
            one = self.kind if re.fullmatch(r"[ !\"#%&',/:;<=>@_`~QWHS-]", self.kind) else f"[{_escaped(self.kind)}]"
            return one * self.least if self.least == self.most else f"{one}+"
        if self.least == self.most:
            return _CLASSES[self.kind] + (f"{{{self.least}}}" if self.least > 1 else "")
        return f"{_CLASSES[self.kind]}+"


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "\\]^[" else character


def pattern(found: Sequence[str]) -> str | None:
    """The narrowest anchored pattern of runs that has all of these shapes; None where they are not built alike.

    It is read the same way by RE2, Rust and Java: classes, counts and `+` only. A run is of an exact length, or of any.
    Letters beyond ASCII have the shape of small ones and do not match it: ask the table whether all cells do.
    """
    if not found:
        return None
    for coarser in _COARSER:
        runs = [_runs("".join(coarser.get(c, c) for c in one)) for one in found]
        kinds = {tuple(kind for kind, _ in one) for one in runs}
        if len(kinds) == 1 and runs[0]:
            merged = [
                _Run(kind, min(one[place][1] for one in runs), max(one[place][1] for one in runs))
                for place, (kind, _) in enumerate(runs[0])
            ]
            return f"^{''.join(run.pattern for run in merged)}$"
    return None


def _runs(shape: str) -> list[tuple[str, int]]:
    return [(kind, len(list(some))) for kind, some in groupby(shape)]
