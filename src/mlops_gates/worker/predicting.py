"""In the child: columns to what a model takes, and what it returns to columns."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter as _clock  # taken before code that is not ours can put another in its place
from typing import Any

from .columns import Block
from .loading import attribute_of, feature_names


class NotPredictable(Exception):
    """The features do not fit the model, or what it returned is no prediction; the message is whole."""


def predict(model: Any, blocks: Sequence[Block], want_scores: bool) -> tuple[dict[str, Any], list[Block]]:
    """Facts for the header (kind of scores, seconds, …) and the columns `label`, `score` × k and `class`."""
    import numpy as np

    table = table_of(model, ordered(model, blocks))
    with _threads_only():
        started = _clock()
        if want_scores and _follow(model):
            kind, scores = _scores(model, table)
            labels = np.asarray(model.classes_).take(scores.argmax(axis=1), axis=0)
            seconds = _clock() - started
        else:
            labels = model.predict(table)
            seconds = _clock() - started
            kind, scores = _scores(model, table) if want_scores else (None, None)
    answer = [_column("label", labels, "predict")]
    if scores is not None:
        answer += _score_columns(scores)
    classes = attribute_of(model, "classes_")
    if kind and classes is not None:
        answer.append(_column("class", classes, "classes_"))
    facts = {"scores": kind, "seconds": seconds, "flat": getattr(scores, "ndim", 0) == 1}
    return dict(facts, named=hasattr(table, "columns")), answer


_FOLLOWING = (
    "sklearn.ensemble._forest.ForestClassifier.predict",
    "sklearn.ensemble._bagging.BaggingClassifier.predict",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier.predict",
    "_mlops_gates_worker.native._Classifier.predict",
)
"""Methods whose source says that they take the class of the largest probability: asking both would ask twice."""


def _follow(model: Any) -> bool:
    """Whether labels are by definition the classes of the largest probabilities, here of one column of labels."""
    steps = attribute_of(model, "steps")
    last = steps[-1][1] if isinstance(steps, list) and type(model).__module__ == "sklearn.pipeline" else model
    method = getattr(type(last), "predict", None)
    name = f"{getattr(method, '__module__', '')}.{getattr(method, '__qualname__', '')}"
    own = vars(last).keys() & {"predict", "predict_proba"} if hasattr(last, "__dict__") else True
    return name in _FOLLOWING and not own and attribute_of(last, "n_outputs_") in (None, 1)


def seed(number: int) -> None:
    """Seeds the generators that a model may draw from without saying so."""
    import random

    random.seed(number)
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        numpy.random.seed(number)
    if torch is not None:
        torch.manual_seed(number)


def value(model: Any, blocks: Sequence[Block]) -> Block:
    """Numbers that a function of columns gives: one per row, or one for all."""
    import numpy as np

    with _threads_only():
        found = np.asarray(model.predict(table_of(model, blocks)))
    if found.dtype.kind not in "fiub" or found.ndim > 1:
        raise NotPredictable(
            f"it returned an array of {found.dtype} with {found.ndim} dimensions, not a number per row"
        )
    return Block("value", "float64", found.reshape(-1).astype(np.float64))


def table_of(model: Any, blocks: Sequence[Block]) -> Any:
    """What the model takes: a DataFrame, or an array where it was fitted on one or pandas is missing."""
    return _table(blocks, plain=_wants_plain(model, blocks))


def ordered(model: Any, blocks: Sequence[Block]) -> Sequence[Block]:
    """The model's own columns in the model's order, where it knows their names."""
    names = feature_names(model)
    if names is None:
        return blocks
    here = {block.name: block for block in blocks}
    missing = [name for name in names if name not in here]
    if missing:
        shown = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
        raise NotPredictable(f"the features lack what the model was fitted on: {shown}")
    return [here[name] for name in names]


def _wants_plain(model: Any, blocks: Sequence[Block]) -> bool:
    """Whether the model was fitted on an array without names; scikit-learn warns when such a one gets names."""
    fitted_plain = attribute_of(model, "n_features_in_") is not None and feature_names(model) is None
    return fitted_plain and all(block.kind != "string" for block in blocks)


def _table(blocks: Sequence[Block], plain: bool) -> Any:
    """A DataFrame with what `read_csv` gives (nulls are NaN), or a 2-D array where pandas is missing or unwanted."""
    columns = {block.name: _as_read(block) for block in blocks}
    if not plain:
        try:
            import pandas
        except ImportError:
            pandas = None
        if pandas is not None:
            # copy=False: the arrays are ours alone, and 200,000 rows x 20 columns are worth not copying
            return pandas.DataFrame(columns, copy=False)
    import numpy as np

    arrays = list(columns.values())
    if not arrays:
        raise NotPredictable("there is no feature")
    kinds = {array.dtype.kind for array in arrays}
    common = object if "O" in kinds else np.result_type(*[array.dtype for array in arrays])
    return np.column_stack([array.astype(common) for array in arrays])


def _as_read(block: Block) -> Any:
    import numpy as np

    if block.kind == "string":
        gaps = block.values == None  # noqa: E711 -- elementwise
        if gaps.any():
            block.values[gaps] = np.nan
        return block.values
    if block.nulls is None:
        return block.values
    values = block.values.astype(object if block.kind == "bool" else "f8")
    values[block.nulls] = np.nan
    return values


@contextmanager
def _threads_only() -> Iterator[None]:
    """joblib's default is new processes, which the sandbox refuses; threads give the same numbers."""
    try:
        from joblib import parallel_config
    except ImportError:
        yield
        return
    with parallel_config(backend="threading"):
        yield


def _scores(model: Any, table: Any) -> tuple[str | None, Any]:
    import numpy as np

    for name, kind in (("predict_proba", "probability"), ("decision_function", "decision")):
        method = attribute_of(model, name)
        if callable(method):
            return kind, np.asarray(method(table))
    return None, None


def _score_columns(scores: Any) -> list[Block]:
    import numpy as np

    if scores.dtype.kind not in "fiub" or scores.ndim not in (1, 2):
        raise NotPredictable(f"the scores are an array of {scores.dtype} with {scores.ndim} dimensions")
    wide = (scores[:, None] if scores.ndim == 1 else scores).astype(np.float64)
    return [Block("score", "float64", wide[:, place]) for place in range(wide.shape[1])]


def _column(name: str, values: Any, method: str) -> Block:
    """One column of labels. Raises `NotPredictable` where they are neither numbers, booleans nor strings."""
    import numpy as np

    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise NotPredictable(f"{method} returned an array of shape {array.shape}, not one value per row")
    if array.dtype.kind == "O":
        listed = array.tolist()
        if all(isinstance(value, str) for value in listed):
            return Block(name, "string", array)
        if not any(isinstance(value, str) for value in listed):
            array = np.array(listed)  # numbers in an array of objects are numbers; words among them are not
    if array.dtype.kind == "u" and array.dtype.itemsize == 8 and array.size and array.max() >= 2**63:
        raise NotPredictable(f"{method} returned integers above 2**63")
    kind = {"b": "bool", "i": "int64", "u": "int64", "f": "float64", "U": "string"}.get(array.dtype.kind)
    if kind is None:
        raise NotPredictable(f"{method} returned {array.dtype}: neither numbers, booleans nor strings")
    return Block(name, kind, array)
