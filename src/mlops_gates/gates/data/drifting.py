"""What the checks of drift share: which columns are compared, what is asked of them, and the one comparison of all."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates import naming
from mlops_gates.errors import CheckError
from mlops_gates.findings import Chance
from mlops_gates.gates.data.cells import nearest
from mlops_gates.gates.data.scope import TableScope
from mlops_gates.options import Options
from mlops_gates.stats import drift as statistics
from mlops_gates.tables import comparing, drifted
from mlops_gates.tables.asks import Aggregate, Column, Rows
from mlops_gates.tables.driftlimits import DriftLimits
from mlops_gates.tables.profile import ColumnProfile

_SAMPLED = ("parquet", "arrow")
"""Formats of which rows can be left out at less cost than they are read."""


class Drift(DriftLimits):
    """How far a column may be from the reference, as effects. 1 switches an effect off."""

    @property
    def needs_reference(self) -> bool:
        """Drift has a direction."""
        return True


class DriftOptions(Options):
    """`drift`"""

    drift: Drift | None = Field(
        None, description="How far columns may drift from the reference: {} for the defaults, {max_psi: 0.2}, …"
    )


def asked(scope: TableScope) -> Drift | None:
    """The block's `drift`."""
    found: Drift | None = getattr(scope.options, "drift", None)
    return found


def compared(scope: TableScope) -> list[tuple[Column, ColumnProfile]]:
    """The columns that are compared, read as they were in the reference."""
    wanted = asked(scope)
    assert wanted
    names = wanted.columns or tuple(scope.reference.columns)
    for name in wanted.columns:
        if name not in scope.reference.columns:
            raise CheckError(
                f"drift.columns: {name!r} is no column of {scope.options.reference}",
                where=scope.context.line("drift", "columns"),
                next_step=nearest(name, scope.reference.columns),
            )
    return [
        (scope.referred(name), before)
        for name in names
        if name not in wanted.ignore and (before := scope.reference.columns.get(name))
    ]


def needs(scope: TableScope) -> Iterator[Aggregate | None]:
    """What the first scan is asked for, where every row is looked at; a sample is known once the table is open."""
    if asked(scope):
        yield None
        if naming.FORMATS.get(naming.suffixes(scope.options.source)[0]) not in _SAMPLED:
            scope.memo["drift every"] = 1
            yield from (ask for column, before in compared(scope) for ask in comparing.asks(column, before, 1))


def then(scope: TableScope) -> Iterator[Aggregate]:
    """What a sample of the rows is asked for, and then the names of categories that the reference does not have."""
    wanted = asked(scope)
    if not wanted:
        return
    if "drift every" not in scope.memo:
        every = scope.memo["drift every"] = scope.plan.table.every(wanted.sample)
        here = [(column, before) for column, before in compared(scope) if scope.has(column.name)]
        scope.plan.ask(
            [Rows(every=every), *(ask for column, before in here for ask in comparing.asks(column, before, every))]
        )
        scope.plan.run()
    for column, before in compared(scope):
        if scope.has(column.name):
            yield from comparing.asks_then(scope.plan, column, before, scope.memo["drift every"])


def results(scope: TableScope) -> dict[str, statistics.Drift]:
    """Every compared column that the table has, judged together, once."""
    if "drift" not in scope.memo:
        wanted = asked(scope)
        assert wanted
        every = scope.memo["drift every"]
        sides = [
            (column.name, comparing.tally(before), comparing.now(scope.plan, column, before, every))
            for column, before in compared(scope)
            if scope.has(column.name)
        ]
        found = statistics.compare(sides, drifted.limits(wanted), wanted.alpha, wanted.min_rows)
        scope.memo["drift"] = {one.column: one for one in found}
    judged: dict[str, statistics.Drift] = scope.memo["drift"]
    return judged


def chance(scope: TableScope, effect: statistics.Effect) -> Chance:
    """How often chance alone shows as much; an effect that nothing tested is never more than chance."""
    wanted = asked(scope)
    assert wanted
    p = 1.0 if effect.adjusted is None else effect.adjusted
    return Chance(p, wanted.alpha, "Benjamini–Hochberg over all columns")
