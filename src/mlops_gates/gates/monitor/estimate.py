"""monitor.estimate"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError, Inconclusive
from mlops_gates.findings import Measurement
from mlops_gates.gates.monitor import opening
from mlops_gates.gates.monitor.answers import AnswersIn, canonical, probabilities, refuse_too_many
from mlops_gates.gates.monitor.cells import column_of, number, text
from mlops_gates.gates.monitor.measuring import limit_of, measured, short
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import InputSource, Options, Share, Text
from mlops_gates.stats import confidence
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.sql import identifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ASSUMED = (
    "; assumes that probabilities are as calibrated now as on the reference, and that labels follow features as then"
)
_STEP = "Calibrate the model, give more rows with labels as estimate.reference, or wait for labels."


class Estimate(Options):
    """Where the calibration of the probabilities is measured."""

    reference: InputSource = Field(description="A table with probabilities and labels, not the training data.")
    truth: Text = Field("label", description="Its column of labels; the probability's is called as in `answers`.")
    max_calibration_error: Share = Field(
        0.05, description="A larger calibration error on the reference makes every estimate inconclusive."
    )


class EstimateOptions(Options):
    """`estimate`"""

    estimate: Estimate | None = Field(
        None,
        description="Accuracy and precision estimated out of probabilities before labels arrive: {reference, truth}.",
    )

    @model_validator(mode="after")
    def _has_probabilities(self) -> EstimateOptions:
        answers = getattr(self, "answers", None)
        if self.estimate is not None and (
            answers is None or answers.probability is None or not getattr(self, "live", "")
        ):
            raise ValueError("estimate needs `live` and answers.probability")
        return self


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    wanted, answers = getattr(scope.options, "estimate", None), getattr(scope.options, "answers", None)
    assert isinstance(wanted, Estimate)
    assert isinstance(answers, AnswersIn)
    where = scope.context.line("estimate")
    if scope.opened is None:
        raise Inconclusive("no live row lies in the window", where=scope.context.line("live"))
    said, positive, labels = _reference(scope, wanted, answers)
    came = _are(labels, answers.positive)
    live, chosen = _live(scope, answers, set(labels))
    most = wanted.max_calibration_error
    whole, some = confidence.calibrated(said, came, most), confidence.calibrated(said[positive], came[positive], most)
    if whole.error is None:
        raise Inconclusive(f"{whole.reason}: probabilities say nothing of accuracy", where=where, next_step=_STEP)
    found = confidence.estimated(live, chosen, whole, some)
    scope.metrics |= {f"estimated_{name}": round(one.value, 6) for name, one in found.items() if one.value is not None}
    judged = getattr(scope.options, "labels", None) is None
    asked: tuple[str, ...] = getattr(scope.options, "metrics", ())
    for name, known in (("accuracy", whole), ("precision", some)):
        if found[name].value is not None or (judged and (limit_of(scope, name) or name in asked)):
            told = f", calibration error {short(known.error)} on the reference" if known.error is not None else ""
            text = f", estimated without labels{told}{_ASSUMED}"
            yield measured(scope, CHECK.id, name, found[name], CHECK.remedy, said=text, judged=judged)


def _reference(
    scope: MonitorScope, wanted: Estimate, answers: AnswersIn
) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[str]]:
    """Of the reference's rows with a label: probability, whether the positive label is predicted, and the label.

    Raises Inconclusive where these are not two, of which one is the positive.
    """
    assert answers.probability
    name = wanted.reference
    with scope.context.reading(name, "estimate"), opening.table(scope, name) as plan:
        table = plan.table
        assert isinstance(table, DuckTable)
        refuse_too_many(plan.rows)
        names = list(table.columns)
        said = column_of(names, answers.probability, scope, name, "estimate", "reference")
        truth = text(column_of(names, wanted.truth, scope, name, "estimate", "truth"))
        word = identifier(answers.predicted) if answers.predicted in names else "NULL"
        query = f"SELECT {number(said)}, CAST({word} AS VARCHAR), {truth} FROM data WHERE {truth} IS NOT NULL"  # noqa: S608
        rows = table.rows_of(query)
    labels, positive = [canonical(row[2]) for row in rows], canonical(answers.positive)
    if positive not in labels or len(set(labels)) != 2:
        raise Inconclusive(
            f"{name} should have rows of two labels, one of them answers.positive; it has {len(set(labels)):,}",
            where=scope.context.line("estimate"),
        )
    found = probabilities([row[0] for row in rows])
    return found, _chosen(found, [row[1] for row in rows] if word != "NULL" else None, answers), labels


def _live(scope: MonitorScope, answers: AnswersIn, labels: set[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probabilities of the live rows, and whether the positive label was predicted, both shape (n,).

    Raises CheckError where something else than the `labels` of the reference was predicted.
    """
    assert answers.probability
    table = scope.plan.table
    assert isinstance(table, DuckTable)
    refuse_too_many(scope.plan.rows)
    live, names = scope.options.live or "", list(table.columns)
    said = column_of(names, answers.probability, scope, live, "answers", "probability")
    word = column_of(names, answers.predicted, scope, live, "answers", "predicted") if answers.predicted else "NULL"
    rows = table.rows_of(f"SELECT {number(said)}, CAST({word} AS VARCHAR) FROM data")  # noqa: S608
    words = [row[1] for row in rows] if answers.predicted else None
    if words is not None and (others := {canonical(one) for one in words} - labels):
        raise CheckError(
            f"{len(others):,} of the labels that were predicted are none of estimate.reference",
            where=scope.context.line("answers", "predicted"),
            next_step="Write the labels of both alike.",
        )
    found = probabilities([row[0] for row in rows])
    return found, _chosen(found, words, answers)


def _chosen(probability: NDArray[np.float64], words: Sequence[object] | None, answers: AnswersIn) -> NDArray[np.bool_]:
    """Whether the positive label is predicted: by `words`, or where there are none by the probability."""
    if words is None:
        return probability >= answers.threshold
    return _are(words, answers.positive)


def _are(words: Sequence[object], positive: str) -> NDArray[np.bool_]:
    """Which of the words are the positive label, shape (n,)."""
    import numpy as np

    return np.array([canonical(word) == canonical(positive) for word in words], dtype=np.bool_)


CHECK: Check[MonitorScope] = Check(
    id="monitor.estimate",
    title="The model probably answers as well as it must",
    help="Before labels arrive: expected accuracy and precision out of the live probabilities (confidence-based performance "
    "estimation), for a model of two labels. A row predicted positive with probability 0.9 is expected to be right "
    "nine times of ten. It holds as long as probabilities are as calibrated as on the reference and labels follow features "
    "as they did then: concept drift is invisible to it. The interval is Wilson's, widened by the calibration error "
    "measured on the reference (for precision on its rows that are predicted positive) and by what chance may hide of it "
    "there; where that error is above `max_calibration_error` the estimate is inconclusive. Limits are those of `thresholds`, "
    "as long as there are no `labels`.",
    remedy="Get labels for some rows; look at monitor.drift.",
    example="monitor:\n  live: data/test.csv\n  answers: {probability: score, positive: Yes}\n"
    "  estimate: {reference: data/train.csv, truth: Churn}\n  thresholds: {accuracy: 0.74}\n",
    options=EstimateOptions,
    needs=lambda scope: [True] if getattr(scope.options, "estimate", None) else [],
    body=_body,
)
