"""Trains a classifier and leaves what the gates judge: data/train.csv, data/test.csv and models/model.joblib.

Reads data/source.csv; where there is none, it starts from the breast cancer data that comes with scikit-learn
(569 biopsies, 30 measurements each).
"""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

SOURCE = Path("data/source.csv")
TARGET = "diagnosis"


def source() -> pd.DataFrame:
    """The table to learn from, one row per biopsy."""
    if SOURCE.exists():
        return pd.read_csv(SOURCE)
    data = load_breast_cancer(as_frame=True)
    table = data.frame.drop(columns="target")
    table.columns = [name.replace(" ", "_") for name in table.columns]
    return table.assign(**{TARGET: [data.target_names[code] for code in data.target]})


def main() -> None:
    """Split, train, write."""
    train, test = train_test_split(source(), test_size=0.3, random_state=7)
    Path("data").mkdir(exist_ok=True)
    Path("models").mkdir(exist_ok=True)
    train.to_csv("data/train.csv", index=False)
    test.to_csv("data/test.csv", index=False)
    model = HistGradientBoostingClassifier(random_state=7)
    model.fit(train.drop(columns=TARGET), train[TARGET])
    joblib.dump(model, "models/model.joblib")
    print(f"trained on {len(train)} rows, {len(test)} kept for the gates")


if __name__ == "__main__":
    main()
