"""Every folder `examples/<gate>/<check>/{pass,fail}/<case>` is a test by being there.

A case is a small project and `expected.yml`: `verdict`, `exit`, every finding (rule, subject, `at: file:line`, `related`
lines, status, `says`: words of its message), `outputs`, the values of named measurements, and `make` and `pack`: files that
are made first (Parquet out of CSV, archives out of texts, since the repository holds no binaries).
The named check passes in `pass` and does not in `fail`.
"""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any, Literal

import duckdb
import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from mlops_gates import registry, session
from mlops_gates.enforcing import contradictions, enforce, read
from mlops_gates.findings import Report
from mlops_gates.reporters import results

EXAMPLES = Path(__file__).parent / "examples"
CASES = sorted(path.parent for path in EXAMPLES.glob("*/*/*/*/expected.yml"))
FOLDERS = sorted(path for path in EXAMPLES.glob("*/*/*/*") if path.is_dir())


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ExpectedFinding(Strict):
    rule: str
    subject: str = ""
    at: str
    related: list[int] = Field(default_factory=list)
    status: Literal["warned", "inconclusive", "errored", "failed"] = "failed"
    waived: bool = False
    says: list[str] = Field(default_factory=list)


class Made(Strict):
    """A Parquet file: what is selected of a CSV whose columns are all text."""

    out_of: str
    select: str = "*"


class Expected(Strict):
    verdict: Literal["passed", "warned", "inconclusive", "errored", "failed"]
    exit: Literal[0, 1, 3]
    why: str = ""
    findings: list[ExpectedFinding] = Field(default_factory=list)
    outputs: dict[str, str] = Field(default_factory=dict)
    values: dict[str, float | None] = Field(default_factory=dict)
    notes: list[str] = Field(default_factory=list)
    make: dict[str, Made] = Field(default_factory=dict)
    pack: dict[str, dict[str, str]] = Field(default_factory=dict)


def run(folder: Path) -> tuple[int, Report, dict[str, str]]:
    code = session.run(
        session.Inputs(
            gates=(),
            config="mlops-gates.yml",
            workdir=str(folder),
            sets=(),
            requirements="",
            report_dir="mlops-gates-report",
            fail_on="error",
            annotations="false",
            environment="",
            host="local",
            exit_zero=False,
            json=False,
        )
    )
    reports = folder / "mlops-gates-report"
    lines = (reports / "outputs.env").read_text(encoding="utf-8").splitlines()
    report = results.parse((reports / "results.json").read_text(encoding="utf-8"))
    return code, report, dict(line.split("=", 1) for line in lines)


def pack(folder: Path, archives: dict[str, dict[str, str]]) -> None:
    for archive, holds in archives.items():
        with tarfile.open(folder / archive, "w:gz") as tar:
            for name, text in holds.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))


def make(folder: Path, made: dict[str, Made]) -> None:
    for name, how in made.items():
        duckdb.sql(
            f"COPY (SELECT {how.select} FROM read_csv('{folder / how.out_of}', all_varchar=true)) "
            f"TO '{folder / name}' (FORMAT parquet)"
        )


def kept(folder: Path, code: int) -> None:
    """A later job that enforces this verdict finds nothing in it that contradicts itself."""
    written = "mlops-gates-report/results.json"
    assert list(contradictions(read(folder / written))) == []
    if code == 0:
        assert enforce(written, str(folder), "", "", "error", "local") == 0


LONG = (
    "model/inference",
    "model/reproducibility",
    "model/importance",
    "model/robustness",
    "model/interpretability",
    "builders/exercise",
)


def timed(case: Path) -> Any:
    """Models that are asked many times are asked in the long rest, and there calls are sent over HTTP."""
    name = str(case.relative_to(EXAMPLES))
    return pytest.param(case, id=name, marks=pytest.mark.acceptance if name.startswith(LONG) else ())


@pytest.mark.parametrize("case", list(map(timed, CASES)))
def test_example(case: Path, tmp_path: Path) -> None:
    gate, check, outcome = case.relative_to(EXAMPLES).parts[:3]
    expected = Expected.model_validate(yaml.safe_load((case / "expected.yml").read_text(encoding="utf-8")))
    folder = tmp_path / "project"
    shutil.copytree(case, folder, ignore=shutil.ignore_patterns("expected.yml", "__pycache__"))
    make(folder, expected.make)
    pack(folder, expected.pack)

    code, report, outputs = run(folder)

    found = {f"{f.rule} {f.subject}".strip(): f for f in report.findings}
    assert sorted(found) == sorted(f"{f.rule} {f.subject}".strip() for f in expected.findings)
    assert (report.status.value, code) == (expected.verdict, expected.exit)
    assert report.exit_code == code
    for wanted in expected.findings:
        finding = found[f"{wanted.rule} {wanted.subject}".strip()]
        assert (finding.rule, finding.subject) == (wanted.rule, wanted.subject)
        assert str(finding.location) == wanted.at, finding.message
        assert [place.line for place in finding.related] == wanted.related
        assert {place.file for place in finding.related} <= {finding.location.file}
        assert finding.status.value == wanted.status
        assert bool(finding.waived) is wanted.waived
        for words in wanted.says:
            assert words in finding.message
        real_line(folder, finding.location.file, finding.location.line)
    measured = {m.name: m.value for m in report.measurements}
    for name, value in expected.values.items():
        assert measured[name] == (None if value is None else pytest.approx(value, abs=1e-12)), name
    kept(folder, code)
    for name, text in expected.outputs.items():
        assert outputs["MLOPS_GATES_" + name.upper().replace("-", "_")] == text
    for words in expected.notes:
        assert any(words in note for note in report.notes), report.notes
    statuses = {result.status.value for _, result in report.checks if result.check == f"{gate}.{check}"}
    assert statuses, f"{gate}.{check} was not observed"
    assert (statuses <= {"passed", "warned"}) is (outcome == "pass"), statuses
    assert outputs["MLOPS_GATES_PASSED"] == ("true" if expected.exit == 0 else "false")


def real_line(folder: Path, name: str, number: int) -> None:
    """The contract: never a result without a real line of a real file."""
    content = (folder / name).read_bytes()
    assert 1 <= number <= max(1, len(content.splitlines()))


def test_every_folder_has_its_expectation() -> None:
    assert [folder for folder in FOLDERS if folder not in CASES and folder.name != "__pycache__"] == []
    assert {folder.parent.name for folder in FOLDERS} == {"pass", "fail"}


@pytest.mark.parametrize("outcome", ["pass", "fail"])
@pytest.mark.parametrize("check", [check.id for _, check in registry.every_check()])
def test_every_check_has_examples(check: str, outcome: str) -> None:
    gate, _, name = check.partition(".")
    assert list((EXAMPLES / gate / name / outcome).glob("*/expected.yml")), f"{check} has no {outcome} example"


def test_no_example_of_a_check_that_does_not_exist() -> None:
    known = {check.id for _, check in registry.every_check()}
    assert {f"{path.parent.name}.{path.name}" for path in EXAMPLES.glob("*/*") if path.is_dir()} == known


@pytest.mark.parametrize("check", [check for _, check in registry.every_check()], ids=lambda check: check.id)
def test_the_example_that_a_check_tells_is_a_valid_config(check: Any, tmp_path: Path) -> None:
    """What `explain` shows a user must work when it is pasted."""
    from mlops_gates import config, layers

    (tmp_path / "mlops-gates.yml").write_text(check.example, encoding="utf-8")
    for name in (
        "data/test.csv",
        "data/train.csv",
        "data/customers.csv",
        "models/model.joblib",
        "old.txt",
        "build/model.tar.gz",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    place = layers.Place(tmp_path, lambda path: path.name)
    loaded = config.load("mlops-gates.yml", place, session.shape())
    assert [block.gate for block in loaded.blocks] == [check.id.partition(".")[0]]
    assert json.dumps(check.help)
