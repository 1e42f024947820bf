"""What a number of a column may be: between bounds, near a value, or near what it is in the reference; in two tiers."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mlops_gates.document import KeyPath
from mlops_gates.findings import Limit
from mlops_gates.gates.data.numbers import bound
from mlops_gates.gates.data.scope import TableScope
from mlops_gates.options import Number, Options, ordered

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")


def _within(value: object) -> float | str:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
        return value
    if isinstance(value, str) and _PERCENT.fullmatch(value.strip()):
        return value.strip()
    raise ValueError("should be a number (5) or a percentage (10 %)")


Within: TypeAlias = Annotated[
    float | str,
    BeforeValidator(_within),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9.]+\s*%$"}]}),
]


class Bounds(Options):
    """`min`, `max` and `within`, any of them."""

    min: Number | None = Field(None, description="The smallest allowed value.")
    max: Number | None = Field(None, description="The largest allowed value.")
    within: Within | None = Field(
        None,
        description="How far it may be from `of`: a number, or a percentage of it; without `of`, from the reference.",
    )

    @model_validator(mode="after")
    def _some_bound(self) -> Bounds:
        ordered(self.min, self.max)
        if self.min is None and self.max is None and self.within is None:
            raise ValueError("should have min, max or within")
        return self

    def unknown(self, scope: TableScope, keys: KeyPath) -> Limit:
        """The place of the bounds, where what they are measured from is not known; no value may be held against it."""
        return Limit(None, None, f"within {self.within} of what is not known", scope.context.line(*keys))

    def limit(self, scope: TableScope, keys: KeyPath, near: float | None) -> Limit | None:
        """The bounds as a limit, `near` being what `within` is measured from; None where that is not known."""
        low, high = self.min, self.max
        words = [f"at least {bound(low)}"] if low is not None else []
        words += [f"at most {bound(high)}"] if high is not None else []
        if self.within is not None:
            if near is None:
                return None
            percent = _PERCENT.fullmatch(self.within) if isinstance(self.within, str) else None
            reach = abs(near) * float(percent[1]) / 100 if percent else float(self.within)
            low = near - reach if low is None else max(low, near - reach)
            high = near + reach if high is None else min(high, near + reach)
            words.append(f"within {self.within} of {near:.6g}")
        return Limit(low, high, ", ".join(words), scope.context.line(*keys))


class Expected(Bounds):
    """Bounds that fail, and bounds that only warn."""

    of: Number | None = Field(
        None, description="What `within` is measured from; the reference's value where it is left out."
    )
    warn: Bounds | None = Field(None, description="Narrower bounds: beyond them it only warns.")

    @model_validator(mode="before")
    @classmethod
    def _only_warns(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and set(raw) <= {"warn", "of"} and "warn" in raw:
            return {**raw, "min": None, "max": None, "within": None}
        return raw

    @model_validator(mode="after")
    def _some_bound(self) -> Expected:
        ordered(self.min, self.max)
        if self.min is None and self.max is None and self.within is None and self.warn is None:
            raise ValueError("should have min, max, within or warn")
        return self

    @property
    def needs_reference(self) -> bool:
        """Whether it is measured from the reference's value."""
        tiers = [self] + ([self.warn] if self.warn else [])
        return self.of is None and any(tier.within is not None for tier in tiers)

    def limits(self, scope: TableScope, keys: KeyPath, referred: float | None) -> tuple[Limit | None, Limit | None]:
        """The limit that fails and the one that warns; `referred` is the reference's value."""
        near = self.of if self.of is not None else referred
        bounded = self.min is not None or self.max is not None or self.within is not None
        fail = self.limit(scope, keys, near) if bounded else None
        return fail, self.warn.limit(scope, (*keys, "warn"), near) if self.warn else None
