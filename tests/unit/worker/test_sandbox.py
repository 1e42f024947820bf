"""Which measures hold, which are missing, and that a missing one is named and leaves the others."""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mlops_gates.worker import process, seccomp
from mlops_gates.worker.client import Worker
from mlops_gates.worker.failures import NotLoaded
from mlops_gates.worker.job import Column, Frame, Job

ABSENT = "def _refuse(*_a, **_k):\n    raise OSError(38, 'not here')\n"


@pytest.fixture
def open_code() -> Iterator[Path]:
    """A folder that every user can read, unlike those that pytest makes."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the child's code, in which a test takes measures away; it is what gets started."""
    copy = tmp_path / "worker"
    shutil.copytree(process._CHILD.parent, copy)
    monkeypatch.setattr(process, "_CHILD", copy / "child.py")
    return copy


def without(copy: Path, *measures: str) -> None:
    names = {"landlock": "Ruleset", "seccomp": "install"}
    for measure in measures:
        with (copy / f"{measure}.py").open("a") as file:
            file.write(f"\n\n{ABSENT}{names[measure]} = _refuse\n")


def dumpable() -> int:
    return ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)


def test_full_means_another_user_than_root(open_code: Path) -> None:
    (open_code / "who.py").write_text("import os\nprint(os.getresuid(), os.getgroups())\nmodel = len")
    (open_code / "who.py").chmod(0o644)
    with Worker.start(Job(model="who:model", code=(open_code,))) as worker:
        worker.load()
        said = worker.log
    if os.geteuid() != 0:
        assert worker.sandbox == "full"
    elif worker.sandbox == "full":
        assert said == "(65534, 65534, 65534) []\n"
    else:
        assert worker.sandbox == "partial: no other user (user 65534 cannot read the interpreter or the code)"
        assert said.startswith("(0, 0, 0)")


def test_without_seccomp_processes_are_still_bounded_unless_root(lacking: Path, open_code: Path) -> None:
    without(lacking, "seccomp")
    (open_code / "fork.py").write_text("import os\nif os.getuid(): os.fork()\nmodel = len")
    with Worker.start(Job(model="fork:model", code=(open_code,))) as worker:
        assert "no seccomp (network, sockets and new processes)" in worker.sandbox
        if os.geteuid() == 0 and "other user" in worker.sandbox:
            worker.load()
        else:
            with pytest.raises(NotLoaded, match="BlockingIOError"):
                worker.load()


def test_an_unfinished_search_for_hard_links_is_told(lacking: Path, open_code: Path, tmp_path: Path) -> None:
    with (lacking / "landlock.py").open("a") as file:
        file.write("\n\nMOST_ENTRIES = 2\n")
    (open_code / "plain.py").write_text("model = len")
    for number in range(3):
        (open_code / f"{number}.txt").write_text("")
    (tmp_path / "labels.csv").write_text("content")
    for expected in (False, True):
        with Worker.start(Job(model="plain:model", code=(open_code,), hidden=(tmp_path / "labels.csv",))) as worker:
            assert ("hard links" in worker.sandbox) is expected
            assert worker.sandbox.startswith("partial: ") or not expected
        if not expected:
            os.link(tmp_path / "labels.csv", tmp_path / "second.csv")


def test_without_seccomp_numbers_are_still_computed(lacking: Path, open_code: Path) -> None:
    without(lacking, "seccomp")
    (open_code / "sums.py").write_text(
        "import numpy\ndef model(x):\n    a = numpy.ones((300, 300))\n    return (a @ a)[:1, 0]"
    )
    with Worker.start(Job(model="sums:model", code=(open_code,))) as worker:
        worker.load()
        assert worker.predict(Frame((Column("x", "float64", np.ones(1)),), 1)).labels.tolist() == [300.0]


def test_without_landlock_the_parent_hides_itself_from_its_own_user(lacking: Path, tmp_path: Path) -> None:
    without(lacking, "landlock")
    (tmp_path / "read.py").write_text("import os\nprint(open('/proc/%d/environ' % os.getppid()).read())\nmodel = len")
    before = dumpable()
    with (
        Worker.start(Job(model="read:model", code=(tmp_path,))) as worker,
        Worker.start(Job(model="read:model", code=(tmp_path,))),
    ):
        assert "no Landlock" in worker.sandbox
        if os.geteuid() != 0 or "other user" in worker.sandbox:
            assert dumpable() == 0
        with pytest.raises(NotLoaded, match="PermissionError"):
            worker.load()
    assert dumpable() == before


@pytest.mark.parametrize("machine", sorted(seccomp.ARCHITECTURES))
def test_a_filter_is_well_formed_and_no_jump_leaves_it(machine: str) -> None:
    code = seccomp.program(machine, 4242)
    steps = [struct.unpack_from("=HBBI", code, place) for place in range(0, len(code), 8)]
    assert len(steps) < 4096
    for place, (operation, when_true, when_false, _) in enumerate(steps):
        if operation in (0x15, 0x35):
            assert place + 1 + max(when_true, when_false) < len(steps)
    assert steps[-1] == (0x06, 0, 0, 0x7FFF0000)


@pytest.mark.parametrize(
    ("machine", "number", "arguments", "verdict"),
    [
        ("x86_64", 41, (1, 1), 1), ("aarch64", 198, (1, 1), 1),            # socket
        ("x86_64", 53, (1, 0x80801), 0), ("x86_64", 53, (1, 2), 1), ("aarch64", 199, (2, 1), 1),  # socketpair
        ("x86_64", 56, (0x3D0F00,), 0), ("x86_64", 56, (0x1200011,), 1), ("aarch64", 220, (17,), 1),  # clone
        ("x86_64", 435, (), 38), ("aarch64", 435, (), 38),                 # clone3
        ("x86_64", 62, (4242,), 0), ("x86_64", 62, (1,), 1), ("aarch64", 129, (0xFFFFFFFF,), 1),  # kill
        ("x86_64", 302, (0,), 0), ("x86_64", 302, (1,), 1), ("aarch64", 261, (4242,), 0),  # prlimit64
        ("x86_64", 90, (), "done"), ("aarch64", 53, (), "done"),           # chmod, fchmodat
        ("x86_64", 16, (0, 0x5412), 1), ("x86_64", 16, (0, 0x5401), 0),    # ioctl
        ("x86_64", 157, (1,), 1), ("x86_64", 157, (15,), 0), ("aarch64", 167, (4,), 1),  # prctl
        ("x86_64", 0x40000000, (), 1), ("x86_64", 0, (), 0), ("aarch64", 63, (), 0),     # x32, read
        ("x86_64", 463, (), 38), ("aarch64", 462, (), 0), ("aarch64", 25, (0, 8), 1), ("x86_64", 72, (0, 4), 0),
        ("other", 0, (), 1),
    ],
)  # fmt: skip
def test_verdicts_of_the_filter(machine: str, number: int, arguments: tuple[int, ...], verdict: int | str) -> None:
    arch = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "other": 0x40000028}[machine]
    code = seccomp.program("x86_64" if machine == "other" else machine, 4242)
    assert interpret(code, number, arch, arguments) == verdict


def interpret(code: bytes, number: int, arch: int, arguments: tuple[int, ...]) -> int | str:
    """The filter's answer: 0 allowed, an errno, or `done` for a call that is answered and not made."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *[*arguments, *[0] * (6 - len(arguments))])
    place, value = 0, 0
    while True:
        operation, when_true, when_false, operand = struct.unpack_from("=HBBI", code, place * 8)
        place += 1
        if operation == 0x20:
            value = struct.unpack_from("=I", data, operand)[0]
        elif operation == 0x54:
            value &= operand
        elif operation in (0x15, 0x35):
            place += when_true if (value == operand if operation == 0x15 else value >= operand) else when_false
        else:
            return 0 if operand == 0x7FFF0000 else operand & 0xFFFF or "done"
