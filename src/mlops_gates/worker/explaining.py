"""In the child: contributions of each feature to each answer, by what is installed beside the model.

XGBoost and LightGBM know theirs (`native`); `shap` knows those of most trees. shap is imported when it is asked for alone:
it takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import predicting
from .columns import Block
from .loading import attribute_of, feature_names
from .predicting import NotPredictable

_BY_LOGARITHM = ("count:poisson", "reg:gamma", "reg:tweedie")
LOG_ODDS = "log-odds"
"""The last word of a method whose numbers are log-odds of the positive class."""


def explain(model: Any, blocks: Sequence[Block], how: str) -> tuple[dict[str, Any], list[Block]]:
    """Facts (`method`, `features`) and columns: `contribution` × features, then `base` and `margin`, a row each.

    `margin` is what the contributions and the base shall add up to. Raises `NotPredictable` where there is no way.
    """
    import numpy as np

    ordered = predicting.ordered(model, blocks)
    table = predicting.table_of(model, ordered)
    found = _native(model, table) if how == "native" else _by_shap(model, table)
    if found is None:
        raise NotPredictable("the model has no contributions of its own" if how == "native" else _NO_SHAP)
    method, names, parts, base, margin = found
    parts = np.asarray(parts, dtype=np.float64)
    rows = len(ordered[0].values)
    if parts.ndim != 2 or len(parts) != rows or len(names) != parts.shape[1]:
        raise NotPredictable(f"{method} gave contributions of shape {parts.shape} for {rows} rows")
    answer = [Block("contribution", "float64", parts[:, place]) for place in range(parts.shape[1])]
    answer.append(Block("base", "float64", np.broadcast_to(np.asarray(base, np.float64), (rows,)).copy()))
    answer.append(Block("margin", "float64", np.asarray(margin, np.float64).reshape(rows)))
    return {"method": method, "features": [str(name)[:200] for name in names]}, answer


_NO_SHAP = "shap cannot explain this model here: it is not installed beside it, or knows no way for its kind"


def _native(model: Any, table: Any) -> Any:
    """Of a booster's file, of XGBoost's and LightGBM's own classes, alone or at the end of a pipeline."""
    booster = attribute_of(model, "booster")
    contributions = attribute_of(booster, "contributions")
    if callable(contributions):
        found = contributions(table)
        names = list(booster.feature_names_in_ or range(found.shape[1] - 1))
        return _told("contributions of the library", names, found, *_own_margin(model, booster, table))
    last, inner, names = _unpacked(model, table)
    if callable(attribute_of(last, "get_booster")):
        return _of_xgboost(last, inner, names)
    if attribute_of(last, "booster_") is not None:
        return _of_lightgbm(last, inner, names)
    return None


def _of_xgboost(last: Any, inner: Any, names: list[Any]) -> Any:
    import xgboost

    booster = last.get_booster()
    classes = attribute_of(last, "classes_")
    if classes is not None and len(classes) > 2:
        return None
    categorical = bool(attribute_of(last, "enable_categorical"))
    matrix = xgboost.DMatrix(inner, enable_categorical=categorical)
    found = booster.predict(matrix, pred_contribs=True)
    if found.ndim != 2:
        return None
    margin = booster.predict(matrix, output_margin=True)
    method = "contributions of XGBoost" + ("" if classes is None else f", {LOG_ODDS}")
    return method, names, found[:, :-1], found[:, -1], margin


def _of_lightgbm(last: Any, inner: Any, names: list[Any]) -> Any:
    classes = attribute_of(last, "classes_")
    if classes is not None and len(classes) > 2:
        return None
    found = last.predict(inner, pred_contrib=True)
    margin = last.predict(inner, raw_score=True)
    method = "contributions of LightGBM" + ("" if classes is None else f", {LOG_ODDS}")
    return method, names, found[:, :-1], found[:, -1], margin


def _told(method: str, names: list[Any], found: Any, margin: Any, probability: bool) -> Any:
    return f"{method}, {LOG_ODDS}" if probability else method, names, found[:, :-1], found[:, -1], margin


def _own_margin(model: Any, booster: Any, table: Any) -> tuple[Any, bool]:
    """What contributions add up to, before the library makes answers of it, and whether that is log-odds.

    Counts and the like are predicted by their logarithm; LightGBM gives it, of XGBoost it is undone here.
    """
    import numpy as np

    raw = np.asarray(booster.raw(table), dtype=float)
    if booster.kind == "probability":
        inside = np.clip(raw, 1e-15, 1 - 1e-15)
        return np.log(inside / (1 - inside)), True
    own = attribute_of(model, "native")
    if own is not None and type(own).__module__.startswith("lightgbm"):
        return own.predict(table, raw_score=True), False
    logs = own is not None and any(word in own.save_config() for word in _BY_LOGARITHM)
    return (np.log(raw) if logs else raw), False


def _unpacked(model: Any, table: Any) -> tuple[Any, Any, list[Any]]:
    """The last step of a pipeline, what it gets, and the names of that."""
    steps = attribute_of(model, "steps")
    if not isinstance(steps, list) or not steps:
        return model, table, list(getattr(table, "columns", range(table.shape[1])))
    if len(steps) == 1:
        return steps[0][1], table, list(getattr(table, "columns", range(table.shape[1])))
    inner = model[:-1].transform(table)
    return steps[-1][1], inner, _out(model, inner)


def _out(model: Any, inner: Any) -> list[Any]:
    known = feature_names(model)
    if known is not None and len(known) == inner.shape[1] and not _encodes(model):
        return list(known)
    try:
        return list(model[:-1].get_feature_names_out())
    except Exception:  # noqa: BLE001 -- many transformers have no names
        return list(range(inner.shape[1]))


def _encodes(model: Any) -> bool:
    """Whether a step before the last puts columns in another order or makes others of them."""
    return any(attribute_of(step, "transformers_") is not None for _, step in model.steps[:-1])


def _by_shap(model: Any, table: Any) -> Any:
    try:
        import shap
    except ImportError:
        return None
    last, inner, names = _unpacked(model, table)
    booster = attribute_of(last, "native")
    try:
        explainer = shap.TreeExplainer(last if booster is None else booster)
    except Exception:  # noqa: BLE001 -- its errors for other models are of many types
        return None
    parts, base = explainer.shap_values(inner), explainer.expected_value
    margin, unit = _margin(last, inner)
    if margin is None:
        return None
    return (f"SHAP, TreeExplainer{unit}", names, *_of_one_class(parts, base), margin)


def _of_one_class(parts: Any, base: Any) -> tuple[Any, Any]:
    """Of several classes the last: the positive one of two."""
    import numpy as np

    if isinstance(parts, list):
        parts = parts[-1]
    parts, base = np.asarray(parts), np.asarray(base)
    if parts.ndim == 3:
        parts = parts[:, :, -1]
    return parts, base.ravel()[-1]


def _margin(last: Any, inner: Any) -> tuple[Any, str]:
    """What shap explains, and its unit: a number, a probability of the last class, or log-odds where trees are added up."""
    import numpy as np

    if attribute_of(last, "native") is not None or callable(attribute_of(last, "get_booster")) or _lightgbm(last):
        found = _native(last, inner)
        return (None, "") if found is None else (found[-1], f", {LOG_ODDS}" if found[0].endswith(LOG_ODDS) else "")
    method = attribute_of(last, "predict_proba")
    if not callable(method):
        return last.predict(inner), ""
    if callable(attribute_of(last, "decision_function")):
        found = np.asarray(last.decision_function(inner))
        return (found, f", {LOG_ODDS}") if found.ndim == 1 else (found[:, -1], "")
    return np.asarray(method(inner))[:, -1], ""


def _lightgbm(last: Any) -> bool:
    return attribute_of(last, "booster_") is not None
