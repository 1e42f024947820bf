from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from mlops_gates.stats.classification import METRICS, Answers


def answers(
    truth: list[int], predicted: list[int], positive: int | None = 1, scores: list[float] | None = None
) -> Answers:
    classes = tuple(str(one) for one in range(max([*truth, *predicted, 1]) + 1))
    found = None if scores is None else np.array(scores, dtype=float)
    return Answers(np.array(truth), np.array(predicted), classes, positive, found, "no scores")


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
        }
        assert set(known) == set(METRICS)
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
    predicted=arrays.arrays(np.int64, st.shared(st.integers(0, 12), key="n"), elements=st.integers(0, 2)),
    positive=st.sampled_from([None, 0, 1, 2]),
    scores=arrays.arrays(np.float64, st.shared(st.integers(0, 12), key="n"), elements=st.floats(-5, 5)),
)
def test_never_nan(truth: np.ndarray, predicted: np.ndarray, positive: int | None, scores: np.ndarray) -> None:
    found = Answers(truth, predicted, ("0", "1", "2"), positive, scores)
    for name in METRICS:
        metric = found.metric(name)
        if metric.value is None:
            assert metric.reason
            continue
        assert metric.interval
        assert math.isfinite(metric.value)
        assert 0 <= metric.interval.low <= metric.interval.high <= 1
        if positive is not None or name == "accuracy":
            assert metric.interval.low <= metric.value <= metric.interval.high
