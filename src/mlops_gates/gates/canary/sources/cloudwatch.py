"""Looks out of CloudWatch: counts of a SageMaker endpoint's variants, minute by minute.

Everything is asked in periods of one minute and added up here, since sums and counts of minutes add up and percentiles do
not, and since a longer period need not begin where an interval does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlops_gates.adapters.aws import Aws, Refused
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.sources.clock import Clock, aligned
from mlops_gates.gates.canary.sources.counters import Unreadable
from mlops_gates.gates.canary.sources.late import Late
from mlops_gates.gates.canary.sources.metrics import CloudWatchMetric, MetricOptions, in_cloudwatch, told_apart
from mlops_gates.gates.canary.sources.minutes import Minutes, made, role, statistics
from mlops_gates.gates.canary.streams import Arm, Count, Look, Moments
from mlops_gates.records import dataclass
from mlops_gates.textsafe import one_line

DELAY = 180.0
"""Seconds after its end when an interval is read."""
MINUTE = 60
MOST_QUERIES = 500
"""What one GetMetricData may ask (its API reference)."""
_LONG_OVER = 3600.0
PAUSES = (2.0, 4.0, 8.0)
"""Seconds before a partial answer is asked for again."""


@dataclass(frozen=True)
class _Query:
    """One statistic of one arm that a metric is made of."""

    metric: str
    arm: Arm
    found: CloudWatchMetric
    name: str
    stat: str


class CloudWatchSource:
    """The metrics of the config for the production variants of an endpoint; `variants` are their names by arm."""

    def __init__(
        self,
        aws: Aws,
        endpoint: str,
        variants: Mapping[Arm, str],
        metrics: Mapping[str, MetricOptions],
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._aws = aws
        self._endpoint = endpoint
        self._variants = told_apart(variants)
        self._metrics = {name: in_cloudwatch(name, one) for name, one in metrics.items()}
        self._clock = clock
        self._sleep = sleep
        self._queries = tuple(self._asked())
        self._late = Late()

    def ready(self) -> None:
        """Ask for a minute that is long over, before anything begins. Raises CheckError as `read`."""
        start = aligned(self._clock.now() - _LONG_OVER, MINUTE)
        self._ask(range(len(self._queries))[:MOST_QUERIES], start, start + MINUTE, {}, {})

    def read(self, start: float, end: float) -> Look:
        """The interval [start, end): whole minutes. A metric that stays partial, or of which no arm says anything, errs.

        The interval before is asked for again, not to judge it anew, but to see whether it had been read too early.

        Raises CheckError where CloudWatch cannot be asked (credentials, a missing permission, throttling that lasts), where
        the clocks differ by more than a minute, and for intervals that are no whole minutes.
        """
        if start % MINUTE or end % MINUTE or not start < end:
            raise CheckError(
                "CloudWatch counts in minutes, and an interval does not begin or end with one",
                next_step="Take an interval of whole minutes.",
            )
        whole, failed = self._all(self._late.since(start), end)
        come = self._late.come(whole)
        told = {number: {at: value for at, value in one.items() if at >= start} for number, one in whole.items()}
        counts: dict[str, dict[Arm, Count]] = {}
        values: dict[str, dict[Arm, Moments]] = {}
        errors: dict[str, str] = {}
        for name in self._metrics:
            mine = [number for number, query in enumerate(self._queries) if query.metric == name]
            try:
                if wrong := next((failed[number] for number in mine if number in failed), None):
                    raise Unreadable(wrong)
                self._in_time(mine, come)
                said = {arm: self._arm(name, arm, told) for arm in self._variants}
                if not any(said.values()):
                    raise Unreadable("no variant has data in this interval")
            except Unreadable as error:
                errors[name] = str(error)
                continue
            if some := {arm: one for arm, one in said.items() if isinstance(one, Count)}:
                counts[name] = some
            if others := {arm: one for arm, one in said.items() if isinstance(one, Moments)}:
                values[name] = others
        self._late.keep(told, start, end)
        return Look(start, end, counts, values, errors, self._after(come))

    def _in_time(self, numbers: Sequence[int], come: Mapping[int, float]) -> None:
        for number in numbers:
            query = self._queries[number]
            if kind := role(query.found, query.name, query.stat):
                self._late.check(number, query.name, kind == "bad", come)

    def _after(self, come: Mapping[int, float]) -> dict[str, int]:
        """By metric, how many requests came after their interval was read."""
        late: dict[str, int] = {}
        for number, more in come.items():
            query = self._queries[number]
            if more > 0 and role(query.found, query.name, query.stat) == "requests":
                late[query.metric] = late.get(query.metric, 0) + round(more)
        return late

    def _asked(self) -> Iterator[_Query]:
        for name, found in self._metrics.items():
            for arm in self._variants:
                for one, stat in statistics(found):
                    yield _Query(name, arm, found, one, stat)

    def _arm(self, name: str, arm: Arm, told: Mapping[int, Minutes]) -> Count | Moments | None:
        said = {
            (query.name, query.stat): told.get(number, {})
            for number, query in enumerate(self._queries)
            if query.metric == name and query.arm == arm
        }
        return made(self._metrics[name], said)

    def _all(self, start: float, end: float) -> tuple[dict[int, Minutes], dict[int, str]]:
        """By the number of a query its minutes, or why they are not whole after all tries."""
        told: dict[int, Minutes] = {}
        left = list(range(len(self._queries)))
        failed: dict[int, str] = {}
        for pause in (*PAUSES, None):
            failed = {}
            for first in range(0, len(left), MOST_QUERIES):
                self._ask(left[first : first + MOST_QUERIES], start, end, told, failed)
            left = [number for number in left if number in failed]
            if not left or pause is None:
                break
            self._sleep(pause)
        return told, failed

    def _ask(
        self,
        numbers: Sequence[int],
        start: float,
        end: float,
        told: dict[int, Minutes],
        failed: dict[int, str],
    ) -> None:
        members = {
            "MetricDataQueries": [self._query(number) for number in numbers],
            "StartTime": datetime.fromtimestamp(start, UTC),
            "EndTime": datetime.fromtimestamp(end, UTC),
            "ScanBy": "TimestampAscending",
        }
        status: dict[int, str] = {}
        minutes: dict[int, dict[int, float]] = {number: {} for number in numbers}
        wrong: dict[int, str] = {}
        for one in self._pages(members):
            number = int(str(one["Id"])[1:])
            status[number] = one.get("StatusCode") or "no status"
            wrong[number] = wrong.get(number) or _taken(one, start, end, minutes[number])
        for number in numbers:
            code, name = status.get(number, "no answer"), self._queries[number].name
            if code != "Complete":
                failed[number] = f"CloudWatch answers {name} with {one_line(code, 60)}"
            elif wrong[number]:
                failed[number] = f"CloudWatch answers {name} with {wrong[number]}"
            else:
                told[number] = minutes[number]

    def _query(self, number: int) -> dict[str, object]:
        query = self._queries[number]
        named = {"EndpointName": self._endpoint, "VariantName": self._variants[query.arm], **query.found.dimensions}
        return {
            "Id": f"q{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": query.found.namespace,
                    "MetricName": query.name,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
                },
                "Period": MINUTE,
                "Stat": query.stat,
            },
        }

    def _pages(self, members: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
        try:
            yield from self._aws.pages("cloudwatch", "GetMetricData", members, "MetricDataResults")
        except Refused as error:
            self._clock.against(self._aws.date, "CloudWatch")
            raise _stopped(error) from None
        except CheckError:
            # A request that is signed at a wrong time is refused as if its signature were forged.
            self._clock.against(self._aws.date, "CloudWatch")
            raise
        self._clock.against(self._aws.date, "CloudWatch")


def _taken(result: Mapping[str, Any], start: float, end: float, minutes: dict[int, float]) -> str:
    """Puts the data points of [start, end) to the others; why they are none, or empty."""
    times, values = result.get("Timestamps", ()), result.get("Values", ())
    if len(times) != len(values):
        return "not as many values as times"
    for at, value in zip(times, values, strict=True):
        minute, known = round(at.timestamp()), minutes.get(round(at.timestamp()))
        if known is not None and known != value:
            return "two values of one minute"
        if start <= minute < end:
            minutes[minute] = float(value)
    return ""


def _stopped(error: Refused) -> CheckError:
    said = one_line("; ".join(words for _, words in error.told), 200)
    if error.kind == "denied":
        return CheckError(
            "AWS denies cloudwatch:GetMetricData", next_step="Allow this action to the role of the job; it only reads."
        )
    if error.kind == "busy":
        if "Internal" in error.code or error.code.isdecimal() or error.code.startswith("Service"):
            return CheckError(
                f"CloudWatch fails at GetMetricData ({error.code}) after all tries", next_step="Run again later."
            )
        return CheckError(
            f"CloudWatch throttles GetMetricData ({error.code}) after all tries",
            next_step="Read fewer metrics or longer intervals, or ask for a higher quota.",
        )
    return CheckError(
        f"CloudWatch refuses GetMetricData ({error.code}): {said}",
        next_step="See the metrics of the config and the region.",
    )
