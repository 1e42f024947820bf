"""The images: what they add to their base, how they start, what they hold."""

import json

import pytest

from .machine import BASE, Step, buildkit, sh, size


@pytest.fixture(scope="module")
def config(image):
    return json.loads(sh("docker", "image", "inspect", image).stdout)[0]["Config"]


def test_the_image_adds_at_most_500_mb_to_its_base(image, record_property):
    added = size(image) - size(BASE)
    record_property("added_mb", round(added))
    print(f"added to the base: {added:.0f} MB")
    assert added <= 500


def test_it_starts_in_exec_form_by_an_absolute_path_as_root(config):
    assert config["Entrypoint"] == ["/usr/local/bin/python3", "/opt/mlops-gates/entrypoint.py"]
    assert config["User"] == ""
    assert config["WorkingDir"] in ("", "/")


def test_it_holds_a_shell_and_the_command(image):
    done = sh("docker", "run", "--rm", "--entrypoint", "sh", image, "-c", "mlops-gates --version")
    assert done.returncode == 0, done.stderr
    assert "mlops-gates" in done.stdout


def test_arguments_reach_the_command(image):
    done = sh("docker", "run", "--rm", image, "list")
    assert done.returncode == 0, done.stderr
    assert "data.nulls" in done.stdout


def test_the_build_tools_have_left(image):
    probe = "import importlib.util as u, sys; sys.exit(any(map(u.find_spec, ('hatchling', 'torch', 'nvidia'))))"
    assert sh("docker", "run", "--rm", "--entrypoint", "python3", image, "-c", probe).returncode == 0


def test_the_full_image_imports_every_heavy_stack(full_image):
    probe = "import xgboost, lightgbm, shap, fairlearn, sagemaker, sklearn, duckdb, mlops_gates"
    done = sh("docker", "run", "--rm", "--entrypoint", "python3", full_image, "-c", probe)
    assert done.returncode == 0, done.stderr
    print(f"added to the base: {size(full_image) - size(BASE):.0f} MB")


def test_the_full_image_gates_a_project(full_image, project, tmp_path):
    result = Step(full_image, project, tmp_path / "temp").run()
    assert result.exit_code == 0, result.log
    assert (result.outputs["passed"], result.outputs["verdict"]) == ("true", "passed")
    assert json.loads(result.outputs["metrics"])["accuracy"] > 0.9


@pytest.mark.parametrize("dockerfile", ["Dockerfile", "full/Dockerfile", "Dockerfile.full"])
def test_buildkit_builds_what_the_legacy_builder_builds(engine, checkout, dockerfile):
    """GitHub's runner leaves the builder to the client; where that is BuildKit, the same command has to do."""
    client = buildkit() or pytest.skip("no docker client here can use BuildKit")
    tag = "mlops-gates-acceptance:buildkit"
    done = sh(
        client, "build", "--progress", "plain", "-t", tag, "-f", dockerfile, ".",
        cwd=checkout, timeout=800, DOCKER_BUILDKIT="1",
    )  # fmt: skip
    log = done.stdout + done.stderr
    assert done.returncode == 0, log[-6000:]
    assert "[internal] load build definition" in log, "that was not BuildKit"
    ran = sh("docker", "run", "--rm", tag, "list")
    assert ran.returncode == 0, ran.stderr
    assert "data.nulls" in ran.stdout


def test_the_full_image_holds_no_gpu_stack(full_image):
    listed = sh("docker", "run", "--rm", "--entrypoint", "python3", full_image, "-m", "pip", "list", "--format=json")
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    assert not {name for name in names if name.startswith("nvidia") or name in ("torch", "xgboost")}
    assert "xgboost-cpu" in names
