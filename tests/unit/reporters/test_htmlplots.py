"""What plots show stands where it belongs: coordinates, gaps, thinning, ticks."""

from __future__ import annotations

import dataclasses
import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlops_gates.findings import ColumnView, Interval, Limit, Line, Location, Measurement, Series
from mlops_gates.reporters import htmlmarks, htmlplots

from . import fixture

AT = Location("m.yml", 1)


def series(plot=(), lines=(), **more) -> Series:
    rows = len(plot) or len(lines[0].values)
    return Series(
        "m", ("look",), tuple((str(at),) for at in range(1, rows + 1)), tuple(plot), lines=tuple(lines), **more
    )


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def of(root: ElementTree.Element, tag: str, class_: str) -> list[ElementTree.Element]:
    return [one for one in root.iter(tag) if class_ in one.get("class", "").split()]


def height(path: ElementTree.Element) -> float:
    """Of a line from left to right."""
    return float(re.match(r"M[\d.]+ ([\d.]+)H", path.get("d", ""))[1])


def measurement(value=0.5, low=0.4, high=0.6, limit=(None, 0.5), **more) -> Measurement:
    interval = Interval(low, high, 0.95, "Wilson")
    return Measurement("r", "s", "n", value, "t", Limit(*limit, "at most", AT), interval=interval, **more)


def test_a_value_on_the_limit_lies_on_its_line() -> None:
    root = drawn(htmlmarks.interval(measurement()))
    (line,) = of(root, "path", "limit")
    (dot,) = of(root, "circle", "dot")
    assert line.get("d") == f"M{dot.get('cx')} 0V30"
    (beyond,) = of(root, "rect", "forbidden")
    assert beyond.get("x") == dot.get("cx")
    assert float(beyond.get("x")) + float(beyond.get("width")) == pytest.approx(220)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(-1e9, 1e9))
def test_left_is_less(value: float, below: float, above: float, limit: float) -> None:
    made = htmlmarks.interval(measurement(value, value - below, value + above, (limit, None)))
    assume(made)
    root = drawn(made)
    low, high = (float(one) for one in re.findall(r"M([\d.]+) 10V20", of(root, "path", "whisker")[0].get("d")))
    dot = float(of(root, "circle", "dot")[0].get("cx"))
    mark = float(re.match(r"M([\d.]+)", of(root, "path", "limit")[0].get("d"))[1])
    assert 4 <= low <= dot <= high <= 216
    assert (mark <= dot) if limit < value else (mark >= dot)


@pytest.mark.parametrize(
    "each",
    [
        measurement(value=None), measurement(value=math.nan), measurement(high=math.inf), measurement(limit=(None, None)),
        measurement(limit=(None, math.inf)), dataclasses.replace(measurement(), interval=None),
        dataclasses.replace(measurement(), limit=None), measurement(-1e308, -1.7e308, 1.7e308, (None, 1e308)),
    ],
)  # fmt: skip
def test_what_has_no_place_is_not_drawn(each: Measurement) -> None:
    made = htmlmarks.interval(each)
    assert not made or "nan" not in made.partition("</title>")[2]
    assert not made or "inf" not in re.sub('class="[^"]*"', "", made).partition("</title>")[2]


def test_both_tiers_are_marked() -> None:
    root = drawn(htmlmarks.interval(measurement(warn=Limit(None, 0.45, "warn", AT))))
    assert len(of(root, "path", "limit")) == len(of(root, "path", "warn")) == 1


def test_evidence_at_the_bound_lies_on_its_line() -> None:
    root = drawn(htmlplots.evidence(series((0.2, 2.0), bound=2.0, decides="rolls back")))
    bound = height(of(root, "path", "bound")[0])
    assert float(of(root, "circle", "point")[-1].get("cy")) == pytest.approx(bound, abs=0.01)
    assert of(root, "text", "bound-label")[0].text == "100 %: rolls back"
    assert float(of(root, "circle", "point")[0].get("cy")) > bound


def test_a_rate_at_the_limit_lies_on_its_line() -> None:
    lines = (Line("baseline", (0.01, 0.02)), Line("canary", (0.02, 0.05)))
    root = drawn(htmlplots.measured(series(lines=lines, unit="share", limit=0.05)))
    limit = height(of(root, "path", "limit")[0])
    baseline, canary = (of(root, "circle", f"l{at}") for at in range(2))
    assert float(canary[-1].get("cy")) == pytest.approx(limit, abs=0.01)
    assert float(baseline[0].get("cx")) == float(canary[0].get("cx")) < float(canary[1].get("cx"))
    assert float(baseline[1].get("cy")) == pytest.approx(float(canary[0].get("cy")), abs=0.01)
    assert [one.text for one in of(root, "text", "end")] == ["canary 5 %", "baseline 2 %"]


@given(st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(["share", "ms", ""]))
def test_ends_are_labelled_apart_from_each_other(values: list[float | None], unit: str) -> None:
    lines = tuple(Line(name, tuple(values)) for name in "abcd")
    made = htmlplots.measured(series(lines=lines, unit=unit, limit=0.5))
    assume(made)
    heights = [float(one.get("y")) for one in of(drawn(made), "text", "end")]
    assert len(heights) == 4
    assert all(after - before >= 12.9 for before, after in pairwise(heights))


def test_a_limit_that_is_far_off_does_not_flatten_the_lines() -> None:
    root = drawn(htmlplots.measured(series(lines=(Line("canary", (0.001, 0.002)),), unit="share", limit=0.5)))
    assert not of(root, "path", "limit")
    assert of(root, "text", "limit-label")[0].text == "↑ limit 50 %, beyond this plot"


def test_what_was_not_measured_is_a_gap() -> None:
    errors = fixture.canary().gates[0].series[0]
    for made, kind in ((htmlplots.evidence(errors), "l1"), (htmlplots.measured(errors), "l1")):
        assert len(of(drawn(made), "path", f"{kind}")) == 2
        assert len(of(drawn(made), "circle", kind)) == 4


def test_looks_in_which_the_bound_does_not_decide_yet_are_shaded() -> None:
    (shade,) = of(drawn(htmlplots.evidence(series((0.1, 0.2, 0.3, 0.4), since=3))), "rect", "early")
    points = of(drawn(htmlplots.evidence(series((0.1, 0.2, 0.3, 0.4), since=3))), "circle", "point")
    end = float(shade.get("x")) + float(shade.get("width"))
    assert float(points[1].get("cx")) < end < float(points[2].get("cx"))
    (all_,) = of(drawn(htmlplots.evidence(series((0.1, 0.2), since=9))), "rect", "early")
    assert float(all_.get("width")) == htmlplots.WIDTH - htmlplots.LEFT - htmlplots.RIGHT


@pytest.mark.parametrize(
    "each",
    [
        series((0.1,), bound=0.0), series((0.1,), bound=-1.0), series((0.1,), bound=math.nan), series((math.nan,)),
        dataclasses.replace(series((0.1,)), rows=()), series((0.1,), bound=math.inf),
        dataclasses.replace(series((0.1,)), plot=()),
    ],
)  # fmt: skip
def test_evidence_without_a_scale_is_not_drawn(each: Series) -> None:
    assert htmlplots.evidence(each) == ""


def test_a_long_series_keeps_its_extremes_and_stays_small() -> None:
    values = [math.sin(at / 300) / 4 for at in range(20_000)]
    values[7_777], values[12_345] = 1.0, -0.9
    made = htmlplots.evidence(series(values))
    assert len(made) < 12_000
    root = drawn(made)
    heights = [float(y) for y in re.findall(r"[\d.]+ ([\d.]+)", of(root, "path", "line")[0].get("d"))]
    assert min(heights) == pytest.approx(height(of(root, "path", "bound")[0]), abs=0.01)
    assert max(heights) == pytest.approx(htmlplots.HEIGHT - htmlplots.BOTTOM)


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=8),
    st.none() | st.floats(),
    st.floats(),
)
def test_any_number_is_drawn_inside_or_not_at_all(values: list[float], limit: float | None, bound: float) -> None:
    each = series(values, (Line("a", tuple(values)),), limit=limit, bound=bound, unit="ms")
    for made in filter(None, (htmlplots.evidence(each), htmlplots.measured(each))):
        for circle in drawn(made).iter("circle"):
            assert htmlplots.LEFT <= float(circle.get("cx")) <= htmlplots.WIDTH - htmlplots.RIGHT
            assert htmlplots.TOP <= float(circle.get("cy")) <= htmlplots.HEIGHT - htmlplots.BOTTOM


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12))
def test_ticks_are_few_even_and_inside(low: float, span: float) -> None:
    assume(htmlplots.Scale(low, low + span, 0, 1).drawable)
    ticks = htmlplots.ticks(low, low + span)
    assert 2 <= len(ticks) <= 6
    slack = 1e-9 * max(abs(low), span)
    assert all(low - slack <= one <= low + span + slack for one in ticks)


def test_a_spread_is_as_high_as_its_shares() -> None:
    root = drawn(htmlmarks.spread(ColumnView("c", "number", 3, (), (0.5, 0.25, 0.0), (0.25, 0.0, 0.5))))
    bars, outline = of(root, "rect", "bar"), of(root, "rect", "outline")
    assert [float(one.get("height")) for one in (*bars, *outline)] == [36, 18, 18, 36]
    assert bars[0].get("x") == outline[0].get("x")
    assert all(float(one.get("y")) + float(one.get("height")) == 38 for one in (*bars, *outline))
    assert htmlmarks.spread(ColumnView("c", "text", 3)) == ""


def test_what_is_below_a_lower_limit_is_shaded_up_to_it() -> None:
    root = drawn(htmlmarks.interval(measurement(limit=(0.3, None))))
    (beyond,) = of(root, "rect", "forbidden")
    assert beyond.get("x") == "0"
    assert of(root, "path", "limit")[0].get("d") == f"M{beyond.get('width')} 0V30"


def test_shares_are_drawn_from_zero() -> None:
    root = drawn(htmlplots.measured(series(lines=(Line("canary", (0.1, 0.2)),), unit="share")))
    bottom = htmlplots.HEIGHT - htmlplots.BOTTOM
    first, second = (bottom - float(one.get("cy")) for one in of(root, "circle", "point"))
    assert second == pytest.approx(2 * first, abs=0.02)
