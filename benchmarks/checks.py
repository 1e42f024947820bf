"""The 61 checks as data. Every contender builds its suite from this list, so that all are asked the same.

Standard library only: it is read by the interpreters of all peers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

FLOATS = ("f1", "f2", "f3", "f4", "f5", "f6")
INTEGERS = ("i1", "i2", "i3", "i4", "i5", "i6")
WORDS = ("c1", "c2", "c3", "c4")
COLUMNS = (*FLOATS, *INTEGERS, *WORDS, "id", "moment", "flag", "target")
WITH_NULLS = ("f5", "f6", "c3", "c4")
DRIFTING = (*FLOATS, *INTEGERS, *WORDS)
"""The 16 columns whose drift is judged."""

RANGES = {
    "f1": (0, 100),
    "f2": (0, 100),
    "f3": (0, 1000),
    "f4": (0, 1000),
    "f5": (-10, 10),
    "f6": (0, 1),
    "i1": (0, 1000),
    "i2": (0, 10000),
    "i3": (0, 120),
    "i4": (0, 9),
    "i5": (0, 500),
    "i6": (0, 1_000_000),
}
SETS: dict[str, tuple[str | int, ...]] = {
    "c1": ("Athens", "Berlin", "Cairo", "Dhaka", "Edinburgh"),
    "c2": ("basic", "plus", "premium"),
    "c3": ("app", "letter", "phone", "shop"),
    "c4": ("AT", "BE", "CH", "DE", "ES", "FR", "GB", "IT"),
    "target": (0, 1),
}
PATTERN = "^K[0-9]{9}$"
WINDOW = ("2025-01-01T00:00:00", "2026-01-01T00:00:00")
LEAST_ROWS = 1000


@dataclass(frozen=True)
class Check:
    """One check. `values` are its two bounds, or its allowed values; `text` is its type or pattern."""

    kind: str
    column: str = ""
    values: tuple[str | int | float, ...] = ()
    text: str = ""

    @property
    def name(self) -> str:
        """How contenders say which check failed."""
        return f"{self.kind} {self.column}".strip()


def type_of(column: str) -> str:
    """number, integer, string, timestamp or boolean."""
    if column in FLOATS:
        return "number"
    if column in INTEGERS or column == "target":
        return "integer"
    return {"moment": "timestamp", "flag": "boolean"}.get(column, "string")


CHECKS: tuple[Check, ...] = (
    *(Check("type", name, text=type_of(name)) for name in COLUMNS),
    *(Check("nulls", name) for name in COLUMNS if name not in WITH_NULLS),
    *(Check("range", name, bounds) for name, bounds in RANGES.items()),
    *(Check("set", name, values) for name, values in SETS.items()),
    Check("regex", "id", text=PATTERN),
    Check("unique", "id"),
    Check("duplicates"),
    Check("window", "moment", WINDOW),
    Check("mean", "f1", (49.0, 51.0)),
    Check("mean", "f4", (19.0, 21.0)),
    Check("deviation", "f1", (9.5, 10.5)),
    Check("rows", values=(LEAST_ROWS, 10**12)),
)
PLANTED = ("range f2", "set c2", "unique id")
"""What is wrong with the table, and nothing else is: 5 values, 3 values, 2 ids that another row has too."""

assert len(CHECKS) == 61 and len({check.name for check in CHECKS}) == 61


def tell(version: str, failed: Iterable[str], checks: int) -> None:
    """A contender's last line of output: what it found with how many checks."""
    print(json.dumps({"version": version, "checks": checks, "failed": sorted(failed)}))


def wrong(output: str) -> str:
    """Why the last line of a contender's output is not what it had to find; empty where it is."""
    try:
        told = json.loads(output.strip().rpartition("\n")[2])
    except ValueError:
        return "it told nothing"
    if told["checks"] != len(CHECKS):
        return f"it made {told['checks']} checks"
    if tuple(told["failed"]) != PLANTED:
        return f"it found {', '.join(told['failed']) or 'nothing'}"
    return ""
