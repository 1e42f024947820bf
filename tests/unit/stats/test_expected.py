from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlops_gates.stats.expected import mean_deviation, spread_deviation


@pytest.mark.parametrize("n", [10, 100])
def test_the_mean_has_students_interval(n: int) -> None:
    values = np.random.default_rng(n).normal(5, 2, n)
    value, interval = mean_deviation(values, 3.0, 2.0)
    ends = stats.ttest_1samp(values, 3.0).confidence_interval(0.9)
    assert value == pytest.approx(abs(values.mean() - 3) / 2)
    assert interval.low == pytest.approx((ends.low - 3) / 2, abs=1e-3)
    assert interval.high == pytest.approx((ends.high - 3) / 2, abs=1e-3)


def test_a_deviation_downwards_is_as_large() -> None:
    values = np.random.default_rng(1).normal(0, 1, 50)
    up, down = mean_deviation(values, -1.0, 1.0), mean_deviation(-values, 1.0, 1.0)
    assert up[0] == pytest.approx(down[0])
    assert up[1].low == pytest.approx(down[1].low)


@pytest.mark.parametrize("draw", ["normal", "exponential", "uniform"])
def test_the_interval_of_the_spread_holds_its_true_deviation(draw: str) -> None:
    rng = np.random.default_rng(2)
    truth = {"normal": 1.0, "exponential": 1.0, "uniform": 12**-0.5}[draw]
    inside = 0
    for _ in range(400):
        values = getattr(rng, draw)(size=500)
        _, interval = spread_deviation(values, truth * 0.8)
        inside += interval.low <= 0.25 <= interval.high
    assert 0.85 <= inside / 400 <= 0.95


def test_constants_deviate_wholly_and_surely() -> None:
    value, interval = spread_deviation(np.full(30, 4.0), 2.0)
    assert (value, interval.low, interval.high) == (1, 1, 1)
    value, interval = mean_deviation(np.full(30, 4.0), 4.0, 2.0)
    assert (value, interval.low, interval.high) == (0, 0, 0)
