"""monitor.estimate"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Measurement
from mlops_gates.gates.monitor import opening
from mlops_gates.gates.monitor.answers import AnswersIn, canonical, probabilities
from mlops_gates.gates.monitor.cells import column_of, number, text
from mlops_gates.gates.monitor.measuring import measured, short
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import InputSource, Options, Share, Text
from mlops_gates.stats import confidence, probabilistic
from mlops_gates.tables.duck import DuckTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ASSUMED = (
    "; assumes that probabilities are as calibrated now as on the reference, and that labels follow features as then"
)


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
    if scope.opened is None:
        raise Inconclusive("no live row lies in the window", where=scope.context.line("live"))
    error = _calibration(scope, wanted, answers)
    live, positive = _live(scope, answers)
    found = confidence.estimated(live, positive, error)
    scope.metrics |= {f"estimated_{name}": round(one.value, 6) for name, one in found.items() if one.value is not None}
    judged = getattr(scope.options, "labels", None) is None
    said = f", estimated without labels, calibration error {short(error)} on the reference{_ASSUMED}"
    for name, one in found.items():
        yield measured(scope, CHECK.id, name, one, CHECK.remedy, said=said, judged=judged)


def _calibration(scope: MonitorScope, wanted: Estimate, answers: AnswersIn) -> float:
    """The calibration error on the reference. Raises Inconclusive where it is too large, or cannot be told."""
    import numpy as np

    assert answers.probability
    keys = ("estimate", "reference")
    with scope.context.reading(wanted.reference, "estimate"), opening.table(scope, wanted.reference) as plan:
        table = plan.table
        assert isinstance(table, DuckTable)
        names = list(table.columns)
        said = column_of(names, answers.probability, scope, wanted.reference, *keys)
        truth = column_of(names, wanted.truth, scope, wanted.reference, "estimate", "truth")
        rows = table.rows_of(
            f"SELECT {number(said)}, {text(truth)} FROM data WHERE {text(truth)} IS NOT NULL"  # noqa: S608
        )
    where, positive = scope.context.line("estimate"), canonical(answers.positive)
    came = np.array([canonical(row[1]) == positive for row in rows], dtype=bool)
    if not 0 < came.sum() < len(came):
        raise Inconclusive(f"{wanted.reference} has no rows of both labels", where=where)
    metric = probabilistic.calibration(probabilities([row[0] for row in rows]), came)
    if metric.value is None:
        raise Inconclusive(f"the calibration on the reference cannot be told: {metric.reason}", where=where)
    if metric.value > wanted.max_calibration_error:
        raise Inconclusive(
            f"the calibration error on the reference is {short(metric.value)}, above "
            f"{short(wanted.max_calibration_error)}: probabilities say nothing of accuracy",
            where=where,
            next_step="Calibrate the model, or wait for labels.",
        )
    return metric.value


def _live(scope: MonitorScope, answers: AnswersIn) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probabilities of the live rows, and whether the positive label was predicted, both shape (n,)."""
    import numpy as np

    assert answers.probability
    table = scope.plan.table
    assert isinstance(table, DuckTable)
    live, names = scope.options.live or "", list(table.columns)
    said = column_of(names, answers.probability, scope, live, "answers", "probability")
    word = column_of(names, answers.predicted, scope, live, "answers", "predicted") if answers.predicted else "NULL"
    rows = table.rows_of(f"SELECT {number(said)}, CAST({word} AS VARCHAR) FROM data")  # noqa: S608
    found = probabilities([row[0] for row in rows])
    if not answers.predicted:
        return found, found >= answers.threshold
    positive = canonical(answers.positive)
    return found, np.array([canonical(row[1]) == positive for row in rows], dtype=bool)


CHECK: Check[MonitorScope] = Check(
    id="monitor.estimate",
    title="The model probably answers as well as it must",
    help="Before labels arrive: expected accuracy and precision out of the live probabilities (confidence-based performance "
    "estimation), for a model of two labels. A row predicted positive with probability 0.9 is expected to be right "
    "nine times of ten. It holds as long as probabilities are as calibrated as on the reference and labels follow features "
    "as they did then: concept drift is invisible to it. The interval is Wilson's, widened by the calibration error "
    "measured on the reference; where that error is above `max_calibration_error` the estimate is inconclusive. Limits "
    "are those of `thresholds`, as long as there are no `labels`.",
    remedy="Get labels for some rows; look at monitor.drift.",
    example="monitor:\n  live: data/test.csv\n  answers: {probability: score, positive: Yes}\n"
    "  estimate: {reference: data/train.csv, truth: Churn}\n  thresholds: {accuracy: 0.74}\n",
    options=EstimateOptions,
    needs=lambda scope: [True] if getattr(scope.options, "estimate", None) else [],
    body=_body,
)
