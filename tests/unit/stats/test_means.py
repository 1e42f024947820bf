from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlops_gates.stats import means


@pytest.mark.parametrize("p", [0.9, 0.95, 0.995])
@pytest.mark.parametrize("degrees", [1, 2, 3, 5, 10, 100, 10_000])
def test_t_is_scipys(p: float, degrees: int) -> None:
    exact = degrees < 3 or degrees > 20
    assert means.t_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-6 if exact else 0.04)


def test_without_skewness_it_is_students() -> None:
    values = np.concatenate([np.arange(200.0), -np.arange(200.0)])
    n, mean, second, third = means.moments(values, np.ones(400, dtype=np.int64))
    low, high = means.ends(n, mean, second, third, 0.9)
    known = stats.t.interval(0.9, 399, loc=values.mean(), scale=stats.sem(values))
    assert (low, high) == (pytest.approx(known[0], abs=1e-6), pytest.approx(known[1], abs=1e-6))


def test_moments_are_scipys() -> None:
    rng = np.random.default_rng(2)
    values, counts = rng.exponential(size=50), rng.integers(0, 5, 50)
    rows = np.repeat(values, counts)
    n, mean, second, third = means.moments(values, counts)
    assert n == len(rows)
    assert mean == pytest.approx(rows.mean())
    assert second == pytest.approx(stats.moment(rows, 2))
    assert third == pytest.approx(stats.moment(rows, 3))


def test_skewness_is_corrected_towards_the_long_tail() -> None:
    values = np.random.default_rng(3).exponential(size=100)
    low, high = means.ends(*means.moments(values, np.ones(100, dtype=np.int64)), 0.9)
    known = stats.t.interval(0.9, 99, loc=values.mean(), scale=stats.sem(values))
    assert low > known[0]
    assert high > known[1]


def test_counts_are_rows() -> None:
    values = np.array([-100.0, -5.0, 0.0])
    counts = np.array([3, 40, 200])
    by_count, by_row = means.weighted(values, counts, -100, 0), means.interval(np.repeat(values, counts), -100, 0)
    assert (by_count.low, by_count.high) == (pytest.approx(by_row.low), pytest.approx(by_row.high))


@pytest.mark.parametrize("name", ["exponential", "log-normal", "squares", "rare"])
@pytest.mark.parametrize("n", [5, 10, 30, 100, 1000])
def test_few_losses_seldom_prove_less_than_the_truth(name: str, n: int) -> None:
    rng = np.random.default_rng(n)
    draw, true = {
        "exponential": (lambda: rng.exponential(size=n), 1.0),
        "log-normal": (lambda: rng.lognormal(0, 1, n), math.exp(0.5)),
        "squares": (lambda: rng.normal(size=n) ** 2, 1.0),
        "rare": (lambda: np.where(rng.random(n) < 0.05, 5.0, 0.1), 0.05 * 5 + 0.95 * 0.1),
    }[name]
    unseen = 5.0 if name == "rare" else 0.0
    found = [means.of_losses(draw(), unseen) for _ in range(800)]
    assert np.mean([one.high < true for one in found]) <= 0.065
    assert np.mean([one.low > true for one in found]) <= 0.065


def test_a_quotient_of_two_means_covers_it_as_often_as_it_says() -> None:
    rng, outside = np.random.default_rng(8), np.zeros(2)
    for _ in range(800):
        below = rng.exponential(2, 200)
        above = 0.3 * below * rng.exponential(1, 200)
        found = means.quotient(above, below, 2.0)
        outside += [found.low > 0.3, found.high < 0.3]
    assert (outside / 800 <= 0.07).all()
    assert (outside / 800 >= 0.005).all()


def test_a_quotient_that_nothing_bounds_ends_far_away() -> None:
    found = means.quotient(np.array([1.0, 0.0]), np.array([1.0, 0.0]), 0.5)
    assert found.low <= 1 <= found.high
    assert found.high > 1e9


@given(st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=20))
def test_the_mean_is_inside(values: list[float]) -> None:
    found = means.interval(np.array(values), min(values), max(values))
    rounding = 1e-12 * max(map(abs, values))
    assert found.low - rounding <= np.mean(values) <= found.high + rounding
