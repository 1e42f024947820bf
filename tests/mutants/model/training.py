"""The three families of models, each as a team would train it for one of the tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

FAMILIES = ("forest", "linear", "boosted")


def features_of(table: pd.DataFrame, target: str, drop: tuple[str, ...]) -> pd.DataFrame:
    """What the model gets."""
    return table.drop(columns=[name for name in (target, *drop) if name in table])


def fit(family: str, x: Any, y: Any, positive: str = "", seed: int = 0) -> Any:
    """A fitted model. Labels that are words become 0 and 1 (`positive`) for XGBoost, which is taken where all is numbers."""
    model = made(family, x, y, seed)
    if type(model).__name__ == "XGBClassifier":
        y = (y == positive).astype(int)
    return model.fit(x, y)


def made(family: str, x: Any, y: Any, seed: int = 0) -> Any:
    """A model that is not fitted yet."""
    words = [name for name in x if x[name].dtype.kind not in "biuf"] if isinstance(x, pd.DataFrame) else []
    classifies = not pd.api.types.is_float_dtype(y)
    return {"forest": _forest, "linear": _linear, "boosted": _boosted}[family](words, classifies, y, seed)


def _forest(words: list[str], classifies: bool, y: Any, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline

    kind = RandomForestClassifier if classifies else RandomForestRegressor
    forest = kind(60, min_samples_leaf=3 if not words else 8, random_state=seed, n_jobs=1)
    prepare = _prepared(words, SimpleImputer(strategy="median")) if words else SimpleImputer(strategy="median")
    return Pipeline([("prepare", prepare), ("model", forest)])


def _linear(words: list[str], classifies: bool, y: Any, seed: int) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    last = LogisticRegression(C=0.1, max_iter=2000) if classifies else Ridge(1.0)
    steps: list[tuple[str, Any]] = [("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())]
    return Pipeline(
        [("prepare", _prepared(words, Pipeline(steps))), ("model", last)] if words else [*steps, ("model", last)]
    )


def _boosted(words: list[str], classifies: bool, y: Any, seed: int) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder
    from xgboost import XGBClassifier

    common = {"random_state": seed, "n_jobs": 1}
    if words:
        codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        prepare = ColumnTransformer([("words", codes, words)], remainder="passthrough", verbose_feature_names_out=False)
        prepare.set_output(transform="pandas")
        small = LGBMClassifier(n_estimators=60, num_leaves=7, learning_rate=0.1, verbose=-1, **common)
        return Pipeline([("prepare", prepare), ("model", small)])
    if not classifies:
        return LGBMRegressor(n_estimators=60, num_leaves=7, learning_rate=0.06, verbose=-1, **common)
    if not pd.api.types.is_numeric_dtype(y):
        return XGBClassifier(n_estimators=60, max_depth=3, learning_rate=0.2, **common)
    return LGBMClassifier(n_estimators=40, num_leaves=15, verbose=-1, **common)


def _prepared(words: list[str], numbers: Any) -> Any:
    from sklearn.compose import ColumnTransformer, make_column_selector
    from sklearn.preprocessing import OneHotEncoder

    categories = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer(
        [("words", categories, words), ("numbers", numbers, make_column_selector(dtype_include="number"))]
    )
