"""Errors of a model without what stood in the data: logs of a CI host are public."""

from __future__ import annotations

import re
from collections.abc import Collection

from mlops_gates.worker.client import Frame
from mlops_gates.worker.failures import Ended, WorkerError

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_HIDDEN = "'…'"
_SWITCH = "Set `report.samples: true` to see what may be cell values."
_MOST_WORDS = 100_000


def discreet(error: WorkerError, features: Frame) -> WorkerError:
    """The error of a model that has seen `features`: quoted words that name no feature, and whole cells, are hidden."""
    cells = _cells(features)
    what = _without(error.what, {column.name for column in features.columns}, cells)
    step = "" if isinstance(error, Ended) else _without(error.next_step, set(), cells)
    hidden = what != error.what or step != error.next_step
    return type(error)(what, where=error.where, next_step=f"{step} {_SWITCH}".strip() if hidden else step)


def _without(text: str, names: Collection[str], cells: Collection[str]) -> str:
    text = _QUOTED.sub(lambda quoted: quoted[0] if quoted[0][1:-1] in names else _HIDDEN, text)
    return re.sub(r"\S+", lambda word: _HIDDEN if word[0].strip("[](){},;:.") in cells else word[0], text)


def _cells(features: Frame) -> set[str]:
    """Words that stand in columns of text; beyond so many, a column is taken for an identifier and read in part."""
    words: set[str] = set()
    for column in features.columns:
        if column.kind == "string":
            words.update(cell for cell in column.values[:_MOST_WORDS].tolist() if cell)
    return words
