"""What the contract promises beside verdicts: discreet messages, light imports, outputs of the model, one usage path."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from test_bad_input import DATA, MODEL, Project, holds, project

__all__ = ["project"]

TELLING = """\
print("when loaded")
def model(features):
    print("cell", features["x"].tolist())
    raise ValueError(f"cannot use {features['secret'].tolist()[3]!r} and {features['secret'].tolist()[4]} in x")
"""


@pytest.fixture
def telling(project: Project) -> Project:
    rows = "".join(f"{n},key-{n * 7919},{'yes' if n % 2 else 'no'}\n" for n in range(100))
    project.write("test.csv", "x,secret,y\n" + rows)
    project.write("model.py", TELLING)
    project.write("mlops-gates.yml", MODEL)
    return project


def everything(folder: Path) -> str:
    return "".join(path.read_text() for path in (folder / "mlops-gates-report").iterdir())


def test_messages_hold_no_cell_values(telling: Project) -> None:
    ended = telling.run()
    holds(ended, 3)
    told = ended.out + ended.err + everything(telling.folder)
    assert "key-" not in told
    assert "cell" not in ended.out.replace("cell values", "")
    assert "predict raised ValueError: cannot use '…' and '…' in x" in ended.out
    assert "report.samples" in ended.out
    assert "when loaded" in ended.out


def test_samples_show_them_where_they_are_asked_for(telling: Project) -> None:
    telling.write("mlops-gates.yml", "report: {samples: true}\n" + MODEL)
    ended = telling.run()
    holds(ended, 3)
    assert f"key-{3 * 7919}" in ended.out
    assert "cell" in ended.out


def test_numbers_of_the_data_are_hidden_and_others_are_not(project: Project) -> None:
    project.write("test.csv", "x,y\n" + "".join(f"{n + 0.25},{'yes' if n % 2 else 'no'}\n" for n in range(100)))
    project.write("model.py", "def model(x):\n    raise ValueError(f'bad {x[\"x\"].tolist()[7]}, not 5000')\n")
    project.write("mlops-gates.yml", MODEL)
    ended = project.run()
    holds(ended, 3)
    assert "bad '…', not 5000" in ended.out
    assert "7.25" not in ended.out


@pytest.mark.parametrize("heavy", ["duckdb", "numpy", "pandas", "sklearn", "pydantic", "yaml", "boto3", "sagemaker"])
def test_the_command_line_imports_nothing_heavy(heavy: str) -> None:
    code = f"import sys, mlops_gates.cli; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("heavy", ["numpy", "pandas", "sklearn", "dulwich"])
def test_a_data_gate_that_passes_imports_no_numbers(project: Project, heavy: str) -> None:
    project.write("mlops-gates.yml", DATA)
    code = (
        "import sys; from mlops_gates.asked import Inputs; from mlops_gates.session import run; "
        f"assert run(Inputs(host='local')) == 0; sys.exit({heavy!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_models_version_and_metrics_are_outputs(project: Project) -> None:
    project.write("mlops-gates.yml", MODEL + "  version: v1.2.3\n")
    ended = project.run()
    holds(ended, 0)
    assert ended.outputs["model-version"] == "v1.2.3"
    assert ended.outputs["model-digest"].startswith("sha256:")
    assert json.loads(ended.outputs["metrics"])["accuracy"] == 1.0


def test_metrics_are_outputs_without_thresholds_too(project: Project) -> None:
    project.write("mlops-gates.yml", MODEL.replace("  thresholds: {accuracy: 0.5}\n", ""))
    ended = project.run()
    holds(ended, 0)
    assert json.loads(ended.outputs["metrics"])["accuracy"] == 1.0
    assert [check["check"] for gate in ended.results["gates"] for check in gate["checks"]] == ["model.load"]


def wheel(folder: Path) -> Path:
    """A library of one line, as a wheel."""
    path = folder / "gatestwo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("gatestwo.py", "TWO = 2\n")
        about = "gatestwo-1.0.dist-info"
        file.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: gatestwo\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", "")
    return path


def test_requirements_go_into_the_workers_environment(project: Project, tmp_path: Path) -> None:
    wheel(tmp_path)
    project.write("mlops-gates.yml", MODEL)
    project.write("requirements.txt", "gatestwo==1.0\n")
    source = (
        "import gatestwo\ndef model(rows):\n    xs = rows['x'] if hasattr(rows, 'keys') else [row[0] for row in rows]\n"
    )
    project.write("model.py", source + "    return ['yes' if x % gatestwo.TWO else 'no' for x in xs]\n")
    found = {"PIP_FIND_LINKS": str(tmp_path), "UV_FIND_LINKS": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    found |= {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
    without = project.run("run")
    holds(without, 3)
    assert "gatestwo" in without.out
    ended = project.run("run", "--requirements", "requirements.txt", **found)
    # The environment holds what the file names and nothing of ours: gatestwo is found, numpy is not.
    holds(ended, 3)
    assert "type Function" in ended.out
    assert "No module named 'numpy'" in ended.out


def test_a_wrong_flag_leaves_no_stale_pass_in_another_folder(project: Project) -> None:
    project.write("mlops-gates.yml", DATA)
    assert project.run("run", "--report-dir", "other").code == 0
    env = project.folder / "other/outputs.env"
    assert "MLOPS_GATES_PASSED=true" in env.read_text()
    for words in (("--report-dir", "other", "--nonsense"), ("--nonsense", "--report-dir=other")):
        assert project.run("run", *words).code == 2
        assert "MLOPS_GATES_PASSED=false" in env.read_text()


def test_a_wrong_flag_is_told_to_the_forced_host(project: Project) -> None:
    project.write("mlops-gates.yml", DATA)
    ended = project.run("run", "--host", "github", "--nonsense", GITHUB_ACTIONS="")
    assert ended.code == 2
    assert ended.outputs["passed"] == "false"


def test_measurements_are_folded_where_a_host_folds(project: Project) -> None:
    project.write("mlops-gates.yml", DATA)
    assert "::group::What was measured\n" in project.run().out
    gitlab = project.run("run", "--host", "gitlab").out
    assert "section_start:" in gitlab
    assert "What was measured" in gitlab
    assert "What was measured" not in project.run("run", "--host", "codebuild").out
