"""Which feature of the data a model's own column is made of: `words__Contract_Two year` is of Contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def owner(name: str, features: Sequence[str]) -> str:
    """The feature that a column of a pipeline comes from, else the column's own name.

    scikit-learn names columns `step__feature` and `feature_word`; the longest feature that fits is it.
    """
    for told in (name, name.partition("__")[2]):
        fitting = [one for one in features if told == one or told.startswith(f"{one}_")]
        if told and fitting:
            return max(fitting, key=len)
    return name


def by_owner(weights: Iterable[tuple[str, float]], features: Sequence[str]) -> dict[str, float]:
    """Weights of a model's own columns, summed by feature."""
    found: dict[str, float] = {}
    for name, weight in weights:
        mine = owner(name, features)
        found[mine] = found.get(mine, 0.0) + weight
    return found
