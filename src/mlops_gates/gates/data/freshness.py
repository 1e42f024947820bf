"""data.freshness"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Location, Measurement
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options, duration
from mlops_gates.tables.asks import Column, Count, Greatest, IsNotType, IsNull, IsOutside

_OLDEST_SECONDS = 3650 * 86400
_ZONES = timedelta(hours=14)
"""How far local time may be ahead of UTC: a clock without a zone is no value in the future."""


def _age_limit(value: object) -> float:
    seconds = duration(value)
    if not 0 < seconds <= _OLDEST_SECONDS:
        raise ValueError("should be an age of at most 3650d, such as 12h or 7d")
    return seconds


Age: TypeAlias = Annotated[
    float, BeforeValidator(_age_limit), WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+\s*[smhd]$"})
]


class FreshnessOptions(Options):
    """`freshness`"""

    freshness: Age | None = Field(None, description="How old the newest value may be: 24h, 7d.")

    @model_validator(mode="after")
    def _freshness_fits(self) -> FreshnessOptions:
        if self.freshness is not None and getattr(self, "type", None) not in ("date", "timestamp"):
            raise ValueError("freshness needs type: date or type: timestamp")
        return self


def _now(scope: TableScope) -> datetime:
    now: datetime = scope.memo.setdefault("freshness", datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    return now


def _future(scope: TableScope, column: Column) -> Count:
    return Count(IsOutside(column, None, (_now(scope) + _ZONES).isoformat(" ")))


def _body(scope: TableScope) -> Iterator[Measurement]:
    here = [(column, wanted) for column, wanted in scope.declared("freshness") if scope.has(column.name)]
    if not here:
        raise Skip("the table has none of its columns")
    for column, wanted in here:
        assert isinstance(wanted, float)
        where = scope.context.line("columns", column.name, "freshness")
        ahead = scope.plan.number(_future(scope, column)) or 0.0
        yield _among_others(scope, column, wanted, where) if ahead else _newest(scope, column, wanted, where)
        yield Measurement(
            rule=CHECK.id,
            subject=f"{column.name} in the future",
            name="future",
            value=ahead,
            text=f"{ahead:,.0f} {'value' if ahead == 1 else 'values'} in the future",
            warn=Limit(None, 0, "0", where),
            unit="rows",
            exact=EXACT,
            n=scope.rows,
            remedy="Look for a wrong clock, time zone or default date.",
        )


def _newest(scope: TableScope, column: Column, wanted: float, where: Location) -> Measurement:
    age = _age(scope, column)
    return Measurement(
        rule=CHECK.id,
        subject=column.name,
        name="age",
        value=age,
        text="no newest value" if age is None else f"the newest value is {_told(age)} old",
        reason="" if age is not None else "no cell is a date",
        limit=Limit(None, wanted, _told(wanted), where),
        unit="seconds",
        exact=EXACT,
        n=scope.rows,
        remedy=CHECK.remedy,
    )


def _among_others(scope: TableScope, column: Column, wanted: float, where: Location) -> Measurement:
    """A date in the future, such as 9999-12-31, says nothing of when the data was loaded: the others do."""
    none, wrong, outside = (scope.plan.count(ask.predicate) for ask in _window(scope, column, wanted))
    new = scope.rows - none - wrong - outside
    return Measurement(
        rule=CHECK.id,
        subject=column.name,
        name="new-enough",
        value=float(new),
        text=f"{new:,} {'value is' if new == 1 else 'values are'} at most {_told(wanted)} old and not in the future",
        limit=Limit(1, None, "at least 1", where),
        unit="rows",
        exact=EXACT,
        n=scope.rows,
        remedy=CHECK.remedy,
    )


def _window(scope: TableScope, column: Column, wanted: float) -> tuple[Count, Count, Count]:
    oldest = _now(scope) - timedelta(seconds=wanted, days=column.type == "date")
    between = IsOutside(column, oldest.isoformat(" "), (_now(scope) + _ZONES).isoformat(" "))
    return Count(IsNull(column)), Count(IsNotType(column)), Count(between)


def _then(scope: TableScope) -> Iterator[Count]:
    for column, wanted in scope.declared("freshness"):
        assert isinstance(wanted, float)
        if scope.has(column.name) and scope.plan.count(_future(scope, column).predicate):
            yield from _window(scope, column, wanted)


def _age(scope: TableScope, column: Column) -> float | None:
    """Seconds since the newest value, at least 0; a day is over when it ends."""
    newest = scope.plan.text(Greatest(column))
    if newest is None:
        return None
    moment = datetime.fromisoformat(newest) + timedelta(days=column.type == "date")
    return max(0.0, (_now(scope) - moment).total_seconds())


def _told(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g}{unit}"
    return f"{seconds:.0f}s"


CHECK: Check[TableScope] = Check(
    id="data.freshness",
    title="The newest value is new enough",
    help="The time since the newest date or timestamp of the column, in UTC; a date is over at the end of its day. Values "
    "later than anywhere on earth (14 hours ahead of UTC) warn, and make nothing new: where there are some, one of the "
    "others must be new enough.",
    remedy="Look at the step that loads the data: when did it last run, and what did it read?",
    example="data:\n  source: data/test.csv\n  columns:\n    moment: {type: timestamp, freshness: 24h}\n",
    options=FreshnessOptions,
    at="column",
    needs=lambda scope: [
        ask for column, _ in scope.declared("freshness") for ask in (Greatest(column), _future(scope, column))
    ],
    then=_then,
    body=_body,
)
