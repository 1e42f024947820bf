"""model.consistency"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.model.consistencylabels import labels_and_scores
from mlops_gates.gates.model.scope import ALWAYS, ModelScope
from mlops_gates.models import frames
from mlops_gates.models.predictions import joined, taken
from mlops_gates.options import Number, Options, Share
from mlops_gates.worker.client import Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.int64]

BATCHES = ((64, 2), (7, 3), (1, 4))
"""Rows of a request, and how many such requests are made."""


class Consistency(Options):
    """How the same rows are asked again."""

    rows: int = Field(500, ge=1, le=100_000, description="Rows that are asked again.")
    tolerance: Number = Field(
        1e-9, ge=0, description="By how much scores and numbers may differ, relative to the larger of 1 and themselves."
    )
    max_changed: Share = Field(0.0, description="The share (0 to 1) of rows that may be answered differently.")


class ConsistencyOptions(Options):
    """`consistency`"""

    consistency: Consistency = Field(
        Consistency(), description="The same rows in other company must be answered the same."
    )


def _body(scope: ModelScope) -> Iterator[Measurement]:
    import numpy as np

    rows = scope.rows("consistency", _options(scope).rows)
    once = scope.model.predict(frames.take(scope.frame, rows))
    yield _measured(scope, "repetition", "when asked once more", rows, taken(scope.model.base, rows), once)
    order = scope.rng("consistency").permutation(len(rows))
    moved = scope.model.predict(frames.take(scope.frame, rows[order]))
    yield _measured(scope, "order", "in another order", rows, once, taken(moved, np.argsort(order)))
    places, parts = _batches(scope, rows)
    told = f"in requests of {', '.join(str(size) for size, _ in BATCHES[:-1])} rows and of one"
    yield _measured(scope, "batches", told, rows[places], taken(once, places), joined(parts))
    if (found := labels_and_scores(scope)) is not None:
        yield found


def _batches(scope: ModelScope, rows: Places) -> tuple[Places, list[Prediction]]:
    """The places among `rows` that were asked in small requests, and the answers in the same order."""
    import numpy as np

    places, parts = [], []
    for size, times in BATCHES:
        for start in range(0, min(size * times, len(rows)), size):
            some = np.arange(start, min(start + size, len(rows)))
            places.append(some)
            parts.append(scope.model.predict(frames.take(scope.frame, rows[some])))
    return np.concatenate(places), parts


def _measured(
    scope: ModelScope, subject: str, how: str, rows: Places, one: Prediction, other: Prediction
) -> Measurement:
    changed = scope.truth.changed(one, other, _options(scope).tolerance)
    count, n = int(changed.sum()), len(rows)
    return Measurement(
        rule=CHECK.id,
        subject=subject,
        name=f"consistency_{subject}",
        value=count / n,
        text=f"{count:,} of {n:,} answers differ {how}",
        limit=limit(scope),
        exact=f"counted on {n:,} answers",
        n=n,
        first=f"first row {int(rows[changed].min()) + 1:,} of the data" if count else "",
        remedy=CHECK.remedy,
    )


def limit(scope: ModelScope) -> Limit:
    """The share of rows that may change."""
    most = _options(scope)
    where = scope.context.line("consistency", "max_changed")
    implied = "max_changed" not in most.model_fields_set
    return Limit(
        None, most.max_changed, f"{100 * most.max_changed:g} %" if most.max_changed else "none", where, implied
    )


def _options(scope: ModelScope) -> Consistency:
    found = getattr(scope.options, "consistency", None)
    return found if isinstance(found, Consistency) else Consistency()


CHECK: Check[ModelScope] = Check(
    id="model.consistency",
    title="A row's answer does not hang on other rows",
    help="Up to 500 rows are asked once more, in another order, and some of them in requests of 64, 7 and one row. Answers "
    "must be the same: labels equal, scores and numbers within 1e-9 of the larger of 1 and themselves. Of a classifier "
    "with scores it also looks whether labels and scores agree: for two classes one cut must part them, wherever it is; "
    "for more, a label that has not the largest score warns. Every share is counted on the rows that were asked, so it has no "
    "interval; by default no row may change (`max_changed`).",
    remedy="Look for what is computed over the rows of a request: fit_transform where transform is meant, ranks, sorting, "
    "caches, padding.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n"
    "  consistency: {rows: 500, tolerance: 1e-9, max_changed: 0}\n",
    body=_body,
    options=ConsistencyOptions,
    needs=lambda _: ALWAYS,
)
