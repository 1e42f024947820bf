"""Builders are found and asked: with an SDK of a few lines, so that what is shown is ours."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_gates.worker.client import Worker
from mlops_gates.worker.job import Job

Render = Callable[..., dict[str, Any]]

SDK = {
    "__init__": "",
    "workflow/__init__": "",
    "workflow/pipeline_context": """
        class PipelineSession:
            def __init__(self, boto_session=None):
                self.boto_session, self.context = boto_session, None
    """,
    "workflow/properties": """
        class Properties:
            def __init__(self, name, step=None, shape_name=None):
                self.name = name
    """,
    "workflow/steps": """
        import enum

        class StepTypeEnum(enum.Enum):
            PROCESSING = "Processing"

        class Step:
            def __init__(self, name, display_name=None, description=None, step_type=None, depends_on=None):
                self.name, self.depends_on, self.step_type = name, depends_on, step_type

        class TrainingStep(Step):
            def __init__(self, name, arguments, depends_on=None, cached=False):
                super().__init__(name, depends_on=depends_on)
                self.arguments, self.cached = arguments, cached

            def request(self):
                found = {"Name": self.name, "Type": "Training", "Arguments": self.arguments}
                if self.cached:
                    found["CacheConfig"] = {"Enabled": True}
                return found
    """,
    "workflow/step_collections": "class StepCollection: pass",
    "workflow/pipeline": """
        import json

        class Pipeline:
            def __init__(self, name, steps, sagemaker_session=None):
                self.steps = steps

            def definition(self):
                made = []
                for step in self.steps:
                    found = step.request() if hasattr(step, "request") else {
                        "Name": step.name, "Type": "Processing", "Arguments": step.arguments}
                    if step.depends_on:
                        found["DependsOn"] = [getattr(other, "name", other) for other in step.depends_on]
                    made.append(found)
                return json.dumps({"Version": "2020-12-01", "Steps": made})
    """,
}
BUILDER = """
    from sagemaker.workflow.steps import TrainingStep

    class Contract:
        expected_input_paths = {"train": "/opt/ml/input/data/train"}
        expected_output_paths = {"model": "/opt/ml/model"}

    class Training:
        contract = Contract()

        def __init__(self, config, sagemaker_session=None, role=None, registry_manager=None):
            self.config, self.role = config, role

        def get_required_dependencies(self):
            return ["train"]

        def get_optional_dependencies(self):
            return ["pretrained_model"]

        def get_outputs(self):
            return {"model": "what was trained"}

        def get_property_path(self, name):
            return {"model": "ModelArtifacts.S3ModelArtifacts"}[name]

        def get_hyperparameters(self):
            return {"epochs": self.config.epochs, "what": object()}

        def get_metrics_config(self):
            raise LookupError("no metrics")

        def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=True):
            given = {"RoleArn": self.role, "Channels": inputs}
            return TrainingStep("Train", given, dependencies, enable_caching)
"""


@pytest.fixture
def render(tmp_path: Path) -> Iterator[Render]:
    """Renders a target of a module of this source, in a worker with a small SDK: its list, or one of it."""
    workers: list[Worker] = []
    for name, source in SDK.items():
        file = tmp_path / "code" / "sagemaker" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source))

    def ask(source: str, attribute: str, only: str | None = "", **more: Any) -> dict[str, Any]:
        (tmp_path / "code" / "mine.py").write_text(textwrap.dedent(source))
        worker = Worker.start(Job(model="", code=(tmp_path / "code",), seconds=30.0))
        workers.append(worker)
        target = f"mine:{attribute}"
        listed = worker.render(target, **more)
        if only is None or "error" in listed:
            return listed
        return worker.render(target, only=only or listed["builders"][0]["name"], **more)

    yield ask
    for worker in workers:
        worker.close()


def line_of(words: str) -> int:
    return next(number for number, line in enumerate(BUILDER.splitlines(), 1) if words in line)


def test_a_class_is_made_with_its_config_and_asked_in_three_ways(render: Render) -> None:
    entry = render(BUILDER, "Training", config={"epochs": 3}, role="arn:aws:iam::111122223333:role/own")
    assert (entry["name"], entry["kind"], entry["class"]) == ("mine:Training", "builder", "Training")
    assert entry["file"].endswith("mine.py")
    assert entry["line"] == line_of("class Training:")
    assert entry["methods"]["create_step"] == line_of("def create_step")
    assert entry["step_type"] == "Training"
    assert (entry["required"], entry["optional"]) == (["train"], ["pretrained_model"])
    assert entry["outputs"] == {"model": "what was trained"}
    assert entry["config"] == {"epochs": 3}
    assert entry["contract"]["inputs"] == {"train": "/opt/ml/input/data/train"}
    assert entry["property_paths"] == {"model": "ModelArtifacts.S3ModelArtifacts"}
    assert entry["views"]["get_hyperparameters"] == {"value": {"epochs": 3, "what": "<object>"}}
    assert entry["views"]["get_metrics_config"]["error"]["type"] == "LookupError"
    assert [run["why"] for run in entry["runs"]] == ["first", "again", "waiting"]
    first, again, waiting = entry["runs"]
    given = {"train": "s3://mlops-gates-inputs/train"}
    given["pretrained_model"] = "s3://mlops-gates-inputs/pretrained_model/model.tar.gz"
    assert first["inputs"] == given
    step = {"Name": "Train", "Type": "Training"}
    step["Arguments"] = {"RoleArn": "arn:aws:iam::111122223333:role/own", "Channels": given}  # type: ignore[assignment]
    assert first["definition"]["Steps"] == again["definition"]["Steps"] == [step]
    assert (waiting["steps"], waiting["step"], waiting["dependencies"]) == (["Train"], "Train", ["Probe"])
    assert waiting["definition"]["Steps"][1] == {**step, "DependsOn": ["Probe"], "CacheConfig": {"Enabled": True}}


def test_a_builder_that_requires_nothing_is_also_asked_with_nothing(render: Render) -> None:
    entry = render(
        """
        from sagemaker.workflow.steps import TrainingStep

        class Bare:
            def create_step(self, inputs=None, enable_caching=True):
                return TrainingStep("Train", {"n": len(inputs)}, cached=enable_caching)
        """,
        "Bare",
    )
    assert [run["why"] for run in entry["runs"]] == ["first", "again", "bare", "waiting"]
    bare = entry["runs"][2]
    assert (bare["error"]["type"], bare["error"]["line"], bare["caching"]) == ("TypeError", 6, True)
    assert entry["runs"][0]["error"] is None


def test_a_function_gives_many_each_with_a_name(render: Render) -> None:
    source = (
        BUILDER
        + """
    def several(config):
        return {"a": Training(config), "b": TrainingStep("Alone", {})}
    """
    )
    listed = render(source, "several", None, config={"epochs": 1})
    assert [(each["name"], each["kind"]) for each in listed["builders"]] == [
        ("mine:several['a']", "builder"),
        ("mine:several['b']", "step"),
    ]
    alone = render(source, "several", "mine:several['b']", config={"epochs": 1})
    assert [run["why"] for run in alone["runs"]] == ["first", "again"]
    assert alone["runs"][0]["steps"] == ["Alone"]


def test_a_pipeline_is_its_own_definition(render: Render) -> None:
    entry = render(
        """
        from sagemaker.workflow.pipeline import Pipeline
        from sagemaker.workflow.steps import TrainingStep

        def get_pipeline(region, role, default_bucket):
            return Pipeline("p", [TrainingStep("T", {"where": [region, role, default_bucket]})])
        """,
        "get_pipeline",
        region="eu-west-1",
    )
    assert entry["kind"] == "pipeline"
    assert entry["runs"][0]["definition"]["Steps"][0]["Arguments"]["where"] == [
        "eu-west-1",
        "arn:aws:iam::111122223333:role/mlops-gates",
        "sagemaker-eu-west-1-111122223333",
    ]


def test_steps_that_wait_for_others_bring_them_along_even_in_a_circle(render: Render) -> None:
    entry = render(
        """
        from sagemaker.workflow.steps import TrainingStep

        class Chain:
            def create_step(self):
                first, second = TrainingStep("First", {}), TrainingStep("Second", {})
                first.depends_on, second.depends_on = [second, "by name"], [first]
                return second
        """,
        "Chain",
    )
    run = entry["runs"][0]
    assert run["error"] is None
    assert [step["Name"] for step in run["definition"]["Steps"]] == ["First", "Second"]
    assert run["steps"] == ["Second"]


def test_a_config_is_made_of_the_class_that_the_constructor_names(render: Render) -> None:
    entry = render(
        """
        from __future__ import annotations
        from dataclasses import dataclass

        @dataclass
        class Config:
            epochs: int
            rate: float = 0.5

        class Builder:
            def __init__(self, config: Config | None = None):
                self.config = config

            def create_step(self):
                return {"told": self.config.epochs}
        """,
        "Builder",
        config={"epochs": 4},
    )
    assert entry["config"] == {"epochs": 4, "rate": 0.5}
    assert entry["runs"][0]["returned"] == "dict"
    assert entry["runs"][0]["definition"] is None
    assert entry["runs"][0]["error"] is None


def test_a_class_without_any_method_has_no_runs(render: Render) -> None:
    entry = render("class Empty: pass", "Empty")
    assert entry["runs"] == []
    assert entry["methods"] == {}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import no_such_module_at_all", ("ModuleNotFoundError", "no_such_module_at_all", 1)),
        ("x = 1\ndef broken(:\n    pass", ("SyntaxError", None, 2)),
        ("import sys\nsys.exit(3)", ("SystemExit", None, 2)),
        ("def f():\n    raise KeyError('training_instance_type')\nf()", ("KeyError", None, 2)),
    ],
)
def test_an_import_that_fails_names_module_file_and_line(
    render: Render, source: str, expected: tuple[str, str | None, int]
) -> None:
    error = render(source, "Builder")["error"]
    assert (error["type"], error["module"], error["line"]) == expected
    assert error["file"].endswith("mine.py")


def test_what_is_no_builder_is_said(render: Render) -> None:
    assert render("x = 1", "x")["error"]["text"] == "mine:x gives a int: neither a builder nor a step, nor several"
    assert render("x = 1", "y")["error"]["text"] == "module mine has no y"
    assert (
        "asks for colour"
        in (render("class B:\n    def create_step(self, colour): pass", "B")["runs"][0]["error"]["text"])
    )


def test_an_exit_is_an_answer_and_the_next_run_goes_on(render: Render) -> None:
    entry = render(
        """
        class Leaves:
            def create_step(self):
                raise SystemExit(2)
        """,
        "Leaves",
    )
    assert {run["error"]["type"] for run in entry["runs"]} == {"SystemExit"}
    assert {run["error"]["line"] for run in entry["runs"]} == {4}


LENT = """
    class Team:
        def __init__(self, role=None):
            self.role = role

        def get_required_dependencies(self):
            return {"train": 1}.keys()

        def create_step(self, inputs=None):
            return TrainingStep("Train", {"RoleArn": self.role})
"""


def test_only_what_the_signature_takes_is_expected_of_a_builder(render: Render) -> None:
    source = textwrap.dedent("from sagemaker.workflow.steps import TrainingStep\n") + textwrap.dedent(LENT)
    entry = render(source, "Team")
    waiting = entry["runs"][-1]
    assert (waiting["why"], waiting["dependencies"], waiting["caching"]) == ("waiting", [], False)
    assert [step["Name"] for step in waiting["definition"]["Steps"]][-1] == "Train"
    assert entry["required"] == ["train"]


def test_what_is_inherited_from_another_file_is_told_with_its_file(render: Render, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir(exist_ok=True)
    source = textwrap.dedent("from sagemaker.workflow.steps import TrainingStep\n") + textwrap.dedent(LENT)
    (tmp_path / "code/team.py").write_text(source)
    entry = render("\n\nfrom team import Team\n\nclass Mine(Team):\n    def get_outputs(self): return []\n", "Mine")
    team = str(tmp_path / "code/team.py")
    line = source.splitlines().index("    def create_step(self, inputs=None):") + 1
    assert entry["places"]["create_step"] == [team, line]
    assert entry["places"]["get_outputs"] == [entry["file"], 6]
    assert entry["methods"]["create_step"] == 5
    assert entry["bases"] == [{"class": "Team", "file": team}]


def test_a_step_has_the_place_of_the_function_that_made_it(render: Render) -> None:
    source = """
        from sagemaker.workflow.steps import TrainingStep

        def train():
            return TrainingStep("Train", {})
    """
    entry = render(source, "train")
    assert (entry["kind"], entry["function"], entry["line"]) == ("step", "train", 4)
    assert entry["file"].endswith("mine.py")


def test_members_that_cannot_be_asked_for_are_not_there(render: Render) -> None:
    source = """
        class Odd:
            @property
            def deploy(self): raise ValueError("hidden")
            def __getattr__(self, name): raise LookupError(name)
            def create_step(self): return 1
    """
    entry = render(source, "Odd")
    assert [run["returned"] for run in entry["runs"]] == ["int"] * 4
