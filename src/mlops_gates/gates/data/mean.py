"""data.mean"""

from __future__ import annotations

from pydantic import Field

from mlops_gates.gates.data.expected import Expected
from mlops_gates.gates.data.statistic import statistic_check
from mlops_gates.options import Options
from mlops_gates.tables.asks import Mean


class MeanOptions(Options):
    """`mean`"""

    mean: Expected | None = Field(
        None, description="Bounds of the mean: {min, max}, or {within: 5 %} of the reference's."
    )


CHECK = statistic_check(
    id="data.mean",
    title="Means are within their bounds",
    help="The arithmetic mean of the cells that are finite numbers. `within` is a distance from `of`, or from the "
    "reference's mean where `of` is left out.",
    remedy="Look for a changed unit, a lost sign, or another population.",
    example="data:\n  source: data/test.csv\n  columns:\n    tenure: {type: integer, mean: {min: 25, max: 40}}\n",
    options=MeanOptions,
    key="mean",
    words="mean",
    ask=Mean,
    referred=lambda profile: profile.mean,
)
