"""Metrics of a regressor, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Estimates:
    """Truth and prediction in the unit of the target, shape (n,). All finite."""

    truth: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @property
    def metrics(self) -> dict[str, float]:
        """Every metric that these estimates have, rounded to six decimals."""
        return {}
