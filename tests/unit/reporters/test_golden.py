"""One fixture, every renderer, one golden file each. `MLOPS_GATES_UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_gates.findings import Report
from mlops_gates.reporters import codequality, console, dotenv, html, junit, openmetrics, results, sarif, summary

from . import fixture

GOLDEN = Path(__file__).parents[2] / "golden"
REPORTS = {"rich": fixture.rich, "fatal": fixture.fatal, "good": fixture.good, "canary": fixture.canary}
RENDERERS: dict[str, Callable[[Report], str]] = {
    "results.json": results.render,
    "results.sarif": lambda report: sarif.render(report, fixture.CATALOGUE),
    "junit.xml": junit.render,
    "gl-code-quality.json": codequality.render,
    "summary.md": summary.render,
    "report.html": html.render,
    "outputs.env": lambda report: dotenv.render(report, fixture.FILES),
    "metrics.txt": openmetrics.render,
    "console.txt": lambda report: console.render(report, colour=False, width=100),
    "console-colour.txt": lambda report: console.render(report, colour=True, width=100),
    "console-ascii.txt": lambda report: console.render(report, colour=False, width=80, unicode=False),
}


@pytest.mark.parametrize("format_name", RENDERERS)
@pytest.mark.parametrize("report_name", REPORTS)
def test_golden(format_name: str, report_name: str) -> None:
    made = RENDERERS[format_name](REPORTS[report_name]())
    golden = GOLDEN / report_name / format_name
    if os.environ.get("MLOPS_GATES_UPDATE_GOLDEN") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(made.encode())
    assert made == golden.read_bytes().decode()


@pytest.mark.parametrize("format_name", RENDERERS)
def test_equal_reports_give_equal_text(format_name: str) -> None:
    report = fixture.rich()
    shuffled = dataclasses.replace(
        report, metrics=dict(reversed(report.metrics.items())), values=dict(reversed(report.values.items()))
    )
    assert RENDERERS[format_name](report) == RENDERERS[format_name](shuffled)


@pytest.mark.parametrize("format_name", sorted(set(RENDERERS) - {"results.json", "junit.xml", "console-colour.txt"}))
def test_no_control_character_survives(format_name: str) -> None:
    made = RENDERERS[format_name](fixture.rich()) + RENDERERS[format_name](fixture.canary())
    assert not {char for char in made if (ord(char) < 32 and char != "\n") or char in "\u202e\x7f"}
