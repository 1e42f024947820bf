"""What a config value may be: strict models and the field's own scalars (allowance, duration, memory, paths)."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from mlops_gates.records import dataclass

_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|h|d)")
_MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)")
_LONGEST_SECONDS = 31 * 86400
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
_BYTES |= {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}


class Options(BaseModel):
    """Base of every part of the config: unknown keys and loose types are errors, values never change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
        defer_build=True,
    )


@dataclass(frozen=True)
class Allowance:
    """How many bad rows a rule tolerates: a count of rows, or a share (0–1) of the rows looked at."""

    text: str
    count: int | None = None
    share: float | None = None

    def rows(self, looked_at: int) -> int:
        """The largest tolerated count among `looked_at` rows."""
        if self.count is not None:
            return self.count
        assert self.share is not None
        return math.floor(self.share * looked_at + 1e-9)


def _allowance(value: object) -> Allowance:
    if isinstance(value, Allowance):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Allowance(str(value), count=value)
    if isinstance(value, float) and 0 <= value < 1:
        return Allowance(f"{value:g}", share=value)
    if isinstance(value, str) and (match := _SHARE.fullmatch(value.strip())) and float(match[1]) <= 100:
        return Allowance(value.strip(), share=float(match[1]) / 100)
    raise ValueError("should be a count of rows (0, 12), a percentage (0.2 %) or a decimal number below 1 (0.002)")


@dataclass(frozen=True)
class Tiers:
    """How many bad rows warn and how many fail: above `warn` warns, above `fail` fails. One of them may be None."""

    fail: Allowance | None
    warn: Allowance | None = None


def _tiers(value: object) -> Tiers:
    if isinstance(value, Tiers):
        return value
    if not isinstance(value, dict):
        return Tiers(_allowance(value))
    if not value or set(value) - {"warn", "fail"}:
        raise ValueError("should be a limit, or a mapping with warn, fail or both")
    made = Tiers(**{"fail": None, **{tier: _allowance(limit) for tier, limit in value.items()}})
    if made.warn and made.fail and _never_warns(made.warn, made.fail):
        raise ValueError(f"warn {made.warn.text} is not below fail {made.fail.text}: nothing would ever warn")
    return made


def _never_warns(warn: Allowance, fail: Allowance) -> bool:
    if warn.count is not None and fail.count is not None:
        return warn.count >= fail.count
    return warn.share is not None and fail.share is not None and warn.share >= fail.share


def _duration(value: object) -> float:
    seconds = duration(value)
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError("should be a positive duration of at most 31d, such as 90s, 5m or 1h")
    return seconds


def duration(value: object) -> float:
    """Seconds of `90s`, `5m`, `1h`, `2d` or a bare number; 0 for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(match[1]) * _SECONDS[match[2]] if match else 0.0


def _memory(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str) and (match := _MEMORY.fullmatch(value.strip())) and float(match[1]) > 0:
        return int(float(match[1]) * _BYTES[match[2]])
    raise ValueError("should be a positive size such as 512MB or 4GB")


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise ValueError("should be a finite number")


def _share(value: object) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError("should be a number from 0 to 1")
    return number


def _day(value: object) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
        raise ValueError
    except ValueError:
        raise ValueError("should be a date such as 2027-01-31") from None


@dataclass(frozen=True)
class ExistingFile:
    """Marks a path that must exist before the first gate starts (and lie in the workspace on a CI host).

    A value that `unless` matches is no path; one that is not `needed` may not be there yet.
    """

    unless: re.Pattern[str] | None = None
    needed: bool = True

    def is_path(self, value: str) -> bool:
        """Whether the value names a file."""
        return not (self.unless and self.unless.fullmatch(value))


class ExistingSource(ExistingFile):
    """Marks a data source: a file, a folder, a pattern that matches something, or a place in another system."""


_ALLOWANCE_SCHEMA: list[dict[str, Any]] = [
    {"type": "integer", "minimum": 0},
    {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*%$"},
]
AllowanceOf: TypeAlias = Annotated[Allowance, BeforeValidator(_allowance), WithJsonSchema({"anyOf": _ALLOWANCE_SCHEMA})]
TiersOf: TypeAlias = Annotated[
    Tiers,
    BeforeValidator(_tiers),
    WithJsonSchema(
        {
            "anyOf": [
                *_ALLOWANCE_SCHEMA,
                {
                    "type": "object",
                    "properties": {tier: {"anyOf": _ALLOWANCE_SCHEMA} for tier in ("warn", "fail")},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]
Duration: TypeAlias = Annotated[
    float,
    BeforeValidator(_duration),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^[0-9.]+\s*[smhd]$"}, {"type": "number", "minimum": 0}]}),
]
Memory: TypeAlias = Annotated[
    int,
    BeforeValidator(_memory),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^[0-9.]+\s*[kKMGT]?i?B$"}, {"type": "integer"}]}),
]
Number: TypeAlias = Annotated[float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Share: TypeAlias = Annotated[
    float, PlainValidator(_share), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
Text: TypeAlias = Annotated[str, StringConstraints(min_length=1)]
Day: TypeAlias = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
InputPath: TypeAlias = Annotated[str, StringConstraints(min_length=1), ExistingFile()]
InputSource: TypeAlias = Annotated[str, StringConstraints(min_length=1), ExistingSource()]


class Range(Options):
    """A closed range; either end may be left out, not both."""

    min: Number | None = Field(None, description="The smallest allowed value.")
    max: Number | None = Field(None, description="The largest allowed value.")

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        ordered(self.min, self.max)
        if self.min is None and self.max is None:
            raise ValueError("should have min, max or both")
        return self


def ordered(low: Any, high: Any) -> None:
    """Raises ValueError when both ends are given and contradict each other."""
    if low is not None and high is not None and low > high:
        raise ValueError(f"min {low} is above max {high}: nothing could ever pass")


def as_range(value: object) -> object:
    """`0.75` means `{min: 0.75}`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"min": value}
    if isinstance(value, dict | Range):
        return value
    raise ValueError("should be a number (the least allowed value) or a mapping with min, max or both")


class ShareRange(Range):
    """A closed range within 0–1."""

    min: Share | None = Field(None, description="The smallest allowed value.")
    max: Share | None = Field(None, description="The largest allowed value.")


ShareAtLeast: TypeAlias = Annotated[
    ShareRange,
    BeforeValidator(as_range),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {
                    "type": "object",
                    "properties": {end: {"type": "number", "minimum": 0, "maximum": 1} for end in ("min", "max")},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]


class Waiver(Options):
    """A failed rule that is known and accepted until a day."""

    rule: Text = Field(description="The rule's id, such as data.nulls.")
    subject: str = Field(
        "", description="The finding's subject, such as a column; left out, the waiver covers them all."
    )
    reason: Text = Field(description="Why it is accepted; shown in every report.")
    expires: Day = Field(description="The last day on which the waiver holds.")


class Policy(Options):
    """How results become a verdict. `inconclusive` and `advisory` are the only switches that soften one."""

    inconclusive: Literal["fail", "warn"] = Field(
        "fail", description="What an inconclusive check means for the verdict."
    )
    advisory: tuple[str, ...] = Field((), description="Gates whose findings only warn.", strict=False)
    waivers: tuple[Waiver, ...] = Field(
        (), description="Failed rules that are known and accepted for a while.", strict=False
    )
    timeout: Duration = Field(540.0, description="Time for the whole run.")
    memory: Memory = Field(8 * 1000**3, description="Default memory of a gate.")


class BlockOptions(Options):
    """What every block of every gate may say."""

    @property
    def elsewhere(self) -> bool:
        """Whether its sources may be names that only another system knows, so that no file needs to be there."""
        return False

    name: str = Field(
        "", description="The block's name; needed where a gate has a list of blocks.", pattern=r"^[A-Za-z0-9_.-]*$"
    )
    timeout: Duration = Field(300.0, description="Time for this block.")
    memory: Memory | None = Field(None, description="Memory for this block; `policy.memory` where it is left out.")
