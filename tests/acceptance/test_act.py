"""The example workflow, word for word, under act: the deploy job runs on good data and does not on bad.

GitHub's own actions cannot be fetched here: stand_ins/ keeps artifacts in a mounted folder. act shows the gating;
the container as the runner starts it is the matter of test_github_step.py.
"""

import json
import re
import shutil

import pytest
import yaml

from .machine import HERE, ROOT, blank, repository, sh

WORKFLOW = ROOT / "examples" / "github" / "mlops-gates.yml"
OURS = "mlops-gates/mlops-gates@v1"
GIVEN = "          environment: ${{ inputs.environment }}\n"
"""The first input that the workflow gives our action."""


def references():
    """Every action that the workflow uses, as it is written there."""
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    return {step["uses"] for job in jobs for step in job["steps"] if "uses" in step}


def stand_in(reference):
    """The option that makes act take an action from a folder."""
    name, ref = reference.split("@")
    repository_name = "/".join(name.split("/")[:2])
    return f"{repository_name}@{ref}={HERE / 'stand_ins' / repository_name.split('/')[1]}"


@pytest.fixture
def dispatch(image, checkout, tool, tmp_path):
    """Dispatches the workflow for a project with the given source data and inputs; returns the log and artifacts."""

    def run(prepare, **inputs):
        project = tmp_path / "project"
        shutil.copytree(checkout / "examples" / "project", project)
        (project / ".github" / "workflows").mkdir(parents=True)
        shutil.copy(WORKFLOW, project / ".github" / "workflows" / "mlops-gates.yml")
        prepare(project)
        workspace = repository(project, tmp_path / "workspace")
        sh("git", "remote", "add", "origin", "https://github.com/octo/churn.git", cwd=workspace)
        event = tmp_path / "event.json"
        event.write_text(json.dumps({"inputs": inputs}))
        artifacts = tmp_path / "artifacts"
        artifacts.mkdir()
        local = [f"{OURS}={checkout}"]
        local += [stand_in(one) for one in references() if one != OURS and not one.startswith("actions/checkout@")]
        done = sh(
            tool("act"), "workflow_dispatch", "--eventpath", event, "-P", f"ubuntu-latest={image}", "--pull=false",
            "--rm", "--action-offline-mode", "--container-options", f"-v {artifacts}:/artifacts",
            *(part for one in local for part in ("--local-repository", one)), cwd=workspace, DOCKER_BUILDKIT="0",
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr, artifacts

    return run


def source(project, trained, column, blanks):
    """Gives a project source data of its own, with blanks in a column."""
    (project / "data").mkdir()
    path = project / "data" / "source.csv"
    parts = [(trained / "data" / name).read_text().splitlines() for name in ("train.csv", "test.csv")]
    path.write_text("\n".join([*parts[0], *parts[1][1:]]) + "\n")
    blank(path, column, blanks)


def edit(project, change):
    """Changes the config of a project."""
    path = project / "mlops-gates.yml"
    tree = yaml.safe_load(path.read_text())
    change(tree)
    path.write_text(yaml.safe_dump(tree, sort_keys=False))


def deployed(log):
    """Whether the deploy job's step has run."""
    return re.search(r"Deploy\s*\].*deploying to", log) is not None


def results(artifacts):
    """The results.json of the gate's step."""
    return json.loads((artifacts / "code-scanning" / "results.json").read_text())


def least_accuracy(tree):
    """The limit that the accuracy was held against."""
    checks = [check for gate in tree["gates"] for check in gate["checks"]]
    (one,) = [one for check in checks for one in check["measurements"] if one["name"] == "accuracy"]
    return one["limit"]["low"]


@pytest.mark.parametrize(
    ("environment", "force_retrain", "limit"),
    [("production", "true", 0.92), ("production", "false", 0.91), ("staging", "false", 0.88)],
)
def test_good_data_is_deployed_and_the_inputs_drive_the_run(dispatch, environment, force_retrain, limit):
    code, log, artifacts = dispatch(lambda project: None, environment=environment, force_retrain=force_retrain)
    assert (code, deployed(log)) == (0, True), log[-6000:]
    assert f"deploying to {environment}" in log
    assert json.loads((artifacts / "code-scanning" / "results.sarif").read_text())["version"] == "2.1.0"
    tree = results(artifacts)
    assert (tree["status"], tree["environment"], least_accuracy(tree)) == ("passed", environment, limit)


def test_bad_data_is_not_deployed_and_its_findings_are_uploaded_all_the_same(dispatch, trained):
    code, log, artifacts = dispatch(
        lambda project: source(project, trained, "mean_radius", 100), environment="staging", force_retrain="false"
    )
    assert (code, deployed(log)) == (1, False), log[-6000:]
    found = json.loads((artifacts / "code-scanning" / "results.sarif").read_text())["runs"][0]["results"]
    assert "data.nulls" in {result["ruleId"] for result in found}


def test_a_low_quality_score_alone_keeps_the_deploy_job_from_running(dispatch, trained):
    """The gate passes, because the config tolerates the blanks and asks for no score; the job's `if` asks for one."""

    def tolerate(tree):
        del tree["data"]["min_quality_score"]
        tree["data"]["columns"] = {"mean_radius": {"type": "number", "nulls": "90 %"}}

    def prepare(project):
        source(project, trained, "mean_radius", 250)
        edit(project, tolerate)

    code, log, artifacts = dispatch(prepare, environment="staging", force_retrain="false")
    assert (code, deployed(log)) == (0, False), log[-6000:]
    tree = results(artifacts)
    assert (tree["status"], tree["exit_code"]) == ("passed", 0)
    assert float(tree["values"]["quality-score"]) < 0.9


def test_a_verdict_that_does_not_pass_alone_keeps_the_deploy_job_from_running(dispatch):
    """The step succeeds by `fail-on: never`, and the data are good; the output `passed` keeps the truth."""

    def demand(tree):
        tree["model"]["thresholds"]["accuracy"] = 0.9999

    def prepare(project):
        edit(project, demand)
        workflow = project / ".github" / "workflows" / "mlops-gates.yml"
        before, after = workflow.read_text().split(GIVEN)
        workflow.write_text(f"{before}{GIVEN}          fail-on: never\n{after}")

    code, log, artifacts = dispatch(prepare, environment="staging", force_retrain="false")
    assert (code, deployed(log)) == (0, False), log[-6000:]
    tree = results(artifacts)
    assert (tree["status"], tree["exit_code"]) == ("failed", 1)
    assert float(tree["values"]["quality-score"]) >= 0.9
