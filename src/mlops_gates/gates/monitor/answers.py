"""What the model answered in production, beside the labels of a table: as the metrics of `stats` take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from mlops_gates.errors import CheckError
from mlops_gates.gates.monitor.cells import column_of, number, text
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import InputSource, Options, Text
from mlops_gates.records import dataclass
from mlops_gates.tables.capture import EXTRA
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlops_gates.stats.metric import Measured

MOST_ROWS = 5_000_000
LABELS = "labels"


class AnswersIn(Options):
    """Where live rows hold what the model answered."""

    predicted: Text | None = Field(None, description="The column with the predicted label or number.")
    probability: Text | None = Field(None, description="The column with the probability (0–1) of the positive label.")
    positive: str = Field("1", description="The label that the probability speaks for.", strict=False)
    threshold: float = Field(
        0.5,
        description="From this probability on the positive label is predicted, where no column says it.",
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _answers(self) -> AnswersIn:
        if self.predicted is None and self.probability is None:
            raise ValueError("should name `predicted`, `probability` or both")
        return self


class Labels(Options):
    """Labels that arrived later."""

    source: InputSource = Field(description="The table of labels, named as `live` is.")
    id: Text = Field("id", description="The column, in both tables, by which a label finds its row.")
    truth: Text = Field("label", description="The column that holds the label.")
    task: Literal["classification", "regression"] = Field("classification", description="What the model answers.")


class AnswersOptions(Options):
    """`answers`, `labels`"""

    answers: AnswersIn | None = Field(None, description="Which live columns hold the model's answers.")
    labels: Labels | None = Field(None, description="Labels that arrived later: {source, id, truth}.")

    @model_validator(mode="after")
    def _complete(self) -> AnswersOptions:
        if self.labels is not None and not getattr(self, "live", None):
            raise ValueError("labels are joined to `live`: set it")
        if self.labels is not None and self.answers is None:
            raise ValueError("labels are compared with `answers`: name the columns that hold them")
        if self.labels is not None and self.answers and self.labels.task == "regression" and not self.answers.predicted:
            raise ValueError("a regression needs answers.predicted, the column with the predicted number")
        return self


@dataclass(frozen=True)
class Joined:
    """(truth, predicted, probability) of each live row with a label, as text, text and number; and how many of these rows
    have an id that another of them has too.
    """

    rows: list[tuple[Any, ...]]
    repeated: int


def joined(scope: MonitorScope, wanted: AnswersIn, labels: Labels, source: Source) -> Joined:
    """The live rows beside their labels. A blank id is none, and a blank label has not arrived.

    Raises CheckError: a column is missing, an id has several labels, or the rows of a captured request share their id.
    """
    table = DuckTable(scope.plan.table.source, scope.context.memory, {LABELS: source})
    scope.context.on_cancel(table.interrupt)
    try:
        return _joined(scope, wanted, labels, table)
    finally:
        table.close()


def _joined(scope: MonitorScope, wanted: AnswersIn, labels: Labels, table: DuckTable) -> Joined:
    live, where = scope.options.live or "", scope.context.line("labels", "id")
    mine, theirs = list(table.columns), list(table.columns_of(LABELS))
    key = text(f"d.{column_of(mine, labels.id, scope, live, 'labels', 'id')}")
    there = text(f"l.{column_of(theirs, labels.id, scope, labels.source, 'labels', 'id')}")
    truth = text(f"l.{column_of(theirs, labels.truth, scope, labels.source, 'labels', 'truth')}")
    said = ["NULL", "NULL"]
    for place, name in enumerate(("predicted", "probability")):
        if found := getattr(wanted, name):
            said[place] = f"d.{column_of(mine, found, scope, live, 'answers', name)}"
    # Labels of rows that are not looked at may be what they like.
    labelled = f"{LABELS} l WHERE {truth} IS NOT NULL AND {there} IN (SELECT {key} FROM data d)"  # noqa: S608
    twice = table.rows_of(f"SELECT count(*) - count(DISTINCT {there}) FROM {labelled}")[0][0]  # noqa: S608
    if twice:
        raise CheckError(
            f"{labels.source} has more than one label for an id, in {twice:,} rows",
            where=where,
            next_step="Leave one label for each id.",
        )
    both = f"data d JOIN {LABELS} l ON {key} = {there} WHERE {truth} IS NOT NULL"
    many, ids = table.rows_of(f"SELECT count(*), count(DISTINCT {key}) FROM {both}")[0]  # noqa: S608
    if many > ids and scope.options.capture and labels.id in EXTRA:
        raise CheckError(
            f"{many:,} live rows with a label have {ids:,} ids: a label cannot tell which row of a request it is of",
            where=where,
            next_step="Ask for one row in a request, or name one of capture.columns as labels.id.",
        )
    refuse_too_many(many)
    rows = table.rows_of(
        f"SELECT {truth}, CAST({said[0]} AS VARCHAR), {number(said[1])} FROM {both}"  # noqa: S608
    )
    return Joined(rows, many - ids)


def refuse_too_many(rows: int) -> None:
    """Raises CheckError where there are more rows than are taken out of the engine one by one."""
    if rows > MOST_ROWS:
        raise CheckError(
            f"there are {rows:,} rows, and at most {MOST_ROWS:,} can be looked at one by one",
            next_step="Take a shorter `duration`.",
        )


def metrics(rows: Sequence[tuple[Any, ...]], wanted: AnswersIn, task: str) -> Measured:
    """The answers as what has metrics. Raises CheckError where an answer is blank or no number or probability."""
    if task == "regression":
        return _estimates(rows)
    probability = probabilities([row[2] for row in rows]) if wanted.probability else None
    truth = [canonical(row[0]) for row in rows]
    positive = canonical(wanted.positive)
    if wanted.predicted:
        predicted = [canonical(row[1]) for row in rows]
        classes = sorted({*truth, *predicted, positive})
    else:
        assert probability is not None
        other = _other(truth, positive)
        classes = sorted((positive, other))
        predicted = [positive if one >= wanted.threshold else other for one in probability.tolist()]
    return _classified(truth, predicted, classes, positive, probability)


def _estimates(rows: Sequence[tuple[Any, ...]]) -> Measured:
    import numpy as np

    from mlops_gates.stats.regression import Estimates

    pairs = np.array([[_number(cell) for cell in row[:2]] for row in rows], dtype=float)
    if not np.isfinite(pairs).all():
        raise CheckError("an answer or a label is no finite number", next_step="Look at the step that writes it.")
    return Estimates(pairs[:, 0], pairs[:, 1])


def _other(truth: Sequence[str], positive: str) -> str:
    """The label beside the positive one. Raises CheckError where there are several."""
    others = sorted({*truth} - {positive}) or [f"not {positive}"]
    if len(others) == 2 and positive not in truth:
        raise CheckError("answers.positive is none of the two labels", next_step="Write it as the labels are written.")
    if len(others) > 1:
        raise CheckError(
            "there are more than two labels, and a probability of one of them", next_step="Name answers.predicted."
        )
    return others[0]


def _classified(
    truth: Sequence[str],
    predicted: Sequence[str],
    classes: Sequence[str],
    positive: str,
    probability: NDArray[np.float64] | None,
) -> Measured:
    import numpy as np

    from mlops_gates.stats.classification import Answers

    places = {word: place for place, word in enumerate(classes)}
    both = None
    if probability is not None and len(classes) == 2:
        both = np.column_stack([1 - probability, probability])
        both = both if places[positive] == 1 else np.ascontiguousarray(both[:, ::-1])
    return Answers(
        truth=np.array([places[one] for one in truth], dtype=np.int64),
        predicted=np.array([places[one] for one in predicted], dtype=np.int64),
        classes=tuple(classes),
        positive=places[positive] if probability is not None or len(classes) == 2 else None,
        scores=probability,
        no_scores="" if probability is not None else "answers.probability names no column",
        probabilities=both,
    )


def probabilities(cells: Sequence[float | None]) -> NDArray[np.float64]:
    """Shape (n,). Raises CheckError where a cell is blank or outside 0 to 1."""
    import numpy as np

    found = np.array([np.nan if cell is None else cell for cell in cells], dtype=float)
    if not ((found >= 0) & (found <= 1)).all():
        bad = int((~((found >= 0) & (found <= 1))).sum())
        raise CheckError(f"{bad:,} of {len(found):,} probabilities are blank, or not from 0 to 1")
    return found


def canonical(cell: object) -> str:
    """A label as text, so that 1, 1.0 and `1` are one label. Raises CheckError for a blank one."""
    if cell is None or not (word := str(cell).strip()):
        raise CheckError("an answer is blank", next_step="Look at the step that captures answers.")
    try:
        value = float(word)
    except ValueError:
        return word
    return str(int(value)) if abs(value) < 2**53 and value.is_integer() else word


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return float("nan")
