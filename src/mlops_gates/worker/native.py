"""In the child: model files of XGBoost, LightGBM and skops, in the shape of a model that predicts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, BinaryIO

SUFFIXES = (".json", ".ubj", ".txt", ".lgb", ".skops")


def load(file: BinaryIO, suffix: str) -> Any:
    """The model in an open file of one of `SUFFIXES`. Raises whatever its library raises."""
    if suffix == ".skops":
        return _skops(file)
    content = file.read()
    if suffix in (".txt", ".lgb"):
        import lightgbm

        return _wrapped(_of_lightgbm, lightgbm.Booster(model_str=content.decode("utf-8")))
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(bytearray(content))
    return _wrapped(_of_xgboost, booster)


def _skops(file: BinaryIO) -> Any:
    import skops.io

    content = file.read()
    # The sandbox is what keeps us safe; skops is told to build whatever the file names.
    return skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))


def _categorical(table: Any) -> Any:
    """Text as categories, which both libraries map to the codes of training by themselves."""
    if not hasattr(table, "columns"):
        return table
    words = [name for name in table.columns if table[name].dtype.kind not in "biuf"]
    return table.astype(dict.fromkeys(words, "category")) if words else table


class Booster:
    """What both libraries' models are here: `raw(table)` in their own numbers, `kind` of them, their names."""

    def __init__(self, raw: Any, kind: str, k: int, names: Any, gains: Any, contributions: Any) -> None:
        self.raw, self.kind, self.k = raw, kind, k
        self.feature_names_in_ = names
        self.feature_importances_ = gains
        self.contributions = contributions
        """table → (n, features + 1) contributions to the margin, the last is the base."""


class _Classifier:
    """Probabilities as they come, shape (n,) or (n, k), as a classifier in the manner of scikit-learn."""

    _estimator_type = "classifier"

    def __init__(self, booster: Booster) -> None:
        self.booster = booster
        self.classes_ = list(range(max(2, booster.k)))
        self.feature_names_in_ = booster.feature_names_in_
        self.feature_importances_ = booster.feature_importances_

    def predict(self, table: Any) -> Any:
        """The class number of the largest probability."""
        return self.predict_proba(table).argmax(axis=1)

    def predict_proba(self, table: Any) -> Any:
        """Shape (n, k)."""
        import numpy as np

        found = np.asarray(self.booster.raw(_categorical(table)), dtype=float)
        return np.column_stack([1 - found, found]) if found.ndim == 1 else found


class _Numbers:
    _estimator_type = "regressor"

    def __init__(self, booster: Booster) -> None:
        self.booster = booster
        self.feature_names_in_ = booster.feature_names_in_
        self.feature_importances_ = booster.feature_importances_

    def predict(self, table: Any) -> Any:
        """What the library answers, shape (n,)."""
        return self.booster.raw(_categorical(table))


class _Labels(_Numbers):
    _estimator_type = "classifier"


def _wrapped(of: Callable[[Any], Booster], native: Any) -> Any:
    booster = of(native)
    kinds = {"probability": _Classifier, "label": _Labels}
    made: Any = kinds.get(booster.kind, _Numbers)(booster)
    made.native = native
    return made


def _of_xgboost(booster: Any) -> Booster:
    import json

    import xgboost

    learner = json.loads(booster.save_config())["learner"]
    objective = learner["objective"]["name"]
    k = int(learner["learner_model_param"]["num_class"])
    names = booster.feature_names
    categorical = "c" in (booster.feature_types or ())

    def matrix(table: Any) -> Any:
        plain = table if names is not None or not hasattr(table, "to_numpy") else table.to_numpy()
        return xgboost.DMatrix(plain, enable_categorical=categorical, nthread=_threads())

    gains = booster.get_score(importance_type="total_gain")
    probability = objective in ("binary:logistic", "reg:logistic", "multi:softprob")
    kind = "probability" if probability else "label" if objective == "multi:softmax" else "number"
    if objective == "reg:logistic":
        kind = "number"
    return Booster(
        lambda table: booster.predict(matrix(table)),
        kind,
        k,
        names,
        None if names is None else [gains.get(name, 0.0) for name in names],
        (lambda table: booster.predict(matrix(_categorical(table)), pred_contribs=True)) if k < 2 else None,
    )


def _of_lightgbm(booster: Any) -> Booster:
    head = booster.model_to_string(num_iteration=1).partition("\nTree=")[0]
    said = dict(line.partition("=")[::2] for line in head.splitlines() if "=" in line)
    objective = said.get("objective", "").split(" ")[0]
    k = int(said.get("num_class", "1"))
    probability = objective in ("binary", "multiclass", "multiclassova", "cross_entropy")
    return Booster(
        lambda table: booster.predict(table, num_threads=_threads()),
        "probability" if probability else "number",
        k,
        booster.feature_name(),
        [float(gain) for gain in booster.feature_importance("gain")],
        (lambda table: booster.predict(_categorical(table), pred_contrib=True)) if k < 2 else None,
    )


def _threads() -> int:
    """Threads for one prediction: what the environment of the worker says."""
    return int(os.environ.get("OMP_NUM_THREADS", "0") or 0)
