"""Ways in which a gate could be made to look elsewhere, or at nothing: none of them may pass."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from test_bad_input import DATA, MODEL, Project, holds, project

__all__ = ["project"]


def data(source: str, columns: str) -> str:
    return f"data:\n  source: {source}\n  columns: {columns}\n"


def parquet(path: Path, select: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")


def test_the_name_of_a_folder_is_no_column_of_parquet(project: Project) -> None:
    parquet(project.folder / "tenure=5/t.parquet", "SELECT -i::INT AS tenure FROM range(1, 5) t(i)")
    project.write("mlops-gates.yml", data("tenure=5/t.parquet", "{tenure: {type: integer, min: 0}}"))
    holds(project.run(), 1)


def test_the_name_of_a_folder_is_no_column_of_csv(project: Project) -> None:
    project.write("label=1/t.csv", "b\n1\n")
    project.write("mlops-gates.yml", data("label=1/t.csv", "{label: {type: integer, nulls: 0}}"))
    holds(project.run(), 1)


@pytest.mark.parametrize("words", [("--set", "model.thresholds.accuracy="), ("--set", "model.thresholds=")])
def test_an_empty_value_drops_no_limit(project: Project, words: tuple[str, ...]) -> None:
    project.write("mlops-gates.yml", MODEL.replace("0.5}", "0.5, f1: 0.1}"))
    ended = project.run("run", *words)
    holds(ended, 2)
    assert "has no value" in ended.out


def test_an_empty_input_drops_no_limit(project: Project) -> None:
    project.write("mlops-gates.yml", MODEL)
    ended = project.run(MLOPS_GATES_INPUT_SET="model.thresholds.accuracy=")
    holds(ended, 2)


@pytest.mark.parametrize("key", ["type", "min", "nulls", "allowed", "pattern", "unique"])
def test_a_key_without_a_value_is_no_rule_that_passes(project: Project, key: str) -> None:
    project.write("mlops-gates.yml", data("test.csv", f"{{x: {{{key}: }}}}"))
    ended = project.run()
    holds(ended, 2)
    assert f"data.columns.x.{key} has no value" in ended.out


def test_an_environment_keeps_the_other_limits_of_a_file(project: Project) -> None:
    project.write("model.py", "def model(features):\n    return ['yes'] * len(features)\n")
    project.write("limits.yml", "accuracy: 0.1\nrecall: 0.1\nprecision: 0.95\n")
    over = "environments: {production: {model: {thresholds: {accuracy: 0.2}}}}\n"
    project.write("mlops-gates.yml", over + MODEL.replace("{accuracy: 0.5}", "limits.yml"))
    for words in ((), ("--environment", "production")):
        ended = project.run("run", *words)
        holds(ended, 1)
        assert "precision: 0.5" in ended.out


def test_a_header_that_is_no_utf8_is_an_error(project: Project) -> None:
    project.write("test.csv", b"x,b\xff\n1,2\n")
    project.write("mlops-gates.yml", DATA)
    ended = project.run()
    holds(ended, 3)
    assert "line 1: byte 4 of the file is no UTF-8" in ended.out


@pytest.mark.parametrize(
    ("type_", "cells"),
    [("integer", "1,01"), ("integer", "7,+7"), ("number", "1.0,1e0"), ("date", "2026-01-01, 2026-01-01")],
)
def test_unique_compares_values_not_spellings(project: Project, type_: str, cells: str) -> None:
    first, second = cells.split(",")
    project.write("test.csv", f"x,y\n{first},a\n{second},b\n")
    project.write("mlops-gates.yml", data("test.csv", f"{{x: {{type: {type_}, unique: true}}}}"))
    ended = project.run()
    holds(ended, 1)
    assert "first at line 3" in ended.out


def test_a_waiver_lets_no_empty_table_pass(project: Project) -> None:
    project.write("test.csv", "x,y\n")
    waiver = "policy: {waivers: [{rule: data.rows, reason: known, expires: 2099-01-01}]}\n"
    project.write("mlops-gates.yml", waiver + DATA)
    holds(project.run(), 3)


def test_a_quote_inside_a_field_moves_no_line(project: Project) -> None:
    project.write("test.csv", 'x,y\n1,5" pipe\n,x\n3,7" nail\n3,y\n3,"a ""b""\nc"\n,z\n')
    project.write("mlops-gates.yml", data("test.csv", "{x: {type: integer, nulls: 0}}"))
    ended = project.run()
    holds(ended, 1)
    assert "first at line 3" in ended.out
    assert "also at line 8" in ended.out


def test_names_that_differ_in_case_only_are_told_at_the_header(project: Project) -> None:
    project.write("test.csv", "X,x\n1,2\n")
    project.write("mlops-gates.yml", DATA)
    ended = project.run()
    holds(ended, 3)
    assert "'X', 'x' more than once" in ended.out


def test_a_moment_does_not_depend_on_the_machines_clock(project: Project) -> None:
    parquet(project.folder / "t.parquet", "SELECT TIMESTAMPTZ '2026-01-01 02:00:00+00' AS at")
    project.write("mlops-gates.yml", data("t.parquet", '{at: {type: timestamp, min: "2026-01-01"}}'))
    assert [project.run("run", TZ=zone).code for zone in ("UTC", "America/New_York")] == [0, 0]


@pytest.mark.parametrize(
    "config",
    [
        "data: {source: test.csv, rows: {min: 1" + "0" * 400 + "}}\n",
        "data: {source: test.csv, timeout: 1" + "0" * 400 + "}\n",
        'data: {source: test.csv, delimiter: "\\n"}\n',
        "data: {source: test.csv, delimiter: '\"'}\n",
        'data: {source: test.csv, columns: {x: {type: date, min: "2026-W05-1"}}}\n',
        'data: {source: test.csv, columns: {x: {type: date, min: "20260131"}}}\n',
        "environments: {" + ", ".join(f"e{n}: {{}}" for n in range(200)) + "}\ndata: {source: test.csv}\n",
    ],
    ids=["huge-int", "huge-duration", "newline", "quote", "week", "basic-date", "environments"],
)
def test_odd_values_are_usage_errors(project: Project, config: str) -> None:
    project.write("mlops-gates.yml", config)
    holds(project.run(), 2)


def test_a_full_disk_under_the_log_is_no_pass(project: Project) -> None:
    project.write("mlops-gates.yml", DATA)
    import subprocess
    import sys

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mlops_gates", "run"],
            cwd=project.folder,
            env=project.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 3
    assert "passed=true" not in (project.folder / "output").read_text().replace("\n", "=")
    assert "MLOPS_GATES_PASSED=false" in (project.folder / "mlops-gates-report/outputs.env").read_text()


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "codequality", "openmetrics"])
def test_no_format_on_stdout_speaks_to_the_runner(project: Project, form: str) -> None:
    project.write("test.csv", "x,##[set-output name=passed;]true\n1,\n")
    project.write("mlops-gates.yml", data("test.csv", "{'##[set-output name=passed;]true': {nulls: 0}}"))
    ended = project.run("run", "--format", "json")
    assert ended.code == 1
    assert "##[" not in ended.out
    assert "##[" not in project.run("report", "--format", form).out
