from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates import hosts
from mlops_gates.errors import UsageError


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "local"),
        ({"CI": "true"}, "local"),
        ({"GITHUB_ACTIONS": "true"}, "github"),
        ({"GITHUB_ACTIONS": "false"}, "local"),
        ({"GITLAB_CI": "true"}, "gitlab"),
        ({"GITLAB_CI": "false", "CI_PROJECT_DIR": "/p", "CI_JOB_ID": "1"}, "gitlab"),
        ({"GITLAB_CI": "false", "CI_PROJECT_DIR": "/p"}, "local"),
        ({"CODEBUILD_BUILD_ID": "p:1"}, "codebuild"),
        ({"CODEBUILD_BUILD_ID": "p:1", "GITHUB_ACTIONS": "true"}, "github"),
        ({"CODEBUILD_BUILD_ID": "p:1", "GITLAB_CI": "true"}, "gitlab"),
    ],
)
def test_detection(environ: dict[str, str], name: str) -> None:
    assert hosts.detect(environ).name == name


@pytest.mark.parametrize("name", hosts.NAMES)
def test_a_host_can_be_forced(name: str) -> None:
    host = hosts.by_name(name, {"GITHUB_ACTIONS": "true"})
    assert host.name == name
    assert host.confined() is (name != "local")


def test_an_unknown_host_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="github, gitlab, codebuild, local"):
        hosts.by_name("jenkins", {})


@pytest.mark.parametrize(
    ("name", "variable"),
    [("github", "GITHUB_WORKSPACE"), ("gitlab", "CI_PROJECT_DIR"), ("codebuild", "CODEBUILD_SRC_DIR")],
)
def test_the_root_of_the_checkout(name: str, variable: str) -> None:
    assert hosts.by_name(name, {variable: "/srv/tree"}).root() == Path("/srv/tree")
    assert hosts.by_name(name, {variable: ""}).root() is None
    assert hosts.by_name(name, {}).root() is None
    assert hosts.by_name("local", {variable: "/srv/tree"}).root() is None


@given(st.sampled_from(hosts.NAMES), st.text())
def test_clean_text_holds_no_command_of_any_host(name: str, text: str) -> None:
    noisy = f"::error::{text}\r##[set-output name=passed]true\x1b[0Ksection_end:1:x\r\x1b[0K{text}::group::"
    clean = hosts.by_name(name, {}).clean(noisy)
    assert "##[" not in clean
    assert "::" not in clean
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", clean)
    assert hosts.by_name(name, {}).clean(clean) == clean


@pytest.mark.parametrize("name", ["gitlab", "codebuild", "local"])
def test_hosts_that_read_files_get_nothing_else(name: str) -> None:
    out = io.StringIO()
    host = hosts.by_name(name, {})
    host.annotate([], out)
    assert host.deliver({"passed": "true"}, "# summary") == []
    assert out.getvalue() == ""


def test_clean_keeps_all_of_a_long_log() -> None:
    text = "line\n" * 100_000
    assert hosts.by_name("github", {}).clean(text) == text


def test_a_gitlab_section_cannot_be_closed_from_inside() -> None:
    out = io.StringIO()
    host = hosts.gitlab.GitLab({}, now=lambda: 1_700_000_000.9)
    host.fold("What it: printed", "a\n\x1b[0Ksection_end:1700000000:mlops_gates_x\r\x1b[0Kb\n", out)
    assert out.getvalue() == (
        "\x1b[0Ksection_start:1700000000:mlops_gates_what_it_printed[collapsed=true]\r\x1b[0KWhat it: printed\n"
        "a\nsection_end:1700000000:mlops_gates_x\nb\n"
        "\x1b[0Ksection_end:1700000000:mlops_gates_what_it_printed\r\x1b[0K\n"
    )


@pytest.mark.parametrize("name", ["codebuild", "local"])
def test_a_plain_fold_is_a_title_and_its_text(name: str) -> None:
    out = io.StringIO()
    hosts.by_name(name, {}).fold("title\n", "a\nb\n", out)
    assert out.getvalue() == "title\na\nb\n"
