"""data.drift"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data import drifting
from mlops_gates.gates.data.numbers import rounded
from mlops_gates.gates.data.scope import TableScope
from mlops_gates.stats.drift import Drift, Effect
from mlops_gates.tables import drifted

_KEYS = {"wasserstein": "max_wasserstein", "ks": "max_ks", "js": "max_js", "psi": "max_psi", "nulls": "max_nulls"}


def _body(scope: TableScope) -> Iterator[Measurement]:
    found = drifting.results(scope)
    if not found:
        raise Inconclusive(
            "no column of the reference is in the table and may be compared",
            where=scope.context.line("drift"),
            next_step="Name other columns in drift.columns or fewer in drift.ignore, or take `drift` out.",
        )
    for column, one in found.items():
        yield _measured(scope, column, one)


def _measured(scope: TableScope, column: str, one: Drift) -> Measurement:
    effects = [effect for effect in one.effects if effect.name in _KEYS]
    judged = [effect for effect in effects if effect.limit is not None]
    worst = max(judged, key=lambda effect: (effect.drifted, effect.ratio, effect.value), default=None)
    limit = _limit(scope, worst) if worst else None
    if worst is None or (one.drifted is None and not any(effect.drifted for effect in effects)):
        reason = one.reason or "the column has no values to compare"
        text = f"not compared, {drifted.rows(one)}"
        return Measurement(CHECK.id, column, "drift", None, text, limit, reason=reason, remedy=_MORE)
    return Measurement(
        rule=CHECK.id,
        subject=column,
        name=worst.name,
        value=rounded(worst.value),
        text=drifted.told(one, worst, effects),
        limit=limit,
        exact="an effect between two tables; chance says whether it is more than noise",
        n=one.n_current,
        chance=drifting.chance(scope, worst),
        remedy=CHECK.remedy,
    )


def _limit(scope: TableScope, worst: Effect) -> Limit:
    return Limit(None, worst.limit, f"at most {worst.limit:g}", scope.context.line("drift", _KEYS[worst.name]))


_MORE = "Compare more rows, or lower drift.min_rows knowing that small shifts go unseen."

CHECK: Check[TableScope] = Check(
    id="data.drift",
    title="Columns are spread as in the reference",
    help="A column has drifted when an effect is above its limit and chance does not explain it: the p-values of all tests "
    "of all columns are adjusted together (Benjamini–Hochberg). Numbers are compared by Wasserstein distance in standard "
    "deviations of the reference and by Kolmogorov–Smirnov, categories by Jensen–Shannon, both by PSI where `max_psi` is "
    "set, and the shares of nulls. Limits that are left out keep their defaults. More rows or more columns do not make it "
    "fire: docs/drift.md shows the rates. Dates, text and ids are compared by their nulls only; a word among "
    "numbers counts as one.",
    remedy="Find out what changed in the world or in the pipeline; train again, or renew the reference when it is right.",
    example="data:\n  source: data/test.csv\n  reference: data/train.csv\n  drift: {max_psi: 0.2, ignore: [customerID]}\n",
    options=drifting.DriftOptions,
    needs=drifting.needs,
    then=drifting.then,
    body=_body,
)
