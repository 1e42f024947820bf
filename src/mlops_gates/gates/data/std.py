"""data.std"""

from __future__ import annotations

from pydantic import Field

from mlops_gates.gates.data.expected import Expected
from mlops_gates.gates.data.statistic import statistic_check
from mlops_gates.options import Options
from mlops_gates.tables.asks import Deviation


class StdOptions(Options):
    """`std`"""

    std: Expected | None = Field(
        None, description="Bounds of the standard deviation: {min, max}, or {within: 5 %} of the reference's."
    )


CHECK = statistic_check(
    id="data.std",
    title="Standard deviations are within their bounds",
    help="The standard deviation (n - 1) of the cells that are finite numbers, at least two. `within` as by `mean`.",
    remedy="Look for values that were clipped, filled with a constant, or are in another unit.",
    example="data:\n  source: data/test.csv\n  columns:\n    tenure: {type: integer, std: {max: 30}}\n",
    options=StdOptions,
    key="std",
    words="standard deviation",
    ask=Deviation,
    referred=lambda profile: profile.deviation,
)
