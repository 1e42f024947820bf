"""builders.metrics: regexes that give a number."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules_bench import MADE, TRAINING, TUNING, mistyped, seen, target

from mlops_gates.gates.builders.metrics import CHECK, _groups
from mlops_gates.gates.builders.requests.request import Unknown

METRICS = "AlgorithmSpecification.MetricDefinitions"
AT = f"{METRICS}[loss].Regex"
LINEAR = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def of(*regexes: Any, name: str = "loss") -> dict[str, Any]:
    return {METRICS: [{"Name": name, "Regex": one} for one in regexes]}


@pytest.mark.parametrize("regex", ["loss=([0-9.]+", "loss=)", "loss=([0-9.)", "*loss", "loss=(?P<a", "(?<=a+)b(c)"])
def test_a_regex_compiles(regex: str) -> None:
    assert seen(CHECK.rules, target(TRAINING, of(regex))) == [("regex-does-not-compile", AT, True)]


@pytest.mark.parametrize(
    "regex", ["loss=[0-9.]+", "", r"loss=\([0-9]\)", "[(]a", "(?:a|b)", "(?=a)", "a=(.*) b=(.*)", "(a)|(b)"]
)
def test_a_regex_has_one_group(regex: str) -> None:
    assert seen(CHECK.rules, target(TRAINING, of(regex))) == [("regex-without-group", AT, True)]


@pytest.mark.parametrize(
    "regex",
    [
        "loss=([0-9.]+)",
        r"'loss': ([0-9]+(.|e\-)[0-9]+),?",
        "(?P<value>[0-9.]+)",
        "(?<value>[0-9.]+)",
        r"loss=(\p{Digit}+)",
        r"\(loss\) = (?:about )?([]0-9.]+)",
        "#quality_metric: host=\\S+, train msd <loss>=(\\S+)",
        "(loss=[0-9.]+)|" * 40,
        Unknown("parameter", "Parameters.Regex"),
        5,
        None,
    ],
)
def test_what_gives_a_number(regex: Any) -> None:
    assert seen(CHECK.rules, target(TRAINING, of(regex))) == []


def test_a_name_is_there_once() -> None:
    found = seen(CHECK.rules, target(TRAINING, of("a=(.)", "b=(.)")))
    assert found == [("metric-twice", f"{METRICS}[loss].Name", True)]


def test_an_algorithm_brings_its_metrics() -> None:
    image = "AlgorithmSpecification.TrainingImage"
    assert seen(CHECK.rules, target(TRAINING, {image: LINEAR})) == [("metrics-of-an-algorithm", METRICS, False)]
    assert seen(CHECK.rules, target(TRAINING, {image: LINEAR, METRICS: []})) == []
    assert seen(CHECK.rules, target(TRAINING, {image: XGBOOST})) == []


def test_a_tuning_job_is_looked_into() -> None:
    changes = {f"TrainingJobDefinition.{name}": value for name, value in of("a=(.", name="x").items()}
    assert [rule for rule, _, _ in seen(CHECK.rules, target(TUNING, changes))] == ["regex-does-not-compile"]


@pytest.mark.parametrize("operation", sorted(MADE))
def test_requests_as_they_are(operation: str) -> None:
    assert seen(CHECK.rules, target(operation, {})) == []


@given(st.lists(st.sampled_from(["(", "(?:", ")", "a", "\\(", "[(]", "|", "(?P<n>", "[^)]", "\\\\"]), max_size=12))
def test_groups_are_counted_as_python_does(pieces: list[str]) -> None:
    """Never more than there are, none only where there are none, and all of them where none lies in another."""
    regex = "".join(pieces)
    try:
        groups = re.compile(regex).groups
    except re.error:
        return
    assert _groups(regex) <= groups
    assert (_groups(regex) == 0) == (groups == 0)


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(CHECK.rules, one)
