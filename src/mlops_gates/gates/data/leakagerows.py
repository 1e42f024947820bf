"""data.leakage-rows"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError
from mlops_gates.findings import Chance, Limit, Measurement
from mlops_gates.gates.data import leakage
from mlops_gates.gates.data.cells import percent
from mlops_gates.gates.data.leakage import TRAIN, LeakageOptions
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Allowance
from mlops_gates.stats import coincidence
from mlops_gates.tables.asks import Column, Count, IsShared, Rows, Twins
from mlops_gates.tables.plan import NOWHERE

ALPHA = 0.01
_METHOD = "Fisher's exact test against the rows that the train data repeats"


def _asked(scope: TableScope) -> dict[str, tuple[Column, ...]]:
    """What is compared, by subject: all columns, and all but those that name a row."""
    columns, ids = leakage.compared(scope), leakage.present(scope, leakage.asked(scope).id, "leakage", "id")
    rest = tuple(column for column in columns if column.name not in ids)
    named = [column.name for column in columns if column.name in ids]
    found = {"rows": columns}
    if named and rest:
        found[f"rows without {', '.join(named)}"] = rest
    return found


def _then(scope: TableScope) -> Iterator[Count | Rows]:
    if getattr(scope.options, "leakage", None):
        yield Rows(TRAIN)
        yield from (Count(IsShared(columns, TRAIN)) for columns in _asked(scope).values())


def _body(scope: TableScope) -> Iterator[Measurement]:
    others = int(scope.plan.number(Rows(TRAIN)) or 0)
    if others == 0:
        raise CheckError(f"{leakage.train(scope)} has no rows", next_step="Look at the step that writes it.")
    asked = _asked(scope)
    ids = len(asked) > 1
    for subject, columns in asked.items():
        # Equal ids say that it is one row; without them equal rows may be a coincidence.
        certain = ids and subject == "rows"
        yield _measured(scope, subject, columns, others, certain=certain)


def _measured(
    scope: TableScope, subject: str, columns: tuple[Column, ...], others: int, *, certain: bool
) -> Measurement:
    predicate, rows = IsShared(columns, TRAIN), scope.rows
    shared, expected, chance = scope.plan.count(predicate), 0, None
    if shared and not certain:
        expected, chance = _by_chance(scope, columns, shared, others)
    beyond = max(0, shared - expected)
    tiers, where = leakage.asked(scope).max_shared, scope.context.line("leakage", "max_shared")
    most = [limit.rows(rows) for limit in (tiers.fail, tiers.warn) if limit]
    places = NOWHERE
    if beyond > min(most) and (chance is None or chance.p <= chance.alpha):
        scope.plan.locate([predicate])
        places = scope.plan.places(predicate)
    share = f" ({percent(shared / rows)})" if shared else ""
    by_chance = f", about {expected:,} by chance" if chance else ""

    def limit(allowance: Allowance | None) -> Limit | None:
        return Limit(None, float(allowance.rows(rows)), allowance.text, where) if allowance else None

    return Measurement(
        rule=CHECK.id,
        subject=subject,
        name="leakage-rows",
        value=float(beyond),
        text=f"{shared:,} {'row' if shared == 1 else 'rows'} of the train data in {rows:,} rows{share}, "
        f"by {len(columns)} of {len(scope.plan.table.columns)} columns{by_chance}",
        limit=limit(tiers.fail),
        warn=limit(tiers.warn),
        unit="rows",
        exact=EXACT,
        n=rows,
        places=places.locations,
        first=places.words,
        remedy=CHECK.remedy,
        chance=chance,
    )


def _by_chance(scope: TableScope, columns: tuple[Column, ...], shared: int, others: int) -> tuple[int, Chance]:
    """How many shared rows are a coincidence, and how likely it is that all of them are."""
    ask = Twins(columns, TRAIN)
    scope.plan.ask([ask])
    scope.plan.run()
    twins = int(scope.plan.number(ask) or 0)
    p = coincidence.p_value(shared, scope.rows, twins, others)
    return round(coincidence.expected(scope.rows, twins, others)), Chance(p, ALPHA, _METHOD)


CHECK: Check[TableScope] = Check(
    id="data.leakage-rows",
    title="Rows of the test data do not stand in the train data",
    help="Counts the rows that stand in the train data too, by value, in all columns that both tables have: once with the "
    "columns of `id`, and once without them. Nulls are equal to each other; numbers and dates of declared columns are "
    "compared as such. Rows without an id can be equal by chance, in small tables of categories most of them are. So "
    "these are held against the rows that the train data itself repeats: the share of its rows that equal another one of "
    "it is how often a new row would be met there by chance (Good and Turing). Only what exceeds that counts, and only "
    "where Fisher's exact test gives chance alone less than 1 %. Train data with duplicates of its own therefore hides "
    "shared rows: see data.duplicates. Without train data it is skipped.",
    remedy="Take these rows out of one of the two tables, and split again by id.",
    example="data:\n  source: data/test.csv\n"
    "  leakage: {train: data/train.csv, id: [customerID], max_shared: {warn: 0, fail: 0.1 %}}\n",
    options=LeakageOptions,
    needs=leakage.needed,
    then=_then,
    body=_body,
)
