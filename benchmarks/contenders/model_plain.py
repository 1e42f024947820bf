"""The ten tests of a model as a script without a framework writes them: each asks afresh. Usage: model_plain.py FOLDER"""

import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

folder = Path(sys.argv[1])
model = joblib.load(folder / "model.joblib")
test = pd.read_csv(folder / "test.csv")
groups, y, x = test["group"], test["target"], test.drop(columns=["target", "group"])
rng = np.random.default_rng(0)
found = {}


def performance():
    said, scores = model.predict(x), model.predict_proba(x)[:, 1]
    metrics = (accuracy_score, precision_score, recall_score, f1_score)
    return [metric(y, said) for metric in metrics] + [roc_auc_score(y, scores)]


def consistency():
    return all(np.array_equal(model.predict(x.head(100)), model.predict(x.head(100))) for _ in range(5))


def robustness():
    clean = accuracy_score(y, model.predict(x))
    return [
        clean - accuracy_score(y, model.predict(x + rng.normal(size=x.shape) * level * x.std().to_numpy()))
        for level in (0.001, 0.01, 0.1)
    ]


def importance():
    result = permutation_importance(model, x, y, n_repeats=1, random_state=0)
    return result.importances_mean.max(), model.feature_importances_.max()


def distribution():
    return x.isna().sum().sum(), x.describe().loc["mean"].sum()


def fairness():
    said = model.predict(x)
    rates = [said[groups == group].mean() for group in groups.unique()]
    return max(rates) - min(rates)


def inference():
    row, batch, seconds = x.head(1), x.head(32), []
    for _ in range(100):
        begin = time.perf_counter()
        model.predict(row)
        seconds.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    for _ in range(10):
        model.predict(batch)
    return np.percentile(seconds, [50, 95, 99]), 320 / (time.perf_counter() - begin)


def interpretability():
    try:
        import shap
    except ImportError:
        return None
    return np.abs(shap.TreeExplainer(model).shap_values(x.head(10))).mean()


def edge_cases():
    zeros = pd.DataFrame(0, index=[0], columns=x.columns)
    missing = x.head(1).copy()
    missing.iloc[0, 0] = np.nan
    answers = []
    for case in (zeros, x.head(1) * 1000, missing):
        try:
            answers.append(model.predict(case)[0])
        except ValueError as error:
            answers.append(str(error))
    return answers


def reproducibility():
    seen = []
    for seed in (42, 123, 456, 789, 999):
        np.random.seed(seed)
        seen.append(model.predict(x.head(100)))
    return all(np.array_equal(seen[0], one) for one in seen)


for test_of_ten in (
    performance,
    consistency,
    robustness,
    importance,
    distribution,
    fairness,
    inference,
    interpretability,
    edge_cases,
    reproducibility,
):
    found[test_of_ten.__name__] = test_of_ten()
print(found)
