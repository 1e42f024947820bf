from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from mlops_gates.stats.classification import COUNTED, METRICS, PROBABLE, RANKED, Answers


def answers(
    truth: list[int], predicted: list[int], positive: int | None = 1, scores: list[float] | None = None
) -> Answers:
    classes = tuple(str(one) for one in range(max([*truth, *predicted, 1]) + 1))
    found = None if scores is None else np.array(scores, dtype=float)
    return Answers(np.array(truth), np.array(predicted), classes, positive, found, "no scores")


def probabilities_of(scores: np.ndarray) -> np.ndarray:
    """Three columns that sum to 1, the second grows with the score; ties and zeros included."""
    middle = np.clip(scores / 10 + 0.5, 0, 1)
    return np.column_stack([(1 - middle) / 2, middle, (1 - middle) / 2])


@pytest.mark.parametrize("seed", range(5))
def test_two_classes_are_sklearns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predicted = rng.integers(0, 2, 200), rng.integers(0, 2, 200)
    scores = rng.random(200)
    for positive in (0, 1):
        found = answers(truth.tolist(), predicted.tolist(), positive, scores.tolist())
        known = {
            "accuracy": metrics.accuracy_score(truth, predicted),
            "precision": metrics.precision_score(truth, predicted, pos_label=positive),
            "recall": metrics.recall_score(truth, predicted, pos_label=positive),
            "f1": metrics.f1_score(truth, predicted, pos_label=positive),
            "roc_auc": metrics.roc_auc_score(truth == positive, scores),
            "pr_auc": metrics.average_precision_score(truth == positive, scores),
        }
        assert set(known) == {*COUNTED, *RANKED}
        for name, value in known.items():
            metric = found.metric(name)
            assert metric.value == pytest.approx(value, abs=1e-12), name
            assert metric.interval
            assert metric.interval.low <= value <= metric.interval.high


@pytest.mark.parametrize("seed", range(5))
def test_many_classes_are_sklearns_macro_averages(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, 300)
    predicted = np.where(rng.random(300) < 0.6, truth, rng.integers(0, 4, 300))
    found = answers(truth.tolist(), predicted.tolist(), None)
    for name, score in (
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
        ("f1", metrics.f1_score),
    ):
        known = score(truth, predicted, average="macro")
        metric = found.metric(name)
        assert metric.value == pytest.approx(known, abs=1e-12)
        assert metric.interval
        assert metric.interval.low <= known <= metric.interval.high
        assert "bootstrap" in metric.interval.method


def test_a_class_that_nobody_predicts_counts_as_0_in_the_mean() -> None:
    found = answers([0, 0, 1, 2], [0, 0, 1, 1], None)
    assert found.metric("precision").value == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.metric("recall").value == pytest.approx((1 + 1 + 0) / 3)


def test_by_hand() -> None:
    """tp 3, fp 1, fn 2, tn 4."""
    found = answers([1, 1, 1, 0, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    values = {name: found.metric(name) for name in METRICS}
    assert values["accuracy"].value == 0.7
    assert values["precision"].value == 0.75
    assert values["recall"].value == 0.6
    assert values["f1"].value == pytest.approx(6 / 9)
    assert [values[name].n for name in METRICS[:4]] == [10, 4, 5, 6]
    assert (values["roc_auc"].value, values["roc_auc"].reason) == (None, "no scores")


@pytest.mark.parametrize(
    ("truth", "predicted", "name", "reason"),
    [
        ([0, 0], [0, 0], "precision", "no row is predicted as '1'"),
        ([0, 0], [0, 1], "recall", "no row is labelled '1'"),
        ([0, 0], [0, 1], "f1", "no row is labelled '1'"),
        ([], [], "accuracy", "there are no rows"),
    ],
)
def test_what_is_undefined_has_no_value_and_says_why(
    truth: list[int], predicted: list[int], name: str, reason: str
) -> None:
    metric = answers(truth, predicted).metric(name)
    assert (metric.value, metric.interval) == (None, None)
    assert metric.reason == reason


def test_macro_averages_need_two_labels_and_areas_a_positive_one() -> None:
    found = answers([0, 0], [0, 1], None, [0.1, 0.2])
    for name in ("precision", "recall", "f1"):
        assert (found.metric(name).value, found.metric(name).reason) == (None, "all rows have one label")
    assert "positive" in found.metric("roc_auc").reason
    found = answers([1, 1], [0, 1], 1, [0.1, 0.2])
    assert (found.metric("roc_auc").value, found.metric("roc_auc").reason) == (None, "all rows have one label")


@settings(deadline=None, max_examples=150)
@given(
    truth=arrays.arrays(np.int64, st.shared(st.integers(0, 12), key="n"), elements=st.integers(0, 2)),
    predicted=arrays.arrays(np.int64, st.shared(st.integers(0, 12), key="n"), elements=st.integers(-1, 2)),
    positive=st.sampled_from([None, 0, 1, 2]),
    scores=arrays.arrays(np.float64, st.shared(st.integers(0, 12), key="n"), elements=st.floats(-5, 5)),
)
def test_never_nan(truth: np.ndarray, predicted: np.ndarray, positive: int | None, scores: np.ndarray) -> None:
    found = Answers(truth, predicted, ("0", "1", "2"), positive, scores, "", probabilities_of(scores))
    assert all(math.isfinite(value) for value in found.metrics.values())
    assert sum(one.startswith("labelled") for one in found.facts) == len(np.unique(truth))
    for name in METRICS:
        metric = found.metric(name)
        if metric.value is None:
            assert metric.reason
            continue
        assert metric.interval
        assert math.isfinite(metric.value)
        assert 0 <= metric.interval.low <= metric.value <= metric.interval.high
        assert metric.interval.high <= 1 or name in PROBABLE
        assert metric.interval.low < metric.interval.high, "few rows never prove anything"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("labels", [2, 3, 7])
@pytest.mark.parametrize("digits", [1, 15])
def test_probabilities_and_areas_of_many_labels_are_sklearns(seed: int, labels: int, digits: int) -> None:
    """One digit makes ties, zeros and ones."""
    rng = np.random.default_rng(seed)
    probabilities = np.round(rng.dirichlet(np.full(labels, 0.5), 300), digits)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    truth = (probabilities.cumsum(axis=1) > rng.random((300, 1))).argmax(axis=1)
    truth[:labels] = np.arange(labels)
    found = Answers(truth, probabilities.argmax(axis=1), tuple(map(str, range(labels))), None, None, "", probabilities)
    onehot = truth[:, None] == np.arange(labels)
    every = np.arange(labels)
    known = {
        "log_loss": metrics.log_loss(truth, probabilities, labels=every),
        "brier": metrics.brier_score_loss(truth, probabilities[:, 1])
        if labels == 2
        else metrics.brier_score_loss(truth, probabilities, labels=every),
        "roc_auc": metrics.roc_auc_score(onehot, probabilities, average="macro"),
        "pr_auc": metrics.average_precision_score(onehot, probabilities, average="macro"),
    }
    for name, value in known.items():
        metric = found.metric(name)
        assert metric.value == pytest.approx(value, abs=1e-9), name
        assert metric.interval
        assert metric.interval.low <= value <= metric.interval.high


def test_labels_that_no_row_has_are_left_out_of_means() -> None:
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(3), 100)
    truth = rng.integers(0, 2, 100)
    found = Answers(truth, probabilities.argmax(axis=1), ("a", "b", "c"), None, None, "", probabilities)
    areas = [metrics.roc_auc_score(truth == one, probabilities[:, one]) for one in (0, 1)]
    assert found.metric("roc_auc").value == pytest.approx(np.mean(areas))


def test_losses_and_calibration_need_probabilities() -> None:
    found = answers([0, 1], [0, 1], 1, [0.1, 0.9])
    for name in PROBABLE:
        assert (found.metric(name).value, found.metric(name).reason) == (
            None, "the model gives no probability of every label"
        )  # fmt: skip


def test_a_probability_of_0_for_what_came_is_a_large_loss_and_no_crash() -> None:
    probabilities = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    found = Answers(np.array([0, 1, 1]), np.array([0, 1, 0]), ("a", "b"), 1, None, "", probabilities)
    assert found.metric("log_loss").value == pytest.approx(-math.log(np.finfo(float).eps) / 3)


def test_an_answer_that_is_no_label_is_wrong_everywhere() -> None:
    found = answers([0, 0, 1, 1], [0, -1, 1, -1], None)
    assert found.metric("accuracy").value == 0.5
    assert found.metric("recall").value == 0.5
    assert found.metric("precision").value == 1.0
    assert found.facts == {
        "labelled 0": "2 rows, 1 answered right, 1 as something else",
        "labelled 1": "2 rows, 1 answered right, 1 as something else",
    }


def test_the_confusion_matrix_in_words() -> None:
    found = answers([0] * 6 + [1] * 3, [0, 0, 1, 2, 2, 2, 1, 1, 1], None)
    assert found.facts == {
        "labelled 0": "6 rows, 2 answered right, 3 as 2, 1 as 1", "labelled 1": "3 rows, 3 answered right"
    }  # fmt: skip


@pytest.mark.parametrize("labels", [40, 300])
def test_very_many_labels_have_intervals_too(labels: int) -> None:
    rng = np.random.default_rng(labels)
    truth = rng.integers(0, labels, 5000)
    predicted = np.where(rng.random(5000) < 0.7, truth, rng.integers(0, labels, 5000))
    found = Answers(truth, predicted, tuple(map(str, range(labels))), None, None)
    for name, score in (
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
        ("f1", metrics.f1_score),
    ):
        metric = found.metric(name)
        assert metric.value == pytest.approx(score(truth, predicted, average="macro", zero_division=0), abs=1e-12)
        assert metric.interval
        assert metric.interval.high - metric.interval.low == pytest.approx(0.022, abs=0.006)


def test_other_rows_have_metrics_of_their_own() -> None:
    found = answers([0, 1, 1], [0, 1, 1])
    assert found.metric("accuracy").value == 1
    assert replace(found, predicted=np.array([1, 0, 0])).metric("accuracy").value == 0
