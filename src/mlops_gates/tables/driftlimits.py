"""The config keys of drift, which gates share: how far a column may be from the reference."""

from __future__ import annotations

from pydantic import Field

from mlops_gates.options import Options, Share, Text

SAMPLE = 200_000
"""Rows that spreads are made of where a larger table can leave some out: a share is then known to within 0.2 %."""


class DriftLimits(Options):
    """How far a column may be from the reference, as effects. 1 switches an effect off."""

    max_wasserstein: float = Field(0.1, description="Numbers: Wasserstein distance in standard deviations.", ge=0)
    max_ks: Share = Field(0.1, description="Numbers: Kolmogorov–Smirnov distance (0–1).")
    max_js: Share = Field(0.1, description="Categories: Jensen–Shannon distance (0–1).")
    max_psi: float | None = Field(None, description="Population stability index; judged only where it is set.", ge=0)
    max_nulls: Share = Field(0.1, description="Jensen–Shannon distance of the shares of nulls (0–1).")
    max_unseen: Share = Field(0.0, description="Share of the rows (0–1) with new, or with vanished, categories.")
    alpha: float = Field(0.05, description="The false discovery rate over all columns.", gt=0, lt=1)
    min_rows: int = Field(200, description="Fewer rows or values on a side are inconclusive.", ge=20)
    columns: tuple[Text, ...] = Field(
        (), description="The columns to compare; all of them where left out.", strict=False
    )
    ignore: tuple[Text, ...] = Field((), description="Columns that are not compared: ids, the label.", strict=False)
    sample: int = Field(
        SAMPLE,
        description="Where a Parquet file has more rows, drift is looked for in about so many, chosen by a hash.",
        ge=1_000,
    )


def key(effect: str) -> str:
    """The config key that bounds an effect."""
    return "max_unseen" if effect in ("new", "vanished") else f"max_{effect}"
