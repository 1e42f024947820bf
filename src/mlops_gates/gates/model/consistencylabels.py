"""Whether a classifier's labels and scores say the same, whatever cut its labels are made by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.model.scope import ModelScope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TIE = 1e-9
"""Scores that are closer have none that is larger."""


def labels_and_scores(scope: ModelScope) -> Measurement | None:
    """The share of all rows whose label contradicts the scores; None where there is nothing to compare."""
    import numpy as np

    answers = scope.answers
    if answers is None:
        return None
    where = scope.context.line("consistency", "max_changed")
    none = Limit(None, 0, "none", where, implied=True)
    if len(answers.classes) == 2 and answers.scores is not None and answers.positive is not None:
        count = misplaced(answers.scores, answers.predicted == answers.positive)
        return _measured(count, len(answers.predicted), "labels that no cut through the scores explains", none, None)
    if answers.probabilities is not None and len(answers.classes) > 2:
        p, n = answers.probabilities, len(answers.predicted)
        own = np.where(answers.predicted < 0, 0.0, p[np.arange(n), answers.predicted])
        count = int((own < p.max(axis=1) - _TIE).sum())
        return _measured(count, n, "labels that do not have the largest probability", None, none)
    return None


def misplaced(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> int:
    """The fewest rows that are on the wrong side of a cut: at or above it labels are `positive`, below they are not.

    `scores`, `positive`: shape (n,). Cuts are between different scores, as rows of one score can only go together.
    """
    import numpy as np

    order = np.argsort(scores, kind="stable")
    sorted_, yes = scores[order], positive[order]
    below = np.concatenate([[0], np.cumsum(yes)])  # positives below the cut
    above = np.concatenate([[0], np.cumsum(~yes[::-1])])[::-1]  # others at or above it
    between = np.concatenate([[True], np.diff(sorted_) > 0, [True]])
    return int((below + above)[between].min())


def _measured(count: int, n: int, what: str, limit: Limit | None, warn: Limit | None) -> Measurement:
    return Measurement(
        rule="model.consistency",
        subject="labels",
        name="consistency_labels",
        value=count / n,
        text=f"{count:,} of {n:,} rows have {what}",
        limit=limit,
        warn=warn,
        exact=f"counted on {n:,} rows",
        n=n,
        remedy="Make predict and predict_proba answer from the same model and the same features.",
    )
