"""What the runs of one builder gave: a worker asks it several times, and each run is told as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from mlops_gates.gates.builders.scope import Target

BUILDS = ("create_step", "create_endpoint_config", "create_auto_ml_job", "deploy")
OWN_ERRORS = ("TimedOut", "Ended", "OutOfMemory", "BadAnswer", "PredictFailed", "NoBuilder")
"""Kinds of errors that are this project's own; their text says it all."""


def method(target: Target) -> str:
    """The builder's method that builds."""
    return next((name for name in BUILDS if name in (target.entry.get("methods") or {})), BUILDS[0])


def told(error: Mapping[str, Any]) -> str:
    """What ended a call, in words: the exception, its text, and the line that raised it."""
    place = f" at {PurePath(str(error['file'])).name}:{error['line']}" if error.get("file") else ""
    words = str(error.get("text") or "").strip().splitlines()
    kind = "" if error.get("type") in OWN_ERRORS and words else str(error.get("type"))
    return f"{': '.join(filter(None, (kind, *(words[:1]))))[:300]}{place}"


def first(target: Target) -> Mapping[str, Any]:
    """The first of two equal runs; empty where the builder was never asked."""
    return next(iter(target.runs), {})


def run(target: Target, why: str) -> Mapping[str, Any] | None:
    """The run that was made for this reason: first, again, bare or waiting."""
    return next((run for run in target.runs if run.get("why") == why), None)


def failed(target: Target) -> bool:
    """Whether the first run ended with an error."""
    return bool(first(target).get("error"))


def own_steps(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The steps of a run's definition that the builder gave itself."""
    from mlops_gates.gates.builders.requests import definition

    raw = run.get("definition")
    steps = definition.graph(raw).steps if isinstance(raw, Mapping) else ()
    return [step.raw for step in steps if step.name in (run.get("steps") or ())]


def is_builder(target: Target) -> bool:
    """Whether the target is a builder; else it is a pipeline, or steps."""
    return target.entry.get("kind") == "builder"
