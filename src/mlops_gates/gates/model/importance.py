"""model.importance"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.errors import Inconclusive, Skip
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.model.scope import ALWAYS, ModelScope
from mlops_gates.models import perturb
from mlops_gates.models.perturb_owners import by_owner
from mlops_gates.models.perturb_units import Unit, units
from mlops_gates.options import Number, Options, Share
from mlops_gates.stats.permutation import Importances, importances
from mlops_gates.worker.client import Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BUDGET = 15_000
"""Rows that the model is asked for where the config does not say how many per feature."""
_CELLS = 40_000_000
_TOLD = 5
_HALF = 0.5
"""The share from which a feature is asked how far it leads."""


class Importance(Options):
    """How the importance of features is measured, and what it may be."""

    rows: int = Field(
        500,
        ge=2,
        description="Rows in each re-sample; fewer by default, so that the model is asked for 15,000 at most.",
    )
    seeds: int = Field(5, ge=2, le=100, description="How often rows are drawn and features permuted anew.")
    max_single: Share = Field(0.8, description="The largest share of all importance that one feature may have.")
    max_lead: Number = Field(
        6.0,
        description="How many times as important as the next one a feature with over half of all importance may be.",
    )
    max_instability: Number = Field(
        0.05, description="How far a feature's share may vary from one re-sample to the next: mean standard deviation."
    )


class ImportanceOptions(Options):
    """`importance`"""

    importance: Importance = Field(default_factory=Importance, description="What may hang on a single feature.")


def _asked(scope: ModelScope) -> Importance:
    found = getattr(scope.options, "importance", None)
    return found if isinstance(found, Importance) else Importance()


def _body(scope: ModelScope) -> Iterator[Measurement]:
    asked = _asked(scope)
    parts = units(scope.frame, scope.model.loaded)
    if len(parts) < 2:
        raise Skip(f"the model has one feature, {parts[0].name}, which cannot but decide")
    m = asked.rows
    if "rows" not in asked.model_fields_set:
        budget = min(_BUDGET, _CELLS // len(scope.frame.columns))
        m = max(2, min(m, budget // (len(parts) * asked.seeds)))
    rises, rows = _rises(scope, parts, asked.seeds, m)
    single = sum(len(part.places) == 1 for part in parts)
    found = importances(rises, rows, scope.options.seed, single)
    how = f"{asked.seeds} re-samples of {m:,} rows"
    if found.total.low <= 0:
        raise Inconclusive(
            "no importance can be told from none: answers hardly change when features come from other rows"
            if rises.any()
            else "no answer changes when features come from other rows: the model uses none, so none can be judged",
            where=scope.context.line("importance"),
            next_step=f"Look at the model, or set importance.rows above {m:,}.",
        )
    yield from _shares(scope, parts, found, how)
    yield from _lead(scope, parts[: single or None], found, how)
    yield _instability(scope, found, how)
    yield from _native(scope)


def _rises(
    scope: ModelScope, parts: tuple[Unit, ...], seeds: int, m: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """What each loss rises by, shape (seeds, units, m), and the rows, shape (seeds, m), drawn with repetition.

    The cells of a unit come from as many other rows, drawn anew for each unit and re-sample.
    """
    import numpy as np

    n, u, rng = scope.frame.rows, len(parts), scope.rng("importance")
    rows = rng.integers(n, size=(seeds, m))
    donors = (rows[:, None, :] + rng.integers(1, max(2, n), size=(seeds, u, m))) % n
    own = np.broadcast_to(rows[:, None, :], donors.shape)
    unit_of = {place: number for number, unit in enumerate(parts) for place in unit.places}

    def places(column: int) -> NDArray[np.int64]:
        if column not in unit_of:
            return np.asarray(own.reshape(-1))
        taken = own.copy()
        taken[:, unit_of[column]] = donors[:, unit_of[column]]
        return np.asarray(taken.reshape(-1))

    frame = perturb.mixed(scope.frame, donors.size, places)
    after = _losses(scope, scope.model.predict(frame), own.reshape(-1)).reshape(donors.shape)
    before = _losses(scope, scope.model.base, None)[rows]
    return after - before[:, None, :], rows


def _losses(scope: ModelScope, said: Prediction, rows: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """The Brier score of each row over its classes where there are probabilities, else as `Truth.losses`; shape (n,)."""
    import numpy as np

    reading = scope.truth.reading
    chances = reading.probabilities(said) if reading else None
    if chances is None:
        return scope.truth.losses(said, rows)
    labels = scope.truth.labels if rows is None else scope.truth.labels[rows]
    right = labels[:, None] == np.arange(chances.shape[1])
    return np.asarray(((chances - right) ** 2).sum(axis=1))


def _unit(scope: ModelScope) -> str:
    reading = scope.truth.reading
    if reading and reading.probabilities(scope.model.base) is not None:
        return "Brier score"
    return scope.truth.unit


def _limit(scope: ModelScope, key: str, value: float) -> Limit:
    asked = _asked(scope)
    words = f"at most {value:g}"
    return Limit(None, value, words, scope.context.line("importance", key), implied=key not in asked.model_fields_set)


def _shares(scope: ModelScope, parts: tuple[Unit, ...], found: Importances, how: str) -> Iterator[Measurement]:
    """The features of the largest shares; several columns together are no single feature."""
    limit = _limit(scope, "max_single", float(_asked(scope).max_single))
    single = [place for place in found.order if len(parts[place].places) == 1]
    for place in single[:_TOLD]:
        interval, share = found.intervals[place], float(found.shares[place])
        text = (
            f"{share:.1%} of all importance ({interval.confidence:.0%} interval {interval.low:.1%} to {interval.high:.1%}, "
            f"{_unit(scope)} rises by {found.means[place]:.4f}, {how})"
        ).replace("%", " %")
        yield Measurement(
            rule=CHECK.id,
            subject=parts[place].name,
            name="importance",
            value=share,
            text=text,
            limit=limit,
            interval=interval,
            n=found.rows,
            remedy=CHECK.remedy,
        )


def _lead(scope: ModelScope, parts: tuple[Unit, ...], found: Importances, how: str) -> Iterator[Measurement]:
    """Beside many weak features a leaked one may have less than `max_single`, yet it stands alone."""
    first, second = [place for place in found.order if place < len(parts)][:2]
    if found.intervals[first].low <= _HALF:
        return
    ends = found.lead_interval
    text = (
        f"{found.lead:,.1f} times as important as {parts[second].name}, the next one "
        f"({ends.confidence:.0%} interval {ends.low:,.1f} to {ends.high:,.1f}, {how})"
    ).replace("%", " %")
    yield Measurement(
        rule=CHECK.id,
        subject=f"{parts[first].name} before all others",
        name="lead",
        value=found.lead,
        text=text,
        limit=_limit(scope, "max_lead", float(_asked(scope).max_lead)),
        interval=ends,
        n=found.rows,
        remedy=CHECK.remedy,
    )


def _instability(scope: ModelScope, found: Importances, how: str) -> Measurement:
    ends = found.spread_interval
    told = f"{ends.confidence:.0%} interval {ends.low:.3f} to {ends.high:.3f}".replace("%", " %")
    return Measurement(
        rule=CHECK.id,
        subject="instability",
        name="instability",
        value=found.spread,
        text=f"a feature's share varies by {found.spread:.3f} between re-samples ({told}; {how} show {found.seen:.3f})",
        limit=_limit(scope, "max_instability", float(_asked(scope).max_instability)),
        interval=ends,
        n=found.rows,
        remedy="Look at features that say the same; judge more rows per re-sample (importance.rows).",
    )


def _native(scope: ModelScope) -> Iterator[Measurement]:
    """The model's own importances beside ours. Weights of a linear model have units, so they are not judged."""
    loaded = scope.model.loaded
    weights = by_owner(loaded.importances, [one.name for one in scope.frame.columns])
    total = sum(weights.values())
    if total <= 0 or len(weights) < 2:
        return
    first = sorted(weights.items(), key=lambda pair: -pair[1])[:_TOLD]
    listed = ", ".join(f"{name} {weight / total:.0%}" for name, weight in first).replace("%", " %")
    judged = loaded.source == "feature_importances_"
    yield Measurement(
        rule=CHECK.id,
        subject=f"{first[0][0]} by {loaded.source}",
        name="native_importance",
        value=first[0][1] / total,
        text=f"the model itself says {listed}" + ("" if judged else " (sizes of weights, not judged)"),
        limit=_limit(scope, "max_single", float(_asked(scope).max_single)) if judged else None,
        exact="read from the model",
        remedy=CHECK.remedy,
    )


CHECK: Check[ModelScope] = Check(
    id="model.importance",
    title="No single feature decides alone",
    help="Permutation importance, from answers alone: what the loss rises by when one feature's cells come from other rows. "
    "The loss is the Brier score where the model gives probabilities, else wrong answers, or a regression's absolute error in "
    "mean distances of the target from its median. Five times rows are drawn and cells permuted anew; each feature's share "
    "of all importance has a 90 % interval (bootstrap of rows). A share above `max_single`, 0.8, is what a leaked target "
    "looks like. A feature with more than half of all importance must not be more than 6 times as important as the next, "
    "`max_lead`. `max_instability`, 0.05, bounds how far a share varies between such re-samples: its standard deviation, "
    "the mean over the features (jackknife). The model's own importances are told beside, and judged by "
    "`max_single` where they are impurities or gains. Of more than 100 features the 100 that the model itself finds most "
    "important are asked one by one and the others together. A model that uses no feature is inconclusive.",
    remedy="Ask whether that feature is known at the time of the prediction; if it comes from the target, train without it.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n  importance: {max_single: 0.6}\n",
    options=ImportanceOptions,
    needs=lambda _: ALWAYS,
    body=_body,
)
