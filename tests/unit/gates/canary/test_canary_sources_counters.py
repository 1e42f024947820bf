"""Growth of counters: whole, without gaps between intervals, over restarts and late births."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.adapters.prometheus import Series
from mlops_gates.gates.canary.sources.counters import Growth, Unreadable, grown, growth, whole


def test_growth_is_from_the_last_sample_before_the_start_to_the_last_within():
    points = [(0, 5), (15, 7), (30, 10), (45, 12), (60, 20), (75, 90)]
    assert growth(points, 20, 60, born=False) == Growth(13, 0)


def test_a_restart_counts_what_came_after_it():
    assert growth([(0, 100), (15, 110), (30, 4), (45, 9)], 0, 60, born=False) == Growth(19, 1)


def test_two_restarts_in_one_interval():
    assert growth([(0, 100), (15, 3), (30, 1), (45, 2)], 0, 60, born=False) == Growth(5, 2)


def test_a_restart_to_exactly_the_same_value_cannot_be_seen_and_adds_nothing():
    assert growth([(0, 3), (15, 3)], 0, 60, born=False) == Growth(0, 0)


def test_no_sample_in_the_interval_is_silence_and_no_zero():
    assert growth([(0, 5)], 10, 60, born=False) is None
    assert growth([], 10, 60, born=True) is None
    assert growth([(10, 5)], 10, 60, born=False) is None
    assert growth([(60, 5)], 10, 60, born=False) == Growth(0, 0)


def test_what_first_comes_in_the_interval_has_no_base_unless_it_was_born_there():
    assert growth([(30, 5), (45, 8)], 0, 60, born=False) == Growth(3, 0)
    assert growth([(30, 5), (45, 8)], 0, 60, born=True) == Growth(8, 0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_what_no_counter_says_is_an_error(value):
    with pytest.raises(Unreadable, match="negative or not a finite number"):
        growth([(0, 5), (15, value)], 0, 60, born=False)


def test_a_code_that_is_first_seen_later_than_its_process_counts_from_zero():
    fine = Series({"job": "a", "instance": "1", "code": "200"}, ((0, 50), (15, 60), (30, 70)))
    errors = Series({"job": "a", "instance": "1", "code": "500"}, ((30, 4),))
    other = Series({"job": "a", "instance": "2", "code": "200"}, ((30, 900),))
    assert [amount.amount for _, amount in grown([fine, errors, other], 0, 60)] == [20, 4, 0]


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 50), st.booleans()), min_size=1, max_size=40),
    st.integers(5, 60),
)
def test_intervals_add_up_to_all_that_was_counted(steps, width):
    """Whatever restarts come, the parts are the whole: no request is lost or seen twice at an edge."""
    at, value, points, counted = 0, 0, [(0.0, 0.0)], 0
    for gap, more, restart in steps:
        at += gap
        value = more if restart and more < value else value + more
        counted += more
        points.append((float(at), float(value)))
    parts = [growth(points, start, start + width, born=False) for start in range(0, at + width, width)]
    assert sum(part.amount for part in parts if part) == counted


@pytest.mark.parametrize("amount", [0.5, -1, math.nan, math.inf, 1e7 + 0.5])
def test_half_a_request_is_none(amount):
    with pytest.raises(Unreadable):
        whole(amount)


def test_series_that_are_labelled_anew_bring_no_growth_of_their_whole_life():
    def series(points, **labels):
        return Series({"job": "a", "instance": "1", **labels}, tuple(points))

    old = [series([(0, 900_000), (15, 900_040)], code="200"), series([(0, 9_000), (15, 9_001)], code="500")]
    new = [
        series([(30, 900_060), (45, 900_080)], code="200", team="x"),
        series([(30, 9_001), (45, 9_002)], code="500", team="x"),
        series([(45, 3)], code="503", team="x"),
    ]
    assert [one.amount for _, one in grown([*old, *new], 0, 60)] == [40, 1, 20, 1, 3]


CODES = ("200", "500", "503")


@given(
    st.lists(
        st.tuples(st.integers(9, 30), *[st.sampled_from((0, 0, 1, 4))] * 2, st.integers(0, 9)), min_size=9, max_size=30
    )
)
def test_restarts_that_can_be_seen_are_counted_as_they_were_or_refused(scrapes):
    """A process with three codes, of which the rare ones are not there until their first request; it restarts now and then."""
    now, last = dict.fromkeys(CODES, 0), dict.fromkeys(CODES, 0)
    points, counted = {code: [] for code in CODES}, []
    for at, (*more, luck) in enumerate(scrapes):
        restarted = luck == 0 and at > 0
        if restarted:
            now = dict.fromkeys(CODES, 0)
        now = {code: now[code] + new for code, new in zip(CODES, more, strict=True)}
        if restarted and not any(0 < now[code] < last[code] for code in CODES):
            return  # all came further than before, or are gone: nobody can see that
        for code in CODES:
            if now[code]:
                points[code].append((15.0 * at, float(now[code])))
        last = now if restarted else {code: now[code] or last[code] for code in CODES}
        counted.append(dict(zip(CODES, more, strict=True)))
    every = [Series({"job": "m", "instance": "1", "code": code}, tuple(points[code])) for code in CODES if points[code]]
    for start in range(0, 15 * len(scrapes), 60):
        try:
            found = grown(every, start, start + 60, ("code",))
        except Unreadable:
            continue
        said = {one.labels["code"]: amount.amount for one, amount in found}
        within = counted[start // 15 + 1 : start // 15 + 5]
        assert said == {code: sum(one[code] for one in within) for code in said}
