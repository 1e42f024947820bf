"""`builders freeze` and builders.frozen, from the config to the finding."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mlops_gates.cli import commands
from mlops_gates.errors import CheckError
from mlops_gates.gates.builders.comparing import keeping

WHOLE = Path(__file__).parents[3] / "examples/builders/pipeline/pass/whole/pipeline.json"
CONFIG = "builders:\n  targets: [pipeline.json]\n  frozen: builders.frozen.json\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(WHOLE, tmp_path / "pipeline.json")
    (tmp_path / "mlops-gates.yml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def called(*arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments, standalone_mode=False)


def freeze(*arguments: str) -> str:
    result = called("builders", "freeze", *arguments)
    assert result.exception is None, result.output
    return result.output


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(commands, ["builders", "freeze", *arguments])
    assert result.exit_code != 0
    return result.output


def edit(project: Path, change: Callable[[Any], object]) -> None:
    file = project / "pipeline.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    change(told)
    file.write_text(json.dumps(told, indent=2), encoding="utf-8")


def findings(project: Path) -> dict[str, str]:
    called("run", "--report-dir", "out")
    told = json.loads((project / "out/results.json").read_text(encoding="utf-8"))
    checks = [check for gate in told["gates"] for check in gate["checks"] if check["check"] == "builders.frozen"]
    assert len(checks) == 1
    return {one["subject"]: one["message"] for one in checks[0]["findings"]}


def test_what_was_frozen_and_did_not_change_passes_and_the_file_stays_the_same(project: Path) -> None:
    assert freeze() == "builders.frozen.json: the requests of 1 target.\n"
    first = (project / "builders.frozen.json").read_bytes()
    assert findings(project) == {}
    freeze()
    assert (project / "builders.frozen.json").read_bytes() == first


def test_changes_of_a_step_of_a_branch_of_a_parameter_are_told(project: Path) -> None:
    freeze()

    def change(told: Any) -> None:
        told["Steps"][1]["Arguments"]["ResourceConfig"]["InstanceType"] = "ml.m5.4xlarge"
        told["Steps"][1]["DependsOn"] = []
        told["Steps"][3]["Arguments"]["ElseSteps"][0]["Arguments"]["ErrorMessage"] = "Too bad"
        told["Parameters"][2]["DefaultValue"] = 0.5

    edit(project, change)
    assert findings(project) == {
        "pipeline.json: Definition.Steps[Train].Arguments.ResourceConfig.InstanceType": "pipeline.json: "
        "Definition.Steps[Train].Arguments.ResourceConfig.InstanceType: instance ml.m5.2xlarge -> ml.m5.4xlarge.",
        "pipeline.json: Definition.Steps[Train].DependsOn": "pipeline.json: Definition.Steps[Train].DependsOn: "
        "DependsOn changed: without Prepare.",
        "pipeline.json: Definition.Steps[GoodEnough].Arguments.ElseSteps[TooBad].Arguments.ErrorMessage": "pipeline.json: "
        "Definition.Steps[GoodEnough].Arguments.ElseSteps[TooBad].Arguments.ErrorMessage: "
        "ErrorMessage The loss is too high -> Too bad.",
        "pipeline.json: Definition.Parameters[MaxLoss].DefaultValue": "pipeline.json: "
        "Definition.Parameters[MaxLoss].DefaultValue: parameter MaxLoss: DefaultValue 0.3 -> 0.5.",
    }


def test_steps_that_are_new_or_gone_are_told(project: Path) -> None:
    freeze()
    edit(project, lambda told: told["Steps"][3]["Arguments"]["IfSteps"][0].update(Name="Publish"))
    told = " ".join(findings(project).values())
    assert "CreateModelPackage of the step Publish is new" in told
    assert "CreateModelPackage Register is gone" in told


def test_targets_that_are_new_or_gone_are_told(project: Path) -> None:
    freeze()
    (project / "pipeline.json").rename(project / "churn.json")
    (project / "mlops-gates.yml").write_text(CONFIG.replace("pipeline.json", "churn.json"), encoding="utf-8")
    assert findings(project) == {
        "churn.json": "churn.json: it is new: the file does not have it yet.",
        "pipeline.json": "pipeline.json: it was frozen, and is no target any more.",
    }


def test_values_of_hyperparameters_are_neither_stored_nor_told(project: Path) -> None:
    edit(project, lambda told: told["Steps"][1]["Arguments"]["HyperParameters"].update(owner="somebody-important"))
    freeze()
    assert "somebody-important" not in (project / "builders.frozen.json").read_text(encoding="utf-8")
    edit(project, lambda told: told["Steps"][1]["Arguments"]["HyperParameters"].update(owner="nobody-at-all"))
    assert list(findings(project).values()) == [
        "pipeline.json: Definition.Steps[Train].Arguments.HyperParameters.owner: hyperparameter owner changed."
    ]


def test_without_the_option_nothing_is_compared_and_the_command_says_how(project: Path) -> None:
    (project / "mlops-gates.yml").write_text("builders:\n  targets: [pipeline.json]\n", encoding="utf-8")
    assert freeze().endswith("Add `frozen: builders.frozen.json` to the block to compare with it.\n")
    called("run", "--report-dir", "out")
    assert "builders.frozen" not in (project / "out/results.json").read_text(encoding="utf-8")


def test_a_missing_file_is_an_error_at_the_config_line(project: Path) -> None:
    called("run", "--report-dir", "out")
    told = json.loads((project / "out/results.json").read_text(encoding="utf-8"))
    check = next(one for gate in told["gates"] for one in gate["checks"] if one["check"] == "builders.frozen")
    assert check["status"] == "errored"
    assert "builders freeze" in json.dumps(check)


def test_nothing_is_replaced_that_is_not_ours(project: Path) -> None:
    (project / "builders.frozen.json").write_text("{}", encoding="utf-8")
    assert "holds something else" in refused()
    assert "no .json file" in refused("--output", "frozen.txt")
    assert "no .json file" in refused("--output", "nowhere/frozen.json")
    freeze("--output", "other.json")
    assert (project / "builders.frozen.json").read_text(encoding="utf-8") == "{}"
    assert (project / "other.json").is_file()


def test_what_cannot_be_rendered_is_not_stored(project: Path) -> None:
    (project / "pipeline.json").write_text('{"Steps": ', encoding="utf-8")
    assert "is no JSON" in refused()
    assert not (project / "builders.frozen.json").exists()


def test_a_config_without_builders_and_two_blocks_of_one_file(project: Path) -> None:
    two = "builders:\n" + "".join(f"  - name: {name}\n    targets: [pipeline.json]\n" for name in ("one", "two"))
    (project / "mlops-gates.yml").write_text(two, encoding="utf-8")
    assert "in one file" in refused()
    (project / "t.csv").write_text("a\n1\n", encoding="utf-8")
    (project / "mlops-gates.yml").write_text("data:\n  source: t.csv\n", encoding="utf-8")
    assert "has no builders" in refused()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "x"}', "\x00", json.dumps({"format": keeping.FORMAT, "schema": 2, "targets": {}})]
    + [
        json.dumps({"format": keeping.FORMAT, "schema": 1, "targets": one})
        for one in (None, [], {"a": 1}, {"a": {"sdk": 3}})
    ],
)
def test_what_is_no_frozen_file_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "frozen.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CheckError) as told:
        keeping.load(file)
    assert "builders freeze" in told.value.next_step
