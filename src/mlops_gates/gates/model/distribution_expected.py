"""Columns beside the numbers that the config expects of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlops_gates.errors import CheckError
from mlops_gates.findings import Interval, Limit, Measurement
from mlops_gates.gates.model.distribution_options import Distribution, ExpectedStats
from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.models.frames import missing
from mlops_gates.stats import expected as statistics
from mlops_gates.worker.job import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RULE = "model.distribution"
_EXACT = "counted in every row, not estimated"
_REMEDY = "Find out what changed in the world or in the pipeline; train again, or write down what is right now."


def measured(scope: ModelScope, wanted: Distribution) -> Iterator[Measurement]:
    """Every expected number. Raises CheckError at the line of a column that is not there or holds no numbers."""
    there = {one.name: one for one in scope.beside.columns} if scope.beside else {}
    for name, expected in wanted.expected_stats.items():
        where = scope.context.line("distribution", "expected_stats", name)
        if name not in there:
            known = [one.name for one in scope.frame.columns] + list(scope.options.drop)
            close = difflib.get_close_matches(name, known, n=1)
            raise CheckError(
                f"distribution.expected_stats: {name!r} is no column of {scope.options.data}",
                where=where,
                next_step=f"Did you mean {close[0]!r}?" if close else "Columns are named letter by letter.",
            )
        yield from _column(scope, wanted, there[name], expected)


def _column(scope: ModelScope, wanted: Distribution, one: Column, expected: ExpectedStats) -> Iterator[Measurement]:
    import numpy as np

    gone = missing(one)
    if expected.missing is not None:
        yield too_many_missing(
            scope, one, expected.missing, ("distribution", "expected_stats", one.name, "missing"), f"{one.name} missing"
        )
    if one.kind not in ("int64", "float64"):
        if expected.model_fields_set > {"missing"} or "missing" not in expected.model_fields_set:
            raise CheckError(
                f"distribution.expected_stats: {one.name} holds {'text' if one.kind == 'string' else 'booleans'}, no numbers",
                where=scope.context.line("distribution", "expected_stats", one.name),
                next_step="Numbers are expected of columns of numbers: compare categories with a `reference`.",
            )
        return
    values = np.asarray(one.values[~gone], dtype=np.float64)
    yield from _moments(scope, wanted, one.name, values, expected)
    yield from _ends(scope, one.name, values, expected)


def _moments(
    scope: ModelScope, wanted: Distribution, name: str, values: NDArray[np.float64], expected: ExpectedStats
) -> Iterator[Measurement]:
    if expected.mean is not None:
        subject, kept = f"{name} mean", f"{expected.mean:g}"
        if len(values) < 2:
            yield _nothing(scope, wanted, subject, values)
        else:
            unit = expected.std or float(values.std(ddof=1)) or 1.0
            found = statistics.mean_deviation(values, expected.mean, unit)
            text = f"mean {_told(float(values.mean()))} where {kept} is expected, {_told(found[0])} standard deviations off"
            yield _deviation(scope, wanted, subject, found, text, len(values))
    if expected.std is not None:
        subject, kept = f"{name} std", f"{expected.std:g}"
        if len(values) < 2:
            yield _nothing(scope, wanted, subject, values)
        else:
            found = statistics.spread_deviation(values, expected.std)
            spread = _told(float(values.std(ddof=1)))
            text = f"standard deviation {spread} where {kept} is expected, off by {_told(found[0])} of it"
            yield _deviation(scope, wanted, subject, found, text, len(values))


def _deviation(
    scope: ModelScope, wanted: Distribution, subject: str, found: tuple[float, Interval], text: str, n: int
) -> Measurement:
    value, interval = found
    ends = f"(90 % interval {_told(interval.low)} to {_told(interval.high)}, n = {n:,})"
    limit = _limit(scope, wanted)
    return Measurement(
        RULE, subject, "deviation", value, f"{text} {ends}", limit, interval=interval, n=n, remedy=_REMEDY
    )


def _nothing(scope: ModelScope, wanted: Distribution, subject: str, values: NDArray[np.float64]) -> Measurement:
    reason = f"{len(values)} number{'s' * (len(values) != 1)} in the column, at least 2 are needed"
    return Measurement(
        RULE, subject, "deviation", None, "not measured", _limit(scope, wanted), reason=reason, remedy=_REMEDY
    )


def _limit(scope: ModelScope, wanted: Distribution) -> Limit:
    implied = "max_deviation" not in wanted.model_fields_set
    where = scope.context.line("distribution", "max_deviation")
    return Limit(None, wanted.max_deviation, f"at most {wanted.max_deviation:g}", where, implied)


def _ends(scope: ModelScope, name: str, values: NDArray[np.float64], expected: ExpectedStats) -> Iterator[Measurement]:
    for end in ("min", "max"):
        bound = getattr(expected, end)
        if bound is None:
            continue
        where = scope.context.line("distribution", "expected_stats", name, end)
        limit = Limit(None, 0.0, "0", where)
        beyond = int((values < bound).sum() if end == "min" else (values > bound).sum())
        text = f"{beyond:,} of {len(values):,} values {'below' if end == 'min' else 'above'} {bound:g}"
        reason = "" if len(values) else "the column has no values"
        yield Measurement(
            RULE,
            f"{name} {end}",
            "outside",
            float(beyond) if len(values) else None,
            text,
            limit,
            exact=_EXACT,
            n=len(values),
            reason=reason,
            remedy=_REMEDY,
        )


def too_many_missing(scope: ModelScope, one: Column, most: float, keys: tuple[str, ...], subject: str) -> Measurement:
    """The share of missing cells of a column, held against `most`."""
    gone, n = int(missing(one).sum()), len(one.values)
    text = f"{gone:,} of {n:,} cells missing ({100 * gone / max(1, n):.3g} %)"
    limit = Limit(None, most, f"at most {most:g}", scope.context.line(*keys))
    return Measurement(RULE, subject, "missing", gone / max(1, n), text, limit, exact=_EXACT, n=n, remedy=_REMEDY)


def _told(value: float) -> str:
    return f"{value:.4g}"
