"""The template under gitlab-ci-local: reports always, deploy on good data only."""

import json
import shutil

import pytest
import yaml

from .machine import ROOT, repository, sh

EXAMPLE = ROOT / "examples" / "gitlab" / ".gitlab-ci.yml"
HELPER = "mlops-gates-acceptance:helper"


@pytest.fixture(scope="module")
def helper(image, tmp_path_factory):
    """The image that gitlab-ci-local copies files with."""
    folder = tmp_path_factory.mktemp("helper")
    (folder / "Dockerfile").write_text(
        f"FROM {image}\nRUN apt-get update -qq && apt-get install -y -qq --no-install-recommends rsync >/dev/null\n"
        "ENTRYPOINT []\n"
    )
    done = sh("docker", "build", "-t", HELPER, folder, DOCKER_BUILDKIT="0")
    assert done.returncode == 0, done.stdout + done.stderr
    return HELPER


def pipeline(template, image, **inputs):
    """The example pipeline with the template as a local include, on images that are here."""
    made = yaml.safe_load(EXAMPLE.read_text())
    (include,) = made["include"]
    made["include"] = [{"local": template, "inputs": include["inputs"] | {"image": image} | inputs}]
    for job in ("train", "deploy"):
        made[job]["image"] = {"name": image, "entrypoint": [""]}
    made["deploy"]["needs"] = [inputs.get("job-prefix", "mlops-gates")]
    return yaml.safe_dump(made, sort_keys=False)


@pytest.fixture
def run(image, helper, checkout, tool, tmp_path):
    def go(prepare=lambda project: None, template=".gitlab-ci-template.yml", **inputs):
        project = tmp_path / "project"
        shutil.copytree(checkout / "examples" / "project", project)
        (project / template).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkout / template, project / template)
        (project / ".gitlab-ci.yml").write_text(pipeline(template, image, **inputs))
        prepare(project)
        workspace = repository(project, tmp_path / "workspace")
        sh("git", "remote", "add", "origin", "git@gitlab.com:octo/churn.git", cwd=workspace)
        done = sh(
            tool("gitlab-ci-local"), "--pull-policy", "if-not-present", "--helper-image", helper, cwd=workspace
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr, workspace

    return go


def spoil(project):
    """A training script that leaves blanks in the data that it keeps for the gates."""
    script = project / "train.py"
    script.write_text(
        script.read_text().replace(
            '    test.to_csv("data/test.csv"',
            '    test.loc[test.index[:3], "mean_radius"] = None\n    test.to_csv("data/test.csv"',
        )
    )


@pytest.mark.parametrize("template", [".gitlab-ci-template.yml", "templates/mlops-gates/template.yml"])
def test_good_data_is_deployed(run, template):
    code, log, workspace = run(template=template)
    assert code == 0, log
    assert "> deploying" in log
    for job in ("train", "mlops-gates-report", "mlops-gates", "deploy"):
        assert any(line.split() == ["PASS", job] for line in log.splitlines()), log
    report = workspace / "mlops-gates-report"
    assert isinstance(json.loads((report / "gl-code-quality.json").read_text()), list)
    assert "MLOPS_GATES_PASSED=true" in (report / "outputs.env").read_text()


def test_bad_data_is_reported_by_a_job_that_succeeds_and_not_deployed(run):
    code, log, workspace = run(spoil)
    assert code != 0
    assert "> deploying" not in log
    states = {words[1]: words[0] for words in map(str.split, log.splitlines()) if len(words) >= 2}
    assert states.get("mlops-gates-report") == "PASS", log
    assert states.get("mlops-gates") == "FAIL", log
    (entry, *_) = json.loads((workspace / "mlops-gates-report" / "gl-code-quality.json").read_text())
    assert entry["location"]["path"]
    assert "MLOPS_GATES_PASSED=false" in (workspace / "mlops-gates-report" / "outputs.env").read_text()


def test_inputs_reach_the_command_and_stay_out_of_the_script(run):
    code, log, _ = run(set="model.thresholds.accuracy=0.9999\n", **{"job-prefix": "quality"})
    assert code != 0
    assert "0.9999" in log
    assert any(line.split()[:2] == ["FAIL", "quality"] for line in log.splitlines()), log


def test_without_sarif_the_pipeline_is_the_same(run):
    code, log, _ = run(sarif=False)
    assert code == 0, log
    assert "> deploying" in log
