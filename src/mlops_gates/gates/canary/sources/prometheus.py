"""Looks out of Prometheus: counters at the edges of an interval, buckets of a latency, or queries of the user's."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

from mlops_gates.adapters.prometheus import Prometheus, QueryError, Series
from mlops_gates.errors import CheckError, ConfigError
from mlops_gates.gates.canary.sources.clock import Clock
from mlops_gates.gates.canary.sources.counters import (
    Births,
    Growth,
    Labels,
    Unreadable,
    alike,
    drops,
    grown,
    growth,
    whole,
)
from mlops_gates.gates.canary.sources.metrics import (
    MetricOptions,
    PrometheusMetric,
    Sums,
    bound,
    in_prometheus,
    told_apart,
)
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Arm, Count, Look, Moments

DELAY = 30.0
"""Seconds after its end when an interval is read: two scrapes of the usual 15 s."""
LOOKBACK = 300.0
"""Seconds before an interval in which the value at its start is looked for, as Prometheus's own staleness."""
ARMS: Mapping[Arm, str] = {BASELINE: "baseline", CANARY: "canary"}
_MOST_EXTRAPOLATED = 1.05
_LEAST = 0.999
"""`increase` of a counter is 0 or at least 1: what it extrapolates only adds. Rounded, a smaller one would be no errors."""


class PrometheusSource:
    """The metrics of the config, by arm; `arms` says which label value stands for `{{arm}}`."""

    def __init__(
        self,
        prometheus: Prometheus,
        metrics: Mapping[str, MetricOptions],
        clock: Clock,
        arms: Mapping[Arm, str] = ARMS,
    ) -> None:
        self._prometheus = prometheus
        self._metrics = {name: (in_prometheus(name, one), one) for name, one in metrics.items()}
        self._clock = clock
        self._arms = told_apart(arms)
        if any(mark in name or not name.isprintable() for name in arms.values() for mark in "'`"):
            # Escaped it stays within double quotes; a query of the user's may have others.
            raise ConfigError(
                "the name of an arm has a quote or a control character",
                next_step="Give the arms other values of their label.",
            )

    def ready(self) -> None:
        """Ask each query once, before anything begins; from then on the server's clock is known.

        Raises CheckError as `read`, and where Prometheus says that a query is none.
        """
        now = self._clock.now()
        try:
            self._prometheus.query("1", now)
        except QueryError as error:
            raise CheckError(str(error), next_step="Is Prometheus up, and not too busy?") from None
        self._clock.against(self._prometheus.date, "Prometheus")
        window = _Window(self._prometheus, next(iter(self._arms.values())), now - 1, now)
        for name, (found, options) in self._metrics.items():
            try:
                self._arm(name, found, options, window)
            except QueryError as error:
                if error.wrong:
                    raise CheckError(f"metric {name}: {error}", next_step="Correct its query.") from None
            except Unreadable:
                continue  # that there is no data yet is no fault of the query

    def read(self, start: float, end: float) -> Look:
        """The interval (start, end]. A metric whose query fails, or of which no arm says anything, is in `errors`.

        Raises CheckError where Prometheus cannot be asked, or its clock and ours differ by more than a minute.
        """
        counts: dict[str, dict[Arm, Count]] = {}
        values: dict[str, dict[Arm, Moments]] = {}
        errors: dict[str, str] = {}
        for name, (found, options) in self._metrics.items():
            try:
                for arm in self._arms:
                    said = self._arm(name, found, options, _Window(self._prometheus, self._arms[arm], start, end))
                    if isinstance(said, Count):
                        counts.setdefault(name, {})[arm] = said
                    elif said is not None:
                        values.setdefault(name, {})[arm] = said
                if name not in counts and name not in values:
                    raise Unreadable(
                        "no arm has data in this interval (is it shorter than the time between two scrapes?)"
                    )
            except (Unreadable, QueryError) as error:
                counts.pop(name, None)
                values.pop(name, None)
                errors[name] = str(error)
            self._clock.against(self._prometheus.date, "Prometheus")
        return Look(start, end, counts, values, errors)

    def _arm(
        self, name: str, found: PrometheusMetric, options: MetricOptions, window: _Window
    ) -> Count | Moments | None:
        if found.counter:
            return _counter(window.grown(found.counter, found.bad_where), found.bad_where)
        if found.histogram:
            return _histogram(window.grown(found.histogram, ("le",), one=True), bound(name, options) / 1000)
        if found.values:
            return _values(window, found.values)
        return _queries(window, found)


class _Window:
    """An interval of one arm."""

    def __init__(self, prometheus: Prometheus, label: str, start: float, end: float) -> None:
        self._prometheus = prometheus
        self._label = label
        self.start = start
        self.end = end

    def series(self, selector: str) -> tuple[Series, ...]:
        """The raw samples of a selector in the interval, and before it where its growth begins."""
        span = _duration(self.end - self.start + LOOKBACK)
        return self._prometheus.query(f"{self._filled(selector)}[{span}]", self.end)

    def grown(self, selector: str, apart: Collection[str], one: bool = False) -> list[tuple[Series, Growth]]:
        """What the counters of a selector grew in the interval; those that differ by `apart` alone are of one process."""
        return grown(self.series(selector), self.start, self.end, apart, one)

    def summed(self, query: str) -> float | None:
        """The sum over the series that a query gives at the interval's end; None where there is none."""
        series = self._prometheus.query(self._filled(query), self.end)
        if any(len(one.points) != 1 for one in series):
            raise Unreadable("a query gives a range, and one value per series is wanted")
        if any(abs(one.points[0][0] - self.end) > (self.end - self.start) / 2 for one in series):
            raise Unreadable("a query is answered for another time; is there a cache before Prometheus?")
        return sum(one.points[0][1] for one in series) if series else None

    def _filled(self, query: str) -> str:
        label = self._label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return query.replace("{{arm}}", label).replace("{{window}}", _duration(self.end - self.start))


def _duration(seconds: float) -> str:
    milliseconds = math.ceil(seconds * 1000 - 1e-6)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"


def _counter(found: Sequence[tuple[Series, Growth]], bad_where: Mapping[str, str]) -> Count | None:
    """Bad ones are picked among the series that were read: that there is none of them is then known, and not supposed."""
    if not found:
        return None
    for label in bad_where:
        if not any(label in series.labels for series, _ in found):
            raise Unreadable(f"no series has the label {label}, by which bad requests would be known")
    n = whole(sum(one.amount for _, one in found))
    bad = whole(sum(one.amount for series, one in found if _matches(series, bad_where)))
    return Count(n, bad)


def _matches(series: Series, where: Mapping[str, str]) -> bool:
    return all(re.fullmatch(pattern, series.labels.get(label, "")) for label, pattern in where.items())


def _histogram(found: Sequence[tuple[Series, Growth]], seconds: float) -> Count | None:
    """Requests above a bound, which must be one of the buckets: between two of them nobody knows."""
    if not found:
        return None
    histograms: dict[Labels, dict[float, float]] = {}
    for series, one in found:
        key = alike(series, ("le",))
        ends, end = histograms.setdefault(key, {}), _edge(series)
        if end in ends:
            raise Unreadable(f"a bucket of the histogram is there twice, as {end:g}")
        ends[end] = one.amount
    n = bad = 0
    for buckets in histograms.values():
        edge = next((one for one in buckets if math.isclose(one, seconds, rel_tol=1e-9)), None)
        if edge is None or math.inf not in buckets:
            known = ", ".join(f"{one * 1000:g}" for one in sorted(buckets) if math.isfinite(one))
            raise Unreadable(f"no bucket ends at {seconds * 1000:g} ms, or at +Inf; there are {known or 'none'}")
        if buckets[edge] > buckets[math.inf]:
            raise Unreadable("a bucket of the histogram holds more than all of them")
        n += whole(buckets[math.inf])
        bad += whole(buckets[math.inf]) - whole(buckets[edge])
    return Count(n, bad)


def _edge(series: Series) -> float:
    try:
        return float(series.labels["le"])
    except (KeyError, ValueError):
        raise Unreadable("the histogram's series have no label le that is a number") from None


def _values(window: _Window, sums: Sums) -> Moments | None:
    """The moments of all processes. Its count tells that one began again: a sum may go down by a value below zero."""
    found = [window.series(selector) for selector in (sums.count, sums.total, sums.squares)]
    amounts = [0.0, 0.0, 0.0]
    parts = [{alike(one, ("__name__",)): one for one in part} for part in found]
    births = Births([one for part in found for one in part])
    silent = True
    for labels in dict.fromkeys(labels for part in parts for labels in part):
        three = [part.get(labels, Series({}, ())) for part in parts]
        restarts = [(at, now, math.inf) for at, now, _ in drops(three[0].points)]
        born = births.at_zero(three[0])
        grew = [growth(one.points, window.start, window.end, born, restarts) for one in three]
        if not any(grew):
            continue
        if not all(grew) or len({one.resets for one in grew if one}) > 1:
            raise Unreadable("the sums of the values are absent, or go down: values below zero are not read")
        silent = False
        amounts = [amount + one.amount for amount, one in zip(amounts, grew, strict=True) if one]
    if silent:
        return None
    if not all(map(math.isfinite, amounts)):
        raise Unreadable("a sum is not a finite number")
    return Moments(whole(amounts[0]), amounts[1], amounts[2])


def _queries(window: _Window, found: PrometheusMetric) -> Count | None:
    query = found.bad or found.good
    assert found.total and query
    total, part = window.summed(found.total), window.summed(query)
    if total is None:
        return None
    if part is None:
        if found.absent == "missing":
            raise Unreadable(f"`{'bad' if found.bad else 'good'}` gives nothing where there are requests")
        part = 0.0
    if not (math.isfinite(total) and math.isfinite(part)) or min(total, part) < 0:
        raise Unreadable("a query gives a number that is negative or not finite")
    if 0 < total < _LEAST or 0 < part < _LEAST:
        raise Unreadable(
            "a query gives a fraction below 1, and a count is wanted (`increase`, and not `rate` or a share)"
        )
    # What Prometheus extrapolates at the edges differs by series, and a little more is no contradiction.
    if part > total * _MOST_EXTRAPOLATED + 1:
        raise Unreadable("a query gives more bad or good requests than requests")
    n, bad = round(total), round(part if found.bad else total - part)
    return Count(n, min(max(bad, 0), n))
