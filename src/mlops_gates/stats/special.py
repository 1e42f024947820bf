"""Survival functions of the tests, in plain math: whoever compares two tables of counts loads no numpy for it."""

from __future__ import annotations

import math

_EXACT = 1e-16
_TINY = 1e-300
_ENOUGH = 1e-12
"""Share of a sum below which the remaining terms, which fall geometrically, are left out."""


def chi_square_survival(statistic: float, degrees: int) -> float:
    """P(X >= statistic) of a chi-square variable: Q(degrees / 2, statistic / 2). 1 without degrees of freedom."""
    if degrees <= 0 or statistic <= 0:
        return 1.0
    return gamma_upper(degrees / 2, statistic / 2)


def gamma_upper(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x), a > 0, x >= 0.

    Below x = a + 1 by the series of P = 1 - Q (Abramowitz & Stegun 6.5.29), above by the continued fraction of Q
    (6.5.31) after Lentz; each converges fastest there (Gautschi 1979).
    """
    if x <= 0:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        return min(1.0, max(0.0, 1.0 - scale * _series(a, x)))
    return min(1.0, scale * _fraction(a, x))


def kolmogorov_survival(x: float) -> float:
    """P(K >= x) of Kolmogorov's distribution, by whichever of its two series needs a few terms only (Marsaglia 2003)."""
    if x <= 0.04:
        return 1.0
    if x < 1:
        terms = (math.exp(-(((2 * k - 1) * math.pi / x) ** 2) / 8) for k in range(1, 6))
        return min(1.0, max(0.0, 1.0 - math.sqrt(2 * math.pi) / x * sum(terms)))
    terms = (math.exp(-2 * (k * x) ** 2) * (1 if k % 2 else -1) for k in range(1, 8))
    return max(0.0, 2 * sum(terms))


def hypergeometric_survival(hits: int, draws: int, good: int, total: int) -> float:
    """P(X >= hits), X the good ones among `draws` out of `total` of which `good` are good, without putting back.

    The smaller tail is summed term by term from `hits` outwards, so that neither is a difference of numbers near 1.
    """
    low, high = max(0, draws + good - total), min(draws, good)
    if hits <= low:
        return 1.0
    if hits > high:
        return 0.0
    if hits * total >= draws * good:
        return min(1.0, _tail(hits, high, draws, good, total))
    return max(0.0, 1.0 - _tail(hits - 1, low, draws, good, total))


def _tail(start: int, end: int, draws: int, good: int, total: int) -> float:
    """Probabilities from `start` to `end`, both included, away from the middle."""
    step, rest = (1 if end >= start else -1), total - good - draws
    log = _log_choose(good, start) + _log_choose(total - good, draws - start) - _log_choose(total, draws)
    term = found = 1.0
    for k in range(start, end, step):
        if step > 0:
            term *= (good - k) * (draws - k) / ((k + 1) * (rest + k + 1))
        else:
            term *= k * (rest + k) / ((good - k + 1) * (draws - k + 1))
        found += term
        if term < found * _ENOUGH:
            break
    return math.exp(log) * found


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _series(a: float, x: float) -> float:
    term = found = 1 / a
    below = a
    while term > found * _EXACT:
        below += 1
        term *= x / below
        found += term
    return found


def _fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    found, k = d, 0
    while True:
        k += 1
        a_k, b = -k * (k - a), b + 2
        d = 1 / _kept(a_k * d + b)
        c = _kept(b + a_k / c)
        found *= c * d
        if abs(c * d - 1) < 4 * _EXACT or k > 10_000:
            return found


def _kept(x: float) -> float:
    return x if abs(x) > _TINY else _TINY
