"""What a builder asks of AWS while it builds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from mlops_gates.gates.builders.building import runs
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.scope import Target


def asks(target: Target) -> Seeing:
    """Calls that only read."""
    for call in _foreign(target):
        if not _creates(call):
            name = f"{call.get('service')}:{call.get('operation')}"
            yield (runs.method(target),), f"asks AWS ({name}) while it builds{_at(call)}"


def changes(target: Target) -> Seeing:
    """Calls that create or change something."""
    if runs.method(target) != "create_step":
        return
    for call in _foreign(target):
        if _creates(call):
            yield (
                (runs.method(target),),
                f"calls {call.get('service')}:{call.get('operation')} while it builds{_at(call)}",
            )
    for call in target.calls if runs.is_builder(target) else ():
        if not call.get("own") and call.get("service") == "sagemaker" and _creates(call):
            words = f"makes the SDK call sagemaker:{call.get('operation')} while it builds{_at(call)}"
            yield (runs.method(target),), f"{words}, which a PipelineSession would put into the step"


def _foreign(target: Target) -> Iterator[Mapping[str, Any]]:
    """Calls of the builder itself; what the SDK does for it, such as storing source code, is none of them."""
    if runs.is_builder(target):
        yield from (call for call in target.calls if call.get("own"))


def _creates(call: Mapping[str, Any]) -> bool:
    reading = ("Get", "List", "Describe", "Head", "Search", "BatchGet")
    return not str(call.get("operation")).startswith(reading)


def _at(call: Mapping[str, Any]) -> str:
    return f" at {PurePath(str(call['file'])).name}:{call['line']}" if call.get("file") else ""
