"""A column beside its profile in a reference: what is asked of a table so that both are counted in the same bins."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.stats.tallies import Categories, Numbers, Tally
from mlops_gates.tables.asks import (
    Aggregate,
    Column,
    Count,
    Counts,
    Deviation,
    Frequencies,
    Greatest,
    Histogram,
    IsNull,
    Least,
    Mean,
    Rows,
)
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import ColumnProfile

MOST_NEW = 1_000


def asks(column: Column, before: ColumnProfile, every: int) -> Iterator[Aggregate]:
    """The first questions; `Rows(every)` is asked besides."""
    yield Count(IsNull(column), every)
    if before.kind == "number":
        yield Histogram(column, before.edges, every)
        yield from (ask(column, every) for ask in (Mean, Deviation, Least, Greatest))
    elif before.kind == "category":
        yield Counts(column, tuple(value for value, _ in before.values), every)


def asks_then(plan: Plan, column: Column, before: ColumnProfile, every: int) -> Iterator[Aggregate]:
    """What follows from the first answers: the names of categories that the reference does not have."""
    if before.kind == "category" and not before.other and _unlisted(plan, column, before, every):
        yield Frequencies(column, MOST_NEW, tuple(value for value, _ in before.values), every)


def tally(before: ColumnProfile) -> Tally:
    """A column of the reference as counts."""
    if before.kind == "number":
        least, greatest = (end if isinstance(end, int | float) else None for end in (before.least, before.greatest))
        return Numbers(before.edges, before.counts, before.nulls, before.mean, before.deviation, least, greatest)
    if before.kind == "category":
        return Categories(before.values, before.other, before.nulls)
    return Categories((), before.looked - before.nulls, before.nulls)


def now(plan: Plan, column: Column, before: ColumnProfile, every: int) -> Tally:
    """The column of the table as counts, once both kinds of questions are answered."""
    if before.kind == "number":
        counts = plan.counts(Histogram(column, before.edges, every))
        mean, deviation = plan.number(Mean(column, every)), plan.number(Deviation(column, every))
        ends = [plan.number(ask(column, every)) for ask in (Least, Greatest)]
        # A cell that is no number is missing among them, like a null: words must not vanish.
        return Numbers(before.edges, counts, _looked(plan, every) - sum(counts), mean, deviation, *ends)
    nulls = plan.count(IsNull(column), every)
    if before.kind != "category":
        return Categories((), _looked(plan, every) - nulls, nulls)
    known = tuple(value for value, _ in before.values)
    counted = [(value, n) for value, n in zip(known, plan.counts(Counts(column, known, every)), strict=True) if n]
    rest = _unlisted(plan, column, before, every)
    if rest and not before.other:
        new = plan.frequent(Frequencies(column, MOST_NEW, known, every))
        counted += new
        rest -= sum(count for _, count in new)
    return Categories(tuple(counted), max(0, rest), nulls)


def _looked(plan: Plan, every: int) -> int:
    """Rows that are looked at."""
    return int(plan.number(Rows(every=every)) or 0)


def _unlisted(plan: Plan, column: Column, before: ColumnProfile, every: int) -> int:
    """Rows looked at with a value that the reference does not list."""
    counts = plan.counts(Counts(column, tuple(value for value, _ in before.values), every))
    return _looked(plan, every) - plan.count(IsNull(column), every) - sum(counts)
