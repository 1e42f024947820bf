"""Metrics of a classifier, each with its interval; undefined ones say why instead of returning 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.stats import intervals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")


@dataclass(frozen=True, slots=True)
class Metric:
    """A value (0–1) with its interval, or None and the reason. `n` is the number of rows that it rests on."""

    value: float | None
    interval: Interval | None
    n: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Truth and prediction as class numbers, shape (n,), into `classes`; `positive` is one of them, or None.

    `scores`, shape (n,), grow with the probability of the positive class; None says why in `no_scores`.
    `probabilities`, shape (n, classes), are those of every class; None where the model gives none.
    """

    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    classes: tuple[str, ...]
    positive: int | None
    scores: NDArray[np.float64] | None
    no_scores: str = ""
    probabilities: NDArray[np.float64] | None = None

    @property
    def metrics(self) -> dict[str, float]:
        """Every metric that these answers have, rounded to six decimals."""
        measured = {name: self.metric(name).value for name in METRICS}
        return {name: round(value, 6) for name, value in measured.items() if value is not None}

    def metric(self, name: str) -> Metric:
        """One of `METRICS`. Precision, recall and F1 are those of the positive class, without one macro averages."""
        if name == "accuracy":
            return _proportion(int((self.truth == self.predicted).sum()), len(self.truth), "there are no rows")
        if name == "roc_auc":
            return self._auc()
        return self._macro(name) if self.positive is None else self._of_positive(name)

    def _of_positive(self, name: str) -> Metric:
        is_, said = self.truth == self.positive, self.predicted == self.positive
        tp, fp, fn = int((is_ & said).sum()), int((~is_ & said).sum()), int((is_ & ~said).sum())
        word = self.classes[self.positive] if self.positive is not None else ""
        if name == "precision":
            return _proportion(tp, tp + fp, f"no row is predicted as {word!r}")
        if name == "recall":
            return _proportion(tp, tp + fn, f"no row is labelled {word!r}")
        if tp + fn == 0:
            return Metric(None, None, 0, f"no row is labelled {word!r}")
        jaccard = intervals.wilson(tp, tp + fp + fn)
        return Metric(2 * tp / (2 * tp + fp + fn), intervals.f1_of(jaccard), tp + fp + fn)

    def _macro(self, name: str) -> Metric:
        import numpy as np

        k = len(self.classes)
        table = np.bincount(self.truth * k + self.predicted, minlength=k * k).reshape(k, k)
        labelled = np.flatnonzero(table.sum(axis=1))
        if len(labelled) < 2:
            return Metric(None, None, len(self.truth), "all rows have one label")

        def statistic(tables: NDArray[np.int64]) -> NDArray[np.float64]:
            hits = np.einsum("dii->di", tables)[:, labelled]
            said, are = tables.sum(axis=1)[:, labelled], tables.sum(axis=2)[:, labelled]
            below = {"precision": said, "recall": are, "f1": (said + are) / 2}[name]
            return np.divide(hits, below, out=np.zeros(hits.shape), where=below > 0).mean(axis=1)  # type: ignore[no-any-return]

        return Metric(float(statistic(table[None])[0]), intervals.resampled(table, statistic), len(self.truth))

    def _auc(self) -> Metric:
        if self.positive is None:
            return Metric(None, None, len(self.truth), "it needs `positive`: the label that the scores speak for")
        if self.scores is None:
            return Metric(None, None, len(self.truth), self.no_scores)
        positive = self.truth == self.positive
        if positive.all() or not positive.any():
            return Metric(None, None, len(self.truth), "all rows have one label")
        value, interval = intervals.auc(self.scores, positive)
        return Metric(value, interval, len(self.truth))


def _proportion(hits: int, of: int, reason: str) -> Metric:
    if of == 0:
        return Metric(None, None, 0, reason)
    return Metric(hits / of, intervals.wilson(hits, of), of)
