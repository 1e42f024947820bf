"""What the model said, in the words of the labels: predictions as class numbers, scores of the positive class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gates.errors import CheckError
from mlops_gates.models.features import canonical, canonical_text
from mlops_gates.stats.classification import Answers
from mlops_gates.worker.client import Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def aligned(labels: NDArray[np.object_], prediction: Prediction, positive: object | None) -> Answers:
    """Labels and predictions side by side.

    A model that answers 0 and 1 (or false and true) for two labels that are words means the `positive` one by 1.
    Raises CheckError when predictions and labels have no word in common.
    """
    import numpy as np

    known = sorted(set(labels.tolist()))
    named = _positive(known, positive)
    predicted = canonical(prediction.labels)
    words = _translation(known, sorted(set(predicted.tolist())), named)
    if words:
        predicted = np.array([words[word] for word in predicted.tolist()], dtype=object)
    said = set(predicted.tolist())
    if not said & set(known):
        raise CheckError(
            f"the model answers with {len(said):,} labels, the data has {len(set(known)):,}: not one is in both",
            next_step="Set `positive` when the model answers 0 and 1 for two words; else compare the training's labels.",
        )
    classes = tuple(sorted(said | set(known) | ({named} if named is not None else set())))
    number = {word: place for place, word in enumerate(classes)}
    scores, why = _scores(prediction, named, words)
    return Answers(
        truth=np.array([number[word] for word in labels.tolist()], dtype=np.int64),
        predicted=np.array([number[word] for word in predicted.tolist()], dtype=np.int64),
        classes=classes,
        positive=None if named is None else number[named],
        scores=scores,
        no_scores=why,
    )


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
    prediction: Prediction, positive: str | None, words: dict[str, str]
) -> tuple[NDArray[np.float64] | None, str]:
    """One score per row that grows with the positive class, or None and why there is none."""
    import numpy as np

    scores = prediction.scores
    if scores is None:
        return None, "the model gives neither probabilities nor decision values"
    if positive is None:
        return None, "no label is `positive`"
    classes = [canonical_text(one) for one in prediction.classes or ()]
    classes = [words.get(one, one) for one in classes]
    if scores.ndim == 2 and scores.shape[1] == len(classes) and positive in classes:
        return np.ascontiguousarray(scores[:, classes.index(positive)]), ""
    flat = scores.ravel() if scores.ndim == 1 or scores.shape[1] == 1 else None
    if flat is not None and len(classes) == 2 and positive in classes:
        return (flat if classes.index(positive) == 1 else -flat), ""
    if flat is not None and not classes:
        return flat, ""
    return None, f"the model's scores do not name the label {positive!r} among their {len(classes)} classes"
