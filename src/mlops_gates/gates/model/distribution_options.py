"""The config keys of the distribution."""

from __future__ import annotations

from pydantic import Field, model_validator

from mlops_gates.options import Number, Options, Share, Text, ordered


class ExpectedStats(Options):
    """What a column of numbers was like in training, written down by hand."""

    mean: Number | None = Field(None, description="Its mean.")
    std: float | None = Field(None, description="Its standard deviation.", gt=0, allow_inf_nan=False)
    min: Number | None = Field(None, description="No value is below.")
    max: Number | None = Field(None, description="No value is above.")
    missing: Share | None = Field(None, description="The largest share (0–1) of missing cells.")

    @model_validator(mode="after")
    def _says_something(self) -> ExpectedStats:
        ordered(self.min, self.max)
        if not any(value is not None for value in (self.mean, self.std, self.min, self.max, self.missing)):
            raise ValueError("should have one of mean, std, min, max, missing")
        return self


class Distribution(Options):
    """How far the test data may be from what the model was trained on."""

    expected_stats: dict[str, ExpectedStats] = Field(
        default_factory=dict, description="By column: {mean: 32, std: 24, min: 0, max: 72, missing: 0.01}."
    )
    max_deviation: float = Field(
        0.1, description="Of expected_stats: mean in expected standard deviations, std in shares of it.", ge=0
    )
    max_missing: Share | None = Field(
        None, description="The largest share (0–1) of missing cells in any feature; judged only where it is set."
    )
    max_wasserstein: float = Field(0.1, description="Numbers: Wasserstein distance in standard deviations.", ge=0)
    max_ks: Share = Field(0.1, description="Numbers: Kolmogorov–Smirnov distance (0–1).")
    max_js: Share = Field(0.1, description="Categories: Jensen–Shannon distance (0–1).")
    max_psi: float | None = Field(None, description="Population stability index; judged only where it is set.", ge=0)
    max_nulls: Share = Field(0.1, description="Jensen–Shannon distance of the shares of missing cells (0–1).")
    max_unseen: Share = Field(0.0, description="Share of the rows (0–1) with new, or with vanished, categories.")
    alpha: float = Field(
        0.01,
        description="How often equal data may be told as different: the false discovery rate over all columns.",
        gt=0,
        lt=1,
    )
    min_rows: int = Field(200, description="Fewer rows or values on a side cannot be compared.", ge=20)
    ignore: tuple[Text, ...] = Field((), description="Columns that are not compared.", strict=False)


class DistributionOptions(Options):
    """`distribution`"""

    distribution: Distribution = Field(
        Distribution(), description="How far the test data may be from `reference` and from expected_stats."
    )
