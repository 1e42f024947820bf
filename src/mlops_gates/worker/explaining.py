"""In the child: contributions of each feature to each answer, by what is installed beside the model.

XGBoost and LightGBM know theirs; shap's TreeExplainer and LinearExplainer know those of trees and linear models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import predicting
from .columns import Block
from .loading import attribute_of
from .predicting import NotPredictable


def explain(model: Any, blocks: Sequence[Block]) -> tuple[dict[str, Any], list[Block]]:
    """Facts (`method`, `features`) and columns: `contribution` × features, then `base` and `margin`, a row each.

    `margin` is what the contributions and the base shall add up to. Raises `NotPredictable` where there is no way.
    """
    import numpy as np

    ordered = predicting.ordered(model, blocks)
    table = predicting.table_of(model, ordered)
    found = _native(model, table) or _by_shap(model, table)
    if found is None:
        raise NotPredictable("no explanation of its own: neither a booster nor a model that shap explains here")
    method, names, parts, base, margin = found
    parts = np.asarray(parts, dtype=np.float64)
    rows = len(ordered[0].values)
    if parts.ndim != 2 or len(parts) != rows or len(names) != parts.shape[1]:
        raise NotPredictable(f"{method} gave contributions of shape {parts.shape} for {rows} rows")
    answer = [Block("contribution", "float64", parts[:, place]) for place in range(parts.shape[1])]
    answer.append(Block("base", "float64", np.broadcast_to(np.asarray(base, np.float64), (rows,)).copy()))
    answer.append(Block("margin", "float64", np.asarray(margin, np.float64).reshape(rows)))
    return {"method": method, "features": [str(name)[:200] for name in names]}, answer


def _native(model: Any, table: Any) -> Any:
    booster = attribute_of(model, "booster")
    contributions = attribute_of(booster, "contributions")
    if not callable(contributions):
        return None
    found = contributions(table)
    names = list(booster.feature_names_in_ or range(found.shape[1] - 1))
    raw = booster.raw(table)
    return "contributions of the library", names, found[:, :-1], found[:, -1], _logit(raw, booster.kind)


def _logit(raw: Any, kind: str) -> Any:
    import numpy as np

    if kind != "probability":
        return raw
    inside = np.clip(np.asarray(raw, dtype=float), 1e-15, 1 - 1e-15)
    return np.log(inside / (1 - inside))


def _by_shap(model: Any, table: Any) -> Any:
    try:
        import shap
    except ImportError:
        return None
    steps = attribute_of(model, "steps")
    last, inner = model, table
    if isinstance(steps, list) and steps:
        last = steps[-1][1]
        inner = model[:-1].transform(table) if len(steps) > 1 else table
        names = _out(model, inner)
    else:
        names = list(getattr(table, "columns", range(table.shape[1])))
    try:
        explainer = shap.TreeExplainer(last)
    except Exception:  # noqa: BLE001 -- its errors for other models are of many types
        return None
    parts, base = explainer.shap_values(inner), explainer.expected_value
    return ("SHAP, TreeExplainer", names, *_of_one_class(parts, base), _margin(last, inner))


def _out(model: Any, inner: Any) -> list[Any]:
    try:
        return list(model[:-1].get_feature_names_out())
    except Exception:  # noqa: BLE001 -- many transformers have no names
        return list(range(inner.shape[1]))


def _of_one_class(parts: Any, base: Any) -> tuple[Any, Any]:
    """Of several classes the last: the positive one of two."""
    import numpy as np

    if isinstance(parts, list):
        parts = parts[-1]
    parts, base = np.asarray(parts), np.asarray(base)
    if parts.ndim == 3:
        parts = parts[:, :, -1]
    return parts, base.ravel()[-1]


def _margin(last: Any, inner: Any) -> Any:
    """What shap explains of scikit-learn's trees: the probability of the last class, or the number."""
    import numpy as np

    method = attribute_of(last, "predict_proba")
    if not callable(method):
        return last.predict(inner)
    if type(last).__name__.startswith(("GradientBoosting", "HistGradientBoosting")):
        found = np.asarray(last.decision_function(inner))
        return found if found.ndim == 1 else found[:, -1]
    return np.asarray(method(inner))[:, -1]
