"""Robustness, importance and interpretability beside what scikit-learn and shap say of the same models."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mlops_gates.errors import Inconclusive, Skip
from mlops_gates.findings import Location
from mlops_gates.gates.model import importance, interpretability, robustness
from mlops_gates.gates.model.importance import Importance
from mlops_gates.gates.model.interpretability_ways import contributions
from mlops_gates.gates.model.robustness import Robustness
from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.models import answers, truth
from mlops_gates.worker.client import Loaded, Prediction
from mlops_gates.worker.failures import PredictFailed
from mlops_gates.worker.job import Column, Frame

NAMES = list("abcdef")


class Asked:
    """A model in this process, in the place of one that is asked through a worker."""

    def __init__(self, predict: Any, frame: Frame, proba: Any = None, classes: Any = None) -> None:
        self.loaded = Loaded("Model", None, {}, (), 0.0)
        self.asked: list[int] = []
        self._predict, self._proba, self._classes = predict, proba, classes
        self.base = self.predict(frame)

    def predict(self, frame: Frame, scores: bool = True) -> Prediction:
        self.asked.append(frame.rows)
        x = np.column_stack(
            [np.where(one.nulls, np.nan, one.values) if one.nulls is not None else one.values for one in frame.columns]
        )
        p = self._proba(x) if scores and self._proba else None
        return Prediction(
            np.asarray(self._predict(x)), p, None if p is None else "probability", self._classes, 0.0, 0.0, ()
        )

    def explain(self, frame: Frame, **_: Any) -> Any:
        raise PredictFailed("it has none")


def scope(x: np.ndarray, y: np.ndarray, predict: Any, proba: Any = None, classes: Any = None, **options: Any) -> Any:
    frame = Frame(tuple(Column(name, "float64", x[:, place]) for place, name in enumerate(NAMES[: x.shape[1]])), len(x))
    context = SimpleNamespace(line=lambda *_: Location("mlops-gates.yml", 1))
    made = ModelScope(context, SimpleNamespace(seed=1, **options), frame, asked=Asked(predict, frame, proba, classes))  # type: ignore[arg-type]
    if proba:
        labels = np.array([str(label) for label in y], dtype=object)
        made.truth_ = truth.of_labels(labels, answers.read(labels, made.asked.base, "1"))
    else:
        made.truth_ = truth.of_numbers(y)
    return made


@pytest.fixture
def numbers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1500, 5))
    return x, 4 * x[:, 0] + 2 * x[:, 1] * x[:, 2] + rng.normal(0, 0.5, 1500)


def test_importances_are_those_of_scikit_learn(numbers: Any) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    x, y = numbers
    forest = RandomForestRegressor(30, random_state=0).fit(x[:700], y[:700])
    made = scope(x[700:], y[700:], forest.predict)
    theirs = (
        permutation_importance(
            forest, x[700:], y[700:], scoring="neg_mean_absolute_error", n_repeats=20, random_state=0
        ).importances_mean
        / made.truth.spread
    )
    parts = importance.units(made.frame, made.model.loaded)
    rises, rows = importance._rises(made, parts, 10, 300)
    found = importance.importances(rises, rows, 1, 5)
    assert found.means == pytest.approx(theirs, abs=0.03)
    shares = np.clip(theirs, 0, None) / np.clip(theirs, 0, None).sum()
    for share, interval in zip(shares, found.intervals, strict=True):
        assert interval.low - 0.005 <= share <= interval.high + 0.005


def test_importances_of_probabilities_are_rises_of_the_brier_score() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    x = rng.normal(size=(2000, 3))
    y = (2 * x[:, 0] + x[:, 1] + rng.normal(size=2000) > 0).astype(int)
    model = LogisticRegression().fit(x[:1000], y[:1000])
    made = scope(x[1000:], y[1000:], model.predict, model.predict_proba, (0, 1))
    theirs = permutation_importance(model, x[1000:], y[1000:], scoring="neg_brier_score", n_repeats=20, random_state=0)
    rises, _ = importance._rises(made, importance.units(made.frame, made.model.loaded), 10, 400)
    # the score over both classes is twice that of one
    assert rises.mean(axis=(0, 2)) == pytest.approx(2 * theirs.importances_mean, abs=0.02)


def test_five_re_samples_differ(numbers: Any) -> None:
    """Each draws rows and permutes anew: five times the same numbers could never be unstable."""
    x, y = numbers
    made = scope(x, y, lambda rows: rows[:, 0])
    rises, rows = importance._rises(made, importance.units(made.frame, made.model.loaded), 5, 50)
    assert len({tuple(one) for one in rows.tolist()}) == 5
    assert len({round(float(one), 9) for one in rises.mean(axis=(1, 2))}) == 5


def test_the_budgets_are_kept(numbers: Any) -> None:
    x, y = numbers
    for body, most in ((robustness._body, 15_000), (importance._body, 15_000), (interpretability._body, 3_000)):
        made = scope(x, y, lambda rows: np.nansum(rows, axis=1))
        list(body(made))
        assert sum(made.asked.asked[1:]) <= most
    made = scope(x, y, lambda rows: np.nansum(rows, axis=1), robustness=Robustness(rows=1500, noise=(0.1,), missing=0))
    list(robustness._body(made))
    assert made.asked.asked[1:] == [4500]


def test_a_model_without_use_for_its_features_is_inconclusive(numbers: Any) -> None:
    x, y = numbers
    with pytest.raises(Inconclusive, match="uses none"):
        list(importance._body(scope(x, y, lambda rows: np.zeros(len(rows)))))
    rng = np.random.default_rng(3)
    with pytest.raises(Inconclusive, match="told from none"):
        list(importance._body(scope(x, y, lambda rows: rng.normal(size=len(rows)), importance=Importance(rows=20))))
    with pytest.raises(Skip, match="one feature"):
        list(importance._body(scope(x[:, :1], y, lambda rows: rows[:, 0])))


def test_nulls_that_a_model_refuses_are_told_and_not_judged(numbers: Any) -> None:
    def strict(rows: np.ndarray) -> np.ndarray:
        if np.isnan(rows).any():
            raise PredictFailed("predict raised ValueError")
        return 4 * rows[:, 0]

    x, y = numbers
    found = list(robustness._body(scope(x, y, strict)))
    assert [one.subject.split()[0] for one in found] == ["noise"] * 3
    assert "nulls are not measured: the model refuses nulls" in found[-1].text
    with pytest.raises(Skip, match="refuses them"):
        list(robustness._body(scope(x, y, strict, robustness=Robustness(noise=()))))


def test_a_model_that_raises_on_noise_is_errored(numbers: Any) -> None:
    x, y = numbers
    known = {row.tobytes() for row in x}

    def lookup(rows: np.ndarray) -> np.ndarray:
        if any(row.tobytes() not in known for row in rows):
            raise PredictFailed("KeyError")
        return rows[:, 0]

    with pytest.raises(PredictFailed):
        list(robustness._body(scope(x, y, lookup)))


def test_the_rise_of_a_loss_is_what_noise_adds_to_it(numbers: Any) -> None:
    """A perfect model x0 under noise of one standard deviation is off by its mean absolute value, sqrt(2 / pi)."""
    x = numbers[0]
    made = scope(x, x[:, 0], lambda rows: rows[:, 0], robustness=Robustness(noise=(1.0,), missing=0, max_drop=0.05))
    (found,) = robustness._body(made)
    wanted = np.sqrt(2 / np.pi) * x[:, 0].std() / made.truth.spread
    assert found.interval is not None
    assert found.value == pytest.approx(wanted, abs=0.03)
    assert found.interval.low < wanted < found.interval.high
    assert found.limit is not None
    assert not found.limit.implied


@pytest.mark.acceptance
def test_sampled_contributions_are_those_of_shap(numbers: Any) -> None:
    """Against TreeExplainer with the whole table as background: the same mean sizes, and single answers much alike."""
    shap = pytest.importorskip("shap", reason="shap is an extra; where it is installed, its numbers are ours")
    from sklearn.ensemble import RandomForestRegressor

    x, y = numbers
    forest = RandomForestRegressor(20, max_depth=5, random_state=0).fit(x, y)
    made = scope(x[:200], y[:200], forest.predict)
    found = contributions(made, "permutation", 100, ())
    rows = made.rows("interpretability", 100)
    theirs = shap.TreeExplainer(forest, x[:200], feature_perturbation="interventional").shap_values(x[rows])
    assert found.apart < 1e-12
    assert np.corrcoef(found.parts.ravel(), theirs.ravel())[0, 1] > 0.75
    mine, wanted = np.abs(found.parts).mean(axis=0), np.abs(theirs).mean(axis=0)
    assert np.argsort(-mine)[:1] == np.argsort(-wanted)[:1]
    many = np.mean([contributions(_again(made, seed), "permutation", 100, ()).parts for seed in range(40)], axis=0)
    assert np.corrcoef(many.ravel(), theirs.ravel())[0, 1] > 0.98


def _again(made: ModelScope, seed: int) -> ModelScope:
    """The same rows, other walks."""
    rows = made.rows
    again = ModelScope(made.context, SimpleNamespace(seed=seed), made.features, asked=made.asked, truth_=made.truth_)  # type: ignore[arg-type]
    again.rows = rows  # type: ignore[method-assign]
    return again


def test_answers_that_differ_each_time_do_not_add_up(numbers: Any) -> None:
    x, y = numbers
    rng = np.random.default_rng(1)
    made = scope(x, y, lambda rows: rows[:, 0] + rng.normal(0, 0.01, len(rows)))
    assert contributions(made, "permutation", 20, ()).apart > 1e-3
