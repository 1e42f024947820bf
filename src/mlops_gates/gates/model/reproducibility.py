"""model.reproducibility"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, field_validator

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.model.scope import ALWAYS, ModelScope
from mlops_gates.models import frames
from mlops_gates.options import Number, Options
from mlops_gates.worker.client import Prediction
from mlops_gates.worker.job import Frame
from mlops_gates.worker.process import usual_threads

_HASH_SEED = 1
"""Of the restarts; the session itself has 0."""


class Reproducibility(Options):
    """How the same request is asked again."""

    rows: int = Field(200, ge=1, le=100_000, description="Rows of the request.")
    seeds: tuple[int, ...] = Field(
        (42, 123), description="Of the generators of random, numpy and torch, one request each.", strict=False
    )
    threads: tuple[int, ...] = Field((1, 2), description="Threads of the restarts, in turn.", strict=False)
    restarts: int = Field(1, ge=0, le=10, description="Other processes that are asked too.")
    tolerance: Number = Field(
        1e-9, ge=0, description="By how much scores and numbers may differ, relative to the larger of 1 and themselves."
    )

    @field_validator("seeds", "threads")
    @classmethod
    def _whole(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if not values or any(isinstance(one, bool) or not 0 <= one < 2**31 for one in values):
            raise ValueError("should be whole numbers, at least one")
        return values

    @field_validator("threads")
    @classmethod
    def _some(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if 0 in values:
            raise ValueError("should be 1 or more")
        return values


class ReproducibilityOptions(Options):
    """`reproducibility`"""

    reproducibility: Reproducibility = Field(
        Reproducibility(), description="The same request must be answered the same, by other processes too."
    )


def _body(scope: ModelScope) -> Iterator[Measurement]:
    options = _options(scope)
    frame = frames.take(scope.frame, scope.rows("reproducibility", options.rows))
    seeds = options.seeds if len(options.seeds) > 1 else options.seeds * 2
    first, *others = [scope.model.predict(frame, seed=seed) for seed in seeds]
    most = max(others, key=lambda other: _changed(scope, first, other))
    again = _measured(scope, "requests", first, most, f"in one process with the seeds {_listed(seeds)}", "")
    yield again
    # What changes from request to request changes from process to process too; a restart would tell nothing more.
    if options.restarts and again.value == 0:
        yield _restarted(scope, frame, first)


def _restarted(scope: ModelScope, frame: Frame, first: Prediction) -> Measurement:
    options, usual = _options(scope), usual_threads()
    others = [one for one in options.threads if one != usual] or list(options.threads)
    for restart in range(options.restarts):
        threads = others[restart % len(others)]
        answer = _asked_anew(scope, frame, threads, _HASH_SEED + restart)
        if _changed(scope, first, answer):
            break
    how = f"by another process with another hash seed and {threads} {'thread' if threads == 1 else 'threads'}"
    cause = _cause(scope, frame, first, threads, _HASH_SEED + restart) if _changed(scope, first, answer) else ""
    return _measured(scope, "restart", first, answer, how, cause)


def _cause(scope: ModelScope, frame: Frame, first: Prediction, threads: int, hash_seed: int) -> str:
    """Further restarts say which of the changes it was."""
    if _changed(scope, first, _asked_anew(scope, frame, usual_threads(), 0)):
        return "so it is with nothing changed but the process: something is drawn or read when it is loaded"
    if _changed(scope, first, _asked_anew(scope, frame, usual_threads(), hash_seed)):
        return "the hash seed alone does it: something hangs on the order of a set or on hash()"
    if _changed(scope, first, _asked_anew(scope, frame, threads, 0)):
        return "the number of threads alone does it"
    return "the hash seed and the number of threads do it together"


def _asked_anew(scope: ModelScope, frame: Frame, threads: int, hash_seed: int) -> Prediction:
    scope.context.advance("model.reproducibility: another process")
    scope.model.rows += frame.rows
    with scope.model.anew(threads=threads, hash_seed=hash_seed) as worker:
        return worker.predict(frame, seed=_options(scope).seeds[0])


def _changed(scope: ModelScope, one: Prediction, other: Prediction) -> int:
    return int(scope.truth.changed(one, other, _options(scope).tolerance).sum())


def _measured(
    scope: ModelScope, subject: str, first: Prediction, other: Prediction, how: str, cause: str
) -> Measurement:
    count, n = _changed(scope, first, other), len(first.labels)
    return Measurement(
        rule=CHECK.id,
        subject=subject,
        name=f"reproducibility_{subject}",
        value=count / n,
        text=f"{count:,} of {n:,} rows are answered differently {how}" + (f" ({cause})" if cause else ""),
        limit=Limit(None, 0, "none", scope.context.line("reproducibility")),
        exact=f"counted on {n:,} rows",
        n=n,
        remedy=CHECK.remedy,
    )


def _listed(seeds: tuple[int, ...]) -> str:
    return ", ".join(map(str, seeds))


def _options(scope: ModelScope) -> Reproducibility:
    found = getattr(scope.options, "reproducibility", None)
    return found if isinstance(found, Reproducibility) else Reproducibility()


CHECK: Check[ModelScope] = Check(
    id="model.reproducibility",
    title="The same request gets the same answer",
    help="Up to 200 rows are asked twice in the same process, with other seeds of the generators of random, numpy and torch "
    "(42 and 123), and once by another process with another seed of Python's hashes and another number of threads. "
    "Labels must be equal, scores and numbers within 1e-9 of the larger of 1 and themselves, for sums by other threads "
    "differ in their last digits. Where the other process answers differently, more of them tell whether the process "
    "alone, the hash seed or the threads do it. Every share is counted on the rows that were asked, so it has no interval.",
    remedy="Switch training mode and sampling off when serving, give every generator a seed of its own, keep no state "
    "between requests.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n"
    "  reproducibility: {rows: 200, seeds: [42, 123], threads: [1, 2], restarts: 1}\n",
    body=_body,
    options=ReproducibilityOptions,
    needs=lambda _: ALWAYS,
)
