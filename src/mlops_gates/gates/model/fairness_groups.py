"""Which rows are in which group of people, and what a group may be called."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_gates.checks import Context
from mlops_gates.errors import CheckError
from mlops_gates.models.features import canonical_text
from mlops_gates.models.frames import column, missing
from mlops_gates.records import dataclass
from mlops_gates.textsafe import one_line
from mlops_gates.worker.job import Column, Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_GROUPS = 100


@dataclass(frozen=True)
class Grouping:
    """`names` are the attributes; `codes`, shape (n,), the groups of the rows; `words` and `rows` those of each group."""

    names: tuple[str, ...]
    codes: NDArray[np.int64]
    words: tuple[str, ...]
    rows: tuple[int, ...]

    @property
    def title(self) -> str:
        """The attributes in words."""
        return " and ".join(self.names)

    def called(self, group: int, samples: bool) -> str:
        """A group in words: by its values where messages may hold cell values, else by its place and its rows."""
        size = f"{self.rows[group]:,} row{'s' * (self.rows[group] != 1)}"
        if samples:
            return f"{one_line(self.words[group], 60)} ({size})"
        return f"group {group + 1} of {len(self.rows)} ({size})"


def groupings(
    context: Context, beside: Frame, data: str, names: Sequence[str], others: Sequence[str], crossed: bool
) -> list[Grouping]:
    """The groups of each attribute and, where `crossed`, of all of them together; missing cells are a group.

    Raises CheckError at the line of an attribute that the data does not have; `others` are its columns.
    """
    known = {one.name for one in beside.columns}
    for place, name in enumerate(names):
        if name not in known:
            close = difflib.get_close_matches(name, others, n=1)
            raise CheckError(
                f"fairness.attribute: {name!r} is no column of {data}",
                where=context.line("fairness", "attribute", place),
                next_step=f"Did you mean {close[0]!r}?" if close else "Columns are named letter by letter.",
            )
    single = [_single(column(beside, name)) for name in dict.fromkeys(names)]
    return [*single, _crossed(single)] if crossed and len(single) > 1 else single


def _single(one: Column) -> Grouping:
    """Groups in the order of their values, missing cells last."""
    import numpy as np

    cells = [None if lacks else cell for lacks, cell in zip(missing(one).tolist(), one.values.tolist(), strict=True)]
    values = sorted({cell for cell in cells if cell is not None})
    number = {value: place for place, value in enumerate(values)} | {None: len(values)}
    codes = np.array([number[cell] for cell in cells], dtype=np.int64)
    words = [f"{one.name} = {canonical_text(value)}" for value in values] + [f"{one.name} missing"]
    return _kept((one.name,), codes, words)


def _crossed(single: Sequence[Grouping]) -> Grouping:
    import numpy as np

    codes, words = single[0].codes, list(single[0].words)
    for other in single[1:]:
        codes = codes * len(other.words) + other.codes
        there, codes = np.unique(codes, return_inverse=True)
        words = [f"{words[at // len(other.words)]}, {other.words[at % len(other.words)]}" for at in there.tolist()]
    names = tuple(name for one in single for name in one.names)
    return _kept(names, codes.reshape(-1), words)


def _kept(names: tuple[str, ...], codes: NDArray[np.int64], words: Sequence[str]) -> Grouping:
    """Without groups that have no row."""
    import numpy as np

    there, codes = np.unique(codes, return_inverse=True)
    codes = codes.reshape(-1).astype(np.int64)
    counts = np.bincount(codes, minlength=len(there)).tolist()
    return Grouping(names, codes, tuple(words[at] for at in there.tolist()), tuple(counts))
