"""model.inference"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.findings import Interval, Limit, Measurement
from mlops_gates.gates.model.inferencetiming import WARM_UP, Times, times
from mlops_gates.gates.model.scope import ALWAYS, ModelScope
from mlops_gates.options import Memory, Options
from mlops_gates.stats.intervals import CONFIDENCE
from mlops_gates.stats.quantiles import quantile, slope

_SHARES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
_METHOD = "order statistics, binomial"
_MB = 1000**2


Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Latency(Options):
    """Limits of time and memory."""

    p50_ms: Milliseconds | None = Field(None, description="The longest median of a request of one row, in ms.")
    p95_ms: Milliseconds = Field(100.0, description="The longest 95th percentile of a request of one row, in ms.")
    p99_ms: Milliseconds | None = Field(None, description="The longest 99th percentile of a request of one row, in ms.")
    min_throughput: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        100.0, description="The fewest rows per second in requests of many rows."
    )
    max_memory: Memory | None = Field(None, description="The most memory that the model's process ever held.")
    max_growth: Memory = Field(_MB, description="The most memory that a request may leave behind.")
    runs: int | None = Field(
        None, ge=10, le=100_000, description="Requests of one row; else as many as decide the limits, 300 at most."
    )
    batch: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="Rows of a request of many; else up to 256, as fit in a tenth of a second.",
    )


class LatencyOptions(Options):
    """`latency`"""

    latency: Latency = Field(Latency(), description="Time and memory of a prediction.")


def _body(scope: ModelScope) -> Iterator[Measurement]:
    options = _options(scope)
    limits = {name: getattr(options, name) for name in _SHARES}
    judged = {_SHARES[name]: most / 1000 for name, most in limits.items() if most is not None}
    found = times(scope, judged, options.runs, options.batch)
    for name, share in _SHARES.items():
        if name != "p99_ms" or limits[name] is not None:
            yield _latency(scope, found, name, share)
    yield _throughput(scope, found)
    yield from _memory(scope, found)


def _latency(scope: ModelScope, found: Times, name: str, share: float) -> Measurement:
    seconds, most = 1000 * found.singles, getattr(_options(scope), name)
    value, low, high = quantile(seconds, share)
    worst, n, reason = float(seconds.max()), len(seconds), ""
    # Without an upper end the longest request stands for it, where it is over the limit: too close to tell then.
    if high is None and most is not None and worst <= most:
        reason = f"{n:,} requests do not bound it from above"
    end = worst if high is None else high
    interval = Interval(min(value, seconds.min() if low is None else low), max(value, end), CONFIDENCE, _METHOD)
    text = f"{value:.3g} ms ({_spread(interval)}, {n:,} requests of one row)"
    if name == "p50_ms":
        text += f"; the first {WARM_UP} took {1000 * max(found.warm_up):.3g} ms at most, "
        text += f"what surrounds a request {1000 * found.overhead:.3g} ms (neither is counted)"
    return Measurement(
        rule=CHECK.id,
        subject=name.removesuffix("_ms"),
        name=f"latency_{name}",
        value=None if reason else value,
        text=text,
        reason=reason,
        limit=_limit(scope, name, None, most, f"at most {most or 0:g} ms"),
        unit="ms",
        interval=None if reason else interval,
        n=n,
        remedy="Give the check more time, or a faster machine." if reason else CHECK.remedy,
    )


def _throughput(scope: ModelScope, found: Times) -> Measurement:
    least = _options(scope).min_throughput
    value, low, high = quantile(found.size / found.batch, 0.5)
    assert low is not None
    assert high is not None
    interval = Interval(low, high, CONFIDENCE, _METHOD)
    alone = 1 / max(1e-9, quantile(found.singles, 0.5)[0])
    return Measurement(
        rule=CHECK.id,
        subject="throughput",
        name="throughput",
        value=value,
        text=f"{value:,.0f} rows per second in requests of {found.size:,} rows ({_spread(interval)}, {len(found.batch)} "
        f"requests), {alone:,.0f} one by one",
        limit=_limit(scope, "min_throughput", least, None, f"at least {least:g} per second"),
        unit="rows/s",
        interval=interval,
        n=len(found.batch),
        remedy=CHECK.remedy,
    )


def _memory(scope: ModelScope, found: Times) -> Iterator[Measurement]:
    options = _options(scope)
    peak = max(scope.model.peak, scope.model.worker.memory[1])
    if not peak:  # the kernel does not say
        return
    most = options.max_memory
    yield Measurement(
        rule=CHECK.id,
        subject="memory",
        name="peak_memory_mb",
        value=peak / _MB,
        text=f"{peak / _MB:,.0f} MB at most, with interpreter and libraries",
        limit=None if most is None else _limit(scope, "max_memory", None, most / _MB, f"at most {most / _MB:,.0f} MB"),
        unit="MB",
        exact="the kernel's high-water mark of the process",
        remedy=CHECK.remedy,
    )
    growth, interval = slope(found.memory / _MB)
    most = options.max_growth
    yield Measurement(
        rule=CHECK.id,
        subject="growth",
        name="memory_growth_mb",
        value=growth,
        text=f"{growth:.3g} MB more memory after each request ({_spread(interval)}, {len(found.memory):,} requests)",
        limit=_limit(scope, "max_growth", None, most / _MB, f"at most {most / _MB:g} MB"),
        unit="MB",
        interval=interval,
        n=len(found.memory),
        remedy="Look for what keeps requests or their tables: lists, caches, closures, loggers.",
    )


def _spread(interval: Interval) -> str:
    return f"{100 * interval.confidence:.0f} % interval {interval.low:.3g} to {interval.high:.3g}"


def _limit(scope: ModelScope, key: str, low: float | None, high: float | None, text: str) -> Limit | None:
    if low is None and high is None:
        return None
    implied = key not in _options(scope).model_fields_set
    return Limit(low, high, text, scope.context.line("latency", key), implied)


def _options(scope: ModelScope) -> Latency:
    found = getattr(scope.options, "latency", None)
    return found if isinstance(found, Latency) else Latency()


CHECK: Check[ModelScope] = Check(
    id="model.inference",
    title="Predictions are fast enough and memory stays",
    help="Latency is the time that predict takes for one row (p50, p95, and p99 where it has a limit), after three requests "
    "that are told apart. The model's process takes the time; it is held against the time seen from outside less that of a "
    "request without the model, so a model cannot call itself fast. Quantiles have distribution-free 90 % intervals "
    "(order statistics): requests are made until the limits are decided, at least 10, usually 59, at most 300 or 6 seconds. "
    "Throughput is the median of five requests of 256 rows (of fewer where those would take long). Memory is what the kernel "
    "says of the process: its peak, and its growth from request to request (Theil-Sen slope with Sen's interval). By default "
    "p95 is at most 100 ms, throughput at least 100 rows per second, growth at most 1 MB per request; p50, p99 and memory "
    "are judged where the config sets their limit.",
    remedy="Measure where the time goes: loading in predict, row by row, too many threads, too large a model.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n"
    "  latency: {p95_ms: 100, min_throughput: 100, max_memory: 2GB}\n",
    body=_body,
    options=LatencyOptions,
    needs=lambda _: ALWAYS,
)
