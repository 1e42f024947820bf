"""The config keys of fairness."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from mlops_gates.options import Options, Share, Text

Name = Literal["demographic_parity", "disparate_impact", "equal_opportunity", "equalized_odds", "accuracy_gap"]
METRICS: tuple[Name, ...] = (
    "demographic_parity",
    "disparate_impact",
    "equal_opportunity",
    "equalized_odds",
    "accuracy_gap",
)


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Columns = Annotated[
    tuple[Text, ...],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class Fairness(Options):
    """Between which groups of people the model may not differ, and how much it may."""

    attribute: Columns = Field(
        description="The column that holds the groups, or several; it may be among `drop`.", min_length=1, strict=False
    )
    intersections: bool = Field(
        False, description="Whether the groups are those of all attributes together, besides each attribute's own."
    )
    max_difference: float = Field(
        0.1, description="The largest difference of two groups' rates; of a regression, in spreads of the target.", ge=0
    )
    min_disparate_impact: Share = Field(0.8, description="The least ratio of two groups' shares of positive answers.")
    min_group: int = Field(30, description="Rows below which a group's rate is not measured.", ge=2)
    metrics: tuple[Name, ...] = Field(
        METRICS,
        description="What is compared: demographic_parity, disparate_impact, equal_opportunity, equalized_odds, accuracy_gap.",
        min_length=1,
        strict=False,
    )


class FairnessOptions(Options):
    """`fairness`"""

    fairness: Fairness | None = Field(
        None, description="Groups of people between which the model may not differ: {attribute: gender} and limits."
    )
