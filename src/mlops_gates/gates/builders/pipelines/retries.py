"""When a step is tried again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gates.gates.builders.pipelines.expressions import own_steps
from mlops_gates.gates.builders.pipelines.forms import kind, shown
from mlops_gates.gates.builders.pipelines.language import EXCEPTIONS, NEVER_RETRIED, did_you_mean
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.scope import Target

MOST_ATTEMPTS = 20
MOST_MINUTES = 14_400
LONGEST_INTERVAL = 43_200
_ENDS = (float("-inf"), float("inf"))


def _policies(target: Target) -> Iterator[tuple[Mapping[str, Any], Path]]:
    for step in own_steps(target):
        told = step.raw.get("RetryPolicies")
        for number, one in enumerate(told if isinstance(told, list | tuple) else ()):
            if isinstance(one, Mapping):
                yield one, (*step.path, "RetryPolicies", number)


def exceptions(target: Target) -> Seeing:
    """Exceptions that no step meets."""
    for one, path in _policies(target):
        told, at = one.get("ExceptionType"), (*path, "ExceptionType")
        if not isinstance(told, list | tuple) or not told:
            words = "empty" if isinstance(told, list | tuple) else f"a {kind(told)}"
            yield at, f"a list of exceptions is due, and it is {words}"
            continue
        for number, name in enumerate(told):
            if name not in EXCEPTIONS:
                near = did_you_mean(name, EXCEPTIONS) if isinstance(name, str) else ""
                yield (*at, number), f"{shown(name)} is none of {', '.join(EXCEPTIONS)}{near}"


def attempts(target: Target) -> Seeing:
    """Too many attempts, or none."""
    yield from _within(target, "MaxAttempts", 1, MOST_ATTEMPTS, "attempts")


def minutes(target: Target) -> Seeing:
    """Attempts for too long."""
    yield from _within(target, "ExpireAfterMin", 1, MOST_MINUTES, "minutes")


def intervals(target: Target) -> Seeing:
    """Pauses that are too long, or negative."""
    yield from _within(target, "IntervalSeconds", 0, LONGEST_INTERVAL, "seconds")


def rates(target: Target) -> Seeing:
    """Pauses that shrink below nothing."""
    yield from _within(target, "BackoffRate", 0, _ENDS[1], "times")


def _within(target: Target, name: str, least: float, most: float, unit: str) -> Seeing:
    for one, path in _policies(target):
        told = one.get(name)
        if told is None or isinstance(told, Mapping):
            continue
        limits = f"{least} to {most:,}" if most != _ENDS[1] else f"{least} or more"
        if isinstance(told, bool) or not isinstance(told, int | float):
            yield (*path, name), f"a number of {unit} is due, and it is a {kind(told)}"
        elif not least <= told <= most:
            yield (*path, name), f"{told} {unit}, and {limits} are allowed"


def both(target: Target) -> Seeing:
    """Attempts that end by number and by time."""
    for one, path in _policies(target):
        if one.get("MaxAttempts") is not None and one.get("ExpireAfterMin") is not None:
            yield (*path, "ExpireAfterMin"), "MaxAttempts is told too, and only one of them may be"


def needless(target: Target) -> Seeing:
    """Steps that are never tried again."""
    for step in own_steps(target):
        if step.raw.get("RetryPolicies") and step.type in NEVER_RETRIED:
            yield (*step.path, "RetryPolicies"), f"a step of type {step.type} is never tried again"
