"""Differences and ratios between groups, against published examples, statsmodels, scipy and fairlearn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from mlops_gates.stats import fairness
from mlops_gates.stats.fairness import FALSE_POSITIVE, RIGHT, RIGHT_POSITIVE, SELECTED, Judged
from mlops_gates.stats.groups import Means, Rates, difference, mean_difference, ratio


def rates(*pairs: tuple[int, int], fewest: int = 1) -> Rates:
    hits, of = np.array([pairs]).transpose(2, 0, 1)
    return Rates(hits, of, of >= fewest)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), 0.0, 0.1926),
        ((0, 10), (0, 20), 0.0, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_as_published(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    """Newcombe 1998, table II, method 10; a size, so that an end below 0 is 0."""
    found = difference(rates(one, other), 0.95)
    assert found
    assert (found.interval.low, found.interval.high) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


@pytest.mark.acceptance
@pytest.mark.parametrize(("a", "n", "b", "m"), [(30, 100, 45, 100), (3, 40, 31, 60), (180, 200, 20, 50)])
def test_newcombe_as_statsmodels(a: int, n: int, b: int, m: int) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion", reason="statsmodels is not in every environment")
    low, high = sorted(map(abs, proportion.confint_proportions_2indep(a, n, b, m, method="newcomb", alpha=0.1)))
    found = difference(rates((a, n), (b, m)))
    assert found
    assert (found.interval.low, found.interval.high) == (pytest.approx(low), pytest.approx(high))
    assert (found.low, found.high) == ((0, 1) if a / n < b / m else (1, 0))
    _, p = proportion.proportions_ztest([a, b], [n, m])
    assert found.p == pytest.approx(p)


@pytest.mark.parametrize(("a", "n", "b", "m"), [(30, 100, 45, 100), (3, 40, 31, 60), (20, 50, 180, 200)])
def test_katz_as_scipy(a: int, n: int, b: int, m: int) -> None:
    wanted = stats.contingency.relative_risk(a, n, b, m)
    interval = wanted.confidence_interval(0.9)
    found = ratio(rates((a, n), (b, m)))
    assert found
    assert found.value == pytest.approx(wanted.relative_risk)
    assert (found.interval.low, found.interval.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_katz_of_aspirin() -> None:
    """Agresti, Categorical Data Analysis, section 2.2.3: 189 of 11,034 against 104 of 11,037, ratio 1.82 (1.43, 2.30)."""
    found = ratio(rates((189, 11034), (104, 11037)), 0.95)
    assert found
    assert 1 / found.value == pytest.approx(1.82, abs=0.005)
    assert (1 / found.interval.high, 1 / found.interval.low) == (
        pytest.approx(1.43, abs=0.005),
        pytest.approx(2.30, abs=0.01),
    )


def test_a_group_without_hits_has_the_ratio_zero_and_an_end_above() -> None:
    found = ratio(rates((0, 50), (25, 50)))
    assert found
    assert found.value == found.interval.low == 0
    assert 0.1 < found.interval.high < 0.25


def test_no_hits_at_all_have_no_ratio() -> None:
    assert ratio(rates((0, 50), (0, 60))) is None
    assert difference(rates((0, 50), (0, 60))) is not None


def test_all_hits_are_not_certain_to_be_alike() -> None:
    found = ratio(rates((40, 40), (40, 40)))
    assert found
    assert (found.value, found.interval.high) == (1, 1)
    assert found.interval.low < 0.97


def test_one_group_has_no_difference() -> None:
    assert difference(rates((5, 50))) is None
    assert ratio(rates((5, 50))) is None


def test_small_groups_are_left_out() -> None:
    found = difference(rates((5, 50), (0, 1), (10, 50), fewest=30))
    assert found
    assert (found.value, {found.low, found.high}) == (pytest.approx(0.1), {0, 2})
    assert difference(rates((5, 50), (0, 1), fewest=30)) is None


def test_the_extreme_pair_of_many_alike_groups_is_no_finding() -> None:
    """Twelve groups of one rate: the plain interval of best and worst claims a difference mostly.

    Ours does in 10 % at most: either of the two ends of a 90 % interval can be on the wrong side of no difference.
    """
    rng, ours, plain = np.random.default_rng(1), 0, 0
    for _ in range(400):
        hits = rng.binomial(100, 0.3, size=12)
        found = difference(rates(*[(int(h), 100) for h in hits]))
        best = difference(rates((int(hits.max()), 100), (int(hits.min()), 100)))
        assert found and best
        ours += found.interval.low > 0
        plain += best.interval.low > 0
    assert ours / 400 <= 0.1
    assert plain / 400 > 0.5


def test_the_largest_true_difference_is_inside() -> None:
    truth = np.array([0.2, 0.25, 0.3, 0.35])
    rng, inside = np.random.default_rng(2), 0
    for _ in range(400):
        found = difference(rates(*[(int(h), 150) for h in rng.binomial(150, truth)]))
        assert found
        inside += found.interval.low <= 0.15 <= found.interval.high
    assert inside / 400 >= 0.9


@pytest.mark.parametrize("seed", range(3))
def test_welch_as_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.normal(1, 2, 40), rng.normal(0, 1, 60)
    group = np.repeat([0, 1], [40, 60])
    found = mean_difference(fairness.means(np.concatenate([one, other]), group, 2, 30))
    test = stats.ttest_ind(one, other, equal_var=False)
    ends = test.confidence_interval(0.9)
    assert found
    assert found.value == pytest.approx(one.mean() - other.mean())
    assert found.interval.high == pytest.approx(ends.high, abs=1e-5)
    assert found.interval.low == pytest.approx(max(0.0, ends.low), abs=1e-5)


@pytest.mark.acceptance
def test_metrics_as_fairlearn() -> None:
    pytest.importorskip("fairlearn", reason="fairlearn is not in every environment")
    from fairlearn import metrics
    from sklearn.metrics import accuracy_score

    rng = np.random.default_rng(3)
    group = rng.integers(0, 3, 900)
    truth = rng.integers(0, 2, 900)
    predicted = np.where(rng.random(900) < 0.2 + 0.1 * group, 1 - truth, truth)
    judged = Judged(truth, predicted, group, 3)
    kept = {"sensitive_features": group}

    def value(*kinds: str) -> float:
        found = difference(judged.rates(kinds, (1,), 30))
        assert found
        return found.value

    assert value(SELECTED) == pytest.approx(metrics.demographic_parity_difference(truth, predicted, **kept))
    assert value(RIGHT_POSITIVE) == pytest.approx(metrics.equal_opportunity_difference(truth, predicted, **kept))
    assert value(RIGHT_POSITIVE, FALSE_POSITIVE) == pytest.approx(
        metrics.equalized_odds_difference(truth, predicted, **kept)
    )
    frame = metrics.MetricFrame(metrics=accuracy_score, y_true=truth, y_pred=predicted, **kept)
    assert value(RIGHT) == pytest.approx(frame.difference())
    apart = ratio(judged.rates((SELECTED,), (1,), 30))
    assert apart
    assert apart.value == pytest.approx(metrics.demographic_parity_ratio(truth, predicted, **kept))


def test_without_a_positive_class_the_worst_class_counts() -> None:
    group = np.repeat([0, 1], 90)
    truth = np.tile([0, 1, 2], 60)
    predicted = np.where((group == 1) & (truth == 2), 0, truth)
    found = difference(Judged(truth, predicted, group, 2).rates((RIGHT_POSITIVE,), (0, 1, 2), 30))
    assert found
    assert (found.value, found.rate, found.low, found.high) == (1.0, 2, 1, 0)


counts = st.lists(
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=5
)


@given(counts, st.integers(1, 40))
def test_any_counts_give_an_interval_around_the_value_or_nothing(pairs: list[tuple[int, int]], fewest: int) -> None:
    made = rates(*pairs, fewest=fewest)
    usable = sum(n >= fewest for _, n in pairs)
    for found in (difference(made), ratio(made)):
        if found:
            assert usable >= 2
            assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1
            assert 0 <= found.p <= 1
    assert (difference(made) is None) is (usable < 2)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 3)), min_size=1, max_size=60), st.integers(2, 10))
def test_any_numbers_give_finite_ends_or_nothing(rows: list[tuple[float, int]], fewest: int) -> None:
    values: NDArray[np.float64] = np.array([value for value, _ in rows])
    made: Means = fairness.means(values, np.array([group for _, group in rows]), 4, fewest)
    found = mean_difference(made)
    if found:
        assert math.isfinite(found.interval.high)
        assert 0 <= found.interval.low <= found.value <= found.interval.high
    else:
        assert made.usable.sum() < 2
