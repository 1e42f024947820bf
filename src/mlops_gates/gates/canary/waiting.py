"""Waiting with a deadline: for a route to settle, and before a call that failed is tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from mlops_gates.adapters.again import Expired, Passing
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.routes import Route

T = TypeVar("T")
FIRST, LONGEST = 0.5, 20.0
"""Seconds of the first and the longest pause before a call is tried again."""


class Clock(Protocol):
    """Time, so that tests need none."""

    def now(self) -> float:
        """Seconds that only ever grow, from an unknown start."""

    def wall(self) -> float:
        """Unix seconds, UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class RealClock:
    """The clock of this machine."""

    now = staticmethod(time.monotonic)
    wall = staticmethod(time.time)
    sleep = staticmethod(time.sleep)


class Patience:
    """Tries calls of one route again until a deadline, and waits for it to settle.

    Pauses are drawn between nothing and a bound that doubles ("full jitter"; Brooker, AWS Architecture Blog, 2015), so that
    jobs that were throttled together do not come back together. Expired credentials are read anew once in a row.
    """

    def __init__(
        self, route: Route, clock: Clock, seconds: float, poll: float = 5.0, draw: random.Random | None = None
    ):
        self.route = route
        self.clock = clock
        self.seconds = seconds
        self.poll = poll
        self.attempts = 0
        self._ends = clock.now() + seconds
        self._draw = draw or random.Random()  # noqa: S311 - jitter

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self._ends - self.clock.now()

    def call(self, what: Callable[[], T]) -> T:
        """The answer of `what`. Raises its last error, or CheckError, when the time is over."""
        tried, refreshed = 0, False
        while True:
            self.attempts += 1
            try:
                return what()
            except Expired:
                if refreshed:
                    raise
                refreshed = True
                self.route.refresh()
            except Passing:
                refreshed = False
                if not self.pause(tried):
                    raise
                tried += 1

    def pause(self, tried: int) -> bool:
        """Wait before a try; False, without waiting, where no time is left for it."""
        seconds = self._draw.uniform(0, min(LONGEST, FIRST * 2 ** min(tried, 16)))
        if seconds >= self.left:
            return False
        self.clock.sleep(seconds)
        return True

    def settle(self) -> None:
        """Return once the route is settled. Raises CheckError when the time is over, or where it failed."""
        pause = min(self.poll, FIRST)
        while not self.call(self.route.settled):
            if self.left <= 0:
                raise CheckError(
                    f"{self.route.name} is still updating after {self.seconds:.0f} s",
                    next_step="Wait until it is done, then run again with --resume.",
                )
            self.clock.sleep(max(0.0, min(pause, self.left)))
            pause = min(self.poll, 2 * pause)
