"""Numbers of a table in reports."""

from __future__ import annotations

_EXACT = 2**53
"""Up to here a float holds every whole number."""


def rounded(value: float | None) -> float | None:
    """Seven significant digits, but all of a whole number: one row may be what breaks the limit of a count.

    Threads add in an order of their own, which changes the last digits of a sum.
    """
    if value is None or (float(value).is_integer() and abs(value) <= _EXACT):
        return value
    return float(f"{value:.7g}")


def told(value: float) -> str:
    """The number in words, at most six significant digits."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.6g}"


def bound(value: float) -> str:
    """A limit as the config has it: every digit, whole numbers with their thousands."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else repr(value)
