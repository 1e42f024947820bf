"""Order statistics against the binomial distribution of scipy, slopes against its Theil-Sen; both on simulated samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlops_gates.stats.quantiles import quantile, ranks, slope


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 5, 10, 30, 59, 120, 299, 300])
def test_ranks_leave_at_most_a_twentieth_on_each_side(n: int, share: float) -> None:
    low, high = ranks(n, share)
    below = stats.binom(n, share).cdf
    if low is not None:
        assert below(low - 1) <= 0.05 + 1e-9
        assert low == n or below(low) > 0.05
    else:
        assert below(0) > 0.05
    if high is not None:
        assert below(high - 1) >= 0.95 - 1e-9
        assert high == 1 or below(high - 2) < 0.95
    else:
        assert below(n - 1) < 0.95


def test_fifty_nine_bound_a_p95_and_299_a_p99() -> None:
    assert (ranks(58, 0.95)[1], ranks(59, 0.95)[1]) == (None, 59)
    assert (ranks(298, 0.99)[1], ranks(299, 0.99)[1]) == (None, 299)


@pytest.mark.parametrize(("n", "share"), [(0, 0.5), (5, 0.0), (5, 1.0)])
def test_what_is_no_quantile(n: int, share: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        ranks(n, share)


@pytest.mark.parametrize(("share", "n"), [(0.5, 31), (0.95, 120)])
def test_the_interval_holds_the_quantile_as_often_as_it_says(share: float, n: int) -> None:
    rng, true = np.random.default_rng(5), float(stats.lognorm(1).ppf(share))
    missed = [0, 0]
    for _ in range(2000):
        value, low, high = quantile(rng.lognormal(size=n), share)
        assert low is not None
        assert high is not None
        assert low <= value <= high
        missed[0] += low > true
        missed[1] += high < true
    assert max(missed) / 2000 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_the_value_is_one_that_was_measured() -> None:
    assert quantile(np.array([3.0, 1.0, 2.0]), 0.5)[0] == 2.0
    assert quantile(np.arange(1.0, 101.0), 0.95)[0] == 95.0


@pytest.mark.parametrize("n", [3, 10, 59])
def test_slopes_are_those_of_scipy(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n) + 0.3 * np.arange(n)
    value, interval = slope(values)
    theirs = stats.theilslopes(values, np.arange(n), alpha=0.9)
    assert value == pytest.approx(theirs.slope)
    assert interval.low <= theirs.low_slope + 1e-12
    assert interval.high >= theirs.high_slope - 1e-12
    assert interval.high - interval.low <= 1.2 * (theirs.high_slope - theirs.low_slope) + 1e-12


def test_steps_of_an_allocator_are_no_slope() -> None:
    memory = np.concatenate([np.full(20, 100.0), np.full(39, 108.0)])
    assert slope(memory)[0] == 0.0
    leaking = memory + 3.0 * np.arange(59)
    value, interval = slope(leaking)
    assert 3.0 <= value < 3.3
    assert interval.low >= 2.9


def test_two_values_have_no_slope() -> None:
    with pytest.raises(ValueError, match="no slope"):
        slope(np.array([1.0, 2.0]))
