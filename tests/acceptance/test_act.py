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


def spoil(trained):
    """Gives a project source data of its own, with blanks where there must be none."""

    def prepare(project):
        (project / "data").mkdir()
        source = project / "data" / "source.csv"
        parts = [(trained / "data" / name).read_text().splitlines() for name in ("train.csv", "test.csv")]
        source.write_text("\n".join([*parts[0], *parts[1][1:]]) + "\n")
        blank(source, "mean_radius", 100)

    return prepare


def deployed(log):
    """Whether the deploy job's step has run."""
    return re.search(r"Deploy\s*\].*deploying to", log) is not None


def test_good_data_is_deployed_and_the_inputs_drive_the_run(dispatch):
    code, log, artifacts = dispatch(lambda project: None, environment="production", force_retrain="true")
    assert (code, deployed(log)) == (0, True), log[-6000:]
    assert "deploying to production" in log
    results = (artifacts / "code-scanning" / "results.sarif").read_text()
    assert json.loads(results)["version"] == "2.1.0"
    assert "0.92" in log, "force_retrain raises the limit through `set`"


def test_bad_data_is_not_deployed_and_its_findings_are_uploaded_all_the_same(dispatch, trained):
    code, log, artifacts = dispatch(spoil(trained), environment="staging", force_retrain="false")
    assert (code, deployed(log)) == (1, False), log[-6000:]
    results = json.loads((artifacts / "code-scanning" / "results.sarif").read_text())["runs"][0]["results"]
    assert "data.nulls" in {result["ruleId"] for result in results}
