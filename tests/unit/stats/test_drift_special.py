from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from mlops_gates.stats.adjust import benjamini_hochberg, bonferroni
from mlops_gates.stats.special import (
    chi_square_survival,
    gamma_upper,
    hypergeometric_survival,
    kolmogorov_survival,
)

DEGREES = (1, 2, 3, 5, 9, 10, 63, 64, 500, 2000)
STATISTICS = (1e-9, 0.01, 0.5, 1, 3.841, 10, 40, 63.5, 64.5, 120, 600, 1200, 2100)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("statistic", STATISTICS)
def test_chi_square_is_scipys(degrees: int, statistic: float) -> None:
    assert chi_square_survival(statistic, degrees) == pytest.approx(stats.chi2.sf(statistic, degrees), rel=1e-9)


@given(st.floats(0.5, 500), st.floats(0, 2000))
def test_gamma_is_scipys(a: float, x: float) -> None:
    assert gamma_upper(a, x) == pytest.approx(special.gammaincc(a, x), rel=1e-8, abs=1e-250)


def test_chi_square_of_the_tables() -> None:
    assert chi_square_survival(3.841459, 1) == pytest.approx(0.05, abs=1e-7)
    assert chi_square_survival(18.307038, 10) == pytest.approx(0.05, abs=1e-7)
    assert (chi_square_survival(5, 0), chi_square_survival(0, 3)) == (1.0, 1.0)


@given(st.floats(0, 20))
def test_kolmogorov_is_scipys(x: float) -> None:
    assert kolmogorov_survival(x) == pytest.approx(special.kolmogorov(x), rel=1e-9, abs=1e-13)


@given(
    st.integers(1, 5000).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n), st.integers(-1, n + 1))
    )
)
def test_hypergeometric_is_scipys(drawn: tuple[int, int, int, int]) -> None:
    total, good, draws, hits = drawn
    known = stats.hypergeom.sf(hits - 1, total, good, draws)
    assert hypergeometric_survival(hits, draws, good, total) == pytest.approx(known, rel=1e-8, abs=1e-11)


def test_hypergeometric_of_millions() -> None:
    """Three of three from the half of two millions; then a tail far out, which is no 0."""
    assert hypergeometric_survival(3, 3, 10**6, 2 * 10**6) == pytest.approx(0.125, rel=1e-5)
    known = stats.hypergeom.logsf(1299, 2 * 10**6, 10**6, 2000)
    assert hypergeometric_survival(1300, 2000, 10**6, 2 * 10**6) == pytest.approx(2.718281828459045**known, rel=1e-4)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_benjamini_hochberg_is_scipys(p_values: list[float]) -> None:
    assert benjamini_hochberg(p_values) == pytest.approx(list(stats.false_discovery_control(p_values)), abs=1e-15)


def test_benjamini_hochberg_of_the_paper() -> None:
    """The fifteen p-values of Benjamini & Hochberg 1995, section 3.2: four are below 0.05, as in statsmodels."""
    p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
        0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    known = [
        0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714, 0.06385714, 0.0645,
        0.0765, 0.486, 0.58118182, 0.714875, 0.75323077, 0.81321429, 1.0,
    ]  # fmt: skip
    assert benjamini_hochberg(p_values) == pytest.approx(known, abs=1e-8)
    assert benjamini_hochberg(p_values[::-1]) == pytest.approx(known[::-1], abs=1e-8)


def test_nothing_to_adjust() -> None:
    assert benjamini_hochberg([]) == ()
    assert benjamini_hochberg([0.03]) == (0.03,)
    assert (bonferroni(0.01, 4), bonferroni(0.5, 4)) == (0.04, 1.0)
