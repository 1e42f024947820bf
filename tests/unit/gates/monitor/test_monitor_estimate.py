"""Estimates before labels arrive: the formulae by another road, intervals that hold, and what they must not be made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from monitoring import Ran, ran
from numpy.typing import NDArray

from mlops_gates.stats.confidence import FEWEST, Calibrated, calibrated, estimated

Numbers: TypeAlias = NDArray[np.float64]
SURE = Calibrated(0.0, 0.0)


def test_the_estimates_are_those_of_the_expected_confusion_matrix() -> None:
    """CBPE as NannyML's documentation has it: each row adds p to TP or FN, 1 - p to FP or TN."""
    rng = np.random.default_rng(20261121)
    probability = rng.beta(1, 2, 500)
    positive = probability >= 0.4
    cells = dict.fromkeys(("TP", "FP", "TN", "FN"), 0.0)
    for p, chosen in zip(probability.tolist(), positive.tolist(), strict=True):
        cells["TP" if chosen else "FN"] += p
        cells["FP" if chosen else "TN"] += 1 - p
    found = estimated(probability, positive, SURE, SURE)
    assert found["accuracy"].value == pytest.approx((cells["TP"] + cells["TN"]) / 500)
    assert found["precision"].value == pytest.approx(cells["TP"] / (cells["TP"] + cells["FP"]))


@pytest.mark.parametrize("n", [50, 500])
def test_the_interval_of_an_estimate_holds_the_true_accuracy(n: int) -> None:
    """Calibrated probabilities from a known mixture: the interval (90 %) may miss the truth in about a tenth of 600 runs."""
    rng = np.random.default_rng(20261121)
    truth = float(np.mean([max(p, 1 - p) for p in (0.05, 0.3, 0.6, 0.9)]))
    missed = 0
    for _ in range(600):
        p = rng.choice([0.05, 0.3, 0.6, 0.9], n)
        found = estimated(p, p >= 0.5, SURE, SURE)["accuracy"].interval
        assert found
        missed += not found.low <= truth <= found.high
    assert missed / 600 <= 0.10


def few_sure(rng: np.random.Generator, n: int) -> Numbers:
    return np.where(rng.random(n) < 0.05, rng.uniform(0.85, 0.95, n), rng.uniform(0, 0.1, n))


def spread(rng: np.random.Generator, n: int) -> Numbers:
    return rng.beta(1, 3, n)


@pytest.mark.parametrize("rows", [100, 1_000])
@pytest.mark.parametrize(
    ("drawn", "true"),
    [
        (spread, lambda p: p),
        (spread, lambda p: np.clip(p - 0.04, 0, 1)),
        (few_sure, lambda p: np.where(p > 0.5, p - 0.3, p)),
    ],
    ids=["calibrated", "all too sure", "the positives too sure"],
)
def test_a_reference_that_is_wrong_is_no_ground_for_an_estimate(
    rows: int, drawn: Callable[[np.random.Generator, int], Numbers], true: Callable[[Numbers], Numbers]
) -> None:
    """Live rows without end: what is missed is the fault of the reference alone. At most a tenth of 200 runs may miss."""
    rng = np.random.default_rng(20261121)
    live = drawn(rng, 20_000)
    right = np.where(live >= 0.5, true(live), 1 - true(live))
    truth = {"accuracy": right.mean(), "precision": true(live)[live >= 0.5].mean()}
    missed = dict.fromkeys(truth, 0)
    for _ in range(200):
        said = drawn(rng, rows)
        came, positive = rng.random(rows) < true(said), said >= 0.5
        whole, some = calibrated(said, came, 0.05), calibrated(said[positive], came[positive], 0.05)
        for name, one in estimated(live, live >= 0.5, whole, some).items():
            missed[name] += one.interval is not None and not one.interval.low <= truth[name] <= one.interval.high
    assert {name: many for name, many in missed.items() if many > 20} == {}


def test_few_rows_say_nothing_of_calibration() -> None:
    said = np.full(FEWEST - 1, 0.5)
    assert calibrated(said, np.arange(FEWEST - 1) % 2 == 0, 1.0).error is None


def test_an_estimate_without_positives_has_no_precision() -> None:
    found = estimated(np.array([0.1, 0.2]), np.array([False, False]), SURE, SURE)
    assert found["precision"].value is None
    assert found["accuracy"].value == pytest.approx(0.85)


CONFIG = """\
live: live.csv
answers: {probability: score}
estimate: {reference: r.csv}
"""


def judged(folder: Path, live: list[str], config: str, reference: str = "", head: str = "score") -> Ran:
    rng = np.random.default_rng(20261121)
    p = rng.uniform(0, 0.2, 4_000)
    rows = "".join(f"{one:.4f},{int(came)}\n" for one, came in zip(p, rng.random(4_000) < p, strict=True))
    text = f"{head}\n" + "".join(f"{one}\n" for one in live)
    return ran(folder, config, {"live.csv": text, "r.csv": reference or f"score,label\n{rows}"})


def test_a_precision_that_nobody_asked_for_wakes_nobody(tmp_path: Path) -> None:
    found = judged(tmp_path, ["0.05"] * 1_000, CONFIG + "thresholds: {accuracy: 0.8}\n")
    assert (found.code, found.statuses["monitor.estimate"]) == (0, "passed")
    found = judged(tmp_path, ["0.05"] * 1_000, CONFIG + "thresholds: {accuracy: 0.8, precision: 0.8}\n")
    assert (found.code, found.statuses["monitor.estimate"]) == (3, "inconclusive")
    assert "no row is predicted positive" in found.told


def test_what_is_no_probability_decides_nothing(tmp_path: Path) -> None:
    bad = [f"{one},x" for one in ("nan", "1.2", "-0.1", "", "n/a", "inf")]
    found = judged(tmp_path, ["0.05,x"] * 994 + bad, CONFIG, head="score,x")
    assert (found.code, found.statuses["monitor.estimate"]) == (3, "errored")
    assert "6 of 1,000 probabilities are blank, or not from 0 to 1" in found.told


def test_labels_in_other_words_decide_nothing(tmp_path: Path) -> None:
    config = CONFIG.replace("score}", "score, predicted: said}")
    found = judged(tmp_path, ["0.05,No"] * 500 + ["0.9,Yes"] * 500, config, head="score,said")
    assert (found.code, found.statuses["monitor.estimate"]) == (3, "errored")
    assert "2 of the labels that were predicted are none of estimate.reference" in found.told


@pytest.mark.parametrize("labels", ["012", "11", "00", "23"])
def test_a_reference_without_just_two_labels_decides_nothing(labels: str, tmp_path: Path) -> None:
    rows = "".join(f"0.5,{one}\n" for one in labels) * 100
    found = judged(tmp_path, ["0.05"] * 1_000, CONFIG, f"score,label\n{rows}")
    assert (found.code, found.statuses["monitor.estimate"]) == (3, "inconclusive")
    assert "should have rows of two labels, one of them answers.positive" in found.told
