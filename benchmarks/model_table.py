"""Makes what the model gate is measured on: a table, and a forest trained on another of the same kind.

    model_table.py FOLDER ROWS [--small]

FOLDER/test.csv has ROWS rows of 20 numbers, a protected attribute and the target; FOLDER/train.csv the 20,000 that
FOLDER/model.joblib was trained on: a random forest of 200 trees, or with --small a logistic regression on 1,000.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FEATURES = [f"f{number}" for number in range(20)]
SEED = 20261121


def table(rows: int, seed: int) -> pd.DataFrame:
    """Twenty numbers of different scales, of which eight tell the target; the groups are equal."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, 20))
    signal = values[:, :8] @ np.linspace(1.0, 0.3, 8) + 0.8 * values[:, 0] * values[:, 1]
    target = (signal + rng.logistic(scale=0.7, size=rows) > 0.2).astype(int)
    values = values * np.geomspace(0.1, 1000, 20)
    made = pd.DataFrame(np.round(values, 5), columns=FEATURES)
    return made.assign(group=rng.choice(["a", "b", "c"], size=rows), target=target)


def main() -> None:
    folder, rows, small = Path(sys.argv[1]), int(sys.argv[2]), "--small" in sys.argv
    folder.mkdir(parents=True, exist_ok=True)
    train = table(1000 if small else 20_000, SEED)
    table(rows, SEED + 1).to_csv(folder / "test.csv", index=False)
    train.to_csv(folder / "train.csv", index=False)
    if small:
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    else:
        model = RandomForestClassifier(n_estimators=200, random_state=SEED)
    model.fit(train[FEATURES], train["target"])
    joblib.dump(model, folder / "model.joblib")


if __name__ == "__main__":
    main()
