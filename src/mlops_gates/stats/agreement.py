"""Do differences look by look say what the counts say?

Counts of much traffic tell of any difference, also of one that only is the noise of a service from look to look. What the looks
themselves show has its yardstick in how they differ: by the confidence sequence of their mean (`PairedSequence`), or by an
e-process that finds what begins later (`MeanDifference`).
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from mlops_gates.stats.eprocess import Runs
from mlops_gates.stats.meandifference import MeanDifference
from mlops_gates.stats.pairedsequence import PairedSequence

Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

NOISE = 0.5
"""What is to be expected of any service: the coefficient of variation of an arm's own rate from look to look."""
UNMOVED = 0.3
"""Where such noise adds less than this share to the variance of counting, it does not matter: the counts alone decide."""
_GRAVE = 0.75
_PARTS = ("above", "begun", "below")


class Agreement:
    """Differences of both kinds, look by look; arrays of the shape (runs,)."""

    def __init__(self, alpha: float, beta: float, looks: int, first: int, runs: int) -> None:
        self._alpha = alpha
        self._above, self._below = PairedSequence(alpha, runs), PairedSequence(beta, runs)
        self._begun = MeanDifference(0.0, alpha, beta, looks, first, runs=runs)

    def add(self, worse: Runs, better: Runs, variance: Runs) -> tuple[Flags, Flags]:
        """Whether what is worse, and what is better, lies above 0 on average after one more look.

        `variance` is that of `worse` as far as the traffic tells it, up to a factor.
        """
        above, below = self._above.add(worse) > 0, self._below.add(better) > 0
        begun = self._begun.look(worse, variance).log_worse >= -math.log(self._alpha)
        return above | begun, below

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as JSON."""
        return {name: getattr(self, f"_{name}").state() for name in _PARTS}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was told."""
        for name in _PARTS:
            getattr(self, f"_{name}").restore(state[name])


def noisy(alpha: float, looks: int, streams: int) -> float:
    """The logarithm of a ratio that so many looks of so many streams with such noise hardly show, with a chance of about alpha.

    So many standard deviations as 0.75 times the root of ln(1/alpha), which simulations keep.
    """
    return _GRAVE * NOISE * math.sqrt(-math.log(alpha) * streams / looks)
