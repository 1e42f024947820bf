from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlops_gates import evidence, session
from mlops_gates.asked import Inputs
from mlops_gates.enforcing import enforce, read
from mlops_gates.errors import GatesError, UsageError

CONFIG = """\
data:
  source: test.csv
  columns:
    x: {type: integer, nulls: 0}
model:
  path: lib.model:model
  code: [.]
  data: test.csv
  target: y
  positive: yes
  thresholds: limits.yml
"""
RESULTS = "mlops-gates-report/results.json"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose gates have passed."""
    folder = tmp_path_factory.mktemp("judged")
    (folder / "mlops-gates.yml").write_text(CONFIG)
    (folder / "limits.yml").write_text("accuracy: 0.9\n")
    (folder / "test.csv").write_text("x,y\n" + "".join(f"{n},{'yes' if n % 2 else 'no'}\n" for n in range(60)))
    (folder / "lib").mkdir()
    (folder / "lib/model.py").write_text(
        "def model(features):\n    return ['yes' if x % 2 else 'no' for x in features.x]\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.Signals, "install", classmethod(lambda cls: cls()))
        assert run(folder) == 0
    return folder


def run(folder: Path, *sets: str) -> int:
    return session.run(
        Inputs(
            (),
            "mlops-gates.yml",
            str(folder),
            sets,
            "",
            "mlops-gates-report",
            "error",
            "true",
            "",
            "local",
            False,
            False,
        )
    )


@pytest.fixture
def project(judged: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(judged, tmp_path / "project"))


def enforced(folder: Path, model: str = "", data: str = "", fail_on: str = "error") -> int:
    return enforce(RESULTS, str(folder), model, data, fail_on, "local")


def test_what_did_not_change_keeps_its_verdict(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enforced(project) == 0
    assert "4 digests" in capsys.readouterr().out, "config, limits, data and the file of the model's module"


def test_a_failed_verdict_stays_failed(project: Path) -> None:
    assert run(project, "data.rows={min: 1000}") == 1
    assert enforced(project) == 1


@pytest.mark.parametrize("name", ["test.csv", "lib/model.py", "mlops-gates.yml", "limits.yml"])
def test_a_changed_file_refuses_with_1(project: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with (project / name).open("a") as file:
        file.write("\n")
    for fail_on in ("error", "never"):
        assert enforced(project, fail_on=fail_on) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert name in out
    assert "it is not the file that was judged" in out


@pytest.mark.parametrize("name", ["test.csv", "lib/model.py", "mlops-gates.yml"])
def test_a_missing_file_cannot_be_told_to_be_the_same(project: Path, name: str) -> None:
    (project / name).unlink()
    assert enforced(project) == 3


def test_files_may_be_elsewhere(project: Path, tmp_path: Path) -> None:
    (project / "test.csv").rename(tmp_path / "moved.csv")
    (project / "lib/model.py").rename(tmp_path / "moved.py")
    assert enforced(project) == 3
    assert enforced(project, data="../moved.csv", model=str(tmp_path / "moved.py")) == 0
    (tmp_path / "moved.py").write_text("other\n")
    assert enforced(project, data="../moved.csv", model="../moved.py") == 1
    with pytest.raises(UsageError, match="--model: there is no file"):
        enforced(project, model="gone.py")


def edited(folder: Path, change: Any) -> None:
    tree = json.loads((folder / RESULTS).read_text())
    change(tree)
    (folder / RESULTS).write_text(json.dumps(tree))


def better(tree: dict[str, Any]) -> None:
    tree["status"], tree["exit_code"] = "passed", 0


def better_gates(tree: dict[str, Any]) -> None:
    better(tree)
    for gate in tree["gates"]:
        gate["status"] = "passed"


def without_gates(tree: dict[str, Any]) -> None:
    better(tree)
    tree["gates"] = []


def without_checks(tree: dict[str, Any]) -> None:
    better_gates(tree)
    for gate in tree["gates"]:
        gate["checks"] = []


@pytest.mark.parametrize("forge", [better, better_gates, without_gates, without_checks])
def test_a_forged_verdict_is_refused(project: Path, forge: Any) -> None:
    assert run(project, "data.rows={min: 1000}") == 1
    edited(project, forge)
    with pytest.raises(GatesError) as raised:
        enforced(project)
    assert raised.value.exit_code in (2, 3)


def test_a_pass_without_gates_is_refused(project: Path) -> None:
    edited(project, lambda tree: tree.update(gates=[]))
    with pytest.raises(GatesError, match="contradicts itself"):
        enforced(project)


def test_a_fatal_run_stays_errored(project: Path) -> None:
    assert run(project, "data.colums=1") == 2
    assert enforced(project) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.update(schema="other/1"),
        lambda tree: tree.pop("schema"),
        lambda tree: tree.update(status="great"),
        lambda tree: tree.update(more=1),
        lambda tree: tree.pop("gates"),
        lambda tree: tree.update(exit_code=1),
        lambda tree: tree.update(exit_code=True),
        lambda tree: tree["gates"][0].update(status="failed"),
        lambda tree: tree.update(subjects={}),
    ],
)
def test_results_that_are_malformed_are_2(project: Path, change: Any) -> None:
    edited(project, change)
    with pytest.raises(UsageError):
        enforced(project)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[1]", b'{"a": 1, "a": 2}', b"[" * 100_000])
def test_a_file_that_is_no_results_is_2(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "r.json").write_bytes(raw)
    with pytest.raises(UsageError):
        read(tmp_path / "r.json")


def test_a_results_file_that_is_missing_or_huge_is_2(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "gone.json")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(UsageError, match="larger than 64 MiB"):
        read(tmp_path / "huge.json")


def test_a_subject_without_a_digest_refuses(project: Path) -> None:
    edited(project, lambda tree: tree["subjects"][0].update(sha256="", reason="remote"))
    assert enforced(project) == 3


def test_digests_are_those_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert evidence.digest(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    found = evidence.subject("data", tmp_path / "gone", tmp_path)
    assert (found.path, found.sha256) == ("gone", "")
    assert "No such file" in found.reason


def test_a_file_that_changes_while_it_is_judged_ends_errored(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamps = iter(range(100))
    monkeypatch.setattr(evidence, "stamp", lambda path: (next(stamps), 0, 0))
    assert run(project) == 3
    assert "changed while it was judged" in read(project / RESULTS).fatal.message  # type: ignore[union-attr]


def test_every_bound_file_is_in_every_report(project: Path) -> None:
    """Digests are made beside the gates; a gate that ends first must not lose any."""
    (project / "test.csv").write_bytes(b"")
    for _ in range(20):
        assert run(project) == 3
        assert len(read(project / RESULTS).subjects) == 4
