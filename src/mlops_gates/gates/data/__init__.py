"""The data gate: is this table what the config says it is?

Its checks stand in two places of a block: `block` (the table) and `column` (one column). Cell rules say of each cell
whether it is bad; the plan counts all of them in one scan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any, cast

from pydantic import Field, create_model

from mlops_gates.checks import Check, Context, Outcome, observe
from mlops_gates.document import KeyPath
from mlops_gates.gates.data.scope import CellRule, ColumnOptions, DataOptions, TableScope
from mlops_gates.options import BlockOptions, Options
from mlops_gates.tables.asks import Count, Rows
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.source import open_source

ORDER = (
    "data.read",
    "data.columns",
    "data.rows",
    "data.types",
    "data.nulls",
    "data.unique",
    "data.range",
    "data.allowed",
    "data.pattern",
    "data.quality-score",
)


class DataGate:
    """See the module."""

    name = "data"
    title = "The data is what the config says it is"
    base = DataOptions

    def block(self, checks: Sequence[Check[TableScope]]) -> type[BlockOptions]:
        """A block is what the checks add to it, and `columns` maps a name to what the checks add to a column."""
        column: Any = create_model("DataColumn", __base__=_bases(checks, "column", ColumnOptions))
        about = "What each column must be, by name."
        fields: dict[str, Any] = {"columns": (dict[str, column], Field(default_factory=dict, description=about))}
        return create_model("DataBlock", __base__=_bases(checks, "block", DataOptions), **fields)

    def subjects(self, options: BlockOptions) -> Iterable[tuple[str, KeyPath, str]]:
        """The table's file."""
        assert isinstance(options, DataOptions)
        yield "data", ("source",), options.source

    def run(
        self, context: Context, options: BlockOptions, checks: Sequence[Check[TableScope]], outcome: Outcome
    ) -> None:
        """Open the source, scan once, look again only at rows that were wrong, then let every check observe."""
        assert isinstance(options, DataOptions)
        reading, *others = checks
        scope = TableScope(context, options)
        needs = {check: list(check.needs(scope)) for check in others}
        asked = [check for check in others if needs[check]]
        outcome.pending += [reading, *asked]
        scope.rules = [need for check in asked for need in needs[check] if isinstance(need, CellRule)]
        with context.reading(options.source, "source"), closing(_table(context, options)) as table:
            scope.opened = Plan(table, context.repository_file)
            _scan(scope, [need for check in asked for need in needs[check]])
            for check in (reading, *asked):
                outcome.observed.append(observe(check, scope))
                outcome.pending.remove(check)
            _account(scope, outcome)


def _table(context: Context, options: DataOptions) -> DuckTable:
    source = open_source(context.workdir / options.source, options.source, options.null_values, options.delimiter)
    table = DuckTable(source, context.memory)
    context.on_cancel(table.interrupt)
    return table


def _scan(scope: TableScope, needs: Iterable[Any]) -> None:
    plan = scope.plan
    plan.ask([Rows()])
    for need in needs:
        if isinstance(need, CellRule):
            if scope.has(need.column):
                plan.ask([Count(need.predicate)])
        elif need is not None:
            plan.ask([need])
    scope.context.advance(f"scanning {scope.options.source}")
    plan.run()
    # A tolerated cell needs no place: finding places costs a second scan.
    plan.locate(
        [r.predicate for r in scope.rules if scope.has(r.column) and scope.bad(r) > r.allowance.rows(scope.rows)]
    )


def _account(scope: TableScope, outcome: Outcome) -> None:
    outcome.facts |= {
        "source": scope.options.source,
        "rows": f"{scope.rows:,}",
        "columns": str(len(scope.plan.table.columns)),
    }
    outcome.metrics["rows"] = float(scope.rows)
    if (score := scope.quality) is not None:
        outcome.metrics["quality-score"] = score
        outcome.values["quality-score"] = f"{score:.6f}".rstrip("0").rstrip(".")


def _bases(checks: Sequence[Check[TableScope]], at: str, base: type[Options]) -> tuple[type[Any], ...]:
    added = [check.options for check in checks if check.at == at and check.options is not Options]
    return cast("tuple[type[Any], ...]", (*added, base))


GATE = DataGate()
