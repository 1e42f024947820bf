"""`report`: results of an earlier run in any format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mlops_gates.enforcing import read
from mlops_gates.findings import Report
from mlops_gates.reporters import codequality, console, dotenv, html, junit, openmetrics, results, sarif, summary
from mlops_gates.reporters.text import fenced
from mlops_gates.reportfolder import ReportFolder, catalogue_of


def rendered(path: str, form: str) -> str:
    """The text. Raises UsageError when the file is no results file."""
    report = read(Path(path))
    formats: dict[str, Callable[[Report], str]] = {
        "text": lambda r: console.render(r, colour=False, width=100),
        "json": results.render,
        "sarif": lambda r: sarif.render(r, catalogue_of([check.check for _, check in r.checks])),
        "junit": junit.render,
        "codequality": codequality.render,
        "markdown": summary.render,
        "html": html.render,
        "dotenv": lambda r: dotenv.render(r, ReportFolder(Path(path).parent).files),
        "openmetrics": openmetrics.render,
    }
    return fenced(form, formats[form](report))
