"""A check made of cell rules: what they count, where the bad cells stand first, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError, Skip
from mlops_gates.findings import Finding, Limit, Location, Measurement, Severity, Status
from mlops_gates.gates.data.scope import EXACT, CellRule, TableScope, missing
from mlops_gates.options import Allowance, Options
from mlops_gates.tables.asks import Aggregate


def cell_check(
    *,
    id: str,  # noqa: A002 - the word of the vocabulary
    title: str,
    help: str,  # noqa: A002 - likewise
    remedy: str,
    example: str,
    options: type[Options],
    rules: Callable[[TableScope], Iterable[CellRule | Aggregate | None]],
    at: str = "column",
    then: Callable[[TableScope], Iterable[CellRule | Aggregate]] = lambda _: (),
) -> Check[TableScope]:
    """A check whose rules follow from the options (`rules`), or from the first answers (`then`).

    Either may yield other questions too; None stands for a check that is asked but needs nothing yet.
    """

    def body(scope: TableScope) -> Iterator[Measurement | Finding]:
        mine = [rule for rule in scope.rules if rule.check == id]
        here = [rule for rule in mine if scope.has(*rule.columns)]
        for rule in here:
            yield _counted(scope, rule)
        if not here:
            raise Skip(f"the table has none of its columns: {', '.join(missing(mine, scope))}")

    return Check(
        id=id,
        title=title,
        help=help,
        remedy=remedy,
        example=example,
        options=options,
        at=at,
        needs=rules,
        then=then,
        body=body,
    )


def _counted(scope: TableScope, rule: CellRule) -> Measurement | Finding:
    rows, where = scope.rows, scope.context.line(*rule.keys)
    try:
        bad = scope.bad(rule)
    except CheckError as error:
        return Finding(
            rule.check,
            rule.subject,
            Status.ERRORED,
            Severity.ERROR,
            f"{rule.subject}: {error.what}",
            where,
            (),
            error.next_step,
        )
    fail, warn = scope.limits(rule)
    places = scope.plan.places(rule.predicate)
    share = f" ({percent(bad / rows)})" if rows and bad else ""
    return Measurement(
        rule=rule.check,
        subject=rule.subject,
        name=rule.check.partition(".")[2],
        value=float(bad),
        text=f"{bad:,} {rule.one if bad == 1 else rule.many} in {rows:,} rows{share}",
        limit=_limit(rule.tiers.fail, fail, where),
        warn=_limit(rule.tiers.warn, warn, where),
        unit="rows",
        exact=EXACT,
        n=rows,
        places=places.locations,
        first=places.words,
        remedy=rule.remedy,
    )


def _limit(allowance: Allowance | None, most: int | None, where: Location) -> Limit | None:
    return Limit(None, float(most), allowance.text, where) if allowance and most is not None else None


def percent(share: float) -> str:
    """A share (0–1) in words: two digits, three near the whole."""
    if 0 < share < 1e-5:
        return "less than 0.001 %"
    return f"{share * 100:.2g} %" if share < 0.999 else f"{share * 100:.3g} %"
