"""One gate run out of Python: a config in memory in, a report out. Nothing is written into the project."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlops_gates.asked import Inputs
from mlops_gates.errors import GatesError
from mlops_gates.findings import Report
from mlops_gates.session import Session, host_of


def report_of(config: Mapping[str, Any], requirements: str = "") -> Report:
    """The report of a run of `config` in the current folder. A run that ends early has its reason as `fatal`."""
    with tempfile.TemporaryDirectory(prefix="mlops-gates-testing-") as folder:
        file = Path(folder) / "mlops-gates.yml"
        file.write_text(json.dumps({"version": 1, **config}), encoding="utf-8")
        inputs = Inputs(
            config=str(file), report_dir=str(Path(folder) / "report"), host="local", requirements=requirements
        )
        session = Session(inputs, host_of("local"))
        try:
            return session.judged()
        except GatesError as error:
            return session.ended(error)
