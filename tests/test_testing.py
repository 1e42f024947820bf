"""`mlops_gates.testing`: the ten tests of a model in Python and in pytest, over the checks of the gate."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_gates.errors import ConfigError
from mlops_gates.testing import ModelTestFramework, settings
from mlops_gates.testing.model import TESTS

MODEL = """
import numpy as np

class Model:
    feature_names_in_ = ["age", "income"]
    n_features_in_ = 2
    classes_ = [0, 1]

    def predict_proba(self, table):
        age = np.nan_to_num(table["age"].to_numpy(float), nan=45)
        score = (age - 45) / 10 + (np.nan_to_num(table["income"].to_numpy(float)) - 40) / 20
        p = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
        return np.column_stack([1 - p, p])

    def predict(self, table):
        return (self.predict_proba(table)[:, 1] > 0.5).astype(int)

model = Model()
"""
NEEDS_PANDAS = pytest.importorskip("pandas", reason="the model of these tests reads a data frame")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np

    folder = tmp_path_factory.mktemp("suite")
    (folder / "rules.py").write_text(MODEL)
    rng = np.random.default_rng(2)
    lines = ["age,income,sex,target"]
    for _ in range(1500):
        age, income = rng.integers(18, 75), round(rng.normal(40, 12), 1)
        said = (age - 45) / 10 + (income - 40) / 20 + rng.logistic() * 0.3 > 0
        lines.append(f"{age},{income},{rng.choice(['f', 'm'])},{int(said)}")
    (folder / "test.csv").write_text("\n".join(lines) + "\n")
    return folder


def framework(project: Path, monkeypatch: pytest.MonkeyPatch, **config: Any) -> ModelTestFramework:
    monkeypatch.chdir(project)
    (project / "config.yaml").write_text(yaml.safe_dump({"code": ["."], "drop": ["sex"], **config}))
    return ModelTestFramework("rules:model", "test.csv", "config.yaml")


def test_all_ten(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = framework(
        project,
        monkeypatch,
        performance_thresholds={"accuracy": 0.85, "f1": 0.8, "max_latency_p95": 0.2, "min_throughput": 50},
        protected_attribute="sex",
        fairness_threshold=0.2,
        expected_data_stats={"age": {"mean": 46, "std": 16.5}},
        max_accuracy_drop=0.1,
        max_single_importance=0.99,
        importance={"max_lead": 100},
        importance_stability_threshold=0.1,
        robustness_threshold=0.8,
        edge_case_pass_threshold=0.5,
        performance_test_runs=60,
        batch_size=32,
        data_quality_threshold=0.9,
    )
    found = made.run_all_tests()
    told = {name: (one["passed"], one["errors"], one["message"]) for name, one in found["detailed_results"].items()}
    assert list(told) == list(TESTS)
    assert {passed for passed, _, _ in told.values()} == {True}, told
    assert found["test_summary"] == {"total": 10, "passed": 10, "failed": 0, "skipped": 0}
    assert (found["overall_score"], found["all_tests_passed"]) == (1.0, True)
    assert found["model_info"]["model_type"] == "Model"
    detailed = found["detailed_results"]
    assert detailed["test_model_performance"]["metrics"]["accuracy"] > 0.85
    low, high = detailed["test_model_performance"]["intervals"]["accuracy"]
    assert low < detailed["test_model_performance"]["metrics"]["accuracy"] < high
    assert detailed["test_data_distribution"]["data_quality_score"] == 1.0
    assert detailed["test_model_robustness"]["robustness_score"] == 1.0
    assert made.test_results is found
    assert any("60 requests of one row" in one for one in detailed["test_inference_performance"]["observations"])
    assert not (project / "mlops-gates-report").exists(), "nothing is written into the project"


def test_what_fails_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = framework(project, monkeypatch, performance_thresholds={"accuracy": 0.99}, without=["importance"])
    result = made.test_model_performance()
    assert (result["passed"], result["status"]) == (False, "failed")
    assert "limit at least 0.99" in result["accuracy_failure"]
    assert made.test_feature_importance()["passed"] is None, "left out is skipped, not passed"
    assert made.test_model_fairness()["passed"] is None
    found = made.run_all_tests()
    assert found["all_tests_passed"] is False
    assert found["test_summary"]["skipped"] >= 2


@pytest.mark.parametrize(
    ("model", "data"),
    [("no_such_module:model", "test.csv"), ("missing.joblib", "test.csv"), ("rules:model", "gone.csv")],
)
def test_what_cannot_run_passes_nothing(model: str, data: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    found = ModelTestFramework(model, data).run_all_tests()
    assert found["all_tests_passed"] is False
    assert {one["passed"] for one in found["detailed_results"].values()} <= {False, None}
    assert found["detailed_results"]["test_model_performance"]["errors"]


def test_a_config_that_cannot_be_used_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    (project / "bad.yaml").write_text("[1, 2")
    for path in ("bad.yaml", "none.yaml"):
        with pytest.raises(ConfigError):
            ModelTestFramework("rules:model", "test.csv", path)
    made = framework(project, monkeypatch, acuracy_threshold=0.9)
    result = made.test_model_performance()
    assert result["passed"] is False
    assert "acuracy_threshold" in result["message"]


def test_the_defaults_are_those_of_the_documentation() -> None:
    made = settings.block({}, "m.joblib", "d.csv")
    assert made["thresholds"] == {"accuracy": 0.85, "precision": 0.80, "recall": 0.80, "f1": 0.80}
    assert "target" not in made
    made = settings.block({"probability_variance_threshold": 0.0001, "n_bootstrap": 7}, "m", "d")
    assert (made["consistency"]["tolerance"], made["importance"]["seeds"]) == (0.01, 7)


def pytest_of(project: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist", "-rs", *flags]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


@pytest.mark.acceptance
def test_pytest_has_a_test_for_each_check(project: Path) -> None:
    (project / "suite.yaml").write_text(
        "code: [.]\ndrop: [sex]\nperformance_thresholds: {accuracy: 0.99}\nimportance: {max_single: 1, max_lead: 100}\n"
    )
    done = pytest_of(
        project,
        "--mlops-gates-model",
        "rules:model",
        "--mlops-gates-data",
        "test.csv",
        "--mlops-gates-config",
        "suite.yaml",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_model_performance FAILED" in done.stdout
    assert "limit at least 0.99" in done.stdout
    assert "Traceback" not in done.stdout
    assert "1 failed" in done.stdout
    assert "fairness is not asked for" in done.stdout


@pytest.mark.acceptance
def test_the_fixture(project: Path) -> None:
    (project / "test_model.py").write_text(
        textwrap.dedent(
            """
            def test_performance(model_test_framework):
                result = model_test_framework.test_model_performance()
                assert result["passed"], result
            """
        )
    )
    (project / "pytest.ini").write_text(
        "[pytest]\nmlops_gates_model = rules:model\nmlops_gates_config = fixture.yaml\n"
    )
    (project / "fixture.yaml").write_text("code: [.]\ndrop: [sex]\nperformance_thresholds: {accuracy: 0.8}\n")
    data = project / "data" / "test"
    data.mkdir(parents=True)
    (data / "test.csv").write_text((project / "test.csv").read_text())
    done = pytest_of(project, "test_model.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
