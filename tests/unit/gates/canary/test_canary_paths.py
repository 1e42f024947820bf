"""Files that a canary names are told at their line before anything runs, and stay in the checkout on a CI host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlops_gates import session

CONFIG = """\
canary:
  endpoint: churn
  candidate: v2
  metrics_from: {samples}
  state: {state}
  duration: 12m
"""


@pytest.mark.parametrize(
    ("samples", "state", "says"),
    [
        ("gone.csv", "state.json", "mlops-gates.yml:4: canary.metrics_from: there is no file gone.csv"),
        (
            "samples.csv",
            "../state.json",
            "mlops-gates.yml:5: canary.state: the path ../state.json leaves the workspace",
        ),
        ("../samples.csv", "state.json", "canary.metrics_from: the path ../samples.csv leaves the workspace"),
    ],
)
def test_a_file_that_is_none_of_the_checkout(
    samples: str,
    state: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for folder in (tmp_path, project):
        (folder / "samples.csv").write_text("time,arm,metric,n,bad\n", encoding="utf-8")
    (project / "mlops-gates.yml").write_text(CONFIG.format(samples=samples, state=state), encoding="utf-8")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project))
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    code = session.run(
        session.Inputs(
            gates=(), config="mlops-gates.yml", workdir=str(project), sets=(), requirements="", report_dir="report",
            fail_on="error", annotations="false", environment="", host="github", exit_zero=False, json=False,
        )
    )  # fmt: skip
    assert code == 2
    told = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert says in " ".join(told.split()).replace(".yml:4 c", ".yml:4: c").replace(".yml:5 c", ".yml:5: c")
