"""Errors of a model without what stood in the data: logs of a CI host are public."""

from __future__ import annotations

import re
from collections.abc import Collection

from mlops_gates.worker.failures import Ended, WorkerError
from mlops_gates.worker.job import Frame

_QUOTED = re.compile(r"(?<!module named )(?:'[^']*'|\"[^\"]*\")")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_HIDDEN = "'…'"
_SWITCH = "Set `report.samples: true` to see what may be cell values."
_MOST_WORDS = 100_000


def discreet(error: WorkerError, features: Frame) -> WorkerError:
    """The error of a model that has seen `features`: quoted words that name no feature, and whole cells, are hidden.

    A model that means to tell a cell can spell it otherwise; this keeps honest exceptions discreet.
    """
    cells, numbers = _cells(features), _numbers(features)
    what = _without(error.what, {column.name for column in features.columns}, cells, numbers)
    step = "" if isinstance(error, Ended) else _without(error.next_step, set(), cells, numbers)
    hidden = what != error.what or step != error.next_step
    return type(error)(what, where=error.where, next_step=f"{step} {_SWITCH}".strip() if hidden else step)


def _without(text: str, names: Collection[str], cells: Collection[str], numbers: Collection[float]) -> str:
    text = _QUOTED.sub(lambda quoted: quoted[0] if quoted[0][1:-1] in names else _HIDDEN, text)
    text = re.sub(r"\S+", lambda word: _HIDDEN if word[0].strip("[](){},;:.") in cells else word[0], text)
    return _NUMBER.sub(lambda number: _HIDDEN if _float(number[0]) in numbers else number[0], text)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _cells(features: Frame) -> set[str]:
    """Words that stand in columns of text; beyond so many, a column is taken for an identifier and read in part."""
    words: set[str] = set()
    for column in features.columns:
        if column.kind == "string":
            words.update(cell for cell in column.values[:_MOST_WORDS].tolist() if cell)
    return words


def _numbers(features: Frame) -> set[float]:
    return {
        float(cell)
        for column in features.columns
        if column.kind in ("int64", "float64")
        for cell in column.values[:_MOST_WORDS].tolist()
    }
