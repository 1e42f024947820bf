"""monitor.window"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Location, Measurement
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.window import Window

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
        reason="" if enough else f"{options.min_rows:,} are needed",
        limit=Limit(float(options.min_rows), None, f"at least {options.min_rows:,}", line("min_rows")),
        unit="rows",
        exact=_EXACT,
        n=window.rows,
        remedy=CHECK.remedy,
    )
    yield from odd_moments(CHECK.id, window, line("time"), later=options.until is not None)
    yield from _repeated(scope)


def odd_moments(rule: str, window: Window, where: Location, *, later: bool, of: str = "rows") -> Iterator[Measurement]:
    """Rows that the window leaves out since their moment cannot be read, or lies after its end; `later`: as it may."""
    if window.without:
        most = window.without > window.inside
        yield Measurement(
            rule=rule,
            subject="unreadable moments",
            name="unreadable_moments",
            value=None if most else float(window.without),
            text=f"{window.without:,} {of} have no moment that can be read; they are left out",
            reason="these are more than the window holds" if most else "",
            warn=Limit(None, 0, "none", where),
            unit="rows",
            exact=_EXACT,
            n=window.rows,
            remedy="Look for another format of moments; known are timestamps, ISO text, Unix seconds and milliseconds.",
        )
    after = window.after if later else window.ahead
    if after:
        yield Measurement(
            rule=rule,
            subject="future moments",
            name="future_moments",
            value=float(after),
            text=f"{after:,} {of} lie after the end of the window; they are left out",
            warn=None if later else Limit(None, 0, "none", where),
            unit="rows",
            exact=_EXACT,
            n=window.rows,
            remedy="Look for a wrong clock or time zone.",
        )


def _repeated(scope: MonitorScope) -> Iterator[Measurement]:
    """Requests that were captured, or copied, more than once: each counts as often as it stands there."""
    table = scope.opened.table if scope.opened and scope.options.capture else None
    if not isinstance(table, DuckTable):
        return
    places = "count(*) - count(DISTINCT (event_id, event_row))"
    count = table.rows_of(f"SELECT {places} FROM data WHERE event_id IS NOT NULL")[0][0]  # noqa: S608 - no name of others
    if count:
        yield Measurement(
            rule=CHECK.id,
            subject="repeated events",
            name="repeated_events",
            value=float(count),
            text=f"{count:,} captured rows have an event id that another has too; each of them counts",
            warn=Limit(None, 0, "none", scope.context.line("live")),
            unit="rows",
            exact=_EXACT,
            n=scope.plan.rows,
            remedy="Look whether files of the capture were copied twice.",
        )


def _told(seconds: float) -> str:
    for unit, size, least in (("d", 86_400, 172_800), ("h", 3_600, 3_600), ("m", 60, 60)):
        if seconds >= least:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


CHECK: Check[MonitorScope] = Check(
    id="monitor.window",
    title="There are live rows to look at",
    help="Of `live`, the rows whose moment (column `time`) lies in the last `duration` before `until`, or before now. "
    "Moments are timestamps, ISO text (a zone is heeded, none is UTC), Unix seconds or milliseconds. Too few rows are "
    "inconclusive: an endpoint that nobody asked has not been watched. Rows whose moment cannot be read are left out and warn; "
    "where they are more than those in the window, that is inconclusive. Rows after the end are left out; without `until` "
    "those more than five minutes later warn. Captured rows whose event stands there twice warn.",
    remedy="Look whether requests arrive and are captured; take a longer `duration`.",
    example="monitor:\n  live: data/test.csv\n  time: moment\n  duration: 24h\n  min_rows: 200\n",
    body=_body,
)
