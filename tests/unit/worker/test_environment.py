from __future__ import annotations

import shutil
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from mlops_gates.errors import CheckError
from mlops_gates.worker import environment
from mlops_gates.worker.client import Worker
from mlops_gates.worker.failures import NotInstalled, Stopped
from mlops_gates.worker.job import Job

BESIDE = Path(sys.executable).parent


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels and a cache of its own: nothing here asks an index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with zipfile.ZipFile(tmp_path / "tiny_model-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_model.py", "def predict(table): return [1]\n")
        info = "tiny_model-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"tiny_model.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return tmp_path


def listed(shop: Path, *lines: str) -> Path:
    file = shop / "requirements.txt"
    file.write_text("\n".join(["--no-index", f"--find-links {shop}", *lines]) + "\n")
    return file


@pytest.mark.acceptance
@pytest.mark.parametrize(
    "installer", [name for name in ("uv", "pip") if name == "pip" or BESIDE.joinpath(name).exists()]
)
def test_an_environment_is_made_once_and_used(shop: Path, monkeypatch: pytest.MonkeyPatch, installer: str) -> None:
    if installer == "pip":
        monkeypatch.setattr(shutil, "which", lambda *_names, **_path: None)
    file = listed(shop, "tiny-model==1.0")
    found: list[Path] = []
    builders = [threading.Thread(target=lambda: found.append(environment.provide(file))) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert len(set(found)) == 1
    assert len([entry for entry in found[0].parent.parent.parent.iterdir() if entry.is_dir()]) == 1
    with Worker.start(Job(model="tiny_model:predict", python=found[0])) as worker:
        assert worker.load().type == "Function"
    with pytest.raises(ModuleNotFoundError):
        __import__("tiny_model")


def test_the_requirement_that_fails_is_named(shop: Path) -> None:
    with pytest.raises(NotInstalled, match=r"no-such-model\S* in requirements.txt cannot be installed: ") as caught:
        environment.provide(listed(shop, "tiny-model", "no-such-model==9"))
    assert "\n" not in caught.value.what
    assert [entry for entry in (shop / "cache").rglob("*") if entry.is_dir() and "." in entry.name] == []


@pytest.mark.parametrize(
    "line",
    ["-e .", "git+https://host/x", "x @ git+ssh://host/x", "./folder", "../folder", "/folder", "x @ file:///folder",
     "https://host/x.tar.gz", "https://host/x.zip#egg=x.whl", "--no-binary :all:"],
)  # fmt: skip
def test_what_would_run_code_is_refused_with_its_line(shop: Path, line: str) -> None:
    with pytest.raises(CheckError, match=r"requirements.txt:3: .* would run its own code"):
        environment.provide(listed(shop, line))


def test_included_files_count(shop: Path) -> None:
    from mlops_gates.worker.requirements import digest

    (shop / "more.txt").write_text("tiny-model==1.0\n-r requirements.txt\n")
    file = listed(shop, "-r more.txt  # and these", "other>=1.0 # https://host/x.tar.gz")
    before = digest(file, builds=False)
    (shop / "more.txt").write_text("tiny-model==1.1\n")
    assert digest(file, builds=False) != before
    with pytest.raises(CheckError, match="cannot be read"):
        digest(listed(shop, "-r gone.txt"), builds=False)


def test_a_cancel_stops_an_installation(shop: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Stopped):
        environment.provide(listed(shop, "tiny-model"), cancel=cancel)
