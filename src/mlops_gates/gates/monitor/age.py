"""monitor.age"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.monitor.scope import Moment, MonitorScope, moment
from mlops_gates.options import InputPath, Options, Text, duration

_OLDEST = 36_500 * 86_400
_MOST_BYTES = 16 << 20


def _age(value: object) -> float:
    seconds = duration(value)
    if not 0 < seconds <= _OLDEST:
        raise ValueError("should be an age such as 90d or 12h")
    return seconds


Age: TypeAlias = Annotated[
    float, BeforeValidator(_age), WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+\s*[smhd]$"})
]


class Metadata(Options):
    """A key of a JSON file."""

    file: InputPath = Field(description="The model's metadata, a JSON file.")
    key: Text = Field(description="The key of the moment of training; dots lead into objects: training.finished.")


class AgeOptions(Options):
    """`max_age`, `trained`"""

    max_age: Age | None = Field(None, description="How long ago the model may have been trained: 90d.")
    trained: Moment | Metadata | None = Field(
        None, description="When the model was trained: a date or moment, or where its metadata says so: {file, key}."
    )

    @model_validator(mode="after")
    def _of_something(self) -> AgeOptions:
        if self.max_age is not None and self.trained is None:
            raise ValueError("max_age needs `trained`: a date, or {file, key} of the metadata that says it")
        return self


def _trained(scope: MonitorScope) -> str:
    found = getattr(scope.options, "trained", None)
    if not isinstance(found, Metadata):
        return str(found)
    path, where = scope.context.workdir / found.file, scope.context.line("trained", "key")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError
        value: object = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise CheckError(f"{found.file} is no JSON that can be read", where=scope.context.line("trained")) from None
    for part in found.key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    try:
        moment(value if isinstance(value, str) else "")
    except ValueError:
        raise CheckError(
            f"{found.file} has no moment at {found.key!r}", where=where, next_step="Write it as 2027-01-31T06:00:00Z."
        ) from None
    return str(value)


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    wanted: float = getattr(scope.options, "max_age")  # noqa: B009 - an option of this check's own
    text = _trained(scope)
    # A day is over when it ends: a model of today is no negative age old.
    age = (scope.now - moment(text)).total_seconds()
    if age < -timedelta(hours=14).total_seconds():
        raise CheckError(
            f"the model was trained after the end of the window ({text})",
            where=scope.context.line("trained"),
            next_step="Look for a wrong date or clock.",
        )
    age = max(0.0, age)
    scope.metrics["model_age_days"] = round(age / 86_400, 3)
    yield Measurement(
        rule=CHECK.id,
        subject="model",
        name="age",
        value=age,
        text=f"trained {age / 86_400:,.1f} days ago",
        limit=Limit(None, wanted, f"at most {wanted / 86_400:,.3g} days", scope.context.line("max_age")),
        unit="seconds",
        exact="a date, not an estimate",
        remedy=CHECK.remedy,
    )


CHECK: Check[MonitorScope] = Check(
    id="monitor.age",
    title="The model is not too old",
    help="The time since the model was trained, at the end of the window. The moment stands in the config (`trained`) or in "
    "the model's metadata, a JSON file.",
    remedy="Train again on newer data, or say why an old model is right and raise `max_age`.",
    example="monitor:\n  live: data/test.csv\n  max_age: 90d\n  trained: 2026-11-01\n",
    options=AgeOptions,
    needs=lambda scope: [True] if getattr(scope.options, "max_age", None) is not None else [],
    body=_body,
)
