"""data.balance"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options, ShareAtLeast, ShareRange
from mlops_gates.tables.asks import Column, Frequencies

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
        counts = dict(scope.plan.frequent(_ask(column)))
        for value in getattr(scope.options.columns[column.name], "allowed", None) or ():
            counts.setdefault(str(value).lower() if isinstance(value, bool) else str(value), 0)
        total, least = sum(counts.values()), min(counts.values(), default=0)
        # One class alone is no balance, whatever its share.
        share = least / total if total and len(counts) > 1 else 0.0
        many = f"{len(counts):,}" + (" or more" if len(counts) >= MOST_CLASSES else "")
        text = f"the rarest of {many} classes has {least:,} of {total:,} rows" if len(counts) > 1 else "only one class"
        yield Measurement(
            rule=CHECK.id,
            subject=column.name,
            name="balance",
            value=share,
            text=text,
            limit=Limit(wanted.min, wanted.max, _told(wanted), scope.context.line("columns", column.name, "balance")),
            exact=EXACT,
            n=scope.rows,
            remedy=CHECK.remedy,
        )


def _told(wanted: ShareRange) -> str:
    words = [f"at least {wanted.min:g}"] * (wanted.min is not None)
    words += [f"at most {wanted.max:g}" for _ in [0] if wanted.max is not None]
    return " and ".join(words)


CHECK: Check[TableScope] = Check(
    id="data.balance",
    title="No class is too rare",
    help="The share of the rarest class among the rows that have one. A class of `allowed` that no row has counts as 0, and "
    "so does a column with a single class.",
    remedy="Gather more rows of the rare class, or look for a filter that dropped them.",
    example="data:\n  source: data/test.csv\n  columns:\n    Churn: {balance: {min: 0.1}}\n",
    options=BalanceOptions,
    at="column",
    needs=lambda scope: [_ask(column) for column, _ in scope.declared("balance")],
    body=_body,
)
