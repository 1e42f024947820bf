"""Rows that two tables share by chance."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from mlops_gates.stats.coincidence import expected, p_value


def judged(train: np.ndarray, test: np.ndarray) -> tuple[int, float, float]:
    """Shared rows, those that chance explains, and the chance of so many."""
    counts = Counter(train.tolist())
    twins = sum(count for count in counts.values() if count > 1)
    shared = sum(value in counts for value in test.tolist())
    return shared, expected(len(test), twins, len(train)), p_value(shared, len(test), twins, len(train))


DRAWS = {
    "never equal": lambda rng, n: rng.integers(0, 2**60, n),
    "ten thousand cells": lambda rng, n: rng.integers(0, 10_000, n),
    "a hundred cells": lambda rng, n: rng.integers(0, 100, n),
    "a long tail": lambda rng, n: rng.zipf(1.3, n),
    "some categories": lambda rng, n: np.where(rng.random(n) < 0.3, rng.integers(0, 20, n), rng.integers(99, 2**60, n)),
}


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("n", "m"), [(80, 20), (800, 200), (4000, 1000)])
def test_draws_of_the_same_rows_are_a_coincidence(draw: str, n: int, m: int) -> None:
    rng, flagged, surplus = np.random.default_rng(1), 0, []
    for _ in range(200):
        shared, by_chance, p = judged(DRAWS[draw](rng, n), DRAWS[draw](rng, m))
        flagged += p <= 0.01
        surplus.append(shared - by_chance)
    assert flagged <= 8
    assert abs(np.mean(surplus)) <= 4 * np.std(surplus) / 200**0.5 + 1e-9


def test_copied_rows_are_none() -> None:
    rng = np.random.default_rng(2)
    for _ in range(100):
        train, test = rng.integers(0, 2**60, 800), rng.integers(0, 2**60, 200)
        test[:5] = train[:5]
        assert judged(train, test)[2] <= 0.01
        train, test = DRAWS["some categories"](rng, 4000), DRAWS["some categories"](rng, 1000)
        test[:150] = rng.choice(train, 150, replace=False)
        assert judged(train, test)[2] <= 0.01


def test_the_ends() -> None:
    assert p_value(0, 10, 0, 10) == 1.0
    assert p_value(0, 10, 0, 0) == 1.0
    assert expected(10, 0, 0) == 0.0
    assert p_value(10, 10, 10, 10) == 1.0
    assert p_value(1, 10, 0, 1) == pytest.approx(10 / 11)
