"""Deepchecks' own suite of model evaluation. Usage: model.py FOLDER

The forest is trained anew with its scikit-learn, beside the one that is measured, and kept; training is not measured.
"""

import sys
from pathlib import Path

import joblib
import pandas as pd
import sklearn
from sklearn.ensemble import RandomForestClassifier

folder = Path(sys.argv[1])
train = pd.read_csv(folder / "train.csv").drop(columns="group")
file = folder / f"model-{sklearn.__version__}.joblib"
if not file.exists():
    forest = RandomForestClassifier(n_estimators=200, random_state=20261121)
    joblib.dump(forest.fit(train.drop(columns="target"), train["target"]), file)
    sys.exit(75)

import deepchecks  # noqa: E402
from deepchecks.tabular import Dataset  # noqa: E402
from deepchecks.tabular.suites import model_evaluation  # noqa: E402

test = pd.read_csv(folder / "test.csv").drop(columns="group")
sets = [Dataset(one, label="target", cat_features=[]) for one in (train, test)]
result = model_evaluation().run(*sets, joblib.load(file), with_display=False)
print(deepchecks.__version__, len(result.results))
