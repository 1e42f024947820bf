from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlops_gates.findings import Interval
from mlops_gates.stats import intervals

pytestmark = pytest.mark.acceptance


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize(
    ("hits", "trials"), [(0, 1), (1, 1), (0, 10), (10, 10), (3, 7), (80, 100), (1, 2113), (1600, 2113)]
)
def test_wilson_is_scipys(hits: int, trials: int, confidence: float) -> None:
    found = intervals.wilson(hits, trials, confidence)
    known = stats.binomtest(hits, trials).proportion_ci(confidence, "wilson")
    assert (found.low, found.high) == (pytest.approx(known.low, abs=1e-12), pytest.approx(known.high, abs=1e-12))
    assert (found.confidence, found.method) == (confidence, "Wilson")


def test_wilson_of_a_book() -> None:
    """Newcombe 1998, table I: 81 of 263 at 95 % is 0.2553 to 0.3662."""
    found = intervals.wilson(81, 263, 0.95)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)


@pytest.mark.parametrize(("hits", "trials"), [(0, 0), (-1, 3), (4, 3)])
def test_no_proportion(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="is no proportion"):
        intervals.wilson(hits, trials)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_value(pair: tuple[int, int]) -> None:
    hits, trials = pair
    found = intervals.wilson(hits, trials)
    assert 0 <= found.low <= hits / trials <= found.high <= 1
    assert found.low < found.high


def test_the_ends_of_f1_are_those_of_jaccard() -> None:
    """tp = 40, fp = 10, fn = 10: J = 40/60, F1 = 0.8."""
    jaccard = intervals.wilson(40, 60)
    found = intervals.f1_of(jaccard)
    assert found.low < 0.8 < found.high
    assert found.low / (2 - found.low) == pytest.approx(jaccard.low)
    assert found.high / (2 - found.high) == pytest.approx(jaccard.high)
    assert intervals.f1_of(Interval(0, 1, 0.9, "x")) == Interval(0, 1, 0.9, "Wilson of the Jaccard index")


def brute(scores: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Area and DeLong's variance by the definition: every pair."""
    xs, ys = scores[positive], scores[~positive]
    psi = (xs[:, None] > ys).astype(float) + 0.5 * (xs[:, None] == ys)
    area = psi.mean()
    v10, v01 = psi.mean(axis=1), psi.mean(axis=0)
    return float(area), float(v10.var(ddof=1) / len(xs) + v01.var(ddof=1) / len(ys))


@pytest.mark.parametrize("seed", range(8))
def test_delong_by_every_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(600, 1500))
    positive = rng.random(n) < 0.4
    scores = np.round(rng.normal(size=n) + positive, int(rng.integers(0, 4)))
    area, variance = brute(scores, positive)
    value, found = intervals.auc(scores, positive)
    assert value == pytest.approx(area, abs=1e-12)
    z = stats.norm.ppf(0.95)
    logit, spread = math.log(area / (1 - area)), z * math.sqrt(variance) / (area * (1 - area))
    assert found.low == pytest.approx(1 / (1 + math.exp(-(logit - spread))), abs=1e-9)
    assert found.high == pytest.approx(1 / (1 + math.exp(-(logit + spread))), abs=1e-9)
    assert found.method == "DeLong, logit"


@pytest.mark.parametrize(("m", "n"), [(2, 2), (2, 500), (5, 40), (30, 500), (199, 199)])
@pytest.mark.parametrize("swap", [False, True])
def test_few_in_a_class_get_the_wider_of_two_methods(m: int, n: int, swap: bool) -> None:
    rng = np.random.default_rng(m)
    positive = (np.arange(m + n) < m) ^ swap
    scores = rng.normal(size=m + n) + positive
    area, variance = brute(scores, positive)
    _, found = intervals.auc(scores, positive)
    many = (m + n) / 2 - 1
    if 0 < area < 1:
        for end in (found.low, found.high):
            away = abs(area - end)
            spread = end * (1 - end) / (m * n) * (1 + many * (1 - end) / (2 - end) + many * end / (1 + end))
            logit = abs(math.log(area / (1 - area)) - math.log(end / (1 - end))) * area * (1 - area)
            errors = away / math.sqrt(spread), logit / math.sqrt(variance)
            assert min(errors) == pytest.approx(stats.norm.ppf(0.95), abs=1e-6)
        assert found.method == "DeLong, logit, or Newcombe's score: the wider"
    else:
        assert found.method == "Wilson, smaller class"


@pytest.mark.parametrize("m", [2, 3, 5, 10, 30, 100])
@pytest.mark.parametrize("true", [0.7, 0.8, 0.9, 0.95])
def test_few_positives_seldom_prove_more_than_the_truth(m: int, true: float) -> None:
    """Two normal classes and 500 negatives: the lower end is above the true area in about 5 % of samples at most."""
    rng, above, samples = np.random.default_rng(5), 0, 500
    apart = stats.norm.ppf(true) * math.sqrt(2)
    positive = np.arange(500 + m) < m
    for _ in range(samples):
        _, found = intervals.auc(rng.normal(size=500 + m) + apart * positive, positive)
        above += found.low > true
    assert above / samples <= 0.07


def test_the_area_is_sklearns() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(3)
    truth = rng.random(500) < 0.2
    scores = np.round(rng.random(500), 2)
    assert intervals.auc(scores, truth)[0] == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)


def test_the_area_by_hand() -> None:
    """Positives 0.9, 0.6, 0.4; negatives 0.5, 0.4: of six pairs 4 are in order and 1 is a tie: 4.5 / 6."""
    scores = np.array([0.9, 0.6, 0.4, 0.5, 0.4])
    positive = np.array([True, True, True, False, False])
    assert intervals.auc(scores, positive)[0] == pytest.approx(4.5 / 6)


@pytest.mark.parametrize(
    ("scores", "positive"),
    [
        ([1.0, 2.0], [False, True]),
        ([2.0, 1.0], [False, True]),
        ([1.0, 1.0], [False, True]),
        ([1.0] * 50, [True] * 25 + [False] * 25),
        (list(range(50)), [False] * 25 + [True] * 25),
        (list(range(50)), [True] * 25 + [False] * 25),
        ([0.0, 1.0, 2.0, 3.0], [False, False, False, True]),
        ([1e308, -1e308, 0.0, 5.0], [True, False, True, False]),
    ],
)
def test_no_degenerate_case_is_nan_or_certain(scores: list[float], positive: list[bool]) -> None:
    value, found = intervals.auc(np.array(scores, dtype=float), np.array(positive))
    assert 0 <= value <= 1
    assert 0 <= found.low <= value <= found.high <= 1
    assert found.low < found.high, "few rows never prove an area"


@pytest.mark.parametrize("positive", [[True, True], [False, False]])
def test_one_class_has_no_area(positive: list[bool]) -> None:
    with pytest.raises(ValueError, match="one class is absent"):
        intervals.auc(np.array([1.0, 2.0]), np.array(positive))


def test_the_bootstrap_is_the_same_each_time_and_holds_its_value() -> None:
    counts = np.array([[30, 10], [5, 55]])

    def accuracy(tables: np.ndarray) -> np.ndarray:
        return np.einsum("dii->d", tables) / tables.sum(axis=(1, 2))

    one, two = intervals.resampled(counts, accuracy), intervals.resampled(counts, accuracy)
    assert one == two
    wilson = intervals.wilson(85, 100)
    assert one.low == pytest.approx(wilson.low, abs=0.02)
    assert one.high == pytest.approx(wilson.high, abs=0.02)


def macro(tables: np.ndarray) -> np.ndarray:
    hits, said, are = np.einsum("dii->di", tables), tables.sum(axis=1), tables.sum(axis=2)
    below = (said + are) / 2
    return np.divide(hits, below, out=np.zeros(hits.shape), where=below > 0).mean(axis=1)


@pytest.mark.parametrize(("n", "low"), [(15, 0.95), (60, 0.98), (300, 0.995)])
def test_no_wrong_row_is_no_certainty(n: int, low: float) -> None:
    found = intervals.resampled(np.diag([n // 3] * 3), macro)
    assert 0.5 < found.low < low
    assert found.high == 1


def test_a_label_that_no_row_has_stays_without() -> None:
    seen: list[np.ndarray] = []

    def first(tables: np.ndarray) -> np.ndarray:
        seen.append(tables.sum(axis=2))
        return tables[:, 0, 0] / tables.sum(axis=(1, 2))

    intervals.resampled(np.array([[5, 0, 0], [0, 0, 0], [0, 1, 4]]), first)
    assert all((rows[:, 1] == 0).all() for rows in seen)
    assert all(rows.sum(axis=1) == pytest.approx(10) for rows in seen)


@pytest.mark.parametrize("n", [15, 30, 60, 100, 500])
@pytest.mark.parametrize("true", [0.8, 0.95, 0.98, 0.99])
def test_macro_averages_seldom_prove_more_than_the_truth(n: int, true: float) -> None:
    """Three labels, errors spread evenly: all macro averages are the accuracy. The percentile bootstrap had 26-70 %."""
    cells = np.full((3, 3), (1 - true) / 6)
    np.fill_diagonal(cells, true / 3)
    tables = np.random.default_rng(9).multinomial(n, cells.ravel(), size=300).reshape(-1, 3, 3)
    above = [intervals.resampled(table, macro, draws=400).low > true + 1e-9 for table in tables]
    assert np.mean(above) <= 0.065


@pytest.mark.parametrize(("true", "n"), [(0.75, 200), (0.9, 300), (0.97, 500)])
def test_wilson_covers_the_truth_as_often_as_it_says(true: float, n: int) -> None:
    hits = np.random.default_rng(1).binomial(n, true, size=4000)
    inside = [found.low <= true <= found.high for found in (intervals.wilson(int(k), n) for k in hits)]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.025)


def test_f1_covers_the_truth_as_often_as_it_says() -> None:
    """Cells drawn from a known confusion table, whose F1 is 2·0.3 / (2·0.3 + 0.1 + 0.05) = 0.8."""
    cells = np.random.default_rng(2).multinomial(400, [0.3, 0.1, 0.05, 0.55], size=3000)
    inside = []
    for tp, fp, fn, _ in cells.tolist():
        found = intervals.f1_of(intervals.wilson(tp, tp + fp + fn))
        inside.append(found.low <= 0.8 <= found.high)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.03)


def test_delong_covers_the_truth_as_often_as_it_says() -> None:
    """Two normal classes one standard deviation apart: the area is Φ(1/√2)."""
    rng, true, inside = np.random.default_rng(4), stats.norm.cdf(1 / math.sqrt(2)), []
    positive = np.arange(300) < 100
    for _ in range(800):
        _, found = intervals.auc(rng.normal(size=300) + positive, positive)
        inside.append(found.low <= true <= found.high)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.035)
