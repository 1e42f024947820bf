from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import average_precision_score

from mlops_gates.stats import intervals, ranking


@pytest.mark.parametrize("seed", range(6))
def test_both_areas_and_their_influences_by_leaving_rows_out(seed: int) -> None:
    """An influence is the derivative by the weight of a row, so each row a little heavier moves the area by it."""
    rng = np.random.default_rng(seed)
    positive = rng.random(60) < 0.4
    scores = np.round(rng.normal(size=60) + positive, seed % 3)
    order = ranking.ordered(scores, positive)
    for found, area in (
        (ranking.precision_influence(order), weighted_precision),
        (ranking.roc_influence(order), weighted_roc),
    ):
        assert found.value == pytest.approx(area(scores, positive, np.ones(60)), abs=1e-12)
        by_row = order.by_row(found)
        assert by_row.sum() == pytest.approx(0, abs=1e-12)
        assert sum(found.variances(order)) == pytest.approx(by_row @ by_row)
        for row in range(0, 60, 7):
            heavier = np.ones(60)
            heavier[row] += 1e-6
            moved = (area(scores, positive, heavier) - found.value) / 1e-6
            assert by_row[row] == pytest.approx(moved, abs=1e-6)


def weighted_precision(scores: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> float:
    return float(average_precision_score(positive, scores, sample_weight=weights))


def weighted_roc(scores: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> float:
    above = (scores[positive][:, None] > scores[~positive]) + 0.5 * (scores[positive][:, None] == scores[~positive])
    both = np.outer(weights[positive], weights[~positive])
    return float((above * both).sum() / both.sum())


@pytest.mark.parametrize("n", [20, 500, 3000])
def test_the_area_of_ordered_rows_is_that_of_the_rows(n: int) -> None:
    rng = np.random.default_rng(n)
    positive = rng.random(n) < 0.5
    scores = np.round(rng.normal(size=n) + positive, 1)
    value, known = intervals.auc(scores, positive)
    found = ranking.roc_area(ranking.ordered(scores, positive))
    assert found[0] == pytest.approx(value)
    assert (found[1].low, found[1].high) == (pytest.approx(known.low), pytest.approx(known.high))


@pytest.mark.parametrize(
    ("scores", "positive"),
    [
        ([1.0, 2.0], [False, True]),
        ([2.0, 1.0], [False, True]),
        ([1.0] * 50, [True] * 25 + [False] * 25),
        (list(range(50)), [False] * 25 + [True] * 25),
        (list(range(50)), [True] * 25 + [False] * 25),
        (list(range(50)), [False] * 49 + [True]),
    ],
)
def test_no_degenerate_case_is_certain(scores: list[float], positive: list[bool]) -> None:
    order = ranking.ordered(np.array(scores, dtype=float), np.array(positive))
    for value, found in (ranking.average_precision(order), ranking.roc_area(order)):
        assert 0 <= found.low <= value <= found.high <= 1
        assert found.low < found.high


@pytest.mark.parametrize("positive", [[True, True], [False, False]])
def test_one_label_has_no_order(positive: list[bool]) -> None:
    with pytest.raises(ValueError, match="one class is absent"):
        ranking.ordered(np.array([1.0, 2.0]), np.array(positive))


@pytest.mark.parametrize(("share", "apart"), [(0.1, 0.5), (0.1, 1.5), (0.5, 1.5)])
@pytest.mark.parametrize("n", [100, 1000])
def test_average_precision_seldom_proves_more_than_the_truth(share: float, apart: float, n: int) -> None:
    """Two normal classes; the truth is the integral of precision over the scores of the positive class."""
    at = norm.ppf((np.arange(20_000) + 0.5) / 20_000) + apart
    hits, alarms = share * norm.sf(at - apart), (1 - share) * norm.sf(at)
    true, rng = float((hits / (hits + alarms)).mean()), np.random.default_rng(6)
    above = below = 0
    for _ in range(400):
        positive = rng.random(n) < share
        order = ranking.ordered(rng.normal(size=n) + apart * positive, positive)
        found = ranking.average_precision(order)[1]
        above, below = above + (found.low > true), below + (found.high < true)
    assert above / 400 <= 0.08
    assert below / 400 <= 0.08


def test_means_over_labels_cover_the_truth_as_often_as_they_say() -> None:
    """Scores of the true label are one standard deviation higher: each label's area is Φ(1/√2)."""
    rng, true = np.random.default_rng(7), norm.cdf(1 / np.sqrt(2))
    outside = np.zeros(2)
    for _ in range(300):
        truth = rng.integers(0, 3, 300)
        scores = rng.normal(size=(300, 3)) + (truth[:, None] == np.arange(3))
        found = ranking.mean_areas(scores, truth)["roc"][1]
        outside += [found.low > true, found.high < true]
    assert (outside / 300 <= 0.08).all()
    assert outside.sum() > 0
