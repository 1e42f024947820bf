from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from mlops_gates.stats import distances, significance
from mlops_gates.stats.tallies import PROBABILITIES, Categories, Numbers, aligned, deciles, edges_around

CELLS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=30)


def numbers(values: np.ndarray, edges: tuple[float, ...], nulls: int = 0) -> Numbers:
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return Numbers(
        edges, tuple(counts.tolist()), nulls, float(values.mean()), float(values.std(ddof=1)),
        float(values.min()), float(values.max()),
    )  # fmt: skip


def edges_of(values: np.ndarray, bins: int = 0) -> tuple[float, ...]:
    quantiles = np.quantile(values, np.arange(1, bins) / bins if bins else PROBABILITIES, method="inverted_cdf")
    return edges_around(quantiles.tolist(), float(values.min()), float(values.max()))


def both(reference: np.ndarray, current: np.ndarray, bins: int = 0) -> tuple[Numbers, Numbers]:
    edges = edges_of(reference, bins)
    return numbers(reference, edges), numbers(current, edges)


def test_psi_of_a_hand() -> None:
    """Shares 0.5/0.3/0.2 and 0.4/0.4/0.2: -0.1 ln 0.8 + 0.1 ln (4/3) = 0.05108."""
    cells = [(50, 40), (30, 40), (20, 20)]
    assert distances.population_stability(cells) == pytest.approx(0.0510826, abs=1e-7)
    assert distances.population_stability([(100, 99), (0, 1)]) == pytest.approx(
        0.01 * math.log(1 / 0.99) + 0.005 * math.log(2), abs=1e-12
    )


@given(CELLS)
def test_jensen_shannon_is_scipys(cells: list[tuple[int, int]]) -> None:
    found = distances.jensen_shannon(cells)
    before, now = [a for a, _ in cells], [b for _, b in cells]
    if sum(before) and sum(now):
        # scipy does not guard its sum of differences either: near 0 its root is noise of about 1e-8
        known = np.nan_to_num(distance.jensenshannon(before, now, base=2))
        assert found == pytest.approx(known, abs=1e-7)
    assert 0 <= found <= 1
    assert found == pytest.approx(distances.jensen_shannon([(b, a) for a, b in cells]), abs=1e-7)


@given(CELLS)
def test_effects_of_cells_are_bounded_and_0_for_equals(cells: list[tuple[int, int]]) -> None:
    psi = distances.population_stability(cells)
    assert psi >= 0 and math.isfinite(psi)
    assert psi == pytest.approx(distances.population_stability([(b, a) for a, b in cells]))
    same = [(a, 3 * a) for a, _ in cells if a]
    assert distances.jensen_shannon(same) == distances.population_stability(same) == 0
    assert significance.homogeneity_p(same) == 1
    assert 0 <= significance.homogeneity_p(cells) <= 1
    assert 0 <= significance.homogeneity_p(cells, ordered=True) <= 1


@pytest.mark.parametrize(("n", "m", "shift"), [(500, 500, 0.0), (2000, 700, 0.2), (5000, 5000, 0.05), (300, 4000, 1.0)])
def test_of_fine_bins_are_those_of_the_rows(n: int, m: int, shift: float) -> None:
    rng = np.random.default_rng(7)
    before, now = rng.normal(5, 2, n), rng.normal(5 + 2 * shift, 2.2, m)
    reference, current = both(before, now, 2048)
    d = distances.kolmogorov_smirnov(reference, current)
    known = stats.ks_2samp(before, now, method="asymp")
    assert d <= known.statistic + 1e-12
    assert d == pytest.approx(known.statistic, abs=1 / min(n, 2048) + 1e-9)
    w = stats.wasserstein_distance(before, now) / before.std(ddof=1)
    assert distances.wasserstein(reference, current) == pytest.approx(w, rel=0.1, abs=0.004)


@pytest.mark.parametrize("draw", ["normal", "lognormal", "uniform", "poisson"])
@pytest.mark.parametrize("factor", [1.0, 1.3])
def test_of_64_bins_are_near_those_of_the_rows(draw: str, factor: float) -> None:
    rng = np.random.default_rng(8)
    draws = {
        "normal": lambda n: rng.normal(0, 1, n),
        "lognormal": lambda n: rng.lognormal(0, 1, n),
        "uniform": lambda n: rng.uniform(0, 1, n),
        "poisson": lambda n: rng.poisson(3, n).astype(float),
    }
    before, now = draws[draw](3000), draws[draw](3000) * factor
    now = np.round(now) if draw == "poisson" else now
    reference, current = both(before, now)
    rows = stats.ks_2samp(before, now).statistic
    assert rows - 1 / 32 <= distances.kolmogorov_smirnov(reference, current) <= rows + 1e-12
    w = stats.wasserstein_distance(before, now) / before.std(ddof=1)
    assert distances.wasserstein(reference, current) == pytest.approx(w, rel=0.1, abs=0.01)


@pytest.mark.parametrize(("n", "m"), [(50, 50), (100, 100), (200, 5000), (1000, 1000)])
@pytest.mark.parametrize("times", [1.0, 1.36, 1.63, 2.2])
def test_ks_p_is_near_the_exact(n: int, m: int, times: float) -> None:
    """scipy's exact p at the same D; D takes steps only, so a few per cent of p and one step are what can be asked."""
    d = round(times * math.sqrt((n + m) / (n * m)) * math.lcm(n, m)) / math.lcm(n, m)
    exact = stats.distributions.kstwo.sf(d, round(n * m / (n + m)))
    assert significance.kolmogorov_smirnov_p(d, n, m) == pytest.approx(exact, rel=0.25)


def test_ks_p_keeps_its_level_at_64_edges() -> None:
    """Why the correction for few rows is justified: at the edges alone, p <= 0.05 is rarer than 5 %."""
    rng = np.random.default_rng(9)
    hits = 0
    for _ in range(1000):
        reference, current = both(rng.random(60), rng.random(60))
        d = distances.kolmogorov_smirnov(reference, current)
        hits += significance.kolmogorov_smirnov_p(d, 60, 60) <= 0.05
    assert 0.015 <= hits / 1000 <= 0.05


@given(st.lists(st.tuples(st.integers(30, 3000), st.integers(30, 3000)), min_size=3, max_size=12))
def test_homogeneity_is_scipys_where_no_cell_is_rare(cells: list[tuple[int, int]]) -> None:
    expected = stats.chi2_contingency(np.array(cells).T, correction=False)
    if expected.expected_freq.min() >= 10:
        assert significance.homogeneity_p(cells) == pytest.approx(expected.pvalue, rel=1e-8, abs=1e-200)


def test_rare_cells_become_one() -> None:
    def known(*merged: tuple[int, int]) -> float:
        return pytest.approx(stats.chi2_contingency(np.array(merged).T, correction=False).pvalue)

    few = [(5, 4), (3, 5), (2, 0), (3, 4)]
    assert significance.homogeneity_p([(50, 60), (40, 30), *few]) == known((50, 60), (40, 30), (13, 13))
    assert significance.homogeneity_p([(50, 60), (40, 30), (30, 38), (4, 4)]) == known((50, 60), (40, 30), (34, 42))
    neighbours = [(6, 5), (7, 8), (40, 30), (50, 60), (3, 4)]
    assert significance.homogeneity_p(neighbours, ordered=True) == known((13, 13), (40, 30), (53, 64))


def test_two_cells_are_compared_exactly() -> None:
    square = [[70, 30], [85, 15]]
    twice = 2 * min(stats.fisher_exact(square, side).pvalue for side in ("greater", "less"))
    assert significance.homogeneity_p([(70, 85), (30, 15)]) == pytest.approx(twice)


@pytest.mark.parametrize(
    "table", [(3, 50, 9, 60), (0, 100, 8, 100), (0, 300, 1, 300), (40, 80, 41, 90), (70, 80, 2, 9)]
)
def test_fisher_is_scipys(table: tuple[int, int, int, int]) -> None:
    hits, of, now, now_of = table
    square = [[now, now_of - now], [hits, of - hits]]
    greater = stats.fisher_exact(square, "greater").pvalue
    assert significance.more_often_p(*table) == pytest.approx(greater)
    less = stats.fisher_exact(square, "less").pvalue
    assert significance.share_p(*table) == pytest.approx(min(1, 2 * min(greater, less)))


def test_a_new_value_of_a_hand() -> None:
    """Two rows of 100, none among 300 before: (100/400) (99/399). Eight of 200 against 200: near 2 to the minus 8."""
    assert significance.more_often_p(0, 300, 2, 100) == pytest.approx(100 * 99 / (400 * 399))
    assert significance.more_often_p(0, 200, 8, 200) == pytest.approx(0.5**8, rel=0.1)
    assert significance.unseen([("a", 0), ("b", 1)], 10, 10) == [("b", 1, pytest.approx(0.5))]


def test_few_values_outside_the_range_are_seen() -> None:
    """Twelve -999 in 2,000 rows: D is 0.006 and sees nothing, the range does; in the mean they are far away."""
    rng = np.random.default_rng(3)
    before, now = rng.normal(0, 1, 2000), rng.normal(0, 1, 2000)
    now[:12] = -999
    reference, current = both(before, now)
    assert significance.kolmogorov_smirnov_p(distances.kolmogorov_smirnov(reference, current), 2000, 2000) > 0.1
    assert significance.outside_p(reference, current) < 0.002
    assert distances.wasserstein(reference, current) > 5


def test_edges_hold_the_range_in_bins_of_their_own() -> None:
    edges = edges_around([1.0, 2.0, 2.0, 3.0], 0.0, 5.0)
    assert edges == (-1e-300, 1.0, 2.0, 3.0, 5.0)
    assert edges_around([7.0] * 5, 7.0, 7.0) == (math.nextafter(7, 0), 7.0)
    assert edges_around([math.nan, math.inf, 1.5], 1.0, math.inf) == (math.nextafter(1, 0), 1.5)
    values = np.array([0.0, 0.0, 1.0, 5.0, -0.1, 5.1])
    assert numbers(values, edges).counts == (1, 3, 0, 0, 1, 1)


def test_probabilities_ascend_and_mirror() -> None:
    assert list(PROBABILITIES) == sorted(set(PROBABILITIES))
    assert (len(PROBABILITIES), PROBABILITIES[0], PROBABILITIES[4]) == (71, 1 / 1024, 1 / 64)
    assert [1 - p for p in PROBABILITIES[::-1]] == list(PROBABILITIES)


def test_deciles() -> None:
    assert deciles([0] + [1] * 64 + [0], [0] + [2] * 64 + [3])[-1] == (6, 15)  # and three beyond the range
    cells = deciles([10] * 64, [5] * 64)
    assert (len(cells), {a for a, _ in cells}) == (10, {60, 70})
    assert deciles([90, 5, 5], [1, 2, 3]) == [(90, 1), (10, 5)]
    assert deciles([0, 0], [4, 5]) == [(0, 9)]


def test_what_a_side_may_hide_is_compared_as_other() -> None:
    whole = Categories((("a", 500), ("b", 300), ("c", 20)))
    cut = Categories((("a", 450), ("d", 40)), other=30)
    assert aligned(whole, cut) == [(500, 450), (320, 70)]
    assert aligned(cut, whole) == [(450, 500), (70, 320)]
    assert aligned(whole, Categories((("a", 1), ("e", 2)))) == [(500, 1), (300, 0), (20, 0), (0, 2)]
    assert aligned(Categories((), other=9), whole) == [(9, 820)]


def test_the_luck_of_the_last_places_of_a_list_is_no_drift() -> None:
    """2,000 values as frequent as each other, of which a profile lists the 1,000 that came most often."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(60):
        sides = []
        for rows in (5000, 500):
            counts = rng.multinomial(rows, np.append(np.full(2000, 0.6 / 2000), [0.3, 0.1]))
            order = np.argsort(-counts)[:1000]
            listed = tuple((str(i), int(counts[i])) for i in order if counts[i])
            sides.append(Categories(listed, rows - sum(count for _, count in listed)))
        found.append(significance.homogeneity_p(aligned(*sides)))
    assert sum(p <= 0.05 for p in found) <= 8
    assert len(aligned(*sides)) == 3


def test_ranks_are_scipys() -> None:
    rng = np.random.default_rng(4)
    before, now = rng.poisson(4, 300), rng.poisson(5, 200)
    cells = list(zip(np.bincount(before, minlength=20).tolist(), np.bincount(now, minlength=20).tolist(), strict=True))
    shift, spread = significance.ranks_p(cells)
    known = stats.mannwhitneyu(before, now, method="asymptotic", use_continuity=False).pvalue
    assert shift == pytest.approx(known, rel=1e-9)
    before, now = rng.normal(0, 1, 300), rng.normal(0, 1.3, 200)
    order = np.argsort(np.concatenate([before, now]))
    cells = [(1, 0) if i < 300 else (0, 1) for i in order]
    shift, spread = significance.ranks_p(cells)
    assert spread == pytest.approx(stats.mood(before, now).pvalue, rel=1e-9)
    assert shift == pytest.approx(stats.mannwhitneyu(before, now, use_continuity=False).pvalue, rel=1e-9)
    assert significance.ranks_p([(5, 7)]) == significance.ranks_p([(5, 0), (3, 0)]) == (1, 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Numbers((1.0, 1.0), (1, 2, 3)),
        lambda: Numbers((1.0,), (1, 2, 3)),
        lambda: Numbers((1.0,), (1, -2)),
        lambda: Numbers((math.nan, 1.0), (1, 2, 3)),
        lambda: Categories((("a", 1), ("a", 2))),
        lambda: Categories((("a", -1),)),
        lambda: Categories((), other=-1),
    ],
)
def test_counts_that_are_none(make) -> None:
    with pytest.raises(ValueError, match=r"fit|ascend|twice|negative"):
        make()


def test_a_constant_has_the_deviation_of_both() -> None:
    sevens, eights = np.full(300, 7.0), np.full(300, 8.0)
    reference, current = both(sevens, eights)
    assert distances.wasserstein(reference, current) == pytest.approx(2)
    assert distances.kolmogorov_smirnov(reference, current) == 1
    assert distances.wasserstein(reference, reference) == 0
    mixed = np.where(np.arange(300) < 30, 8.0, 7.0)
    share, spread = 0.1, mixed.std(ddof=1)
    found = distances.wasserstein(*both(sevens, mixed))
    assert found == pytest.approx(share / math.hypot(spread / math.sqrt(2), share / 2))


def test_ranges_that_do_not_meet_are_apart_without_edges() -> None:
    reference = Numbers((), (300,), 0, 7.0, 0.0, 7.0, 7.0)
    current = Numbers((), (300,), 0, 6.0, 0.0, 6.0, 6.0)
    assert distances.kolmogorov_smirnov(reference, current) == 1
    assert significance.outside_p(reference, current) < 1e-80
    assert distances.wasserstein(reference, current) == pytest.approx(2)
