from __future__ import annotations

import dataclasses
import math
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.stats.drift import Drift, Effect, Limits, compare
from mlops_gates.stats.tallies import PROBABILITIES, Categories, Numbers, Tally, edges_around

DEFAULTS = Limits()


def numbers(values: np.ndarray, edges: tuple[float, ...], nulls: int = 0) -> Numbers:
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    moments = (values.mean(), values.std(ddof=1), values.min(), values.max()) if len(values) else (None,) * 4
    return Numbers(edges, tuple(counts.tolist()), nulls, *(None if x is None else float(x) for x in moments))


def both(before: np.ndarray, now: np.ndarray, nulls: tuple[int, int] = (0, 0)) -> tuple[Numbers, Numbers]:
    quantiles = np.quantile(before, PROBABILITIES, method="inverted_cdf").tolist()
    edges = edges_around(quantiles, float(before.min()), float(before.max()))
    return numbers(before, edges, nulls[0]), numbers(now, edges, nulls[1])


def one(reference: Tally, current: Tally, limits: Limits = DEFAULTS, **more) -> Drift:
    (found,) = compare([("x", reference, current)], limits, **more)
    return found


def effect(drift: Drift, name: str) -> Effect:
    return next(effect for effect in drift.effects if effect.name == name)


def normals(shift: float = 0.0, factor: float = 1.0, n: int = 1000, m: int = 1000) -> tuple[Numbers, Numbers]:
    rng = np.random.default_rng(11)
    return both(rng.normal(0, 1, n), rng.normal(shift, factor, m))


def test_no_drift() -> None:
    found = one(*normals())
    assert (found.drifted, found.reason, found.n_reference, found.n_current) == (False, "", 1000, 1000)
    assert {e.name for e in found.effects} == {"wasserstein", "ks", "js", "psi"}
    assert not any(e.drifted for e in found.effects)


def test_a_shift_is_drift_and_the_worst_effect_says_so() -> None:
    found = one(*normals(shift=0.4))
    assert found.drifted
    assert effect(found, "wasserstein").value == pytest.approx(0.4, abs=0.08)
    assert effect(found, "ks").value == pytest.approx(0.159, abs=0.04)
    assert found.worst is effect(found, "wasserstein")
    assert found.worst.ratio == found.worst.value / 0.1


def test_a_wider_spread_is_drift_before_ks_sees_it() -> None:
    """Mood's test of the ranks needs a fraction of the rows that Kolmogorov and Smirnov's needs."""
    found = one(*normals(factor=1.25, n=300, m=300))
    assert effect(found, "wasserstein").drifted
    assert effect(found, "wasserstein").p < effect(found, "ks").p / 100


def test_a_significant_trifle_is_no_drift() -> None:
    found = one(*normals(shift=0.04, n=200_000, m=200_000))
    assert effect(found, "ks").adjusted < 1e-6
    assert found.drifted is False


def test_a_large_effect_of_chance_is_no_drift() -> None:
    found = one(*normals(n=60, m=60), min_rows=50)
    assert effect(found, "wasserstein").value > 0.1 or effect(found, "ks").value > 0.1
    assert found.drifted is False


def test_many_columns_ask_for_more() -> None:
    pair, calm = normals(shift=0.15), normals()
    alone = one(*pair)
    among = compare([("x", *pair), *((f"c{i}", *calm) for i in range(300))])
    assert alone.drifted and not among[0].drifted
    assert effect(among[0], "ks").p == effect(alone, "ks").p
    assert effect(among[0], "ks").adjusted > effect(alone, "ks").adjusted
    assert [drift.column for drift in among][:2] == ["x", "c0"]


def test_a_few_values_far_outside() -> None:
    rng = np.random.default_rng(3)
    before, now = rng.normal(0, 1, 2000), rng.normal(0, 1, 2000)
    now[:20] = -999
    found = one(*both(before, now))
    assert found.drifted and effect(found, "wasserstein").drifted and not effect(found, "ks").drifted


def test_few_values_are_compared_one_by_one() -> None:
    """4 and 6 of 0-10 change places with 5: no shift, little spread, and D below what its test could see."""
    before, now = np.tile([4.0, 5.0, 6.0, 5.0], 100), np.tile([4.0, 5.0, 6.0, 4.0], 100)
    found = one(*both(before, now))
    assert effect(found, "ks").value == pytest.approx(0.25)
    assert found.drifted
    assert effect(found, "ks").p < 1e-10


def test_other_shares_of_categories() -> None:
    before, now = Categories((("a", 500), ("b", 500))), Categories((("a", 700), ("b", 300)))
    found = one(before, now)
    assert found.drifted and found.worst.name == "js"
    assert found.worst.value == pytest.approx(0.174084, abs=1e-6)
    assert one(before, before).drifted is False
    assert {e.name for e in found.effects} == {"js", "psi", "new", "vanished"}


def test_a_new_and_a_vanished_category() -> None:
    before = Categories((("a", 960), ("b", 40)))
    now = Categories((("a", 960), ("c", 25), ("d", 1)))
    found = one(before, now)
    assert effect(found, "new").drifted and effect(found, "vanished").drifted
    assert effect(found, "new").values == (("c", 25),)
    assert effect(found, "new").value == 26 / 986
    assert effect(found, "vanished").values == (("b", 40),)
    assert effect(found, "new").ratio == math.inf


def test_a_rare_value_that_a_small_reference_lacks_is_no_alarm() -> None:
    found = one(Categories((("a", 250),)), Categories((("a", 5000), ("b", 12))))
    assert found.drifted is False
    assert effect(found, "new").value > 0 and effect(found, "new").p > 0.3
    assert one(Categories((("a", 5000),)), Categories((("a", 5000), ("b", 12)))).drifted


def test_a_list_cut_short_knows_no_new_values() -> None:
    found = one(Categories((("a", 900),), other=100), Categories((("a", 900), ("b", 100))))
    assert "new" not in {e.name for e in found.effects}
    assert found.drifted is False


def test_nulls() -> None:
    found = one(*both(np.arange(1000.0), np.arange(950.0), (0, 50)))
    assert effect(found, "nulls").drifted
    assert effect(found, "nulls").value == pytest.approx(0.16, abs=0.01)
    calm = one(*both(np.arange(1000.0), np.arange(1000.0), (100, 104)))
    assert calm.drifted is False and effect(calm, "nulls").p > 0.5


@pytest.mark.parametrize("other", [7.5, 6.5, -1e300, 7.000001])
def test_a_constant_that_becomes_another(other: float) -> None:
    found = one(*both(np.full(300, 7.0), np.full(300, other)))
    assert found.drifted
    assert effect(found, "wasserstein").value == pytest.approx(2) and effect(found, "new").value == 1


@pytest.mark.parametrize("other", [6.0, 8.0])
def test_other_values_of_a_constant(other: float) -> None:
    now = np.full(50_000, 7.0)
    now[:30] = other
    found = one(*both(np.full(50_000, 7.0), now))
    assert effect(found, "new").drifted and effect(found, "new").value == 30 / 50_000
    now[2:] = 7.0
    assert one(*both(np.full(50_000, 7.0), now)).drifted is False
    assert one(*both(np.full(300, 7.0), np.full(300, 7.0))).drifted is False


def test_a_constant_of_one_bin() -> None:
    before, now = Numbers((), (300,), 0, 7.0, 0.0, 7.0, 7.0), Numbers((), (300,), 0, 6.0, 0.0, 6.0, 6.0)
    assert one(before, now).drifted
    assert one(before, before).drifted is False


def test_too_few_rows() -> None:
    found = one(*normals(shift=3, n=5000, m=199))
    assert (found.drifted, found.reason) == (None, "199 rows in the current data, 200 are needed")
    assert effect(found, "ks").value > 0.8 and effect(found, "ks").adjusted is None
    assert not found.worst.drifted
    assert one(*normals(shift=3, n=5000, m=199), min_rows=100).drifted


def test_the_undecided_take_no_part_in_the_adjustment() -> None:
    pair, small = normals(shift=0.15), normals(m=100)
    among = compare([("x", *pair), *((f"c{i}", *small) for i in range(300))])
    assert effect(among[0], "ks").adjusted == effect(one(*pair), "ks").adjusted
    assert {drift.drifted for drift in among[1:]} == {None}


def test_few_values_among_many_rows() -> None:
    few = both(np.arange(1000.0), np.arange(50.0), (9000, 9950))
    found = one(*few)
    assert (found.drifted, found.reason) == (True, "") and effect(found, "nulls").drifted
    found = one(*both(np.arange(50.0), np.arange(50.0), (950, 950)))
    assert (found.drifted, found.reason) == (None, "50 values in the reference, 200 are needed")


def test_nulls_only() -> None:
    none, some = Numbers((), (0,), 1000), Numbers((), (1000,), 0, 1.0, 0.5, 0.0, 2.0)
    assert one(none, none).drifted is False
    assert one(none, some).drifted and one(some, none).drifted
    assert one(Categories((), 0, 500), Categories((), 0, 500)).drifted is False


def test_no_rows() -> None:
    nothing, some = Categories(()), Categories((("a", 500),))
    assert one(nothing, some).reason == "0 rows in the reference, 200 are needed"
    assert one(some, nothing, min_rows=0).reason == "0 rows in the current data, 1 are needed"
    assert (one(nothing, nothing).drifted, one(nothing, nothing).worst) == (None, None)
    assert compare([]) == ()


def test_numbers_against_categories() -> None:
    found = one(Numbers((), (500,), 0, 1.0, 0.0, 1.0, 1.0), Categories((("1", 500),)))
    assert (found.drifted, found.reason, found.effects) == (None, "one side holds numbers, the other categories", ())


def test_other_edges_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="edges of x differ"):
        one(Numbers((1.0,), (300, 300)), Numbers((2.0,), (300, 300)))


def test_limits_of_ones_own() -> None:
    pair = normals(shift=0.4)
    loose = Limits(wasserstein=1, ks=1)
    assert one(*pair, loose).drifted is False
    assert one(*pair, Limits(wasserstein=None, ks=None)).drifted is False
    found = one(*pair, dataclasses.replace(loose, psi=0.1))
    assert found.drifted and found.worst.name == "psi" and found.worst.p < 1e-6
    assert effect(one(*pair), "psi").p is None


def test_alpha() -> None:
    pair = normals(shift=0.15)
    q = effect(one(*pair), "wasserstein").adjusted
    assert one(*pair, alpha=q).drifted and not one(*pair, alpha=q * 0.999).drifted


COUNT = st.integers(0, 5000)
FLOATS = st.one_of(st.none(), st.floats())


@st.composite
def any_pair(draw: st.DrawFn) -> tuple[Tally, Tally]:
    if draw(st.booleans()):
        names = st.lists(st.text(max_size=2), unique=True, max_size=6)
        sides = [Categories(tuple((v, draw(COUNT)) for v in draw(names)), draw(COUNT), draw(COUNT)) for _ in range(2)]
        return sides[0], sides[1]
    finite = st.floats(allow_nan=False, allow_infinity=False)
    edges = tuple(sorted(draw(st.sets(finite, max_size=12))))
    made = []
    for _ in range(2):
        counts = tuple(draw(st.lists(COUNT, min_size=len(edges) + 1, max_size=len(edges) + 1)))
        made.append(Numbers(edges, counts, draw(COUNT), *(draw(FLOATS) for _ in range(4))))
    return made[0], made[1]


@given(any_pair(), st.integers(0, 300))
def test_never_nan_and_always_an_answer(pair: tuple[Tally, Tally], min_rows: int) -> None:
    found = one(*pair, Limits(psi=0.2), min_rows=min_rows)
    assert (found.drifted is None) == bool(found.reason)
    for e in found.effects:
        assert 0 <= e.value < math.inf
        assert e.name not in {"ks", "js", "nulls", "new", "vanished"} or e.value <= 1
        assert all(p is None or 0 <= p <= 1 for p in (e.p, e.adjusted))


@given(any_pair())
def test_a_column_never_drifts_from_itself(pair: tuple[Tally, Tally]) -> None:
    found = one(pair[0], pair[0], Limits(psi=0.2), min_rows=1)
    assert not found.drifted
    assert all(e.value == 0 for e in found.effects)


def test_it_is_fast_and_loads_no_numpy() -> None:
    pair = normals(shift=0.1, n=20_000, m=20_000)
    columns = [(f"c{i}", *pair) for i in range(200)]
    fastest = math.inf
    for _ in range(5):
        start = time.process_time()
        compare(columns)
        fastest = min(fastest, time.process_time() - start)
    assert fastest / len(columns) < 0.001
    for name in ("drift", "tallies", "distances", "significance", "special", "adjust"):
        assert not hasattr(sys.modules[f"mlops_gates.stats.{name}"], "np")
