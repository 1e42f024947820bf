"""data.leakage-target"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Measurement
from mlops_gates.gates.data import leakage
from mlops_gates.gates.data.scope import TableScope

if TYPE_CHECKING:
    from mlops_gates.stats.predictive import Power


def _body(scope: TableScope) -> Iterator[Measurement]:
    from mlops_gates.stats import predictive

    target = leakage.target(scope)
    ids = leakage.present(scope, leakage.asked(scope).id, "leakage", "id")
    features = [name for name in scope.plan.table.columns if name != target and name not in ids]
    if not features:
        raise Skip(f"the table has no columns but {', '.join((target, *ids))}")
    for sample in leakage.samples(scope, features, target):
        goal = leakage.goal(sample, target)
        half, n = predictive.halves(sample.places[goal.kept]), int(goal.kept.sum())
        for name in [name for name in sample.cells if name != target]:
            whole = leakage.feature(sample, name)
            kept = predictive.Feature(
                whole.numbers[goal.kept] if whole.numbers is not None else None,
                whole.codes[goal.kept] if whole.codes is not None else None,
            )
            yield _measured(scope, name, predictive.power(kept, goal, half), target, n)


def _measured(scope: TableScope, name: str, power: Power, target: str, n: int) -> Measurement:
    words = f"has the values of {target} under other names" if power.same else f"predicts {target} alone"
    most, keys = leakage.asked(scope).max_predictive, ("leakage", "max_predictive")
    return leakage.measured(scope, CHECK.id, name, power, words, most, keys, n, CHECK.remedy)


CHECK: Check[TableScope] = Check(
    id="data.leakage-target",
    title="No column gives the target away",
    help="For each column but the ids: how well it predicts `target` alone. The rows are split in two halves by a hash of "
    "their place; what one half teaches is scored on the other, and the reverse, so that unique values look like no "
    "knowledge. It learns the mean of the target in at most 64 bins of numbers, and of each value, shrunk to its bin; a "
    "missing cell is a value. A target of classes (text, or at most 20 different numbers) is scored by the area under the "
    "ROC curve, several classes by its unweighted mean, one against the rest; a quantity by R² of its ranks, so that no "
    "outlier hides a copy. A column whose values are those of the target under other names is told as such. At most "
    "100,000 rows are looked at (fewer of a wide table, never below 10,000), the same ones in every run. A target with "
    "one value, or with fewer than 10 rows of a second one, is inconclusive.",
    remedy="Look at when this column is written: what is known only after the outcome must not be a feature.",
    example="data:\n  source: data/test.csv\n  leakage: {id: [customerID], target: Churn, max_predictive: 0.98}\n",
    needs=leakage.needed,
    body=_body,
)
