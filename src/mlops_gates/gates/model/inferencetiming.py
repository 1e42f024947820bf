"""How long a model takes: requests of one row until limits are decided, then requests of many rows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.models import frames
from mlops_gates.records import dataclass
from mlops_gates.stats.quantiles import quantile
from mlops_gates.worker.job import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WARM_UP = 3
"""Requests that are timed apart: caches fill, code is compiled, memory is taken."""
LOOKS = (10, 30, 59, 120, 300)
"""Requests after which it is looked whether the limits are decided; 59 bound a p95 from above, 299 a p99."""
_LONGEST = 6.0
"""Seconds that requests of one row may take together; a share of what is left where that is less."""
_ECHOES = 9
_MOST_OVERHEAD = 0.02
_MANY, _SOME, _TIMES = 256, 16, 5
_PER_REQUEST = 0.1
_DIFFERENT = 50


@dataclass(frozen=True)
class Times:
    """Seconds. `warm_up` of the first requests, `singles` of those of one row, `batch` of those of `size` rows.

    `overhead` is what a request takes beside the model, median; `memory` in bytes after each of `singles`.
    """

    warm_up: tuple[float, ...]
    singles: NDArray[np.float64]
    memory: NDArray[np.float64]
    size: int
    batch: NDArray[np.float64]
    overhead: float


class _Clock:
    """What a request took, bounded from below by our own clock: a model that lies about its seconds gains nothing.

    The child says how long `predict` ran. Here it is seen how long the whole took; what exceeds the usual time of a
    request without the model is the model's, whatever it says.
    """

    def __init__(self, scope: ModelScope, frame: Frame) -> None:
        self._scope = scope
        walls = sorted(scope.model.worker.echo(frame) for _ in range(_ECHOES))
        self.overhead = walls[_ECHOES // 2]
        self._usual = min(2 * walls[-1], _MOST_OVERHEAD)

    def time(self, frame: Frame) -> float:
        """Seconds of one request."""
        answer = self._scope.model.predict(frame, scores=False)
        return max(answer.seconds, answer.wall - self._usual)


def times(scope: ModelScope, limits: Mapping[float, float], runs: int | None = None, batch: int | None = None) -> Times:
    """Time the model. `limits`: share of a quantile → the most seconds of it. Raises WorkerError.

    `runs` requests of one row, where that is given, and requests of `batch` rows.
    """
    import numpy as np

    rows = scope.rows("inference", _DIFFERENT)
    ones = [frames.take(scope.frame, rows[place : place + 1]) for place in range(len(rows))]
    model = scope.model
    began = time.perf_counter()
    warm = [model.predict(ones[0], scores=False).seconds for _ in range(WARM_UP)]
    clock = _Clock(scope, ones[0])
    singles: list[float] = []
    memory: list[float] = []
    longest = 0.5 * scope.context.seconds_left if runs else min(_LONGEST, 0.2 * scope.context.seconds_left)
    for look in (runs,) if runs else LOOKS:
        while len(singles) < look and (len(singles) < WARM_UP or time.perf_counter() - began < longest):
            singles.append(clock.time(ones[len(singles) % len(ones)]))
            memory.append(float(model.worker.memory[0]))
        if len(singles) < look or all(decided(np.array(singles), share, most) for share, most in limits.items()):
            break
    size, batches = _throughput(scope, clock, float(np.median(singles)), batch)
    return Times(tuple(warm), np.array(singles), np.array(memory), size, batches, clock.overhead)


def decided(seconds: NDArray[np.float64], share: float, most: float) -> bool:
    """Whether the interval of a quantile lies on one side of its limit."""
    _, low, high = quantile(seconds, share)
    return (low is not None and low > most) or (high is not None and high <= most)


def _throughput(scope: ModelScope, clock: _Clock, single: float, wanted: int | None) -> tuple[int, NDArray[np.float64]]:
    """Rows of a request that takes no more than a moment, and the seconds of some of them."""
    import numpy as np

    size = wanted or _fitting(clock.time(_rows(scope, _SOME)), single)
    frame = _rows(scope, size)
    return size, np.array([clock.time(frame) for _ in range(_TIMES)])


def _fitting(some: float, single: float) -> int:
    """As many rows as fit in a moment, by the seconds of a request of some and of one of a single row."""
    row = max(0.0, (some - single) / (_SOME - 1))
    base = max(0.0, single - row)
    if base + _MANY * row > max(_PER_REQUEST, 2 * base):
        return min(_MANY, max(_SOME, int(_PER_REQUEST / row)))
    return _MANY


def _rows(scope: ModelScope, count: int) -> Frame:
    import numpy as np

    return frames.take(scope.frame, np.arange(count) % scope.frame.rows)
