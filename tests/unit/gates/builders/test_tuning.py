"""builders.tuning: ranges, objectives, strategies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from rules_bench import DROP, MADE, TUNING, ids, mistyped, seen, target

from mlops_gates.gates.builders.requests.request import Unknown
from mlops_gates.gates.builders.tuning import CHECK

CONFIG, JOB = "HyperParameterTuningJobConfig", "TrainingJobDefinition"
RANGES, LIMITS = f"{CONFIG}.ParameterRanges", f"{CONFIG}.ResourceLimits"
OBJECTIVE = f"{CONFIG}.HyperParameterTuningJobObjective.MetricName"
INTEGERS, SHARES, CHOICES = (f"{RANGES}.{kind}ParameterRanges" for kind in ("Integer", "Continuous", "Categorical"))
METRICS, IMAGE = f"{JOB}.AlgorithmSpecification.MetricDefinitions", f"{JOB}.AlgorithmSpecification.TrainingImage"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
LINEAR = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
FEW = {INTEGERS: DROP, SHARES: DROP}
MOST = f"{LIMITS}.MaxNumberOfTrainingJobs"
HYPERBAND = {f"{CONFIG}.Strategy": "Hyperband"}
RESOURCES = {f"{CONFIG}.StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 20}}}
REVERSE = {f"{SHARES}[0].ScalingType": "ReverseLogarithmic"}


def numbered(count: int) -> list[dict[str, str]]:
    return [{"Name": f"x{n}", "MinValue": "1", "MaxValue": "9"} for n in range(count)]


BAD: list[tuple[str, dict[str, Any], str, bool]] = [
    ("range-upside-down", {f"{INTEGERS}[0].MaxValue": "2"}, f"{INTEGERS}[depth].MaxValue", False),
    ("range-upside-down", {f"{INTEGERS}[0].MaxValue": "3"}, f"{INTEGERS}[depth].MaxValue", False),
    ("bound-no-number", {f"{SHARES}[0].MinValue": "0,01"}, f"{SHARES}[eta].MinValue", True),
    ("bound-no-number", {f"{SHARES}[0].MaxValue": "inf"}, f"{SHARES}[eta].MaxValue", True),
    ("bound-no-integer", {f"{INTEGERS}[0].MinValue": "0.5"}, f"{INTEGERS}[depth].MinValue", True),
    ("logarithm-of-zero", {f"{SHARES}[0].MinValue": "0"}, f"{SHARES}[eta].MinValue", False),
    ("reverse-logarithm-beyond", {**REVERSE, f"{SHARES}[0].MaxValue": "1"}, f"{SHARES}[eta].MaxValue", False),
    ("reverse-logarithm-beyond", {**REVERSE, f"{SHARES}[0].MinValue": "-1"}, f"{SHARES}[eta].MinValue", False),
    ("ranges-too-many", {INTEGERS: numbered(16), SHARES: [{"Name": f"y{n}"} for n in range(14)]}, RANGES, False),
    ("tuned-and-fixed", {f"{JOB}.StaticHyperParameters.eta": "0.1"}, f"{JOB}.StaticHyperParameters.eta", False),
    ("range-twice", {f"{CHOICES}[0].Name": "eta"}, f"{CHOICES}[eta].Name", True),
    ("choice-twice", {f"{CHOICES}[0].Values": ["dart", "dart"]}, f"{CHOICES}[booster].Values", True),
    ("more-at-once-than-at-all", {MOST: 1}, f"{LIMITS}.MaxParallelTrainingJobs", False),
    ("combinations-too-few", FEW, MOST, False),
    ("combinations-too-few", {SHARES: DROP, CHOICES: DROP, MOST: 9}, MOST, False),
    ("objective-not-measured", {OBJECTIVE: "validation:logloss"}, OBJECTIVE, False),
    ("objective-not-measured", {METRICS: DROP}, OBJECTIVE, False),
    ("objective-not-measured", {METRICS: DROP, IMAGE: XGBOOST}, OBJECTIVE, False),
    (
        "objective-not-measured",
        {
            METRICS: DROP,
            IMAGE: XGBOOST,
            OBJECTIVE: "validation:auc",
            f"{JOB}.StaticHyperParameters.sagemaker_program": "train.py",
        },
        OBJECTIVE,
        False,
    ),
    ("hyperband-without-resources", HYPERBAND, f"{CONFIG}.StrategyConfig", False),
    ("grid-of-numbers", {f"{CONFIG}.Strategy": "Grid"}, f"{CONFIG}.Strategy", True),
    (
        "stops-early-twice",
        {**HYPERBAND, **RESOURCES, f"{CONFIG}.TrainingJobEarlyStoppingType": "Auto"},
        f"{CONFIG}.TrainingJobEarlyStoppingType",
        True,
    ),
    ("definition-missing", {JOB: DROP}, JOB, True),
]
GOOD: list[dict[str, Any]] = [
    {},
    {f"{SHARES}[0].MinValue": "0", f"{SHARES}[0].ScalingType": "Auto"},
    {**REVERSE, f"{SHARES}[0].MinValue": "0", f"{SHARES}[0].MaxValue": "0.999"},
    {INTEGERS: numbered(16), SHARES: [{"Name": f"y{n}"} for n in range(13)]},
    {f"{LIMITS}.MaxParallelTrainingJobs": 20},
    {**FEW, MOST: 2},
    {SHARES: DROP, CHOICES: DROP, MOST: 8},
    {**FEW, MOST: Unknown("parameter", "Parameters.Most")},
    {**FEW, "Autotune": {"Mode": "Enabled"}},
    {**FEW, f"{RANGES}.AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]},
    {OBJECTIVE: Unknown("parameter", "Parameters.Metric")},
    {f"{METRICS}[0].Name": Unknown("parameter", "Parameters.Metric")},
    {METRICS: DROP, IMAGE: XGBOOST, OBJECTIVE: "validation:auc"},
    {METRICS: DROP, IMAGE: LINEAR, OBJECTIVE: "test:objective_loss"},
    {METRICS: DROP, f"{JOB}.AlgorithmSpecification.AlgorithmName": "bought"},
    {**HYPERBAND, **RESOURCES},
    {**HYPERBAND, f"{JOB}.StaticHyperParameters.n-epochs": "20"},
    {**HYPERBAND, f"{CONFIG}.StrategyConfig": Unknown("parameter", "Parameters.X")},
    {f"{CONFIG}.Strategy": "Grid", **FEW, MOST: DROP},
    {f"{CONFIG}.TrainingJobEarlyStoppingType": "Auto"},
    {f"{INTEGERS}[0].MinValue": Unknown("parameter", "Parameters.Least")},
    {f"{INTEGERS}[0].MinValue": 3},
]


@pytest.mark.parametrize(("rule", "changes", "at", "believed"), BAD)
def test_what_breaks(rule: str, changes: dict[str, Any], at: str, believed: bool) -> None:
    assert seen(CHECK.rules, target(TUNING, changes)) == [(rule, at, believed)]


@pytest.mark.parametrize("changes", GOOD)
def test_what_keeps(changes: dict[str, Any]) -> None:
    assert seen(CHECK.rules, target(TUNING, changes)) == []


def test_several_definitions_are_searched_each_by_its_own_ranges() -> None:
    job = {
        "DefinitionName": "first",
        "TuningObjective": {"Type": "Minimize", "MetricName": "loss"},
        "HyperParameterRanges": {"CategoricalParameterRanges": [{"Name": "booster", "Values": ["dart", "gbtree"]}]},
        "StaticHyperParameters": {"booster": "dart"},
        "AlgorithmSpecification": {"MetricDefinitions": [{"Name": "loss", "Regex": "(.*)"}]},
    }
    several = {JOB: DROP, "TrainingJobDefinitions": [job, {**job, "StaticHyperParameters": {}}]}
    found = seen(CHECK.rules, target(TUNING, {**several, RANGES: DROP, MOST: 5}))
    assert found == [
        ("tuned-and-fixed", "TrainingJobDefinitions[0].StaticHyperParameters.booster", False),
        ("combinations-too-few", MOST, False),
    ]
    both = seen(CHECK.rules, target(TUNING, {"TrainingJobDefinitions": [{**job, "StaticHyperParameters": {}}]}))
    assert both == [("definition-missing", "TrainingJobDefinitions", True)]


def test_every_rule_is_broken_once() -> None:
    assert {one[0] for one in BAD} == ids(CHECK.rules)


@pytest.mark.parametrize("operation", sorted(set(MADE) - {TUNING}))
def test_other_requests_are_not_spoken_of(operation: str) -> None:
    assert seen(CHECK.rules, target(operation, {})) == []


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(CHECK.rules, one)
