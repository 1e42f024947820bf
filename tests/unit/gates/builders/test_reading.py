"""What a worker answers is held to its form, and what a builder says of itself too; nothing here crashes on any JSON."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.findings import Location
from mlops_gates.gates.builders import rendering, targets, views
from mlops_gates.gates.builders.building.declares import wanted_kinds
from mlops_gates.gates.builders.requests import reading, secrecy
from mlops_gates.gates.builders.rules import broken

STEP = {"Name": "Train", "Type": "Training", "Arguments": {"RoleArn": "arn:aws:iam::111122223333:role/x"}}
RUN: dict[str, Any] = {
    "why": "first",
    "inputs": {},
    "dependencies": [],
    "caching": False,
    "definition": {"Version": "2020-12-01", "Steps": [STEP]},
    "step": "Train",
    "steps": ["Train"],
    "calls": [],
    "returned": "TrainingStep",
    "error": None,
}
ENTRY: dict[str, Any] = {
    "name": "mine:Train",
    "kind": "builder",
    "class": "Train",
    "file": "/code/mine.py",
    "line": 1,
    "methods": {"create_step": 2},
    "step_type": "Training",
    "required": [],
    "optional": [],
    "outputs": {},
    "config": {},
    "contract": None,
    "property_paths": {},
    "views": {},
    "runs": [RUN, {**RUN, "why": "again"}, {**RUN, "why": "waiting"}],
}
ERROR = {"type": "ValueError", "text": "no", "module": None, "file": "/code/mine.py", "line": 3}
CALL = {"service": "sagemaker", "operation": "CreateTrainingJob", "request": {}, "file": "", "line": 0, "own": False}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def with_(**members: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ENTRY), **members}


def runs(**members: Any) -> dict[str, Any]:
    """The entry with other members of its first run."""
    return with_(runs=[{**RUN, **members}, *ENTRY["runs"][1:]])


def told(entry: dict[str, Any]) -> dict[str, str]:
    """What builders.render and builders.views say of an entry, by rule."""
    target = targets.of_entry("mine:Train", entry, "us-east-1", lambda _: Location("mine.py", 1))
    found = [*broken("r", rendering.RULES, target), *broken("v", views.RULES, target)]
    return {one.rule.id: one.told for one in found}


def test_an_honest_answer_has_no_fault_and_nothing_is_said() -> None:
    assert reading.fault(ENTRY, runs=True) == ""
    assert told(ENTRY) == {}


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (with_(runs=[]), "it has no run"),
        (with_(runs=5), "runs is no list"),
        (with_(runs=[5]), "runs[0] is no mapping"),
        (with_(kind="pipe"), "kind is none that there is"),
        (with_(line="one"), "line is no number"),
        (with_(methods={"create_step": "two"}), "methods have no lines"),
        (with_(required=[1]), "required is no list of names"),
        (with_(views={"get_inputs": 5}), "views have no form"),
        (with_(views={"get_inputs": {"error": 5}}), "views have no form"),
        (runs(steps=[{}]), "runs[0].steps is no list of names"),
        (runs(definition=[]), "runs[0].definition is no mapping"),
        (runs(calls=[{"service": "sagemaker", "operation": "CreateModel"}]), "runs[0].calls are none"),
        (runs(calls=[{**CALL, "request": [1]}]), "runs[0].calls are none"),
        (runs(error={"type": 1, "text": ""}), "error.type is no text"),
        (with_(name="Tr\ud800"), "it holds half a character (a lone surrogate)"),
        ({name: one for name, one in ENTRY.items() if name != "runs"}, "runs is missing"),
    ],
)
def test_a_forged_answer_is_named(forged: dict[str, Any], words: str) -> None:
    assert reading.fault(forged, runs=True) == words


def test_an_answer_that_is_nested_without_end_is_named() -> None:
    deep: Any = {}
    for _ in range(500):
        deep = {"a": deep}
    assert reading.fault(with_(config=deep), runs=True) == "it is nested deeper than 100 levels"


@given(st.sampled_from([*ENTRY, *RUN]), JSON)
def test_whatever_passes_for_an_answer_is_judged_without_a_crash(name: str, value: Any) -> None:
    forged = with_(**{name: value}) if name in ENTRY else runs(**{name: value})
    if not reading.fault(forged, runs=True):
        told(forged)


def test_what_raises_when_it_shall_wait_is_told() -> None:
    entry = with_(runs=[RUN, {**RUN, "why": "waiting", "dependencies": ["Probe"], "caching": True, "error": ERROR}])
    assert told(entry) == {
        "dependencies-taken": "with a step to wait for and caching it ends with ValueError: no at mine.py:3"
    }


@pytest.mark.parametrize(
    ("views", "rule", "words"),
    [
        ({"get_required_dependencies": {"value": 42}}, "declares-names", "type int where a list of names"),
        ({"get_outputs": {"value": [1]}}, "declares-names", "lists a value of type int"),
        ({"get_required_dependencies": {"error": ERROR}}, "answers", "ends with ValueError: no"),
        ({"validate_configuration": {"error": ERROR}}, "config-valid", "refuses the config with ValueError: no"),
        ({"validate_configuration": {"value": False}}, "config-valid", "says that the config is not valid"),
    ],
)
def test_what_a_builder_says_of_itself_is_held_to_its_form(views: dict[str, Any], rule: str, words: str) -> None:
    found = told(with_(views=views))
    assert list(found) == [rule]
    assert words in found[rule]


@pytest.mark.parametrize("value", [None, [], ["train"], {"train": "rows"}])
def test_names_and_nothing_are_declarations(value: Any) -> None:
    assert told(with_(views={"get_required_dependencies": {"value": value}})) == {}


def test_a_job_that_is_started_while_the_step_is_built_is_no_request_of_it() -> None:
    found = told(with_(runs=[{**RUN, "definition": None, "steps": [], "returned": "NoneType", "calls": [CALL]}]))
    assert found["gives-a-step"] == "gives nothing, and no step"
    assert "PipelineSession" in found["no-changes"]


def test_steps_that_no_definition_has_are_no_steps() -> None:
    assert "gives-a-step" in told(runs(steps=["Other"]))
    assert "gives-a-step" in told(with_(kind="step", methods={}, runs=[{**RUN, "definition": None, "steps": []}]))
    empty = {"Version": "2020-12-01", "Steps": []}
    assert "has-steps" in told(with_(kind="pipeline", methods={}, runs=[{**RUN, "definition": empty, "steps": []}]))


def test_an_input_is_followed_as_it_was_given() -> None:
    """A name stands for an input that is one, and what follows is text within the definition's own text."""
    given = {"model_name": "mlops-gates-inputs-model-name"}
    step = {**STEP, "Arguments": {"Environment": {"NAME": given["model_name"]}}}
    entry = with_(required=["model_name"], runs=[{**RUN, "inputs": given, "definition": {"Steps": [step]}}])
    assert "inputs-followed" not in told(entry)
    assert "inputs-followed" in told(with_(required=["model_name"], runs=[{**RUN, "inputs": given}]))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("ChurnTrainingStepBuilder", ("Training", "Tuning", "AutoML")),
        ("XGBoostTuning", ("Tuning",)),
        ("PrepareProcessing", ("Processing",)),
        ("BatchTransformStep", ("Transform",)),
        ("RegisterModel", ("RegisterModel",)),
        ("ChurnCreateModelBuilder", ("Model",)),
        ("BertFineTuning", ()),
        ("TransformerTraining", ("Training", "Tuning", "AutoML")),
        ("FeatureTransformBuilder", ()),
        ("TrainingDataLoader", ()),
        ("", ()),
    ],
)
def test_only_the_end_of_a_name_says_what_is_built(name: str, kinds: tuple[str, ...]) -> None:
    assert wanted_kinds(name) == kinds


def test_no_message_tells_a_secret() -> None:
    text = "s3://b?X-Amz-Signature=0a1b2c and https://ci:hunter22@h/x and correct-horse"
    assert secrecy.without(text, ["correct-horse"]) == "s3://b?X-Amz-Signature=(secret) and (secret)/x and (secret)"
    assert secrecy.without("s3://bucket/key?versionId=3 is not there") == "s3://bucket/key?versionId=3 is not there"
    config = {"db": [{"password": "hunter22"}], "api_key": "abcdef12", "user": "ann", "secret_name": "prod/db"}
    assert sorted(secrecy.within("", config)) == ["abcdef12", "hunter22"]
