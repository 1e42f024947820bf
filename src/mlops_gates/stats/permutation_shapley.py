"""Shapley values by walks from one row to another: what each feature contributes to an answer, of a black box.

Strumbelj & Kononenko 2014 (Knowledge and Information Systems 41, 647-665): features of a background row are exchanged for
those of the explained row one after the other, in a random order; a feature contributes what its exchange changes. Every
order is walked backwards too (antithetic: Mitchell, Cooper, Frank & Holmes 2022, JMLR 23, 43).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gates.records import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Walks:
    """Which questions a model is asked: w walks there and back over u units, 2u questions each.

    `orders`: shape (w, u), the units in the order of their exchange; `explained`, `background`: shape (w,), rows of the data.
    """

    orders: NDArray[np.int64]
    explained: NDArray[np.int64]
    background: NDArray[np.int64]

    @property
    def questions(self) -> int:
        """Rows that the model is asked for."""
        return int(2 * self.orders.size)

    def exchanged(self, unit: int) -> NDArray[np.bool_]:
        """Which of the questions have the unit's cells of the explained row, shape (w, 2u).

        Question 0 is the background row, 1 to u - 1 the way, u the explained row; the others are the way of the reversed
        order, which has the same ends.
        """
        import numpy as np

        u = self.orders.shape[1]
        place = np.argmax(self.orders == unit, axis=1)[:, None]
        there = np.arange(u + 1)[None, :] > place
        back = np.arange(1, u)[None, :] > u - 1 - place
        return np.concatenate([there, back], axis=1)

    def sources(self, unit: int) -> NDArray[np.int64]:
        """From which row of the data each question has the unit's cells, shape (questions,)."""
        import numpy as np

        found = np.where(self.exchanged(unit), self.explained[:, None], self.background[:, None])
        return np.asarray(found, dtype=np.int64).ravel()

    def contributions(self, answers: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each unit contributes on each walk, there and back averaged: shape (w, u), of `answers`, (questions,).

        The sum over units is the answer to the explained row minus that to the background row, both as told on the walk.
        """
        import numpy as np

        w, u = self.orders.shape
        told = answers.reshape(w, 2 * u)
        there = np.diff(told[:, : u + 1], axis=1)
        back = np.diff(np.concatenate([told[:, :1], told[:, u + 1 :], told[:, u : u + 1]], axis=1), axis=1)
        found = np.zeros((w, u))
        np.put_along_axis(found, self.orders, there, axis=1)
        returned = np.zeros((w, u))
        np.put_along_axis(returned, self.orders[:, ::-1], back, axis=1)
        return (found + returned) / 2


def walks(rows: NDArray[np.int64], n: int, units: int, each: int, rng: np.random.Generator) -> Walks:
    """`each` walks to every one of `rows` from random rows among all `n`."""
    import numpy as np

    explained = np.repeat(rows, each)
    orders = rng.permuted(np.tile(np.arange(units), (len(explained), 1)), axis=1)
    return Walks(orders, explained, rng.integers(n, size=len(explained)))
