"""Plots for the page, as inline SVG: pure functions from numbers to text, without a style or a script of their own.

Each has a `<title>` with its numbers in words. Lines are told apart by dashes and by the label at their end, not by colour.
Coordinates are pixels of a drawing 400 wide, which scales with the page; classes get their colours in `htmlstyle`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from mlops_gates.findings import Series
from mlops_gates.records import dataclass
from mlops_gates.reporters.htmltext import plain
from mlops_gates.reporters.text import count, cut, number

WIDTH, HEIGHT = 400.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 112.0, 16.0, 34.0
_MOST_POINTS = 240
_KINDS = ("l3", "l2", "l0", "l1")
_LONG = 15
"""Labels at the end of a line that are longer are written smaller."""
_DOTS = 25
"""Up to so many points each has a dot of its own."""
_FLOOR, _CEILING = -1.0, 6.0
"""Evidence beyond these multiples of the bound is drawn at the edge."""

Points = Sequence[float | None]


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` on pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value; values beyond the scale are at its edge."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def drawable(self) -> bool:
        """Whether floating point can tell the pixels apart."""
        ends = max(abs(self.low), abs(self.high))
        return math.isfinite(self.high - self.low) and self.high - self.low > max(1e-300, 1e-12 * ends)


def evidence(series: Series) -> str:
    """Return how the evidence came up to the bound, row by row; nothing where there is none to draw.

    A row in which nothing was measured is a gap.
    """
    bound = series.bound
    if len(series.plot) != len(series.rows) or not series.plot or not (math.isfinite(bound) and bound > 0):
        return ""
    points = [None if _silent(series, at) else value for at, value in enumerate(series.plot)]
    seen = [value / bound for value in _finite(points)]
    if not seen:
        return ""
    high = max(1.2, min(max(seen) * 1.05, _CEILING))
    scale = Scale(min(0.0, max(min(seen), _FLOOR)), high, HEIGHT - BOTTOM, TOP)
    shares: Points = [None if value is None or not math.isfinite(value) else value / bound for value in points]
    what = series.decides or "the bound"
    parts = [*_grid(scale, percent), *_early(series), *_rows_axis(series)]
    parts += _across(scale.at(1.0), "bound", plain(f"100 %: {what}", 44))
    parts += _curve(shares, scale, "l1", series, "evidence", percent)
    parts += _end_labels([(scale.at(last), percent(last), "l1") for last in _last(shares)])
    last = f"{count(len(seen), 'value')}, the last {percent(seen[-1])} of what is needed"
    return svg(f"Evidence of {series.name}: {last}; 100 %: {what}", parts)


def measured(series: Series) -> str:
    """Return the lines of what was measured, row by row, with the limit; nothing where there is none to draw."""
    whole = [(line.name, [_number(each) for each in line.values]) for line in series.lines[:4]]
    lines = [(name, values) for name, values in whole if len(values) == len(series.rows) and _finite(values)]
    seen = [value for _, values in lines for value in _finite(values)]
    if not seen:
        return ""
    limit = series.limit if series.limit is not None and math.isfinite(series.limit) else None
    words = percent if series.unit == "share" else lambda value: f"{number(value)} {series.unit[:8]}".strip()
    highest = max(map(abs, seen))
    near = limit is not None and (abs(limit) <= 2.5 * highest or not highest)
    scale = _measured_scale([*seen, *([limit] if limit is not None and near else [])], series.unit)
    if not scale.drawable:
        return ""
    parts = [*_grid(scale, words), *_rows_axis(series)]
    if limit is not None:
        parts += (
            _across(scale.at(limit), "limit", plain(f"limit {words(limit)}", 44)) if near else _beyond(limit, words)
        )
    ends = []
    # The last line is what the limit is about, and looks the same whether or not there is a line to compare it with.
    for kind, (name, values) in zip(_KINDS[-len(lines) :], lines, strict=True):
        parts += _curve(values, scale, kind, series, name, words)
        ends += [(scale.at(last), f"{cut(name, 10)} {words(last)}", kind) for last in _last(values)]
    told = "; ".join(f"{name}: the last {words(last)}" for name, values in lines for last in _last(values))
    return svg(f"Measured for {series.name}: {told}", [*parts, *_end_labels(ends)])


def svg(told: str, parts: Sequence[str], width: float = WIDTH, height: float = HEIGHT, kind: str = "plot") -> str:
    """Return a drawing of that many pixels; `told` is what it shows, in words."""
    title = f"<title>{plain(told, 600)}</title>"
    return f'<svg class="{kind}" role="img" viewBox="0 0 {width:g} {height:g}">{title}{"".join(parts)}</svg>'


def _x(at: int, rows: int) -> float:
    wide = WIDTH - LEFT - RIGHT
    return LEFT + (wide / 2 if rows < 2 else wide * at / (rows - 1))


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _finite(values: Points) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


def _last(values: Points) -> list[float]:
    return _finite(values)[-1:]


def _silent(series: Series, at: int) -> bool:
    whole = [line.values for line in series.lines if len(line.values) == len(series.rows)]
    return bool(whole) and all(values[at] is None for values in whole)


def percent(share: float) -> str:
    """Return `3.6 %` for 0.036; what is no more than a rounding error is 0."""
    share = share if abs(share) >= 1e-9 else 0.0
    return f"{100 * share:.3g} %" if abs(share) < 10 else f"{100 * share:,.0f} %"


def _measured_scale(values: Sequence[float], unit: str) -> Scale:
    """Shares begin at 0; other numbers where they do."""
    low, high = min(values), max(values)
    if unit == "share" and low >= 0:
        return Scale(0.0, high * 1.1 or 0.01, HEIGHT - BOTTOM, TOP)
    space = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return Scale(low - space, high + space, HEIGHT - BOTTOM, TOP)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers within the ends, at most `most` + 1 of them."""
    rough = (high - low) / most
    power: float = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return [at * step for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _grid(scale: Scale, words: Callable[[float], str]) -> Iterator[str]:
    for value in ticks(scale.low, scale.high):
        y = scale.at(value)
        yield f'<path class="grid" d="M{LEFT:g} {y:.2f}H{WIDTH - RIGHT:g}"/>'
        yield f'<text class="tick" x="{LEFT - 5:g}" y="{y + 3.5:.2f}" text-anchor="end">{plain(words(value), 16)}</text>'


def _rows_axis(series: Series) -> Iterator[str]:
    """The first cells of some rows, and what they are."""
    rows = len(series.rows)
    steps = max(1, math.ceil((rows - 1) / 5))
    shown = [at for at in range(0, rows, steps) if rows - 1 - at >= steps or at == rows - 1]
    for at in dict.fromkeys([*shown, rows - 1]):
        word = plain(next(iter(series.rows[at]), ""), 6)
        yield f'<text class="tick" x="{_x(at, rows):.2f}" y="{HEIGHT - BOTTOM + 14:g}" text-anchor="middle">{word}</text>'
    name = plain(next(iter(series.head), ""), 24)
    yield f'<text class="tick" x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="{HEIGHT - 5:g}" text-anchor="middle">{name}</text>'


def _early(series: Series) -> Iterator[str]:
    """A shade over the rows in which the bound may not decide yet."""
    rows = len(series.rows)
    if series.since > 1:
        last = min(series.since - 1, rows)
        end = WIDTH - RIGHT if last == rows else (_x(last - 1, rows) + _x(last, rows)) / 2
        box = f'x="{LEFT:g}" y="{TOP:g}" width="{end - LEFT:.2f}" height="{HEIGHT - BOTTOM - TOP:g}"'
        yield f'<rect class="early" {box}/>'


def _across(y: float, kind: str, label: str) -> Iterator[str]:
    yield f'<path class="{kind}" d="M{LEFT:g} {y:.2f}H{WIDTH - RIGHT:g}"/>'
    above = y - 4 if y - 4 > TOP + 8 else y + 12
    yield f'<text class="{kind}-label" x="{LEFT + 4:g}" y="{above:.2f}">{label}</text>'


def _beyond(limit: float, words: Callable[[float], str]) -> Iterator[str]:
    """The limit where it is so far off that a line would flatten the others."""
    told = plain(f"limit {words(limit)}, beyond this plot", 60)
    arrow, y = ("↑", TOP - 4) if limit > 0 else ("↓", HEIGHT - BOTTOM - 4)
    yield f'<text class="limit-label" x="{LEFT + 4:g}" y="{y:g}">{arrow} {told}</text>'


def _curve(
    values: Points, scale: Scale, kind: str, series: Series, name: str, words: Callable[[float], str]
) -> Iterator[str]:
    """A line with gaps where nothing is known, and dots with their numbers where there are few."""
    rows = len(values)
    places = [(_x(at, rows), values[at], at) for at in _thinned(values)]
    for known, run in groupby(places, key=lambda place: place[1] is not None):
        points = [f"{x:.2f} {scale.at(y):.2f}" for x, y, _ in run if y is not None]
        if known and len(points) > 1:
            yield f'<path class="line {kind}" d="M{"L".join(points)}"/>'
    final = max((at for _, value, at in places if value is not None), default=-1)
    for x, value, at in places:
        if value is not None and (rows <= _DOTS or at == final):
            row = next(iter(series.rows[at]), "")[:12]
            told = plain(f"{next(iter(series.head), '')[:24]} {row}: {name[:24]} {words(value)}", 120)
            size = "4" if at == final else "2.5"
            place = f'cx="{x:.2f}" cy="{scale.at(value):.2f}" r="{size}"'
            yield f'<circle class="point {kind}" {place}><title>{told}</title></circle>'


def _thinned(values: Points) -> list[int]:
    """The places of so many values that a line of them looks like that of all: the ends of each stretch, and its gaps."""
    if len(values) <= _MOST_POINTS:
        return list(range(len(values)))
    size = math.ceil(len(values) / (_MOST_POINTS // 2))
    shown = {0, len(values) - 1}
    for start in range(0, len(values), size):
        stretch = range(start, min(start + size, len(values)))
        known = sorted((value, at) for at in stretch if (value := values[at]) is not None)
        shown |= {at for _, at in (known[:1] + known[-1:])}
        shown |= set([at for at in stretch if values[at] is None][:1])
    return sorted(shown)


def _end_labels(ends: Sequence[tuple[float, str, str]]) -> Iterator[str]:
    """What each line is, at its end; those that would lie on each other are moved apart."""
    lowest = TOP
    for y, label, kind in sorted(ends):
        lowest = max(y, lowest)
        size = " long" if len(label) > _LONG else ""
        place = f'x="{WIDTH - RIGHT + 8:g}" y="{lowest + 4:.2f}"'
        yield f'<text class="end {kind}{size}" {place}>{plain(label, 20)}</text>'
        lowest += 13
