"""A column in a few parts: ranges of about equally many rows, or its most frequent values; missing cells are a part."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from mlops_gates.models.features import canonical_text
from mlops_gates.models.frames import missing
from mlops_gates.records import dataclass
from mlops_gates.textsafe import one_line
from mlops_gates.worker.job import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RANGES = 5
MOST_VALUES = 20
_FIFTHS = ("lowest", "second", "middle", "fourth", "highest")


@dataclass(frozen=True)
class Parts:
    """`codes`, shape (n,), say which of the `discreet` parts a row is in; `quoted` names them by their values."""

    name: str
    codes: NDArray[np.intp]
    discreet: tuple[str, ...]
    quoted: tuple[str, ...]


def parts(column: Column) -> Parts:
    """Numbers of more than `RANGES` values in as many ranges by quantiles, all others by value."""
    import numpy as np

    gone = missing(column)
    if column.kind not in ("int64", "float64"):
        return _by_value(column, gone)
    numbers = np.where(gone, 0, column.values).astype(np.float64)
    values = np.unique(numbers[~gone])
    if len(values) <= RANGES:
        return _by_value(column, gone)
    # An end of a range is a number that is there, so that equal numbers share their range.
    ends = np.unique(np.quantile(numbers[~gone], np.arange(1, RANGES) / RANGES, method="inverted_cdf"))
    ends = ends[ends < values[-1]]
    codes = np.searchsorted(ends, numbers, side="left")
    codes[gone] = len(ends) + 1
    return Parts(
        column.name, codes, (*_ranges(column.name, len(ends) + 1), f"{column.name} missing"), _told(column, ends)
    )


def _ranges(name: str, many: int) -> list[str]:
    if many == RANGES:
        return [f"{name} in its {word} fifth" for word in _FIFTHS]
    return [f"{name} in range {place + 1} of {many} from the lowest" for place in range(many)]


def _told(column: Column, ends: NDArray[np.float64]) -> tuple[str, ...]:
    short = [f"{end:.4g}" for end in ends.tolist()]
    between = [f"{low} < {column.name} <= {high}" for low, high in pairwise(short)]
    return (f"{column.name} <= {short[0]}", *between, f"{column.name} > {short[-1]}", f"{column.name} missing")


def _by_value(column: Column, gone: NDArray[np.bool_]) -> Parts:
    """The most frequent values first, equally frequent ones in order; what is left is one part, and so is missing."""
    import numpy as np

    cells = column.values.tolist()
    counted = Counter(cell for cell, lacks in zip(cells, gone.tolist(), strict=True) if not lacks)
    ranked = sorted(counted, key=lambda value: (-counted[value], value))
    kept = ranked[:MOST_VALUES]
    number = {value: place for place, value in enumerate(kept)}
    codes = np.array([number.get(cell, len(kept)) for cell in cells], dtype=np.intp)
    codes[gone] = len(kept) + 1
    name = column.name
    discreet = [f"{name}'s value {place + 1} of {len(ranked):,} by frequency" for place in range(len(kept))]
    quoted = [f"{name} = {one_line(canonical_text(value), 40)}" for value in kept]
    tail = (f"{name}'s rarer values", f"{name} missing")
    return Parts(name, codes, (*discreet, *tail), (*quoted, *tail))
