"""Builders of a folder, by reading it."""

from __future__ import annotations

import textwrap
from pathlib import Path

from mlops_gates.worker.rendering.scanning import Sighted, entry_points, scan


def write(folder: Path, name: str, source: str) -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(source))
    return str(file)


def test_classes_that_build_are_found_and_abstract_ones_are_not(tmp_path: Path) -> None:
    base = """
    from abc import ABC, abstractmethod

    class Base(ABC):
        def create_step(self): return self.make()

    class Half(Base):
        def make(self): raise NotImplementedError("subclasses do")

    class Abstract:
        @abstractmethod
        def create_step(self): ...

    class _Own:
        def create_step(self): pass
    """
    write(tmp_path, "team/base.py", base)
    train = write(
        tmp_path,
        "team/train.py",
        """
        from . import base

        class Train(base.Half):
            def make(self): return 1

        class Other:
            pass
        """,
    )
    end = write(tmp_path, "endpoint.py", "class End:\n    def create_endpoint_config(self): pass\n")
    broken = write(tmp_path, "team/broken.py", "x = 1\ndef (\n")
    write(tmp_path, "team/test_train.py", "class InTest:\n    def create_step(self): pass\n")
    write(tmp_path, ".hidden/x.py", "class Hidden:\n    def create_step(self): pass\n")
    write(tmp_path, "venv/pyvenv.cfg", "")
    write(tmp_path, "venv/x.py", "class Installed:\n    def create_step(self): pass\n")
    found = scan(str(tmp_path), str(tmp_path))
    assert found.builders == (Sighted("endpoint:End", end, 1), Sighted("team.train:Train", train, 4))
    assert found.unread == (Sighted("team.broken", broken, 2),)


def test_entry_points_of_our_group_are_targets() -> None:
    assert entry_points() == {}


def test_no_builder_of_a_folder_is_passed_over_in_silence(tmp_path: Path) -> None:
    """Of a base that lies elsewhere, beneath an `if`, asynchronous, assigned; and where no module can be imported."""
    write(tmp_path, "common/base.py", "from .roots import Root\n\nclass Team(Root): pass\n")
    write(tmp_path, "common/roots.py", "from .base import Team\n\nclass Root:\n    def create_step(self): return 1\n")
    write(
        tmp_path,
        "steps/a.py",
        "from common.base import Team as T, Nobody\n\nclass Mine(T): pass\nclass No(Nobody): pass\n",
    )
    write(tmp_path, "steps/b.py", "from common.base import Team\nif True:\n    class Mine2(Team): pass\n")
    write(
        tmp_path,
        "steps/c.py",
        "class Late:\n    create_step = print\nclass Soon:\n    async def create_step(self): pass\n",
    )
    lost = write(tmp_path, "steps/my-steps/d.py", "class Lost:\n    def create_step(self): return 1\n")
    write(tmp_path, "steps/my-notes/e.py", "x = 1\n")
    found = scan(str(tmp_path / "steps"), str(tmp_path))
    wanted = ["steps.a:Mine", "steps.b:Mine2", "steps.c:Late", "steps.c:Soon"]
    assert [each.target for each in found.builders] == wanted
    assert found.unreachable == (Sighted("steps.my-steps.d:Lost", lost, 1),)
