"""data.outliers"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.errors import Inconclusive
from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import NONE, CellRule, TableScope, cell_rule
from mlops_gates.options import Number, Options, TiersOf
from mlops_gates.tables.asks import Column, IsOutside, Quantile
from mlops_gates.tables.profile import quantile


class Outliers(Options):
    """Tukey's fences and how many values may lie beyond them."""

    factor: Number = Field(3.0, description="How many interquartile ranges beyond the quartiles a value may lie.", gt=0)
    tolerate: TiersOf = Field(NONE, description="How many values may lie beyond: a count, a share, or two tiers.")


class OutlierOptions(Options):
    """`outliers`"""

    outliers: Outliers | None = Field(
        None, description="How many values may lie far beyond the quartiles: {factor: 3, tolerate: 1 %}."
    )


def _quartiles(scope: TableScope) -> Iterator[Quantile | None]:
    for column, _ in scope.declared("outliers"):
        yield None
        if not _referred(scope, column):
            yield from (Quantile(column, share) for share in (0.25, 0.75))


def _referred(scope: TableScope, column: Column) -> tuple[float, float] | None:
    """The quartiles of the reference, where there is one that knows the column."""
    if not scope.options.reference or column.name not in scope.reference.columns:
        return None
    found = [quantile(scope.reference.columns[column.name], share) for share in (0.25, 0.75)]
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, wanted in scope.declared("outliers"):
        if not scope.has(column.name):
            continue
        assert isinstance(wanted, Outliers)
        low, high = _referred(scope, column) or (scope.plan.number(Quantile(column, share)) for share in (0.25, 0.75))
        if low is None or high is None or low == high:
            raise Inconclusive(
                f"{column.name}: the quartiles are "
                + ("not known" if low is None else "equal, so nothing has a distance"),
                where=scope.context.line("columns", column.name, "outliers"),
                next_step="Set `min` and `max` for this column.",
            )
        reach = wanted.factor * (high - low)
        rule = IsOutside(Column(column.name, column.type or "number"), low - reach, high + reach)
        words = f"more than {wanted.factor:g} interquartile ranges beyond the quartiles"
        one, many = f"value {words}", f"values {words}"
        yield cell_rule(scope, CHECK.id, column, rule, "outliers", one, many, CHECK.remedy, wanted.tolerate)


CHECK = cell_check(
    id="data.outliers",
    title="Few values lie far from the others",
    help="Tukey's fences: a value is an outlier when it lies more than `factor` interquartile ranges below the first or "
    "above the third quartile; 1.5 marks 0.7 % of a normal distribution, 3 marks 2 in a million. The quartiles are those of "
    "the reference where there is one, so that many outliers cannot hide themselves; else of the data, which costs eight "
    "bytes of memory per row. Where the quartiles are equal it is inconclusive.",
    remedy="Look at the rows named here: a lost decimal point, another unit, a sentinel such as 99999?",
    example="data:\n  source: data/test.csv\n  columns:\n"
    "    MonthlyCharges: {type: number, outliers: {factor: 3, tolerate: 0.1 %}}\n",
    options=OutlierOptions,
    rules=_quartiles,
    then=_rules,
)
