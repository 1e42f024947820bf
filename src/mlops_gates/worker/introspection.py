"""In the child: what a loaded model says of itself. Every part may be unknown; nothing here predicts."""

from __future__ import annotations

import sys
from typing import Any

from .featurekinds import kinds
from .loading import attribute_of, feature_names

_LONGEST = 200


def facts(model: Any) -> dict[str, Any]:
    """`task`, `n_features`, `importances` ([[name, weight], …] or None) and their `source`, `kinds` of features."""
    weights, source = _importances(model)
    count = attribute_of(model, "n_features_in_")
    return {
        "task": _task(model),
        "n_features": count if type(count) is int else _length(feature_names(model)),
        "importances": weights,
        "source": source,
        "kinds": kinds(model),
    }


def _length(names: list[str] | None) -> int | None:
    return None if names is None else len(names)


def _task(model: Any) -> str | None:
    kind = attribute_of(model, "_estimator_type")
    base = sys.modules.get("sklearn.base")
    if kind is None and base is not None:
        for name, told in (("is_classifier", "classifier"), ("is_regressor", "regressor")):
            try:
                kind = told if getattr(base, name)(model) else kind
            except Exception:  # noqa: BLE001 -- foreign models have no tags
                kind = None
    if kind is None and callable(attribute_of(model, "predict_proba")):
        kind = "classifier"
    return {"classifier": "classification", "regressor": "regression"}.get(kind or "")


def _importances(model: Any) -> tuple[list[list[Any]] | None, str]:
    """Weights by feature, not normed, and the attribute they come from."""
    steps = attribute_of(model, "steps")
    last = steps[-1][1] if isinstance(steps, list) and steps else model
    for name in ("feature_importances_", "coef_"):
        found = attribute_of(last, name)
        if found is None:
            continue
        weights = _weights(found)
        names = _names(model, last, steps)
        if weights and names and len(names) == len(weights):
            return [[str(one)[:_LONGEST], weight] for one, weight in zip(names, weights)], name  # noqa: B905 -- Python 3.8
    return None, ""


def _weights(found: Any) -> list[float]:
    import numpy as np

    try:
        array = np.abs(np.asarray(found, dtype=float))
    except (TypeError, ValueError):
        return []
    if array.ndim == 2:
        array = array.mean(axis=0)
    return array.tolist() if array.ndim == 1 and np.isfinite(array).all() else []


def _names(model: Any, last: Any, steps: Any) -> list[str] | None:
    names = feature_names(last)
    if names is None and isinstance(steps, list):
        try:
            names = list(model[:-1].get_feature_names_out())
        except Exception:  # noqa: BLE001 -- many transformers have no names
            names = None
    return names or feature_names(model)
