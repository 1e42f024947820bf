"""What a first config is made of: the profile of a real table, and what else its columns keep to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlops_gates import profiles
from mlops_gates.tables import discretion, shapes
from mlops_gates.tables.asks import Column, Count, DoesNotMatch, Repeats
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import ColumnProfile
from mlops_gates.tables.source import Source

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
FORMATS = {
    "email": f"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}([.]{_LABEL})+$",
    "uuid": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "ipv4": "^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])([.]|$)){4}$",
    "url": "^https?://[^/?# \t\r\n]+[^ \t\r\n]*$",
}
"""What a text column may be throughout. Narrower ones than the gate's would be of no use, wider ones fail at once."""

_FEWEST = 20
"""Values from which on it means something that all of them are different, or built alike."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A table of `rows` rows. `repeats` are the rows that repeat an earlier one in all columns but the `keys`.

    In `keys` no value stands twice, and they are there to name rows; `patterns` and `formats` are what all texts of a
    column match.
    """

    rows: int
    columns: Mapping[str, ColumnProfile]
    keys: tuple[str, ...]
    patterns: Mapping[str, str]
    formats: Mapping[str, str]
    repeats: int | None


def gathered(source: Source) -> Facts:
    """Look at every row of a source. Raises CheckError where it cannot be read or has no rows."""
    table = DuckTable(source, profiles.MEMORY)
    try:
        plan = Plan(table, lambda _: None)
        columns = profiles.columns(plan)
        keys = _keys(plan, columns)
        texts = [name for name, one in columns.items() if one.type == "string" and one.distinct >= _FEWEST]
        formats = _matching(plan, columns, [(name, form, FORMATS[form]) for name in texts for form in FORMATS])
        named = [name for name in texts if name in keys or discretion.is_called_key(name)]
        wanted = [name for name in named if name not in formats]
        found = [(name, one) for name in wanted if (one := _pattern(table, name))]
        patterns = _matching(plan, columns, [(name, one, one) for name, one in found])
        return Facts(plan.rows, columns, keys, patterns, formats, _repeats(plan, columns, keys))
    finally:
        table.close()


def _keys(plan: Plan, columns: Mapping[str, ColumnProfile]) -> tuple[str, ...]:
    likely = {
        name: Count(Repeats((Column(name, one.type),)))
        for name, one in columns.items()
        # The number of different values is rough, so that nearly as many as rows may be as many.
        if one.type in ("string", "integer") and _FEWEST <= one.looked - one.nulls <= 1.2 * one.distinct
    }
    plan.ask(likely.values())
    plan.run()
    unique = {name for name, ask in likely.items() if plan.count(ask.predicate) == 0}
    return tuple(
        name
        for name in columns
        if name in unique
        and (discretion.is_key(name, columns[name], unique=True) or _built_alike(plan, name, columns[name]))
    )


def _built_alike(plan: Plan, name: str, one: ColumnProfile) -> bool:
    """Whether all texts of a unique column are one word of digits and capitals of one length, as keys without such a name."""
    table = plan.table
    if one.type != "string" or not isinstance(table, DuckTable):
        return False
    found = [shape for shape, _ in shapes.shapes(table, Column(name, one.type))]
    return len({len(shape) for shape in found}) == 1 and len(found) < shapes.MOST and all(map(_plain, found))


def _plain(shape: str) -> bool:
    return "0" in shape and not set(shape) & set(" @:a")


def _pattern(table: DuckTable, name: str) -> str | None:
    found = shapes.shapes(table, Column(name, "string"))
    return shapes.pattern([shape for shape, _ in found]) if len(found) < shapes.MOST else None


def _matching(
    plan: Plan, columns: Mapping[str, ColumnProfile], tries: Sequence[tuple[str, str, str]]
) -> dict[str, str]:
    """The first thing to say of each column whose pattern all of its texts match."""
    asks = [(name, said, DoesNotMatch(Column(name, columns[name].type), one)) for name, said, one in tries]
    plan.ask(Count(ask) for _, _, ask in asks)
    plan.run()
    return {name: said for name, said, ask in reversed(asks) if plan.count(ask) == 0}


def _repeats(plan: Plan, columns: Mapping[str, ColumnProfile], keys: Sequence[str]) -> int | None:
    rest = tuple(Column(name, one.type) for name, one in columns.items() if name not in keys)
    if len(rest) < 2:
        return None
    plan.ask([Count(Repeats(rest, nulls_equal=True))])
    plan.run()
    return plan.count(Repeats(rest, nulls_equal=True))
