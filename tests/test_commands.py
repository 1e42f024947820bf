"""The other commands, through the real command line where a process adds something, else in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from mlops_gates import cli, registry
from mlops_gates.inputs import INPUTS

CHECKS = [check.id for _, check in registry.every_check()]
CONFIG = "data:\n  source: test.csv\n  columns:\n    x: {type: integer, nulls: 0}\n"
TELCO = Path(os.environ.get("MLOPS_GATES_SHARED", "")) / "data/telco_churn.csv"
needs_telco = pytest.mark.skipif(
    not os.environ.get("MLOPS_GATES_SHARED"), reason="MLOPS_GATES_SHARED does not name the folder with the churn data"
)


@dataclass(frozen=True)
class Called:
    exit_code: object
    output: str


def call(*words: str) -> Called:
    """`main` itself in this process: it alone turns results into exit codes."""
    with mock.patch("sys.argv", ["mlops-gates", *words]), CliRunner().isolation() as (_, _, both):
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Called(ended.value.code, both.getvalue().decode())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test.csv").write_text("x,y\n1,a\n2,b\n")
    (tmp_path / "mlops-gates.yml").write_text(CONFIG)
    return tmp_path


# Help, list, explain


def test_every_command_has_help() -> None:
    top = call("--help").output
    for name, command in cli.commands.commands.items():
        assert name in top
        text = call(name, "--help").output
        assert command.help
        assert "Usage:" in text
    assert set(cli.commands.commands) == {
        "run",
        "canary",
        "enforce",
        "report",
        "list",
        "monitor",
        "explain",
        "check-config",
        "schema",
        "demo",
        "init",
        "profile",
        "builders",
    }


def test_every_input_is_a_flag_of_run_with_its_default() -> None:
    options = {name: option for option in cli.run.params for name in option.opts}
    for one in INPUTS:
        option = options[f"--{one.name}"]
        assert option.multiple if one.name == "set" else (option.default or "") == one.default
    assert {"--host", "--exit-zero", "--format"} <= set(options)


def test_the_version() -> None:
    from mlops_gates import __version__

    assert call("--version").output == f"mlops-gates {__version__}\n"


def test_list_names_every_check_in_the_order_of_the_reports() -> None:
    text = call("list").output
    places = [text.index(f"  {check} ") for check in CHECKS]
    assert places == sorted(places)
    assert [one["id"] for one in json.loads(call("list", "--format", "json").output)] == CHECKS
    assert text.index("data:") < text.index("model:")


@pytest.mark.parametrize("check", CHECKS)
def test_explain(check: str) -> None:
    result = call("explain", check)
    assert result.exit_code == 0
    told = json.loads(call("explain", check, "--format", "json").output)
    assert told["id"] == check
    for key in ("title", "help", "remedy", "example"):
        assert told[key].strip()
    assert told["title"] in result.output
    for option in told["options"]:
        assert option["name"] in result.output
        assert option["description"]
        assert option["name"].partition(".")[0] in told["example"], "the example shows every option"


def test_a_check_that_does_not_exist_is_2() -> None:
    result = call("explain", "data.null")
    assert result.exit_code == 2
    assert "Did you mean 'data.nulls'?" in result.output


@pytest.mark.parametrize(
    "words", [("rnu",), ("run", "--hots", "github"), ("run", "--host", "jenkins"), ("explain",), ("report", "x")]
)
def test_words_that_the_command_does_not_know_are_2(words: tuple[str, ...]) -> None:
    assert call(*words).exit_code == 2


# check-config and schema


def test_check_config(folder: Path) -> None:
    result = call("check-config")
    assert (result.exit_code, result.output) == (0, "mlops-gates.yml is valid: data\n")
    result = call("check-config", "--set", "data.rows={mn: 3}")
    assert result.exit_code == 2
    assert "mlops-gates.yml:1: unknown key data.rows.mn. Did you mean 'min'?" in result.output
    (folder / "mlops-gates.yml").write_text(CONFIG + "environments: {a: {data: {x: 1}}, b: {daat: 1}}\n")
    result = call("check-config")
    assert result.exit_code == 2
    assert "data.x" in result.output, "environments that were not chosen are checked"
    assert "daat" in result.output, "every error is told at once"
    assert not (folder / "mlops-gates-report").exists()


def test_schema_is_a_json_schema_that_takes_the_examples() -> None:
    schema = json.loads(call("schema").output)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    configs = sorted(Path(__file__).parent.glob("examples/**/mlops-gates.yml"))
    assert len(configs) > 50

    class Words(yaml.SafeLoader):
        """What an editor reads: YAML 1.2, in which `yes` and dates are words."""

    Words.yaml_implicit_resolvers = {
        first: [one for one in found if first in "tf" or not one[0].endswith((":timestamp", ":bool"))]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for path in configs:
        data = yaml.load(path.read_text(encoding="utf-8"), Words)
        assert [error.message for error in validator.iter_errors(data)] == [], path
    assert not validator.is_valid({"data": {"source": "x.csv", "colums": {}}})


# report


def test_report_renders_what_the_run_wrote(folder: Path) -> None:
    assert call("run", "--host", "local").exit_code == 0
    reports = folder / "mlops-gates-report"
    for form, name in [
        ("json", "results.json"), ("sarif", "results.sarif"), ("junit", "junit.xml"),
        ("codequality", "gl-code-quality.json"), ("markdown", "summary.md"), ("openmetrics", "metrics.txt"),
        ("dotenv", "outputs.env"), ("html", "report.html"),
    ]:  # fmt: skip
        result = call("report", "mlops-gates-report/results.json", "--format", form)
        assert (result.exit_code, result.output) == (0, (reports / name).read_text()), form
    assert "PASSED" in call("report", "--format", "text").output


@pytest.mark.parametrize("content", [None, "", "{}", "[]", "{", '{"schema": "other/1"}', "\x00", '{"schema": NaN}'])
def test_results_that_are_none_are_2(folder: Path, content: str | None) -> None:
    if content is not None:
        (folder / "r.json").write_text(content)
    for words in (("report", "r.json", "--format", "json"), ("enforce", "r.json")):
        result = call(*words)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output


# demo


@pytest.mark.acceptance
def test_the_demo_passes_and_says_what_to_look_at_next(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlops_gates", "demo"], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "PASSED",
        "What next?",
        "run --working-directory mlops-gates-demo --set",
        "explain model.performance",
    ):
        assert words in done.stdout
    again = call("run", "--working-directory", "mlops-gates-demo", "--set", "model.thresholds.accuracy=0.99")
    assert again.exit_code == 1, "what the demo proposes to try must stop a deploy"


# Real data


@needs_telco
def test_the_eleven_blanks_of_the_churn_data(folder: Path) -> None:
    (folder / "churn.csv").write_bytes(TELCO.read_bytes())
    lines = TELCO.read_text().splitlines()
    place = lines[0].split(",").index("TotalCharges")
    blank = [number for number, line in enumerate(lines, 1) if not line.split(",")[place].strip()]
    assert (len(blank), blank[0]) == (11, 490)
    (folder / "mlops-gates.yml").write_text(
        "data:\n  source: churn.csv\n  rows: {min: 7000}\n  columns:\n"
        '    customerID: {type: string, unique: true, nulls: 0, pattern: "^[0-9]{4}-[A-Z]{5}$"}\n'
        "    tenure: {type: integer, min: 0, max: 100}\n    Contract: {allowed: [Month-to-month, One year, Two year]}\n"
        "    TotalCharges: {type: number, nulls: 0}\n"
    )
    assert call("run", "--host", "local").exit_code == 1
    report = json.loads((folder / "mlops-gates-report/results.json").read_text())
    (finding,) = [finding for check in report["gates"][0]["checks"] for finding in check["findings"]]
    assert (finding["rule"], finding["subject"]) == ("data.nulls", "TotalCharges")
    assert "11 blank values in 7,043 rows" in finding["message"]
    told = [finding["location"]["line"], *(place["line"] for place in finding["related"])]
    assert told == blank[:10]
    assert call("run", "--host", "local", "--set", "data.columns.TotalCharges.nulls=0.2 %").exit_code == 0
    assert call("run", "--host", "local", "--set", "data.columns.TotalCharges.nulls=10").exit_code == 1


@needs_telco
@pytest.mark.acceptance
def test_a_boosted_model_of_the_churn_data_keeps_75_and_not_99_percent(folder: Path) -> None:
    train = """
import joblib, pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
table = pd.read_csv(FILE)
train, test = train_test_split(table, test_size=0.4, random_state=7, stratify=table["Churn"])
words = ["Contract", "InternetService", "PaymentMethod", "OnlineSecurity", "TechSupport"]
numbers = ["tenure", "MonthlyCharges", "SeniorCitizen"]
model = make_pipeline(make_column_transformer((OrdinalEncoder(), words), ("passthrough", numbers)),
                      HistGradientBoostingClassifier(max_iter=60, random_state=7))
model.fit(train[words + numbers], train["Churn"])
joblib.dump(model, "model.joblib")
test.to_csv("test.csv", index=False)
"""
    subprocess.run([sys.executable, "-c", f"FILE = {str(TELCO)!r}\n{train}"], check=True, cwd=folder)
    (folder / "mlops-gates.yml").write_text(
        "model:\n  path: model.joblib\n  data: test.csv\n  target: Churn\n  positive: Yes\n  drop: [customerID]\n"
        "  thresholds:\n    roc_auc: 0.8\n    accuracy: 0.75\n"
    )
    passed = call("run", "--host", "local")
    assert passed.exit_code == 0, passed.output
    failed = call("run", "--host", "local", "--set", "model.thresholds.accuracy=0.99")
    assert failed.exit_code == 1
    report = json.loads((folder / "mlops-gates-report/results.json").read_text())
    found = [finding for check in report["gates"][0]["checks"] for finding in check["findings"]]
    (finding,) = [finding for finding in found if finding["status"] == "failed"]
    assert (finding["location"]["file"], finding["location"]["line"]) == ("mlops-gates.yml", 9)
    assert finding["message"].startswith("accuracy: 0.")
    assert finding["message"].endswith("limit at least 0.99")
