"""Makes the profile of an open table: what its columns are, then how their values are spread."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from mlops_gates.errors import CheckError
from mlops_gates.stats.tallies import PROBABILITIES, edges_around
from mlops_gates.tables.asks import (
    Column,
    Count,
    Deviation,
    Greatest,
    Histogram,
    IsNotType,
    IsNull,
    Least,
    Mean,
    Numbers,
    RoughlyDistinct,
    Spread,
    Texts,
    Type,
)
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import ColumnProfile, Kind

_AT_ONCE = 40
"""Columns that are asked for together: one SELECT for hundreds takes longer to plan than to run, and gigabytes."""

MOST_COLUMNS = 1_000
"""What a column costs grows with the width of its table: of a CSV of 2,000 they take a minute, of one of 10,000 half an
hour, or gigabytes where all are asked for at once."""

BINS = 64
MOST_VALUES = 100
"""Categories that a profile names; the rest is counted together."""

MOST_CATEGORIES = 1_000
"""A column of text with more different values holds names or notes, whose values say nothing of the next table."""

_NUMBERS_LOOKED_AT = 10_000
_FIRST_ROWS = 1_000
_TYPES: tuple[Type, ...] = ("boolean", "integer", "number", "date", "timestamp")


def columns(plan: Plan, declared: Mapping[str, Type | None], sample: int = 0) -> dict[str, ColumnProfile]:
    """The profiles of the columns `declared`, read as their type or, where it is None, as what all their cells are.

    `sample`: where a table has more rows and leaving some out spares work, spreads are those of about so many; 0: never.
    Raises CheckError as the table does.
    """
    _bounded(plan, len(declared))
    every = plan.table.every(sample) if sample else 1
    found: dict[str, ColumnProfile] = {}
    names = list(declared)
    for start in range(0, len(names), _AT_ONCE):
        found |= _some(plan, {name: declared[name] for name in names[start : start + _AT_ONCE]}, every)
    return found


def _some(plan: Plan, declared: Mapping[str, Type | None], every: int) -> dict[str, ColumnProfile]:
    types = _types(plan, declared)
    typed = {name: Column(name, types[name]) for name in declared}
    for column in typed.values():
        plan.ask([Count(IsNull(column), every), Count(IsNull(column)), RoughlyDistinct(column)])
        if column.type in ("integer", "number"):
            plan.ask([Mean(column, every), Deviation(column, every)])
        if column.type in ("integer", "number", "date", "timestamp"):
            plan.ask([Least(column), Greatest(column)])
    plan.run()
    kinds = {name: _kind(plan, column, every) for name, column in typed.items()}
    for name, column in typed.items():
        if kinds[name] == "number":
            plan.ask([_numbers(plan, column, every)])
        elif kinds[name] == "category":
            plan.ask([Texts(column, every)])
    plan.run()
    spreads = {name: _edges(plan, typed[name], every) for name, kind in kinds.items() if kind == "number"}
    plan.ask(Histogram(typed[name], bounds, every) for name, bounds in spreads.items())
    plan.run()
    return {name: _column(plan, typed[name], kinds[name], spreads.get(name, ()), every) for name in declared}


def _bounded(plan: Plan, columns: int) -> None:
    """Raises CheckError where a table has too many columns to be profiled."""
    if columns > MOST_COLUMNS:
        raise CheckError(
            f"{plan.table.source.shown} has {columns:,} columns; a profile is made of at most {MOST_COLUMNS:,}",
            next_step=f"Write the columns that the model takes, at most {MOST_COLUMNS:,}, to a table of their own and name it. "
            "A config without a reference may have rules for any number of columns.",
        )


def _types(plan: Plan, declared: Mapping[str, Type | None]) -> dict[str, Type | None]:
    """Declared types, else the engine's own, else the narrowest that all cells of the column have."""
    known = {name: type_ or plan.table.type_of(name) for name, type_ in declared.items()}
    open_ = [Column(name, type_) for name, found in known.items() if found is None for type_ in _TYPES]
    # To read every cell as every type is slow, so the first rows say which are worth it.
    begin = plan.table.scan([Count(IsNotType(column)) for column in open_], head=_FIRST_ROWS) if open_ else {}
    likely = [column for column in open_ if begin.get(Count(IsNotType(column))) == 0]
    plan.ask(Count(IsNotType(column)) for column in likely)
    if likely:
        plan.run()
    fitting = {column.name: column.type for column in reversed(likely) if plan.count(IsNotType(column)) == 0}
    return {name: found or fitting.get(name, "string") for name, found in known.items()}


def _kind(plan: Plan, column: Column, every: int) -> Kind:
    if plan.count(IsNull(column)) == plan.rows:
        return "empty"
    if column.type in ("date", "timestamp"):
        return "moment"
    if column.type in ("integer", "number"):
        # A mean is that of text too, in a table with types of its own; ends are those of values of the type.
        known = (Mean(column, every), Least(column), Greatest(column))
        return "number" if all(plan.number(one) is not None for one in known) else "empty"
    return "category" if (plan.number(RoughlyDistinct(column)) or 0) <= MOST_CATEGORIES else "text"


def _numbers(plan: Plan, column: Column, every: int) -> Numbers:
    distinct = plan.number(RoughlyDistinct(column)) or 0
    return Numbers(column, max(1, int(distinct) // _NUMBERS_LOOKED_AT), every)


def _edges(plan: Plan, column: Column, every: int) -> tuple[float, ...]:
    ends = plan.number(Least(column)), plan.number(Greatest(column))
    spread = plan.spread(_numbers(plan, column, every))
    assert ends[0] is not None and ends[1] is not None, "a column of numbers has some"
    return edges(spread, ends[0], ends[1])


def edges(spread: Spread, least: float, greatest: float) -> tuple[float, ...]:
    """Bounds of about equally full bins, finer at the ends and open beyond the range; every number where there are few."""
    numbers = [number for number, _ in spread]
    if len(numbers) <= BINS:
        return edges_around(numbers, least, greatest)
    passed = list(accumulate(count for _, count in spread))
    quantiles = [numbers[bisect_left(passed, passed[-1] * share)] for share in PROBABILITIES]
    return edges_around(quantiles, least, greatest)


def _column(plan: Plan, column: Column, kind: Kind, bounds: Sequence[float], every: int) -> ColumnProfile:
    distinct = int(plan.number(RoughlyDistinct(column)) or 0)
    if kind == "number":
        counts = plan.counts(Histogram(column, tuple(bounds), every))
        nulls = plan.count(IsNull(column), every)
        made = ColumnProfile(
            kind, column.type, nulls, sum(counts) + nulls, distinct, edges=tuple(bounds), counts=counts
        )
        mean, deviation = plan.number(Mean(column, every)), plan.number(Deviation(column, every))
        made = replace(made, mean=mean, deviation=deviation)
    elif kind == "category":
        values, nulls = plan.frequent(Texts(column, every)), plan.count(IsNull(column), every)
        looked = sum(count for _, count in values) + nulls
        rest = sum(count for _, count in values[MOST_VALUES:])
        return ColumnProfile(kind, column.type, nulls, looked, len(values), values=values[:MOST_VALUES], other=rest)
    else:
        made = ColumnProfile(kind, column.type, plan.count(IsNull(column)), plan.rows, distinct)
    return replace(made, least=_end(plan, Least(column)), greatest=_end(plan, Greatest(column)))


def _end(plan: Plan, ask: Least | Greatest) -> float | str | None:
    end = plan.answers.get(ask)
    return end if isinstance(end, int | float | str) else None
