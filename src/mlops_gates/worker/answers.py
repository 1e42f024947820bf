"""What a child answered, held against the rules: data that may come from a hostile process becomes typed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mlops_gates.textsafe import one_line
from mlops_gates.worker import columns
from mlops_gates.worker.columns import Block
from mlops_gates.worker.failures import BadAnswer
from mlops_gates.worker.protocol import Header, Nonsense

if TYPE_CHECKING:
    import numpy as np

_SUM = 1e-3
"""How far from 1 the probabilities of a row may sum up: 16-bit floats come as close."""
_ROUNDING = 1e-6
"""float32 probabilities may end this far outside 0–1."""
_LONGEST_SECONDS = 1e9
_LONGEST_LABEL = 1000
_MOST_VERSIONS = 50
_RAW = 4
"""How many times what is shown of a text is looked at."""
ScoreKind = Literal["probability", "decision"]
Task = Literal["classification", "regression"]
_MOST_IMPORTANCES = 100_000


class Loaded(NamedTuple):
    """A model that is ready. `features` are the names it was fitted on, None where it does not know them.

    `type` is its class; `versions` maps library to version; `warnings` are `Category: text`; `seconds` the child says.
    `task` is classification, regression or, where the model does not tell, None. `importances` are weights (not
    normed, at least 0) by feature as the model names it, read from its attribute `source`; empty where it has none.
    `kinds` are the features of which the model tells whether it was fitted on a `number` or on `text`.
    """

    type: str
    features: tuple[str, ...] | None
    versions: dict[str, str]
    warnings: tuple[str, ...]
    seconds: float
    task: Task | None = None
    n_features: int | None = None
    importances: tuple[tuple[str, float], ...] = ()
    source: str = ""
    kinds: tuple[tuple[str, str], ...] = ()


class Explanation(NamedTuple):
    """What each feature contributes to each answer: `parts` + `base` shall be `margin`. All finite.

    `parts`: shape (rows, features); `base`, `margin`: (rows,); `features` name the columns of `parts`.
    """

    method: str
    features: tuple[str, ...]
    parts: np.ndarray[Any, Any]
    base: np.ndarray[Any, Any]
    margin: np.ndarray[Any, Any]


class Prediction(NamedTuple):
    """Raw answers for `rows` rows. Everything is finite; probabilities are in 0–1.

    `labels`: shape (rows,), int64, float64, bool or objects of str. `scores`: float64, shape (rows, k), or (rows,)
    where the model gave one number per row; None where it gives none or none were asked for. `classes`: in the order
    of the scores' columns, None where the model names none. `seconds`: of `predict` alone, as the child measured it,
    at most `wall`; `wall`: measured here, with transport and scores. A hostile child can lie in the first only.
    `named`: whether the model got a table with names and no plain array.
    """

    labels: np.ndarray[Any, Any]
    scores: np.ndarray[Any, Any] | None
    kind_of_scores: ScoreKind | None
    classes: tuple[Any, ...] | None
    seconds: float
    wall: float
    warnings: tuple[str, ...]
    named: bool = True


def loaded(header: Header, wall: float) -> Loaded:
    """The answer to `load`. Raises `BadAnswer`."""
    features = header.get("features")
    versions = header.get("versions")
    if features is not None and not _strings(features):
        raise BadAnswer("the worker answered nonsense: feature names that are not strings")
    if not isinstance(versions, dict) or len(versions) > _MOST_VERSIONS or not _strings(list(versions.values())):
        raise BadAnswer("the worker answered nonsense: versions that are not a few strings")
    return Loaded(
        type=text_of(header, "type", 100),
        features=None if features is None else tuple(features),
        versions={_line(name, 40): _line(version, 40) for name, version in versions.items()},
        warnings=warnings_of(header),
        seconds=_seconds(header, wall),
        task=_task(header.get("task")),
        n_features=_count(header.get("n_features")),
        importances=_importances(header.get("importances")),
        source=text_of(header, "source", 40),
        kinds=_kinds(header.get("kinds")),
    )


def explanation(header: Header, payload: bytearray, rows: int) -> Explanation:
    """The answer to `explain` of `rows` rows. Raises `BadAnswer`."""
    import numpy as np

    try:
        blocks = columns.decode(header.get("columns"), payload)
    except Nonsense as error:
        raise BadAnswer(f"the worker answered nonsense: {error}") from error
    features = header.get("features")
    if not isinstance(features, list):
        raise BadAnswer("the worker answered nonsense: contributions without their features")
    names = [block.name for block in blocks]
    if not _strings(features) or names != ["contribution"] * len(features) + ["base", "margin"]:
        raise BadAnswer("the worker answered nonsense: contributions without their features")
    if any(block.kind != "float64" or len(block.values) != rows or block.nulls is not None for block in blocks):
        raise BadAnswer(f"the explanation is not one number per feature and row, for {rows:,} rows")
    if bad := sum(_gaps(block) for block in blocks):
        raise BadAnswer(f"the explanation has {bad:,} values that are not finite, in {rows:,} rows")
    return Explanation(
        method=text_of(header, "method", 60),
        features=tuple(_line(name, 200) for name in features),
        parts=np.column_stack([block.values for block in blocks[:-2]]),
        base=np.array(blocks[-2].values),
        margin=np.array(blocks[-1].values),
    )


def values(header: Header, payload: bytearray, rows: int) -> np.ndarray[Any, Any]:
    """The answer to `value` of `rows` rows: float64, shape (rows,) or (1,), all finite. Raises `BadAnswer`."""
    import numpy as np

    try:
        blocks = columns.decode(header.get("columns"), payload)
    except Nonsense as error:
        raise BadAnswer(f"the worker answered nonsense: {error}") from error
    if [(block.name, block.kind, block.nulls is None) for block in blocks] != [("value", "float64", True)]:
        raise BadAnswer("the worker answered nonsense: not one column of numbers")
    found = np.array(blocks[0].values)
    if len(found) not in (1, rows):
        raise BadAnswer(f"it returned {len(found):,} numbers for {rows:,} rows")
    if bad := _gaps(blocks[0]):
        raise BadAnswer(f"it returned {bad:,} numbers that are not finite, in {rows:,} rows")
    return found


def prediction(header: Header, payload: bytearray, rows: int, wall: float) -> Prediction:
    """The answer to `predict` of `rows` rows. Raises `BadAnswer`, which says which rule broke."""
    try:
        blocks = columns.decode(header.get("columns"), payload)
    except Nonsense as error:
        raise BadAnswer(f"the worker answered nonsense: {error}") from error
    labels = _labels(blocks, rows)
    kind = header.get("scores")
    if kind not in (None, "probability", "decision"):
        raise BadAnswer("the worker answered nonsense: an unknown kind of scores")
    scores = _scores([block for block in blocks if block.name == "score"], rows, kind, header.get("flat") is True)
    return Prediction(
        labels=labels,
        scores=scores,
        kind_of_scores=kind,
        classes=_classes([block for block in blocks if block.name == "class"], scores, kind),
        seconds=_seconds(header, wall),
        wall=wall,
        warnings=warnings_of(header),
        named=header.get("named") is not False,
    )


def _task(value: object) -> Task | None:
    if value not in (None, "classification", "regression"):
        raise BadAnswer("the worker answered nonsense: a task that is none")
    return value


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _importances(value: object) -> tuple[tuple[str, float], ...]:
    """What is no list of names and finite weights is not taken: the model has then told none."""
    if not isinstance(value, list) or len(value) > _MOST_IMPORTANCES:
        return ()
    found = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not _strings(pair[:1]):
            return ()
        if not isinstance(pair[1], int | float) or not 0 <= pair[1] < float("inf"):
            return ()
        found.append((_line(pair[0], 200), float(pair[1])))
    return tuple(found)


def _kinds(value: object) -> tuple[tuple[str, str], ...]:
    """What is no list of names and known kinds is not taken."""
    if not isinstance(value, list) or len(value) > _MOST_IMPORTANCES:
        return ()
    if not all(_strings(pair) and len(pair) == 2 and pair[1] in ("number", "text") for pair in value):
        return ()
    return tuple((pair[0], pair[1]) for pair in value)


def _labels(blocks: list[Block], rows: int) -> np.ndarray[Any, Any]:
    import numpy as np

    found = [block for block in blocks if block.name == "label"]
    if len(found) != 1 or found[0].nulls is not None:
        raise BadAnswer("the worker answered nonsense: not one column of labels")
    labels = found[0].values
    if len(labels) != rows:
        raise BadAnswer(f"predict returned {len(labels):,} labels for {rows:,} rows")
    bad = _gaps(found[0])
    if bad:
        raise BadAnswer(f"predict returned {bad:,} labels that are null or not finite, in {rows:,} rows")
    if found[0].kind == "string" and max(map(len, set(labels.tolist())), default=0) > _LONGEST_LABEL:
        raise BadAnswer(f"predict returned a label of more than {_LONGEST_LABEL:,} characters")
    return np.array(labels)


def _scores(blocks: list[Block], rows: int, kind: ScoreKind | None, flat: bool) -> np.ndarray[Any, Any] | None:
    import numpy as np

    if (kind is None) != (not blocks) or (flat and len(blocks) != 1):
        raise BadAnswer("the worker answered nonsense: scores and their kind contradict each other")
    if kind is None:
        return None
    method = "predict_proba" if kind == "probability" else "decision_function"
    for block in blocks:
        if block.kind != "float64" or block.nulls is not None:
            raise BadAnswer(f"{method} returned what is no number")
        if len(block.values) != rows:
            raise BadAnswer(f"{method} returned {len(block.values):,} rows for {rows:,} rows")
    scores = np.column_stack([block.values for block in blocks])
    bad = int((~np.isfinite(scores)).sum())
    if bad:
        raise BadAnswer(f"{method} returned {bad:,} values that are not finite, in {rows:,} rows")
    if kind == "probability":
        outside = int(((scores < -_ROUNDING) | (scores > 1 + _ROUNDING)).sum())
        if outside:
            raise BadAnswer(f"{method} returned {outside:,} values outside 0 to 1, in {rows:,} rows")
        scores = np.clip(scores, 0.0, 1.0)
        apart = int((np.abs(scores.sum(axis=1) - 1) > _SUM).sum()) if scores.shape[1] > 1 else 0
        if apart:
            raise BadAnswer(
                f"{method} returned {apart:,} rows whose probabilities do not sum to 1, in {rows:,} rows",
                next_step="Divide each row by its sum, or offer scores that are no probabilities as decision_function.",
            )
    return scores[:, 0] if flat else scores


def _classes(blocks: list[Block], scores: np.ndarray[Any, Any] | None, kind: str | None) -> tuple[Any, ...] | None:
    if not blocks:
        return None
    if scores is None or len(blocks) != 1 or blocks[0].nulls is not None or _gaps(blocks[0]):
        raise BadAnswer("the worker answered nonsense: classes that are no labels, or without scores")
    classes = tuple(blocks[0].values.tolist())
    wide = scores.shape[1] if scores.ndim == 2 else 1
    if kind == "probability" and scores.ndim == 2 and len(classes) != wide:
        raise BadAnswer(f"predict_proba returned {wide} columns for {len(classes)} classes")
    if len(classes) > max(2, wide):
        raise BadAnswer(f"{len(classes):,} classes for {wide} columns of scores")
    return classes


def _gaps(block: Block) -> int:
    import numpy as np

    if block.kind == "string":
        return int(sum(value is None for value in block.values.tolist()))
    return int((~np.isfinite(block.values)).sum()) if block.kind == "float64" else 0


def _strings(values: object) -> bool:
    """Whether it is a list of strings that can be printed: half a surrogate pair cannot."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return False
    return not any("\ud800" <= character <= "\udfff" for character in "".join(values))


def text_of(header: Header, key: str, limit: int) -> str:
    """A string of the header as a harmless line; whatever else may be there is not looked into."""
    value = header.get(key)
    return _line(value, limit) if isinstance(value, str) else ""


def _line(text: str, limit: int) -> str:
    """Cut first, then made harmless: the child says how long a text is."""
    return one_line(text[: _RAW * limit], limit)


def warnings_of(header: Header) -> tuple[str, ...]:
    """Up to twenty warnings, `Category: text`."""
    found = header.get("warnings")
    return tuple(_line(text, 600) for text in found[:20]) if isinstance(found, list) and _strings(found) else ()


def _seconds(header: Header, wall: float) -> float:
    value = header.get("seconds")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LONGEST_SECONDS:
        raise BadAnswer("the worker answered nonsense: a duration that is no number")
    return min(float(value), wall)
