"""Facts of a table as the rules of a data block, each with the words that explain it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mlops_gates.initial import numbers
from mlops_gates.initial.facts import Facts
from mlops_gates.tables import shapes
from mlops_gates.tables.profile import ColumnProfile

Value: TypeAlias = str | bool | int | float | list["Value"] | dict[str, "Value"]
_MOST_ALLOWED = 50
_PERIOD = re.compile(r"(19|20)[0-9]{2}([-/. ]?[QWHS]?[0-9]{1,2})?")
"""A year, a month, a quarter or a week."""

_FEWEST = 5
"""Rows that each category must have for all of them to be listed."""

_ENOUGH = 20
"""Rows of the rarest category from which on there is hardly a rarer one that this table lacks; two are no such list."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One key with its value, and why it is so."""

    key: str
    value: Value
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The keys of a block, and those of each column."""

    block: tuple[Rule, ...]
    columns: dict[str, tuple[Rule, ...]]

    def without(self, column: str | None, keys: Collection[str]) -> Rules:
        """The rules less some keys: of a column, or of the block."""
        if column is None:
            return Rules(tuple(rule for rule in self.block if rule.key not in keys), self.columns)
        kept = tuple(rule for rule in self.columns[column] if rule.key not in keys)
        return Rules(self.block, self.columns | {column: kept})


def of(facts: Facts, block_keys: Collection[str], column_keys: Collection[str], *, lean: bool) -> Rules:
    """The rules for a table, of keys that this version of the gate knows; `lean`: types and nulls alone."""
    columns = {}
    for name, one in facts.columns.items():
        rules = list(_basics(one, facts)) if lean else list(_column(name, one, facts))
        columns[name] = tuple(rule for rule in rules if rule.key in column_keys)
    return Rules(tuple(rule for rule in _block(facts, columns) if rule.key in block_keys), columns)


def _block(facts: Facts, columns: dict[str, tuple[Rule, ...]]) -> Iterator[Rule]:
    yield Rule("rows", {"min": max(1, facts.rows // 2)}, f"half of the {facts.rows:,} rows that there are now")
    yield Rule("schema", {"extra": "forbid"}, "a column that is not named below fails; names below must be there")
    if facts.repeats is not None and (share := numbers.share_at_most(facts.repeats, facts.rows)) <= 0.2:
        limit: dict[str, Value] = {"limit": numbers.percent(share)}
        if facts.keys:
            limit["ignore"] = list(facts.keys)
        yield Rule("duplicates", limit, f"{facts.repeats:,} rows repeat another one now")
    rules = [rule for some in columns.values() for rule in some if rule.key not in ("mean", "std", "tolerate")]
    if rules:
        lost = sum(numbers.share_at_most(one.nulls, facts.rows) for one in facts.columns.values() if one.nulls)
        lost += numbers.share_at_most(facts.repeats, facts.rows) if facts.repeats else 0
        least = int((1 - lost / len(rules) - 0.002) * 1000) / 1000
        yield Rule("min_quality_score", max(0.0, least), "the share of cells that keep their rules")


def _column(name: str, one: ColumnProfile, facts: Facts) -> Iterator[Rule]:
    yield from _basics(one, facts)
    if name in facts.keys:
        yield Rule("unique", True)
    if name in facts.patterns:
        yield Rule("pattern", facts.patterns[name])
    if name in facts.formats:
        yield Rule("format", facts.formats[name])
    if one.kind == "category" and one.type == "string" and name not in {**facts.patterns, **facts.formats}:
        yield from _categories(one)
    if one.kind == "moment":
        yield Rule("min", numbers.earliest(one))
    if one.kind == "number":
        yield from _numbers(one, key=name in facts.keys)


def _basics(one: ColumnProfile, facts: Facts) -> Iterator[Rule]:
    if one.kind == "empty":
        return
    if one.type:
        yield Rule("type", one.type)
    nulls: Value = numbers.percent(numbers.share_at_most(one.nulls, facts.rows)) if one.nulls else 0
    if nulls not in ("100 %",):
        yield Rule("nulls", nulls, f"{one.nulls:,} now" if one.nulls else "")


def _categories(one: ColumnProfile) -> Iterator[Rule]:
    counts = [count for _, count in one.values]
    if one.other or len(counts) > _MOST_ALLOWED or min(counts, default=0) < _FEWEST:
        return
    if sum(counts) < 10 * len(counts):
        return
    if all(_PERIOD.fullmatch(value) for value, _ in one.values):
        if built := shapes.pattern([re.sub("[0-9]", "0", value) for value, _ in one.values]):
            yield Rule("pattern", built, "periods: the next table has others")
        return
    yield Rule("allowed", [value for value, _ in one.values])
    if min(counts) < _ENOUGH and len(counts) > 2:
        limit = numbers.percent(numbers.share_at_most(0, one.looked))
        yield Rule("tolerate", {"allowed": limit}, "there may be values as rare that this file lacks")


def _numbers(one: ColumnProfile, *, key: bool) -> Iterator[Rule]:
    whole = _whole if one.type == "integer" else float
    if one.type == "integer" and one.distinct <= 2 and not key and min(filter(None, one.counts)) >= _FEWEST:
        found = [edge for edge, count in zip(one.edges, one.counts, strict=False) if count]
        if len(found) == 2:
            yield Rule("allowed", [int(value) for value in found])
            return
    low, high = numbers.reach(one)
    yield Rule("min", _plain(whole(low)))
    if key:
        return
    yield Rule("max", _plain(whole(high)))
    if intervals := numbers.moments(one):
        (low, high), (narrow, wide) = intervals
        yield Rule("mean", {"min": _plain(low), "max": _plain(high)})
        yield Rule("std", {"min": _plain(narrow), "max": _plain(wide)})


_whole: Callable[[float], float] = round


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)
