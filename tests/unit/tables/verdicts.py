"""Runs an example of the data gate in an engine, whatever its config says."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))

from mlops_gates.gates.data import opening
from mlops_gates.tables.engines import open_table
from test_examples import CASES, EXAMPLES, Expected, make, run

DATA = [case for case in CASES if case.relative_to(EXAMPLES).parts[0] == "data"]


def verdict(case: Path, folder: Path, engine: str, patch: pytest.MonkeyPatch, *, lines: bool) -> tuple[Any, ...]:
    """Exit code, verdict, findings (with their `lines` where rows have an order) and measurements of an example."""

    def opened(source: Any, *rest: Any) -> Any:
        memory, *others = [one for one in rest if not isinstance(one, str)]
        return open_table(source, engine, memory, *others)

    patch.setattr(opening, "DuckTable", opened, raising=False)
    patch.setattr(opening, "open_table", opened, raising=False)
    shutil.copytree(case, folder, ignore=shutil.ignore_patterns("expected.yml"))
    make(folder, Expected.model_validate(yaml.safe_load((case / "expected.yml").read_text("utf-8"))).make)
    code, report, _ = run(folder)
    findings = sorted((f.rule, f.subject, f.status.value, str(f.location) if lines else "") for f in report.findings)
    # An age is one at its own moment.
    measured = [
        (m.name, None if m.value is None else round(m.value, 9)) for m in report.measurements if m.name != "age"
    ]
    return code, report.status.value, findings, sorted(measured, key=str)
