"""The page: what it says, what it never does, and how much of it there is."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from itertools import pairwise

import pytest
from hypothesis import given

from mlops_gates.findings import Finding, GateResult, Location, Report, Series, Severity, Status
from mlops_gates.reporters import html
from mlops_gates.reporters.htmlstyle import STYLE
from mlops_gates.reporters.htmltext import code, plain, prose, took
from mlops_gates.reporters.text import visible

from . import fixture
from .page import Node, read
from .strategies import few, reports, texts

REPORTS = [fixture.rich, fixture.fatal, fixture.good, fixture.canary]
HOSTILE = (
    "<script>alert(1)</script>", "</style><script>x</script>", "\"' onload=alert(1) x='", "a\x00b\x1b[31m", "\u202egnp.exe",
    "]]>", "javascript:alert(1)", "<!-- ", "&lt;b&gt;&#60;", "`</code><img src=x onerror=alert(1)>`", "\ud800",
)  # fmt: skip


def page_of(report: Report) -> Node:
    return read(html.render(report))


@few
@given(reports)
def test_whatever_the_data_says_the_page_is_ours(report: Report) -> None:
    read(html.render(report))


@given(texts)
def test_text_is_shown_as_it_is(text: str) -> None:
    for made in (plain(text), code(text), prose(text)):
        assert read(made).text.replace("`", "") == visible(text, 300).replace("`", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_everywhere(text: str) -> None:
    rich = fixture.rich()
    place = Location(text, 3)
    finding = Finding(text, text, Status.FAILED, Severity.ERROR, text, place, (place,), text)
    series = Series(text, (text, text), ((text, text),), (1.0,), decides=text, unit=text, said=text)
    series = dataclasses.replace(
        series, lines=tuple(dataclasses.replace(one, name=text) for one in _lines()), limit=0.2
    )
    check = dataclasses.replace(rich.gates[0].checks[0], check=text, title=text, reason=text, findings=(finding,) * 14)
    gate = GateResult(text, text, Status.FAILED, (check,), 1, ((text, text),), text, rich.gates[0].columns, (series,))
    report = dataclasses.replace(
        rich, gates=(gate,), notes=(text,), softened=(text,), environment=text, started=text, values={text: text}
    )
    page = page_of(report)
    assert len(page.all("svg", "plot")) == 2
    made = html.render(report)
    assert not {char for char in made if (ord(char) < 32 and char != "\n") or char in "\u202e\x7f\ud800"}
    made.encode("utf-8")


def _lines():
    return [dataclasses.replace(fixture.canary().gates[0].series[0].lines[0], values=(0.1,))]


def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    page = page_of(fixture.rich())
    policy = next(one.attributes["content"] for one in page.all("meta") if "http-equiv" in one.attributes)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    digest = base64.b64encode(hashlib.sha256(page.all("style")[0].text.encode()).digest()).decode()
    assert rules == {
        "default-src": "'none'", "style-src": f"'sha256-{digest}'", "base-uri": "'none'", "form-action": "'none'"
    }  # fmt: skip
    assert not re.search(r"url\(|@import|@font-face|//", STYLE)


def test_the_verdict_comes_first_with_its_reason() -> None:
    page = page_of(fixture.canary())
    header = page.all("header")[0]
    assert header.all("h1")[0].text == "✕ FAILED"
    why = header.all("div", "why")[0].text
    for words in (
        "canary.decision", "error_rate", "2.90 times the baseline's rate", "Rolled back", "mlops-gates.yml:12", "What to do:"
    ):  # fmt: skip
        assert words in why
    # Where it is the only one, it is told once.
    assert not page.all("article")
    assert "✓" in page_of(fixture.good()).all("h1")[0].text


def test_an_undecided_run_says_why_where_nothing_was_found() -> None:
    gate = fixture.model_gate()
    report = Report(Status.ERRORED, 3, fixture.rich().tool, (dataclasses.replace(gate, checks=gate.checks[2:]),))
    assert "the worker was stopped after 600 s" in page_of(report).all("header")[0].text
    assert "fairness: there is one group in gender" in page_of(report).text


def test_everything_of_the_report_is_there() -> None:
    text = page_of(fixture.rich()).text
    for words in (
        "new customers have none yet, until 2027-01-31", "policy.inconclusive: warn", "advisory: drift findings warn",
        "the worker was stopped after 600 s", "the test data holds one class only", "there is one group in gender",
        f"sha256:{'ab' * 32}", "no digest: it is remote", "2 columns have no rule", "took 13.8 s", "mlops-gates 0.1.0",
        "environment production", "exit code 1: at least one check failed", "data/test set.csv:489",
        "lines 754, 937, 1083, 1341",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("report", REPORTS)
def test_a_screen_reader_can_read_it(report) -> None:
    page = page_of(report())
    assert page.all("html")[0].attributes["lang"] == "en"
    for table in page.all("table"):
        assert table.attributes["aria-label"]
        heads = table.all("th")
        assert heads
        assert all(one.attributes["scope"] == "col" and one.text.strip() for one in heads)
        assert {len(row.all("td")) for row in table.all("tbody")[0].all("tr")} <= {len(heads)}
    for drawing in page.all("svg"):
        assert drawing.attributes["role"] == "img"
        assert drawing.children[0].tag == "title"
        assert drawing.children[0].text
    levels = [int(tag[1]) for tag in re.findall(r"<(h[1-5])>", html.render(report()))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def _luminance(colour: str) -> float:
    colour = "".join(2 * digit for digit in colour) if len(colour) == 3 else colour
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", re.findall(r":root\{(color-scheme[^}]*|--page[^}]*)\}", STYLE))
def test_every_colour_of_words_can_be_read(palette: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 on each ground that words stand on."""
    colours = dict(re.findall(r"--(\w+):#([0-9a-f]+)", palette))
    for words in ("ink", "soft", "blue", "red", "amber", "green", "violet", "grey"):
        for ground in ("page", "card", "fill"):
            dark, light = sorted((_luminance(colours[words]), _luminance(colours[ground])))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (words, ground)


def _flood(gates: int) -> Report:
    rich, long = fixture.rich(), "<m>" * 400
    finding = Finding("data.nulls", "c", Status.FAILED, Severity.ERROR, long, Location(long, 1), (), long)
    found = tuple(dataclasses.replace(finding, subject=f"c{at}") for at in range(1_000))
    waived = tuple(dataclasses.replace(each, waived=long) for each in found[:200])
    gate = fixture.data_gate()
    first = dataclasses.replace(gate.checks[0], findings=found + waived, measurements=gate.checks[0].measurements * 500)
    skipped = tuple(dataclasses.replace(gate.checks[0], status=Status.SKIPPED, reason=long) for _ in range(300))
    series = dataclasses.replace(
        fixture.canary().gates[0].series[0],
        rows=tuple((str(at), long) for at in range(2_000)),
        plot=tuple(at % 7 / 10 for at in range(2_000)),
        lines=(),
    )
    gate = dataclasses.replace(
        gate, checks=(first, *skipped), facts=((long, long),) * 300, columns=gate.columns * 500, series=(series,) * 10
    )
    return dataclasses.replace(
        rich,
        gates=(gate,) * gates,
        subjects=rich.subjects * 1_000,
        notes=(long,) * 500,
        softened=tuple(f"{at}{long}" for at in range(500)),
        values={f"{at}{long}": long for at in range(300)},
    )


@pytest.mark.parametrize(
    ("gates", "what"),
    [(1, ("findings", "rows", "earlier rows", "facts", "lines")), (5, ("findings", "rows", "notes"))],
)
def test_a_flood_is_cut_honestly(gates: int, what: tuple[str, ...]) -> None:
    made = html.render(_flood(gates))
    assert len(made.encode()) <= html.LIMIT_BYTES
    page = read(made)
    left_out = [one.text for one in page.all("p", "cut")]
    for words in what:
        assert any(f"{words} did not fit here; results.json has everything." in one for one in left_out), words
    assert page.all("details")


def test_a_megabyte_in_one_word_is_a_short_page() -> None:
    report = dataclasses.replace(fixture.rich(), notes=("x" * 1_000_000,), environment="<" * 1_000_000)
    assert len(html.render(report)) < 60_000
    read(html.render(report))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 s"),
        (0.25, "0.2 s"),
        (99.4, "99.4 s"),
        (100, "1 min 40 s"),
        (7260, "2 h 1 min"),
        (float("nan"), "–"),
        (-1, "–"),
    ],
)
def test_durations_are_told_as_a_person_does(seconds: float, said: str) -> None:
    assert took(seconds) == said


def test_of_a_long_canary_the_looks_that_decided_are_kept_in_their_order() -> None:
    gate = fixture.canary().gates[0]
    rows = tuple((str(at), "0.01", "0.012", "1.2", "") for at in range(1, 5_001))
    long = dataclasses.replace(gate.series[0], rows=rows, plot=(0.1,) * 5_000, lines=())
    page = page_of(dataclasses.replace(fixture.canary(), gates=(dataclasses.replace(gate, series=(long,)),)))
    told = [row.all("td")[0].text for row in page.all("figure")[0].all("table")[0].all("tr")[1:]]
    assert 100 < len(told) < 5_000
    assert told == [str(at) for at in range(5_001 - len(told), 5_001)]


@pytest.mark.parametrize("looks", [40, 60, 3_000])
def test_twenty_metrics_of_a_canary_are_all_drawn_beside_other_gates(looks: int) -> None:
    gate = fixture.canary().gates[0]
    values = tuple(at % 13 / 100 for at in range(looks))
    one = dataclasses.replace(
        gate.series[0],
        rows=tuple((str(at + 1), "0.01", "0.012", "1.2", "") for at in range(looks)),
        plot=values,
        lines=tuple(dataclasses.replace(line, values=values) for line in gate.series[0].lines),
    )
    report = dataclasses.replace(
        fixture.rich(), gates=(*fixture.rich().gates, dataclasses.replace(gate, series=(one,) * 20))
    )
    page = page_of(report)
    assert len(page.all("svg", "plot")) == 40
    assert not [cut.text for cut in page.all("p", "cut") if "metric" in cut.text]
