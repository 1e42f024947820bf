"""The repository that a run stands in: where it begins, how a file is called in it, whether git tracks the file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Repository:
    """A folder that reports name files from; `index` is git's list of tracked files, None where there is no git."""

    root: Path
    index: Path | None

    @classmethod
    def around(cls, workdir: Path, told: Path | None = None) -> Repository:
        """The nearest repository at or above `workdir`, else the folder that the CI host names, else `workdir`."""
        workdir = workdir.resolve()
        for folder in (workdir, *workdir.parents):
            if (index := _index(folder / ".git")) is not None:
                return cls(folder, index)
        if told and workdir.is_relative_to(told.resolve()):
            return cls(told.resolve(), None)
        return cls(workdir, None)

    def name(self, path: Path) -> str:
        """How reports call a file: relative to the root, `/`-separated. The file need not exist."""
        return Path(os.path.relpath(path.resolve(), self.root)).as_posix()

    def tracked(self, path: Path) -> str | None:
        """The file's name if a reader of the repository can open it there: git tracks it, or there is no git at all."""
        name = self.name(path)
        if name.startswith("../"):
            return None
        if self.index is None:
            return name
        return name if name.encode() in self._names else None

    @cached_property
    def _names(self) -> frozenset[bytes]:
        from dulwich.index import Index

        assert self.index is not None
        try:
            return frozenset(Index(str(self.index))) if self.index.exists() else frozenset()
        except Exception:  # noqa: BLE001 - a broken or newer index proves no file; findings then stand in the config
            return frozenset()


def _index(git: Path) -> Path | None:
    """The index of a `.git`: a folder, or in a worktree or submodule a file that names one."""
    if git.is_dir() and (git / "HEAD").exists():
        return git / "index"
    if git.is_file():
        word, _, folder = git.read_text(errors="replace").strip().partition(": ")
        if word == "gitdir":
            return (git.parent / folder).resolve() / "index"
    return None
