"""data.categories"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data import drifting
from mlops_gates.gates.data.cells import percent
from mlops_gates.gates.data.numbers import rounded
from mlops_gates.gates.data.scope import TableScope
from mlops_gates.stats.drift import Drift, Effect

_UNSEEN = ("new", "vanished")


def _body(scope: TableScope) -> Iterator[Measurement]:
    found = {
        column: effects
        for column, one in drifting.results(scope).items()
        if one.drifted is not None and (effects := _effects(one))
    }
    if not found:
        raise Skip("no column has all of its categories listed in the reference, with enough rows")
    for column, effects in found.items():
        yield _measured(scope, column, effects)


def _effects(one: Drift) -> list[Effect]:
    return [effect for effect in one.effects if effect.name in _UNSEEN and effect.limit is not None]


def _measured(scope: TableScope, column: str, effects: list[Effect]) -> Measurement:
    worst = max(effects, key=lambda effect: (effect.drifted, effect.value))
    return Measurement(
        rule=CHECK.id,
        subject=column,
        name=worst.name,
        value=rounded(worst.value),
        text=" and ".join(_said(scope, effect) for effect in effects if effect.value or effect is worst),
        limit=Limit(None, worst.limit, f"{worst.limit:g}", scope.context.line("drift", "max_unseen")),
        exact="counted; chance says whether it is more than noise",
        n=scope.rows,
        chance=drifting.chance(scope, worst),
        remedy=CHECK.remedy,
    )


def _said(scope: TableScope, effect: Effect) -> str:
    kind = "that the reference does not have" if effect.name == "new" else "that only the reference has"
    if not effect.value:
        return f"no value {kind}"
    names = (
        f" ({', '.join(value for value, _ in effect.values[:5])})" if scope.context.samples and effect.values else ""
    )
    return f"values {kind} in {percent(effect.value)} of the rows{names}"


CHECK: Check[TableScope] = Check(
    id="data.categories",
    title="No category is new, none has vanished",
    help="A category counts as new when the reference does not have it and its rows are too many for chance, as vanished "
    "when it is the other way round. A few rows of a rare word are no alarm; how many are depends on the number of "
    "columns: with 2,000 rows on each side, 10 in a table of one column and 16 in one of 20. The test (Fisher, corrected "
    "for the number of categories) is adjusted together with those of `data.drift`. A value other than that of a constant "
    "column is new as well. Only columns whose categories the reference lists in full are looked at. Where one row of "
    "another word is wrong, list the words: `allowed`. Runs where `drift` is set.",
    remedy="Look for a renamed or newly introduced value; a model has never seen it.",
    example="data:\n  source: data/test.csv\n  reference: data/train.csv\n  drift: {max_unseen: 0.001}\n",
    needs=drifting.needs,
    then=drifting.then,
    body=_body,
)
