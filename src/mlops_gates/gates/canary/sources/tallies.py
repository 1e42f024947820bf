"""The sums of intervals, filled in any order; a sample that comes twice counts once."""

from __future__ import annotations

import math
from hashlib import blake2b

from mlops_gates.gates.canary.streams import Arm, Count, Moments

MOST_METRICS = 1000
"""Each is judged on its own, and all share one chance to be wrong."""


class Tallies:
    """What arms said of metrics, by interval of `step` seconds. Its size is that of the intervals and of what has an id."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._counts: dict[int, dict[str, dict[Arm, list[int]]]] = {}
        self._values: dict[int, dict[str, dict[Arm, list[float]]]] = {}
        self._seen: dict[int, int] = {}
        self._metrics: set[str] = set()
        self.rows = 0
        self._first: int | None = None
        self._last = 0

    def add(self, at: float, arm: Arm, metric: str, one: Count | Moments, identity: str | None) -> None:
        """Take a sample. Raises ValueError where it contradicts one of the same time, arm, metric and id, or is of yet
        another metric after `MOST_METRICS`.

        Where `identity` is None nothing is taken for the same.
        """
        self._metrics.add(metric)
        if len(self._metrics) > MOST_METRICS:
            raise ValueError(f"is of more than {MOST_METRICS:,} metrics; is something else in that column?")
        number = math.floor(at / self._step)
        self._first = number if self._first is None else min(self._first, number)
        self._last = max(self._last, number)
        if identity is not None and self._twice(f"{at!r}\0{arm}\0{metric}\0{identity}", one):
            return
        if isinstance(one, Count):
            counts = self._counts.setdefault(number, {}).setdefault(metric, {}).setdefault(arm, [0, 0])
            counts[0] += one.n
            counts[1] += one.bad
        else:
            values = self._values.setdefault(number, {}).setdefault(metric, {}).setdefault(arm, [0, 0.0, 0.0])
            for place, part in enumerate((one.n, one.total, one.squares)):
                values[place] += part

    def span(self) -> tuple[int, int]:
        """The numbers of the first and the last interval with a sample."""
        assert self._first is not None
        return self._first, self._last

    def of(self, number: int) -> tuple[dict[str, dict[Arm, Count]], dict[str, dict[Arm, Moments]]]:
        """What was said in an interval."""
        counts = self._counts.get(number, {})
        values = self._values.get(number, {})
        return (
            {name: {arm: Count(*one) for arm, one in arms.items()} for name, arms in counts.items()},
            {name: {arm: Moments(int(one[0]), *one[1:]) for arm, one in arms.items()} for name, arms in values.items()},
        )

    def _twice(self, key: str, one: Count | Moments) -> bool:
        number, content = _number(key), _number(repr(one))
        if number not in self._seen:
            self._seen[number] = content
            return False
        if self._seen[number] != content:
            raise ValueError("says otherwise than another row of the same time, arm, metric and id")
        return True


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
