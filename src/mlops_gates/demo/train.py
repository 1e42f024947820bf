"""Trains the demo's model: run as a process of its own, so that scikit-learn stays out of the gate."""

from __future__ import annotations

import sys
from pathlib import Path

import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main(folder: Path) -> None:
    """Write train.csv, test.csv and model.joblib into `folder`."""
    data = load_breast_cancer(as_frame=True)
    table = data.data.rename(columns=lambda name: name.replace(" ", "_"))
    table["diagnosis"] = [data.target_names[label] for label in data.target]
    table.insert(0, "id", [f"T{number:04d}" for number in range(1, len(table) + 1)])
    train, test = train_test_split(table, test_size=0.4, random_state=7, stratify=table["diagnosis"])
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=7))
    model.fit(train.drop(columns=["id", "diagnosis"]), train["diagnosis"])
    joblib.dump(model, folder / "model.joblib")
    print(f"Trained on {len(train)} tumours, {len(test)} are kept to judge it.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
