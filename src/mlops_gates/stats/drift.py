"""Has a column drifted from its reference? Judged out of counts, all columns together.

A column has drifted when an effect is above its limit AND the test behind that effect is significant: p <= alpha after
Benjamini and Hochberg's adjustment over every test of every column. The effect says that it matters, the test that it is
no chance: with many rows any difference is significant, with few any column looks different. New and vanished
categories, and other values of a constant column, have no size that would be too small: their limit is 0.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

from mlops_gates.records import dataclass
from mlops_gates.stats import distances, significance
from mlops_gates.stats.adjust import benjamini_hochberg, bonferroni
from mlops_gates.stats.tallies import Categories, Numbers, Tally, aligned, deciles

ALPHA = 0.05
MIN_ROWS = 200
_FEW_VALUES = 10
"""Occupied bins up to which numbers are compared bin by bin: Kolmogorov-Smirnov sees little in so few steps."""
_SHAPE, _SHIFT, _SPREAD, _OUTSIDE = "shape", "shift", "spread", "outside"
_NULLS, _PSI, _NEW, _VANISHED = "nulls", "psi", "new", "vanished"
_WEIGHTS = {_SHAPE: 1.0, _SHIFT: 1.0, _SPREAD: 0.5, _PSI: 1.0, _NULLS: 0.5, _OUTSIDE: 0.1, _NEW: 0.1, _VANISHED: 0.1}
"""Rare things that come in numbers have tiny p-values, and would else cost the shifts a good part of their power."""


@dataclass(frozen=True)
class Limits:
    """The largest effects that are no drift. None: the effect is reported and never judged."""

    wasserstein: float | None = 0.1
    ks: float | None = 0.1
    js: float | None = 0.1
    psi: float | None = None
    nulls: float | None = 0.1
    """Jensen-Shannon distance of the shares of nulls: none against 2 % is 0.1."""
    unseen: float | None = 0.0
    """Share of the rows with a category that the other side does not have, or with another value of a constant."""


_LIMITS = Limits()


@dataclass(frozen=True)
class Effect:
    """One distance between the two sides, its limit, and the p-value that backs it, as is and adjusted.

    `name`: wasserstein (standard deviations of the reference), ks, js, psi, nulls, new, vanished (shares of the rows).
    The p-values are None where nothing was tested. `values`: the (value, count) of new or vanished categories that are
    significant within their column, the most frequent first.
    """

    name: str
    value: float
    limit: float | None
    p: float | None
    adjusted: float | None
    drifted: bool
    values: tuple[tuple[str, int], ...] = ()

    @property
    def ratio(self) -> float:
        """The value in units of its limit; 0 where it is not judged, infinite above a limit of 0."""
        if self.limit is None or self.value == 0:
            return 0.0
        return self.value / self.limit if self.limit else math.inf


@dataclass(frozen=True)
class Drift:
    """What became of one column. `drifted` is None where it cannot be decided; `reason` then says why.

    `n_reference`, `n_current` are rows, nulls included.
    """

    column: str
    effects: tuple[Effect, ...]
    n_reference: int
    n_current: int
    drifted: bool | None
    reason: str = ""

    @property
    def worst(self) -> Effect | None:
        """The effect that is worst relative to its limit; one that drifted before any that did not."""
        judged = [effect for effect in self.effects if effect.limit is not None]
        return max(judged, key=lambda effect: (effect.drifted, effect.ratio, effect.value), default=None)


@dataclasses.dataclass(slots=True)
class _Column:
    """A column before the p-values of all of them are adjusted: effects name the tests that may back them."""

    name: str
    n: int
    m: int
    effects: list[tuple[str, float, float | None, tuple[str, ...], tuple[tuple[str, int], ...]]]
    tests: dict[str, float]
    reason: str = ""


def compare(
    columns: Iterable[tuple[str, Tally, Tally]],
    limits: Limits = _LIMITS,
    alpha: float = ALPHA,
    min_rows: int = MIN_ROWS,
) -> tuple[Drift, ...]:
    """Every (column, reference, current), judged together, in the order given.

    A side with fewer than `min_rows` rows, or values, leaves its column undecided, and so does a column that holds
    numbers on one side and categories on the other; what is undecided takes no part in the adjustment.
    Raises ValueError when the edges of the sides differ.
    """
    seen = [_measured(name, reference, current, limits, min_rows) for name, reference, current in columns]
    keys = [(i, test) for i, column in enumerate(seen) for test in column.tests]
    adjusted = benjamini_hochberg([seen[i].tests[test] for i, test in keys], [_WEIGHTS[test] for _, test in keys])
    found = dict(zip(keys, adjusted, strict=True))
    return tuple(
        _judged(column, {test: found[i, test] for test in column.tests}, alpha) for i, column in enumerate(seen)
    )


def _judged(column: _Column, adjusted: dict[str, float], alpha: float) -> Drift:
    effects = []
    for name, value, limit, tests, values in column.effects:
        backed = min((test for test in tests if test in adjusted), key=adjusted.__getitem__, default=None)
        p, q = (column.tests[backed], adjusted[backed]) if backed else (None, None)
        drifted = limit is not None and value > limit and q is not None and q <= alpha
        effects.append(Effect(name, value, limit, p, q, drifted, values))
    drifted = any(effect.drifted for effect in effects)
    undecided = bool(column.reason) and not drifted
    reason = column.reason if undecided else ""
    return Drift(column.name, tuple(effects), column.n, column.m, None if undecided else drifted, reason)


def _measured(name: str, reference: Tally, current: Tally, limits: Limits, min_rows: int) -> _Column:
    n, m = reference.values + reference.nulls, current.values + current.nulls
    column = _Column(name, n, m, [], {})
    if isinstance(reference, Numbers) != isinstance(current, Numbers):
        column.reason = "one side holds numbers, the other categories"
        return column
    column.reason = _too_few(n, m, min_rows, "row")
    if not n or not m:
        return column
    _nulls(column, reference, current, limits)
    values = reference.values, current.values
    if not column.reason and any(values):
        column.reason = _too_few(*values, min_rows, "value")
    if all(values):
        if isinstance(reference, Numbers) and isinstance(current, Numbers):
            _numbers(column, reference, current, limits)
        elif isinstance(reference, Categories) and isinstance(current, Categories):
            _categories(column, reference, current, limits)
    if column.reason:
        enough = min(n, m) >= min_rows
        column.tests = {test: p for test, p in column.tests.items() if enough and test == _NULLS}
    return column


def _too_few(n: int, m: int, min_rows: int, what: str) -> str:
    for count, side in ((n, "reference"), (m, "current data")):
        if count < max(1, min_rows):
            return f"{count:,} {what}{'s' * (count != 1)} in the {side}, {max(1, min_rows):,} are needed"
    return ""


def _nulls(column: _Column, reference: Tally, current: Tally, limits: Limits) -> None:
    if not reference.nulls and not current.nulls:
        return
    cells = [(reference.nulls, current.nulls), (reference.values, current.values)]
    column.effects.append((_NULLS, distances.jensen_shannon(cells), limits.nulls, (_NULLS,), ()))
    column.tests[_NULLS] = significance.share_p(reference.nulls, column.n, current.nulls, column.m)


def _numbers(column: _Column, reference: Numbers, current: Numbers, limits: Limits) -> None:
    if reference.edges != current.edges:
        raise ValueError(f"the edges of {column.name} differ")
    d = distances.kolmogorov_smirnov(reference, current)
    cells = list(zip(reference.counts, current.counts, strict=True))
    occupied = sum(map(any, cells))
    if occupied <= _FEW_VALUES and not distances.apart(reference, current):
        column.tests[_SHAPE] = significance.homogeneity_p(cells, ordered=True)
    else:
        column.tests[_SHAPE] = significance.kolmogorov_smirnov_p(d, reference.values, current.values)
    if occupied > 2:
        column.tests[_SHIFT], column.tests[_SPREAD] = significance.ranks_p(cells)
    column.tests[_OUTSIDE] = significance.outside_p(reference, current)
    any_test = _SHAPE, _SHIFT, _SPREAD, _OUTSIDE
    tenths = deciles(reference.counts, current.counts)
    column.effects += [
        ("wasserstein", distances.wasserstein(reference, current), limits.wasserstein, any_test, ()),
        ("ks", d, limits.ks, (_SHAPE,), ()),
        ("js", distances.jensen_shannon(tenths), None, (_SHAPE,), ()),
    ]
    _psi(column, tenths, (reference.nulls, current.nulls), limits, ordered=True)
    if reference.constant:
        unseen = current.values if distances.apart(reference, current) else sum(b for a, b in cells if not a)
        column.effects.append((_NEW, unseen / current.values, limits.unseen, (_OUTSIDE,), ()))


def _categories(column: _Column, reference: Categories, current: Categories, limits: Limits) -> None:
    cells = aligned(reference, current)
    column.tests[_SHAPE] = significance.homogeneity_p(cells)
    column.effects.append(("js", distances.jensen_shannon(cells), limits.js, (_SHAPE,), ()))
    _psi(column, cells, (reference.nulls, current.nulls), limits)
    _unseen(column, _NEW, current, reference, limits)
    _unseen(column, _VANISHED, reference, current, limits)


def _psi(
    column: _Column, cells: Sequence[tuple[int, int]], nulls: tuple[int, int], limits: Limits, ordered: bool = False
) -> None:
    """PSI with nulls as a cell of their own. Its test is Pearson's on the same cells: n m / (n + m) PSI has the same
    distribution in the long run (Yurdakul & Naranjo 2020), but not with ten rows in a cell.
    """
    all_cells = [*cells, nulls] if any(nulls) else cells
    column.effects.append((_PSI, distances.population_stability(all_cells), limits.psi, (_PSI,), ()))
    if limits.psi is not None:
        column.tests[_PSI] = significance.homogeneity_p(all_cells, ordered)


def _unseen(column: _Column, name: str, side: Categories, other: Categories, limits: Limits) -> None:
    """Values of `side` that `other` lacks, where `other` lists every value that it has.

    Bonferroni counts each row of `side` that holds an unlisted value as one more value: there cannot be more.
    """
    if other.other:
        return
    known = {value for value, count in other.counts if count}
    listed = known | {value for value, count in side.counts if count}
    lacking = [(value, count) for value, count in side.counts if value not in known]
    tested = significance.unseen(lacking, side.values, other.values)
    many = len(listed) + side.other
    column.tests[name] = bonferroni(min((p for _, _, p in tested), default=1.0), many)
    sure = [(value, count) for value, count, p in tested if bonferroni(p, many) <= ALPHA]
    share = sum(count for _, count in lacking) / side.values
    column.effects.append((name, share, limits.unseen, (name,), tuple(sorted(sure, key=lambda pair: -pair[1]))))
