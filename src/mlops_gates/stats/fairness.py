"""What fairness compares between groups of rows: rates of answers, of errors, or means of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_gates.records import dataclass
from mlops_gates.stats.groups import Means, Rates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SELECTED, RIGHT_POSITIVE, FALSE_POSITIVE, RIGHT = "selected", "true positives", "false positives", "right"
"""Shares of a group: rows answered with a class, those among the rows of that class, those among all others, right ones."""


@dataclass(frozen=True)
class Judged:
    """Truth and prediction as class numbers, and the group numbers of the rows, all of shape (n,)."""

    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    group: NDArray[np.int64]
    groups: int

    def rates(self, kinds: Sequence[str], classes: Sequence[int], fewest: int) -> Rates:
        """One rate per kind and class, in this order (`RIGHT` has no class); usable with `fewest` rows below the line."""
        import numpy as np

        made = [self._rate(kind, one) for kind in kinds for one in (classes if kind != RIGHT else (0,))]
        of = np.stack([below for _, below in made])
        return Rates(np.stack([above for above, _ in made]), of, of >= max(1, fewest))

    def _rate(self, kind: str, one: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        import numpy as np

        if kind == RIGHT:
            hit, below = self.truth == self.predicted, np.ones(len(self.truth), bool)
        else:
            hit = self.predicted == one
            if kind == SELECTED:
                below = np.ones(len(hit), bool)
            else:
                below = (self.truth == one) if kind == RIGHT_POSITIVE else (self.truth != one)
        return self._count(hit & below), self._count(below)

    def _count(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        import numpy as np

        return np.bincount(self.group[rows], minlength=self.groups)


def means(values: NDArray[np.float64], group: NDArray[np.int64], groups: int, fewest: int) -> Means:
    """The mean of `values`, shape (n,), in each group; usable with `fewest` rows, and never with one."""
    import numpy as np

    n = np.bincount(group, minlength=groups)
    at_least_one = np.maximum(n, 1)
    mean = np.bincount(group, values, groups) / at_least_one
    squares = np.bincount(group, (values - mean[group]) ** 2, groups)
    deviation = np.sqrt(squares / np.maximum(n - 1, 1))
    return Means(mean[None], deviation[None], n[None], (n >= max(2, fewest))[None])
