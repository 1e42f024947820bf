"""What the table that a model was trained on says of its features: their order and kinds."""

from __future__ import annotations

from contextlib import closing
from typing import cast

from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.tables import profile as profiles
from mlops_gates.tables.asks import Aggregate, Column, Count, IsNotType, IsNull, Rows
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import open_source

_HEAD = 2_000
"""Rows that a column's kind is told by: a column of numbers with words in it shows its words early, or seldom."""


def kinds(scope: ModelScope) -> dict[str, str]:
    """The features of the reference in their order, each `number`, `text` or, where nothing tells, empty.

    Nothing where the block has no reference. Raises CheckError where it cannot be read.
    """
    name, options = scope.options.reference, scope.options
    if name is None:
        return {}
    with scope.context.reading(name, "reference"):
        found = (
            _of_profile(scope, name) if profiles.is_profile(scope.context.workdir / name) else _of_table(scope, name)
        )
    return {column: kind for column, kind in found.items() if column not in (options.target, *options.drop)}


def _of_profile(scope: ModelScope, name: str) -> dict[str, str]:
    profile = profiles.load(scope.context.workdir / name, name)
    words = {"number": "number", "category": "text", "text": "text"}
    return {
        column: "number"
        if one.type in ("integer", "number")
        else ""
        if one.type == "boolean"
        else words.get(one.kind, "")
        for column, one in profile.columns.items()
    }


def _of_table(scope: ModelScope, name: str) -> dict[str, str]:
    options = scope.options
    source = open_source(scope.context.workdir / name, name, options.null_values, options.delimiter)
    with closing(DuckTable(source, scope.context.memory)) as table:
        scope.context.on_cancel(table.interrupt)
        asked: list[Aggregate] = [Rows()]
        for column in table.columns:
            asked += [Count(IsNull(Column(column, "string")))]
            asked += [Count(IsNotType(Column(column, type_))) for type_ in ("number", "boolean")]
        counts = cast("dict[Aggregate, int]", table.scan(asked, head=_HEAD))

    def kind(column: str) -> str:
        if counts[Count(IsNull(Column(column, "string")))] == counts[Rows()]:
            return ""
        if counts[Count(IsNotType(Column(column, "number")))] == 0:
            return "number"
        return "" if counts[Count(IsNotType(Column(column, "boolean")))] == 0 else "text"

    return {column: kind(column) for column in table.columns}
