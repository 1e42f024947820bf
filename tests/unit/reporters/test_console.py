from __future__ import annotations

import dataclasses
import io
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.findings import GateResult, Report, Status
from mlops_gates.reporters import console
from mlops_gates.reporters.live import LogProgress, TerminalProgress

from . import fixture
from .strategies import few, reports


@few
@given(reports, st.integers(0, 200), st.booleans(), st.booleans())
def test_no_line_is_a_command_and_no_byte_steers_the_terminal(
    report: Report, width: int, colour: bool, unicode: bool
) -> None:
    text = console.render(report, colour=colour, width=width, unicode=unicode)
    if colour:
        text = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "##[" not in text
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    if not unicode:
        assert text.isascii()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_keep_the_width(width: int) -> None:
    text = console.render(fixture.rich(), colour=False, width=width)
    body = text[text.index("\n") : text.index("───")]
    assert [line for line in body.splitlines() if len(line) > width] == []


def test_a_pass_with_waivers_does_not_claim_that_every_limit_was_kept() -> None:
    waived = dataclasses.replace(fixture.data_gate().checks[0].findings[2], status=Status.PASSED)
    check = dataclasses.replace(fixture.good().gates[0].checks[0], findings=(waived,))
    gate = dataclasses.replace(fixture.good().gates[0], checks=(check,))
    text = console.render(dataclasses.replace(fixture.good(), gates=(gate,)), colour=False, width=100)
    assert "✓ PASSED: every limit was kept or its break is waived" in text
    assert "waived: Partner (new customers have none yet, until 2027-01-31)" in text


def test_colour_is_only_paint() -> None:
    painted = console.render(fixture.rich(), colour=True, width=100)
    plain = console.render(fixture.rich(), colour=False, width=100)
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == plain
    assert "\x1b[" in painted


@pytest.mark.parametrize(("encoding", "speaks"), [("utf-8", True), ("ascii", False), ("cp1252", False)])
def test_signs_follow_the_encoding(encoding: str, speaks: bool) -> None:
    assert console.speaks_unicode(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) is speaks


def test_a_log_gets_plain_lines() -> None:
    out = io.StringIO()
    with LogProgress(out) as progress:
        progress.started("data", "telco")
        progress.advanced("data", "telco", "reading\n::error::x")
        progress.finished(fixture.data_gate())
    assert out.getvalue().splitlines() == [
        "data (telco): started",
        "data (telco): reading :\u200b:error:\u200b:x",
        "data (telco): failed, 4 checks, 2 to look at, 1.2 s",
    ]


def test_lines_of_several_threads_stay_whole() -> None:
    out = io.StringIO()
    progress = LogProgress(out)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: progress.advanced("data", str(at % 8), "x" * 50), range(400)))
    assert set(out.getvalue().splitlines()) == {f"data ({at}): {'x' * 50}" for at in range(8)}
    assert len(out.getvalue().splitlines()) == 400


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_terminal_gets_one_line_that_is_wiped(encoding: str) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    with TerminalProgress(out, clock=lambda: 3.0) as progress:
        progress.started("data", "")
        progress.advanced("data", "", "reading é")
        progress.finished(GateResult("data", "", Status.PASSED))
    out.flush()
    text = raw.getvalue().decode(encoding)
    assert "0 s  data: reading" in text
    assert "\n" not in text
    assert text.endswith("\r\x1b[2K")
