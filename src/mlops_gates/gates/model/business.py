"""What right and wrong answers are worth: a table of costs, or a function of the user's in a sandbox of its own.

The function sees the labels, so it never shares a process with the model.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from mlops_gates.errors import CheckError
from mlops_gates.gates.model.scope import MODULE, ModelScope
from mlops_gates.models.discreet import discreet
from mlops_gates.models.features import canonical_text
from mlops_gates.options import Number, Options, Text
from mlops_gates.stats import confusion, means
from mlops_gates.stats.classification import Answers
from mlops_gates.stats.metric import Metric, absent, finite
from mlops_gates.worker.client import Worker
from mlops_gates.worker.failures import WorkerError
from mlops_gates.worker.job import Column, Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ONE_NUMBER = "the function gives one number for all rows, which has no interval"


def _by_label(value: object) -> object:
    """Labels as text, however the config writes them."""
    return {canonical_text(key): one for key, one in value.items()} if isinstance(value, dict) else value


Costs = Annotated[
    dict[str, Annotated[dict[str, Number], BeforeValidator(_by_label)]],
    BeforeValidator(_by_label),
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "number"}}}
    ),
]


class Business(Options):
    """What a row is worth. Exactly one of the two."""

    costs: Costs | None = Field(
        None, description="costs[label][answer]: what such a row costs; a gain is negative, what is left out costs 0."
    )
    value: Text | None = Field(
        None,
        description="module:function of a table with the columns truth, answer and score: a value per row, or one for all.",
    )

    @model_validator(mode="after")
    def _one(self) -> Business:
        if (self.costs is None) == (self.value is None):
            raise ValueError("should have either costs or value")
        if self.value is not None and not MODULE.fullmatch(self.value):
            raise ValueError(f"{self.value!r} is no module:function")
        if self.costs is not None and not any(self.costs.values()):
            raise ValueError("costs names no label and its answers")
        return self


def measured(scope: ModelScope, business: Business) -> Metric:
    """Mean value per row. Raises CheckError at the line of a label that there is not, and WorkerError."""
    if business.costs is None:
        return _of_numbers(_asked(scope, business.value or ""), scope.frame.rows)
    if scope.answers is None:
        raise CheckError(
            "business.costs speaks of labels, and this is a regression",
            where=scope.context.line("business", "costs"),
            next_step="Write a function and name it as business.value.",
        )
    return confusion.worth(scope.answers.confusion, _worth(scope, scope.answers, business.costs))


def _worth(scope: ModelScope, answers: Answers, costs: dict[str, dict[str, float]]) -> NDArray[np.float64]:
    """Value by label and answer, shape (labels, labels + 1); an answer that is no label costs the most of its row."""
    import numpy as np

    values = np.zeros((len(answers.classes), len(answers.classes) + 1))
    for truth, by_answer in costs.items():
        row = _number(scope, answers.classes, truth, truth)
        for answer, cost in by_answer.items():
            values[row, _number(scope, answers.classes, answer, truth, answer)] = -cost
    values[:, -1] = values[:, :-1].min(axis=1)
    return values


def _number(scope: ModelScope, classes: Sequence[str], label: str, *keys: str) -> int:
    if label in classes:
        return classes.index(label)
    close = difflib.get_close_matches(label, classes, n=1)
    known = ", ".join(classes[:10])
    raise CheckError(
        f"business.costs names {label!r}, which is neither a label of the data nor an answer of the model",
        where=scope.context.line("business", "costs", *keys),
        next_step=f"Did you mean {close[0]!r}?" if close else f"There are {known}{', …' * (len(classes) > 10)}.",
    )


def _asked(scope: ModelScope, function: str) -> NDArray[np.float64]:
    """Shape (rows,) or (1,): what the function makes of labels and answers, in a sandbox of its own."""
    assert scope.job
    frame = _table(scope)
    context = scope.context
    context.advance(f"asking {function} what the answers are worth")
    job = replace(scope.job, model=function, seconds=max(1.0, context.seconds_left))
    try:
        with Worker.start(job, context.cancel) as worker:
            worker.load()
            return worker.value(frame)
    except WorkerError as error:
        told = error if context.samples else discreet(error, frame)
        told.what = f"business.value {function}: {told.what}"
        told.where = context.line("business", "value")
        raise told from error


def _table(scope: ModelScope) -> Frame:
    import numpy as np

    if scope.estimates:
        columns = [
            Column("truth", "float64", scope.estimates.truth),
            Column("answer", "float64", scope.estimates.predicted),
        ]
        return Frame(tuple(columns), len(scope.estimates.truth))
    assert scope.answers
    answers, words = scope.answers, np.array(scope.answers.classes, dtype=object)
    columns = [Column("truth", "string", words[answers.truth]), Column("answer", "string", words[answers.predicted])]
    if answers.scores is not None:
        columns.append(Column("score", "float64", answers.scores))
    return Frame(tuple(columns), len(answers.truth))


def _of_numbers(values: NDArray[np.float64], rows: int) -> Metric:
    """The row that has not been seen yet (see `means`) is worth more than the best, less than the worst, or nothing."""
    if len(values) == 1:
        if rows > 1:
            return Metric(float(values[0]), None, rows)
        return absent(rows, "one row does not tell what the next one is worth")
    worst, best = float(values.min()), float(values.max())
    more = (best - worst) * (means.beyond(rows) - 1)
    found = means.interval(values, min(0.0, worst - more), max(0.0, best + more))
    return finite(float(values.mean()), found, rows)
