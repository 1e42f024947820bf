"""The limits of metrics, as the config writes them: which way is better, and what can never be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mlops_gates.options import Options, Range, ShareAtLeast, as_range


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_most(value: object) -> object:
    """`0.5` means `{max: 0.5}`; a loss is never negative."""
    made = {"max": value} if _number(value) else value
    if not isinstance(made, dict | Range):
        raise ValueError("should be a number (the most allowed value) or a mapping with min, max or both")
    if isinstance(made, dict) and any(_number(one) and one < 0 for one in made.values()):
        raise ValueError("should not be below 0: a loss never is")
    return made


def _up_to_one(value: object) -> object:
    made = as_range(value)
    if isinstance(made, dict) and any(_number(one) and one > 1 for one in made.values()):
        raise ValueError("should not be above 1: r2 is 1 at most")
    return made


def _as(read: Callable[[object], object], **bound: float) -> tuple[BeforeValidator, WithJsonSchema]:
    number: dict[str, Any] = {"type": "number", **bound}
    ends = {"type": "object", "properties": dict.fromkeys(("min", "max"), number), "additionalProperties": False}
    return BeforeValidator(read), WithJsonSchema({"anyOf": [number, {**ends, "minProperties": 1}]})


AtMost: TypeAlias = Annotated[Range, *_as(_as_most, minimum=0)]
UpToOne: TypeAlias = Annotated[Range, *_as(_up_to_one, maximum=1)]
AtLeast: TypeAlias = Annotated[Range, *_as(as_range)]


class Thresholds(Options):
    """Limits of the metrics; a number is the least allowed value, of a loss the most."""

    accuracy: ShareAtLeast | None = Field(None, description="Share of rows predicted right.")
    precision: ShareAtLeast | None = Field(None, description="Share of predicted positives that are positive.")
    recall: ShareAtLeast | None = Field(None, description="Share of positives that are predicted.")
    f1: ShareAtLeast | None = Field(None, description="Harmonic mean of precision and recall.")
    roc_auc: ShareAtLeast | None = Field(None, description="Chance that a positive row scores above a negative one.")
    pr_auc: ShareAtLeast | None = Field(None, description="Average precision: area under precision over recall.")
    log_loss: AtMost | None = Field(None, description="Mean of -ln(probability of the true label), at most.")
    brier: AtMost | None = Field(None, description="Mean squared distance of probabilities from 0 and 1, at most.")
    calibration_error: AtMost | None = Field(
        None, description="Mean distance of probabilities from shares in bins of equally many rows, at most."
    )
    r2: UpToOne | None = Field(None, description="Share of the target's variance that the model explains.")
    mae: AtMost | None = Field(None, description="Mean absolute error, in the unit of the target, at most.")
    rmse: AtMost | None = Field(None, description="Root of the mean squared error, in the unit of the target, at most.")
    mape: AtMost | None = Field(None, description="Mean of |error / target|, at most; 0.1 is 10 %.")
    business: AtLeast | None = Field(None, description="Mean value per row, as `business` says; costs count negative.")

    @model_validator(mode="after")
    def _any(self) -> Thresholds:
        names = list(type(self).model_fields)
        if all(getattr(self, name) is None for name in names):
            raise ValueError(f"names no metric; there are {', '.join(names)}")
        return self
