from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from mlops_gates.stats.regression import METRICS, Estimates

KNOWN = {
    "r2": metrics.r2_score,
    "mae": metrics.mean_absolute_error,
    "rmse": metrics.root_mean_squared_error,
    "mape": metrics.mean_absolute_percentage_error,
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [2, 3, 50, 500])
def test_they_are_sklearns(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.normal(50, 10, n)
    predicted = truth + rng.normal(1, 5, n)
    found = Estimates(truth, predicted)
    assert set(found.metrics) == set(KNOWN) == set(METRICS)
    for name, score in KNOWN.items():
        metric = found.metric(name)
        known = score(truth, predicted)
        assert metric.value == pytest.approx(known, rel=1e-9), name
        assert metric.interval
        assert metric.interval.low <= known <= metric.interval.high


def test_what_is_undefined_has_no_value_and_says_why() -> None:
    found = Estimates(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    assert found.metric("mape").value is None
    assert "0 in 1 rows" in found.metric("mape").reason
    assert "same in all rows" in Estimates(np.ones(5), np.arange(5.0)).metric("r2").reason
    for rows in (0, 1):
        for name in METRICS:
            assert "one row" in Estimates(np.ones(rows), np.zeros(rows)).metric(name).reason
    assert Estimates(np.ones(0), np.ones(0)).facts == {}


def test_numbers_beyond_floats_are_no_metric() -> None:
    found = Estimates(np.array([1.0, 2.0, 3.0]), np.array([1e200, -1e200, 1e308]))
    assert found.metric("rmse").value is None
    assert "larger than numbers can be" in found.metric("rmse").reason
    assert found.metric("r2").value is None


@pytest.mark.parametrize(("n", "wide"), [(5, True), (1000, False)])
def test_few_rows_without_an_error_prove_little(n: int, wide: bool) -> None:
    truth = np.arange(float(n)) + 1
    found = Estimates(truth, truth)
    spread = float(np.abs(truth - truth.mean()).mean())
    for name, scale in (("mae", spread), ("rmse", spread), ("mape", 1.0)):
        metric = found.metric(name)
        assert metric.value == 0
        assert metric.interval
        assert metric.interval.low == 0
        assert (metric.interval.high > 0.2 * scale) is wide
    r2 = found.metric("r2")
    assert r2.value == 1
    assert r2.interval
    assert (r2.interval.low < 0.8) is wide


@settings(deadline=None, max_examples=200)
@given(
    truth=arrays.arrays(
        np.float64, st.shared(st.integers(0, 8), key="n"), elements=st.floats(allow_nan=False, allow_infinity=False)
    ),
    predicted=arrays.arrays(
        np.float64, st.shared(st.integers(0, 8), key="n"), elements=st.floats(allow_nan=False, allow_infinity=False)
    ),
)
def test_never_nan(truth: np.ndarray, predicted: np.ndarray) -> None:
    for name, metric in Estimates(truth, predicted).measured.items():
        if metric.value is None:
            assert metric.reason
            continue
        assert metric.interval
        assert all(map(math.isfinite, (metric.value, metric.interval.low, metric.interval.high))), name
        assert metric.interval.low <= metric.value <= metric.interval.high


@pytest.mark.parametrize("name", ["r2", "mae", "rmse"])
@pytest.mark.parametrize("n", [30, 300])
def test_skewed_errors_seldom_prove_more_than_the_truth(name: str, n: int) -> None:
    """Errors are exponential, half of them negative: the side that a limit asks about misses in about 5 % at most."""
    rng, samples, missed = np.random.default_rng(n), 600, 0
    true = {"r2": 1 - 2 * 16 / (100 + 2 * 16), "mae": 4.0, "rmse": math.sqrt(32)}
    for _ in range(samples):
        predicted = rng.normal(100, 10, n)
        truth = predicted + rng.exponential(4, n) * rng.choice([-1, 1], n)
        found = Estimates(truth, predicted).metric(name).interval
        assert found
        missed += found.low > true[name] if name == "r2" else found.high < true[name]
    assert missed / samples <= 0.075
