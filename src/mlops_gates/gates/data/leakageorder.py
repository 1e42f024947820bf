"""data.leakage-order"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Measurement
from mlops_gates.gates.data import leakage
from mlops_gates.gates.data.scope import TableScope

_MOMENTS = ("date", "timestamp")


def _columns(scope: TableScope, target: str) -> list[str]:
    """The ids, the dates, and the columns that are declared as such; each once."""
    asked = leakage.asked(scope)
    ids, dates = (leakage.present(scope, getattr(asked, key), "leakage", key) for key in ("id", "dates"))
    declared = [name for name in scope.options.columns if scope.has(name) and scope.column(name).type in _MOMENTS]
    return [name for name in dict.fromkeys((*ids, *dates, *declared)) if name != target]


def _body(scope: TableScope) -> Iterator[Measurement]:
    from mlops_gates.stats import ordering

    target = leakage.target(scope)
    names = _columns(scope, target)
    if not names:
        raise Skip("leakage.id and leakage.dates are not set, and no column is declared as a date or timestamp")
    most, keys = leakage.asked(scope).max_order, ("leakage", "max_order")
    for sample in leakage.samples(scope, names, target, names):
        goal = leakage.goal(sample, target)
        for name in [name for name in sample.cells if name != target]:
            numbers = sample.cells[name].numbers
            assert numbers is not None
            power = ordering.ordered(numbers[goal.kept], goal)
            if power:
                words, n = f"orders {target}", int(goal.kept.sum())
                yield leakage.measured(scope, CHECK.id, name, power, words, most, keys, n, CHECK.remedy)
            else:
                words, reason = f"not held against {target}", "too few rows have both"
                yield Measurement(CHECK.id, name, name, None, words, reason=reason, remedy=CHECK.remedy)


CHECK: Check[TableScope] = Check(
    id="data.leakage-order",
    title="Ids and dates do not order the target",
    help="How far the order of each column of `id` and `dates`, and of each column that is declared as a date or timestamp, "
    "is that of `target`: numbers as numbers, text by its letters. For classes it is the larger of AUC and 1 - AUC (the "
    "unweighted mean of one class against the rest), for a quantity Spearman's rho without its sign; 0.5 and 0 are no "
    "order. Ids that were given class by class, or outcomes that were all recorded late, tell the answer to whoever "
    "looks at them. The order of the rows in the file is not judged: it is no column that a model could read, and sorted "
    "files are common. It looks at as many rows as data.leakage-target does.",
    remedy="Keep this column from the model, and look at how the rows were gathered.",
    example="data:\n  source: data/test.csv\n"
    "  leakage: {id: [customerID], dates: [signup], target: Churn, max_order: 0.75}\n",
    needs=leakage.needed,
    body=_body,
)
