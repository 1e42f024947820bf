"""How many rows two tables share by chance, where rows are drawn from the same few values."""

from __future__ import annotations

from mlops_gates.stats.special import hypergeometric_survival


def expected(rows: int, twins: int, others: int) -> float:
    """How many of `rows` new rows stand among `others` by chance, of which `twins` equal another one among them.

    The chance that a new row was seen before is the share of the rows that would be seen again if each were left out
    once: 1 - N1 / n, N1 being the rows that stand once (Good 1953, Biometrika 40, 237-264; the estimate is Turing's).
    """
    return rows * twins / others if others else 0.0


def p_value(shared: int, rows: int, twins: int, others: int) -> float:
    """The chance of at least so many shared rows if both tables are draws of the same rows (Fisher's exact test).

    Twins come at least in twos, so that their number varies twice as much as a count of independent rows (Esty 1986,
    Annals of Statistics 14, 1257-1260); they count as half as many in a table of half the size.
    """
    if not others:
        return 1.0
    good, table = twins // 2, max(1, others // 2)
    return hypergeometric_survival(shared, rows, shared + good, rows + table)
