from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mlops_gates.options import (
    AllowanceOf,
    Day,
    Duration,
    ExistingFile,
    Memory,
    Number,
    Policy,
    Share,
    ShareAtLeast,
    ShareRange,
)


def valid(kind: object, value: object) -> object:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("value", "of", "rows"),
    [
        (0, 1000, 0), (12, 1000, 12), (0.002, 1000, 2), ("0.2 %", 1000, 2), ("0.2%", 1000, 2), ("0.2 %", 1499, 2),
        ("0.2 %", 1500, 3), (0.0, 10, 0), ("0 %", 10, 0), ("100 %", 10, 10), (0.29, 100, 29), ("29 %", 100, 29), (0.5, 0, 0),
        ("57 %", 100, 57), (0.999, 1000, 999),
    ],
)  # fmt: skip
def test_an_allowance_in_rows(value: object, of: int, rows: int) -> None:
    assert valid(AllowanceOf, value).rows(of) == rows


@given(percent=st.integers(0, 100), rows=st.integers(0, 10**9))
def test_whole_percents_are_exact_whatever_floats_do(percent: int, rows: int) -> None:
    assert valid(AllowanceOf, f"{percent} %").rows(rows) == percent * rows // 100


@pytest.mark.parametrize(
    "value", [-1, 1.0, 1.5, -0.1, True, "0.2", "101 %", "-1 %", "% 5", "", None, [0], float("nan")]
)
def test_what_is_no_allowance(value: object) -> None:
    with pytest.raises(ValidationError):
        valid(AllowanceOf, value)


@pytest.mark.parametrize(
    ("value", "seconds"), [("90s", 90), ("5m", 300), ("1.5h", 5400), ("1 d", 86400), (30, 30), (0.5, 0.5)]
)
def test_durations(value: object, seconds: float) -> None:
    assert valid(Duration, value) == seconds


@pytest.mark.parametrize("value", ["5", "m", "0s", 0, -1, "5 minutes", True, None, "-5m", float("nan")])
def test_what_is_no_duration(value: object) -> None:
    with pytest.raises(ValidationError):
        valid(Duration, value)


@pytest.mark.parametrize(
    ("value", "size"), [("4GB", 4 * 1000**3), ("512 MB", 512 * 1000**2), ("1GiB", 2**30), (10, 10)]
)
def test_sizes(value: object, size: int) -> None:
    assert valid(Memory, value) == size


@pytest.mark.parametrize("value", ["4", "4G", "0MB", -1, 1.5, True, None])
def test_what_is_no_size(value: object) -> None:
    with pytest.raises(ValidationError):
        valid(Memory, value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "1", None])
def test_numbers_are_finite_and_numbers(value: object) -> None:
    for kind in (Number, Share):
        with pytest.raises(ValidationError):
            valid(kind, value)


def test_a_share_is_between_0_and_1() -> None:
    assert [valid(Share, value) for value in (0, 1, 0.5)] == [0, 1, 0.5]
    for value in (-0.01, 1.01, 90):
        with pytest.raises(ValidationError):
            valid(Share, value)


def test_a_number_is_the_least_allowed_value() -> None:
    assert valid(ShareAtLeast, 0.75) == ShareRange(min=0.75)
    assert valid(ShareAtLeast, {"max": 0.9}) == ShareRange(max=0.9)
    for value in ("0.75", True, {}, {"min": 1, "max": 0}, {"least": 1}, [0.7], None, 75, {"max": 1.5}, -0.1):
        with pytest.raises(ValidationError):
            valid(ShareAtLeast, value)


@pytest.mark.parametrize(
    "value", ["2027-02-29", "31.01.2027", "soon", 20270131, date(2027, 1, 31), None, "2027-01-31T10:00"]
)
def test_what_is_no_day(value: object) -> None:
    with pytest.raises(ValidationError):
        valid(Day, value)


def test_unknown_and_loose_values_are_refused_everywhere() -> None:
    for value in (
        {"advisorry": []}, {"inconclusive": "pass"}, {"advisory": "data"}, {"timeout": "5"},
        {"waivers": [{"rule": "data.nulls", "expires": "2027-01-31"}]},
        {"waivers": [{"rule": "data.nulls", "reason": "", "expires": "2027-01-31"}]},
        {"waivers": [{"rule": "data.nulls", "reason": "x"}]},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            Policy.model_validate(value)
    assert Policy.model_validate({"advisory": ["data"]}).advisory == ("data",)


def test_a_value_may_be_no_path() -> None:
    import re

    assert ExistingFile().is_path("a:b")
    assert not ExistingFile(unless=re.compile(r"\w+:\w+")).is_path("a:b")
