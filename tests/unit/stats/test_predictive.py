"""How well a column tells the target: against scikit-learn and naive loops, on clean data and on planted leaks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, spearmanr
from sklearn.metrics import r2_score, roc_auc_score

from mlops_gates.stats import predictive
from mlops_gates.stats.ordering import ordered
from mlops_gates.stats.predictive import Feature, Power, Target, UndecidedError, halves, power, ranks, target_of

LIMIT = 0.98


def numbers(values: object) -> Feature:
    return Feature(np.asarray(values, dtype=np.float64), None)


def codes(values: object) -> Feature:
    return Feature(None, np.asarray(values).astype(np.uint64) + np.uint64(1))


def told(feature: Feature, target: Feature) -> Power:
    goal = target_of(target)
    return power(feature, goal, halves(np.arange(1, len(goal.kept) + 1))[goal.kept])


def low(found: Power) -> float:
    return found.interval.low if found.interval else found.value


def high(found: Power) -> float:
    return found.interval.high if found.interval else found.value


def answers(rng: np.random.Generator, n: int, share: float = 0.3) -> np.ndarray:
    return rng.random(n) < share


def naive(bins: list[int], values: list[int], y: list[float], half: list[bool]) -> list[float]:
    """What `expected` says, row by row: a value of one half by the other's, shrunk to its bin, shrunk to the mean."""
    found = []
    for bin_, value, mine in zip(bins, values, half, strict=True):
        there = [i for i in range(len(y)) if half[i] is not mine]
        mean = sum(y[i] for i in there) / len(there)
        in_bin, same = [i for i in there if bins[i] == bin_], [i for i in there if values[i] == value]
        of_bin = (sum(y[i] for i in in_bin) + mean) / (len(in_bin) + 1)
        rows = 4 if len(set(bins)) > 1 else 1
        found.append((sum(y[i] for i in same) + rows * of_bin) / (len(same) + rows) - mean)
    return found


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.booleans()), min_size=4, max_size=60))
def test_text_is_told_as_by_a_naive_loop(rows: list[tuple[int, bool, bool]]) -> None:
    values, y, half = (list(column) for column in zip(*rows, strict=True))
    if len(set(half)) < 2:
        return
    said = predictive.expected(codes(values), np.array(y, dtype=float)[:, None], np.array(half))
    assert said[:, 0] == pytest.approx(naive([0] * len(y), values, y, half), abs=1e-11)


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(-5, 5), st.booleans()), min_size=40, max_size=120))
@settings(max_examples=30)
def test_numbers_are_told_as_by_a_naive_loop(rows: list[tuple[int, float, bool]]) -> None:
    values, y, half = (list(column) for column in zip(*rows, strict=True))
    if len(set(half)) < 2:
        return
    many = max(2, min(64, len(values) // 16))
    place = {v: (sum(w < v for w in values) + sum(w == v for w in values) / 2) / len(values) for v in set(values)}
    bins = [min(int(place[v] * many + 1e-12), many - 1) for v in values]
    said = predictive.expected(numbers(values), np.array(y)[:, None], np.array(half))
    assert said[:, 0] == pytest.approx(naive(bins, values, y, half), abs=1e-9)


def test_the_area_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    y = answers(rng, 3000)
    text = rng.integers(0, 30, 3000) + 3 * y
    half = halves(np.arange(3000))
    goal = target_of(codes(y))
    said = predictive.expected(codes(text), goal.y, half)[:, 0]
    found = power(codes(text), goal, half)
    assert found.measure == "AUC"
    assert found.value == pytest.approx(roc_auc_score(goal.y[:, 0], said), abs=1e-12)
    assert low(found) < found.value < high(found)


def test_several_classes_are_the_mean_of_scikit_learns_areas() -> None:
    rng = np.random.default_rng(2)
    y = rng.integers(0, 4, 2000)
    x = y + rng.normal(size=2000) * 2
    goal, half = target_of(codes(y)), halves(np.arange(2000))
    said = predictive.expected(numbers(x), goal.y, half)
    found = power(numbers(x), goal, half)
    assert found.measure == "mean AUC of 4 classes"
    assert found.value >= np.mean([roc_auc_score(goal.y[:, k], said[:, k]) for k in range(4)]) - 1e-12


def test_a_quantity_is_scikit_learns_r2_of_ranks() -> None:
    rng = np.random.default_rng(3)
    y = rng.lognormal(size=2000)
    text = np.digitize(y, [0.5, 1, 2]) * 3 + rng.integers(0, 3, 2000)
    goal, half = target_of(numbers(y)), halves(np.arange(2000))
    truth = goal.y[:, 0]
    means = np.where(half, truth[~half].mean(), truth[half].mean())
    said = predictive.expected(codes(text), goal.y, half)[:, 0] + means
    assert power(codes(text), goal, half).value == pytest.approx(r2_score(truth, said), abs=1e-12)


PLANTED: dict[str, Callable[[np.random.Generator, np.ndarray], Feature]] = {
    "equal": lambda rng, y: codes(y),
    "renamed": lambda rng, y: numbers(np.where(y, -7.5, 3)),
    "noisy": lambda rng, y: numbers(y + rng.normal(size=len(y)) * 0.1),
    "flipped now and then": lambda rng, y: codes(np.where(rng.random(len(y)) < 0.003, ~y, y)),
    "monotone transform": lambda rng, y: numbers(np.exp(-20 * y + rng.random(len(y)))),
    "two-sided": lambda rng, y: numbers(np.where(y, rng.choice([-1, 1], len(y)) * rng.uniform(1, 2, len(y)), 0)),
    "code": lambda rng, y: codes(rng.integers(0, 50, len(y)) * 2 + y),
    "code in numbers": lambda rng, y: numbers(rng.permutation(400)[rng.integers(0, 200, len(y)) * 2 + y]),
    "missing": lambda rng, y: numbers(np.where(y, np.nan, rng.normal(size=len(y)))),
}


@pytest.mark.parametrize("leak", PLANTED)
def test_a_planted_leak_of_a_class_is_found(leak: str) -> None:
    rng = np.random.default_rng(4)
    y = answers(rng, 20_000)
    assert low(told(PLANTED[leak](rng, y), codes(y))) > LIMIT


def test_a_leak_of_a_rare_class_is_found() -> None:
    rng = np.random.default_rng(5)
    y = answers(rng, 50_000, 0.004)
    assert low(told(numbers(y * 3 + rng.normal(size=50_000) * 0.3), codes(y))) > LIMIT


QUANTITIES: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]] = {
    "equal": lambda rng, y: y,
    "noisy": lambda rng, y: y * np.exp(rng.normal(size=len(y)) * 0.02),
    "monotone": lambda rng, y: -np.log(y),
    "not monotone": lambda rng, y: (ranks(y) + 0.5) % 1,
}


@pytest.mark.parametrize("leak", QUANTITIES)
def test_a_planted_leak_of_a_quantity_is_found(leak: str) -> None:
    rng = np.random.default_rng(6)
    y = rng.lognormal(sigma=2, size=5000)
    assert low(told(numbers(QUANTITIES[leak](rng, y)), numbers(y))) > LIMIT


@pytest.mark.parametrize("n", [40, 150, 1000])
def test_clean_columns_are_not_flagged(n: int) -> None:
    """No interval of 100 clean columns reaches the limit, and few are wholly above a coin's 0.5."""
    rng, above = np.random.default_rng(7), 0
    for _ in range(25):
        y = codes(rng.permutation(n) % 3 == 0)
        clean = [
            numbers(rng.normal(size=n)),
            numbers(rng.poisson(3, n)),
            codes(rng.integers(0, 8, n)),
            codes(np.arange(n)),
        ]
        found = [told(feature, y) for feature in clean]
        assert max(map(high, found)) < LIMIT
        above += sum(low(one) > 0.5 for one in found)
        quantity = numbers(rng.normal(size=n))
        assert max(high(told(feature, quantity)) for feature in clean) < 0.5
    assert above <= 16


def test_a_column_just_at_the_limit_is_flagged_in_few_samples() -> None:
    """Two normal distributions with an area of just 0.98 (Bamber 1975), and two normal quantities with an R² of it."""
    rng, n, flagged, shift = np.random.default_rng(12), 1500, 0, 2**0.5 * norm.ppf(LIMIT)
    for _ in range(200):
        y = answers(rng, n, 0.4)
        flagged += low(told(numbers(rng.normal(size=n) + shift * y), codes(y))) > LIMIT
    assert flagged <= 14


def test_r2_covers_its_expectation() -> None:
    """Of a code with 4 values and uniform noise: the ranks are known, so is the share that the code explains."""
    rng, n, missed = np.random.default_rng(13), 1500, 0
    for _ in range(200):
        code = rng.integers(0, 4, n)
        found = told(codes(code), numbers(code + rng.random(n) * 0.9))
        missed += not low(found) - 1e-3 <= 15 / 16 <= high(found) + 1e-3
    assert missed <= 25


def test_the_order_of_clean_ids_is_not_flagged() -> None:
    rng = np.random.default_rng(8)
    for _ in range(100):
        y, x = target_of(codes(answers(rng, 200, 0.4))), rng.permutation(200).astype(float)
        found = ordered(x, y)
        assert found is not None
        assert high(found) < 0.75
        quantity = ordered(x, target_of(numbers(rng.normal(size=200))))
        assert quantity is not None
        assert high(quantity) < 0.75


def test_order_is_scikit_learns_area_and_scipys_rho() -> None:
    rng = np.random.default_rng(9)
    y = answers(rng, 500)
    x = rng.normal(size=500) - y
    found = ordered(x, target_of(codes(y)))
    assert found is not None
    area = roc_auc_score(y, x)
    assert area < 0.5
    assert found.value == pytest.approx(1 - area, abs=1e-12)
    assert 0.5 <= low(found) <= found.value <= high(found) <= 1
    q = rng.normal(size=500) - x
    rho = ordered(x, target_of(numbers(q)))
    assert rho is not None
    assert rho.value == pytest.approx(abs(spearmanr(x, q).statistic), abs=1e-9)
    assert low(rho) < rho.value < high(rho)


def test_ids_in_the_order_of_the_classes_are_found() -> None:
    y = np.arange(100) >= 60
    for x in (np.arange(100.0), -np.arange(100.0)):
        found = ordered(x, target_of(codes(y)))
        assert found is not None
        assert found.value == 1.0
        assert low(found) > 0.75
    classes = ordered(np.arange(90.0), target_of(codes(np.arange(90) // 30)))
    assert classes is not None
    assert classes.value == pytest.approx(5 / 6)


def test_what_cannot_order_does_not() -> None:
    y = target_of(codes(np.arange(40) % 2))
    constant, empty = ordered(np.ones(40), y), ordered(np.full(40, np.nan), y)
    assert constant == empty == Power(0.5, "AUC", None)
    few = np.where(np.arange(40) < 12, np.arange(40.0), np.nan)
    assert ordered(few, y) is None


@pytest.mark.parametrize("feature", [np.full(200, np.nan), np.ones(200)])
def test_a_column_that_says_nothing_has_no_power(feature: np.ndarray) -> None:
    y = answers(np.random.default_rng(10), 200)
    assert told(numbers(feature), codes(y)).value == pytest.approx(0.5, abs=1e-9)
    assert told(numbers(feature), numbers(np.random.default_rng(1).normal(size=200))).value < 0.05


def test_unique_values_look_like_no_knowledge() -> None:
    y = answers(np.random.default_rng(11), 1000)
    assert told(codes(np.arange(1000)), codes(y)).value == 0.5


def test_other_names_of_a_class_are_the_same() -> None:
    y = np.arange(60) % 3
    found = told(codes((y + 1) % 3 * 10), codes(y))
    assert found == Power(1.0, "mean AUC of 3 classes", None, same=True)
    other = (y + 1) % 3
    other[7] = (other[7] + 1) % 3
    assert not told(codes(other), codes(y)).same


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (numbers([np.nan] * 5), "no values"),
        (codes([1] * 50), "one value only"),
        (codes([0] * 45 + [1] * 5), "fewer than two of its 2 values"),
        (codes(range(200)), "fewer than two of its 200 values"),
        (numbers(range(25)), "25 values are too few"),
    ],
)
def test_what_cannot_be_predicted_says_why(target: Feature, why: str) -> None:
    with pytest.raises(UndecidedError, match=why):
        target_of(target)


def test_rows_without_a_target_are_left_out() -> None:
    y = np.where(np.arange(60) < 20, np.nan, np.arange(60) % 2)
    goal = target_of(numbers(y))
    assert goal.kept.sum() == len(goal.y) == 40


@given(st.integers(0, 2**40), st.integers(100, 3000))
def test_halves_are_halves_and_stay_so(first: int, n: int) -> None:
    half = halves(np.arange(first, first + n))
    assert abs(half.mean() - 0.5) < 4 * 0.5 / n**0.5
    assert (halves(np.arange(first, first + n)[::-1]) == half[::-1]).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([np.exp, np.cbrt, lambda x: -x]))
@settings(max_examples=20)
def test_a_quantity_has_the_same_power_under_a_monotone_transform(
    seed: int, transform: Callable[..., np.ndarray]
) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=300)
    x = y + rng.normal(size=300)
    assert told(numbers(x), numbers(transform(y))).value == pytest.approx(told(numbers(x), numbers(y)).value, abs=0.03)


@given(st.integers(0, 2**32 - 1), st.integers(30, 200), st.integers(1, 60))
@settings(max_examples=40)
def test_every_power_is_a_share_within_its_interval(seed: int, n: int, different: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, different, n)
    for target in (codes(np.arange(n) % 2), numbers(rng.integers(0, 500, n)), codes(np.arange(n) % 3)):
        for feature in (numbers(x), codes(x), numbers(np.where(rng.random(n) < 0.3, np.nan, x))):
            found = told(feature, target)
            assert 0 <= low(found) <= found.value <= high(found) <= 1


def test_a_target_keeps_its_classes_in_the_order_of_their_size() -> None:
    goal: Target = target_of(codes([0] * 10 + [1] * 30 + [2] * 20 + [3] * 3))
    assert goal.y.sum(axis=0).tolist() == [30, 20, 10]
