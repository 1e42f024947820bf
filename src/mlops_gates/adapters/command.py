"""A command of the user's: without a shell, within a time, its output capped and made harmless."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import IO

from mlops_gates.adapters.again import Passing
from mlops_gates.errors import CheckError
from mlops_gates.textsafe import one_line

MOST = 64 * 1024
"""Bytes of each output that are kept, the first of standard output and the last of standard error; the rest is dropped."""


LEAST_SECRET = 6
"""Characters of the shortest value that is kept out of a message."""
_running: set[int] = set()


class _Kept(threading.Thread):
    """Reads a pipe to its end, so that a command that says much is not stopped by it."""

    def __init__(self, pipe: IO[bytes], first: bool) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self._first = first
        self.kept = b""
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed by the end of the command
            while some := os.read(self._pipe.fileno(), MOST):
                if not self._first:
                    self.kept = (self.kept + some)[-MOST:]
                elif len(self.kept) < MOST:
                    self.kept = (self.kept + some)[:MOST]

    def text(self) -> str:
        self.join(2.0)  # what left the group of the command may hold the pipe for ever
        return self.kept.decode("utf-8", errors="replace")


def asked(words: Sequence[str], variables: Mapping[str, str], seconds: float) -> str:
    """Standard output of a command that ended with 0, at most `MOST` bytes of it.

    It sees the environment of this process and `variables`. At the end of its time, or of ours, its whole process group
    is killed. Raises Passing where it took too long or ended with 75 (EX_TEMPFAIL), CheckError where it cannot start or
    ended otherwise; messages hold the last line that it wrote.
    """
    process = _started(words, variables)
    _running.add(process.pid)
    assert process.stdout and process.stderr
    out, err = _Kept(process.stdout, first=True), _Kept(process.stderr, first=False)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Passing(f"the command {_called(words)} took more than {seconds:g} s") from None
    finally:
        _running.discard(process.pid)
        with contextlib.suppress(OSError):  # its children too, which may outlive it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if code:
        last = (err.text().strip() or out.text().strip()).splitlines()
        said = one_line(_discreet(last[-1])) if last else "it said nothing"
        ending = f"signal {-code}" if code < 0 else str(code)
        what = f"the command {_called(words)} ended with {ending}: {said}"
        raise Passing(what) if code == os.EX_TEMPFAIL else CheckError(what)
    return out.text()


def end_all() -> None:
    """Kill the groups of all commands that run: those who wait for them, in other threads, are told signal 9."""
    for group in list(_running):
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)


def _started(words: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **variables},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CheckError(f"the command {_called(words)} cannot start: {why}") from None


_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|(^|_)(KEY|AUTH|PAT)(_|$)", re.IGNORECASE)


def _discreet(said: str) -> str:
    """Without the values of environment variables that are secrets by their names: a failing curl repeats its headers."""
    values = {value for name, value in os.environ.items() if _SECRET.search(name) and len(value) >= LEAST_SECRET}
    for value in sorted(values, key=len, reverse=True):
        said = said.replace(value, "…")
    return said


def _called(words: Sequence[str]) -> str:
    return one_line(words[0] if words else "(empty)", 80)
