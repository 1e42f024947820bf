"""The floor of the model gate: import, load, predict the test set once. Usage: model_floor.py FOLDER"""

import sys
from pathlib import Path

import joblib
import pandas as pd
import sklearn  # noqa: F401 - a script that uses it imports it

folder = Path(sys.argv[1])
model = joblib.load(folder / "model.joblib")
test = pd.read_csv(folder / "test.csv")
print(model.predict_proba(test.drop(columns=["target", "group"]))[:, 1].mean())
