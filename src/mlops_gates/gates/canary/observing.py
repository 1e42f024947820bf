"""What one metric shows after a look, and what every observer of one does."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import Look
from mlops_gates.records import dataclass


@dataclass(frozen=True)
class Seen:
    """After one look. `worse` rolls back, `good` may promote, `why` says either or what is open; `silent` why nothing was seen.

    `evidence` is the e-value for "worse" as a share of what rolls back, on the scale of its logarithm; it is below 1 until
    it does. `baseline` and `canary` are the rates or means of this look, `ratio` the canary's over the baseline's so far,
    each look compared within itself, `smallest` the smallest ratio that the looks so far could have shown.
    """

    worse: bool
    good: bool
    why: str
    silent: str = ""
    evidence: float = 0.0
    baseline: float | None = None
    canary: float | None = None
    ratio: float | None = None
    smallest: float | None = None


HUGE = 1e15


def is_number(value: float) -> bool:
    """Whether a number can be calculated with: not nan, and not so large that a count of it is no longer exact."""
    return abs(value) < HUGE


def _stored(value: float | None) -> float | str | None:
    """A number for JSON, which has none for infinity."""
    return str(value) if value is not None and math.isinf(value) else value


class Observer(ABC):
    """One metric of one canary. `last` is what it saw last."""

    def __init__(self, metric: Metric, plan: Plan) -> None:
        self.metric, self.plan = metric, plan
        self.last: Seen | None = None

    def look(self, look: Look) -> Seen:
        """What this look shows of the metric."""
        silent = look.errors.get(self.metric.name) or self._lacks(look)
        found = Seen(False, False, silent, silent) if silent else self._seen(look)
        self.last = found
        return found

    @abstractmethod
    def _lacks(self, look: Look) -> str:
        """Why the look tells nothing of the metric; empty where it does."""

    @abstractmethod
    def _seen(self, look: Look) -> Seen:
        """What a look that lacks nothing shows."""

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        last = self.last and {**vars(self.last), "smallest": _stored(self.last.smallest)}
        return {**self._state(), "last": last}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        self._restore(state)
        last = state["last"]
        smallest = None if last is None or last["smallest"] is None else float(last["smallest"])
        self.last = None if last is None else Seen(**{**last, "smallest": smallest})

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What `_restore` needs, as JSON."""

    @abstractmethod
    def _restore(self, state: dict[str, Any]) -> None:
        """Go on where `_state` was told."""
