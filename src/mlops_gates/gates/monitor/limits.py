"""`thresholds` and `metrics`: what is asked of the model and its service, by the names of metrics."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mlops_gates.options import Options, Range

LOSSES = ("log_loss", "brier", "calibration_error", "mae", "rmse", "mape")
COSTS = (*LOSSES, "p50_latency_ms", "p95_latency_ms", "p99_latency_ms", "error_rate")
"""Of these a bare number is the most allowed value, of all others the least."""

Name: TypeAlias = Literal[
    "accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "pr_auc",
    "log_loss",
    "brier",
    "calibration_error",
    "r2",
    "mae",
    "rmse",
    "mape",
    "latency",
    "business",
]


def _most(value: object) -> object:
    return {"max": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


def _least(value: object) -> object:
    return {"min": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "number"},
            {
                "type": "object",
                "properties": {"min": {"type": "number"}, "max": {"type": "number"}},
                "additionalProperties": False,
                "minProperties": 1,
            },
        ]
    }
)
AtLeast: TypeAlias = Annotated[Range, BeforeValidator(_least), _SCHEMA]
AtMost: TypeAlias = Annotated[Range, BeforeValidator(_most), _SCHEMA]


class Thresholds(Options):
    """Limits by metric; a number is the least allowed value, of a loss, a latency or an error rate the most."""

    accuracy: AtLeast | None = Field(None, description="Share of rows predicted right.")
    precision: AtLeast | None = Field(None, description="Share of predicted positives that are positive.")
    recall: AtLeast | None = Field(None, description="Share of positives that are predicted.")
    f1: AtLeast | None = Field(None, description="Harmonic mean of precision and recall.")
    roc_auc: AtLeast | None = Field(None, description="Chance that a positive row scores above a negative one.")
    pr_auc: AtLeast | None = Field(None, description="Average precision.")
    log_loss: AtMost | None = Field(None, description="Mean of -ln(probability of the true label), at most.")
    brier: AtMost | None = Field(None, description="Mean squared distance of probabilities from 0 and 1, at most.")
    calibration_error: AtMost | None = Field(None, description="Mean distance of probabilities from shares, at most.")
    r2: AtLeast | None = Field(None, description="Share of the target's variance that the model explains.")
    mae: AtMost | None = Field(None, description="Mean absolute error, at most.")
    rmse: AtMost | None = Field(None, description="Root of the mean squared error, at most.")
    mape: AtMost | None = Field(None, description="Mean of |error / target|, at most.")
    business: AtLeast | None = Field(None, description="Mean of the column `business`.")
    p50_latency_ms: AtMost | None = Field(None, description="Median latency in milliseconds, at most.")
    p95_latency_ms: AtMost | None = Field(None, description="95 % of requests take at most so many milliseconds.")
    p99_latency_ms: AtMost | None = Field(None, description="99 % of requests take at most so many milliseconds.")
    error_rate: AtMost | None = Field(None, description="Share (0–1) of requests that fail, at most.")

    @model_validator(mode="after")
    def _any(self) -> Thresholds:
        names = list(type(self).model_fields)
        if all(getattr(self, name) is None for name in names):
            raise ValueError(f"names no metric; there are {', '.join(names)}")
        return self


def words(limit: Range) -> str:
    """The limit as reports tell it."""
    ends = (("at least", limit.min), ("at most", limit.max))
    return " and ".join(f"{word} {end:g}" for word, end in ends if end is not None)


__all__ = ["COSTS", "LOSSES", "AtLeast", "AtMost", "Name", "Thresholds", "words"]
