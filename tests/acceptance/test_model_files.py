"""Models of every kind of file, trained for real, judged by the gate as a process; and in environments of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from .machine import ROOT

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]
COMMAND = Path(sys.executable).with_name("mlops-gates")

TRAIN = """
    import sys
    import joblib, numpy as np, pandas as pd
    rng = np.random.default_rng(3)
    def table(n):
        made = pd.DataFrame({"age": rng.integers(18, 80, n), "income": rng.normal(40, 12, n).round(2),
                             "plan": rng.choice(["basic", "plus", "pro"], n)})
        score = (made.age - 49) / 18 + (made.plan == "pro") * 1.5 + (made.income - 40) / 20
        made["score"] = score.round(4)
        made["churn"] = np.where(score + rng.logistic(size=n) * .4 > .3, "Yes", "No")
        return made
    train, test = table(1500), table(800)
    train.to_csv("train.csv", index=False)
    test.to_csv("test.csv", index=False)
    x, y = train[["age", "income", "plan"]], (train.churn == "Yes").astype(int)
"""
KINDS = {
    "skops": """
        import skops.io
        from sklearn.compose import make_column_transformer
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OrdinalEncoder
        coder = make_column_transformer((OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["plan"]),
                                        remainder="passthrough")
        skops.io.dump(make_pipeline(coder, HistGradientBoostingClassifier(random_state=0)).fit(x, train.churn), "m.skops")
    """,
    "json": """
        import xgboost
        c = x.astype({"plan": "category"})
        xgboost.XGBClassifier(n_estimators=40, enable_categorical=True, random_state=0).fit(c, y).save_model("m.json")
    """,
    "ubj": """
        import xgboost
        c = x.astype({"plan": "category"})
        xgboost.XGBRegressor(n_estimators=60, enable_categorical=True, random_state=0).fit(c, train.score).save_model("m.ubj")
    """,
    "txt": """
        import lightgbm
        c = x.astype({"plan": "category"})
        lightgbm.LGBMClassifier(n_estimators=40, verbose=-1, random_state=0).fit(c, y).booster_.save_model("m.txt")
    """,
    "lgb": """
        import lightgbm
        c = x.astype({"plan": "category"})
        lightgbm.LGBMRegressor(n_estimators=80, verbose=-1, random_state=0).fit(c, train.score).booster_.save_model("m.lgb")
    """,
}
LIBRARY = {"skops": "skops", "json": "xgboost", "ubj": "xgboost", "txt": "lightgbm", "lgb": "lightgbm"}


def trained(folder: Path, script: str, python: Path | str = sys.executable) -> None:
    text = textwrap.dedent(TRAIN) + textwrap.dedent(script)
    done = subprocess.run([python, "-c", text], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def judged(folder: Path, config: str, *flags: str) -> tuple[int, dict[str, Any], str]:
    (folder / "mlops-gates.yml").write_text("version: 1\nmodel:\n" + textwrap.indent(textwrap.dedent(config), "  "))
    done = subprocess.run(
        [COMMAND, "run", "model", "--host", "local", *flags], cwd=folder, capture_output=True, text=True, check=False
    )
    results = json.loads((folder / "mlops-gates-report" / "results.json").read_text())
    return done.returncode, results["gates"][0], done.stdout + done.stderr


def statuses(gate: dict[str, Any]) -> dict[str, str]:
    return {check["check"]: check["status"] for check in gate["checks"]}


@pytest.mark.parametrize("suffix", KINDS)
def test_a_file_of_its_own_kind(suffix: str, tmp_path: Path) -> None:
    pytest.importorskip(LIBRARY[suffix], reason="make acceptance installs it")
    trained(tmp_path, KINDS[suffix])
    regression = suffix in ("ubj", "lgb")
    labels = "target: score\ndrop: [churn]" if regression else "target: churn\npositive: 'Yes'\ndrop: [score]"
    limit = "r2: 0.9" if regression else "accuracy: 0.75, roc_auc: 0.8"
    code, gate, said = judged(
        tmp_path,
        f"path: m.{suffix}\ndata: test.csv\nreference: train.csv\n{labels}\nthresholds: {{{limit}}}\n"
        "importance: {max_single: 1, max_lead: 1000}\nrobustness: {missing: 0}\n",
    )
    assert code == 0, said
    found = statuses(gate)
    assert found["model.performance"] == "passed"
    assert not {"failed", "errored", "inconclusive"} & set(found.values()), said
    facts = dict(gate["facts"])
    assert facts["task"] == ("regression" if regression else "classification")
    assert LIBRARY[suffix] in facts["libraries"]


def test_a_model_whose_environment_has_another_scikit_learn(tmp_path: Path) -> None:
    import sklearn

    from mlops_gates.worker.environment import provide

    old = "1.6.1"
    assert not sklearn.__version__.startswith(old)
    needs = tmp_path / "old.txt"
    needs.write_text(f"scikit-learn=={old}\npandas<3\nnumpy<2.4\n")
    script = """
        import sklearn
        from sklearn.linear_model import LogisticRegression
        x = x[["age", "income"]]
        joblib.dump(LogisticRegression(max_iter=500).fit(x, train.churn), "m.joblib")
    """
    trained(tmp_path, script, provide(needs))
    config = "path: m.joblib\ndata: test.csv\ntarget: churn\npositive: 'Yes'\ndrop: [score, plan]\n"
    config += "thresholds: {roc_auc: 0.7}\nwithout: [importance]\n"
    code, gate, said = judged(tmp_path, config, "--requirements", "old.txt")
    assert code == 0, said
    assert f"sklearn {old}" in dict(gate["facts"])["libraries"]
    assert statuses(gate)["model.load"] == "passed", "no warning of versions that differ"
    # In our own environment the same file warns or does not load: it never passes silently.
    code, gate, said = judged(tmp_path, config)
    assert statuses(gate)["model.load"] != "passed", said


def test_an_environment_without_what_we_need_ourselves(tmp_path: Path) -> None:
    (tmp_path / "bare.txt").write_text("numpy<2.4\n")
    trained(tmp_path, "")
    (tmp_path / "rules.py").write_text(
        textwrap.dedent(
            """
            import importlib.util

            import numpy

            for name in ("pydantic", "duckdb", "click", "pandas", "sklearn"):
                assert importlib.util.find_spec(name) is None, name

            class Model:
                def predict(self, table):
                    return numpy.where(table[:, 0].astype(float) > 45, "Yes", "No")

            model = Model()
            """
        )
    )
    config = """
        path: rules:model
        code: [.]
        data: test.csv
        target: churn
        positive: "Yes"
        drop: [score, plan]
        thresholds: {accuracy: 0.6}
        without: [importance]
    """
    code, gate, said = judged(tmp_path, config, "--requirements", "bare.txt")
    assert statuses(gate)["model.performance"] == "passed", said
    assert "pydantic" not in dict(gate["facts"])["libraries"]
    assert code == 0, said


def test_the_readme_of_the_repository_names_the_kinds() -> None:
    text = (ROOT / "docs" / "config.md").read_text()
    assert all(f".{suffix}" in text or suffix in text for suffix in (*KINDS, "joblib", "pickle"))
