"""What is asked of a canary: which metrics, against what, for how long."""

from __future__ import annotations

from typing import Literal

from mlops_gates.records import dataclass
from mlops_gates.stats.rateratio import Settings


@dataclass(frozen=True)
class Metric:
    """One metric. `rate`: bad ones among all; `value`: means, of which `worse` says which way is bad.

    `against_baseline`: judged against the live baseline. `limit` is what the canary itself must keep to, `side` which side of
    it is bad (None: no limit). `judged_by`: `evidence` accumulates over looks; `looks` counts looks that break the limit, as
    many as `failure_limit` are let pass. A `dry_run` metric is shown and decides nothing. `margin` is how much worse is good
    enough: a ratio for a rate, a share of the baseline's mean for a value. `of` says of which requests it is the share.
    """

    name: str
    kind: Literal["rate", "value"] = "rate"
    worse: Literal["more", "less"] = "more"
    against_baseline: bool = True
    limit: float | None = None
    side: Literal["max", "min"] = "max"
    judged_by: Literal["evidence", "looks"] = "evidence"
    failure_limit: int = 0
    dry_run: bool = False
    margin: float = 1.5
    tolerance: float = 1.0
    of: str = ""

    @property
    def called(self) -> str:
        """What messages call it."""
        return f"{self.name} ({self.of})" if self.of else self.name

    @property
    def weighed(self) -> bool:
        """Whether evidence is gathered against its limit: of a rate, and a limit that chance could break."""
        limit = self.limit
        return self.kind == "rate" and self.judged_by == "evidence" and limit is not None and 0 < limit < 1


@dataclass(frozen=True)
class Plan:
    """How the canary is judged. `looks` are planned at most, `delay` are left out at the beginning (warm-up).

    `alpha` is the chance of a false rollback over all metrics, limits judged by evidence, and looks; `beta` that of a promotion
    at the margin. `bake` looks pass before a promotion; None means two thirds of those that are judged. After more than
    `error_limit` looks in a row without a word of a metric, it is given up; more than `inconclusive_limit` silent looks in all
    end the canary undecided.
    """

    metrics: tuple[Metric, ...]
    looks: int = 60
    delay: int = 0
    alpha: float = 0.05
    beta: float = 0.04
    bake: int | None = None
    error_limit: int = 4
    inconclusive_limit: int | None = None

    @property
    def baked(self) -> int:
        """Looks before a promotion."""
        return self.bake if self.bake is not None else max(1, round(self.judged_looks * 2 / 3))

    @property
    def judged(self) -> tuple[Metric, ...]:
        """The metrics that decide; they share `alpha`."""
        return tuple(metric for metric in self.metrics if not metric.dry_run)

    @property
    def judged_looks(self) -> int:
        """Looks without those of the warm-up."""
        return max(2, self.looks - self.delay)

    def settings(self, metric: Metric) -> Settings:
        """The test of a rate against the baseline. A metric with a baseline and a limit has two shares of `alpha`."""
        share = 1 / max(1, sum(one.against_baseline + one.weighed for one in self.judged))
        looks = self.judged_looks
        return Settings(
            tolerance=metric.tolerance,
            catastrophe=2 * metric.tolerance,
            margin=metric.margin,
            alpha=0.8 * self.alpha * share,
            alpha_fast=0.2 * self.alpha * share,
            beta=self.beta,
            looks=looks,
            first=min(10, max(1, looks // 6)),
            bake=self.baked,
        )
