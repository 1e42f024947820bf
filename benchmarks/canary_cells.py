"""What is drawn for `canary_simulation.py`: traffic of a baseline and a canary, cell by cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

SEED, LOOKS, RATE = 20261121, 60, 0.01
NEVER = 10**6
BUSY, SMALL = (4000, 1000), (450, 50)


@dataclass(frozen=True)
class Cell:
    """Traffic: requests of both arms, the true ratio from the look `onset` on in every `every`th look, and noise of each arm's
    own rate (CV), of which each look keeps the share `fades` of the one before. `hard` cells have no bound."""

    name: str
    traffic: tuple[int, int]
    ratio: float = 1.0
    noise: float = 0.0
    shocks: float = 0.0
    onset: int = 0
    every: int = 1
    rate: float = RATE
    fades: float = 0.0
    hard: bool = True


@dataclass(frozen=True)
class Outcome:
    """Per run the look of the rollback and of the promotion, NEVER where there was none."""

    rolled: np.ndarray
    promoted: np.ndarray

    def share(self, within: int = LOOKS) -> float:
        """Of runs that were rolled back within so many looks."""
        return float((self.rolled <= within).mean())

    @property
    def median(self) -> float:
        """Look of the rollback, over all runs; inf where fewer than half were."""
        middle = float(np.median(self.rolled))
        return middle if middle < NEVER else math.inf


def _bounded(name: str, *told: Any, **more: Any) -> Cell:
    return Cell(name, *told, **more, hard=False)


CELLS = (
    _bounded("A/A", BUSY),
    _bounded("A/A, small", SMALL),
    _bounded("A/A, each arm's own noise, CV 0.5", BUSY, noise=0.5),
    _bounded("A/A, small, each arm's own noise, CV 0.5", SMALL, noise=0.5),
    _bounded("A/A, common shocks, CV 0.5", BUSY, shocks=0.5),
    _bounded("+10 %", BUSY, 1.1),
    _bounded("+50 %", BUSY, 1.5),
    _bounded("×5", BUSY, 5.0),
    _bounded("+50 %, small", SMALL, 1.5),
    _bounded("+100 %, small", SMALL, 2.0),
    _bounded("×5, small", SMALL, 5.0),
    _bounded("+50 % from look 20 on", BUSY, 1.5, onset=20),
    Cell("A/A, 10 % errors, own noise, CV 0.5", BUSY, noise=0.5, rate=0.1),
    Cell("A/A, own noise, CV 1", BUSY, noise=1.0),
    Cell("A/A, own noise, CV 0.2, half of it kept", BUSY, noise=0.2, fades=0.5),
    Cell("A/A, own noise, CV 0.5, half of it kept", BUSY, noise=0.5, fades=0.5),
    Cell("A/A, own noise, CV 0.5, 80 % of it kept", BUSY, noise=0.5, fades=0.8),
    Cell("+50 %, own noise, CV 0.5", BUSY, 1.5, noise=0.5),
    Cell("+50 %, own noise, CV 1", BUSY, 1.5, noise=1.0),
    Cell("+50 %, own noise, CV 0.5, half of it kept", BUSY, 1.5, noise=0.5, fades=0.5),
    Cell("×3 in every other look", BUSY, 3.0, every=2),
    Cell("×10 in every tenth look", BUSY, 10.0, every=10),
    Cell("×10 in every tenth look, small", SMALL, 10.0, every=10),
)


def drawn(cell: Cell, runs: int, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Bad requests of baseline and canary, each of the shape (runs, LOOKS)."""
    rng = np.random.default_rng([SEED, place])
    look = np.arange(LOOKS)
    ratio = np.where((look >= cell.onset) & (look % cell.every == cell.every - 1), cell.ratio, 1.0)
    common = _noise(rng, cell.shocks, runs)
    own = [_kept_noise(rng, cell, runs) if cell.fades else _noise(rng, cell.noise, runs) for _ in range(2)]
    baseline, canary = cell.rate * common * own[0], cell.rate * common * ratio * own[1]
    return rng.binomial(cell.traffic[0], np.minimum(baseline, 1)), rng.binomial(cell.traffic[1], np.minimum(canary, 1))


def _noise(rng: np.random.Generator, variation: float, runs: int) -> np.ndarray:
    """Factors with mean 1 and this coefficient of variation, each look its own."""
    shape = 1 / variation**2 if variation else 0
    return rng.gamma(shape, 1 / shape, (runs, LOOKS)) if variation else np.ones((runs, LOOKS))


def _kept_noise(rng: np.random.Generator, cell: Cell, runs: int) -> np.ndarray:
    """Factors with mean 1 whose logarithm is autoregressive."""
    spread = math.sqrt(math.log1p(cell.noise**2))
    level = rng.normal(size=(runs, LOOKS))
    for look in range(1, LOOKS):
        level[:, look] = cell.fades * level[:, look - 1] + math.sqrt(1 - cell.fades**2) * level[:, look]
    return np.exp(spread * level - spread**2 / 2)
