"""The model gate: does this model keep what the config promises of it?

The model runs in a worker and sees features only. Everything that it is judged by is computed here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pydantic import create_model

from mlops_gates.checks import Check, Context, Outcome, observe
from mlops_gates.document import KeyPath
from mlops_gates.errors import CheckError
from mlops_gates.gates.model.scope import MODULE, Beside, Loading, ModelOptions, ModelScope
from mlops_gates.models import truth
from mlops_gates.models.answers import read
from mlops_gates.models.asked import AskedModel
from mlops_gates.models.features import Split, canonical_text, split
from mlops_gates.models.task import task_of
from mlops_gates.options import BlockOptions, Options
from mlops_gates.stats.regression import Estimates
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import open_source
from mlops_gates.textsafe import one_line
from mlops_gates.worker.client import Worker
from mlops_gates.worker.environment import provide
from mlops_gates.worker.job import Job
from mlops_gates.worker.native import SUFFIXES

ORDER = (
    "model.load",
    "model.inputs",
    "model.performance",
    "model.slices",
    "model.fairness",
    "model.distribution",
    "model.consistency",
    "model.reproducibility",
    "model.robustness",
    "model.importance",
    "model.interpretability",
    "model.inference",
    "model.edge-cases",
)
_SUFFIXES = (".joblib", ".pkl", ".pickle", *SUFFIXES)


class ModelGate:
    """See the module."""

    name = "model"
    title = "The model meets its thresholds"
    base = ModelOptions

    def block(self, checks: Sequence[Check[ModelScope]]) -> type[BlockOptions]:
        """A block is what the checks add to it."""
        bases = (*(check.options for check in checks if check.options is not Options), ModelOptions)
        return create_model("ModelBlock", __base__=cast("tuple[type[Any], ...]", bases))

    def subjects(self, options: BlockOptions) -> Iterable[tuple[str, KeyPath, str]]:
        """The model (where the file of its module may be), the code that makes it, the data that it is judged on."""
        assert isinstance(options, ModelOptions)
        for path in options.files:
            yield "model", ("path",), path
        for place, folder in enumerate(options.code):
            yield "code", ("code", place), folder
        yield "data", ("data",), options.data

    def run(
        self, context: Context, options: BlockOptions, checks: Sequence[Check[ModelScope]], outcome: Outcome
    ) -> None:
        """Read the data, load the model in its worker, predict once, then let every check observe."""
        assert isinstance(options, ModelOptions)
        scope = ModelScope(context, options)
        loading, *others = checks
        others = [check for check in others if check.id.removeprefix("model.") not in options.left_out]
        needs = {loading.id: [], **{check.id: list(check.needs(scope)) for check in others}}
        asked = [loading, *(check for check in others if needs[check.id])]
        outcome.pending += asked
        if options.version:
            outcome.values["model-version"] = options.version
        beside = [one.column for found in needs.values() for one in found if isinstance(one, Beside)]
        data = _read(context, options, beside)
        job = scope.job = _job(context, options)
        context.advance(f"loading {options.path}")
        try:
            _load(scope, job, data)
            early = [check for check in asked if Loading() in needs[check.id]]
            _observe(scope, early, outcome)
            _ask(scope, data)
            _observe(scope, [check for check in asked if check not in early], outcome)
            outcome.observed.sort(key=lambda one: asked.index(one.check))
        finally:
            if scope.asked:
                scope.asked.close()
            _account(scope, outcome)


def _observe(scope: ModelScope, checks: Sequence[Check[ModelScope]], outcome: Outcome) -> None:
    for check in checks:
        scope.context.advance(f"{check.id} ({len(outcome.pending)} left)")
        outcome.observed.append(observe(check, scope))
        outcome.pending.remove(check)


def _job(context: Context, options: ModelOptions) -> Job:
    target: Path | str = options.path
    if not MODULE.fullmatch(options.path):
        target = context.workdir / options.path
        if target.suffix.lower() not in _SUFFIXES:
            raise CheckError(
                f"{options.path} is no model that can be loaded",
                where=context.line("path"),
                next_step=f"Loadable are {', '.join(_SUFFIXES)} and module:attribute.",
            )
    python = None
    if context.requirements:
        context.advance(f"installing {context.requirements.name} for the model")
        python = provide(context.requirements, seconds=context.seconds_left, cancel=context.cancel)
    return Job(
        model=target,
        code=tuple(context.workdir / folder for folder in options.code),
        hidden=(context.workdir / options.data, *context.private),
        python=python,
        seconds=context.seconds_left,
        memory=context.memory,
    )


def _read(context: Context, options: ModelOptions, beside: Sequence[str]) -> Split:
    with context.reading(options.data, "data"):
        source = open_source(context.workdir / options.data, options.data, options.null_values, options.delimiter)
        with closing(DuckTable(source, context.memory)) as table:
            context.on_cancel(table.interrupt)
            _known(context, options, list(table.columns))
            return split(table, options.target, options.drop, [name for name in beside if name in table.columns])


def _known(context: Context, options: ModelOptions, columns: Sequence[str]) -> None:
    """Raises CheckError at the line of a key that names a column which the data does not have."""
    named = [(("target",), options.target), *((("drop", place), name) for place, name in enumerate(options.drop))]
    for key, name in named:
        if name not in columns:
            close = difflib.get_close_matches(name, columns, n=1)
            raise CheckError(
                f"{options.data} has no column {name!r}",
                where=context.line(*key),
                next_step=f"Did you mean {close[0]!r}?" if close else f"It has {len(columns)} others.",
            )


def _load(scope: ModelScope, job: Job, data: Split) -> None:
    """Start a worker and load the model. Raises WorkerError."""
    context = scope.context

    def start(threads: int | None, hash_seed: int) -> Worker:
        again = replace(job, threads=threads, hash_seed=hash_seed, seconds=max(1.0, context.seconds_left))
        return Worker.start(again, context.cancel)

    scope.asked = AskedModel(start, data.features, context.samples)
    scope.features, scope.beside = data.features, data.beside


def _ask(scope: ModelScope, data: Split) -> None:
    """Have it answer all rows. Raises WorkerError, or CheckError where the answers cannot be read."""
    context, options = scope.context, scope.options
    context.advance(f"predicting {data.features.rows:,} rows")
    base = scope.model.base
    if task_of(options.task, scope.model.loaded, data.target, base) == "regression":
        _regress(scope, data)
        return
    try:
        reading = read(data.labels, base, options.positive, [canonical_text(one) for one in options.classes])
    except CheckError as error:
        error.where = error.where or context.line("positive")
        raise
    scope.truth_ = truth.of_labels(data.labels, reading)
    scope.answers = reading.answers(data.labels, base)


def _regress(scope: ModelScope, data: Split) -> None:
    base, target = scope.model.base, data.target
    if target.kind == "string" or base.labels.dtype.kind not in "iufb":
        words = "labels are" if target.kind == "string" else "model's answers are"
        raise CheckError(
            f"a regression needs numbers, and the {words} text",
            where=scope.context.line("task"),
            next_step="Set `task: classification`, or name the column of numbers as `target`.",
        )
    scope.truth_ = truth.of_numbers(target.values)
    scope.estimates = Estimates(scope.truth_.labels, base.labels.astype("float64"))


def _account(scope: ModelScope, outcome: Outcome) -> None:
    options, model = scope.options, scope.asked
    outcome.facts["model"] = options.path
    if options.left_out:
        outcome.facts["not asked for"] = ", ".join(options.left_out)
    if model:
        versions = " ".join(f"{name} {version}" for name, version in sorted(model.loaded.versions.items()))
        outcome.facts |= {"type": model.loaded.type, "libraries": versions}
        if scope.truth_:
            outcome.facts["task"] = "classification" if scope.truth_.classifies else "regression"
        outcome.facts["rows"] = f"{model.features.rows:,}"
        outcome.facts["asked"] = f"{model.rows:,} rows, over all checks"
        outcome.facts["sandbox"] = model.sandbox
        _printed(scope, model, outcome)
    for found in (scope.answers, scope.estimates):
        if found:
            outcome.metrics |= found.metrics | scope.metrics
            outcome.facts |= found.facts


def _printed(scope: ModelScope, model: AskedModel, outcome: Outcome) -> None:
    # Until it gets features, a model can print nothing of the data.
    log = model.worker.log
    printed = log if scope.context.samples else model.printed
    if printed.strip():
        outcome.facts["it printed"] = one_line(printed, 300)
    if (more := len(log) - len(printed)) > 0:
        outcome.facts["it printed more"] = f"{more:,} characters, which report.samples: true shows"


GATE = ModelGate()
