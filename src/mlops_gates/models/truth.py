"""The labels, and how far an answer is from them: one notion of loss for every check that compares answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gates.models.answers import Reading
from mlops_gates.records import dataclass
from mlops_gates.worker.client import Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Truth:
    """Labels of `n` rows: class numbers of a `reading`, or, where there is none, the numbers of a regression.

    `spread` is the unit of a regression's losses: the mean distance of its labels from their median.
    """

    labels: NDArray[Any]
    reading: Reading | None
    spread: float = 1.0

    @property
    def classifies(self) -> bool:
        """Whether answers are labels and not numbers."""
        return self.reading is not None

    @property
    def unit(self) -> str:
        """What a loss is, in words."""
        return "wrong answers" if self.classifies else "mean absolute error in spreads of the target"

    def losses(self, prediction: Prediction, rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """What each answer is off, shape (n,): 0 or 1 for a label, the absolute error in spreads for a number.

        `rows` are the places of the asked rows among the labels; a row may come twice. None: all, in their order.
        """
        import numpy as np

        truth = self.labels if rows is None else self.labels[rows]
        if self.reading is not None:
            return np.asarray(self.reading.codes(prediction) != truth, dtype=np.float64)
        return np.asarray(np.abs(prediction.labels.astype(np.float64) - truth) / self.spread)

    def values(self, prediction: Prediction) -> NDArray[np.float64]:
        """What the model says as numbers, shape (n, k): scores where it gives some, else labels as 0 and 1, or numbers."""
        import numpy as np

        if self.reading is None:
            return np.asarray(prediction.labels, dtype=np.float64).reshape(-1, 1)
        if prediction.scores is not None:
            return np.asarray(prediction.scores, dtype=np.float64).reshape(len(prediction.labels), -1)
        codes = self.reading.codes(prediction)
        return np.asarray(codes[:, None] == np.arange(len(self.reading.classes)), dtype=np.float64)

    def changed(self, one: Prediction, other: Prediction, tolerance: float) -> NDArray[np.bool_]:
        """Which of the same rows are answered differently, shape (n,): another label, or numbers further apart.

        `tolerance` is relative to the larger of 1 and the number itself.
        """
        import numpy as np

        here, there = self.values(one), self.values(other)
        if here.shape != there.shape:
            return np.ones(len(one.labels), bool)
        apart = (np.abs(here - there) > tolerance * np.maximum(1.0, np.abs(here))).any(axis=1)
        if self.reading is not None:
            apart |= self.reading.codes(one) != self.reading.codes(other)
        return np.asarray(apart, dtype=bool)


def of_numbers(values: NDArray[Any]) -> Truth:
    """The labels of a regression. A target that never varies has the spread 1."""
    import numpy as np

    numbers = np.asarray(values, dtype=np.float64)
    spread = float(np.abs(numbers - np.median(numbers)).mean())
    return Truth(numbers, None, spread if spread > 0 else 1.0)


def of_labels(labels: NDArray[np.object_], reading: Reading) -> Truth:
    """The labels of a classification."""
    return Truth(reading.numbered(labels), reading)
