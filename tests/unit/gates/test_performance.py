"""Limits of metrics as the config writes them, and what answers are worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlops_gates import config, layers, session
from mlops_gates.asked import Inputs
from mlops_gates.errors import GatesError
from mlops_gates.findings import Location, Status
from mlops_gates.gates.model.limits import Thresholds
from mlops_gates.gates.model.performance import measurement
from mlops_gates.options import Range
from mlops_gates.policy import judge
from mlops_gates.stats import classification, confusion, regression

pytestmark = pytest.mark.acceptance

HEAD = "model:\n  path: m:m\n  code: [.]\n  data: t.csv\n  target: y\n"
ALONE = (
    "  without: [inputs, slices, consistency, reproducibility, robustness, importance, interpretability, inference, "
    "edge-cases]\n"
)
PARITY = """
class Parity:
    classes_ = ("no", "yes")

    def predict(self, features):
        return ["yes" if x % 2 else "no" for x in features["x"]]

m = Parity()
"""


def load(folder: Path, rest: str) -> Any:
    (folder / "mlops-gates.yml").write_text(HEAD + rest, encoding="utf-8")
    (folder / "t.csv").write_text("x,y\n" + "".join(f"{i},{'yes' if i % 2 else 'no'}\n" for i in range(60)))
    place = layers.Place(folder, lambda path: path.name)
    return config.load("mlops-gates.yml", place, session.shape()).blocks[0].options


def run(folder: Path, rest: str, **files: str) -> dict[str, Any]:
    load(folder, rest + ALONE)
    for name, text in {"m": PARITY, **files}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    asked = Inputs((), "mlops-gates.yml", str(folder), (), "", "report", "error", "true", "", "local", False, False)
    session.run(asked)
    report: dict[str, Any] = json.loads((folder / "report/results.json").read_text())
    return report


def told(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for check in report["gates"][0]["checks"] for finding in check["findings"]]


def test_every_metric_can_have_a_limit() -> None:
    assert set(Thresholds.model_fields) == {*classification.METRICS, *regression.METRICS, "business"}


@pytest.mark.parametrize("name", ["accuracy", "f1", "roc_auc", "pr_auc", "r2"])
def test_a_bare_number_is_the_least(name: str, tmp_path: Path) -> None:
    found = getattr(load(tmp_path, f"  thresholds: {{{name}: 0.5}}\n").thresholds, name)
    assert (found.min, found.max) == (0.5, None)


@pytest.mark.parametrize("name", ["log_loss", "brier", "calibration_error", "mae", "rmse", "mape"])
def test_a_bare_number_is_the_most_of_a_loss(name: str, tmp_path: Path) -> None:
    found = getattr(load(tmp_path, f"  thresholds: {{{name}: 0.5}}\n").thresholds, name)
    assert (found.min, found.max) == (None, 0.5)


@pytest.mark.parametrize(
    ("rest", "line", "says"),
    [
        ("  thresholds: {}\n", 6, "names no metric"),
        ("  thresholds: {r2: 75}\n", 6, "r2 is 1 at most"),
        ("  thresholds: {mae: -1}\n", 6, "below 0"),
        ("  thresholds: {log_loss: {max: high}}\n", 6, "finite number"),
        ("  thresholds: {log_loss: {min: 2, max: 1}}\n", 6, "nothing could ever pass"),
        ("  thresholds: {log_loss: yes please}\n", 6, "the most allowed value"),
        ("  thresholds:\n    accuracy: 0.5\n    business: 0\n", 6, "needs the key `business`"),
        ("  business: {}\n", 6, "either costs or value"),
        ('  business: {value: "a:b", costs: {a: {b: 1}}}\n', 6, "either costs or value"),
        ("  business: {value: worth}\n", 6, "no module:function"),
        ("  business:\n    costs: {a: {}}\n", 6, "names no label"),
        ("  business:\n    costs: {a: {b: much}}\n", 7, "finite number"),
        ("  business:\n    costs: {a: 5}\n", 7, "mapping"),
        ("  business:\n    costs: 5\n", 7, "mapping"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_line(rest: str, line: int, says: str, tmp_path: Path) -> None:
    with pytest.raises(GatesError) as raised:
        load(tmp_path, rest)
    assert says in str(raised.value)
    assert raised.value.where
    assert raised.value.where.line == line


def test_labels_of_costs_may_be_numbers(tmp_path: Path) -> None:
    found = load(tmp_path, "  business: {costs: {0: {1: 5}, 1: {0: 10, 1: -1}}}\n").business
    assert found.costs == {"0": {"1": 5}, "1": {"0": 10, "1": -1}}


def test_the_worth_of_a_confusion_matrix_by_hand() -> None:
    """Of 100 rows 10 cost 5 and 4 cost 100."""
    counts = np.array([[80, 10, 0], [4, 6, 0]])
    found = confusion.worth(counts, -np.array([[0.0, 5.0, 5.0], [100.0, 0.0, 100.0]]))
    assert found.value == -4.5
    assert found.interval
    assert -10 < found.interval.low < -6
    assert -3 < found.interval.high < 0


@pytest.mark.parametrize("n", [50, 500])
def test_costs_seldom_prove_more_than_the_truth(n: int) -> None:
    """One of fifty rows costs 100: the mean is at least -2 - 0.5, whatever few rows say."""
    rng, values = np.random.default_rng(1), -np.array([[0.0, 5.0, 5.0], [100.0, 0.0, 100.0]])
    cells = np.array([0.7, 0.1, 0.0, 0.02, 0.18, 0.0])
    true = float(cells @ values.ravel())
    tables = rng.multinomial(n, cells, size=400).reshape(-1, 2, 3)
    found = [confusion.worth(table, values).interval for table in tables]
    assert np.mean([one is not None and one.low > true for one in found]) <= 0.07


def test_very_many_labels_are_worth_something_too() -> None:
    rng = np.random.default_rng(2)
    counts, values = rng.integers(0, 3, (60, 61)), -rng.random((60, 61))
    found = confusion.worth(counts, values)
    assert found.value == pytest.approx(float((counts * values).sum() / counts.sum()))
    assert found.interval
    assert found.interval.low < found.value < found.interval.high


def test_a_metric_without_a_number_never_passes() -> None:
    where = Location("c.yml", 3)
    metric = classification.Metric(None, None, 5, "no row is labelled 'b'")
    status, finding = judge(measurement("f1", metric, Range(min=0), where, 5), where)
    assert status is Status.INCONCLUSIVE
    assert finding
    assert (finding.location, "no row is labelled 'b'" in finding.message) == (where, True)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("def f(table):\n    raise ValueError(f'no price for {table.truth[1]}')\n", "ValueError"),
        ("def f(table):\n    return [1.0, 2.0]\n", "2 numbers for 60 rows"),
        ("def f(table):\n    return ['dear'] * len(table)\n", "not a number per row"),
        ("def f(table):\n    return None\n", "not a number per row"),
        ("def f(table):\n    return float('nan')\n", "not finite"),
        ("import os\ndef f(table):\n    os._exit(0)\n", "ended without an answer"),
        ("def f(table):\n    open('t.csv')\n", "raised"),
        ("import socket\ndef f(table):\n    socket.create_connection(('127.0.0.1', 80))\n", "raised"),
        ("g = 1\n", "business.value worth:f: module worth"),
        ("import nowhere_to_be_found\n", "nowhere_to_be_found"),
    ],
)
def test_a_function_that_gives_no_numbers_ends_as_errored(function: str, says: str, tmp_path: Path) -> None:
    report = run(
        tmp_path, '  positive: "yes"\n  business: {value: "worth:f"}\n  thresholds: {accuracy: 0.5}\n', worth=function
    )
    assert report["exit_code"] == 3
    (finding,) = told(report)
    assert says in finding["message"]
    assert finding["location"]["line"] == 7
    assert "price for yes" not in json.dumps(report), "no cell of the data is told"


def test_the_function_gets_labels_answers_and_scores(tmp_path: Path) -> None:
    scored = PARITY.replace(
        "\nm =", "\n    def predict_proba(self, features):\n        return [[0.75, 0.25] for _ in features['x']]\n\nm ="
    )
    function = """
def f(table):
    assert list(table.columns) == ["truth", "answer", "score"]
    assert (table.score == 0.25).all()
    return (table.truth == table.answer) * 3
"""
    rest = '  positive: "yes"\n  business: {value: "worth:f"}\n  thresholds: {business: 2}\n'
    report = run(tmp_path, rest, worth=function, m=scored)
    assert report["exit_code"] == 0, told(report)
    assert report["metrics"]["business"] == 3


def test_a_regression_has_no_costs_and_says_so(tmp_path: Path) -> None:
    rest = "  task: regression\n  business:\n    costs: {a: {b: 1}}\n"
    (tmp_path / "t.csv").touch()
    load(tmp_path, rest + ALONE)
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{i},{2 * i + i % 3}\n" for i in range(50)))
    (tmp_path / "m.py").write_text("def m(table):\n    return table['x'] * 2.0\n")
    asked = Inputs((), "mlops-gates.yml", str(tmp_path), (), "", "report", "error", "true", "", "local", False, False)
    assert session.run(asked) == 3
    report = json.loads((tmp_path / "report/results.json").read_text())
    (finding,) = told(report)
    assert "business.costs speaks of labels" in finding["message"]
    assert finding["location"]["line"] == 8
