"""model.edge-cases"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from mlops_gates.checks import Check, Seen
from mlops_gates.findings import Finding, Measurement, Severity, Status
from mlops_gates.gates.model.edgecaseasking import CASES, Outcome, asked
from mlops_gates.gates.model.scope import ALWAYS, ModelScope
from mlops_gates.options import Options
from mlops_gates.textsafe import one_line

_LONGEST = 90
"""Characters that are told of what a case met; its finding tells all."""

Expected = Literal["answer", "answer_or_refuse", "refuse", "skip"]
ExpectedOrder = Literal["same", "same_or_refuse", "answer", "answer_or_refuse", "refuse", "skip"]


class EdgeCases(Options):
    """What the model must do: answer every row with finite values, refuse by an exception, or either."""

    zeros: Expected = Field("answer", description="All numbers are zero.")
    extremes: Expected = Field(
        "answer", description="Numbers at their ends, the negatives of these, and a thousand times as large."
    )
    missing: Expected = Field("answer_or_refuse", description="A blank in each feature, and a row of blanks.")
    unseen: Expected = Field("answer_or_refuse", description="A word that no column of text has.")
    empty: Expected = Field("answer_or_refuse", description="A table without rows.")
    one_row: Expected = Field("answer", description="A table of one row.")
    wrong_dtype: Expected = Field("answer_or_refuse", description="Numbers of one column as text.")
    wrong_order: ExpectedOrder = Field(
        "same", description="The columns in the opposite order; same: answers are as in the right one."
    )


class EdgeCaseOptions(Options):
    """`edge_cases`"""

    edge_cases: EdgeCases = Field(EdgeCases(), description="What the model must do at its edges.")


def _body(scope: ModelScope) -> Iterator[Seen]:
    wanted = getattr(scope.options, "edge_cases", None) or EdgeCases()
    told: dict[str, list[str]] = {}
    fine = 0
    for case in CASES:
        expected = getattr(wanted, case.name)
        if expected == "skip":
            told.setdefault("not asked for", []).append(case.name)
            continue
        scope.context.advance(f"model.edge-cases: {case.name}")
        outcome = asked(scope, case)
        if outcome.kind == "no time":
            yield _undecided(case.name, outcome)
            continue
        keeps = _keeps(outcome, expected)
        fine += keeps and outcome.kind != "skipped"
        words = f"{case.name} ({one_line(outcome.words, _LONGEST)})" if outcome.words else case.name
        told.setdefault(outcome.kind, []).append(words)
        if not keeps:
            yield _finding(scope, case.name, case.title, outcome, expected)
    yield Measurement(
        rule=CHECK.id,
        subject="cases",
        name="edge_cases",
        value=float(fine),
        text="; ".join(f"{kind}: {', '.join(names)}" for kind, names in told.items()),
        unit="cases",
        exact="each case was asked once",
    )


def _keeps(outcome: Outcome, expected: str) -> bool:
    if outcome.kind == "skipped":
        return True
    if outcome.kind == "refused":
        return expected.endswith("refuse")
    if outcome.kind == "answered":
        return expected != "refuse" and (outcome.same or not expected.startswith("same"))
    return False


_WORDS = {
    "answer": "it must answer",
    "answer_or_refuse": "it must answer or raise an exception",
    "refuse": "it must raise an exception",
    "same": "it must answer as before",
    "same_or_refuse": "it must answer as before or raise an exception",
}


def _finding(scope: ModelScope, name: str, title: str, outcome: Outcome, expected: str) -> Finding:
    what = outcome.words or "it answers"
    if outcome.kind == "answered" and not outcome.same:
        what = "its answers change"
    where = scope.context.line("edge_cases", name)
    remedy = f"Mend it, or say what it shall do: `edge_cases: {{{name}: …}}`."
    message = f"{title}: {what}; {_WORDS[expected]}"
    return Finding(CHECK.id, name, Status.FAILED, Severity.ERROR, message, where, (), remedy)


def _undecided(name: str, outcome: Outcome) -> Measurement:
    return Measurement(
        rule=CHECK.id,
        subject=name,
        name=f"edge_cases_{name}",
        value=None,
        text="not asked",
        reason=outcome.words,
        remedy="Raise `timeout`, or mend what ended the process in the other cases.",
    )


CHECK: Check[ModelScope] = Check(
    id="model.edge-cases",
    title="The model stands at its edges",
    help="Eight requests that no test set has: all numbers zero; numbers at their least and greatest, the negatives, and a "
    "thousand times as large (with 1e30 it need only come back); blanks in each feature; words never seen; no rows; one row; "
    "numbers as text; columns in the opposite order. Each must be answered with one finite value per row, or refused by an "
    "exception where that is allowed (blanks, words, no rows, text). A process that ends, an answer that does not come "
    "within 10 seconds (a third of the time left, where that is less), NaN, infinities and a wrong number of rows are "
    "never allowed. In another order of the columns answers "
    "must be the same; a model that gets arrays and knows no names is not asked "
    "that. A column of at most 50 different whole numbers may hold codes: where the model refuses other numbers there, it is "
    "asked again without. A model that ended its process is started anew for the next case. Nothing is estimated.",
    remedy="Mend the case, or say in `edge_cases` what the model shall do in it.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n"
    "  edge_cases: {missing: answer, empty: answer_or_refuse, unseen: refuse}\n",
    body=_body,
    options=EdgeCaseOptions,
    needs=lambda _: ALWAYS,
)
