"""The test data beside the reference, column by column in the same bins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mlops_gates.errors import CheckError
from mlops_gates.gates.model.distribution_options import Distribution
from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.stats import drift
from mlops_gates.tables import comparing, profiling
from mlops_gates.tables import profile as profiles
from mlops_gates.tables.asks import Column, Rows
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import ColumnProfile, Profile
from mlops_gates.tables.source import open_source

_SAMPLE = 200_000
"""Rows that spreads are made of where a larger table can leave some out: a share is then known to within 0.2 %."""


def compared(scope: ModelScope, wanted: Distribution) -> tuple[drift.Drift, ...]:
    """Every feature that the reference has, judged together. Raises CheckError when a table cannot be read.

    Dates are not compared, text of many values by its missing cells only.
    """
    names = [one.name for one in scope.frame.columns if one.name not in wanted.ignore]
    before = {name: one for name, one in _reference(scope).columns.items() if name in names and one.kind != "moment"}
    limits = drift.Limits(
        wasserstein=wanted.max_wasserstein,
        ks=wanted.max_ks,
        js=wanted.max_js,
        psi=wanted.max_psi,
        nulls=wanted.max_nulls,
        unseen=wanted.max_unseen,
    )
    if not before:
        return ()
    with scope.context.reading(scope.options.data, "data"), _opened(scope, scope.options.data) as table:
        plan, every = Plan(table, scope.context.repository_file), table.every(_SAMPLE)
        columns = {name: Column(name, one.type) for name, one in before.items()}
        plan.ask([Rows(every=every)])
        plan.ask(ask for name, one in before.items() for ask in comparing.asks(columns[name], one, every))
        plan.run()
        plan.ask(ask for name, one in before.items() for ask in comparing.asks_then(plan, columns[name], one, every))
        plan.run()
        sides = [
            (name, comparing.tally(one), comparing.now(plan, columns[name], one, every)) for name, one in before.items()
        ]
    return drift.compare(sides, limits, drift.ALPHA, wanted.min_rows)


def _reference(scope: ModelScope) -> Profile:
    """The stored profile, or one made of the table, whose columns are read as the features are."""
    name = scope.options.reference
    assert name, "asked of a block without a reference"
    with scope.context.reading(name, "reference"):
        if profiles.is_profile(scope.context.workdir / name):
            found = profiles.load(scope.context.workdir / name, name)
        else:
            scope.context.advance(f"profiling {name}")
            with _opened(scope, name) as table:
                plan = Plan(table, scope.context.repository_file)
                plan.ask([Rows()])
                plan.run()
                features = {one.name: one for one in scope.frame.columns if one.name in table.columns}
                columns: dict[str, ColumnProfile] = {}
                if plan.rows and features:
                    columns = profiling.columns(plan, dict.fromkeys(features), _SAMPLE)
                found = Profile(name, "", plan.rows, columns)
        if not found.rows:
            raise CheckError(
                f"{name} has no rows, so nothing can be compared with it",
                next_step="Look at the step that writes it.",
            )
        return found


@contextmanager
def _opened(scope: ModelScope, name: str) -> Iterator[DuckTable]:
    options, context = scope.options, scope.context
    source = open_source(context.workdir / name, name, options.null_values, options.delimiter)
    table = DuckTable(source, context.memory)
    try:
        context.on_cancel(table.interrupt)
        yield table
    finally:
        table.close()
