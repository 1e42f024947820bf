"""builders.pipeline, builders.references, builders.caching: definitions, out of a real one by single changes."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates.findings import Location
from mlops_gates.gates.builders import caching, pipeline, references, targets
from mlops_gates.gates.builders.pipelines.expressions import own_steps, property_of
from mlops_gates.gates.builders.pipelines.language import meant
from mlops_gates.gates.builders.requests.request import text
from mlops_gates.gates.builders.rules import Broken, broken
from mlops_gates.gates.builders.scope import Target

CHECKS = (pipeline.CHECK, references.CHECK, caching.CHECK)
WHOLE = json.loads(
    (Path(__file__).parents[3] / "examples/builders/pipeline/pass/whole/pipeline.json").read_text(encoding="utf-8")
)
PREPARE, TRAIN, EVALUATE, CHOOSE = range(4)


def target(definition: Any) -> Target:
    return targets.of_pipeline(
        "churn", {"Definition": definition}, "us-east-1", lambda _: Location("churn.json", 1), {}
    )


def found(judged: Target) -> list[Broken]:
    return [one for check in CHECKS for one in broken(check.id, check.rules, judged)]


def seen(definition: Any) -> list[tuple[str, str, bool]]:
    root = {"Definition": definition}
    return [(one.rule.id, text(one.path, root), one.rule.believed) for one in found(target(definition))]


def changed(*path: str | int, to: Any) -> Any:
    """The whole definition with another value at `path`; `...` takes it away."""
    definition = copy.deepcopy(WHOLE)
    here = definition
    for part in path[:-1]:
        here = here[part]
    if to is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = to
    return definition


def step(place: int, *path: str | int, to: Any) -> Any:
    return changed("Steps", place, *path, to=to)


def condition(*path: str | int, to: Any) -> Any:
    return step(CHOOSE, "Arguments", *path, to=to)


def test_a_real_definition_is_silent() -> None:
    assert seen(WHOLE) == []


URI = ("Arguments", "InputDataConfig", 0, "DataSource", "S3DataSource", "S3Uri")
AT_URI = "Definition.Steps[Train].Arguments.InputDataConfig[train].DataSource.S3DataSource.S3Uri"
ARGUMENTS = "Definition.Steps[GoodEnough].Arguments"
RETRY = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 3}
BAD = [
    (changed("Version", to="2026-11-21"), "version", "Definition.Version"),
    (changed("Version", to=...), "version", "Definition.Version"),
    (step(EVALUATE, "Name", to="Evaluate it"), "step-name", "Definition.Steps[Evaluate it].Name"),
    (condition("ElseSteps", 0, "Name", to="a" * 65), "step-name-length", f"{ARGUMENTS}.ElseSteps[{'a' * 65}].Name"),
    (condition("ElseSteps", 0, "Name", to="Register"), "step-names-unique", f"{ARGUMENTS}.ElseSteps[Register].Name"),
    (step(TRAIN, "Type", to="TrainingJob"), "step-type", "Definition.Steps[Train].Type"),
    (step(TRAIN, "Arguments", to=...), "step-arguments", "Definition.Steps[Train].Arguments"),
    (step(TRAIN, "Arguments", to=[]), "step-arguments", "Definition.Steps[Train].Arguments"),
    (step(TRAIN, "DependsOn", to="Prepare"), "depends-on", "Definition.Steps[Train].DependsOn"),
    (step(TRAIN, "DependsOn", to=[{}]), "depends-on", "Definition.Steps[Train].DependsOn[0]"),
    (step(TRAIN, *URI, to={"Std:Join": {"On": "/"}}), "join-values", f"{AT_URI}.Std:Join.Values"),
    (changed("Parameters", 0, "Name", to="a b"), "parameter-name", "Definition.Parameters[a b].Name"),
    (changed("Parameters", 2, "Type", to="Double"), "parameter-type", "Definition.Parameters[MaxLoss].Type"),
    (
        changed("Parameters", 0, "DefaultValue", to=True),
        "parameter-default",
        "Definition.Parameters[InstanceCount].DefaultValue",
    ),
    (
        changed("Parameters", 1, "DefaultValue", to="Rejected"),
        "parameter-choices",
        "Definition.Parameters[Approval].DefaultValue",
    ),
    (condition("Conditions", 0, "Type", to="LessThanOrEqual"), "condition-type", f"{ARGUMENTS}.Conditions[0].Type"),
    (condition("Conditions", 0, "RightValue", to=...), "condition-sides", f"{ARGUMENTS}.Conditions[0].RightValue"),
    (
        condition("Conditions", 0, to={"Type": "Not", "Condition": {"Type": "Like"}}),
        "condition-type",
        f"{ARGUMENTS}.Conditions[0].Condition.Type",
    ),
    (
        condition("Conditions", 0, "LeftValue", "Std:JsonGet", "Path", to=...),
        "json-path",
        f"{ARGUMENTS}.Conditions[0].LeftValue.Std:JsonGet.Path",
    ),
    (
        step(TRAIN, "RetryPolicies", 0, "ExceptionType", to=["ThrottlingException"]),
        "retried-exception",
        "Definition.Steps[Train].RetryPolicies[0].ExceptionType[0]",
    ),
    (
        step(TRAIN, "RetryPolicies", 0, "ExceptionType", to=[]),
        "retried-exception",
        "Definition.Steps[Train].RetryPolicies[0].ExceptionType",
    ),
    (
        step(TRAIN, "RetryPolicies", 0, "MaxAttempts", to=21),
        "attempts",
        "Definition.Steps[Train].RetryPolicies[0].MaxAttempts",
    ),
    (
        step(TRAIN, "RetryPolicies", to=[{"ExceptionType": ["Step.THROTTLING"], "ExpireAfterMin": 14_401}]),
        "retried-minutes",
        "Definition.Steps[Train].RetryPolicies[0].ExpireAfterMin",
    ),
    (
        step(TRAIN, "RetryPolicies", 0, "ExpireAfterMin", to=60),
        "attempts-or-minutes",
        "Definition.Steps[Train].RetryPolicies[0].ExpireAfterMin",
    ),
    (
        step(TRAIN, "RetryPolicies", 0, "BackoffRate", to=-1),
        "backoff",
        "Definition.Steps[Train].RetryPolicies[0].BackoffRate",
    ),
    (
        step(TRAIN, "RetryPolicies", 0, "IntervalSeconds", to="60"),
        "retry-interval",
        "Definition.Steps[Train].RetryPolicies[0].IntervalSeconds",
    ),
    (step(TRAIN, "DependsOn", to=["Train"]), "no-circle", "Definition.Steps[Train].DependsOn"),
    (step(PREPARE, "DependsOn", to=["Evaluate"]), "no-circle", "Definition.Steps[Prepare].DependsOn"),
    (step(PREPARE, "DependsOn", to=["GoodEnough"]), "no-circle", "Definition.Steps[Prepare].DependsOn"),
    (
        step(PREPARE, "Arguments", "Environment", "MODEL", to={"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}),
        "no-circle",
        "Definition.Steps[Prepare].Arguments.Environment.MODEL",
    ),
    (step(TRAIN, "DependsOn", to=["Preprocess"]), "step-exists", "Definition.Steps[Train].DependsOn[0]"),
    (step(TRAIN, *URI, to={"Get": "Steps.Preprocess.RoleArn"}), "step-exists", AT_URI),
    (step(TRAIN, *URI, to={"Get": "Steps.Prepare.RoleArns"}), "property-exists", AT_URI),
    (step(TRAIN, *URI, to={"Get": "Steps.Prepare.RoleArn.Name"}), "property-exists", AT_URI),
    (step(TRAIN, *URI, to={"Get": "Steps.Prepare.ProcessingInputs.raw"}), "property-exists", AT_URI),
    (
        step(TRAIN, *URI, to={"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['training'].S3Output.S3Uri"}),
        "element-exists",
        AT_URI,
    ),
    (step(TRAIN, *URI, to={"Get": "Parameters.Data"}), "parameter-declared", AT_URI),
    (step(TRAIN, *URI, to={"Get": "Execution.RunId"}), "execution-variable", AT_URI),
    (
        step(TRAIN, *URI, to={"Std:Join": {"On": "/", "Values": [{"Get": "Execution.RunId"}]}}),
        "execution-variable",
        AT_URI,
    ),
    (step(TRAIN, *URI, to={"Get": 3}), "reference-form", AT_URI),
    (step(TRAIN, *URI, to={"Get": "Steps.Prepare['"}), "reference-form", AT_URI),
    (step(EVALUATE, "PropertyFiles", to=...), "file-declared", f"{ARGUMENTS}.Conditions[0].LeftValue"),
    (
        condition("Conditions", 0, "LeftValue", "Std:JsonGet", to={"Path": "loss"}),
        "file-declared",
        f"{ARGUMENTS}.Conditions[0].LeftValue",
    ),
    (
        step(EVALUATE, "PropertyFiles", 0, "OutputName", to="report"),
        "file-output",
        "Definition.Steps[Evaluate].PropertyFiles[report].OutputName",
    ),
    (step(PREPARE, "CacheConfig", to=True), "cache-form", "Definition.Steps[Prepare].CacheConfig"),
    (
        step(PREPARE, "CacheConfig", "Enabled", to="true"),
        "cache-enabled",
        "Definition.Steps[Prepare].CacheConfig.Enabled",
    ),
    (
        step(PREPARE, "CacheConfig", "ExpireAfter", to=...),
        "cache-expires",
        "Definition.Steps[Prepare].CacheConfig.ExpireAfter",
    ),
]


@pytest.mark.parametrize(("definition", "rule", "at"), BAD, ids=lambda one: one if isinstance(one, str) else "")
def test_one_change_breaks_one_rule(definition: Any, rule: str, at: str) -> None:
    assert (rule, at, False) in seen(definition)


@pytest.mark.parametrize("name", ["Expression", "Condition"])
def test_what_a_not_negates_is_called_condition(name: str) -> None:
    inner = WHOLE["Steps"][CHOOSE]["Arguments"]["Conditions"][0]
    expected = [("condition-not", f"{ARGUMENTS}.Conditions[0].Expression", False)] if name == "Expression" else []
    assert seen(condition("Conditions", 0, to={"Type": "Not", name: inner})) == expected
    nothing = [("condition-sides", f"{ARGUMENTS}.Conditions[0].Condition", False)]
    assert seen(condition("Conditions", 0, to={"Type": "Not"})) == nothing


BELIEVED = [
    (changed("Steps", to=[]), "no-steps", "Definition.Steps"),
    (step(TRAIN, "Type", to="Quantum"), "step-type-unknown", "Definition.Steps[Train].Type"),
    (condition("Conditions", to=[]), "no-conditions", f"{ARGUMENTS}.Conditions"),
    (
        condition("Conditions", 0, "LeftValue", to={"Get": "Parameters.MaxLoss"}),
        "settled-condition",
        f"{ARGUMENTS}.Conditions[0].LeftValue",
    ),
    (
        condition("ElseSteps", 0, "RetryPolicies", to=[RETRY]),
        "never-retried",
        f"{ARGUMENTS}.ElseSteps[TooBad].RetryPolicies",
    ),
    (
        condition("IfSteps", 0, "CacheConfig", to={"Enabled": True, "ExpireAfter": "P1D"}),
        "never-cached",
        f"{ARGUMENTS}.IfSteps[Register].CacheConfig",
    ),
    (
        step(EVALUATE, "Arguments", "Environment", "PACKAGE", to={"Get": "Steps.Register.ModelPackageArn"}),
        "branch-closed",
        "Definition.Steps[Evaluate].Arguments.Environment.PACKAGE",
    ),
]


@pytest.mark.parametrize(("definition", "rule", "at"), BELIEVED, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_believed_warns_and_nothing_fails(definition: Any, rule: str, at: str) -> None:
    assert [one for one in seen(definition) if one[0] != "file-declared"] == [(rule, at, True)]


def test_a_condition_without_branches_and_a_parameter_twice_warn() -> None:
    bare = condition("IfSteps", to=[])
    bare["Steps"][CHOOSE]["Arguments"]["ElseSteps"] = []
    assert seen(bare) == [("no-branches", f"{ARGUMENTS}.IfSteps", True)]
    twice = changed("Parameters", to=[*WHOLE["Parameters"], WHOLE["Parameters"][0]])
    assert seen(twice) == [("parameter-names-unique", "Definition.Parameters[InstanceCount].Name", True)]


@pytest.mark.parametrize(
    "expiry", ["30d", "5y", "T16m", "30dT5h", "PT1H", "P30D", "p30d", "P4DT12H", "T12H", "P1Y2M3W4DT5H6M7S"]
)
def test_durations_as_the_guide_and_the_sdk_write_them(expiry: str) -> None:
    assert seen(step(PREPARE, "CacheConfig", "ExpireAfter", to=expiry)) == []


@pytest.mark.parametrize("expiry", ["30 days", "", "P", "PT", "T", "30", "P30", "1H", "P1DT", "-P1D", "30d ", 86400])
def test_what_is_no_duration(expiry: Any) -> None:
    assert [one[0] for one in seen(step(PREPARE, "CacheConfig", "ExpireAfter", to=expiry))] == ["cache-duration"]


def test_what_is_no_fault() -> None:
    backwards = copy.deepcopy(WHOLE)
    backwards["Steps"].reverse()
    by_data = step(TRAIN, "DependsOn", to=...)
    by_name = step(TRAIN, *URI, to={"Get": 'Steps.Prepare.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri'})
    told_later = changed("Parameters", 0, "DefaultValue", to=...)
    off = step(PREPARE, "CacheConfig", to={"Enabled": False})
    by_parameter = step(PREPARE, "CacheConfig", "Enabled", to={"Get": "Parameters.Approval"})
    whole_number = changed("Parameters", 2, "DefaultValue", to=1)
    switched = condition(
        "Conditions", 0, to={"Type": "Equals", "LeftValue": {"Get": "Parameters.Approval"}, "RightValue": "x"}
    )
    for definition in (backwards, by_data, by_name, told_later, off, by_parameter, whole_number, switched):
        assert seen(definition) == []


def test_steps_in_one_branch_read_from_each_other() -> None:
    definition = copy.deepcopy(WHOLE)
    after = {"Name": "Tell", "Type": "Lambda", "Arguments": {"arn": {"Get": "Steps.Register.ModelPackageArn"}}}
    definition["Steps"][CHOOSE]["Arguments"]["IfSteps"].append(after)
    assert seen(definition) == []
    definition["Steps"][CHOOSE]["Arguments"]["ElseSteps"].append({**after, "Name": "TellToo"})
    assert [one[0] for one in seen(definition)] == ["branch-closed"]


def test_what_a_loop_repeats_is_judged() -> None:
    definition = copy.deepcopy(WHOLE)
    body = {"Name": "One", "Type": "Processing", "Arguments": {"RoleArn": {"Get": "Parameters.Nobody"}}}
    definition["Steps"].append({"Name": "Spread", "Type": "ForEach", "Arguments": {"ForEachBody": [body]}})
    assert [(one[0], "ForEachBody[One]" in one[1]) for one in seen(definition)] == [("parameter-declared", True)]
    assert [one.operation for one in target(definition).requests].count("CreateProcessingJob") == 3


@pytest.mark.parametrize(
    ("waits", "told"),
    [
        ({"Step": "Prepare", "Trigger": "Any"}, []),
        ({"Step": "Prepare"}, []),
        ({"Step": "Prepare", "Trigger": "Sometimes"}, ["depends-on"]),
        ({"Step": "Nobody", "Trigger": "Failed"}, ["step-exists"]),
        ({"Name": "Prepare"}, ["depends-on"]),
    ],
)
def test_a_dependency_may_say_which_outcome_it_waits_for(waits: Any, told: list[str]) -> None:
    assert [one[0] for one in seen(step(TRAIN, "DependsOn", to=[waits]))] == told


def test_outputs_of_lambdas_and_what_has_no_description() -> None:
    definition = copy.deepcopy(WHOLE)
    body = {"Name": "One", "Type": "Processing", "Arguments": {}}
    definition["Steps"] += [
        {
            "Name": "Look",
            "Type": "Lambda",
            "Arguments": {},
            "OutputParameters": [{"OutputName": "uri", "OutputType": "String"}],
        },
        {"Name": "Spread", "Type": "ForEach", "Arguments": {"ForEachBody": [body]}},
    ]
    told = definition["Steps"][TRAIN]["Arguments"]["Environment"] = {
        "A": {"Get": "Steps.Look.OutputParameters['uri']"},
        "B": {"Get": "Steps.Spread.Selected.Anything"},
        "C": {"Get": "Steps.One.ProcessingJobArn"},
        "D": {"Get": "ForEach.CurrentItem"},
    }
    assert seen(definition) == []
    told["A"]["Get"] = "Steps.Look.OutputParameters['url']"
    assert [one[0] for one in seen(definition)] == ["element-exists"]


def test_tuning_answers_its_jobs_and_a_condition_its_outcome() -> None:
    definition = copy.deepcopy(WHOLE)
    definition["Steps"].append({"Name": "Tune", "Type": "Tuning", "Arguments": {}})
    told = definition["Steps"][EVALUATE]["Arguments"]["Environment"]
    told["JOB"] = {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"}
    told["BEST"] = {"Get": "Steps.Tune.BestTrainingJob.TrainingJobName"}
    assert seen(definition) == []
    told["BEST"] = {"Get": "Steps.Tune.Outcome"}
    assert [one[0] for one in seen(definition)] == ["property-exists"]


def test_of_what_is_put_around_a_step_only_its_own_is_judged() -> None:
    definition = copy.deepcopy(WHOLE)
    definition["Version"] = "ours"
    train = definition["Steps"][TRAIN]
    train["DependsOn"] = ["Probe"]
    train["Arguments"]["ResourceConfig"]["InstanceCount"] = {"Get": "Parameters.Elsewhere"}
    train["Arguments"]["RoleArn"] = {"Get": "Execution.Roll"}
    definition["Steps"][PREPARE]["CacheConfig"] = {"Enabled": "never ours"}
    entry = {"kind": "builder", "step_type": "Training", "runs": [{"definition": definition, "steps": ["Train"]}]}
    judged = targets.of_entry("churn", entry, "us-east-1", lambda _: Location("churn.py", 1))
    assert [one.name for one in own_steps(judged)] == ["Train"]
    assert [(one.rule.id, one.path) for one in found(judged)] == [("execution-variable", ("RoleArn",))]


def test_types_that_resemble_known_ones() -> None:
    near = {
        one: meant(one)
        for one in ("TrainingJob", "CreateModel", "training", "ProcessingStep", "TuningJob", "Registermodel")
    }
    assert near == {
        "TrainingJob": "Training",
        "CreateModel": "Model",
        "training": "Training",
        "ProcessingStep": "Processing",
        "TuningJob": "Tuning",
        "Registermodel": "RegisterModel",
    }
    assert [meant(one) for one in ("Quantum", "", "Job2Job2", "Snowflake")] == [""] * 4


def test_ways_into_properties() -> None:
    told = property_of("Steps.A-1.Outputs['a.b'][0].S3Uri")
    assert told and (told.step, told.way) == ("A-1", (("Outputs", ""), ("a.b", "'"), (0, "["), ("S3Uri", "")))
    assert [property_of(one) for one in ("Steps", "Steps.", "Parameters.A", "Steps.A[", "Steps.A..B", "")] == [None] * 6


def test_a_long_definition_is_told() -> None:
    definition = changed("Metadata", to={"table": "x" * (1 << 20)})
    assert seen(definition) == [("definition-length", "Definition", False)]


def test_a_definition_nested_beyond_what_python_calls_is_walked() -> None:
    deep: Any = {"Get": "Execution.Nothing"}
    for _ in range(300):
        deep = {"a": [deep]}
    assert [one[0] for one in seen(changed("Metadata", to=deep))] == ["execution-variable"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["Steps.Train.RoleArn", "Parameters.MaxLoss", "Training", "Train", "Steps.X['y'].Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Get", "Std:Join", "Std:JsonGet", "Values", "Name", "Type", "PropertyFile", "Steps", "Conditions"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    here = [path] if path else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*here, *(more for key, one in inner for more in _paths(one, (*path, key)))]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(_paths(WHOLE)), value=JSON)
def test_no_json_in_place_of_any_member_stops_a_rule(path: tuple[str | int, ...], value: Any) -> None:
    for one in found(target(changed(*path, to=value))):
        assert one.told and "\n" not in one.told


def test_a_definition_is_judged_at_once() -> None:
    found(target(WHOLE))
    began = time.process_time()
    for _ in range(10):
        found(target(WHOLE))
    assert (time.process_time() - began) / 10 < 0.1
