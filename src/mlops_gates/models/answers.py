"""What a classifier said, in the words of the labels: predictions as class numbers, scores of the positive class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlops_gates.errors import CheckError
from mlops_gates.models.features import canonical, canonical_text
from mlops_gates.records import dataclass
from mlops_gates.stats.classification import Answers
from mlops_gates.worker.client import Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNKNOWN = -1
"""The class number of an answer that is none of `classes`."""


@dataclass(frozen=True)
class Reading:
    """How a model's answers read beside the labels: `classes` in order, what its own words stand for (`words`)."""

    classes: tuple[str, ...]
    words: dict[str, str]
    positive: str | None

    def codes(self, prediction: Prediction) -> NDArray[np.int64]:
        """Class numbers, shape (n,); `UNKNOWN` where it answers with a label that it has not answered with before."""
        import numpy as np

        if prediction.labels.dtype.kind in "OU":
            return self.numbered(_translated(canonical(prediction.labels), self.words))
        distinct, inverse = np.unique(prediction.labels, return_inverse=True)
        return self.numbered(_translated(canonical(distinct), self.words))[inverse]

    def numbered(self, labels: NDArray[np.object_]) -> NDArray[np.int64]:
        """Canonical labels as class numbers."""
        import numpy as np

        number = {word: place for place, word in enumerate(self.classes)}
        return np.array([number.get(word, UNKNOWN) for word in labels.tolist()], dtype=np.int64)

    def scores(self, prediction: Prediction) -> tuple[NDArray[np.float64] | None, str]:
        """One score per row that grows with the positive class, or None and why there is none."""
        return _scores(prediction, self.positive, self._columns(prediction))

    def probabilities(self, prediction: Prediction) -> NDArray[np.float64] | None:
        """Shape (n, classes), in the order of `classes`; None where the model gives none or not of each class."""
        import numpy as np

        named = self._columns(prediction)
        if prediction.scores is None or prediction.kind_of_scores != "probability":
            return None
        scores = prediction.scores
        if (scores.ndim == 1 or scores.shape[1] == 1) and len(self.classes) == 2:
            score, _ = self.scores(prediction)
            if score is None:
                return None
            pair = np.column_stack([1 - score, score])
            return pair if self.classes[1] == self.positive else np.ascontiguousarray(pair[:, ::-1])
        if scores.ndim != 2 or len(named) != scores.shape[1] or not set(named) <= set(self.classes):
            return None
        found = np.zeros((len(scores), len(self.classes)))
        found[:, [self.classes.index(one) for one in named]] = scores
        return found

    def answers(self, labels: NDArray[np.object_], prediction: Prediction) -> Answers:
        """Labels and predictions side by side."""
        scores, why = self.scores(prediction)
        return Answers(
            truth=self.numbered(labels),
            predicted=self.codes(prediction),
            classes=self.classes,
            positive=None if self.positive is None else self.classes.index(self.positive),
            scores=scores,
            no_scores=why,
            probabilities=self.probabilities(prediction),
        )

    def _columns(self, prediction: Prediction) -> list[str]:
        return [self.words.get(one, one) for one in map(canonical_text, prediction.classes or ())]


def read(
    labels: NDArray[np.object_], prediction: Prediction, positive: object | None, names: Sequence[str] = ()
) -> Reading:
    """How the answers read. `names` are what the model means by 0, 1, 2, …

    A model that answers 0 and 1 (or false and true) for two labels that are words means the `positive` one by 1.
    Raises CheckError when predictions and labels have no word in common.
    """
    known = sorted(set(labels.tolist()))
    named = _positive(known, positive)
    predicted = canonical(prediction.labels)
    words = {str(place): name for place, name in enumerate(names)}
    words = words or _translation(known, sorted(set(predicted.tolist())), named)
    said = set(_translated(predicted, words).tolist())
    if not said & set(known):
        raise CheckError(
            f"the model answers with {len(said):,} labels, the data has {len(set(known)):,}: not one is in both",
            next_step="Set `positive` when the model answers 0 and 1 for two words, `classes` when it answers numbers; "
            "else compare the training's labels.",
        )
    offered = {words.get(one, one) for one in map(canonical_text, prediction.classes or ())}
    return Reading(tuple(sorted(said | set(known) | offered | ({named} if named is not None else set()))), words, named)


def aligned(
    labels: NDArray[np.object_], prediction: Prediction, positive: object | None, names: Sequence[str] = ()
) -> Answers:
    """Labels and predictions side by side, as by `read`."""
    return read(labels, prediction, positive, names).answers(labels, prediction)


def _translated(predicted: NDArray[np.object_], words: dict[str, str]) -> NDArray[Any]:
    import numpy as np

    if not words:
        return predicted
    return np.array([words.get(word, word) for word in predicted.tolist()], dtype=object)


def _positive(known: list[str], positive: object | None) -> str | None:
    """The configured word, or the evident one of 0/1 and False/True; None where there is none."""
    if positive is not None:
        word = canonical_text(positive)
        if word not in known:
            raise CheckError(
                f"positive is {word!r}, which is none of the {len(known):,} labels in the data",
                next_step='Write it as it stands in the data; quote words such as "Yes" as you like.',
            )
        return word
    return {"0 1": "1", "False True": "True"}.get(" ".join(known))


def _translation(known: list[str], said: list[str], positive: str | None) -> dict[str, str]:
    """What 0 and 1 mean, where the labels are two words and the model answers numbers; else nothing."""
    if positive is None or len(known) != 2 or set(said) & set(known):
        return {}
    other = next(word for word in known if word != positive)
    for no, yes in (("0", "1"), ("False", "True")):
        if set(said) <= {no, yes}:
            return {no: other, yes: positive}
    return {}


def _scores(
    prediction: Prediction, positive: str | None, classes: Sequence[str]
) -> tuple[NDArray[np.float64] | None, str]:
    import numpy as np

    scores = prediction.scores
    if scores is None:
        return None, "the model gives neither probabilities nor decision values"
    if positive is None:
        return None, "no label is `positive`"
    if scores.ndim == 2 and scores.shape[1] == len(classes) and positive in classes:
        return np.ascontiguousarray(scores[:, classes.index(positive)]), ""
    flat = scores.ravel() if scores.ndim == 1 or scores.shape[1] == 1 else None
    if flat is not None and len(classes) == 2 and positive in classes:
        return (flat if classes.index(positive) == 1 else -flat), ""
    if flat is not None and not classes:
        return flat, ""
    return None, f"the model's scores do not name the label {positive!r} among their {len(classes)} classes"
