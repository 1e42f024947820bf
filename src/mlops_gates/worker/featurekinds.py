"""In the child: which features a model was fitted on as numbers and which as text, as far as it tells.

Read from what fitted parts keep: categories of encoders, medians of imputers, scales, coefficients, the feature types of
XGBoost and the feature infos of LightGBM. A part that is not known tells nothing.
"""

from __future__ import annotations

import sys
from typing import Any

from .loading import attribute_of, feature_names

_NUMERIC = ("scale_", "center_", "var_", "data_min_", "quantiles_", "bin_edges_", "lambdas_", "coef_", "tree_")
"""Attributes that only a part fitted on numbers has."""
_TREES = ("sklearn.ensemble._forest", "sklearn.ensemble._gb", "sklearn.tree")


def kinds(model: Any) -> list[list[str]]:
    """[[feature, `number` or `text`], …]; features that nothing is known of are left out."""
    names = feature_names(model)
    if not names:
        return []
    try:
        found = _of(model, names, names)
    except Exception:  # noqa: BLE001 -- foreign models keep all sorts of things under these names
        return []
    return [[name, kind] for name, kind in found.items() if name in names]


def _of(part: Any, names: list[str], every: list[str]) -> dict[str, str]:
    """What a fitted part tells of the columns `names` that it gets."""
    steps = attribute_of(part, "steps")
    if isinstance(steps, list) and steps:
        return _of(steps[0][1], names, every)
    if isinstance(attribute_of(part, "transformers_"), list):
        return _of_columns(part, every)
    categories = attribute_of(part, "categories_")
    if isinstance(categories, list) and len(categories) == len(names):
        told = {name: _of_words(words) for name, words in zip(names, categories)}  # noqa: B905 -- Python 3.8
        return {name: kind for name, kind in told.items() if kind}
    return _of_booster(part, names) if _booster(part) is not None else _of_numbers(part, names)


def _of_columns(part: Any, every: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for _, inner, chosen in part.transformers_:
        if not isinstance(inner, str) and isinstance(chosen, (list, tuple)):
            names = [every[one] if isinstance(one, int) else str(one) for one in chosen]
            found.update(_of(inner, names, every))
    return found


def _of_words(words: Any) -> str:
    import numpy as np

    array = np.asarray(words)
    if array.dtype.kind in "iuf":
        return "number"
    known = [one for one in array.tolist() if one is not None and one == one]  # noqa: PLR0124 -- NaN
    return "text" if known and all(isinstance(one, str) for one in known) else ""


def _of_numbers(part: Any, names: list[str]) -> dict[str, str]:
    import numpy as np

    statistics = attribute_of(part, "statistics_")
    numeric = statistics is not None and np.asarray(statistics).dtype.kind == "f"
    numeric = numeric or any(attribute_of(part, name) is not None for name in _NUMERIC)
    numeric = numeric or type(part).__module__.startswith(_TREES)
    return dict.fromkeys(names, "number") if numeric else {}


def _booster(part: Any) -> Any:
    """The Booster of XGBoost or LightGBM that a part is or holds."""
    held = attribute_of(part, "native") or attribute_of(part, "booster_") or part
    for module in ("xgboost", "lightgbm"):
        loaded = sys.modules.get(module)
        if loaded is None:
            continue
        if module == "xgboost" and callable(attribute_of(part, "get_booster")):
            held = part.get_booster()
        if isinstance(held, loaded.Booster):
            return held
    return None


def _of_booster(part: Any, names: list[str]) -> dict[str, str]:
    booster = _booster(part)
    types = attribute_of(booster, "feature_types")
    if types is None and callable(attribute_of(booster, "model_to_string")):
        head = booster.model_to_string(num_iteration=1).partition("\nTree=")[0]
        infos = [line[len("feature_infos=") :] for line in head.splitlines() if line.startswith("feature_infos=")]
        types = ["float" if one.startswith("[") else "" for one in infos[0].split(" ")] if infos else []
    if not types or len(types) != len(names):
        return {}
    return {name: "number" for name, kind in zip(names, types) if kind in ("float", "int", "q")}  # noqa: B905
