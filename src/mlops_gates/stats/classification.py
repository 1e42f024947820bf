"""Metrics of a classifier, each with its interval; undefined ones say why instead of returning 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, ClassVar

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass
from mlops_gates.stats import confusion, probabilistic, ranking
from mlops_gates.stats.metric import Measured, Metric, absent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COUNTED = ("accuracy", "precision", "recall", "f1")
RANKED = ("roc_auc", "pr_auc")
PROBABLE = ("log_loss", "brier", "calibration_error")
METRICS = (*COUNTED, *RANKED, *PROBABLE)
_NO_PROBABILITIES = "the model gives no probability of every label"
_ONE_LABEL = "all rows have one label"
_MOST_FACTS = 12
_MOST_CONFUSED = 3


@dataclass(frozen=True)
class Answers(Measured):
    """Truth and prediction as class numbers, shape (n,), into `classes`; `positive` is one of them, or None.

    A predicted number that is none of the classes is a wrong answer. `scores`, shape (n,), grow with the probability of
    the positive class; None says why in `no_scores`. `probabilities`, shape (n, classes), are those of every class;
    None where the model gives none. All numbers are finite.
    """

    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    classes: tuple[str, ...]
    positive: int | None
    scores: NDArray[np.float64] | None
    no_scores: str = ""
    probabilities: NDArray[np.float64] | None = None
    names: ClassVar = METRICS
    _known: dict[str, Metric] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Rows by label, columns by answer; the last column counts answers that are none of the classes."""
        return confusion.matrix(self.truth, self.predicted, len(self.classes))

    @property
    def facts(self) -> dict[str, str]:
        """The confusion matrix in words: a line for each of the labels that most rows have."""
        counts = self.confusion
        rows = counts.sum(axis=1)
        order = [place for place in (-rows).argsort(kind="stable").tolist() if rows[place]]
        found = {
            f"labelled {self.classes[place]}": self._confused(counts[place], place) for place in order[:_MOST_FACTS]
        }
        if len(order) > _MOST_FACTS:
            found["other labels"] = f"{len(order) - _MOST_FACTS:,} more"
        return found

    def metric(self, name: str) -> Metric:
        """One of `METRICS`; it is computed once. Raises KeyError for any other name.

        Precision, recall, F1 and both areas are those of the positive class; without one they are means over the
        classes that rows have (areas: each against the rest). The calibration error is that of the probability of the
        positive class; without one, of the likeliest class, whether it is the true one (Guo et al. 2017). Log loss and
        Brier score speak of all classes.
        """
        if name not in self._known:
            self._known.update(self._computed(name))
        return self._known[name]

    def _computed(self, name: str) -> dict[str, Metric]:
        if name == "accuracy":
            hits = int((self.truth == self.predicted).sum())
            return {name: confusion.proportion(hits, len(self.truth), "there are no rows")}
        if name in confusion.AVERAGED:
            counts, positive = self.confusion, self.positive
            if positive is None:
                return confusion.averaged(counts)
            word = self.classes[positive]
            return {one: confusion.of_one(counts, positive, one, word) for one in confusion.AVERAGED}
        if name in RANKED:
            return dict(zip(RANKED, self._areas(), strict=True))
        compute: dict[str, Callable[[], Metric]] = {
            "log_loss": lambda: self._of_probabilities(probabilistic.log_loss),
            "brier": lambda: self._of_probabilities(probabilistic.brier),
            "calibration_error": lambda: self._of_probabilities(self._calibration),
        }
        return {name: compute[name]()}

    def _areas(self) -> tuple[Metric, Metric]:
        """Both areas, from one order of the rows."""
        import numpy as np

        n, several = len(self.truth), len(np.unique(self.truth)) > 1
        if self.positive is None and self.probabilities is None:
            why = "it needs `positive`, the label that the scores speak for, or probabilities of all labels"
        elif self.positive is not None and self.scores is None:
            why = self.no_scores
        elif not several:
            why = _ONE_LABEL
        elif self.positive is not None and not (self.truth == self.positive).any():
            why = f"no row is labelled {self.classes[self.positive]!r}"
        else:
            found = self._means() if self.positive is None else self._of_scores()
            return Metric(*found["roc"], n), Metric(*found["pr"], n)
        return absent(n, why), absent(n, why)

    def _means(self) -> dict[str, tuple[float, Interval]]:
        assert self.probabilities is not None
        return ranking.mean_areas(self.probabilities, self.truth)

    def _of_scores(self) -> dict[str, tuple[float, Interval]]:
        assert self.scores is not None
        order = ranking.ordered(self.scores, self.truth == self.positive)
        return {"roc": ranking.roc_area(order), "pr": ranking.average_precision(order)}

    def _of_probabilities(self, of: Callable[[NDArray[np.float64], NDArray[np.int64]], Metric]) -> Metric:
        if self.probabilities is None:
            return absent(len(self.truth), _NO_PROBABILITIES)
        return of(self.probabilities, self.truth)

    def _calibration(self, probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> Metric:
        asked = self.positive if self.positive is not None or len(self.classes) != 2 else 1
        if asked is not None:
            return probabilistic.calibration(probabilities[:, asked], truth == asked)
        return probabilistic.calibration(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth)

    def _confused(self, row: NDArray[np.int64], place: int) -> str:
        """`120 rows, 100 answered right, 15 as b, 5 as c`."""
        wrong = [other for other in (-row).argsort(kind="stable").tolist() if row[other] and other != place]
        names = (*self.classes, "something else")
        told = [f"{row[other]:,} as {names[other]}" for other in wrong[:_MOST_CONFUSED]]
        rest = sum(int(row[other]) for other in wrong[_MOST_CONFUSED:])
        told += [f"{rest:,} as others"] if rest else []
        return ", ".join([f"{row.sum():,} rows", f"{row[place]:,} answered right", *told])


__all__ = ["COUNTED", "METRICS", "PROBABLE", "RANKED", "Answers", "Metric"]
