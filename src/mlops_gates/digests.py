"""Digests of files and of folders of code, made beside the gates and never waited for longer than the run may take."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mlops_gates import naming
from mlops_gates.errors import GatesError
from mlops_gates.findings import Subject

DATA = "data"
CODE = "code"
"""The role of a folder of code: its digest is that of its Python files."""

MOST_FILES = 2_000
MOST_BYTES = 64 << 20
_CHUNK = 1 << 20
_NOT_READ = "it was not read to its end"

Stamp = tuple[int, int, int]
Ask = Callable[[], bool]
Bound = Path | str
"""What a verdict binds: a file, a folder or a pattern of files; or the name of something in another system."""
Elsewhere = Callable[[str], str]
"""Gives the digest of something in another system. Raises GatesError."""


def digest(path: Path, cancelled: Ask = lambda: False) -> str:
    """The SHA-256 of a regular file's bytes, bare hex. Raises OSError, for a pipe or a device too; it never waits."""
    found = hashlib.sha256()
    for chunk in _chunks(path, cancelled):
        found.update(chunk)
    return found.hexdigest()


def tree(folder: Path, skip: Sequence[Path] = (), cancelled: Ask = lambda: False) -> str:
    """The SHA-256 over the names and contents of all `*.py` of a folder, whatever the order on disk. Raises OSError.

    Left out are hidden folders, `__pycache__`, virtual environments and the folders `skip`.
    """
    folder.stat()
    folder, found, size, files = folder.resolve(), hashlib.sha256(), 0, []
    for path in _python_files(folder, [one.resolve() for one in skip], cancelled, frozenset()):
        files.append((os.fsencode(path.relative_to(folder).as_posix()), path))
        if len(files) > MOST_FILES:
            raise OSError(0, f"it holds more than {MOST_FILES:,} Python files")
    for name, path in sorted(files):
        content = hashlib.sha256()
        for chunk in _chunks(path, cancelled):
            content.update(chunk)
            size += len(chunk)
            if size > MOST_BYTES:
                raise OSError(0, f"its Python files are larger than {MOST_BYTES >> 20} MiB")
        found.update(len(name).to_bytes(8, "big") + name + content.digest())
    return found.hexdigest()


def _python_files(folder: Path, skip: Sequence[Path], cancelled: Ask, above: frozenset[Path]) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if cancelled():
                raise OSError(0, _NOT_READ)
            path = folder / entry.name
            if entry.is_file() or not entry.is_dir():
                if entry.name.endswith(".py") and entry.is_file():
                    yield path
                continue
            real = path.resolve()
            if entry.name.startswith(".") or entry.name == "__pycache__" or real in (*skip, *above, folder):
                continue
            if not (path / "pyvenv.cfg").is_file():
                yield from _python_files(path, skip, cancelled, above | {folder.resolve(), real})


def _chunks(path: Path, cancelled: Ask) -> Iterator[bytes]:
    # Without O_NONBLOCK, opening a pipe that nobody writes to waits for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(0, "it is a folder" if stat.S_ISDIR(mode) else "it is no regular file")
        while chunk := os.read(descriptor, _CHUNK):
            if cancelled():
                raise OSError(0, _NOT_READ)
            yield chunk
    finally:
        os.close(descriptor)


def stamp(path: Path) -> Stamp | None:
    """What changes when a file is written: inode, size in bytes, time of change in ns; None where there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    # Running code may leave a `__pycache__` beside it: the time of a folder is not that of its Python files.
    return None if stat.S_ISDIR(seen.st_mode) else (seen.st_ino, seen.st_size, seen.st_mtime_ns)


def _stamp(role: str, path: Bound) -> Stamp | None:
    if isinstance(path, str):
        return None
    if role != DATA or not naming.is_set(path):
        return stamp(path)
    try:
        files = naming.files(path)
    except OSError:
        return None
    return len(files), 0, hash(tuple((one.name, stamp(one)) for one in files))


def subject(
    role: str,
    path: Bound,
    workdir: Path,
    skip: Sequence[Path] = (),
    cancelled: Ask = lambda: False,
    elsewhere: Elsewhere | None = None,
) -> Subject:
    """What the verdict binds as a subject; what cannot be read has no digest and says why."""
    shown = _shown(path, workdir)
    try:
        if isinstance(path, str):
            return Subject(role, shown, elsewhere(path) if elsewhere else "")
        return Subject(role, shown, again(role, path, skip, cancelled))
    except OSError as error:
        return Subject(role, shown, "", f"no digest: {error.strerror}")
    except GatesError as error:
        return Subject(role, shown, "", f"no digest: {error.sentence}")


def again(role: str, path: Path, skip: Sequence[Path] = (), cancelled: Ask = lambda: False) -> str:
    """The digest that a subject of this role has now. Raises OSError."""
    if role == CODE:
        return tree(path, skip, cancelled)
    return several(path, cancelled) if role == DATA and naming.is_set(path) else digest(path, cancelled)


def several(path: Path, cancelled: Ask = lambda: False) -> str:
    """The SHA-256 over the names and contents of the files that a pattern or folder stands for. Raises OSError."""
    found, base, files = hashlib.sha256(), naming.fixed(path), naming.files(path)
    if not files:
        raise OSError(0, "it is a folder without data files" if path.is_dir() else "it is a pattern that fits no file")
    for one in files:
        content = hashlib.sha256()
        for chunk in _chunks(one, cancelled):
            content.update(chunk)
        name = os.fsencode(one.relative_to(base).as_posix())
        found.update(len(name).to_bytes(8, "big") + name + content.digest())
    return found.hexdigest()


def _shown(path: Bound, workdir: Path) -> str:
    return path if isinstance(path, str) else os.path.relpath(path, workdir)


class Digests:
    """The subjects of a run, read one after the other in a thread that no one needs to wait for."""

    def __init__(
        self,
        files: Sequence[tuple[str, Bound]],
        workdir: Path,
        skip: Sequence[Path],
        elsewhere: Elsewhere | None = None,
    ) -> None:
        # What is elsewhere comes first: its digest should be older than what the gates fetch.
        self._files = sorted(files, key=lambda one: isinstance(one[1], Path))
        self._workdir, self._skip, self._elsewhere = workdir, skip, elsewhere
        self._made: list[tuple[Stamp | None, Subject]] = []
        self._cancel = threading.Event()
        self._thread = threading.Thread(target=self._make, name="digests", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def _make(self) -> None:
        for role, path in self._files:
            before = _stamp(role, path)
            made = subject(role, path, self._workdir, self._skip, self._cancel.is_set, self._elsewhere)
            if self._cancel.is_set():
                return
            self._made.append((before, made))

    def finish(self, end: float) -> None:
        """Wait until `end` on the clock of `time.monotonic`. Raises GatesError that names a file not read by then."""
        self._thread.join(max(0.1, end - time.monotonic()))
        if len(self._made) == len(self._files):
            return
        stuck = self.subjects[len(self._made)].path
        raise GatesError(
            f"{stuck}: not read to the end within the time of the run, so nothing can be bound to the verdict",
            next_step="Raise policy.timeout, or look at what the file is.",
        )

    def stop(self) -> bool:
        """Read no further, without waiting; whether something was still to be read."""
        if len(self._made) == len(self._files):
            return False
        self._cancel.set()
        return self._thread.is_alive()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """All of them; one that was not read to its end has no digest."""
        made = [subject for _, subject in self._made]
        rest = self._files[len(made) :]
        return (
            *made,
            *(Subject(role, _shown(path, self._workdir), "", f"no digest: {_NOT_READ}") for role, path in rest),
        )

    def unchanged(self) -> None:
        """Raises GatesError for a file that was written to since its digest was begun."""
        for (_, path), (before, made) in zip(self._files, self._made, strict=False):
            if self._other(path, before, made):
                raise GatesError(
                    f"{made.path} changed while it was judged", next_step="Run again when nothing writes to it."
                )

    def _other(self, path: Bound, before: Stamp | None, made: Subject) -> bool:
        if isinstance(path, str):
            return bool(made.sha256) and subject(made.role, path, self._workdir, elsewhere=self._elsewhere) != made
        return _stamp(made.role, path) != before or (
            made.role == CODE and bool(made.sha256) and self._edited(path, made)
        )

    def _edited(self, path: Path, made: Subject) -> bool:
        try:
            return tree(path, self._skip) != made.sha256
        except OSError:
            return True
