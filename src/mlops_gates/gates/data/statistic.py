"""A check of one number per column: mean, standard deviation and their like."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Measurement
from mlops_gates.gates.data.expected import Expected
from mlops_gates.gates.data.numbers import rounded, told
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options
from mlops_gates.tables.asks import Aggregate, Column
from mlops_gates.tables.profile import ColumnProfile


def statistic_check(
    *,
    id: str,  # noqa: A002 - the word of the vocabulary
    title: str,
    help: str,  # noqa: A002 - likewise
    remedy: str,
    example: str,
    options: type[Options],
    key: str,
    words: str,
    ask: Callable[[Column], Aggregate],
    referred: Callable[[ColumnProfile], float | None],
) -> Check[TableScope]:
    """A check of the number that `ask` asks of each column with `key`; `referred` is the same number of the reference."""

    def body(scope: TableScope) -> Iterator[Measurement]:
        here = [(column, wanted) for column, wanted in scope.declared(key) if scope.has(column.name)]
        if not here:
            raise Skip(f"the table has none of its columns: {', '.join(one.name for one, _ in scope.declared(key))}")
        for column, wanted in here:
            assert isinstance(wanted, Expected)
            yield measured(scope, id, column.name, words, wanted, scope.plan.number(ask(column)), key, referred, remedy)

    return Check(
        id=id,
        title=title,
        help=help,
        remedy=remedy,
        example=example,
        options=options,
        at="column",
        needs=lambda scope: [ask(column) for column, _ in scope.declared(key)],
        body=body,
    )


def measured(
    scope: TableScope,
    check: str,
    column: str,
    words: str,
    wanted: Expected,
    value: float | None,
    key: str,
    referred: Callable[[ColumnProfile], float | None],
    remedy: str,
    *more: str,
) -> Measurement:
    """One number of a column beside its bounds; `more` are the keys below `key` that stand in the subject too."""
    near = None
    if wanted.needs_reference and column in scope.reference.columns:
        near = referred(scope.reference.columns[column])
    limit, warn = wanted.limits(scope, ("columns", column, key, *more), near)
    reason = "" if value is not None else "no cell is a number"
    if wanted.needs_reference and near is None:
        value, reason = None, "the reference does not know it"
        limit = wanted.unknown(scope, ("columns", column, key, *more))
    return Measurement(
        rule=check,
        subject=" ".join((column, *more)),
        name=words,
        value=rounded(value),
        text=f"{words} {told(value)}" if value is not None else f"no {words}",
        reason=reason,
        limit=limit,
        warn=warn,
        exact=EXACT,
        n=scope.rows,
        remedy=remedy,
    )
