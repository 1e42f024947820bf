from __future__ import annotations

import dataclasses
import html
import re

import pytest
from hypothesis import given

from mlops_gates.findings import Finding, Location, Report, Severity, Status
from mlops_gates.reporters import summary
from mlops_gates.reporters.markdown import cell, table
from mlops_gates.reporters.text import visible

from . import fixture
from .strategies import few, reports, texts

markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py renders Markdown as GitHub does")
TAG = re.compile(r"<[^>]*>")


def as_html(markdown: str) -> str:
    made: str = markdown_it.MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(markdown)
    return made


@given(texts)
def test_a_cell_shows_its_text_and_nothing_else(text: str) -> None:
    made = as_html("\n".join(table(["a", "b"], [[cell(text), "end"]], 10_000)))
    assert made.count("<td>") == 2
    shown = re.search(r"<td>(.*?)</td>", made, re.DOTALL)[1]
    assert set(TAG.findall(shown)) <= {"<code>", "</code>"}
    plain = html.unescape(TAG.sub("", shown)).replace("\u200b", "")
    assert plain.replace("`", "").strip() == visible(text).replace("`", "").strip()


@few
@given(reports)
def test_no_markup_comes_from_data(report: Report) -> None:
    ours = {
        "code",
        "br",
        "details",
        "summary",
        "sub",
        "h2",
        "h3",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    ours |= {"blockquote", "ul", "li", "hr", "em"}
    made = as_html(summary.render(report))
    assert {tag.strip("</> ").split(" ")[0].rstrip("/") for tag in TAG.findall(made)} <= ours


def test_the_verdict_comes_first() -> None:
    assert summary.render(fixture.rich()).startswith("## ❌ mlops-gates: FAILED\n")
    assert summary.render(fixture.good()).startswith("## ✅ mlops-gates: PASSED\n")


def test_a_flood_is_cut_honestly() -> None:
    many = tuple(
        Finding(
            "data.nulls", f"c{at}", Status.FAILED, Severity.ERROR, "m" * 900, Location("m.yml", 1), remedy="r" * 900
        )
        for at in range(1500)
    )
    checks = tuple(dataclasses.replace(fixture.data_gate().checks[0], findings=many[:1]) for _ in range(100))
    gate = dataclasses.replace(
        fixture.data_gate(), checks=(dataclasses.replace(checks[0], findings=many), *checks), facts=(("f", "v" * 900),)
    )
    subjects = fixture.rich().subjects * 500
    report = dataclasses.replace(
        fixture.rich(),
        gates=(gate,) * 5,
        subjects=subjects,
        notes=("n" * 900,) * 100,
        softened=tuple("s" * 900 + str(i) for i in range(100)),
    )
    text = summary.render(report)
    assert len(text.encode()) <= summary.LIMIT_BYTES
    assert re.search(r"_[\d,]+ more lines did not fit here; `results.json` has them all._", text)
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("bound", [0.0, -1.0, float("inf"), float("nan")])
def test_a_bound_that_is_none_is_no_crash(bound: float) -> None:
    gate = fixture.canary().gates[0]
    series = tuple(dataclasses.replace(each, bound=bound) for each in gate.series)
    report = dataclasses.replace(fixture.canary(), gates=(dataclasses.replace(gate, series=series),))
    assert "error" in summary.render(report)
