"""The test data beside the reference, column by column in the same bins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, cast

from mlops_gates.errors import CheckError
from mlops_gates.gates.model.distribution_options import Distribution
from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.models import spread
from mlops_gates.stats import drift
from mlops_gates.tables import asks, comparing, drifted
from mlops_gates.tables import profile as profiles
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.profile import ColumnProfile
from mlops_gates.tables.source import open_source
from mlops_gates.tables.sql import identifier
from mlops_gates.worker.job import Column

_SAMPLE = 200_000
"""Rows that are looked at of a Parquet file that has more: a share is then known to within 0.2 %."""
_CELLS = 10_000_000
"""Cells of the reference that are in memory at once."""


def compared(scope: ModelScope, wanted: Distribution) -> tuple[drift.Drift, ...]:
    """Every feature that the reference has, judged together. Raises CheckError when it cannot be read.

    Dates of a stored profile are not compared, text of many values by its missing cells only.
    """
    features = [one for one in scope.frame.columns if one.name not in wanted.ignore]
    before = _reference(scope, features)
    limits = drifted.limits(wanted)
    sides = [
        (one.name, spread.spelled_like(one, comparing.tally(was)), spread.beside(one, was))
        for one in features
        if (was := before.get(one.name)) and was.kind != "moment"
    ]
    return drift.compare(sides, limits, wanted.alpha, wanted.min_rows)


def _reference(scope: ModelScope, features: Sequence[Column]) -> Mapping[str, ColumnProfile]:
    """The columns of the stored profile, or of the table, read as the features are."""
    name, context = scope.options.reference, scope.context
    assert name, "asked of a block without a reference"
    with context.reading(name, "reference"):
        if profiles.is_profile(context.workdir / name):
            found = profiles.load(context.workdir / name, name)
            rows, columns = found.rows, found.columns
        else:
            context.advance(f"reading {name}")
            source = open_source(context.workdir / name, name, scope.options.null_values, scope.options.delimiter)
            with closing(DuckTable(source, context.memory)) as table:
                context.on_cancel(table.interrupt)
                rows = cast("int", table.scan([asks.Rows()])[asks.Rows()])
                columns = dict(_profiles(table, [one for one in features if one.name in table.columns], rows))
        if not rows:
            raise CheckError(
                f"{name} has no rows, so nothing can be compared with it",
                next_step="Look at the step that writes it.",
            )
        return columns


def _profiles(table: DuckTable, features: Sequence[Column], rows: int) -> Iterator[tuple[str, ColumnProfile]]:
    every = table.every(_SAMPLE)
    where = f"WHERE hash(file_index, file_row_number) % {every} = 0" if every > 1 else ""
    many = max(1, _CELLS * every // max(1, rows))
    for start in range(0, len(features), many):
        some = features[start : start + many]
        arrays = table.column_arrays([f"{_selected(table, one)} AS {identifier(one.name)}" for one in some], where)
        for one in some:
            yield one.name, spread.profiled(_column(one, arrays[one.name]))


def _selected(table: DuckTable, one: Column) -> str:
    """The cells as the feature's kind; what is none is missing, so that words among numbers do not vanish."""
    if one.kind == "string":
        cell = identifier(one.name)
        return cell if table.columns[one.name] == "VARCHAR" else f"CAST({cell} AS VARCHAR)"
    if one.kind == "bool":
        return f"CAST({table.dialect.value(asks.Column(one.name, 'boolean'))} AS BOOLEAN)"
    return f"CAST({table.dialect.value(asks.Column(one.name, 'number'))} AS DOUBLE)"


def _column(one: Column, array: Any) -> Column:
    import numpy as np

    nulls, values = np.ma.getmaskarray(array), np.ma.getdata(array)
    if one.kind == "string":
        values = values.astype(object)
        values[nulls] = None
    return Column(one.name, one.kind if one.kind in ("string", "bool") else "float64", values, nulls)
