"""The tables that the models are trained and judged on, as frames; features first, the target last.

churn is made (customers of a telephone company, categories and blanks); cancer, diabetes and digits are measured, and
come with scikit-learn. Measured tables are split in two halves, drawn by class where there are classes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from mutants.data import files
from mutants.data.table import customers

NOW = datetime(2026, 6, 1)


@dataclass(frozen=True)
class Tables:
    """What a model is trained on, what it is judged on, and another sample of the same customers (churn alone)."""

    train: pd.DataFrame
    test: pd.DataFrame
    target: str
    positive: str = ""
    drop: tuple[str, ...] = ()
    sample: pd.DataFrame | None = None


def churn() -> Tables:
    """4,000 customers to train on and 4,000 for the test."""
    train, test, sample = (_customers(seeds) for seeds in ((1, 5), (2, 6), (3, 7)))
    return Tables(train, test, "Churn", "Yes", ("customerID", "email", "signup", "updated_at"), sample)


def cancer() -> Tables:
    """Cells of 569 tumours, 30 measures each."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer(as_frame=True)
    table = found.frame.rename(columns={"target": "diagnosis"})
    table["diagnosis"] = table["diagnosis"].map({0: "malignant", 1: "benign"})
    return Tables(*_halves(table, "diagnosis"), "diagnosis", "malignant")


def diabetes() -> Tables:
    """442 patients and how far the disease went on within a year."""
    from sklearn.datasets import load_diabetes

    table = load_diabetes(as_frame=True, scaled=False).frame.rename(columns={"target": "progression"})
    return Tables(*_halves(table, None), "progression")


def digits() -> Tables:
    """1,797 images of 8 x 8 points, `p<row><column>`."""
    from sklearn.datasets import load_digits

    found = load_digits()
    table = pd.DataFrame(found.data.astype(int), columns=[f"p{n // 8}{n % 8}" for n in range(64)])
    table["digit"] = found.target
    return Tables(*_halves(table, "digit"), "digit")


TABLES = {"churn": churn, "cancer": cancer, "diabetes": diabetes, "digits": digits}


def _customers(seeds: tuple[int, ...]) -> pd.DataFrame:
    made = [row for seed in seeds for row in customers(seed, NOW)]
    return read(files.written(made).decode())


def read(text: str) -> pd.DataFrame:
    """A table of a CSV; `No` stays a word, blanks alone are missing."""
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])


def _halves(table: pd.DataFrame, by: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    from sklearn.model_selection import train_test_split

    one, other = train_test_split(table, test_size=0.5, random_state=0, stratify=None if by is None else table[by])
    return one.reset_index(drop=True), other.reset_index(drop=True)
