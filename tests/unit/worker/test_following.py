"""Labels that follow from probabilities are those that the model itself answers; where they need not, it is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn")
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mlops_gates.worker import predicting
from mlops_gates.worker.columns import Block


def data(classes: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 3)).round(1)  # rounded: probabilities tie
    return x, np.array(["a", "b", "c"])[(np.abs(x[:, 0]).astype(int) + rng.integers(0, 2, 300)) % classes]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    "made",
    [
        lambda: RandomForestClassifier(n_estimators=4, max_depth=2, random_state=0),
        lambda: ExtraTreesClassifier(n_estimators=4, max_depth=2, random_state=0),
        lambda: BaggingClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=4, random_state=0),
        lambda: HistGradientBoostingClassifier(max_iter=3, random_state=0),
        lambda: make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=4, max_depth=2, random_state=0)),
    ],
)
def test_they_are_the_same(made: Any, classes: int) -> None:
    x, y = data(classes)
    model = made().fit(x, y)
    assert predicting._follow(model)
    blocks = [Block(f"x{place}", "float64", x[:, place].copy()) for place in range(3)]
    _, answer = predicting.predict(model, blocks, True)
    assert answer[0].values.tolist() == model.predict(x).tolist()


class Moved(RandomForestClassifier):
    def predict(self, x: Any) -> Any:
        return np.where(self.predict_proba(x)[:, 1] > 0.9, "b", "a")


def test_who_decides_otherwise_is_asked() -> None:
    x, y = data(2)
    moved = Moved(n_estimators=4, random_state=0).fit(x, y)
    patched = RandomForestClassifier(n_estimators=4, random_state=0).fit(x, y)
    patched.predict = lambda x: np.full(len(x), "a")
    linear = LogisticRegression().fit(x, y)
    for model in (moved, patched, linear, make_pipeline(StandardScaler(), moved)):
        assert not predicting._follow(model)
    blocks = [Block(f"x{place}", "float64", x[:, place].copy()) for place in range(3)]
    assert set(predicting.predict(patched, blocks, True)[1][0].values.tolist()) == {"a"}
