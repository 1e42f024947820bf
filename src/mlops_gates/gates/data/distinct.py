"""data.distinct"""

from __future__ import annotations

from pydantic import Field

from mlops_gates.gates.data.expected import Expected
from mlops_gates.gates.data.statistic import statistic_check
from mlops_gates.options import Options
from mlops_gates.tables.asks import Distinct


class DistinctOptions(Options):
    """`distinct`"""

    distinct: Expected | None = Field(None, description="Bounds of the number of different values: {min: 2, max: 50}.")


CHECK = statistic_check(
    id="data.distinct",
    title="Columns have as many different values as they should",
    help="Counts the different values of a column exactly, nulls left out; 01 and 1 are one integer. At least 2 says that "
    "the column is not constant. `within` as by `mean`; a profile knows this number to within a few percent.",
    remedy="Look for a column that was filled with one value, or for words that are spelt in several ways.",
    example="data:\n  source: data/test.csv\n  columns:\n    Contract: {distinct: {min: 2, max: 3}}\n",
    options=DistinctOptions,
    key="distinct",
    words="number of different values",
    ask=Distinct,
    referred=lambda profile: profile.distinct,
)
