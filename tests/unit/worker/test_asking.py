"""What a worker is asked beside predictions: seeds, echoes, kinds of features; and sums of probabilities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from mlops_gates.worker.client import Worker
from mlops_gates.worker.failures import BadAnswer
from mlops_gates.worker.job import Column, Frame, Job

Start = Callable[..., Worker]


def test_a_seed_reaches_the_generators_of_random_and_numpy(start: Start, numbers: Frame) -> None:
    worker = start("""
        import random
        import numpy
        def model(table): return [random.random() + numpy.random.random() for _ in range(len(table))]
    """)
    worker.load()
    same = [worker.predict(numbers, seed=5).labels.tolist() for _ in range(2)]
    other = worker.predict(numbers, seed=6).labels.tolist()
    free = worker.predict(numbers).labels.tolist()
    assert same[0] == same[1]
    assert same[0] != other != free


def test_an_echo_does_not_ask_the_model(start: Start, numbers: Frame) -> None:
    worker = start("def model(table): raise RuntimeError('asked')")
    worker.load()
    assert 0 < worker.echo(numbers) < 5


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("[0.5, 0.5]", ""),
        ("[0.5, 0.5004]", ""),
        ("[0.5, 0.502]", "5 rows whose probabilities do not sum to 1, in 5 rows"),
        ("[0.9, 0.9]", "do not sum to 1"),
        ("[0.0, 0.0]", "do not sum to 1"),
        ("[0.3]", ""),
    ],
)
def test_probabilities_of_a_row_sum_to_one(start: Start, numbers: Frame, row: str, says: str) -> None:
    worker = start(f"""
        class Model:
            def predict(self, table): return [0] * len(table)
            def predict_proba(self, table): return [{row}] * len(table)
        model = Model()
    """)
    worker.load()
    if says:
        with pytest.raises(BadAnswer, match=says):
            worker.predict(numbers)
    else:
        assert worker.predict(numbers).scores is not None


def test_scores_of_no_rows(start: Start) -> None:
    worker = start("""
        import numpy
        class Model:
            def predict(self, table): return numpy.zeros(len(table))
            def predict_proba(self, table): return numpy.zeros((len(table), 2))
        model = Model()
    """)
    worker.load()
    answer = worker.predict(Frame((Column("x", "float64", np.empty(0)),), 0))
    assert answer.scores is not None
    assert answer.scores.shape == (0, 2)


TABLE = pd.DataFrame(
    {"size": [0.5, 1.5, 2.5, 3.5] * 5, "shade": ["red", "blue", "red", "green"] * 5, "floor": [1, 2, 3, 4] * 5}
)
LABELS = [0, 1, 0, 1] * 5


def _kinds(model: Any, folder: Path, name: str = "model.joblib") -> dict[str, str]:
    if name.endswith("joblib"):
        joblib.dump(model, folder / name)
    with Worker.start(Job(model=folder / name)) as worker:
        return dict(worker.load().kinds)


@pytest.mark.acceptance
def test_kinds_of_a_pipeline(tmp_path: Path) -> None:
    parts = [("words", OneHotEncoder(), ["shade", "floor"]), ("numbers", make_pipeline(StandardScaler()), ["size"])]
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression()).fit(TABLE, LABELS)
    assert _kinds(model, tmp_path) == {"shade": "text", "floor": "number", "size": "number"}


@pytest.mark.acceptance
def test_what_passes_through_is_not_known(tmp_path: Path) -> None:
    parts = [("words", OrdinalEncoder(), [1])]
    model = make_pipeline(ColumnTransformer(parts, remainder="passthrough"), LogisticRegression()).fit(TABLE, LABELS)
    assert _kinds(model, tmp_path) == {"shade": "text"}


@pytest.mark.acceptance
def test_kinds_of_plain_estimators(tmp_path: Path) -> None:
    numbers = TABLE[["size", "floor"]]
    assert _kinds(RandomForestClassifier(3).fit(numbers, LABELS), tmp_path) == dict.fromkeys(numbers, "number")
    whole = make_pipeline(ColumnTransformer([("words", OneHotEncoder(), ["shade"])]), LogisticRegression())
    stacked = StackingClassifier([("one", whole)], cv=2).fit(TABLE, LABELS)
    assert _kinds(stacked, tmp_path) == {}, "what it holds may take words"


@pytest.mark.acceptance
def test_kinds_of_boosters(tmp_path: Path) -> None:
    lightgbm, xgboost = pytest.importorskip("lightgbm"), pytest.importorskip("xgboost")
    numbers = TABLE[["size", "floor"]]
    one = xgboost.XGBClassifier(n_estimators=2).fit(numbers, LABELS)
    one.get_booster().save_model(tmp_path / "model.ubj")
    assert _kinds(None, tmp_path, "model.ubj") == dict.fromkeys(numbers, "number")
    words = TABLE.astype({"shade": "category"})
    other = lightgbm.LGBMClassifier(n_estimators=2, min_child_samples=1, verbose=-1).fit(words, LABELS)
    assert _kinds(other, tmp_path) == {"size": "number", "floor": "number"}


def test_kinds_that_are_none_are_not_taken(start: Start) -> None:
    worker = start("""
        import numpy
        class Model:
            feature_names_in_ = ["x"]
            categories_ = [numpy.array(["a", 3], dtype=object)]
            def predict(self, table): return [0] * len(table)
        model = Model()
    """)
    assert worker.load().kinds == ()
