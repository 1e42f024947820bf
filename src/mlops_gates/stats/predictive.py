"""How well one column alone tells another, measured on rows that it was not learned from.

Rows are split in two halves by a hash of their place; what one half teaches is scored on the other, and the reverse
(cross-fitting: Chernozhukov et al. 2018, Econometrics Journal 21, C1-C68), so that a column of unique values, which
fits any target perfectly, predicts nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass
from mlops_gates.stats import intervals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 64
MOST_CLASSES = 20
"""Classes that are told apart, the commonest first; a number with more different values is a quantity."""

FEWEST = 10
"""Rows below which a class is not told apart."""

FEWEST_ROWS = 30
"""Rows below which a quantity is not judged."""

_ROWS_PER_BIN = 8
_PRIOR_ROWS, _BIN_ROWS = 1.0, 4.0
"""Rows that a bin borrows from the whole, and that a value borrows from its bin: shrinkage (Micci-Barreca 2001)."""


@dataclass(frozen=True)
class Feature:
    """A column to predict from: `numbers`, shape (n,), NaN where missing; or else `codes`, equal for equal cells."""

    numbers: NDArray[np.float64] | None
    codes: NDArray[np.uint64] | None


@dataclass(frozen=True)
class Target:
    """What is predicted. `y`, shape (n, k): one column of 0 and 1 per class told apart, a single one of two classes; or
    the midranks (0–1) of a quantity. `codes`, shape (n,), number the classes, all of them; None of a quantity.

    `kept`, shape (rows,), says which rows of the table have a target; n is their number.
    """

    y: NDArray[np.float64]
    codes: NDArray[np.int64] | None
    kept: NDArray[np.bool_]


@dataclass(frozen=True)
class Power:
    """A measure (0–1), its name and its interval; `same`: the values are those of the target under other names."""

    value: float
    measure: str
    interval: Interval | None
    same: bool = False


class UndecidedError(Exception):
    """The target cannot be predicted or not be judged; the message says why."""


def halves(places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which half each row is in, by the last bit of a hash of its place (SplitMix64, Steele et al. 2014)."""
    import numpy as np

    with np.errstate(over="ignore"):
        z = places.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: NDArray[np.bool_] = ((z ^ (z >> np.uint64(31))) & np.uint64(1)).astype(bool)
    return found


def target_of(column: Feature) -> Target:
    """The column as a target. Raises UndecidedError where there is nothing to tell apart, or too little of it."""
    import numpy as np

    if column.numbers is not None:
        kept = np.isfinite(column.numbers)
        values = column.numbers[kept]
    else:
        assert column.codes is not None
        kept = column.codes != 0
        values = column.codes[kept]
    if not len(values):
        raise UndecidedError("it has no values")
    different, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(different) < 2:
        raise UndecidedError("it has one value only, so there is nothing to predict")
    if column.numbers is not None and len(different) > MOST_CLASSES:
        if len(values) < FEWEST_ROWS:
            raise UndecidedError(f"{len(values)} values are too few, it takes {FEWEST_ROWS}")
        return Target(ranks(values)[:, None], None, kept)
    told = [one for one in np.argsort(-counts, kind="stable")[:MOST_CLASSES] if counts[one] >= FEWEST]
    if len(told) < min(2, len(different)):
        raise UndecidedError(f"fewer than two of its {len(different):,} values stand in {FEWEST} rows or more")
    told = told[1:] if len(different) == 2 else told
    return Target(np.stack([codes == one for one in told], axis=1).astype(np.float64), codes, kept)


def power(feature: Feature, target: Target, half: NDArray[np.bool_]) -> Power:
    """How well the feature tells the target. All are of the same rows: those that have a target.

    Classes: the area under the ROC curve, unweighted mean of one class against the rest where there are more than two
    (its interval then is the mean of theirs, which is too wide rather than too narrow). A quantity: R² of its ranks,
    which no outlier and no monotone transform of the target changes. The better of two ways to predict: the mean in
    bins and of values (`expected`), and the order of the numbers, up or down as the other half says.

    Near 0.5 the interval is too narrow (10 % instead of 5 % of clean columns are wholly above): there each half teaches
    the other its own chance. Near a limit that means knowledge the rule is the same in both and the interval is right.
    """
    import numpy as np

    if target.codes is not None and _renames(feature, target.codes):
        return Power(1.0, _measure(target), None, same=True)
    classes = target.codes is not None
    guesses = [expected(feature, target.y, half)]
    if feature.numbers is not None and np.isfinite(feature.numbers).any():
        guesses.append((_steps if classes else _line)(feature.numbers, target.y, half))
    # The better of two is better than either is by chance, so each must be as sure as both (Bonferroni).
    sure = 1 - (1 - intervals.CONFIDENCE) / len(guesses)
    found = [_area(guess, target, sure) if classes else _explained(guess, target.y, half, sure) for guess in guesses]
    return max(found, key=lambda one: one.value)


def expected(feature: Feature, y: NDArray[np.float64], half: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What the other half says of each row, less the mean of that half, shape (n, k): the mean of the row's value, shrunk
    to that of its bin, which is shrunk to that of the whole. Bins are at most 64 quantiles of numbers, and one of the
    missing cells; text has one bin."""
    import numpy as np

    bins, values = _grouped(feature, len(y))
    many, different = int(bins.max()) + 1, int(values.max()) + 1
    parent = np.zeros(different, dtype=np.int64)
    parent[values] = bins
    guess = np.zeros(y.shape)
    for learned, told in _parts(half):
        here, mean = y[learned], y[learned].mean(axis=0)
        for k in range(y.shape[1]):
            of_bin = _shrunk(bins[learned], here[:, k], np.full(many, mean[k]), _PRIOR_ROWS)
            of_value = _shrunk(values[learned], here[:, k], of_bin[parent], _BIN_ROWS if many > 1 else _PRIOR_ROWS)
            guess[told, k] = of_value[values[told]] - mean[k]
    # Of a value that was never seen the guess is 0, and not what sums in floats leave of it: its rows are ties.
    return np.round(guess, 12)


def _steps(numbers: NDArray[np.float64], y: NDArray[np.float64], half: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The ranks of the numbers, turned so that they rise with each class in the other half; shape (n, k)."""
    import numpy as np

    x, guess = _centred(numbers), np.zeros(y.shape)
    for learned, told in _parts(half):
        rises = np.sign((x[learned] - x[learned].mean()) @ y[learned])
        guess[told] = x[told][:, None] * rises[None, :]
    return guess


def _line(numbers: NDArray[np.float64], y: NDArray[np.float64], half: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The least-squares line of the other half over the ranks, less the mean of that half; shape (n, k)."""
    import numpy as np

    x, guess = _centred(numbers), np.zeros(y.shape)
    for learned, told in _parts(half):
        centre = float(x[learned].mean())
        spread = x[learned] - centre
        slope = spread @ y[learned] / max(float(spread @ spread), 1e-12)
        guess[told] = (x[told] - centre)[:, None] * slope[None, :]
    return guess


def _centred(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks around 0; a missing cell stands in the middle."""
    import numpy as np

    present, x = np.isfinite(numbers), np.zeros(len(numbers))
    x[present] = ranks(numbers[present]) - 0.5
    return x


def _parts(half: NDArray[np.bool_]) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """What is learned from, and what is told with it."""
    return [(learned, ~learned) for learned in (half, ~half) if learned.any() and not learned.all()]


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Midranks as shares of the rows, in 0–1; ties share theirs."""
    import numpy as np

    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: NDArray[np.float64] = ((np.cumsum(counts) - counts / 2) / len(values))[inverse]
    return found


def _area(guess: NDArray[np.float64], target: Target, sure: float) -> Power:
    return mean_area([intervals.auc(guess[:, k], target.y[:, k] > 0.5, sure) for k in range(guess.shape[1])])


def mean_area(areas: Sequence[tuple[float, Interval]]) -> Power:
    """The unweighted mean of the areas of classes, each against the rest; its interval has the mean of their ends."""
    if len(areas) == 1:
        return Power(areas[0][0], "AUC", areas[0][1])
    many = len(areas)
    low, high = (sum(ends) / many for ends in zip(*((one.low, one.high) for _, one in areas), strict=True))
    interval = Interval(low, high, areas[0][1].confidence, "mean of DeLong's of each class")
    return Power(sum(area for area, _ in areas) / many, f"mean AUC of {many} classes", interval)


def _measure(target: Target) -> str:
    return "AUC" if target.y.shape[1] == 1 else f"mean AUC of {target.y.shape[1]} classes"


def _explained(guess: NDArray[np.float64], y: NDArray[np.float64], half: NDArray[np.bool_], sure: float) -> Power:
    """R² = 1 - sum(e²) / sum(d²); the ratio's interval by the delta method on the log scale.

    Where next to nothing is left unexplained, its upper end is 3 / n: the rule of three (Hanley & Lippman-Hand 1983).
    """
    import numpy as np

    truth, said, n = y[:, 0], guess[:, 0].copy(), len(y)
    for learned, told in _parts(half):
        said[told] += truth[learned].mean()
    errors, squares = (truth - said) ** 2, (truth - truth.mean()) ** 2
    left = float(errors.mean() / squares.mean())
    spread = float(np.std(errors - left * squares)) / (max(left, 1e-12) * float(squares.mean()) * math.sqrt(n))
    z = NormalDist().inv_cdf((1 + sure) / 2)
    low, high = left * math.exp(-z * min(spread, 50)), left * math.exp(z * min(spread, 50))
    ends = (max(0.0, 1 - max(high, 3 / n)), min(1.0, 1 - low))
    value = max(0.0, 1 - left)
    interval = Interval(min(value, ends[0]), max(value, ends[1]), sure, "delta method, log")
    return Power(value, "R² of ranks", interval)


def _renames(feature: Feature, codes: NDArray[np.int64]) -> bool:
    """Whether each value stands with one class and each class with one value, in all rows; missing is a value."""
    import numpy as np

    values = feature.numbers if feature.numbers is not None else feature.codes
    assert values is not None
    classes = int(codes.max()) + 1
    different, numbered = np.unique(values, return_inverse=True)
    if len(different) != classes:
        return False
    return len(np.unique(numbered.astype(np.int64) * classes + codes)) == classes


def _grouped(feature: Feature, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bins and values as numbers from 0, shape (n,) each."""
    import numpy as np

    if feature.numbers is None:
        assert feature.codes is not None
        return np.zeros(n, dtype=np.int64), np.unique(feature.codes, return_inverse=True)[1].astype(np.int64)
    values = np.unique(feature.numbers, return_inverse=True)[1]
    many = max(2, min(BINS, n // (2 * _ROWS_PER_BIN)))
    missing = ~np.isfinite(feature.numbers)
    bins = np.full(n, many, dtype=np.int64)
    present = ~missing
    if present.any():
        bins[present] = np.minimum((ranks(feature.numbers[present]) * many).astype(np.int64), many - 1)
    return np.unique(bins, return_inverse=True)[1].astype(np.int64), values.astype(np.int64)


def _shrunk(
    groups: NDArray[np.int64], y: NDArray[np.float64], prior: NDArray[np.float64], rows: float
) -> NDArray[np.float64]:
    """The mean of y in each group, to which `rows` rows of its prior mean were added; shape (groups,)."""
    import numpy as np

    counts = np.bincount(groups, minlength=len(prior))
    found: NDArray[np.float64] = (np.bincount(groups, weights=y, minlength=len(prior)) + rows * prior) / (counts + rows)
    return found
