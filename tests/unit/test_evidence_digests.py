from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from mlops_gates import digests
from mlops_gates.errors import GatesError


@pytest.mark.parametrize("path", ["/dev/zero", "pipe", "."])
@pytest.mark.timeout(10)
def test_what_is_no_regular_file_has_no_digest(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"no regular file|a folder"):
        digests.digest(tmp_path / path)
    bound = digests.subject("data", tmp_path / path, tmp_path)
    assert (bound.sha256, bound.reason.startswith("no digest: it is ")) == ("", True)


def test_a_digest_can_be_stopped(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    asked = iter([False, False, True])
    with pytest.raises(OSError, match="not read to its end"):
        digests.digest(tmp_path / "huge", lambda: next(asked))


@pytest.mark.timeout(10)
def test_nobody_waits_for_a_digest_longer_than_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stalled = threading.Event()
    real = digests.again

    def again(role: str, path: Path, *rest: object) -> str:
        if path.name == "stalled":
            stalled.wait()
        return real(role, path)

    monkeypatch.setattr(digests, "again", again)
    for name in ("fine", "stalled"):
        (tmp_path / name).write_bytes(b"x")
    made = digests.Digests([("data", tmp_path / "fine"), ("model", tmp_path / "stalled")], tmp_path, [])
    made.start()
    with pytest.raises(GatesError, match=r"^stalled: not read to the end") as raised:
        made.finish(time.monotonic() + 0.2)
    assert raised.value.exit_code == 3
    assert made.stop(), "the process has to be left"
    assert [bool(one.sha256) for one in made.subjects] == [True, False]
    stalled.set()


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_digest_of_code_is_that_of_its_names_and_contents(tmp_path: Path) -> None:
    one = digests.tree(write(tmp_path / "1", a_py="1", b__c_py="2"))
    assert one == digests.tree(write(tmp_path / "2", b__c_py="2", a_py="1", d_txt="no code"))
    others = [
        digests.tree(write(tmp_path / "3", a_py="1", b__c_py="3")),
        digests.tree(write(tmp_path / "4", a_py="1", b__d_py="2")),
        digests.tree(write(tmp_path / "5", a_py="1")),
        digests.tree(write(tmp_path / "6", a_py="1", b__c_py="2", empty_py="")),
    ]
    assert len({one, *others}) == 5


def test_links_do_not_lead_round_in_circles(tmp_path: Path) -> None:
    folder = write(tmp_path / "1", a_py="1", b__c_py="2")
    (folder / "b/up").symlink_to(folder)
    (folder / "gone").symlink_to(tmp_path / "gone")
    assert digests.tree(folder) == digests.tree(write(tmp_path / "2", a_py="1", b__c_py="2"))
    (folder / "linked").symlink_to(write(tmp_path / "3", d_py="3"))
    assert digests.tree(folder) == digests.tree(write(tmp_path / "2", linked__d_py="3"))


def test_an_environment_and_a_report_are_no_code(tmp_path: Path) -> None:
    folder = write(tmp_path / "1", a_py="1")
    before = digests.tree(folder)
    write(folder, venv__pyvenv_cfg="", venv__lib__x_py="1", report__x_py="1")
    assert digests.tree(folder, [folder / "report"]) == before


def test_too_much_code_has_no_digest_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a_py="12", b_py="34")
    monkeypatch.setattr(digests, "MOST_BYTES", 3)
    assert "larger than" in digests.subject("code", tmp_path, tmp_path).reason
    monkeypatch.setattr(digests, "MOST_FILES", 1)
    assert "more than 1 Python files" in digests.subject("code", tmp_path, tmp_path).reason
