"""Where a finding on data points: a line that a reader of the repository can open, else the config's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dulwich import porcelain

from mlops_gates import session
from mlops_gates.asked import Inputs

CONFIG = "data:\n  source: {}\n  columns:\n    n: {{nulls: 0}}\n"
MODEL = "model:\n  path: m:m\n  data: {}\n  target: n\n"


def place(workdir: Path, config: str, *sets: str) -> str:
    (workdir / "mlops-gates.yml").write_text(config)
    asked = Inputs((), "mlops-gates.yml", str(workdir), sets, "", "report", "error", "true", "", "local", False, False)
    assert session.run(asked) in (1, 3)
    report = json.loads((workdir / "report/results.json").read_text())
    first = next(finding for check in report["gates"][0]["checks"] for finding in check["findings"])
    return f"{first['location']['file']}:{first['location']['line']}"


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """`part` of a repository, in which `kept.csv` is tracked and `new.csv` is not; both lack a value in line 3."""
    folder = tmp_path / "repository/part"
    folder.mkdir(parents=True)
    for name in ("kept.csv", "new.csv"):
        (folder / name).write_text("id,n\n1,1\n2,\n")
    for name in ("kept-ragged.csv", "new-ragged.csv"):
        (folder / name).write_text("id,n\n1,1\n2\n")
    root = str(folder.parent)
    porcelain.init(root).close()
    porcelain.add(root, [str(folder / "kept.csv"), str(folder / "kept-ragged.csv")])
    return folder


def test_a_tracked_file_is_named_from_the_repositorys_root(workdir: Path) -> None:
    assert place(workdir, CONFIG.format("kept.csv")) == "part/kept.csv:3"
    assert place(workdir, CONFIG.format("kept-ragged.csv")) == "part/kept-ragged.csv:3"
    assert place(workdir, MODEL.format("kept-ragged.csv")) == "part/kept-ragged.csv:3"


def test_an_untracked_file_falls_back_to_the_config(workdir: Path) -> None:
    assert place(workdir, CONFIG.format("new.csv")) == "part/mlops-gates.yml:4"
    assert place(workdir, CONFIG.format("new-ragged.csv")) == "part/mlops-gates.yml:2"
    assert place(workdir, MODEL.format("new-ragged.csv")) == "part/mlops-gates.yml:3"


def test_a_rule_that_was_set_points_at_its_nearest_key(workdir: Path) -> None:
    config = "data:\n  source: new.csv\n  columns:\n    id: {}\n"
    assert place(workdir, config, "data.columns.n={nulls: 0}") == "part/mlops-gates.yml:3"


def test_without_git_the_file_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("id,n\n1,1\n2,\n")
    assert place(tmp_path, CONFIG.format("new.csv")) == "new.csv:3"
