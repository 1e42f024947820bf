"""Opens the tables of a block: its source, what that is compared with, and what its rules look up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from mlops_gates.checks import Context
from mlops_gates.errors import CheckError
from mlops_gates.gates.data.scope import DataOptions
from mlops_gates.tables import engines
from mlops_gates.tables.asks import Type
from mlops_gates.tables.engines import open_table
from mlops_gates.tables.named import open_named
from mlops_gates.tables.source import Source
from mlops_gates.tables.table import Table


@contextmanager
def opened(
    context: Context, options: DataOptions, name: str, others: Mapping[str, str] | None = None
) -> Iterator[Table]:
    """The table `name`, with the tables `others` by what questions call them; all are closed at the end.

    Raises CheckError when one of them cannot be opened; an error of another table is told at its own name.
    """
    with ExitStack() as stack:
        source = stack.enter_context(_source(context, options, name))
        there = {
            called: stack.enter_context(_source(context, options, other)) for called, other in (others or {}).items()
        }
        types: dict[str, Type] = {
            column: type_ for column, one in options.columns.items() if (type_ := getattr(one, "type", None))
        }
        table = open_table(source, options.engine, context.memory, there, types)
        stack.callback(table.close)
        context.on_cancel(table.interrupt)
        yield table


@contextmanager
def _source(context: Context, options: DataOptions, name: str) -> Iterator[Source]:
    def going() -> None:
        if context.cancel.is_set() or context.seconds_left <= 0:
            raise CheckError(f"reading {name} was stopped")

    if options.elsewhere and not (context.workdir / name).exists():
        yield engines.named(name, options.null_values, options.delimiter or ",")
        return
    source = open_named(
        name, context.workdir, options.null_values, options.delimiter, max(1.0, context.seconds_left), going
    )
    try:
        yield source
    finally:
        source.close()
