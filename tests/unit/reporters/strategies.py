"""Reports with any text and any number in them."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from mlops_gates.findings import (
    CheckResult,
    ColumnView,
    Finding,
    GateResult,
    Interval,
    Limit,
    Line,
    Location,
    Measurement,
    Report,
    Series,
    Severity,
    Status,
    Subject,
    Tool,
)

few = settings(max_examples=30, deadline=None)
"""For tests that draw whole reports, which is slow."""

NASTY = [
    "::error::x",
    "##[error]x",
    "|",
    "`",
    "<b>",
    "&amp;",
    "]]>",
    "\x00",
    "\x1b[2K",
    "\r",
    "\n",
    '"',
    "\\",
    "@a",
    "é",
    "😀",
    "\u202e",
]
texts = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(NASTY), max_size=6).map("".join))
floats = st.floats(allow_nan=False)
files = st.one_of(
    st.sampled_from(["mlops-gates.yml", "data/test set.csv", "a#b?c%20.csv"]), st.text(min_size=1, max_size=12)
)
locations = st.builds(Location, files, st.integers(1, 10**6), st.one_of(st.none(), st.integers(1, 99)))
statuses = st.sampled_from(Status)
findings = st.builds(
    Finding,
    rule=st.one_of(st.sampled_from(["data.nulls", "model.accuracy"]), texts),
    subject=texts,
    status=statuses,
    severity=st.sampled_from(Severity),
    message=texts,
    location=locations,
    related=st.lists(locations, max_size=3).map(tuple),
    remedy=texts,
    waived=st.one_of(st.just(""), texts),
)
limits = st.builds(Limit, st.none() | floats, st.none() | floats, texts, locations)
intervals = st.builds(Interval, floats, floats, st.floats(0, 1), texts)
measurements = st.builds(
    Measurement,
    rule=texts,
    subject=texts,
    name=texts,
    value=st.none() | floats,
    text=texts,
    limit=st.none() | limits,
    unit=texts,
    interval=st.none() | intervals,
    exact=texts,
    n=st.none() | st.integers(0, 10**9),
    places=st.lists(locations, max_size=2).map(tuple),
    first=texts,
    remedy=texts,
    reason=texts,
)
checks = st.builds(
    CheckResult,
    check=texts,
    title=texts,
    status=statuses,
    findings=st.lists(findings, max_size=3).map(tuple),
    measurements=st.lists(measurements, max_size=2).map(tuple),
    reason=texts,
    seconds=st.floats(0, 1e6),
)
numbers = st.none() | floats
lines = st.builds(Line, texts, st.lists(numbers, max_size=4).map(tuple))
series = st.builds(
    Series,
    texts,
    st.lists(texts, max_size=3).map(tuple),
    st.lists(st.lists(texts, max_size=3).map(tuple), max_size=4).map(tuple),
    st.lists(floats, max_size=4).map(tuple),
    floats,
    texts,
    st.integers(-2, 9),
    st.lists(lines, max_size=3).map(tuple),
    st.one_of(st.just("share"), texts),
    numbers,
    texts,
)
shares = st.lists(st.floats(0, 1), max_size=4).map(tuple)
columns = st.builds(ColumnView, texts, texts, st.integers(0, 10**9), st.just(()), shares, shares)
gates = st.builds(
    GateResult,
    gate=texts,
    block=texts,
    status=statuses,
    checks=st.lists(checks, max_size=2).map(tuple),
    seconds=st.floats(0, 1e6),
    facts=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    softened=texts,
    columns=st.lists(columns, max_size=1).map(tuple),
    series=st.lists(series, max_size=1).map(tuple),
)
reports = st.builds(
    Report,
    status=st.sampled_from([status for status in Status if not status.good]),
    exit_code=st.sampled_from([1, 2, 3, 130, 143]),
    tool=st.builds(Tool, version=texts),
    gates=st.lists(gates, max_size=2).map(tuple),
    fatal=st.none() | findings,
    subjects=st.lists(st.builds(Subject, texts, texts, texts, texts), max_size=2).map(tuple),
    softened=st.lists(texts, max_size=2).map(tuple),
    notes=st.lists(texts, max_size=2).map(tuple),
    values=st.dictionaries(st.sampled_from(["quality-score", "best-model", "model-version"]), texts),
    metrics=st.dictionaries(texts, floats, max_size=3),
    environment=texts,
    started=texts,
    seconds=st.floats(0, 1e6),
)
