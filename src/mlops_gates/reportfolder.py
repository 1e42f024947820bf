"""The report folder: every format written at once, each file replaced whole, so that no reader meets half of one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mlops_gates import registry, writing
from mlops_gates.findings import Report
from mlops_gates.records import dataclass
from mlops_gates.reporters import (
    codequality,
    dotenv,
    html,
    junit,
    openmetrics,
    outputs,
    results,
    sarif,
    summary,
)
from mlops_gates.reporters.rules import RuleText

RESULTS = "results.json"
NAMES = {
    "results-file": RESULTS,
    "sarif-file": "results.sarif",
    "junit-file": "junit.xml",
    "codequality-file": "gl-code-quality.json",
    "html-file": "report.html",
}


@dataclass(frozen=True)
class ReportFolder:
    """Where reports go."""

    path: Path

    @property
    def shown(self) -> str:
        """The path from where the process stands, as a later step of the job can open it."""
        path = os.path.relpath(self.path)
        return str(self.path) if path.startswith("..") else path

    @property
    def files(self) -> dict[str, str]:
        """The outputs that name files, as later steps can open them."""
        return {"report-dir": self.shown} | {key: f"{self.shown}/{name}" for key, name in NAMES.items()}

    def outputs(self, report: Report) -> dict[str, str]:
        """Every output of the contract."""
        return outputs.outputs(report, self.files)

    def write(self, report: Report, catalogue: Mapping[str, RuleText]) -> None:
        """Write every format; `results.json` last, for it is the one that later jobs believe. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        for name, text in self._texts(report, catalogue).items():
            writing.replace(self.path / name, text)

    def _texts(self, report: Report, catalogue: Mapping[str, RuleText]) -> dict[str, str]:
        return {
            "results.sarif": sarif.render(report, catalogue),
            "junit.xml": junit.render(report),
            "gl-code-quality.json": codequality.render(report),
            "summary.md": summary.render(report),
            "report.html": html.render(report),
            "metrics.txt": openmetrics.render(report),
            "outputs.env": dotenv.render(report, self.files),
            RESULTS: results.render(report),
        }


def catalogue_of(checks: list[str]) -> dict[str, RuleText]:
    """The texts of the checks that ran, for formats that explain their rules."""
    texts = {}
    for gate in dict.fromkeys(check.partition(".")[0] for check in checks):
        if gate in registry.gate_names():
            for check in registry.room(gate).checks:
                texts[check.id] = rule_text(check.id, check.title, check.help, check.remedy, check.example)
    return texts


def rule_text(id_: str, title: str, help_: str, remedy: str, example: str) -> RuleText:
    """A check in the words of the formats."""
    markdown = f"{help_}\n\n**What to do:** {remedy}\n\n```yaml\n{example.rstrip()}\n```"
    return RuleText(id_, title, help_, remedy, markdown)
