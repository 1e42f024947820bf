"""p-values of many tests at once."""

from __future__ import annotations

from collections.abc import Sequence


def benjamini_hochberg(p_values: Sequence[float], weights: Sequence[float] | None = None) -> tuple[float, ...]:
    """Adjusted p-values, in the order of the given ones; those up to alpha hold at most a share of alpha false ones.

    Benjamini & Hochberg 1995. Where nothing differs at all, the chance of any adjusted p <= alpha is at most alpha.
    Holds for independent tests and for positively dependent ones (Benjamini & Yekutieli 2001). `weights` above 0, fixed
    before anything is seen, divide the p-values relative to their mean (Genovese, Roeder & Wasserman 2006).
    """
    many = len(p_values)
    if weights is not None:
        mean = sum(weights) / many if many else 1.0
        p_values = [p * mean / weight for p, weight in zip(p_values, weights, strict=True)]
    adjusted, smallest = [1.0] * many, 1.0
    order = sorted(range(many), key=p_values.__getitem__, reverse=True)
    for place, index in enumerate(order):
        smallest = min(smallest, p_values[index] * many / (many - place))
        adjusted[index] = smallest
    return tuple(adjusted)


def bonferroni(p_value: float, tests: int) -> float:
    """The p-value of the smallest of so many tests."""
    return min(1.0, p_value * tests)
