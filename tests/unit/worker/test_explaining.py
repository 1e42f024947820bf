"""Contributions of real models of XGBoost, LightGBM and scikit-learn, and what they add up to."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlops_gates.worker import explaining, native
from mlops_gates.worker.columns import Block
from mlops_gates.worker.predicting import NotPredictable

pandas = pytest.importorskip("pandas", reason="needs pandas")
pytest.importorskip("sklearn", reason="needs scikit-learn")
RNG = np.random.default_rng(1)
X = pandas.DataFrame(RNG.normal(size=(300, 4)), columns=list("abcd"))
Y = 3 * X["a"] - 2 * X["b"] + X["c"] ** 2
BLOCKS = [Block(name, "float64", X[name].to_numpy()[:50]) for name in X]


def explained(model: Any, how: str = "native", blocks: Any = BLOCKS) -> tuple[str, list[str], np.ndarray, np.ndarray]:
    """Method, names, contributions (rows, features) and how far their sums are from the margin."""
    facts, answer = explaining.explain(model, blocks, how)
    parts = np.column_stack([block.values for block in answer if block.name == "contribution"])
    base, margin = (next(block.values for block in answer if block.name == name) for name in ("base", "margin"))
    return facts["method"], facts["features"], parts, parts.sum(axis=1) + base - margin


@pytest.mark.acceptance
def test_xgboost_of_both_tasks() -> None:
    xgboost = pytest.importorskip("xgboost", reason="needs XGBoost")
    for model, ends in (
        (xgboost.XGBRegressor(n_estimators=20).fit(X, Y), "XGBoost"),
        (xgboost.XGBClassifier(n_estimators=20).fit(X, Y > 0), "log-odds"),
    ):
        method, names, parts, apart = explained(model)
        assert method.endswith(ends)
        assert names == list("abcd")
        assert np.abs(apart).max() < 1e-4
        assert np.abs(parts).mean(axis=0).argmax() == 0


@pytest.mark.acceptance
def test_lightgbm_of_both_tasks_and_at_the_end_of_a_pipeline() -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="needs LightGBM")
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    small = {"n_estimators": 20, "verbose": -1}
    for model in (
        lightgbm.LGBMRegressor(**small).fit(X, Y),
        lightgbm.LGBMClassifier(**small).fit(X, Y > 0),
        make_pipeline(StandardScaler().set_output(transform="pandas"), lightgbm.LGBMRegressor(**small)).fit(X, Y),
    ):
        _, names, parts, apart = explained(model)
        assert names == list("abcd")
        assert np.abs(apart).max() < 1e-9
        assert np.abs(parts).mean(axis=0).argmax() == 0


@pytest.mark.acceptance
@pytest.mark.parametrize("objective", ["reg:squarederror", "binary:logistic", "count:poisson"])
def test_files_of_xgboost(objective: str, tmp_path: Path) -> None:
    xgboost = pytest.importorskip("xgboost", reason="needs XGBoost")
    y = {"binary:logistic": Y > 0, "count:poisson": np.exp(X["a"]).round()}.get(objective, Y)
    xgboost.train({"objective": objective}, xgboost.DMatrix(X, y), 15).save_model(tmp_path / "m.ubj")
    _, _, _, apart = explained(native.load(BytesIO((tmp_path / "m.ubj").read_bytes()), ".ubj"))
    assert np.abs(apart).max() < 1e-3


@pytest.mark.acceptance
@pytest.mark.parametrize("objective", ["regression", "binary", "poisson"])
def test_files_of_lightgbm(objective: str) -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="needs LightGBM")
    y = {"binary": Y > 0, "poisson": np.exp(X["a"]).round()}.get(objective, Y)
    text = lightgbm.train({"objective": objective, "verbose": -1}, lightgbm.Dataset(X, y), 15).model_to_string()
    _, _, _, apart = explained(native.load(BytesIO(text.encode()), ".txt"))
    assert np.abs(apart).max() < 1e-6


@pytest.mark.acceptance
def test_the_librarys_own_need_no_shap(monkeypatch: pytest.MonkeyPatch) -> None:
    xgboost = pytest.importorskip("xgboost", reason="needs XGBoost")
    monkeypatch.setitem(sys.modules, "shap", None)
    explained(xgboost.XGBRegressor(n_estimators=5).fit(X, Y))
    with pytest.raises(NotPredictable, match="shap cannot explain"):
        explained(xgboost.XGBRegressor(n_estimators=5).fit(X, Y), "shap")


def test_what_has_no_contributions_of_its_own_says_so() -> None:
    from sklearn.linear_model import LinearRegression

    with pytest.raises(NotPredictable, match="no contributions of its own"):
        explained(LinearRegression().fit(X, Y))


@pytest.mark.acceptance
def test_shap_of_trees() -> None:
    shap = pytest.importorskip("shap", reason="shap is an extra; where it is installed, its numbers are ours")
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor

    forest = RandomForestRegressor(20, random_state=0).fit(X, Y)
    _, names, parts, apart = explained(forest, "shap")
    assert names == list("abcd")
    assert parts == pytest.approx(shap.TreeExplainer(forest).shap_values(X[:50]))
    assert np.abs(apart).max() < 1e-9
    for model in (
        RandomForestClassifier(20, random_state=0).fit(X, Y > 0),
        GradientBoostingClassifier(n_estimators=20).fit(X, Y > 0),
    ):
        assert np.abs(explained(model, "shap")[3]).max() < 1e-9
