"""model.slices"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError, GatesError, Inconclusive, Skip
from mlops_gates.findings import Chance, Limit, Measurement
from mlops_gates.gates.model.scope import ALWAYS, Always, Beside, ModelScope
from mlops_gates.models import frames
from mlops_gates.models.parts import Parts, parts
from mlops_gates.options import Options, Text
from mlops_gates.stats.adjust import benjamini_hochberg
from mlops_gates.stats.segments import Coded, Weakness, weakest, weights
from mlops_gates.worker.job import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ALPHA = 0.05
_MOST_ROWS, _FEWEST_ROWS = 50_000, 5_000
_CELLS = 4_000_000


class Slices(Options):
    """Where weak segments are looked for, and how weak one may be."""

    columns: tuple[Text, ...] = Field(
        (), description="The columns, also dropped ones; all features where left out.", strict=False
    )
    max_gap: float = Field(
        0.3,
        description="How much larger the share of wrong answers (the mean absolute error in spreads of the target) may be "
        "inside a segment than outside.",
        ge=0,
    )
    min_rows: int = Field(50, description="Rows that a segment has at least.", ge=10)
    pairs: bool = Field(True, description="Whether segments by two columns are looked for too.")
    most: int = Field(10, description="How many segments are measured.", ge=1, le=100)


class SlicesOptions(Options):
    """`slices`"""

    slices: Slices = Field(Slices(), description="Weak segments: {max_gap: 0.3, min_rows: 50, columns: [...]}.")


def _asked(scope: ModelScope) -> Slices:
    found: Slices = getattr(scope.options, "slices", None) or Slices()
    return found


def _needs(scope: ModelScope) -> Iterator[Always | Beside]:
    yield from ALWAYS
    yield from map(Beside, _asked(scope).columns)


def _body(scope: ModelScope) -> Iterator[Measurement]:
    import numpy as np

    wanted = _asked(scope)
    columns = _columns(scope, wanted)
    if scope.frame.rows < 2 * wanted.min_rows:
        raise _too_little(
            scope,
            f"{scope.frame.rows:,} rows hold no segment of {wanted.min_rows:,} beside as many others "
            f"({len(columns):,} columns looked at)",
        )
    rows = scope.rows("slices", max(_FEWEST_ROWS, min(_MOST_ROWS, _CELLS // max(1, len(columns)))))
    losses = scope.truth.losses(scope.model.base)[rows]
    if not np.isfinite(losses).all():
        raise CheckError("a loss is no finite number", next_step="Look at what the model answers.")
    made = [parts(_some(column, rows, scope.frame.rows)) for column in columns]
    coded = [Coded(one.codes, len(one.discreet)) for one in made]
    first = scope.rng("slices halves").permutation(len(rows)) < len(rows) // 2
    found = weakest(coded, losses, first, wanted.min_rows, wanted.most, pairs=wanted.pairs)
    if not found:
        raise _too_little(
            scope, f"no segment by {len(columns):,} columns has {wanted.min_rows:,} rows beside as many others"
        )
    chances = benjamini_hochberg([one.p for one in found], weights(len(found)))
    for one, p in zip(found, chances, strict=True):
        yield _measured(scope, wanted, one, made, p)


def _columns(scope: ModelScope, wanted: Slices) -> list[Column]:
    if not wanted.columns:
        return list(scope.frame.columns)
    there = {one.name: one for one in scope.beside.columns} if scope.beside else {}
    for place, name in enumerate(wanted.columns):
        if name not in there:
            close = difflib.get_close_matches(name, [one.name for one in scope.frame.columns], n=1)
            raise CheckError(
                f"slices.columns: {name!r} is no column of {scope.options.data}",
                where=scope.context.line("slices", "columns", place),
                next_step=f"Did you mean {close[0]!r}?" if close else "Columns are named letter by letter.",
            )
    return [there[name] for name in dict.fromkeys(wanted.columns)]


def _some(column: Column, rows: NDArray[np.int64], of: int) -> Column:
    """The column at some rows; as it is where they are all."""
    from mlops_gates.worker.job import Frame

    return column if len(rows) == of else frames.take(Frame((column,), of), rows).columns[0]


def _too_little(scope: ModelScope, what: str) -> GatesError:
    """What nobody asked for and cannot be told is left out; what the config asks for is inconclusive."""
    if "slices" not in scope.options.model_fields_set:
        return Skip(f"slices: {what}")
    step = "Judge it on more rows, or lower slices.min_rows."
    return Inconclusive(what, where=scope.context.line("slices"), next_step=step)


def _measured(scope: ModelScope, wanted: Slices, one: Weakness, made: list[Parts], p: float) -> Measurement:
    chosen = [made[at] for at in one.segment.columns]
    words = [
        (part.quoted if scope.context.samples else part.discreet)[at]
        for part, at in zip(chosen, one.segment.parts, strict=True)
    ]
    ends = f"90 % interval {_short(one.interval.low)} to {_short(one.interval.high)}"
    text = (
        f"{scope.truth.unit} {_short(one.inside)} where {' and '.join(words)}, {_short(one.outside)} elsewhere: "
        f"gap {_short(one.gap)} ({ends}; measured in {one.n:,} of {one.of:,} rows that the search had not seen)"
    )
    found = Measurement(
        rule=CHECK.id,
        subject=" and ".join(part.name for part in chosen),
        name="gap",
        value=one.gap,
        text=text,
        limit=_limit(scope, wanted),
        interval=one.interval,
        n=scope.frame.rows,
        remedy=CHECK.remedy,
    )
    if "max_gap" in wanted.model_fields_set:
        return found
    # Some customers are harder to tell than others in any model: nobody asked how much harder, as long as it is less.
    chance = Chance(p, _ALPHA, "Benjamini–Hochberg over the measured segments")
    return replace(found, chance=chance, limit=found.limit if one.gap > wanted.max_gap else None)


def _limit(scope: ModelScope, wanted: Slices) -> Limit:
    implied = "max_gap" not in wanted.model_fields_set
    where = scope.context.line("slices", "max_gap")
    return Limit(None, wanted.max_gap, f"at most {wanted.max_gap:g}", where, implied)


def _short(value: float) -> str:
    return f"{round(value, 4) + 0.0:.3g}"


CHECK: Check[ModelScope] = Check(
    id="model.slices",
    title="No segment of rows is served much worse than the rest",
    help="The rows are cut by each feature, and by each two of them: numbers in fifths, anything else by its 20 most frequent "
    "values, missing cells apart. The gap of a segment is its share of wrong answers (of a regression: its mean absolute "
    "error in spreads of the target, the mean distance from its median) less that of all other rows. Because the worst of "
    "thousands of segments is bad by chance alone, half of the rows, drawn at random, say which segments look worst, and the "
    "other half measures up to ten of those: 90 % interval after Newcombe (a regression: Welch), at Bonferroni's level, of "
    "which those that looked worst get the most. The largest allowed gap is 0.3 where `slices.max_gap` sets none; that limit "
    "is asked only of gaps that were measured beyond it and that chance does not explain (Fisher's exact test or Welch's, "
    "5 %, Benjamini–Hochberg). Segments have at least `min_rows` rows (50) and leave as many outside. At most 50,000 rows are "
    "looked at, fewer of a wide table, and pairs of up to 64 columns, those first that look weakest alone. Parts are told by "
    "their place, by value with `report.samples: true`. Where the data is too small for any segment it is skipped, and "
    "inconclusive when the config has `slices`.",
    remedy="Look at these rows: wrong features, few such rows in training, or a rule that hits them; then train or fix it.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n"
    "  slices: {max_gap: 0.2, min_rows: 100, pairs: false}\n",
    options=SlicesOptions,
    needs=_needs,
    body=_body,
)
