"""Classification or regression: what the config says, else the model, else what labels and answers look like."""

from __future__ import annotations

from typing import Any, Literal

from mlops_gates.worker.answers import Task
from mlops_gates.worker.client import Loaded, Prediction
from mlops_gates.worker.job import Column

Asked = Literal["auto", "classification", "regression"]
_FEW = 20
"""Distinct whole numbers among the labels up to which they are taken for classes."""


def task_of(asked: Asked, loaded: Loaded, labels: Column, prediction: Prediction) -> Task:
    """The task of a model whose answers to the rows of `labels` are `prediction`."""
    import numpy as np

    if asked != "auto":
        return asked
    if loaded.task:
        return loaded.task
    if prediction.kind_of_scores or labels.kind in ("string", "bool") or prediction.labels.dtype.kind in "ObU":
        return "classification"
    numbers: Any = labels.values
    whole = labels.kind == "int64" or bool((np.floor(numbers) == numbers).all())
    answers = prediction.labels
    whole = whole and (answers.dtype.kind in "iu" or bool((np.floor(answers) == answers).all()))
    return "classification" if whole and len(np.unique(numbers)) <= _FEW else "regression"
