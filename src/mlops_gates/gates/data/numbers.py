"""Numbers of a table in reports."""

from __future__ import annotations


def rounded(value: float | None) -> float | None:
    """Seven significant digits. Threads add in an order of their own, which changes the last digits of a sum."""
    return None if value is None else float(f"{value:.7g}")


def told(value: float) -> str:
    """The number in words, at most six significant digits."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.6g}"
