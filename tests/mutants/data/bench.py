"""Runs the data gate on a planted defect: the folder that it is asked about, and what it said."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from mlops_gates import session
from mlops_gates.asked import Inputs
from mlops_gates.findings import Finding, Report, Status
from mlops_gates.reporters import results

from . import files, plant
from .table import Rows, customers, register, usage

HERE = Path(__file__).parent
CONFIGS = {"rules": "telco.yml", "reference": "reference.yml", "usage": "usage.yml"}
PROFILE = "train.profile.json"
WHOLE_TABLE = ("data.schema", "data.schema-drift", "data.leakage-target", "data.constant")
Case = dict[str, Any]


def listed(name: str) -> Any:
    """A file of this folder."""
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def change_of(case: Case) -> Any:
    """The function of a case, and whether it changes bytes (else rows)."""
    name = case["change"]
    return (getattr(files, name), True) if hasattr(files, name) else (getattr(plant, name), False)


class Bench:
    """The clean tables, made once, and a folder per run."""

    def __init__(self) -> None:
        """Make the tables for this very hour."""
        now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
        train, test, sample = (customers(seed, now) for seed in (1, 2, 3))
        self.world = plant.World(now, train, sample)
        self.tables: dict[str, Rows] = {"train": train, "test": test, "usage": usage(now, test)}
        self.clean = {name: files.written(rows) for name, rows in self.tables.items()}
        self.clean["customers"] = files.written(register(train, test, sample))

    def changed(self, case: Case, table: str) -> bytes:
        """The bytes of a table after the change of `case`."""
        change, of_bytes = change_of(case)
        if of_bytes:
            return change(self.clean[table], **case.get("with", {}))  # type: ignore[no-any-return]
        return files.written(change(self.tables[table], self.world, **case.get("with", {})))

    def run(self, folder: Path, case: Case, config: str, written_by_init: str = "") -> Said:
        """Judge the changed tables in `folder` by one of the configs."""
        for name, content in self.clean.items():
            (folder / f"{name}.csv").write_bytes(content)
        for name in case.get("tables", ["usage" if config == "usage" else "test"]):
            (folder / f"{name}.csv").write_bytes(self.changed(case, name))
        text = written_by_init or (HERE / CONFIGS[config]).read_text(encoding="utf-8")
        (folder / "mlops-gates.yml").write_text(text, encoding="utf-8")
        if case.get("beside") == "dvc":
            (folder / "test.csv.dvc").write_text(self._dvc(), encoding="utf-8")
        if case.get("beside") == "profile":
            (folder / PROFILE).write_bytes(self._profile)
        return judged(folder, self._overrides(case))

    @cached_property
    def _profile(self) -> bytes:
        """What `mlops-gates profile` writes of the training table."""
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            (folder / "train.csv").write_bytes(self.clean["train"])
            command(folder, "profile", "train.csv", "--output", PROFILE)
            return (folder / PROFILE).read_bytes()

    def _overrides(self, case: Case) -> tuple[str, ...]:
        digests = {name: hashlib.new(name, self.clean["test"]).hexdigest() for name in ("sha256", "md5")}
        pairs = []
        for key, value in case.get("set", {}).items():
            for name, digest in digests.items():
                value = value.replace(f"{{{name}}}", digest)  # noqa: PLW2901
            pairs.append(f"{key}={value}")
        return tuple(pairs)

    def _dvc(self) -> str:
        data = self.clean["test"]
        digest = hashlib.md5(data).hexdigest()
        return f"outs:\n- md5: {digest}\n  size: {len(data)}\n  hash: md5\n  path: test.csv\n"


@dataclass(frozen=True)
class Said:
    """What the gate said of one folder."""

    code: int
    report: Report

    def catches(self, case: Case, rule: str) -> bool:
        """Whether a finding of the rule about the subject of the case says that the table is wrong.

        A check that crashed has found nothing: only what cannot be read at all may end as errored.
        """
        wanted = Status.ERRORED if rule == "data.read" else Status.WARNED if case.get("warns") else Status.FAILED
        return any(f.rule == rule and f.status is wanted and _about(f, case) for f in self.report.findings)

    @cached_property
    def words(self) -> str:
        """All findings, for whoever reads a failure."""
        lines = [f"{f.status.value} {f.rule} {f.subject!r}: {f.message}" for f in self.report.findings]
        return f"{self.report.status.value}, exit {self.code}\n" + "\n".join(lines)


def _about(finding: Finding, case: Case) -> bool:
    """Whether a finding is about the subject of the case: by its own subject, or one on the whole table names it."""
    subject = case.get("subject", "")
    if isinstance(subject, dict):
        subject = subject[finding.rule]
    named = re.search(rf"(?<!\w){re.escape(subject)}(?!\w)", finding.message) is not None
    return subject in ("", finding.subject) or (named and finding.rule in WHOLE_TABLE)


def judged(folder: Path, sets: tuple[str, ...]) -> Said:
    """`run data` in this process, quietly."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        inputs = Inputs(gates=("data",), workdir=str(folder), sets=sets, annotations="false", host="local")
        code = session.run(inputs)
    text = (folder / "mlops-gates-report/results.json").read_text(encoding="utf-8")
    return Said(code, results.parse(text))


def init(folder: Path, table: bytes) -> str:
    """The config that `mlops-gates init --data` writes for a table."""
    (folder / "test.csv").write_bytes(table)
    said = command(folder, "init", "--data", "test.csv")
    config = folder / "mlops-gates.yml"
    assert config.is_file(), f"init wrote no mlops-gates.yml\n{said}"
    return config.read_text(encoding="utf-8")


def command(folder: Path, *words: str) -> str:
    """What a command of `mlops-gates` prints in `folder`, where it must end well."""
    from click.testing import CliRunner

    from mlops_gates import cli

    with contextlib.chdir(folder):
        ended = CliRunner().invoke(cli.commands, list(words))
    assert ended.exit_code == 0, f"{ended.output}{ended.exception or ''}"
    return ended.output
