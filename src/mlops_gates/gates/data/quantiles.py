"""data.quantiles"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, field_validator

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Measurement
from mlops_gates.gates.data.expected import Expected
from mlops_gates.gates.data.scope import TableScope
from mlops_gates.gates.data.statistic import measured
from mlops_gates.options import Options
from mlops_gates.tables.asks import Column, Quantile
from mlops_gates.tables.profile import ColumnProfile, quantile


class QuantileOptions(Options):
    """`quantiles`"""

    quantiles: dict[str, Expected] | None = Field(
        None, description="Bounds of quantiles: {0.5: {min, max}}, each named by its share from 0 to 1."
    )

    @field_validator("quantiles")
    @classmethod
    def _shares(cls, wanted: dict[str, Expected] | None) -> dict[str, Expected] | None:
        for share in wanted or ():
            try:
                fits = 0 <= float(share) <= 1
            except ValueError:
                fits = False
            if not fits:
                raise ValueError(f"{share!r} is no share from 0 to 1")
        return wanted


def _wanted(scope: TableScope) -> Iterator[tuple[Column, str, Expected]]:
    for column, shares in scope.declared("quantiles"):
        assert isinstance(shares, dict)
        yield from ((column, share, wanted) for share, wanted in shares.items())


def _body(scope: TableScope) -> Iterator[Measurement]:
    here = [one for one in _wanted(scope) if scope.has(one[0].name)]
    if not here:
        raise Skip("the table has none of its columns")
    for column, share, wanted in here:

        def referred(profile: ColumnProfile, at: float = float(share)) -> float | None:
            return quantile(profile, at)

        value = scope.plan.number(Quantile(column, float(share)))
        yield measured(
            scope, CHECK.id, column.name, "quantile", wanted, value, "quantiles", referred, CHECK.remedy, share
        )


CHECK: Check[TableScope] = Check(
    id="data.quantiles",
    title="Quantiles are within their bounds",
    help="The quantile of the cells that are finite numbers, interpolated linearly (0.5 is the median). It needs eight bytes "
    "of memory per row and column. `within` as by `mean`; a profile knows its quantiles to within one of about 70 bins.",
    remedy="Look for a tail that grew, values that were clipped, or another population.",
    example="data:\n  source: data/test.csv\n  columns:\n    tenure: {type: integer, quantiles: {0.5: {min: 20, max: 40}}}\n",
    options=QuantileOptions,
    at="column",
    needs=lambda scope: [Quantile(column, float(share)) for column, share, _ in _wanted(scope)],
    body=_body,
)
