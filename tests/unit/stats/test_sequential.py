"""E-processes by every outcome that they may have, and on drawn data. Seeds are fixed."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import binom

from mlops_gates.stats.limitrate import LimitRate
from mlops_gates.stats.meandifference import MeanDifference
from mlops_gates.stats.pairedsequence import PairedSequence, width
from mlops_gates.stats.rateratio import RateRatio, Settings

LOOKS = 60


@pytest.mark.parametrize("n", [(1, 1), (9, 1), (1, 9), (6, 6)])
@pytest.mark.parametrize("rate", [1e-6, 0.01, 0.3, 0.5, 0.9, 1.0])
def test_the_mean_of_the_evidence_is_at_most_one_while_nothing_is_wrong(n: tuple[int, int], rate: float) -> None:
    """By every outcome of two looks, for canaries that are as bad as the baseline, less bad, or at the margin."""
    outcomes = np.array(list(np.ndindex(n[0] + 1, n[1] + 1)))
    for ratio, name in (
        (1.0, "log_worse"),
        (0.5, "log_worse"),
        (2.0, "log_fast"),
        (1.0, "log_fast"),
        (1.5, "log_good"),
    ):
        if rate * ratio > 1:
            continue
        chance = binom.pmf(outcomes[:, 0], n[0], rate) * binom.pmf(outcomes[:, 1], n[1], rate * ratio)
        first, second = (one.ravel() for one in np.meshgrid(np.arange(len(outcomes)), np.arange(len(outcomes))))
        test = RateRatio(Settings(), len(first))
        test.look(n[0], outcomes[first, 0], n[1], outcomes[first, 1])
        seen = test.look(n[0], outcomes[second, 0], n[1], outcomes[second, 1])
        mean = float((chance[first] * chance[second] * np.exp(getattr(seen, name))).sum())
        assert mean <= 1 + 1e-9, (ratio, name)


@pytest.mark.parametrize("rate", [1e-6, 0.01, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("n", [1, 2, 12])
def test_the_mean_of_the_evidence_against_a_limit_is_at_most_one_while_it_is_kept(n: int, rate: float) -> None:
    outcomes = np.arange(n + 1)
    looked = [one.ravel() for one in np.meshgrid(outcomes, outcomes)]
    test = LimitRate(rate, 0.05, 0.04, LOOKS, len(looked[0]))
    for bad in looked:
        seen = test.look(n, bad)
    for true, name in (
        (rate, "log_above"),
        (rate / 2, "log_above"),
        (rate, "log_below"),
        ((1 + rate) / 2, "log_below"),
    ):
        chance = np.prod([binom.pmf(bad, n, true) for bad in looked], axis=0)
        assert float((chance * np.exp(getattr(seen, name))).sum()) <= 1 + 1e-9, name


def _wholly(runs: int, looks: Iterator[tuple[np.ndarray, float]]) -> tuple[float, float]:
    test = MeanDifference(0.5, 0.04, 0.04, LOOKS, 10, 40, runs)
    rolled = promoted = np.zeros(runs, dtype=bool)
    for difference, variance in looks:
        seen = test.look(difference, variance)
        rolled, promoted = rolled | (~promoted & seen.worse), promoted | (~rolled & seen.good)
    return float(rolled.mean()), float(promoted.mean())


@pytest.mark.parametrize("sign", [1, -1])
def test_means_of_less_traffic_and_of_rare_great_values_are_no_fault(sign: int) -> None:
    rng, runs = np.random.default_rng(5), 300

    def evening() -> Iterator[tuple[np.ndarray, float]]:
        for t in range(LOOKS):
            variance = 1 / 1000 + 1 / 250 if t < 30 else 1 / 50 + 1 / 12
            yield sign * rng.normal(0, math.sqrt(variance), runs), variance

    def great() -> Iterator[tuple[np.ndarray, float]]:
        for _ in range(LOOKS):
            rare = [rng.binomial(n, 2e-4, runs) * 500 / n + rng.normal(1, 0.1, runs) for n in (100, 400)]
            yield sign * (rare[0] - rare[1]), 1 / 100 + 1 / 400

    for stream in (evening(), great()):
        assert _wholly(runs, stream)[0] <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize("spread", [0.02, 0.1, 1.0])
def test_the_smallest_difference_of_means_is_shown_as_often_as_is_said(spread: float) -> None:
    runs, rng = 400, np.random.default_rng(14)

    def shown(difference: float) -> tuple[float, float]:
        test, rolled = MeanDifference(0.0, 0.04, 0.04, LOOKS, 10, 40, runs), np.zeros(runs, dtype=bool)
        for _ in range(LOOKS):
            rolled |= test.look(rng.normal(difference, spread, runs)).worse
        return float(rolled.mean()), float(np.median([test.smallest(run) for run in range(50)]))

    _, smallest = shown(0.0)
    assert shown(smallest)[0] >= 0.8 - 2 * math.sqrt(0.8 * 0.2 / runs)
    assert shown(0.7 * smallest)[0] < 0.8


@pytest.mark.parametrize(("n", "limit"), [(100, 0.01), (1000, 0.01), (100_000, 0.01), (1000, 0.3)])
def test_noise_from_look_to_look_breaks_no_limit_that_is_kept_on_average(n: int, limit: float) -> None:
    runs, rng = 500, np.random.default_rng(13)
    bad = rng.binomial(n, np.minimum(1, limit * rng.gamma(4, 0.25, (runs, LOOKS))))
    test, above, below = (
        LimitRate(limit, 0.05, 0.04, LOOKS, runs),
        np.zeros(runs, dtype=bool),
        np.zeros(runs, dtype=bool),
    )
    for look in range(LOOKS):
        seen = test.look(n, bad[:, look])
        above |= seen.above
        below |= seen.below & (look >= 39)
    assert above.mean() <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)
    assert below.mean() <= 0.04 + 2 * math.sqrt(0.04 * 0.96 / runs)


def test_a_limit_that_is_far_exceeded_is_broken_at_once() -> None:
    test = LimitRate(0.01, 0.05, 0.04, LOOKS)
    assert [bool(test.look(1000, 50).above[0]) for _ in range(2)][-1]


@pytest.mark.parametrize("level", [0.0, 1e9])
def test_the_confidence_sequence_of_differences_lies_below_their_mean(level: float) -> None:
    rng = np.random.default_rng(10)
    drawn = rng.normal(level, 1.0, (4000, LOOKS))
    test, above, lowest = PairedSequence(0.05, 4000), np.zeros(4000, dtype=bool), np.zeros(4000)
    for look in range(LOOKS):
        lowest = test.add(drawn[:, look])
        above |= (lowest > level) & (look >= 9)
    assert above.mean() <= 0.05
    expected = drawn.mean(axis=1) - drawn.std(axis=1) * width(LOOKS, 0.05)
    assert lowest == pytest.approx(expected, abs=1e-5 if level else 1e-9)
