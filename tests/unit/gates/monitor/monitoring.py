"""One run of a monitor on files of a test's own, and what became of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlops_gates import session
from mlops_gates.records import dataclass


@dataclass(frozen=True)
class Ran:
    """The exit code, and what results.json says."""

    code: int
    tree: dict[str, Any]

    @property
    def statuses(self) -> dict[str, str]:
        """By check."""
        return {one["check"]: one["status"] for gate in self.tree["gates"] for one in gate["checks"]}

    def measurements(self, check: str) -> list[dict[str, Any]]:
        """What a check measured."""
        return [
            found
            for gate in self.tree["gates"]
            for one in gate["checks"]
            if one["check"] == check
            for found in one["measurements"]
        ]

    @property
    def told(self) -> str:
        """The messages and reasons of all checks."""
        checks = [one for gate in self.tree["gates"] for one in gate["checks"]]
        findings = [finding["message"] for one in checks for finding in one["findings"]]
        return "\n".join([*findings, *(one.get("reason", "") for one in checks)])


def ran(folder: Path, config: str, files: dict[str, str] | None = None, *, host: str = "local") -> Ran:
    """Write `files` and the config (a YAML block below `monitor:`) into the folder, and run."""
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    block = "".join(f"  {line}\n" for line in config.strip().splitlines())
    (folder / "mlops-gates.yml").write_text(f"monitor:\n{block}", encoding="utf-8")
    code = session.run(
        session.Inputs(
            gates=(), config="mlops-gates.yml", workdir=str(folder), sets=(), requirements="", report_dir="report",
            fail_on="error", annotations="false", environment="", host=host, exit_zero=False, json=False,
        )
    )  # fmt: skip
    return Ran(code, json.loads((folder / "report" / "results.json").read_text(encoding="utf-8")))
