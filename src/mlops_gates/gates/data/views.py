"""How the columns of a table look: facts, and their spread beside that of the reference, for people to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gates.findings import ColumnView
from mlops_gates.gates.data import drifting
from mlops_gates.gates.data.cells import percent
from mlops_gates.gates.data.numbers import told
from mlops_gates.gates.data.scope import TableScope
from mlops_gates.tables.asks import Column, Count, Counts, Deviation, Distinct, Histogram, IsNull, Mean
from mlops_gates.tables.profile import ColumnProfile

BARS = 12
MOST = 200
"""Columns that are shown; more would hide those that matter."""


def columns(scope: TableScope) -> Iterator[ColumnView]:
    """A view of each column that the config or the reference knows, in the order of the table."""
    before = scope.reference.columns if drifting.asked(scope) and "reference" in vars(scope) else {}
    names = [name for name in scope.plan.table.columns if name in scope.options.columns or name in before]
    for name in names[:MOST]:
        column = scope.referred(name) if before else scope.column(name)
        shares, reference = _spread(scope, column, before.get(name))
        kind = before[name].kind if name in before else column.type or scope.plan.table.type_of(name) or "text"
        yield ColumnView(name, kind, scope.rows, tuple(_facts(scope, name, column)), shares, reference)


def _facts(scope: TableScope, name: str, column: Column) -> Iterator[tuple[str, str]]:
    answers = scope.plan.answers
    for one in {column, scope.column(name)}:
        nulls = answers.get(Count(IsNull(one)))
        if isinstance(nulls, int):
            yield "nulls", f"{nulls:,} ({percent(nulls / scope.rows)})" if nulls and scope.rows else "0"
            break
    for words, ask in (("mean", Mean(column)), ("std", Deviation(column)), ("distinct", Distinct(column))):
        value = answers.get(ask)
        if isinstance(value, int | float):
            yield words, told(value)
    drift = scope.memo.get("drift", {}).get(name)
    if drift and drift.worst:
        yield "drift", f"{drift.worst.name} {drift.worst.value:.2g}{' (drifted)' if drift.drifted else ''}"


def _spread(
    scope: TableScope, column: Column, before: ColumnProfile | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Shares of the rows in at most `BARS` bins, of the table and of the reference."""
    every = scope.memo.get("drift every", 1)
    if before is None or not before.looked:
        return (), ()
    if before.kind == "number":
        now: Sequence[int] = _counts(scope, Histogram(column, before.edges, every))
        then: Sequence[int] = before.counts
        pairs = _joined(now, then)
    elif before.kind == "category":
        known = tuple(value for value, _ in before.values)
        now = _counts(scope, Counts(column, known, every))
        pairs = list(zip(now, [count for _, count in before.values], strict=bool(now)))[:BARS]
    else:
        return (), ()
    totals = [max(1, sum(now)), max(1, sum(count for _, count in pairs))]
    return tuple(a / totals[0] for a, _ in pairs), tuple(b / totals[1] for _, b in pairs)


def _counts(scope: TableScope, ask: Histogram | Counts) -> tuple[int, ...]:
    return scope.plan.counts(ask) if ask in scope.plan.answers else ()


def _joined(now: Sequence[int], then: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring bins together, so that about `BARS` remain with about equally many rows of the reference."""
    pairs: list[tuple[int, int]] = []
    total, here, before, passed = sum(then), 0, 0, 0
    for a, b in zip(now, then, strict=False):
        here, before, passed = here + a, before + b, passed + b
        if total and passed * BARS >= total * (len(pairs) + 1):
            pairs.append((here, before))
            here = before = 0
    return [*pairs, (here, before)] if here or before else pairs
