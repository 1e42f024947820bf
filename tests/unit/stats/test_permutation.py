from __future__ import annotations

import math

import numpy as np
import pytest

from mlops_gates.stats.permutation import importances, normed
from mlops_gates.stats.permutation_paired import paired, student
from mlops_gates.stats.permutation_ranks import behind
from mlops_gates.stats.permutation_shapley import walks


@pytest.mark.parametrize("n", [1, 12, 285])
def test_no_change_leaves_what_zero_of_n_leaves_open(n: int) -> None:
    mean, interval = paired(np.zeros(n))
    assert mean == 0
    assert interval.high == pytest.approx(1 - 0.05 ** (1 / n))
    assert interval.low == pytest.approx(-(1 - 0.05 ** (1 / n)))


def test_many_changed_rows_have_the_interval_of_t() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy checks the interval, and is no dependency")
    values = np.random.default_rng(1).normal(0.2, 1, 50)
    mean, interval = paired(values)
    low, high = stats.t.interval(0.9, 49, loc=values.mean(), scale=values.std(ddof=1) / math.sqrt(50))
    assert (mean, interval.low, interval.high) == pytest.approx((values.mean(), low, high), rel=1e-4)


def test_quantiles_of_t_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy checks the quantiles, and is no dependency")
    for degrees in (1, 2, 5, 10, 19, 100, 5000):
        assert student(degrees) == pytest.approx(stats.t.ppf(0.95, degrees), rel=2e-3)


@pytest.mark.parametrize(("n", "p"), [(60, 0.02), (285, 0.01), (285, 0.04), (600, 0.05)])
def test_the_upper_end_is_rarely_below_the_truth(n: int, p: float) -> None:
    """Rare rises of 1 in five repeats each, which correlate within their row: the upper end shall cover 95 %."""
    rng = np.random.default_rng(3)
    missed = 0
    for _ in range(400):
        prone = rng.random(n) < 2 * p
        rises = (rng.random((5, n)) < 0.5) & prone
        missed += paired(rises.mean(axis=0).astype(float))[1].high < p
    assert missed / 400 < 0.08


def _rises(weights: list[float], n: int, m: int, seeds: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Absolute rises of a linear model that is never wrong: |weight * (other cell - own cell)|."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, len(weights)))
    rows = rng.integers(n, size=(seeds, m))
    donors = rng.integers(n, size=(seeds, len(weights), m))
    units = np.arange(len(weights))[None, :, None]
    return np.abs(np.array(weights)[None, :, None] * (x[donors, units] - x[rows[:, None, :], units])), rows


def test_shares_are_those_of_the_weights_and_inside_their_intervals() -> None:
    rises, rows = _rises([3, 2, 1, 0], 2000, 500)
    found = importances(rises, rows, 1, 4)
    assert found.shares == pytest.approx([1 / 2, 1 / 3, 1 / 6, 0], abs=0.02)
    assert found.order == [0, 1, 2, 3]
    assert found.lead == pytest.approx(1.5, abs=0.1)
    for share, truth, interval in zip(found.shares, [1 / 2, 1 / 3, 1 / 6, 0], found.intervals, strict=True):
        assert interval.low <= share <= interval.high
        assert interval.low - 0.01 <= truth <= interval.high + 0.01
        assert interval.low < interval.high
    assert found.total.low > 0


def test_the_interval_of_a_share_covers_it() -> None:
    inside = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rises = rng.exponential([3, 2, 1], size=(5, 40, 3)).transpose(0, 2, 1)
        interval = importances(rises, np.arange(200).reshape(5, 40), seed, 3).intervals[0]
        inside += interval.low <= 0.5 <= interval.high
    assert inside / 60 > 0.78


def test_one_feature_alone_leaves_a_little_open() -> None:
    rises, rows = _rises([1, 0], 300, 50)
    found = importances(rises, rows, 1, 2)
    assert found.shares.tolist() == [1, 0]
    assert 0.9 < found.intervals[0].low < 1 == found.intervals[0].high
    assert (found.lead, found.spread) == (1000, 0)


def test_nothing_important_is_told_from_nothing() -> None:
    found = importances(np.zeros((5, 3, 20)), np.arange(100).reshape(5, 20), 1, 3)
    assert found.total.low == found.total.high == 0
    assert found.shares.tolist() == [0, 0, 0]


def test_a_share_varies_as_between_many_re_samples() -> None:
    """The spread from one set of re-samples is that which two hundred sets show."""
    sets = [_resampled(seed) for seed in range(200)]
    truth = normed(np.array(sets)).std(axis=0, ddof=1).mean()
    rng = np.random.default_rng(999)
    rises = rng.exponential([3, 2, 1], size=(5, 60, 3)).transpose(0, 2, 1)
    found = importances(rises, np.arange(300).reshape(5, 60), 1, 3)
    assert found.spread == pytest.approx(truth, rel=0.25)
    assert found.spread_interval.low < truth < found.spread_interval.high
    fewer = importances(rises[:, :, :10], np.arange(50).reshape(5, 10), 1, 3)
    assert fewer.spread > 1.8 * found.spread


def _resampled(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).exponential([3, 2, 1], size=(60, 3)).mean(axis=0)


def test_walks_of_a_sum_give_each_feature_what_it_adds() -> None:
    x = np.random.default_rng(2).normal(size=(30, 4))
    weights = np.array([3.0, -2, 1, 0])
    plan = walks(np.arange(5), 30, 4, 3, np.random.default_rng(1))
    asked = np.column_stack([x[plan.sources(unit), unit] for unit in range(4)])
    assert len(asked) == plan.questions == 5 * 3 * 8
    told = plan.contributions(asked @ weights)
    assert told == pytest.approx((x[plan.explained] - x[plan.background]) * weights)


def test_walks_of_any_function_add_up_and_come_to_shapleys_values() -> None:
    """x0 * x1 + x2 from a background of one row: x0 and x1 share their product by Shapley's formula."""
    x = np.array([[0.0, 0.0, 0.0], [2.0, 3.0, 5.0]])

    def answer(rows: np.ndarray) -> np.ndarray:
        return rows[:, 0] * rows[:, 1] + rows[:, 2]

    plan = walks(np.array([1]), 2, 3, 400, np.random.default_rng(1))
    asked = np.column_stack([x[plan.sources(unit), unit] for unit in range(3)])
    told = plan.contributions(answer(asked))
    assert told.sum(axis=1) == pytest.approx(answer(x[plan.explained]) - answer(x[plan.background]))
    there = told[plan.background == 0]
    assert there == pytest.approx(np.tile([3.0, 3.0, 5.0], (len(there), 1)))  # back and there take turns


def test_a_rank_is_decided_clearly_or_not_at_all() -> None:
    sizes = np.random.default_rng(1).exponential([8, 4, 1, 1, 0.1], size=(200, 5))
    rival, value, interval = behind(sizes, 0, [1, 2, 3, 4], 2, 0.05, 1)
    assert rival in (2, 3)
    assert 0 < interval.low < value < interval.high
    rival, value, interval = behind(sizes, 4, [0, 1, 2, 3], 2, 0.05, 1)
    assert rival == 1
    assert interval.high < 0
    _, _, interval = behind(sizes, 2, [0, 1, 3, 4], 3, 0.0, 1)
    assert interval.low < 0 < interval.high


def test_a_leading_feature_has_at_least_the_least_share() -> None:
    sizes = np.tile([10.0, 0.2, 0.1], (50, 1))
    rival, value, interval = behind(sizes, 1, [0, 2], 2, 0.05, 1)
    assert rival is None
    assert [interval.low, value, interval.high] == pytest.approx([0.2 / 10.3 - 0.05] * 3)
