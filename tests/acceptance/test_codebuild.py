"""The buildspec's phases, run by real shells in the image the way CodeBuild runs them."""

import xml.etree.ElementTree as ET

import pytest
import yaml

from .machine import ROOT, blank, repository, sh

SPEC = ROOT / "examples" / "codebuild" / "buildspec.yml"


def script(spec, after_failure="0"):
    """One shell for all phases, as with `version: 0.2`; post_build runs after a failed build, and is told so by the
    variable CODEBUILD_BUILD_SUCCEEDING, which then holds `after_failure`."""
    lines = ["export CODEBUILD_BUILD_SUCCEEDING=1"]
    for phase, body in spec["phases"].items():
        if phase == "post_build" or body.get("on-failure") == "CONTINUE":
            stop = f"export CODEBUILD_BUILD_SUCCEEDING={after_failure}"
        else:
            stop = "exit 1"
        for number, command in enumerate(body["commands"]):
            lines += [f"cat > /tmp/{phase}{number}.sh <<'COMMAND'", command.rstrip(), "COMMAND"]
            if phase == "post_build":
                lines.append(f". /tmp/{phase}{number}.sh || exit 1")
            else:
                lines.append(f"bash /tmp/{phase}{number}.sh || {stop}")
    exported = spec["env"]["exported-variables"]
    lines += ['[ "$CODEBUILD_BUILD_SUCCEEDING" = 1 ] || exit 1']
    return "\n".join(["trap 'env | grep -E \"^(" + "|".join(exported) + ")=\" | sed s/^/EXPORTED:/' EXIT", *lines])


@pytest.fixture
def build(image, checkout, trained, tmp_path):
    def run(prepare=lambda project: None, **told):
        workspace = repository(trained, tmp_path / "workspace")
        prepare(workspace)
        spec = yaml.safe_load(SPEC.read_text())
        spec["phases"]["pre_build"]["commands"] = ["true"]  # the project is trained already
        done = sh(
            "docker", "run", "--rm", "-v", f"{workspace}:/src", "--workdir", "/src", "-e", "CODEBUILD_BUILD_ID=x:1",
            "-e", "CODEBUILD_SRC_DIR=/src", "--entrypoint", "bash", image, "-c", script(spec, **told),
        )  # fmt: skip
        exported = [line.removeprefix("EXPORTED:") for line in done.stdout.splitlines() if line.startswith("EXPORTED:")]
        return done.returncode, done.stdout + done.stderr, dict(line.split("=", 1) for line in exported), workspace

    return run


def test_good_data_is_deployed_with_its_variables_exported(build):
    code, log, exported, workspace = build()
    assert code == 0, log
    assert "deploying" in log.splitlines()
    assert exported["MLOPS_GATES_PASSED"] == "true"
    assert exported["MLOPS_GATES_VERDICT"] == "passed"
    assert float(exported["MLOPS_GATES_QUALITY_SCORE"]) >= 0.9
    assert ET.parse(workspace / "mlops-gates-report" / "junit.xml").getroot().tag in ("testsuites", "testsuite")


def test_bad_data_fails_the_build_and_is_not_deployed(build):
    code, log, exported, workspace = build(lambda project: blank(project / "data" / "test.csv", "mean_radius", 3))
    assert code != 0
    assert "deploying" not in log.splitlines()
    assert exported["MLOPS_GATES_PASSED"] == "false"
    assert exported["MLOPS_GATES_VERDICT"] == "failed"
    assert (workspace / "mlops-gates-report" / "junit.xml").is_file()


def test_the_outputs_decide_even_where_the_build_is_said_to_succeed(build):
    code, log, exported, _ = build(
        lambda project: blank(project / "data" / "test.csv", "mean_radius", 3), after_failure="1"
    )
    assert code != 0
    assert "deploying" not in log.splitlines()
    assert "the gates did not pass: nothing is deployed" in log.splitlines()
    assert exported["MLOPS_GATES_PASSED"] == "false"


def test_a_file_of_commands_is_read_and_never_run(image):
    """The loop that reads outputs.env meets a value that would run if it were sourced."""
    (reading,) = [
        text for text in yaml.safe_load(SPEC.read_text())["phases"]["post_build"]["commands"] if "read" in text
    ]
    evil = "MLOPS_GATES_VERDICT=$(touch /tmp/run)`touch /tmp/run`\nPATH=/nowhere\nBASH_ENV=/tmp/x\n"
    before = f"mkdir -p mlops-gates-report; cat > mlops-gates-report/outputs.env <<'E'\n{evil}E\n"
    after = '\n[ ! -e /tmp/run ] && [ -z "$BASH_ENV" ] && ls >/dev/null && echo unharmed'
    done = sh(
        "docker", "run", "--rm", "--workdir", "/tmp", "--entrypoint", "bash", image, "-c", before + reading + after
    )
    assert "unharmed" in done.stdout, done.stdout + done.stderr


def test_the_report_group_and_the_variables_name_what_is_written():
    spec = yaml.safe_load(SPEC.read_text())
    assert spec["reports"]["mlops-gates"] == {
        "files": ["junit.xml"], "base-directory": "mlops-gates-report", "file-format": "JUNITXML",
    }  # fmt: skip
    from mlops_gates.inputs import OUTPUTS

    assert set(spec["env"]["exported-variables"]) <= {one.variable for one in OUTPUTS}
