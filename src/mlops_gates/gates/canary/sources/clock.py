"""When an interval may be read: a clock that does not jump, intervals by number, and sources that are read once.

The wall clock of a machine is set back and forth (NTP, an administrator, a suspended laptop). It is asked once, at the start;
from then on time is what has really passed since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.streams import Look, Source
from mlops_gates.records import dataclass

SKEW = 60.0
"""Seconds that our clock may differ from a server's."""


def elapsed() -> float:
    """Seconds since some moment; runs on while the machine sleeps where the system can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Clock:
    """Unix seconds (UTC): the wall clock when it was made, and what has passed since."""

    def __init__(self, wall: Callable[[], float] = time.time, passed: Callable[[], float] = elapsed) -> None:
        self._passed = passed
        self._began = passed()
        self._wall = wall()
        self.ahead = 0.0
        """Seconds, at most `SKEW`, that we were seen to be ahead of a server; its data come that much later for us."""

    def now(self) -> float:
        """Unix seconds; never goes back."""
        return self._wall + self._passed() - self._began

    def against(self, date: str, who: str) -> None:
        """Compare with the Date header of an answer that has just come. Raises CheckError beyond `SKEW`.

        A header that is absent or no date tells nothing.
        """
        try:
            there = parsedate_to_datetime(date).timestamp()
        except (TypeError, ValueError, OverflowError):
            return
        ahead = self.now() - there
        self.ahead = min(max(self.ahead, ahead), SKEW)
        if abs(ahead) > SKEW:
            raise CheckError(
                f"the clock of this machine is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} that of {who}",
                next_step="Set it (NTP): intervals would else be read before their data is there, or of another time.",
            )


@dataclass(frozen=True)
class Intervals:
    """Intervals of `step` seconds by number, the first from `start` (Unix seconds), each ripe `delay` seconds after its end.

    That they are counted and not found on a clock is why none is read twice and none is left out, whatever clocks do; the
    number of the next one is all that a resumed run needs to know.
    """

    start: float
    step: float
    delay: float

    def bounds(self, number: int) -> tuple[float, float]:
        """Start and end of an interval, Unix seconds. Multiplied, not added up, so that fractions do not pile up."""
        return self.start + number * self.step, self.start + (number + 1) * self.step

    def ripe(self, number: int) -> float:
        """From when an interval may be read, Unix seconds."""
        return self.bounds(number)[1] + self.delay

    def upcoming(
        self, clock: Clock, first: int = 0, sleep: Callable[[float], None] = time.sleep
    ) -> Iterator[tuple[int, float, float]]:
        """Number, start and end of each interval from `first` on, given when it is ripe; waits in `sleep` until then."""
        number = first
        while True:
            while (left := self.ripe(number) + clock.ahead - clock.now()) > 0:
                sleep(min(left, 1.0))
            yield number, *self.bounds(number)
            number += 1


def aligned(moment: float, step: float) -> float:
    """The first multiple of `step` seconds at or after a moment: where CloudWatch's data points begin."""
    return -(-moment // step) * step


def last(moment: float, step: float) -> float:
    """The last multiple of `step` seconds at or before a moment."""
    return moment // step * step


class Frozen:
    """A source of which an interval is read once, and not before it is ripe.

    What is read again and again until it suits is no evidence; what is read too early lacks its late points, and late
    points are the slow requests.
    """

    def __init__(self, source: Source, delay: float, clock: Clock) -> None:
        self._source = source
        self._delay = delay
        self._clock = clock
        self._until = float("-inf")

    def read(self, start: float, end: float) -> Look:
        """The interval. Raises CheckError where it was read before, is not ripe, or is none; and as the source does."""
        if not start < end:
            raise CheckError(f"an interval from {start} to {end} is none", next_step="Give a start before the end.")
        if start < self._until - 1e-6:
            raise CheckError("an interval was asked for that has been read", next_step="Read on from the last one.")
        early = end + self._delay + self._clock.ahead - self._clock.now()
        if early > 1e-6:
            raise CheckError(
                f"an interval was asked for {early:.0f} s before its last points are there",
                next_step=f"Read it {self._delay:.0f} s after its end.",
            )
        look = self._source.read(start, end)
        self._until = end
        return look
