"""Two models of the same task and the edges of their score bands: what a canary is run on.

`current.joblib` is the demo's model; `candidate.joblib` is trained on the same rows with a little less regularisation, as a
retrained model would be: it decides alike but for a few. `bands.json` holds the 10 % and 90 % quantiles of the current model's
scores on the rows it was trained on.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_gates.demo.train import main as train

POSITIVE = "malignant"


def main(folder: Path) -> None:
    """Write current.joblib, candidate.joblib, bands.json, train.csv and test.csv into `folder`."""
    train(folder)
    (folder / "model.joblib").rename(folder / "current.joblib")
    rows = pd.read_csv(folder / "train.csv").drop(columns=["id"])
    features, labels = rows.drop(columns=["diagnosis"]), rows["diagnosis"]
    candidate = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, C=0.8, random_state=7))
    joblib.dump(candidate.fit(features, labels), folder / "candidate.joblib")
    current = joblib.load(folder / "current.joblib")
    scores = current.predict_proba(features)[:, list(current.classes_).index(POSITIVE)]
    (folder / "bands.json").write_text(json.dumps([float(edge) for edge in np.quantile(scores, [0.1, 0.9])]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
