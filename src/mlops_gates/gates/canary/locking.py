"""One run at a time on one route: a file of this machine, and on SageMaker tags that other machines see (`locking_tag.py`).

Both belong to a run, not to a process, since a canary goes over several commands: they stay from `deploy` until it is promoted
or rolled back. The file is besides held (`flock`) while a process does a step; the system lets go of that when it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.waiting import Clock, Patience
from mlops_gates.textsafe import one_line


class Locked(CheckError):
    """Another run shifts this traffic."""


class Lock(Protocol):
    """What keeps other runs out."""

    def take(self, run: str, patience: Patience) -> None:
        """Hold it for `run`; a lock that this run holds is taken again. Raises Locked."""

    def release(self, run: str, patience: Patience) -> None:
        """Let go, if `run` holds it. Raises CheckError."""

    def rest(self) -> None:
        """The step is done: another process may do the next one of the same run."""

    def watching(self) -> AbstractContextManager[None]:
        """While a process watches the canary. Raises Locked where another one of this machine does."""


class FileLock:
    """A file of this user on this machine, by the route's name; `folder` is for tests."""

    def __init__(self, route: str, clock: Clock, stale: float, folder: Path | None = None) -> None:
        self._route = route
        self._clock = clock
        self._stale = stale
        self._folder = folder or _temporary() / f"mlops-gates-canary-{os.getuid()}"
        self.path = self._folder / f"{hashlib.sha256(route.encode()).hexdigest()[:24]}.lock"
        self._open = -1

    def take(self, run: str, patience: Patience) -> None:  # noqa: ARG002 - of `Lock`
        if self._open < 0:
            self._open = self._held()
        holder, since = _owner(os.pread(self._open, 4096, 0))
        if holder and holder != run:
            self._close()
            age = self._clock.wall() - since
            step = remedy(f"rm {shlex.quote(str(self.path))}")
            raise Locked(told(self._route, holder, age, self._stale), next_step=step)
        if not holder:
            said = json.dumps({"run": run, "since": self._clock.wall(), "route": self._route}).encode()
            try:
                os.ftruncate(self._open, 0)
                os.pwrite(self._open, said, 0)
            except OSError as error:
                self._close()
                raise _unwritable(error) from None

    def release(self, run: str, patience: Patience) -> None:  # noqa: ARG002 - of `Lock`
        if self._open < 0:
            self._open = self._held()
        holder, _ = _owner(os.pread(self._open, 4096, 0))
        if holder in (run, ""):
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()
        self._close()

    def rest(self) -> None:
        if self._open >= 0:
            self._close()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While a process watches; steps may be done meanwhile, also by others. Raises Locked where another one watches.

        A lock that cannot be opened is no reason not to watch.
        """
        try:
            self._prepared()
            opened = _opened(self.path.with_suffix(".watch"))
        except CheckError:
            yield
            return
        try:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Locked(f"another process watches the canary of {self._route}", next_step=_WATCHED) from None
            yield
        finally:
            os.close(opened)

    def _held(self) -> int:
        self._prepared()
        while True:
            opened = _opened(self.path)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(opened).st_ino == self.path.stat().st_ino:
                    return opened
            except BlockingIOError:
                os.close(opened)
                raise Locked(
                    f"another process works on the canary of {self._route} right now",
                    next_step="Wait until it has ended, or end it: the state file goes on from there.",
                ) from None
            except FileNotFoundError:
                pass  # its holder let go between our two calls: there is a new file to open
            except BaseException:  # a signal: what stays open here would lock us out of the way back
                os.close(opened)
                raise
            os.close(opened)

    def _prepared(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self._folder.lstat()
        except OSError as error:
            raise _unwritable(error) from None
        if found.st_uid != os.getuid() or self._folder.is_symlink():
            raise CheckError(
                f"the folder {self._folder.name} of locks belongs to somebody else", next_step="Set TMPDIR."
            )

    def _close(self) -> None:
        os.close(self._open)
        self._open = -1


_WATCHED = "Wait for its verdict, or end it; `mlops-gates canary rollback` may be asked for at any time."


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(error) from None


def _temporary() -> Path:
    """The folder for temporary files. Python names none where no file can be written, but the way back needs it."""
    try:
        return Path(tempfile.gettempdir())
    except OSError:
        return Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 - the folder in it is checked


def _unwritable(error: OSError) -> CheckError:
    return CheckError(f"the lock cannot be written: {error.strerror or error}", next_step="Set TMPDIR.")


def _owner(raw: bytes) -> tuple[str, float]:
    """The run that a lock file names, and since when. One that a crash cut off names nobody: nothing was changed after it."""
    try:
        said = json.loads(raw)
        return str(said["run"]), float(said["since"])
    except (ValueError, KeyError, TypeError):
        return "", 0.0


def told(what: str, run: str, age: float, stale: float) -> str:
    """Who holds it and since when; an age in seconds above `stale` is called so."""
    if age > 50 * 365 * 86_400:
        return f"the canary {one_line(run, 60)} holds {what} since nobody knows when: it looks stale"
    hours = max(0.0, age) / 3600
    old = f", which is above {stale / 3600:g} h: it looks stale" if age > stale else ""
    return f"the canary {one_line(run, 60)} holds {what} since {hours:.1f} h{old}"


def remedy(command: str) -> str:
    """What somebody does who meets a lock."""
    return (
        "Promote it or roll it back first, where its state file is. If that is gone for good, see to its traffic by hand "
        f"(the log of its `canary deploy` has the command), then remove its lock: {command}"
    )
