"""What the checks of leakage share: their options, the columns that these name, and the rows that are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from mlops_gates.document import KeyPath
from mlops_gates.errors import CheckError, Inconclusive, Skip
from mlops_gates.findings import Interval, Limit, Measurement
from mlops_gates.gates.data.cells import nearest
from mlops_gates.gates.data.numbers import rounded
from mlops_gates.gates.data.scope import NONE, DataOptions, TableScope
from mlops_gates.options import InputSource, Options, Share, Text, TiersOf
from mlops_gates.tables import profile, sampling
from mlops_gates.tables.asks import Column, Type
from mlops_gates.tables.sampling import Sample

if TYPE_CHECKING:
    from mlops_gates.stats.predictive import Feature, Power, Target

TRAIN = "train"
"""What questions call the train data."""

_CELLS = 4_000_000
_FEWEST_ROWS, _MOST_ROWS = 10_000, 100_000
"""An AUC of 0.98 is then known to within about 0.005, where a tenth of the rows is positive."""

_COLUMNS = 250
"""Columns that are asked for at once: what is read ahead of them would not fit into little memory."""


class Leakage(Options):
    """Where the test data could give away its answers."""

    train: InputSource | None = Field(
        None, description="The table that the model was trained on; `reference` where it is left out."
    )
    id: tuple[Text, ...] = Field((), description="Columns that name a row and say nothing of it.", strict=False)
    target: Text | None = Field(None, description="The column that the model predicts.")
    max_shared: TiersOf = Field(
        NONE, description="How many rows may stand in the train data too: a limit, or {warn: …, fail: …}."
    )
    max_predictive: Share = Field(
        0.98, description="How well one column alone may predict the target: AUC, or R² of ranks for a quantity."
    )
    max_order: Share = Field(
        0.75, description="How far ids and dates may order the target: AUC, or Spearman's rho for a quantity."
    )
    dates: tuple[Text, ...] = Field(
        (), description="Columns of dates, besides those that are declared as date or timestamp.", strict=False
    )

    @model_validator(mode="after")
    def _has_a_target(self) -> Leakage:
        limits = ("max_predictive", "max_order", "dates")
        if not self.target and (idle := [key for key in limits if key in self.model_fields_set]):
            raise ValueError(f"{idle[0]} needs `target`: the column that the model predicts")
        return self

    def tables(self, options: DataOptions) -> dict[str, str]:
        """The train data by what questions call it, where it is a table."""
        name = self.train or options.reference
        return {TRAIN: name} if name and not profile.is_profile(Path(name)) else {}


class LeakageOptions(Options):
    """`leakage`"""

    leakage: Leakage | None = Field(
        None, description="Where the test data could give away its answers: the train data, the target, ids and dates."
    )

    @model_validator(mode="after")
    def _leakage_of_something(self) -> LeakageOptions:
        found = self.leakage
        if found and not found.train and not getattr(self, "reference", None):
            if "max_shared" in found.model_fields_set:
                raise ValueError("leakage.max_shared needs leakage.train or reference: the train data")
            if not found.target:
                raise ValueError("leakage should have train or target, or the block a reference")
        return self


def needed(scope: TableScope) -> Iterator[None]:
    """A need of no question, where leakage is looked for."""
    if getattr(scope.options, "leakage", None):
        yield None


def asked(scope: TableScope) -> Leakage:
    """What the block says of leakage."""
    found = getattr(scope.options, "leakage", None)
    assert isinstance(found, Leakage)
    return found


def train(scope: TableScope) -> str:
    """The name of the train data. Raises Skip where there is none, and CheckError where it is a profile."""
    leakage = asked(scope)
    name = leakage.train or scope.options.reference
    if not name:
        raise Skip("neither leakage.train nor reference is set: there is no train data to compare with")
    if not leakage.tables(scope.options):
        where = scope.context.line("leakage", "train") if leakage.train else scope.context.line("reference")
        raise CheckError(
            f"{name} is a stored profile, which holds no rows",
            where=where,
            next_step="Name the table that the model was trained on in leakage.train.",
        )
    return name


def present(scope: TableScope, names: Iterable[str], *keys: str) -> tuple[str, ...]:
    """The names. Raises CheckError for the first that is no column, with the nearest one."""
    known = list(scope.plan.table.columns)
    for name in names:
        if name not in known:
            raise CheckError(
                f"{'.'.join(keys)}: {name!r} is no column of {scope.options.source}",
                where=scope.context.line(*keys),
                next_step=nearest(name, known),
            )
    return tuple(names)


def target(scope: TableScope) -> str:
    """The column that is predicted. Raises Skip where none is named, CheckError where there is no such column."""
    name = asked(scope).target
    if not name:
        raise Skip("leakage.target is not set: no column is named as the one that is predicted")
    return present(scope, [name], "leakage", "target")[0]


def samples(scope: TableScope, columns: Sequence[str], with_: str, in_order: Sequence[str] = ()) -> Iterator[Sample]:
    """The cells of some rows, in bunches of columns, each with the column `with_`. The same rows in every run."""
    table = scope.plan.table
    some = min(_MOST_ROWS, max(_FEWEST_ROWS, _CELLS // max(1, len(columns))))
    every = max(1, -(-scope.rows // some))
    for start in range(0, len(columns), _COLUMNS):
        names = [with_, *columns[start : start + _COLUMNS]]
        typed = sampling.typed(table, [scope.column(name) for name in names])
        yield table.sample(typed, every, in_order)


def feature(sample: Sample, name: str) -> Feature:
    """A column of the sample, to predict from."""
    from mlops_gates.stats.predictive import Feature

    return Feature(sample.cells[name].numbers, sample.cells[name].codes)


def goal(sample: Sample, name: str) -> Target:
    """A column of the sample as what is predicted. Raises Inconclusive where it cannot be judged."""
    from mlops_gates.stats import predictive

    try:
        return predictive.target_of(feature(sample, name))
    except predictive.UndecidedError as error:
        raise Inconclusive(f"{name} cannot be predicted: {error}") from None


def measured(
    scope: TableScope,
    check: str,
    subject: str,
    power: Power,
    words: str,
    most: float,
    keys: KeyPath,
    n: int,
    remedy: str,
) -> Measurement:
    """A power beside the most that it may be."""
    exact = ""
    if power.interval is None:
        exact = "it follows from every row that was looked at"
    return Measurement(
        rule=check,
        subject=subject,
        name=subject,
        value=rounded(power.value),
        text=f"{words}, {power.measure} {_short(power.value)}{_spread(power.interval)}",
        limit=Limit(None, most, f"at most {most:g}", scope.context.line(*keys)),
        interval=power.interval,
        exact=exact,
        n=n,
        remedy=remedy,
    )


def compared(scope: TableScope) -> tuple[Column, ...]:
    """The columns that the table shares with the train data, with the type in which both can be read.

    Raises CheckError where there is none, and where a column's types are such that no row could ever be equal.
    """
    name, there = train(scope), scope.plan.table.columns_of(TRAIN)
    found = [_common(scope, column, there[column]) for column in scope.plan.table.columns if column in there]
    if not found:
        raise CheckError(f"{scope.options.source} and {name} have no column in common")
    return tuple(found)


def _common(scope: TableScope, name: str, there: Type | None) -> Column:
    column, here = scope.column(name), scope.plan.table.type_of(name)
    kinds = {here, there} - {None, "string"}
    if column.type or len(kinds) < 2:
        # Text is read as what the other table holds.
        return column if column.type else Column(name, here if here in kinds else there)
    if kinds == {"integer", "number"}:
        return Column(name, "number")
    if kinds == {"date", "timestamp"}:
        return Column(name, "timestamp")
    raise CheckError(
        f"{name} is {here} in {scope.options.source} and {there} in {train(scope)}, so no row could be equal",
        next_step=f"Give {name} the same type in both.",
    )


def _short(value: float) -> str:
    return f"{value:.3f}"


def _spread(interval: Interval | None) -> str:
    return f" ({_short(interval.low)}–{_short(interval.high)})" if interval else ""
