"""Small drawings for cells of a table: an interval against its limit, and how the values of a column are spread."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlops_gates.findings import ColumnView, Limit, Measurement
from mlops_gates.reporters.htmlplots import Scale, percent, svg
from mlops_gates.reporters.text import number


def interval(each: Measurement) -> str:
    """Return a dot with its interval as a whisker against the limit; nothing without an interval or a limit.

    What is shaded is beyond the limit.
    """
    between = each.interval
    if each.value is None or between is None or each.limit is None:
        return ""
    ends = [one for limit in (each.limit, each.warn) if limit for one in (limit.low, limit.high) if one is not None]
    shown = [each.value, between.low, between.high]
    if not ends or not all(map(math.isfinite, shown)):
        return ""
    near = [one for one in ends if math.isfinite(one)]
    least, most = min(*shown, *near), max(*shown, *near)
    space = (most - least) * 0.08 or abs(most) * 0.1 or 1.0
    scale = Scale(least - space, most + space, 4.0, 216.0)
    if not scale.drawable:
        return ""
    low, at, high = (f"{scale.at(one):.2f}" for one in (between.low, each.value, between.high))
    parts = [*_forbidden(each.limit, scale), *_marks(each.limit, scale, "limit"), *_marks(each.warn, scale, "warn")]
    parts.append(f'<path class="whisker" d="M{low} 15H{high}M{low} 10V20M{high} 10V20"/>')
    parts.append(f'<circle class="dot" cx="{at}" cy="15" r="4.5"/>')
    told = (
        f"{each.name} {number(each.value)}, {number(between.low)} to {number(between.high)}; limit: {each.limit.text}"
    )
    return svg(told, parts, 220, 30, "interval")


def spread(each: ColumnView) -> str:
    """Return shares of the rows by bin as bars, those of the reference as an outline."""
    highest = max((*each.shares, *each.reference), default=0.0)
    bins = max(len(each.shares), len(each.reference))
    if not 0 < highest < math.inf or not 0 < bins <= 60:
        return ""
    wide = 160 / bins
    parts = []
    for kind, shares in (("bar", each.shares), ("outline", each.reference)):
        for at, share in enumerate(shares):
            if share > 0:
                high = 36 * share / highest
                box = (
                    f'x="{at * wide + 1:.2f}" y="{38 - high:.2f}" width="{max(wide - 2, 0.5):.2f}" height="{high:.2f}"'
                )
                parts.append(f'<rect class="{kind}" {box}/>')
    now, then = (", ".join(map(percent, shares)) or "none" for shares in (each.shares, each.reference))
    return svg(
        f"{each.name}: shares of the rows by bin. Now: {now}. In the reference: {then}", parts, 160, 40, "spread"
    )


def _forbidden(limit: Limit, scale: Scale) -> Iterator[str]:
    if limit.low is not None and math.isfinite(limit.low):
        yield f'<rect class="forbidden" x="0" y="0" width="{scale.at(limit.low):.2f}" height="30"/>'
    if limit.high is not None and math.isfinite(limit.high):
        x = scale.at(limit.high)
        yield f'<rect class="forbidden" x="{x:.2f}" y="0" width="{220 - x:.2f}" height="30"/>'


def _marks(limit: Limit | None, scale: Scale, kind: str) -> Iterator[str]:
    for end in (limit.low, limit.high) if limit else ():
        if end is not None and math.isfinite(end):
            yield f'<path class="{kind}" d="M{scale.at(end):.2f} 0V30"/>'
