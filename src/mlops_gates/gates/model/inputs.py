"""model.inputs"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Location, Measurement
from mlops_gates.gates.model.inputsreference import kinds as kinds_of_reference
from mlops_gates.gates.model.scope import LOADING, ModelScope
from mlops_gates.models.frames import missing
from mlops_gates.records import dataclass
from mlops_gates.worker.job import Frame

_MOST_NAMED = 5
_KINDS = {"int64": "number", "float64": "number", "string": "text"}


@dataclass(frozen=True)
class _Known:
    """What is known of the features that the model was fitted on, and who says it (`by`).

    `names` in their order, None where nobody knows them; `ordered`: the model takes them by their place alone.
    """

    names: tuple[str, ...] | None
    count: int | None
    kinds: dict[str, str]
    ordered: bool
    by: str


def _known(scope: ModelScope) -> _Known:
    loaded = scope.model.loaded
    reference = kinds_of_reference(scope)
    kinds = {**reference, **dict(loaded.kinds)}
    if loaded.features is not None:
        return _Known(loaded.features, len(loaded.features), kinds, False, "the model")
    if loaded.n_features is not None:
        fits = len(reference) == loaded.n_features
        return _Known(tuple(reference) if fits else None, loaded.n_features, kinds, True, "the reference")
    if not reference:
        raise Skip("the model has neither feature_names_in_ nor n_features_in_, and the block names no reference")
    return _Known(None, None, kinds, False, "the reference")


def _body(scope: ModelScope) -> Iterator[Measurement]:
    known, here = _known(scope), [column.name for column in scope.frame.columns]
    where = scope.context.line("data")
    if known.count is not None:
        yield _counted(len(here), known, where)
    if known.names is not None:
        yield from _named(known, here, where)
    yield _kinds(scope.frame, known, where)


def _counted(count: int, known: _Known, where: Location) -> Measurement:
    assert known.count is not None
    # A model that knows names is told below which columns it lacks and which it does not look at.
    limit = Limit(known.count, known.count, f"{known.count:,}, as in training", where) if known.ordered else None
    return _measurement(
        "number", count, f"the data has {count:,} features, the model was fitted on {known.count:,}", limit
    )


def _named(known: _Known, here: Sequence[str], where: Location) -> Iterator[Measurement]:
    names = known.names or ()
    lacking = [name for name in names if name not in here]
    more = [name for name in here if name not in names]
    told = f"the data lacks {_features(len(lacking))} of {known.by}{_listed(lacking)}{_renamed(lacking, more)}"
    yield _measurement("missing", len(lacking), told, Limit(None, 0, "none", where))
    told = f"the data has {_features(len(more))} unknown to {known.by}{_listed(more)}"
    told += "; the model never looks at them" if more and not known.ordered else ""
    yield _measurement("unknown", len(more), told, None, Limit(None, 0, "none", where), remedy="Name them in `drop`.")
    if lacking or more:
        return
    moved = [name for name, other in zip(here, names, strict=True) if name != other]
    told = f"{_features(len(moved))} of {len(here):,} stand at another place than in training"
    if known.ordered:
        told += f"{_listed(moved)}, and the model takes them by their place"
    else:
        told += ", and the model is asked by their names" if moved else ""
    yield _measurement("order", len(moved), told, Limit(None, 0, "none", where) if known.ordered else None)


def _kinds(frame: Frame, known: _Known, where: Location) -> Measurement:
    wrong, looked = [], 0
    for column in frame.columns:
        here, there = _KINDS.get(column.kind, ""), known.kinds.get(column.name, "")
        if not here or not there or missing(column).all():
            continue
        looked += 1
        if here != there:
            wrong.append(f"{column.name} ({here}, in training {there})")
    told = f"{len(wrong):,} of {looked:,} features whose kind is known are of another{_listed(wrong)}"
    return _measurement("kinds", len(wrong), told, Limit(None, 0, "none", where))


def _measurement(
    subject: str, value: int, text: str, limit: Limit | None, warn: Limit | None = None, remedy: str = ""
) -> Measurement:
    return Measurement(
        rule=CHECK.id,
        subject=subject,
        name=f"inputs_{subject}",
        value=float(value),
        text=text,
        limit=limit,
        warn=warn,
        unit="features",
        exact="counted",
        remedy=remedy or CHECK.remedy,
    )


def _features(count: int) -> str:
    return "1 feature" if count == 1 else f"{count:,} features"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    return (
        f": {shown}" + (f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else "") if names else ""
    )


def _renamed(lacking: Sequence[str], more: Sequence[str]) -> str:
    """The one column that a lacking feature may be called now."""
    plain = {name.lower().replace("_", ""): name for name in more}
    for name in lacking:
        if close := difflib.get_close_matches(name.lower().replace("_", ""), plain, n=1, cutoff=0.8):
            return f" (is {plain[close[0]]} now the name of {name}?)"
    return ""


CHECK: Check[ModelScope] = Check(
    id="model.inputs",
    title="The data has the model's features",
    help="What the model was fitted on, held against the features of the data before the model is asked: number, names, "
    "order, and whether each is a number or text. Names are those of feature_names_in_, the number that of "
    "n_features_in_, kinds those that the fitted parts keep (categories of encoders, feature types of XGBoost and "
    "LightGBM, numbers where only numbers can be) and those of the first 2,000 rows of the `reference`, which also says "
    "names and order to a model that knows none. A feature that is not there, of another kind, or, for a model without "
    "names, at another place or one too many, fails; a column that the model does not know warns, unless it is in `drop`. "
    "A model that knows names is asked by them in any order. Everything is counted, nothing estimated. Where neither the "
    "model nor a reference says anything it is skipped.",
    remedy="Build the test data with the code that builds the training data.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n  reference: data/train.csv\n"
    "  drop: [customerID]\n",
    body=_body,
    needs=lambda _: LOADING,
)
