"""`canary deploy|promote|rollback` from the config to the exit code, on a router of real commands (no network)."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from mlops_gates import cli
from mlops_gates.canarying import Asked
from mlops_gates.replaying import sets

pytestmark = pytest.mark.acceptance

ROUTER = """
import os, sys
from pathlib import Path
file, variables = Path(sys.argv[1]), os.environ
if variables["MLOPS_GATES_CANARY_ACTION"] == "state":
    print(file.read_text() if file.exists() else "0")
else:
    file.write_text(variables["MLOPS_GATES_CANARY_SHARE"])
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    write(tmp_path)
    return tmp_path


def write(folder, **more):
    asked = [sys.executable, "-c", ROUTER, str(folder / "share")]
    route = {"kind": "command", "shift": asked, "state": asked}
    block = {"endpoint": "web", "candidate": "v2", "steps": ["10 %", "50 %"], "route": route, **more}
    (folder / "mlops-gates.yml").write_text(json.dumps({"version": 1, "canary": block}))


def call(folder, *words):
    return CliRunner().invoke(
        cli.commands, ["canary", *words, "--working-directory", str(folder)], standalone_mode=False
    )


def test_there_and_to_the_end(project):
    done = call(project, "deploy", "--format", "json")
    assert done.return_value == 0, done.output
    assert json.loads(done.stdout)["share"] == 0.1
    assert (project / "share").read_text() == "0.1"
    assert call(project, "promote").return_value == 3, "nothing has judged it"
    assert call(project, "promote", "--override", "a test").return_value == 0
    assert (project / "share").read_text() == "1"
    assert call(project, "deploy", "--candidate", "v3").return_value == 3, "nothing but the canary has traffic"


def test_several_shares_are_given_as_flags(project):
    assert call(project, "deploy", "--percentage", "20 %, 60").return_value == 0
    assert json.loads((project / "mlops-gates-canary.json").read_text())["plan"] == [0.2, 0.6]


def test_there_and_back_whatever_else_the_config_says_by_then(project):
    assert call(project, "deploy", "--percentage", "25 %", "--duration", "1h").return_value == 0
    assert (project / "share").read_text() == "0.25"
    write(project, thresholds="gone.yml", candidate="v9", tpyo=1)
    done = call(project, "rollback")
    assert done.return_value == 0, done.output
    assert (project / "share").read_text() == "0"
    state = json.loads((project / "mlops-gates-canary.json").read_text())
    assert (state["candidate"], state["phase"], state["duration"]) == ("v2", "rolled-back", 3600.0)


@pytest.mark.parametrize(
    ("words", "block", "said"),
    [
        (("--percentage", "0"), {}, "--percentage '0' is no percentage"),
        (("--percentage", "150"), {}, "is no percentage"),
        (("--percentage", "ten"), {}, "is no percentage"),
        (("--percentage", "10,"), {}, "is no percentage"),
        (("--percentage", "50,10"), {}, "steps"),
        (("--duration", "soon"), {}, "is no duration"),
        (("--duration", "400d"), {}, "is no duration"),
        (("--thresholds", "none.yml"), {}, "none.yml"),
        (("--config", "other.yml"), {}, "no config file other.yml"),
        (("--environment", "moon"), {}, "no environment 'moon'"),
        (("--set", "canary.steps=[0.5, 0.1]"), {}, "steps"),
        (("--strategy", "linear"), {}, "linear takes one step"),
        ((), {"candidate": ""}, "no candidate is named"),
        ((), {"tpyo": 1}, "unknown key canary.tpyo"),
        ((), {"thresholds": "gone.yml"}, "there is no file gone.yml"),
        ((), {"steps": ["0 %"]}, "share of the traffic"),
        ((), {"endpoint": None}, "endpoint"),
        ((), {"state": "../../../../../../../x/y.json"}, ""),
    ],
)
def test_usage_is_told_before_anything_is_asked(project, words, block, said, monkeypatch):
    write(project, **block)
    if "state" in block:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_WORKSPACE", str(project))
    done = call(project, "deploy", *words)
    assert done.return_value == 2, done.output
    assert said in done.stderr
    assert not (project / "share").exists()


def test_monitor_finds_what_deploy_was_told_where_the_config_says_that_it_is(project):
    """Limits that were not found would be limits that nothing is held to."""
    write(project, state="kept/canary.json")
    (project / "strict.yml").write_text("error_rate: {max: 0.01}\n")
    assert call(project, "deploy", "--thresholds", "strict.yml", "--duration", "1000000").return_value == 0
    step = Asked("monitor", "mlops-gates.yml", str(project), (), "", "local")
    assert sets(step, "") == ("canary.duration=1000000s", "canary.thresholds=strict.yml")
    assert sets(replace(step, duration="1h", resume=True), "kept/canary.json") == (
        "canary.state=kept/canary.json",
        "canary.duration=1h",
        "canary.resume=true",
        "canary.thresholds=strict.yml",
    )
    (project / "kept" / "canary.json").write_text("{")
    assert sets(step, "") == (), "the run tells that in its reports"


def test_no_canary_in_the_config_or_under_way(project):
    assert call(project, "promote").return_value == 3
    assert "there is no canary" in call(project, "rollback").stderr
    (project / "mlops-gates.yml").write_text("version: 1\n")
    assert call(project, "deploy").return_value == 2


def test_a_router_that_takes_a_share_and_does_not_do_it(project):
    state = [sys.executable, "-c", "print(0)"]
    shift = [sys.executable, "-c", "pass"]
    write(project, route={"kind": "command", "shift": shift, "state": state, "settle": "2s"})
    done = call(project, "deploy")
    assert done.return_value == 3
    assert "took that, and has baseline 100 %" in done.stderr
    assert call(project, "rollback").return_value == 0


def test_a_rollback_that_a_router_refuses_is_loud(project):
    assert call(project, "deploy").return_value == 0
    broken = [
        sys.executable,
        "-c",
        "import os, sys; sys.exit(os.environ['MLOPS_GATES_CANARY_ACTION'] != 'state' and print('no') or 7)",
    ]
    state = [sys.executable, "-c", "print(0.1)"]
    write(project, route={"kind": "command", "shift": broken, "state": state, "rollback": "30s"})
    done = call(project, "rollback")
    assert done.return_value == 3
    assert "THE TRAFFIC IS NOT BACK: router web should have baseline 100 %, canary 0 %" in done.stderr
    assert "MLOPS_GATES_CANARY_ACTION=restore" in done.stderr
