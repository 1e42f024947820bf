from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from mlops_gates.stats import probabilistic


def drawn(rng: np.random.Generator, n: int, power: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose odds were raised to a power, and what came of the true ones."""
    true = rng.random(n)
    odds = (true / (1 - true)) ** power
    return odds / (1 + odds), rng.random(n) < true


@pytest.mark.acceptance
def test_with_many_rows_the_interval_of_a_mean_is_that_of_statsmodels() -> None:
    said, came = drawn(np.random.default_rng(0), 20_000)
    found = probabilistic.brier(np.column_stack([1 - said, said]), came.astype(int))
    assert found.value == pytest.approx(brier_score_loss(came, said))
    assert found.interval
    weightstats = pytest.importorskip("statsmodels.stats.weightstats", reason="statsmodels is not in every environment")
    low, high = weightstats.DescrStatsW((said - came) ** 2).tconfint_mean(0.1)
    assert found.interval.low == pytest.approx(low, abs=1e-4)
    assert found.interval.high == pytest.approx(high, abs=1e-4)


def test_a_perfect_model_of_ten_rows_proves_little() -> None:
    truth = np.arange(10) % 2
    probabilities = np.eye(2)[truth]
    brier, loss = probabilistic.brier(probabilities, truth), probabilistic.log_loss(probabilities, truth)
    assert (brier.value, loss.value) == (0, pytest.approx(0, abs=1e-12))
    assert brier.interval
    assert loss.interval
    assert brier.interval.high > 0.25
    assert loss.interval.high > 0.3


def test_what_is_calibrated_has_an_error_near_0() -> None:
    found = probabilistic.calibration(*drawn(np.random.default_rng(1), 50_000))
    assert found.value is not None
    assert found.value < 0.006
    assert found.interval
    assert found.interval.high < 0.01


def test_the_error_by_hand() -> None:
    """Two probabilities; 0.2 comes in half of 5000 rows, 0.9 in nine of ten: (0.3 + 0) / 2."""
    said = np.repeat([0.2, 0.9], 5000)
    came = np.concatenate([np.arange(5000) % 2 == 0, np.arange(5000) % 10 > 0])
    found = probabilistic.calibration(said, came)
    assert found.value == pytest.approx(0.15, abs=1e-3)


def test_the_order_of_rows_with_equal_probabilities_does_not_matter() -> None:
    said, came = np.full(1000, 0.5), np.arange(1000) < 500
    assert probabilistic.calibration(said, came) == probabilistic.calibration(said[::-1], came[::-1])
    assert probabilistic.calibration(said, came).value == 0


@pytest.mark.parametrize("power", [1.0, 1.3, 2.0])
@pytest.mark.parametrize("n", [50, 300, 2000])
def test_calibration_seldom_proves_more_or_less_than_the_truth(power: float, n: int) -> None:
    bins = max(1, min(10, n // 25))
    true = np.linspace(0, 1, 200_001)[1:-1]
    odds = (true / (1 - true)) ** power
    gaps = [abs(part.mean()) for part in np.array_split(odds / (1 + odds) - true, bins)]
    error, rng, outside = float(np.mean(gaps)), np.random.default_rng(4), np.zeros(2)
    for _ in range(400):
        found = probabilistic.calibration(*drawn(rng, n, power)).interval
        assert found
        outside += [found.low > error + 1e-3, found.high < error]
    assert (outside / 400 <= 0.075).all()


@pytest.mark.parametrize("n", [0, 1])
def test_one_row_is_no_metric(n: int) -> None:
    for found in (
        probabilistic.brier(np.full((n, 2), 0.5), np.zeros(n, int)),
        probabilistic.log_loss(np.full((n, 2), 0.5), np.zeros(n, int)),
        probabilistic.calibration(np.full(n, 0.5), np.zeros(n, bool)),
    ):
        assert found.value is None
        assert "one row" in found.reason
