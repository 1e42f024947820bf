"""Rules of the ranges that a tuning job searches."""

from __future__ import annotations

from collections.abc import Callable

from mlops_gates.gates.builders.requests.request import Request
from mlops_gates.gates.builders.requests.spaces import KINDS, Space, number, numeric, spaces
from mlops_gates.gates.builders.requests.walking import entries
from mlops_gates.gates.builders.rules import Rule, Seeing, requests
from mlops_gates.gates.builders.scope import Target

MOST_RANGES = 30
"""Of all kinds together (API reference, ParameterRanges)."""
_BOUNDS = ("MinValue", "MaxValue")


def searches(judge: Callable[[Space], Seeing]) -> Callable[[Target], Seeing]:
    """A rule of single searches."""

    def judged(request: Request) -> Seeing:
        for space in spaces(request):
            yield from judge(space)

    return requests(judged, "CreateHyperParameterTuningJob")


def _upside_down(space: Space) -> Seeing:
    for _, one in numeric(space):
        least, most = number(one.known("MinValue")), number(one.known("MaxValue"))
        if least is not None and most is not None and least >= most:
            yield one.at("MaxValue"), f"MaxValue {most:g} is not above MinValue {least:g}"


def _no_number(space: Space) -> Seeing:
    for _, one in numeric(space):
        for bound in _BOUNDS:
            value = one.known(bound)
            if isinstance(value, str) and number(value) is None:
                yield one.at(bound), f"{value[:40]} is no number"


def _fraction(space: Space) -> Seeing:
    for kind, one in numeric(space):
        for bound in _BOUNDS if kind == "IntegerParameterRanges" else ():
            value = number(one.known(bound))
            if value is not None and not value.is_integer():
                yield one.at(bound), f"{value:g} bounds a range of integers"


def _logarithm(space: Space) -> Seeing:
    for _, one in numeric(space):
        least = number(one.known("MinValue"))
        if one.known("ScalingType") == "Logarithmic" and least is not None and least <= 0:
            yield one.at("MinValue"), f"{least:g} has no logarithm, and the scale is logarithmic"


def _reverse(space: Space) -> Seeing:
    for _, one in numeric(space):
        if one.known("ScalingType") != "ReverseLogarithmic":
            continue
        least, most = number(one.known("MinValue")), number(one.known("MaxValue"))
        if least is not None and least < 0:
            yield one.at("MinValue"), f"{least:g} is below 0, and the scale is reverse logarithmic"
        if most is not None and most >= 1:
            yield one.at("MaxValue"), f"{most:g} is not below 1, and the scale is reverse logarithmic"


def _too_many(space: Space) -> Seeing:
    if space.ranges:
        count = sum(1 for kind in KINDS for _ in space.ranges.each(kind))
        if count > MOST_RANGES:
            yield space.ranges.path, f"{count} ranges of all kinds together, and {MOST_RANGES} are allowed"


def _names(space: Space) -> set[str]:
    if not space.ranges:
        return set()
    found = (one.known("Name") for kind in KINDS for one in space.ranges.each(kind))
    return {name for name in found if isinstance(name, str)}


def _fixed(space: Space) -> Seeing:
    tuned = _names(space)
    for name, _ in entries(space.job, "StaticHyperParameters"):
        if name in tuned:
            yield (*space.job.at("StaticHyperParameters"), name), f"{name} is fixed here and tuned as well"


def _twice(space: Space) -> Seeing:
    seen: set[str] = set()
    for kind in KINDS if space.ranges else ():
        for one in space.ranges.each(kind) if space.ranges else ():
            name = one.known("Name")
            if isinstance(name, str):
                if name in seen:
                    yield one.at("Name"), f"a second range is of {name}"
                seen.add(name)


def _same_choice(space: Space) -> Seeing:
    for one in space.ranges.each("CategoricalParameterRanges") if space.ranges else ():
        values = one.get("Values")
        texts = [value for value in values if isinstance(value, str)] if isinstance(values, list | tuple) else []
        if len(set(texts)) < len(texts):
            yield one.at("Values"), "a choice is named twice"


_RANGES = "API reference, ParameterRanges"
_SCALING = "API reference, ContinuousParameterRange, ScalingType"
_ONE = "aws/amazon-sagemaker-feedback issue 195, which asks that it be allowed"
RULES = (
    Rule(
        id="range-upside-down",
        states="MinValue is below MaxValue",
        source=_ONE,
        bad='{"Name": "max_depth", "MinValue": "10", "MaxValue": "3"}',
        good='{"Name": "max_depth", "MinValue": "3", "MaxValue": "10"}',
        judge=searches(_upside_down),
    ),
    Rule(
        id="bound-no-number",
        states="A bound is a number",
        source="API reference, ContinuousParameterRange; believed of the service",
        bad='{"Name": "eta", "MinValue": "0,01", "MaxValue": "0.3"}',
        good='{"Name": "eta", "MinValue": "0.01", "MaxValue": "0.3"}',
        judge=searches(_no_number),
        believed=True,
    ),
    Rule(
        id="bound-no-integer",
        states="A bound of a range of integers is an integer",
        source="API reference, IntegerParameterRange; believed of the service",
        bad='{"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "0.5", "MaxValue": "10"}]}',
        good='{"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "10"}]}',
        judge=searches(_fraction),
        believed=True,
    ),
    Rule(
        id="logarithm-of-zero",
        states="A logarithmic scale needs values above 0",
        source=_SCALING,
        bad='{"MinValue": "0", "MaxValue": "0.3", "ScalingType": "Logarithmic"}',
        good='{"MinValue": "0.001", "MaxValue": "0.3", "ScalingType": "Logarithmic"}',
        judge=searches(_logarithm),
    ),
    Rule(
        id="reverse-logarithm-beyond",
        states="A reverse logarithmic scale lies within 0 ≤ x < 1",
        source=_SCALING,
        bad='{"MinValue": "0.5", "MaxValue": "10", "ScalingType": "ReverseLogarithmic"}',
        good='{"MinValue": "0.5", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"}',
        judge=searches(_reverse),
    ),
    Rule(
        id="ranges-too-many",
        states="There are at most 30 ranges of all kinds together",
        source=_RANGES,
        bad='{"IntegerParameterRanges": [16 of them], "ContinuousParameterRanges": [15 of them]}',
        good='{"IntegerParameterRanges": [15 of them], "ContinuousParameterRanges": [15 of them]}',
        judge=searches(_too_many),
    ),
    Rule(
        id="tuned-and-fixed",
        states="A hyperparameter is tuned or fixed, and not both",
        source="the SDK's tuner.py, which takes what is tuned out of what is fixed",
        bad='{"StaticHyperParameters": {"eta": "0.1"}} and a range of eta',
        good='{"StaticHyperParameters": {"objective": "binary:logistic"}} and a range of eta',
        judge=searches(_fixed),
    ),
    Rule(
        id="range-twice",
        states="A hyperparameter has one range",
        source=f"{_RANGES}; believed of the service",
        bad='two ranges with {"Name": "eta"}',
        good='{"Name": "eta"} and {"Name": "gamma"}',
        judge=searches(_twice),
        believed=True,
    ),
    Rule(
        id="choice-twice",
        states="A choice of a categorical range is named once",
        source=f"{_ONE}; believed of the service",
        bad='{"Name": "booster", "Values": ["dart", "dart"]}',
        good='{"Name": "booster", "Values": ["dart", "gbtree"]}',
        judge=searches(_same_choice),
        believed=True,
    ),
)
