"""How others judge a canary, for `canary_simulation.py`: each rule takes a cell and its bad requests, shape (runs, LOOKS)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from canary_cells import LOOKS, NEVER, Cell, Outcome

from mlops_gates.stats.pairedsequence import PairedSequence


def paired(cell: Cell, bad_b: np.ndarray, bad_c: np.ndarray) -> Outcome:
    """The plain pair: e-processes against ratios 1 and 2 from the counts as they are, the former with the confidence sequence
    of the differences from the tenth look on; of alpha 0.05 the shares 0.04 and 0.01."""
    n_b, n_c = cell.traffic
    sequence, rolled = PairedSequence(0.04, len(bad_b)), np.full(len(bad_b), NEVER)
    bad = [np.cumsum(one, axis=1, dtype=float) for one in (bad_b, bad_c)]

    def evidence(null: float, look: int) -> np.ndarray:
        other = null * np.exp(np.linspace(0.02, 2, 60)) * n_c
        share, other = null * n_c / (null * n_c + n_b), other / (other + n_b)
        told = np.outer(bad[1][:, look], np.log(other / share)) + np.outer(
            bad[0][:, look], np.log((1 - other) / (1 - share))
        )
        most = told.max(axis=1)
        return most + np.log(np.exp(told - most[:, None]).mean(axis=1))

    for look in range(LOOKS):
        above = sequence.add(bad_c[:, look] / n_c - bad_b[:, look] / n_b) > 0
        slow = (evidence(1.0, look) >= math.log(25)) & above & (look >= 9)
        rolled[(rolled == NEVER) & (slow | (evidence(2.0, look) >= math.log(100)))] = look + 1
    return Outcome(rolled, np.where(rolled == NEVER, LOOKS, NEVER))


def counted(limit: float, most: int, in_a_row: int = 0) -> Callable[[Cell, np.ndarray, np.ndarray], Outcome]:
    """Looks above a fixed limit: the run fails after more than `most`, or after so many in a row."""

    def judged(cell: Cell, _: np.ndarray, bad_c: np.ndarray) -> Outcome:
        above = bad_c / cell.traffic[1] > limit
        if in_a_row:
            reached = above.copy()
            for back in range(1, in_a_row):
                reached[:, back:] &= above[:, :-back]
                reached[:, :back] = False
        else:
            reached = above.cumsum(axis=1) > most
        rolled = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, NEVER)
        return Outcome(rolled, np.where(rolled == NEVER, LOOKS, NEVER))

    return judged


def kayenta(cell: Cell, bad_b: np.ndarray, bad_c: np.ndarray) -> Outcome:
    """Kayenta's rule at every look from the tenth on: the 98 % interval of the shift (rank sum, normal approximation) lies
    above a quarter of its estimate, and the means' ratio above 1."""
    base, mine = bad_b / cell.traffic[0], bad_c / cell.traffic[1]
    rolled = np.full(len(base), NEVER)
    for look in range(10, LOOKS + 1):
        still = np.flatnonzero(rolled == NEVER)
        if not len(still):
            break
        for some in np.array_split(still, math.ceil(len(still) / 250)):  # what fits into the processor's cache is fast
            low, estimate = _shifts(base[some, :look], mine[some, :look])
            worse = (low > 0.25 * np.abs(estimate)) & (mine[some, :look].mean(1) > base[some, :look].mean(1))
            rolled[some[worse]] = look
    return Outcome(rolled, np.where(rolled == NEVER, LOOKS, NEVER))


def _shifts(base: np.ndarray, mine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lower end of the interval of the shift, and the median of all differences, each of shape (runs,)."""
    pairs = base.shape[1] ** 2
    low = max(0, math.floor(pairs / 2 - 2.326 * math.sqrt(pairs * (2 * base.shape[1] + 1) / 12)))
    middle = (pairs - 1) // 2, pairs // 2
    found = np.partition((mine[:, :, None] - base[:, None, :]).reshape(len(base), -1), (low, *middle), axis=1)
    return found[:, low], (found[:, middle[0]] + found[:, middle[1]]) / 2


OTHERS: dict[str, Callable[[Cell, np.ndarray, np.ndarray], Outcome]] = {
    "Argo, failureCondition above 1.5 %, failureLimit 0": counted(0.015, 0),
    "Argo, the same, failureLimit 3": counted(0.015, 3),
    "Flagger, above 1.5 %, threshold 5": counted(0.015, 4),
    "CloudWatch alarm, 3 of 3 above 1.5 %": counted(0.015, 0, 3),
    "Kayenta, every look from the tenth": kayenta,
    "The plain e-processes with the paired confidence sequence": paired,
}
