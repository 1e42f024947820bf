"""The data gate: is this table what the config says it is?

Its checks stand in two places of a block: `block` (the table) and `column` (one column). Cell rules say of each row
whether it is bad; the plan counts all of them in one scan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import Field, create_model, field_validator

from mlops_gates.checks import Check, Context, Observed, Outcome, crash, observe
from mlops_gates.document import KeyPath
from mlops_gates.errors import GatesError
from mlops_gates.gates.data import views
from mlops_gates.gates.data.opening import opened
from mlops_gates.gates.data.scope import CellRule, ColumnOptions, DataOptions, TableScope
from mlops_gates.options import BlockOptions, Options, Tiers
from mlops_gates.tables.asks import Count, Rows
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import is_profile

REFERENCE = "reference"
"""What queries call the reference."""

_OWN = {
    *("data.nulls", "data.outliers", "data.freshness", "data.balance"),
    *("data.distinct", "data.mean", "data.std", "data.quantiles", "data.shares"),
}
"""Checks of columns that say by themselves how many cells they tolerate, or that count none."""

ORDER = (
    "data.read",
    "data.digest",
    "data.columns",
    "data.schema",
    "data.schema-drift",
    "data.rows",
    "data.types",
    "data.nulls",
    "data.unique",
    "data.unique-together",
    "data.duplicates",
    "data.range",
    "data.length",
    "data.allowed",
    "data.forbidden",
    "data.pattern",
    "data.format",
    "data.monotonic",
    "data.freshness",
    "data.outliers",
    "data.distinct",
    "data.constant",
    "data.references",
    "data.balance",
    "data.expression",
    "data.query",
    "data.mean",
    "data.std",
    "data.quantiles",
    "data.shares",
    "data.drift",
    "data.categories",
    "data.leakage-rows",
    "data.leakage-target",
    "data.leakage-order",
    "data.quality-score",
)


class DataGate:
    """See the module."""

    name = "data"
    title = "The data is what the config says it is"
    base = DataOptions

    def block(self, checks: Sequence[Check[TableScope]]) -> type[BlockOptions]:
        """A block is what the checks add to it, and `columns` maps a name to what the checks add to a column."""
        column: Any = create_model(
            "DataColumn",
            __base__=_bases(checks, "column", ColumnOptions),
            __validators__={"_rules_exist": field_validator("tolerate")(_tolerable(checks))},
        )
        about = "What each column must be, by name."
        fields: dict[str, Any] = {"columns": (dict[str, column], Field(default_factory=dict, description=about))}
        return create_model("DataBlock", __base__=_bases(checks, "block", DataOptions), **fields)

    def subjects(self, options: BlockOptions) -> Iterable[tuple[str, KeyPath, str]]:
        """The table's files, and those that it is compared with."""
        assert isinstance(options, DataOptions)
        yield "data", ("source",), options.source
        if options.reference:
            yield "data", ("reference",), options.reference
        yield from (("data", keys, name) for keys, name in _lookups(options).values())
        if train := getattr(getattr(options, "leakage", None), "train", None):
            yield "data", ("leakage", "train"), train

    def run(
        self, context: Context, options: BlockOptions, checks: Sequence[Check[TableScope]], outcome: Outcome
    ) -> None:
        """Open the source, scan once, look again only where it is needed, then let every check observe."""
        assert isinstance(options, DataOptions)
        reading, *others = checks
        scope = TableScope(context, options)
        outcome.pending.append(reading)
        needs, broken = _gathered(others, lambda check: check.needs(scope))
        asked = [check for check in others if needs.get(check) or check in broken]
        outcome.pending += asked
        with (
            context.reading(options.source, "source"),
            opened(context, options, options.source, _tables(options)) as table,
        ):
            scope.opened = Plan(table, context.repository_file)
            context.advance(f"scanning {options.source}")
            _ask(scope, needs)
            more, late = _gathered([check for check in asked if check in needs], lambda check: check.then(scope))
            _ask(scope, more)
            # A tolerated cell needs no place: finding places costs a scan.
            scope.plan.locate(
                [rule.predicate for rule in scope.rules if scope.has(*rule.columns) and scope.exceeded(rule)]
            )
            broken |= late
            for check in (reading, *asked):
                outcome.observed.append(_observed(check, scope, broken.get(check)))
                outcome.pending.remove(check)
            _account(scope, outcome)


def _gathered(
    checks: Iterable[Check[TableScope]], needs: Any
) -> tuple[dict[Check[TableScope], list[Any]], dict[Check[TableScope], GatesError]]:
    """What each check needs; or what stopped it from telling, so that it stops no other."""
    found: dict[Check[TableScope], list[Any]] = {}
    broken: dict[Check[TableScope], GatesError] = {}
    for check in checks:
        try:
            found[check] = list(needs(check))
        except GatesError as error:
            broken[check] = error
        except Exception as raised:  # noqa: BLE001 - one check's crash must not take the others with it
            broken[check] = crash(raised)
    return found, broken


def _ask(scope: TableScope, needs: Mapping[Check[TableScope], list[Any]]) -> None:
    """Answer what the checks need; cell rules of columns that are missing need nothing."""
    every = [need for some in needs.values() for need in some if need is not None]
    rules = [need for need in every if isinstance(need, CellRule)]
    scope.rules += rules
    scope.plan.ask([Rows(), *(Count(rule.predicate) for rule in rules if scope.has(*rule.columns))])
    scope.plan.ask(need for need in every if not isinstance(need, CellRule) and _askable(scope, need))
    scope.plan.run()


def _askable(scope: TableScope, need: Any) -> bool:
    column = getattr(need, "column", None) or getattr(getattr(need, "predicate", None), "column", None)
    return column is None or scope.has(column.name)


def _observed(check: Check[TableScope], scope: TableScope, error: GatesError | None) -> Observed:
    return Observed(check, (), error) if error else observe(check, scope)


def _lookups(options: DataOptions) -> dict[str, tuple[KeyPath, str]]:
    """The tables that columns refer to, by what questions call them, with their places in the block."""
    found: dict[str, tuple[KeyPath, str]] = {}
    for name, column in options.columns.items():
        if other := getattr(column, "references", None):
            found.setdefault(other.table, (("columns", name, "references", "source"), other.source))
    return found


def _tables(options: DataOptions) -> dict[str, str]:
    """The other tables that questions may name."""
    found = {called: name for called, (_, name) in _lookups(options).items()}
    for own in ("tables", "leakage"):
        if extra := getattr(options, own, None):
            found |= extra.tables(options) if hasattr(extra, "tables") else {}
    other, queries = options.reference, getattr(options, "queries", ())
    # Opened only for a query that names it: a remote table would be fetched once more.
    if other and not is_profile(Path(other)) and any(REFERENCE in one.sql.casefold() for one in queries):
        found[REFERENCE] = other
    return found


def _account(scope: TableScope, outcome: Outcome) -> None:
    outcome.facts |= {
        "source": scope.plan.table.source.shown,
        "rows": f"{scope.rows:,}",
        "columns": str(len(scope.plan.table.columns)),
    }
    if scope.options.reference:
        outcome.facts["reference"] = scope.options.reference
    outcome.columns += views.columns(scope)
    outcome.metrics["rows"] = float(scope.rows)
    if (score := scope.quality) is not None:
        outcome.metrics["quality-score"] = score
        outcome.values["quality-score"] = f"{score:.6f}".rstrip("0").rstrip(".")


def _tolerable(checks: Sequence[Check[TableScope]]) -> Any:
    """What validates `tolerate`: a name that is no rule's would tolerate nothing, and nobody would hear."""
    names = sorted(check.id.partition(".")[2] for check in checks if check.at == "column" and check.id not in _OWN)

    def rules_exist(cls: type[ColumnOptions], tolerate: dict[str, Tiers]) -> dict[str, Tiers]:  # noqa: ARG001 - by this name it is known to be the class
        for name in tolerate:
            if name not in names:
                raise ValueError(f"{name!r} is no rule that tolerates cells; there are {', '.join(names)}")
        return tolerate

    return rules_exist


def _bases(checks: Sequence[Check[TableScope]], at: str, base: type[Options]) -> tuple[type[Any], ...]:
    added = [check.options for check in checks if check.at == at and check.options is not Options]
    return cast("tuple[type[Any], ...]", (*added, base))


GATE = DataGate()
