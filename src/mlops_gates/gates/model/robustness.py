"""model.robustness"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.model.scope import ALWAYS, ModelScope
from mlops_gates.models import frames, perturb
from mlops_gates.options import Number, Options, Share
from mlops_gates.records import dataclass
from mlops_gates.stats.permutation_paired import paired
from mlops_gates.worker.failures import PredictFailed
from mlops_gates.worker.job import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BUDGET = 15_000
_MOST = 0.05
_MOST_OF_NUMBERS = 0.2
"""Rows that the model is asked for, over all kinds and seeds, where the config does not say how many."""


def _levels(value: object) -> tuple[float, ...]:
    levels = []
    for one in value if isinstance(value, list | tuple) else [value]:
        if not isinstance(one, int | float) or isinstance(one, bool) or not 0 < one <= 100:
            raise ValueError("should be a list of levels above 0, in standard deviations of each feature")
        levels.append(float(one))
    return tuple(levels)


Levels = Annotated[
    tuple[float, ...],
    PlainValidator(_levels),
    WithJsonSchema({"type": "array", "items": {"type": "number", "exclusiveMinimum": 0, "maximum": 100}}),
]


class Robustness(Options):
    """How the features are disturbed, and how much worse the answers may get."""

    noise: Levels = Field(
        (0.001, 0.01, 0.1), description="Levels of noise, in standard deviations of each feature; [] for none."
    )
    missing: Share = Field(0.05, description="Share of the cells that are made null; 0 for none.")
    swaps: Share = Field(0.05, description="Share of the words replaced by another of the same column; 0 for none.")
    seeds: int = Field(3, ge=1, le=100, description="How often each row is disturbed anew.")
    rows: int = Field(
        1000, ge=1, description="Rows to disturb; fewer by default, so that the model is asked for 15,000 at most."
    )
    max_drop: Number | None = Field(
        None,
        description="By how much the share of wrong answers (0.05 where it is left out), or the error in spreads of the target "
        "(0.05 to 0.2), may rise.",
    )


class RobustnessOptions(Options):
    """`robustness`"""

    robustness: Robustness = Field(default_factory=Robustness, description="How disturbed features may change answers.")


@dataclass(frozen=True)
class _Kind:
    """One way to disturb the features; `nulls`: by making cells null, which a model may refuse; `noise`: by how much."""

    name: str
    change: Callable[[Frame], Frame]
    nulls: bool = False
    noise: float | None = None

    def most(self, *, classifies: bool) -> float:
        """The largest rise where the config sets none.

        Noise of a share of a deviation in every feature moves the answers of a perfect regression by about that share of
        theirs, 1.25 times as many mean distances; a missing cell may be all that it goes by.
        """
        if classifies:
            return _MOST
        return _MOST_OF_NUMBERS if self.noise is None else _MOST + 1.5 * self.noise


@dataclass(frozen=True)
class _Trial:
    """A kind that changes something: the frame of all rows × seeds, and which of its rows it touches."""

    kind: _Kind
    frame: Frame
    touched: NDArray[np.bool_]


def _body(scope: ModelScope) -> Iterator[Measurement]:
    import numpy as np

    asked = _asked(scope)
    kinds = _kinds(scope, perturb.traits(scope.frame))
    most = asked.rows
    if "rows" not in asked.model_fields_set:
        most = max(1, min(most, _BUDGET // (asked.seeds * max(1, len(kinds)))))
    rows = scope.rows("robustness", most)
    tiled = np.tile(rows, asked.seeds)
    clear = frames.take(scope.frame, tiled)
    trials = [_trial(kind, clear) for kind in kinds]
    trials = [trial for trial in trials if trial.touched.any()]
    if not trials:
        raise Skip("no feature can be disturbed: no numbers, no words that come again, and no null was asked for")
    losses, refused = _losses(scope, trials, tiled)
    if not losses:
        raise Skip(f"nothing but nulls could disturb these features, and the model refuses them ({refused})")
    before = scope.truth.losses(scope.model.base)[rows]
    for place, (trial, after) in enumerate(losses):
        note = f"; nulls are not measured: {refused}" if refused and place == len(losses) - 1 else ""
        yield _measured(scope, trial, before, after.reshape(asked.seeds, -1), note)


def _asked(scope: ModelScope) -> Robustness:
    found = getattr(scope.options, "robustness", None)
    return found if isinstance(found, Robustness) else Robustness()


def _kinds(scope: ModelScope, about: tuple[perturb.Trait, ...], only_known_nulls: bool = False) -> list[_Kind]:
    asked = _asked(scope)
    found: list[_Kind] = []
    if any(one.kind == "number" for one in about):
        for level in asked.noise:
            change = partial(perturb.noisy, about=about, level=level, rng=scope.rng(f"noise {level}"))
            found.append(_Kind(f"noise of {level:g} standard deviations", change, noise=level))
    nullable = {one.name for one in about if one.kind != "id" and (one.nulls or not only_known_nulls)}
    nullable -= {c.name for c in scope.frame.columns if c.kind == "bool"}
    if asked.missing and nullable:
        change = partial(perturb.blanked, names=nullable, share=asked.missing, rng=scope.rng("missing"))
        found.append(_Kind(f"{_percent(asked.missing)} of the cells missing", change, nulls=True))
    words = {one.name for one in about if one.kind == "words"}
    if asked.swaps and words:
        change = partial(perturb.swapped, source=scope.frame, names=words, share=asked.swaps, rng=scope.rng("swaps"))
        found.append(_Kind(f"{_percent(asked.swaps)} of the words exchanged", change))
    return found


def _trial(kind: _Kind, clear: Frame) -> _Trial:
    frame = kind.change(clear)
    return _Trial(kind, frame, perturb.touched(clear, frame))


def _losses(
    scope: ModelScope, trials: list[_Trial], tiled: NDArray[np.int64]
) -> tuple[list[tuple[_Trial, NDArray[np.float64]]], str]:
    """Of each trial what its answers are off; and, where the model raises on nulls that the data never has, why not.

    Nulls in columns that have some in the data are asked for all the same: the model has answered to such.
    """
    try:
        return _answered(scope, trials, tiled), ""
    except PredictFailed as error:
        others = [trial for trial in trials if not trial.kind.nulls]
        if len(others) == len(trials):
            raise
        known = [kind for kind in _kinds(scope, perturb.traits(scope.frame), only_known_nulls=True) if kind.nulls]
        clear = frames.take(scope.frame, tiled)
        others += [trial for trial in (_trial(kind, clear) for kind in known) if trial.touched.any()]
        where = "nulls where the data has none" if known else "nulls"
        return _answered(scope, others, tiled), f"the model refuses {where} ({error.what})"


def _answered(
    scope: ModelScope, trials: list[_Trial], tiled: NDArray[np.int64]
) -> list[tuple[_Trial, NDArray[np.float64]]]:
    import numpy as np

    if not trials:
        return []
    said = scope.model.predict(frames.stack([trial.frame for trial in trials]), scores=False)
    off = scope.truth.losses(said, np.tile(tiled, len(trials)))
    return list(zip(trials, off.reshape(len(trials), -1), strict=True))


def _measured(
    scope: ModelScope, trial: _Trial, before: NDArray[np.float64], after: NDArray[np.float64], note: str
) -> Measurement:
    asked = _asked(scope)
    drop, interval = paired(after.mean(axis=0) - before)
    implied = asked.max_drop is None
    most = trial.kind.most(classifies=scope.truth.classifies) if asked.max_drop is None else asked.max_drop
    where = scope.context.line("robustness", "max_drop")
    limit = Limit(None, float(most), f"at most {most:g}", where, implied=implied)
    seeds, n = after.shape
    text = (
        f"{scope.truth.unit} {_said(scope, float(after.mean()))} instead of {_said(scope, float(before.mean()))}, a rise of "
        f"{drop:.4f} ({interval.confidence:.0%} interval {interval.low:.4f} to {interval.high:.4f}, "
        f"{n:,} rows disturbed {seeds} times, {trial.touched.mean():.0%} of them touched)"
    )
    return Measurement(
        rule=CHECK.id,
        subject=trial.kind.name,
        name="drop",
        value=drop,
        text=text.replace("%", " %") + note,
        limit=limit,
        interval=interval,
        n=n,
        remedy=CHECK.remedy,
    )


def _said(scope: ModelScope, loss: float) -> str:
    return f"{loss:.1%}" if scope.truth.classifies else f"{loss:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


CHECK: Check[ModelScope] = Check(
    id="model.robustness",
    title="Small disturbances of the features change little",
    help="Rows of the test data are disturbed and answered again: numbers get normal noise of 0.001, 0.01 and 0.1 of their own "
    "standard deviation (rounded for integers of more than 20 values; fewer are codes and stay), 5 % of the cells become "
    "null, 5 % of the words become another word of their column. Ids and booleans stay. Each row is disturbed three times, "
    "and what its mean loss rises by is set beside its clean answer: wrong answers, or for a regression the absolute error "
    "in mean distances of the target from its median. The rise has a 90 % interval over rows (Student's t; with fewer than "
    "30 changed rows at least Newcombe's, so that no change at all still leaves about 3 / n open) and is held against "
    "`max_drop`. Where it is left out that is 0.05, of a regression 0.05 and 1.5 times the noise, or 0.2. A model that raises "
    "on nulls where the data has none is not judged by them; the text says so.",
    remedy="Look for lookups, exact comparisons, sentinels for nulls, huge opposite weights; regularise or train with noise.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n"
    "  robustness: {noise: [0.01, 0.1], missing: 0.05, max_drop: 0.03}\n",
    options=RobustnessOptions,
    needs=lambda _: ALWAYS,
    body=_body,
)
