"""data.outliers"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import NONE, CellRule, TableScope, cell_rule
from mlops_gates.options import Options, TiersOf
from mlops_gates.tables.asks import Column, IsOutside, Quantile
from mlops_gates.tables.profile import quantile


class Outliers(Options):
    """Tukey's fences and how many values may lie beyond them."""

    factor: float = Field(3.0, description="How many interquartile ranges beyond the quartiles a value may lie.", gt=0)
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


def _fences(scope: TableScope, column: Column, wanted: Outliers) -> tuple[float, float] | str:
    """The least and the largest value that is no outlier; or why there are none."""
    low, high = _referred(scope, column) or (scope.plan.number(Quantile(column, share)) for share in (0.25, 0.75))
    if low is None or high is None:
        return "no cell is a number"
    if low == high:
        return "the quartiles are equal, so nothing has a distance"
    reach = wanted.factor * (high - low)
    return low - reach, high + reach


def _unfenced(scope: TableScope) -> Iterator[Measurement]:
    """The columns in which nothing can be an outlier; the others are judged all the same."""
    for column, wanted in scope.declared("outliers"):
        assert isinstance(wanted, Outliers)
        if scope.has(column.name) and isinstance(why := _fences(scope, column, wanted), str):
            yield Measurement(
                rule=CHECK.id,
                subject=column.name,
                name="outliers",
                value=None,
                text="outliers not counted",
                reason=why,
                limit=Limit(None, None, "", scope.context.line("columns", column.name, "outliers")),
                remedy="Set `min` and `max` for this column.",
            )


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
        fences = _fences(scope, column, wanted)
        if isinstance(fences, str):
            continue
        # Of the column as it is declared: without a type an infinity, or a word that is no number, is beyond them too.
        rule = IsOutside(column, *fences)
        words = f"more than {wanted.factor:g} interquartile ranges beyond the quartiles"
        one, many = f"value {words}", f"values {words}"
        yield cell_rule(scope, CHECK.id, column, rule, "outliers", one, many, CHECK.remedy, wanted.tolerate)


CHECK = cell_check(
    id="data.outliers",
    title="Few values lie far from the others",
    help="Tukey's fences: a value is an outlier when it lies more than `factor` interquartile ranges below the first or "
    "above the third quartile; 1.5 marks 0.7 % of a normal distribution, 3 marks 2 in a million. The quartiles are those of "
    "the reference where there is one, so that many outliers cannot hide themselves; else of the data, which costs eight "
    "bytes of memory per row. A column whose quartiles are equal is inconclusive. In a column without a declared type a "
    "word that is no number is an outlier.",
    remedy="Look at the rows named here: a lost decimal point, another unit, a sentinel such as 99999?",
    example="data:\n  source: data/test.csv\n  columns:\n"
    "    MonthlyCharges: {type: number, outliers: {factor: 3, tolerate: 0.1 %}}\n",
    options=OutlierOptions,
    rules=_quartiles,
    then=_rules,
    besides=_unfenced,
)
