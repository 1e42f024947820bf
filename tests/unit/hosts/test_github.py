from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates.findings import Finding, Location, Severity, Status
from mlops_gates.hosts.github import MAX_MESSAGE, MAX_SUMMARY_BYTES, GitHub

from .runner import parse_command, parse_file

SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    names = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    for name in names.values():
        (tmp_path / name).touch()
    return {variable: str(tmp_path / name) for variable, name in names.items()}


def finding(message: str, file: str = "data.csv", subject: str = "c", column: int | None = None) -> Finding:
    return Finding("data.nulls", subject, Status.FAILED, Severity.ERROR, message, Location(file, 7, column))


@given(st.text(), st.text(min_size=1), st.text())
def test_an_annotation_comes_back_from_the_runner(message: str, file: str, subject: str) -> None:
    out = io.StringIO(newline="")
    GitHub({}).annotate([finding(message, file, subject, 3)], out)
    lines = out.getvalue().replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    assert len(lines) == 1
    name, properties, data = parse_command(lines[0])
    assert name == "error"
    assert properties["file"] == file
    assert properties["line"] == "7"
    assert properties["col"] == "3"
    assert "##[" not in lines[0]
    assert "\n" not in properties["title"]
    assert len(data) <= MAX_MESSAGE


def test_the_exact_escape() -> None:
    out = io.StringIO()
    GitHub({}).annotate([finding("50% of a,b: c\n::error::x", "a:b,c%.csv")], out)
    assert out.getvalue() == (
        "::error file=a%3Ab%2Cc%25.csv,line=7,title=data.nulls c::50%25 of a,b: c%0A:\u200b:error:\u200b:x\n"
    )


def test_a_message_is_cut_at_the_limit() -> None:
    out = io.StringIO()
    GitHub({}).annotate([finding("%" * 9000)], out)
    data = parse_command(out.getvalue())[2]
    assert len(data) == MAX_MESSAGE
    assert data.endswith("…")


@SAME_FOLDER
@given(outputs=st.dictionaries(st.sampled_from(["verdict", "passed", "metrics"]), st.text(), min_size=1))
def test_outputs_come_back_from_the_runner(environ: dict[str, str], outputs: dict[str, str]) -> None:
    path = Path(environ["GITHUB_OUTPUT"])
    path.write_text("before=1\n")
    assert GitHub(environ).deliver(outputs, "") == []
    assert parse_file(path.read_bytes().decode()) == {"before": "1", **outputs}


def test_a_value_forges_nothing(environ: dict[str, str]) -> None:
    forged = "x\nghadelimiter_\npassed=true\npassed<<a\ntrue\na"
    GitHub(environ).deliver({"passed": "false", "best-model": forged}, "")
    assert parse_file(Path(environ["GITHUB_OUTPUT"]).read_text()) == {"passed": "false", "best-model": forged}


def test_delimiters_are_random(environ: dict[str, str]) -> None:
    GitHub(environ).deliver({"a": "", "b": ""}, "")
    lines = Path(environ["GITHUB_OUTPUT"]).read_text().splitlines()
    assert len({lines[0].partition("<<")[2], lines[3].partition("<<")[2]}) == 2


def test_a_value_with_its_delimiter_is_left_empty_and_told(environ: dict[str, str]) -> None:
    host = GitHub(environ, delimiter=lambda: "end")
    complaints = host.deliver({"passed": "false", "metrics": "a\nend\npassed=true"}, "")
    assert parse_file(Path(environ["GITHUB_OUTPUT"]).read_text()) == {"passed": "false", "metrics": ""}
    assert complaints == ["output metrics is left empty: its value cannot be passed to GitHub"]


def test_an_unfinished_line_of_somebody_else_does_not_swallow_ours(environ: dict[str, str]) -> None:
    Path(environ["GITHUB_OUTPUT"]).write_text("other=1")
    GitHub(environ).deliver({"passed": "true"}, "")
    assert parse_file(Path(environ["GITHUB_OUTPUT"]).read_text()) == {"other": "1", "passed": "true"}


@pytest.mark.parametrize("size", [0, 100, MAX_SUMMARY_BYTES - 300, MAX_SUMMARY_BYTES - 10, MAX_SUMMARY_BYTES + 5])
def test_a_summary_keeps_the_limit_of_the_step(environ: dict[str, str], size: int) -> None:
    path = Path(environ["GITHUB_STEP_SUMMARY"])
    path.write_bytes(b"x" * size)
    complaints = GitHub(environ).deliver({}, "é line\n" * 200_000)
    assert len(complaints) == 1
    assert path.stat().st_size <= max(MAX_SUMMARY_BYTES, size)
    text = path.read_bytes().decode()
    assert ("did not fit" in text) is (size < MAX_SUMMARY_BYTES - 100)


def test_a_summary_that_fits_is_whole(environ: dict[str, str]) -> None:
    Path(environ["GITHUB_STEP_SUMMARY"]).write_text("before\n")
    assert GitHub(environ).deliver({}, "# after\n") == []
    assert Path(environ["GITHUB_STEP_SUMMARY"]).read_text() == "before\n# after\n"


def test_missing_files_are_complaints_and_no_error(tmp_path: Path) -> None:
    assert len(GitHub({}).deliver({"passed": "true"}, "s")) == 2
    away = {"GITHUB_OUTPUT": str(tmp_path / "no" / "file"), "GITHUB_STEP_SUMMARY": str(tmp_path)}
    complaints = GitHub(away).deliver({"passed": "true"}, "s")
    assert len(complaints) == 2
    assert "No such file or directory" in complaints[0]


def test_a_group_cannot_be_closed_from_inside() -> None:
    out = io.StringIO()
    GitHub({}).fold("a\nb", "x\n  ::endgroup::\n##[error]y", out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "::group::a b"
    assert lines[-1] == "::endgroup::"
    assert [line for line in lines[1:-1] if parse_command(line) or "##[" in line] == []
