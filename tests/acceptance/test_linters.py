"""What the hosts read is valid and clean by the linters of their trade."""

import pytest

from .machine import ROOT, sh

ACTIONS = ["action.yml", "full/action.yml"]
WORKFLOWS = [
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(".github/workflows/*.yml"))),
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("examples/github/*.yml"))),
]
TEMPLATES = ["templates/mlops-gates/template.yml", ".gitlab-ci-template.yml"]


def schema(tool, name, *files, **options):
    extra = [part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", value)]
    return sh(tool("check-jsonschema"), "--builtin-schema", f"vendor.{name}", *extra, *files, cwd=ROOT)


@pytest.mark.parametrize("dockerfile", ["Dockerfile", "full/Dockerfile"])
def test_hadolint_has_nothing_to_say(tool, dockerfile):
    done = sh(tool("hadolint"), dockerfile, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "")


def test_zizmor_has_nothing_to_say(tool):
    done = sh(tool("zizmor"), "--offline", "--no-progress", *ACTIONS, *WORKFLOWS, cwd=ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_valid(tool, action):
    done = schema(tool, "github-actions", action)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_is_valid(tool, workflow):
    done = schema(tool, "github-workflows", workflow)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_valid_in_both_halves(tool, template, tmp_path):
    halves = (ROOT / template).read_text().split("\n---\n")
    assert len(halves) == 2
    for number, half in enumerate(halves):
        path = tmp_path / f"half{number}.yml"
        path.write_text(half + "\n")
        done = schema(tool, "gitlab-ci", path, data_transform="gitlab-ci")
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("example", [".gitlab-ci.yml", "canary.gitlab-ci.yml"])
def test_the_gitlab_example_is_valid(tool, example):
    done = schema(tool, "gitlab-ci", f"examples/gitlab/{example}", data_transform="gitlab-ci")
    assert done.returncode == 0, done.stdout


def test_shellcheck_has_nothing_to_say(tool):
    done = sh(tool("shellcheck"), ".ci/run", ".ci/tools", cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "")


def test_nothing_committed_names_a_registry_or_this_machine():
    names = sh("git", "ls-files", "requirements", ".ci", cwd=ROOT).stdout
    for name in names.split():
        text = (ROOT / name).read_text()
        assert "--index-url" not in text and "--find-links" not in text and '"resolved"' not in text, name
