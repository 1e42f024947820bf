"""Finds gates and checks: in the rooms of this package, then in entry points of other packages."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any

from mlops_gates import gates as rooms
from mlops_gates.checks import Check, Gate
from mlops_gates.errors import UsageError
from mlops_gates.records import dataclass

ORDER = ("code", "data", "model", "compare", "builders", "deployment", "canary", "monitor")
ENTRY_POINTS = "mlops_gates.checks"


@dataclass(frozen=True)
class Room:
    """A gate and its checks, in the order in which they are reported."""

    gate: Gate
    checks: tuple[Check[Any], ...]


@cache
def gate_names() -> tuple[str, ...]:
    """The gates that this version has, in the order of the reports. Imports none of them."""
    here = {module.name for module in pkgutil.iter_modules(rooms.__path__)}
    return tuple(name for name in ORDER if name in here)


@cache
def room(name: str) -> Room:
    """The gate `name` and its checks. Raises UsageError when a plug-in of it cannot be loaded."""
    package = importlib.import_module(f"mlops_gates.gates.{name}")
    gate: Gate = package.GATE
    checks = [*_own(package), *_foreign(name)]
    ids = [check.id for check in checks]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise UsageError(f"two checks call themselves {', '.join(sorted(twice))}", next_step="Uninstall one of them.")
    order = {one: place for place, one in enumerate(getattr(package, "ORDER", ()))}
    checks.sort(key=lambda check: (order.get(check.id, len(order)), check.id))
    return Room(gate, tuple(checks))


def _own(package: Any) -> Iterator[Check[Any]]:
    for module in pkgutil.iter_modules(package.__path__):
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        if isinstance(check := getattr(loaded, "CHECK", None), Check):
            yield check


def _foreign(gate: str) -> Iterator[Check[Any]]:
    for entry in _entry_points():
        if entry.name.partition(".")[0] != gate:
            continue
        try:
            check = entry.load()
        except Exception as error:
            raise UsageError(
                f"the plug-in {entry.value} cannot be loaded: {type(error).__name__}: {error}",
                next_step="Repair or uninstall its package; a check that cannot be read must not count as passed.",
            ) from error
        if not isinstance(check, Check) or check.id != entry.name:
            raise UsageError(f"the plug-in {entry.value} is no Check with the id {entry.name}")
        yield check


@cache
def _entry_points() -> tuple[Any, ...]:
    from importlib.metadata import entry_points

    return tuple(entry_points(group=ENTRY_POINTS))


def every_check() -> Iterator[tuple[Gate, Check[Any]]]:
    """Every check of every gate, in the order of the reports."""
    for name in gate_names():
        found = room(name)
        for check in found.checks:
            yield found.gate, check
