"""The model gate: does this model keep what the config promises of it?

The model runs in a worker and sees features only. Everything that it is judged by is computed here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from pydantic import create_model

from mlops_gates.checks import Check, Context, Outcome, observe
from mlops_gates.document import KeyPath
from mlops_gates.errors import CheckError
from mlops_gates.gates.model.scope import MODULE, ModelOptions, ModelScope
from mlops_gates.models.answers import aligned
from mlops_gates.models.discreet import discreet
from mlops_gates.models.features import Split, split
from mlops_gates.options import BlockOptions, Options
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import open_source
from mlops_gates.textsafe import one_line
from mlops_gates.worker.client import Job, Worker
from mlops_gates.worker.environment import provide
from mlops_gates.worker.failures import Ended, PredictFailed

ORDER = ("model.load", "model.performance")
_SUFFIXES = (".joblib", ".pkl", ".pickle")


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
        asked = [loading, *(check for check in others if list(check.needs(scope)))]
        outcome.pending += asked
        if options.version:
            outcome.values["model-version"] = options.version
        job = _job(context, options)
        with Worker.start(job, context.cancel) as worker:
            try:
                _ask(scope, worker, _read(context, options))
            finally:
                _account(scope, worker, outcome)
        for check in asked:
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


def _read(context: Context, options: ModelOptions) -> Split:
    with context.reading(options.data, "data"):
        source = open_source(context.workdir / options.data, options.data, options.null_values, options.delimiter)
        with closing(DuckTable(source, context.memory)) as table:
            context.on_cancel(table.interrupt)
            _known(context, options, list(table.columns))
            return split(table, options.target, options.drop)


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


def _ask(scope: ModelScope, worker: Worker, data: Split) -> None:
    scope.context.advance(f"loading {scope.options.path}")
    scope.loaded = worker.load()
    scope.printed = worker.log
    scope.features = data.features
    scope.context.advance(f"predicting {data.features.rows:,} rows")
    try:
        prediction = worker.predict(data.features)
    except (PredictFailed, Ended) as error:
        raise (error if scope.context.samples else discreet(error, data.features)) from error
    try:
        scope.answers = aligned(data.labels, prediction, scope.options.positive)
    except CheckError as error:
        error.where = error.where or scope.context.line("positive")
        raise


def _account(scope: ModelScope, worker: Worker, outcome: Outcome) -> None:
    outcome.facts["model"] = scope.options.path
    if scope.loaded:
        versions = " ".join(f"{name} {version}" for name, version in sorted(scope.loaded.versions.items()))
        outcome.facts |= {"type": scope.loaded.type, "libraries": versions}
    if scope.features:
        outcome.facts["rows"] = f"{scope.features.rows:,}"
    outcome.facts["sandbox"] = worker.sandbox
    # Until it gets features, a model can print nothing of the data.
    printed = worker.log if scope.context.samples else scope.printed
    if printed.strip():
        outcome.facts["it printed"] = one_line(printed, 300)
    if more := len(worker.log) - len(printed):
        outcome.facts["it printed more"] = f"{more:,} characters, which report.samples: true shows"
    if scope.answers:
        outcome.metrics |= scope.answers.metrics


GATE = ModelGate()
