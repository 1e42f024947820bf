"""How contributions come about: asked of the model's own library, or sampled from its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.models import frames, perturb
from mlops_gates.models.perturb_owners import owner
from mlops_gates.models.perturb_units import units
from mlops_gates.records import dataclass
from mlops_gates.stats.permutation_shapley import walks
from mlops_gates.worker.client import Explanation, How, Prediction
from mlops_gates.worker.failures import PredictFailed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BUDGET = 3_000
"""Rows that the model is asked for where the config does not say how many answers to explain."""
_MOST, _LIBRARY_ROWS = 100, 200


@dataclass(frozen=True)
class Contributions:
    """`parts`: shape (rows, features), what each feature adds to an answer; `apart`: how far their sums are from it.

    `apart` is the largest distance, relative to the largest answer (to 1 for probabilities).
    """

    method: str
    names: tuple[str, ...]
    parts: NDArray[np.float64]
    apart: float


def contributions(scope: ModelScope, method: str, rows: int | None, wanted: Sequence[str]) -> Contributions:
    """By `method`; `auto` takes what the library knows, else samples. Raises WorkerError where there is no such way."""
    if method in ("native", "shap"):
        return _of_library(scope, "shap" if method == "shap" else "native", rows)
    if method == "auto":
        try:
            return _of_library(scope, "native", rows)
        except PredictFailed:
            pass  # the model has none, or not for this table: its answers explain it as well
    return _sampled(scope, rows, wanted)


def _of_library(scope: ModelScope, how: How, rows: int | None) -> Contributions:
    import numpy as np

    chosen = scope.rows("interpretability", rows or _LIBRARY_ROWS)
    told = scope.model.explain(frames.take(scope.frame, chosen), how=how)
    features = [one.name for one in scope.frame.columns]
    owners = [owner(name, features) for name in told.features]
    names = tuple(dict.fromkeys([*features, *owners]))
    parts = np.zeros((len(chosen), len(names)))
    for place, name in enumerate(owners):
        parts[:, names.index(name)] += told.parts[:, place]
    return Contributions(told.method, names, parts, max(_apart(told), _from_answers(scope, told, chosen)))


def _apart(told: Explanation) -> float:
    """Log-odds are compared as probabilities: 32-bit ones near 0 and 1 say little of them."""
    import numpy as np

    sums = told.parts.sum(axis=1) + told.base
    if told.method.endswith("log-odds"):
        with np.errstate(over="ignore"):
            return float(np.abs(1 / (1 + np.exp(-sums)) - 1 / (1 + np.exp(-told.margin))).max())
    return _relative(sums - told.margin, told.margin)


def _from_answers(scope: ModelScope, told: Explanation, rows: NDArray[np.int64]) -> float:
    """How far log-odds are from the probabilities that the model answered before; 0 where there is no such pair."""
    import numpy as np

    said = scope.model.base
    if not told.method.endswith("log-odds") or said.scores is None or said.kind_of_scores != "probability":
        return 0.0
    score = said.scores.reshape(len(said.labels), -1)[rows, -1]
    with np.errstate(over="ignore"):
        return float(np.abs(1 / (1 + np.exp(-told.parts.sum(axis=1) - told.base)) - score).max())


def _relative(off: NDArray[np.float64], answers: NDArray[np.float64]) -> float:
    import numpy as np

    return float(np.abs(off).max() / max(float(np.abs(answers).max()), 1e-12))


def _sampled(scope: ModelScope, rows: int | None, wanted: Sequence[str]) -> Contributions:
    """Shapley values by walks there and back; what they add up to is held against what the model said before."""
    import numpy as np

    parts = units(scope.frame, scope.model.loaded, wanted)
    u = len(parts)
    most = rows or max(2, min(_MOST, _BUDGET // (2 * u)))
    chosen = scope.rows("interpretability", most)
    each = max(1, _BUDGET // (2 * u * len(chosen)))
    plan = walks(chosen, scope.frame.rows, u, each, scope.rng("walks"))
    unit_of = {place: number for number, part in enumerate(parts) for place in part.places}
    unmoved = np.repeat(plan.background, 2 * u)
    frame = perturb.mixed(
        scope.frame,
        plan.questions,
        lambda column: plan.sources(unit_of[column]) if column in unit_of else unmoved,
    )
    before = _values(scope, scope.model.base)
    of_class = np.argmax(before, axis=1)[plan.explained]
    after = _values(scope, scope.model.predict(frame))
    told = plan.contributions(after[np.arange(len(after)), np.repeat(of_class, 2 * u)])
    clean = before[plan.explained, of_class] - before[plan.background, of_class]
    apart = _relative(told.sum(axis=1) - clean, before)
    names = tuple(dict.fromkeys([*(part.name for part in parts), *(one.name for one in scope.frame.columns)]))
    means = np.zeros((len(chosen), len(names)))
    means[:, :u] = told.reshape(len(chosen), each, u).mean(axis=1)
    return Contributions(f"sampled Shapley values, {plan.questions:,} questions", names, means, apart)


def _values(scope: ModelScope, said: Prediction) -> NDArray[np.float64]:
    """What is explained, shape (n, k): the score of the positive class, else scores of all, labels as 0 and 1, or numbers."""
    reading = scope.truth.reading
    score = reading.scores(said)[0] if reading else None
    return scope.truth.values(said) if score is None else score.reshape(-1, 1)
