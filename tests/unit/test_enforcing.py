from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlops_gates import digests, session
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
    assert "5 digests" in capsys.readouterr().out, "config, limits, data, the file of the model's module, its code"


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
    assert ("it is not the code that was judged" in out) is (name == "lib/model.py")


@pytest.mark.parametrize(("name", "code"), [("test.csv", 3), ("lib/model.py", 1), ("mlops-gates.yml", 3)])
def test_a_missing_file_cannot_be_told_to_be_the_same(project: Path, name: str, code: int) -> None:
    """The code without the model's module is other code, which is known to be so."""
    (project / name).unlink()
    assert enforced(project) == code


def test_files_may_be_elsewhere(project: Path, tmp_path: Path) -> None:
    (project / "test.csv").rename(tmp_path / "moved.csv")
    shutil.copy(project / "lib/model.py", tmp_path / "moved.py")
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
    assert digests.digest(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    found = digests.subject("data", tmp_path / "gone", tmp_path)
    assert (found.path, found.sha256) == ("gone", "")
    assert "No such file" in found.reason


def test_a_file_that_changes_while_it_is_judged_ends_errored(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamps = iter(range(100))
    monkeypatch.setattr(digests, "stamp", lambda path: (next(stamps), 0, 0))
    assert run(project) == 3
    assert "changed while it was judged" in read(project / RESULTS).fatal.message  # type: ignore[union-attr]


def test_every_bound_file_is_in_every_report(project: Path) -> None:
    """Digests are made beside the gates; a gate that ends first must not lose any."""
    (project / "test.csv").write_bytes(b"")
    for _ in range(20):
        assert run(project) == 3
        assert len(read(project / RESULTS).subjects) == 5


def every(tree: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [one for gate in tree["gates"] for check in gate["checks"] for one in check[key]]


def passed_throughout(tree: dict[str, Any]) -> None:
    better_gates(tree)
    for gate in tree["gates"]:
        for check in gate["checks"]:
            check["status"] = "passed"


def passed_findings(tree: dict[str, Any]) -> None:
    passed_throughout(tree)
    for finding in every(tree, "findings"):
        finding["status"] = "passed"


def without_findings(tree: dict[str, Any]) -> None:
    passed_throughout(tree)
    for gate in tree["gates"]:
        for check in gate["checks"]:
            check["findings"] = []


def without_anything(tree: dict[str, Any]) -> None:
    without_findings(tree)
    for gate in tree["gates"]:
        for check in gate["checks"]:
            check["measurements"] = []


def skipped(tree: dict[str, Any]) -> None:
    better(tree)
    for gate in tree["gates"]:
        gate["status"] = "passed"
        for check in gate["checks"]:
            check["status"] = "skipped" if check["status"] == "failed" else check["status"]


def softened(words: str, told: bool) -> Any:
    def change(tree: dict[str, Any]) -> None:
        tree["status"], tree["exit_code"] = "warned", 0
        for gate in tree["gates"]:
            if gate["status"] == "failed":
                gate["status"], gate["softened"] = "warned", words
                tree["softened"] = [words] if told else []

    return change


def impossible(tree: dict[str, Any]) -> None:
    passed_findings(tree)
    for measurement in every(tree, "measurements"):
        if measurement["limit"]:
            measurement["interval"] = {"low": -1e300, "high": 1e300, "confidence": 0.95, "method": ""}
            measurement |= {"value": 5e-324, "n": 10**300}


@pytest.mark.acceptance
@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(passed_throughout, id="C1-statuses"),
        pytest.param(passed_findings, id="C1-findings-too"),
        pytest.param(without_findings, id="C1-no-findings"),
        pytest.param(without_anything, id="C1-nothing"),
        pytest.param(impossible, id="C1-impossible"),
        pytest.param(softened("policy.advisory: data was failed, which only warns", told=False), id="C2-not-told"),
        pytest.param(softened("trust me", told=True), id="C2-no-switch"),
        pytest.param(softened("policy.inconclusive: data was failed, which only warns", told=True), id="C2-other"),
        pytest.param(skipped, id="C4-skipped"),
    ],
)
def test_cheap_tampering_is_a_contradiction(project: Path, forge: Any) -> None:
    assert run(project, "data.rows={min: 1000}") == 1
    edited(project, forge)
    with pytest.raises(GatesError, match="contradicts itself"):
        enforced(project)


@pytest.mark.parametrize("roles", [{"config", "limits", "data", "model", "code"}, {"config"}, {"data", "model"}])
def test_a_good_verdict_is_of_a_config_and_of_something(project: Path, roles: set[str]) -> None:
    edited(project, lambda t: t.update(subjects=[one for one in t["subjects"] if one["role"] not in roles]))
    with pytest.raises(GatesError, match="contradicts itself"):
        enforced(project)


def test_a_role_that_the_results_do_not_judge_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "mlops-gates.yml").write_text(CONFIG.partition("model:")[0])
    assert run(project) == 0
    (project / "other.joblib").write_bytes(b"x")
    assert enforced(project) == 0
    assert enforced(project, model="other.joblib", fail_on="never") == 3
    assert "the results judged no model" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("path", ["/etc/hostname", "../elsewhere.csv", "link.csv"])
def test_subjects_outside_the_checkout_are_refused_on_ci(project: Path, path: str) -> None:
    (project.parent / "elsewhere.csv").write_bytes((project / "test.csv").read_bytes())
    (project / "link.csv").symlink_to(project.parent / "elsewhere.csv")
    where = project / path
    digest = digests.digest(where)

    def change(tree: dict[str, Any]) -> None:
        for one in tree["subjects"]:
            if one["role"] == "data":
                one |= {"path": path, "sha256": digest}

    edited(project, change)
    assert enforced(project) == 0
    for host in ("github", "gitlab", "codebuild"):
        assert enforce(RESULTS, str(project), "", "", "error", host) == 3


def test_what_is_inside_is_not_refused_on_ci(project: Path) -> None:
    for host in ("github", "gitlab", "codebuild"):
        assert enforce(RESULTS, str(project), "", "", "error", host) == 0


@pytest.mark.parametrize("path", ["/dev/zero", "pipe", "with\0null", "loop"])
@pytest.mark.parametrize("role", ["data", "code"])
@pytest.mark.timeout(20)
def test_a_subject_that_never_ends_is_refused(project: Path, path: str, role: str) -> None:
    os.mkfifo(project / "pipe")
    (project / "loop").symlink_to("loop")
    edited(project, lambda tree: [one.update(path=path) for one in tree["subjects"] if one["role"] == role])
    assert enforced(project) == 3
    assert enforce(RESULTS, str(project), "", "", "error", "gitlab") == 3


def test_code_beside_the_model_is_bound(project: Path) -> None:
    (project / "lib/helper.py").write_text("x = 1\n")
    assert enforced(project) == 1
    (project / "lib/helper.py").unlink()
    for harmless in ("lib/__pycache__/x.py", ".hidden/x.py", "mlops-gates-report/x.py", "model.joblib", "more.csv"):
        (project / harmless).parent.mkdir(exist_ok=True)
        (project / harmless).write_text("x")
    assert enforced(project) == 0


def test_requirements_are_bound(project: Path) -> None:
    (project / "mlops-gates.yml").write_text(CONFIG.partition("model:")[0])
    (project / "requirements.txt").write_text("")
    assert session.run(Inputs(workdir=str(project), requirements="requirements.txt", host="local")) == 0
    assert enforced(project) == 0
    (project / "requirements.txt").write_text("more\n")
    assert enforced(project) == 1


@pytest.mark.parametrize(
    ("files", "code", "found"),
    [
        (["m.py"], ["."], "m.py"),
        (["m.py", "m/__init__.py"], ["."], "m/__init__.py"),
        (["b/m.py"], ["a", "b"], "b/m.py"),
        (["a/m.py", "b/m/__init__.py"], ["a", "b/"], "a/m.py"),
    ],
)
def test_the_models_file_is_the_one_that_python_imports(
    project: Path, files: list[str], code: list[str], found: str
) -> None:
    for name in ("a", "b", *(str(Path(file).parent) for file in files)):
        (project / name).mkdir(exist_ok=True, parents=True)
    for file in files:
        (project / file).write_bytes((project / "lib/model.py").read_bytes())
    text = CONFIG.replace("lib.model:model", "m:model").replace("[.]", str(code))
    (project / "mlops-gates.yml").write_text(text)
    assert run(project) == 0
    bound = [one.path for one in read(project / RESULTS).subjects if one.role == "model"]
    assert bound == [found]


def test_two_models_have_no_output_of_one(project: Path) -> None:
    one = CONFIG.partition("model:\n")[2]
    (project / "lib/other.py").write_bytes((project / "lib/model.py").read_bytes())
    blocks = [("a", "lib.model:model", "v1"), ("b", "lib.other:model", "v2")]
    text = "model:\n"
    for name, path, version in blocks:
        block = (
            one.replace("lib.model:model", path).replace("limits.yml", "{accuracy: 0.9}") + f"  version: {version}\n"
        )
        text += f"- name: {name}\n" + block
    (project / "mlops-gates.yml").write_text(text)
    assert run(project) == 0
    outputs = (project / "mlops-gates-report/outputs.env").read_text().splitlines()
    assert {"MLOPS_GATES_MODEL_VERSION=", "MLOPS_GATES_MODEL_DIGEST="} <= set(outputs)
    assert enforced(project) == 0
