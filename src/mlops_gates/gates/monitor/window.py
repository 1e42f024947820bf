"""monitor.window"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.monitor.scope import MonitorScope

_EXACT = "counted, not estimated"


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    window, options = scope.window, scope.options
    if window is None:
        raise Skip("the block names no `live` rows")
    there, line = window.inside, scope.context.line
    enough = there >= options.min_rows
    last = f" of the last {_told(options.duration)}" if options.duration else ""
    yield Measurement(
        rule=CHECK.id,
        subject="rows",
        name="live_rows",
        value=float(there) if enough else None,
        text=f"{there:,} live rows{last}, of {window.rows:,}",
        reason="" if enough else f"{there:,} live rows{last} of {window.rows:,}, {options.min_rows:,} are needed",
        limit=Limit(float(options.min_rows), None, f"at least {options.min_rows:,}", line("min_rows")),
        unit="rows",
        exact=_EXACT,
        n=window.rows,
        remedy=CHECK.remedy,
    )
    for name, count, words in (
        ("unreadable", window.without, "rows have no moment that can be read"),
        ("future", window.after, "rows lie after the end of the window"),
    ):
        if count:
            yield Measurement(
                rule=CHECK.id,
                subject=f"{name} moments",
                name=f"{name}_moments",
                value=float(count),
                text=f"{count:,} {words}; they are left out",
                warn=Limit(None, 0, "none", line("time")),
                unit="rows",
                exact=_EXACT,
                n=window.rows,
                remedy="Look for a wrong clock or time zone, or another format of moments.",
            )


def _told(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


CHECK: Check[MonitorScope] = Check(
    id="monitor.window",
    title="There are live rows to look at",
    help="Of `live`, the rows whose moment (column `time`) lies in the last `duration` before `until`, or before now. "
    "Moments are timestamps, ISO text (a zone is heeded, none is UTC), Unix seconds or milliseconds. Too few rows are "
    "inconclusive: an endpoint that nobody asked has not been watched. Rows after the end of the window and rows whose "
    "moment cannot be read are left out, and warn.",
    remedy="Look whether requests arrive and are captured; take a longer `duration`.",
    example="monitor:\n  live: data/test.csv\n  time: moment\n  duration: 24h\n  min_rows: 200\n",
    body=_body,
)
