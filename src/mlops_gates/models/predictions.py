"""Predictions made of predictions: some rows of one, or several one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_gates.worker.client import Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def taken(prediction: Prediction, rows: NDArray[np.int64]) -> Prediction:
    """The answers to some of the rows, in the given order."""
    scores = None if prediction.scores is None else prediction.scores[rows]
    return prediction._replace(labels=prediction.labels[rows], scores=scores)


def joined(parts: Sequence[Prediction]) -> Prediction:
    """Answers one after the other; scores only where all have them in the same shape. Seconds add up."""
    import numpy as np

    labels = [part.labels for part in parts]
    if len({one.dtype.kind for one in labels}) > 1:
        labels = [one.astype(object) for one in labels]
    scores = [part.scores for part in parts if part.scores is not None]
    whole = len(scores) == len(parts) and len({one.shape[1:] for one in scores}) == 1
    return parts[0]._replace(
        labels=np.concatenate(labels),
        scores=np.concatenate(scores) if whole else None,
        kind_of_scores=parts[0].kind_of_scores if whole else None,
        seconds=sum(part.seconds for part in parts),
        wall=sum(part.wall for part in parts),
    )
