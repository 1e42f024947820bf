"""What a canary block may say, and what its checks work with."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mlops_gates.adapters import prometheus
from mlops_gates.checks import Context
from mlops_gates.errors import GatesError
from mlops_gates.gates.canary.judge import Verdict
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.routes_options import Part, RouteOptions
from mlops_gates.gates.canary.sources.metrics import ARM, MetricOptions, in_cloudwatch, in_prometheus, kind, slower
from mlops_gates.gates.canary.statefile import Strategy
from mlops_gates.gates.canary.steps import planned
from mlops_gates.options import BlockOptions, Duration, ExistingFile, Number, Options, Share, Text

_NO_FILE = re.compile(r"cloudwatch|(?i:https?)://.*", re.DOTALL)
_OF_PAIRS = ("decision_churn",)
"""Metrics of both arms together: how often they answer otherwise to the same request."""


class Threshold(Options):
    """What one metric must keep to."""

    max: Number | None = Field(
        None, description="The largest allowed value; of a rate a share from 0 to 1, of p95_latency_ms milliseconds."
    )
    min: Number | None = Field(None, description="The smallest allowed value.")
    failure_limit: int | None = Field(
        None, ge=0, description="Judge look by look, and let so many looks break it; left out, evidence decides."
    )
    dry_run: bool = Field(False, description="Show it and let it decide nothing.")

    @model_validator(mode="after")
    def _one(self) -> Threshold:
        if (self.max is None) == (self.min is None):
            raise ValueError("should say max or min, one of them")
        return self

    @property
    def value(self) -> float:
        """The limit."""
        found = self.max if self.max is not None else self.min
        assert found is not None
        return found


def _steps(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str | float | int) else value


class CanaryOptions(BlockOptions):
    """What a canary block may say."""

    endpoint: Text = Field(description="What serves the traffic: the endpoint's name, or any name of a router.")
    candidate: str = Field("", description="The version that is tried.")
    strategy: Strategy = Field("canary", description="Which shares come in which order.")
    steps: Annotated[tuple[Part, ...], BeforeValidator(_steps)] = Field(
        (0.1,), description="Shares of the traffic for the candidate, before it is promoted."
    )
    route: RouteOptions = Field(
        default_factory=lambda: RouteOptions.model_validate({}), description="What shifts traffic."
    )
    state: Annotated[Text, ExistingFile(needed=False)] = Field(
        "mlops-gates-canary.json", description="Where a canary under way is stored."
    )
    resume: bool = Field(False, description="Only go on with a canary that is under way.")
    metrics_from: Annotated[Text, ExistingFile(unless=_NO_FILE)] = Field(
        "cloudwatch", description="cloudwatch, the address of a Prometheus (http://…), or a file of samples (.csv)."
    )
    arms: dict[Literal["baseline", "canary"], str] = Field(
        default_factory=dict, description="What the arms are called there: variants, or values of the label `arm`."
    )
    metrics: dict[str, MetricOptions] = Field(
        default_factory=dict,
        description="Metrics that are judged against the baseline; error_rate where none is named.",
    )
    thresholds: dict[str, Threshold] = Field(default_factory=dict, description="Fixed limits, by metric.")
    against: Literal["baseline", "thresholds"] = Field(
        "baseline", description="baseline: also against the live baseline; thresholds: only against fixed limits."
    )
    duration: Duration = Field(3600.0, description="How long it is watched at most.")
    interval: Duration = Field(60.0, description="Length of an interval.")
    initial_delay: Duration | None = Field(None, description="Warm-up that is left out at the beginning.")
    bake: Duration | None = Field(
        None, description="How long it is watched at least before a promotion; two thirds of it."
    )
    late: Duration | None = Field(None, description="How long after its end an interval is read; by the source.")
    margin: Number = Field(1.5, gt=1, description="A ratio to the baseline below this is good enough for a promotion.")
    tolerance: Number = Field(1.0, ge=1, description="A ratio up to this is no reason for a rollback.")
    alpha: Share = Field(0.05, gt=0, description="The chance of a false rollback, over all metrics and looks.")
    consecutive_error_limit: int = Field(4, ge=0, description="Silent looks in a row after which a metric is given up.")
    inconclusive_limit: int | None = Field(None, ge=0, description="Looks that may lack a metric in all.")
    on_fail: Literal["rollback", "nothing"] = Field("rollback", description="What a failed canary does.")
    on_cancel: Literal["rollback", "keep"] = Field(
        "rollback", description="What a run does that is stopped in the middle; with `on_fail: nothing` it keeps."
    )

    @model_validator(mode="after")
    def _fits(self) -> CanaryOptions:
        if "timeout" not in self.model_fields_set:
            # It must outlast what it watches, and the way back after it; ten more minutes end what hangs.
            moving = self.route.settle + self.route.rollback
            object.__setattr__(self, "timeout", self.duration + (self.late or 180.0) + moving + 600.0)
        try:
            planned(self.strategy, self.steps)
        except ValueError as error:
            raise ValueError(f"steps: {error}") from None
        if self.interval * 2 > self.duration:
            raise ValueError("the duration should hold at least two intervals")
        if self.metrics_from == "cloudwatch" and self.interval % 60:
            raise ValueError("interval: CloudWatch counts in minutes, so it should be of whole minutes")
        if self.looks - self._delay < 2:
            raise ValueError("the duration should hold at least two intervals after initial_delay")
        if self.bake is not None and self.bake // self.interval > self.looks - self._delay:
            raise ValueError("a bake that is longer than the duration without initial_delay lets nothing be promoted")
        if self.against == "thresholds" and not self.thresholds:
            raise ValueError("against: thresholds needs thresholds")
        for name in self.named:
            if name not in self.thresholds and (self.against == "thresholds" or name in _OF_PAIRS):
                raise ValueError(f"{name} has no baseline to be held to, and no limit under thresholds")
        self._two_arms()
        self._limited()
        self._found()
        return self

    def _limited(self) -> None:
        """Limits are of what their metrics are: of a rate a share, of a quantile milliseconds."""
        for name, one in self.named.items():
            limit = self.thresholds.get(name)
            if slower(name) is not None:
                if limit is None or limit.max is None or limit.max <= 0:
                    raise ValueError(
                        f"{name} needs a limit under thresholds, its largest allowed milliseconds: {{max: 250}}"
                    )
            elif limit is not None and kind(name, one) == "rate" and not 0 <= limit.value <= 1:
                raise ValueError(
                    f"thresholds: {name}: a rate is a share from 0 to 1 (5 % is 0.05), {limit.value:g} is none"
                )

    def _found(self) -> None:
        """Each metric is where looks come from, so that it is not found out while a canary is under way."""
        if not (self.metrics_from == "cloudwatch" or self.metrics_from.endswith(".csv") or self.from_prometheus):
            raise ValueError(
                "metrics_from: should be cloudwatch, the address of a Prometheus such as http://prometheus:9090, or a file "
                "of samples that ends in .csv"
            )
        try:
            if self.from_prometheus:
                prometheus.host(self.metrics_from)
            for name, one in self.named.items():
                if self.metrics_from == "cloudwatch":
                    in_cloudwatch(name, one)
                elif self.from_prometheus:
                    in_prometheus(name, one)
        except GatesError as error:
            raise ValueError(f"{error.what}: {error.next_step}") from None

    def _two_arms(self) -> None:
        """What reads the same of both arms finds no difference between them, and would promote whatever comes."""
        if self.arms.get("baseline", "baseline") == self.arms.get("canary", "canary"):
            raise ValueError("arms: baseline and canary have one name, and should have two")
        if self.against == "baseline":
            for name, one in self.metrics.items():
                if name not in _OF_PAIRS and one.prometheus and (same := one.prometheus.armless):
                    raise ValueError(
                        f"metrics: {name}: {same} asks the same of both arms; write {ARM} where they differ"
                    )

    @property
    def from_prometheus(self) -> bool:
        """Whether looks come from a Prometheus."""
        return self.metrics_from.lower().startswith(("http://", "https://"))

    @property
    def named(self) -> dict[str, MetricOptions]:
        """Every metric that is read."""
        told = self.metrics or {"error_rate": MetricOptions()}
        told = {**told, **{name: MetricOptions() for name in self.thresholds if name not in told}}
        return {name: self._bounded(name, one) for name, one in told.items()}

    def _bounded(self, name: str, one: MetricOptions) -> MetricOptions:
        """A quantile is within its limit where few enough requests are above it, so the limit is their bound."""
        limit = self.thresholds.get(name)
        return one.model_copy(update={"bound_ms": limit.max}) if limit and slower(name) is not None else one

    @property
    def looks(self) -> int:
        """Intervals in the whole duration."""
        return max(1, int(self.duration // self.interval))

    def plan(self) -> Plan:
        """How it is judged."""
        return Plan(
            tuple(self._metric(name, one) for name, one in self.named.items()),
            looks=self.looks,
            delay=self._delay,
            alpha=self.alpha,
            bake=self._bake(),
            error_limit=self.consecutive_error_limit,
            inconclusive_limit=self.inconclusive_limit,
        )

    @property
    def _delay(self) -> int:
        return int((self.initial_delay or 0) // self.interval)

    def _bake(self) -> int:
        """Looks before a promotion: of two thirds of them, of a third of the last step, and what is asked, the most."""
        shares, looks = len(planned(self.strategy, self.steps)), self.looks - self._delay
        last = math.ceil(looks * (shares - 1) / shares + looks / (3 * shares))
        asked = round(looks * 2 / 3) if self.bake is None else int(self.bake // self.interval)
        return max(1, asked, last if shares > 1 else 1)

    def _metric(self, name: str, one: MetricOptions) -> Metric:
        limit, share = self.thresholds.get(name), slower(name)
        value = share if share is not None else None if limit is None else limit.value
        by_looks = limit is not None and (limit.failure_limit is not None or limit.min is not None)
        return Metric(
            name,
            kind(name, one),
            against_baseline=self.against == "baseline" and name not in _OF_PAIRS,
            limit=value,
            side="max" if limit is None or limit.max is not None else "min",
            judged_by="looks" if by_looks else "evidence",
            failure_limit=(limit.failure_limit or 0) if limit else 0,
            dry_run=bool(limit and limit.dry_run),
            margin=self.margin,
            tolerance=self.tolerance,
            of=f"requests above {limit.value:g} ms" if limit and share is not None else "",
        )


Steps = Annotated[tuple[float, ...], WithJsonSchema({"type": "array"})]


@dataclasses.dataclass
class CanaryScope:
    """One canary. `verdicts` are one per look, `verdict` the last word; `traffic` says what became of the
    traffic, `forecast` what this canary could show, told before it starts; `late` is by metric how many requests came after
    their interval was read, and were judged nowhere."""

    context: Context
    options: CanaryOptions
    verdicts: list[Verdict] = field(default_factory=list)
    verdict: Verdict | None = None
    traffic: str = ""
    forecast: str = ""
    late: dict[str, int] = field(default_factory=dict)
    failure: Exception | None = None
    memo: dict[str, Any] = field(default_factory=dict)
