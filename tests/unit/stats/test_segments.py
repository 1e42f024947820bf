"""Weak segments: what is planted is found, what is not there is not, and the numbers are those of scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from mlops_gates.stats.adjust import benjamini_hochberg
from mlops_gates.stats.segments import Coded, Segment, Weakness, rows_of, weakest, weights

pytestmark = pytest.mark.acceptance

RUNS = 200


def table(rng: np.random.Generator, n: int) -> list[Coded]:
    """Six columns in fifths, four of two to five values, one of ten: thousands of segments."""
    return [Coded(rng.integers(0, bins, n), bins) for bins in (5, 5, 5, 5, 5, 5, 2, 3, 4, 5, 10)]


def found_in(
    rng: np.random.Generator, columns: list[Coded], losses: NDArray[np.float64]
) -> list[tuple[Weakness, float]]:
    first = rng.permutation(len(losses)) < len(losses) // 2
    found = weakest(columns, losses, first, 50, 10)
    return list(zip(found, benjamini_hochberg([one.p for one in found], weights(len(found))), strict=True))


@pytest.mark.acceptance
@pytest.mark.parametrize(("n", "wrong"), [(300, 0.05), (300, 0.3), (2000, 0.02), (2000, 0.2)])
def test_where_nothing_is_an_alarm_is_rare(n: int, wrong: float) -> None:
    by_chance = by_interval = 0
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        found = found_in(rng, table(rng, n), (rng.random(n) < wrong).astype(float))
        by_chance += any(p <= 0.05 for _, p in found)
        by_interval += any(one.interval.low > 0 for one, _ in found)
    assert by_chance / RUNS <= 0.05
    assert by_interval / RUNS <= 0.05


@pytest.mark.parametrize("heavy", [0.5, 1.2])
def test_heavy_losses_of_a_regression_alarm_rarely(heavy: float) -> None:
    alarms = 0
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        found = found_in(rng, table(rng, 600), rng.lognormal(0, heavy, 600))
        alarms += any(p <= 0.05 or one.interval.low > 0 for one, p in found)
    assert alarms / RUNS <= 0.05


@pytest.mark.parametrize("wrong", [0.1, 0.2])
@pytest.mark.parametrize("at", [(10,), (0, 6)])
def test_a_planted_segment_of_a_tenth_is_found(at: tuple[int, ...], wrong: float) -> None:
    """10 % of 2,000 rows with 20 points more wrong answers."""
    hits = 0
    for seed in range(RUNS):
        rng = np.random.default_rng(1_000 + seed)
        columns = table(rng, 2000)
        inside = np.logical_and.reduce([columns[place].codes == 0 for place in at])
        losses = (rng.random(2000) < np.where(inside, wrong + 0.2, wrong)).astype(float)
        found = found_in(rng, columns, losses)
        hits += any(p <= 0.05 and set(at) & set(one.segment.columns) for one, p in found)
    assert hits / RUNS >= 0.9


def test_intervals_hold_together() -> None:
    """The true gaps of what was chosen for looking worst are inside, all of them, in nine of ten runs."""
    held = 0
    for seed in range(RUNS):
        rng = np.random.default_rng(2_000 + seed)
        columns = table(rng, 2000)
        truth = 0.15 + 0.25 * (columns[6].codes == 0) * (columns[7].codes == 1)
        found = found_in(rng, columns, (rng.random(2000) < truth).astype(float))
        gaps = []
        for one, _ in found:
            inside = rows_of(one.segment, columns)
            gaps.append(truth[inside].mean() - truth[~inside].mean())
        held += all(one.interval.low <= gap <= one.interval.high for (one, _), gap in zip(found, gaps, strict=True))
    assert held / RUNS >= 0.87


@pytest.mark.acceptance
def test_p_is_fishers_and_the_interval_newcombes() -> None:
    rng = np.random.default_rng(5)
    columns = [Coded(rng.integers(0, 2, 400), 2)]
    losses = (rng.random(400) < 0.2 + 0.2 * columns[0].codes).astype(float)
    first = np.arange(400) % 2 == 0
    (found,) = weakest(columns, losses, first, 50, 10)
    inside = rows_of(found.segment, columns)[~first]
    kept = losses[~first]
    cells = [[int((kept[side] == one).sum()) for one in (1, 0)] for side in (inside, ~inside)]
    assert found.p == pytest.approx(stats.fisher_exact(cells, alternative="greater").pvalue)
    proportion = pytest.importorskip("statsmodels.stats.proportion", reason="statsmodels is not in every environment")
    low, high = proportion.confint_proportions_2indep(
        cells[0][0], sum(cells[0]), cells[1][0], sum(cells[1]), method="newcomb", alpha=0.1
    )
    assert (found.interval.low, found.interval.high) == (pytest.approx(low), pytest.approx(high))
    assert found.n == inside.sum()
    assert found.of == 200


def test_numbers_are_compared_as_by_welch() -> None:
    rng = np.random.default_rng(6)
    columns = [Coded(rng.integers(0, 2, 400), 2)]
    losses = rng.exponential(1 + columns[0].codes)
    first = np.arange(400) % 2 == 0
    (found,) = weakest(columns, losses, first, 50, 10)
    inside, kept = rows_of(found.segment, columns)[~first], losses[~first]
    test = stats.ttest_ind(kept[inside], kept[~inside], equal_var=False, alternative="two-sided")
    ends = test.confidence_interval(0.9)
    assert found.gap == pytest.approx(kept[inside].mean() - kept[~inside].mean())
    assert (found.interval.low, found.interval.high) == (
        pytest.approx(ends.low, abs=1e-4),
        pytest.approx(ends.high, abs=1e-4),
    )
    assert found.p == pytest.approx(test.pvalue / 2, rel=0.05)


def test_the_worst_of_many_rows_comes_before_the_surest() -> None:
    """A small segment that is always wrong, beside a large one that is a little worse."""
    rng = np.random.default_rng(7)
    columns = [Coded(rng.integers(0, 2, 40_000), 2), Coded(rng.integers(0, 100, 40_000), 100)]
    truth = 0.1 + 0.1 * columns[0].codes + 0.6 * (columns[1].codes == 3)
    found = found_in(rng, columns, (rng.random(40_000) < truth).astype(float))
    assert 1 in found[0][0].segment.columns
    assert found[0][0].inside > 0.6


def test_the_same_rows_are_told_once() -> None:
    rng = np.random.default_rng(8)
    codes = rng.integers(0, 4, 2000)
    columns = [Coded(codes, 4), Coded(3 - codes, 4)]
    found = found_in(rng, columns, (rng.random(2000) < np.where(codes == 0, 0.9, 0.1)).astype(float))
    assert found[0][0].segment == Segment((0,), (0,), found[0][0].segment.score)
    assert sum(bool((rows_of(one.segment, columns) & (codes == 0)).any()) for one, _ in found) == 1


@pytest.mark.parametrize("loss", [0.0, 1.0, 0.37])
def test_losses_that_are_all_one_have_no_gap(loss: float) -> None:
    rng = np.random.default_rng(9)
    for one, p in found_in(rng, table(rng, 400), np.full(400, loss)):
        assert one.gap == pytest.approx(0)
        assert p == 1


def test_nothing_to_cut_by_gives_nothing() -> None:
    losses, first = np.ones(400), np.arange(400) % 2 == 0
    assert weakest([], losses, first, 50, 10) == ()
    assert weakest([Coded(np.zeros(400, dtype=np.intp), 3)], losses, first, 50, 10) == ()
    assert weakest([Coded(np.arange(400), 400)], losses, first, 50, 10) == ()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(0, 4), st.sampled_from(["01", "0", "float"]))
def test_any_losses_and_columns_end_in_finite_numbers(seed: int, n: int, many: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    columns = [Coded(rng.integers(0, bins, n), bins + 1) for bins in rng.integers(1, 30, many).tolist()]
    losses = {"01": (rng.random(n) < 0.5).astype(float), "0": np.zeros(n), "float": rng.exponential(size=n).round(1)}
    for one in weakest(columns, losses[kind], rng.random(n) < 0.5, 10, 5):
        assert np.isfinite([one.gap, one.interval.low, one.interval.high, one.p]).all()
        assert one.interval.low <= one.gap + 1e-12
        assert one.gap <= one.interval.high + 1e-12
        assert 0 <= one.p <= 1
