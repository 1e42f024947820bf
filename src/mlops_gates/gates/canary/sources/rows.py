"""What a row of a file of samples says of which metrics; three forms, told apart by their columns.

All errors are ValueError in words, without a cell of the file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

from mlops_gates.gates.canary.sources.metrics import ERROR_RATE, MetricOptions, bound, is_latency, kind
from mlops_gates.gates.canary.streams import Count, Moments

COUNTED = frozenset(("time", "arm", "metric", "n", "bad"))
VALUED = frozenset(("time", "arm", "metric", "value"))
_NOT_SAID = frozenset(("time", "arm", "id"))
Row: TypeAlias = Mapping[str, str]
Said: TypeAlias = Count | Moments
Asked: TypeAlias = Mapping[str, MetricOptions] | None
Told: TypeAlias = Callable[[Row], Iterator[tuple[str, Said]]]


def telling(columns: list[str], asked: Asked) -> Told:
    """How rows of these columns are read, for the metrics of the config; None takes what the file has."""
    if set(columns) >= COUNTED:
        return partial(_counted, asked)
    if set(columns) >= VALUED:
        return partial(_valued, asked)
    if "metric" in columns:
        raise ValueError("the header has a column metric, and neither n and bad nor value")
    parts = tuple(_requests(columns, asked))
    if not parts:
        raise ValueError("the header has no column of a metric that is asked for")
    return partial(_request, parts)


def _wanted(asked: Asked, metric: str, valued: bool) -> bool:
    if not metric:
        raise ValueError("the metric has no name")
    if asked is None:
        return True
    if metric in asked and (kind(metric, asked[metric]) == "value") != valued:
        raise ValueError("the metric is of another kind in the config (rate or value)")
    return metric in asked


def _counted(asked: Asked, row: Row) -> Iterator[tuple[str, Said]]:
    n, bad = _whole(row["n"], "n"), _whole(row["bad"], "bad")
    if bad > n:
        raise ValueError("bad is more than n")
    if _wanted(asked, row["metric"], valued=False):
        yield row["metric"], Count(n, bad)


def _valued(asked: Asked, row: Row) -> Iterator[tuple[str, Said]]:
    said = _moments(row["value"])
    if _wanted(asked, row["metric"], valued=True):
        yield row["metric"], said


_Part: TypeAlias = tuple[str, str, Callable[[str], Said]]
"""A metric, its column, and how a cell of it is read."""


def _requests(columns: list[str], asked: Asked) -> Iterator[_Part]:
    if asked is None:
        asked = {ERROR_RATE: MetricOptions()} if "status" in columns else {}
    for name, metric in asked.items():
        if name in columns and name not in _NOT_SAID:
            yield name, name, _flag if kind(name, metric) == "rate" else _moments
        elif name == ERROR_RATE and "status" in columns:
            yield name, "status", _failed
        elif is_latency(name) and "latency_ms" in columns:
            yield name, "latency_ms", partial(_slow, bound(name, metric))


def _request(parts: tuple[_Part, ...], row: Row) -> Iterator[tuple[str, Said]]:
    for name, column, take in parts:
        if row[column]:
            yield name, take(row[column])
        elif take is _failed:
            # Left out, a canary that does not answer at all would have no errors.
            raise ValueError("status is empty; a request that got no answer is a bad one, such as 504")


def _failed(cell: str) -> Count:
    status = _whole(cell, "status")
    if not 100 <= status <= 599:
        raise ValueError("status is not one of HTTP (100 to 599)")
    return Count(1, int(status >= 500))


def _slow(most: float, cell: str) -> Count:
    latency = _finite(cell, "latency_ms")
    if latency < 0:
        raise ValueError("latency_ms is negative")
    return Count(1, int(latency > most))


def _flag(cell: str) -> Count:
    if cell not in ("0", "1", "false", "true"):
        raise ValueError("a column of a rate is neither 0 nor 1")
    return Count(1, int(cell in ("1", "true")))


def _moments(cell: str) -> Moments:
    value = _finite(cell, "a value")
    return Moments(1, value, value * value)


def _whole(cell: str, name: str) -> int:
    number = _finite(cell, name)
    if number < 0:
        raise ValueError(f"{name} is negative")
    if number != int(number) or number > 2**53:
        raise ValueError(f"{name} is no whole number")
    return int(number)


def _finite(cell: str, name: str) -> float:
    try:
        # Python reads more as a number than files of numbers mean: digits of all scripts, and 1_000.
        number = float(cell if cell.isascii() and "_" not in cell else "")
    except ValueError:
        raise ValueError(f"{name} is no number") from None
    if not math.isfinite(number) or not math.isfinite(number * number):
        raise ValueError(f"{name} is not a finite number")
    return number
