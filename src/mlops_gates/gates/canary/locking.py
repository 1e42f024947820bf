"""One run at a time on one route: a file of this machine, and on SageMaker a tag that other machines see.

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
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.waiting import Clock, Patience
from mlops_gates.textsafe import one_line

TAG = "mlops-gates:canary"
PAUSE = 2.0
"""Seconds between the writing of a tag and its reading: longer than another run takes from its reading to its writing."""


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


class FileLock:
    """A file of this user on this machine, by the route's name; `folder` is for tests."""

    def __init__(self, route: str, clock: Clock, stale: float, folder: Path | None = None) -> None:
        self._route = route
        self._clock = clock
        self._stale = stale
        self._folder = folder or Path(tempfile.gettempdir()) / f"mlops-gates-canary-{os.getuid()}"
        self.path = self._folder / f"{hashlib.sha256(route.encode()).hexdigest()[:24]}.lock"
        self._open = -1

    def take(self, run: str, patience: Patience) -> None:  # noqa: ARG002 - of `Lock`
        if self._open < 0:
            self._open = self._held()
        holder, since = _owner(os.pread(self._open, 4096, 0))
        if holder and holder != run:
            self._close()
            age = self._clock.wall() - since
            raise Locked(
                *_told(self._route, holder, age, self._stale), next_step=_step(f"rm {shlex.quote(str(self.path))}")
            )
        if not holder:
            said = json.dumps({"run": run, "since": self._clock.wall(), "route": self._route}).encode()
            os.pwrite(self._open, said, 0)

    def release(self, run: str, patience: Patience) -> None:  # noqa: ARG002 - of `Lock`
        if self._open >= 0:
            holder, _ = _owner(os.pread(self._open, 4096, 0))
            if holder in (run, ""):
                with contextlib.suppress(FileNotFoundError):
                    self.path.unlink()
            self._close()

    def rest(self) -> None:
        if self._open >= 0:
            self._close()

    def _held(self) -> int:
        self._prepared()
        while True:
            opened = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(opened).st_ino == self.path.stat().st_ino:
                    return opened
            except BlockingIOError:
                os.close(opened)
                raise Locked(
                    f"another process works on the canary of {self._route} right now",
                    next_step="Wait until it has ended.",
                ) from None
            except FileNotFoundError:
                pass  # its holder let go between our two calls: there is a new file to open
            os.close(opened)

    def _prepared(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self._folder.lstat()
        except OSError as error:
            raise CheckError(f"the lock cannot be written: {error.strerror}", next_step="Set TMPDIR.") from None
        if found.st_uid != os.getuid() or self._folder.is_symlink():
            raise CheckError(
                f"the folder {self._folder.name} of locks belongs to somebody else", next_step="Set TMPDIR."
            )

    def _close(self) -> None:
        os.close(self._open)
        self._open = -1


class TagLock:
    """The tag `mlops-gates:canary` on an endpoint: `<run> <time>`, read again some time after it was written.

    AWS has no write that depends on what was there: the last of two writers stands, and the one before it sees that and
    refuses.
    """

    def __init__(self, endpoints: Endpoints, endpoint: str, clock: Clock, stale: float, pause: float = PAUSE) -> None:
        self._endpoints = endpoints
        self._endpoint = endpoint
        self._clock = clock
        self._stale = stale
        self._pause = pause

    def take(self, run: str, patience: Patience) -> None:
        arn = patience.call(self._arn)
        if self._mine(arn, run, patience):
            return
        now = datetime.fromtimestamp(self._clock.wall(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        tag = {"Key": TAG, "Value": f"{run} {now}"}
        patience.call(lambda: self._endpoints.call("AddTags", ResourceArn=arn, Tags=[tag]))
        self._clock.sleep(self._pause)
        if not self._mine(arn, run, patience):
            raise CheckError(f"the tag {TAG} was written on {self._endpoint} and is not there")

    def release(self, run: str, patience: Patience) -> None:
        arn = patience.call(self._arn)
        holder, _ = self._read(arn, patience)
        if holder == run:
            patience.call(lambda: self._endpoints.call("DeleteTags", ResourceArn=arn, TagKeys=[TAG]))

    def rest(self) -> None:
        return

    def _mine(self, arn: str, run: str, patience: Patience) -> bool:
        holder, since = self._read(arn, patience)
        if holder and holder != run:
            command = f"aws sagemaker delete-tags --resource-arn {shlex.quote(arn)} --tag-keys {TAG}"
            age = self._clock.wall() - since
            raise Locked(*_told(self._endpoint, holder, age, self._stale), next_step=_step(command))
        return holder == run

    def _arn(self) -> str:
        return str(self._endpoints.call("DescribeEndpoint", EndpointName=self._endpoint)["EndpointArn"])

    def _read(self, arn: str, patience: Patience) -> tuple[str, float]:
        token: dict[str, str] = {}
        while True:
            asked = {"ResourceArn": arn, **token}
            answer = patience.call(lambda asked=asked: self._endpoints.call("ListTags", **asked))  # type: ignore[misc]
            for tag in answer.get("Tags") or ():
                if tag["Key"] == TAG:
                    run, _, since = str(tag["Value"]).partition(" ")
                    return run or "(unknown)", _seconds(since)
            if not answer.get("NextToken"):
                return "", 0.0
            token = {"NextToken": str(answer["NextToken"])}


def _owner(raw: bytes) -> tuple[str, float]:
    """The run that a lock file names, and since when. One that a crash cut off names nobody: nothing was changed after it."""
    try:
        said = json.loads(raw)
        return str(said["run"]), float(said["since"])
    except (ValueError, KeyError, TypeError):
        return "", 0.0


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def _told(what: str, run: str, age: float, stale: float) -> tuple[str]:
    hours = max(0.0, age) / 3600
    old = f", which is above {stale / 3600:g} h: it looks stale" if age > stale else ""
    return (f"the canary {one_line(run, 60)} holds {what} since {hours:.1f} h{old}",)


def _step(command: str) -> str:
    return f"Promote it or roll it back first. If it is gone for good, remove its lock: {command}"
