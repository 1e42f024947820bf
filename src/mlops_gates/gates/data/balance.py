"""data.balance"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options, ShareAtLeast, ShareRange
from mlops_gates.tables.asks import Column, Frequencies, Frequent

MOST_CLASSES = 1_000


class BalanceOptions(Options):
    """`balance`"""

    balance: ShareAtLeast | None = Field(
        None, description="The least share (0–1) of the rows that the rarest class has: 0.1, or {min: 0.1}."
    )


def _ask(column: Column) -> Frequencies:
    return Frequencies(column, MOST_CLASSES)


def _body(scope: TableScope) -> Iterator[Measurement]:
    here = [(column, wanted) for column, wanted in scope.declared("balance") if scope.has(column.name)]
    if not here:
        raise Skip("the table has none of its columns")
    for column, wanted in here:
        assert isinstance(wanted, ShareRange)
        known = scope.plan.frequent(_ask(column))
        counts = _classes(scope, column, known)
        total, least = sum(counts.values()), min(counts.values(), default=0)
        # One class alone is no balance, whatever its share.
        share = least / total if total and len(counts) > 1 else 0.0
        text = f"the rarest of {len(counts):,} classes has {least:,} of {total:,} rows"
        # The rarest of so many is not among the commonest, which are those that were counted.
        unknown = len(known) >= MOST_CLASSES and least > 0
        yield Measurement(
            rule=CHECK.id,
            subject=column.name,
            name="balance",
            value=None if unknown else share,
            text="the rarest class is not known" if unknown else text if len(counts) > 1 else "only one class",
            reason=f"{MOST_CLASSES:,} classes or more are too many" if unknown else "",
            limit=Limit(wanted.min, wanted.max, _told(wanted), scope.context.line("columns", column.name, "balance")),
            exact=EXACT,
            n=scope.rows,
            remedy=CHECK.remedy,
        )


def _classes(scope: TableScope, column: Column, known: Frequent) -> dict[str, int]:
    """Rows by class; how a number or a boolean is spelled makes no class, and a class of `allowed` may have none."""
    numeric = (column.type or scope.plan.table.type_of(column.name)) in ("integer", "number")
    counts: dict[str, int] = {}
    for text, count in known:
        name = _name(text, column, numeric=numeric)
        counts[name] = counts.get(name, 0) + count
    for value in getattr(scope.options.columns[column.name], "allowed", None) or ():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        counts.setdefault(_name(text, column, numeric=numeric), 0)
    return counts


def _name(text: str, column: Column, *, numeric: bool) -> str:
    if column.type == "boolean":
        return text.strip().lower()
    try:
        return str(Decimal(text.strip()).normalize() + 0) if numeric else text
    except InvalidOperation:
        return text


def _told(wanted: ShareRange) -> str:
    words = [f"at least {wanted.min:g}"] * (wanted.min is not None)
    words += [f"at most {wanted.max:g}" for _ in [0] if wanted.max is not None]
    return " and ".join(words)


CHECK: Check[TableScope] = Check(
    id="data.balance",
    title="No class is too rare",
    help="The share of the rarest class among the rows that have one, of at most a thousand. A class of "
    "`allowed` that no row has counts as 0, and so does a column with a single class.",
    remedy="Gather more rows of the rare class, or look for a filter that dropped them.",
    example="data:\n  source: data/test.csv\n  columns:\n    Churn: {balance: {min: 0.1}}\n",
    options=BalanceOptions,
    at="column",
    needs=lambda scope: [_ask(column) for column, _ in scope.declared("balance")],
    body=_body,
)
