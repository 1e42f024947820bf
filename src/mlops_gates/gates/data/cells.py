"""A check made of cell rules: what they count, where the bad cells stand first, and in which words."""

from __future__ import annotations

import difflib
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
    besides: Callable[[TableScope], Iterable[Measurement]] = lambda _: (),
) -> Check[TableScope]:
    """A check whose rules follow from the options (`rules`), or from the first answers (`then`).

    Either may yield other questions too; None stands for a check that is asked but needs nothing yet. `besides` tells
    of what no rule could be made.
    """

    def body(scope: TableScope) -> Iterator[Measurement | Finding]:
        mine = [rule for rule in scope.rules if rule.check == id]
        here = [rule for rule in mine if scope.has(*rule.columns)]
        # A column that is declared and not there is told by data.columns; of any other nobody would hear.
        lost = [rule for rule in mine if not set(missing([rule], scope)) <= set(scope.options.columns)]
        others = list(besides(scope))
        yield from others
        for rule in here:
            yield _counted(scope, rule)
        for rule in lost:
            yield _lost(scope, rule)
        if not (here or lost or others):
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
        return errored(rule.check, rule.subject, error, where)
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


def _lost(scope: TableScope, rule: CellRule) -> Finding:
    name = next(name for name in missing([rule], scope) if name not in scope.options.columns)
    error = CheckError(
        f"{name!r} is no column of {scope.options.source}", next_step=nearest(name, scope.plan.table.columns)
    )
    return errored(rule.check, rule.subject, error, scope.context.line(*rule.keys))


def errored(check: str, subject: str, error: CheckError, where: Location) -> Finding:
    """What one subject's error makes of it; the other subjects of the check are observed all the same."""
    what = f"{subject}: {error.what}"
    return Finding(check, subject, Status.ERRORED, Severity.ERROR, what, where, (), error.next_step)


def nearest(name: str, known: Iterable[str]) -> str:
    """The next step for a name that is none of those known."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else "Columns are named letter by letter."


def _limit(allowance: Allowance | None, most: int | None, where: Location) -> Limit | None:
    return Limit(None, float(most), allowance.text, where) if allowance and most is not None else None


def percent(share: float) -> str:
    """A share (0–1) in words: two digits, three near the whole."""
    if 0 < share < 1e-5:
        return "less than 0.001 %"
    return f"{share * 100:.2g} %" if share < 0.999 else f"{share * 100:.3g} %"
