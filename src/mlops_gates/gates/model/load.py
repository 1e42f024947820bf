"""model.load"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check, Seen
from mlops_gates.findings import Finding, Measurement, Severity, Status
from mlops_gates.gates.model.scope import ModelScope


def _body(scope: ModelScope) -> Iterator[Seen]:
    assert scope.loaded and scope.features
    yield Measurement(
        rule=CHECK.id,
        subject="model",
        name="features",
        value=float(len(scope.features.columns)),
        text=f"{scope.loaded.type} answered for {scope.features.rows:,} rows of {len(scope.features.columns)} features",
        unit="features",
        exact="counted",
        n=scope.features.rows,
    )
    if scope.loaded.warnings:
        more = f" (and {len(scope.loaded.warnings) - 1} more warnings)" if len(scope.loaded.warnings) > 1 else ""
        yield Finding(
            CHECK.id,
            "versions",
            Status.WARNED,
            Severity.WARNING,
            f"the model warned when it was loaded: {scope.loaded.warnings[0]}{more}",
            scope.context.line("path"),
            (),
            "Install the versions it was trained with: name them in a file and pass it as `requirements`.",
        )


CHECK: Check[ModelScope] = Check(
    id="model.load",
    title="The model loads and answers",
    help="The model is loaded in a process of its own: built-up environment, limits on time and memory, no network, no "
    "labels. A file that is no model, a crash, a hang, a process that ends without an answer, or an answer of the wrong "
    "shape end the gate as errored. Warnings of the library (other versions than in training) warn.",
    remedy="Load the model on a laptop in a fresh environment; pass the libraries it needs as `requirements`.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n",
    body=_body,
)
