"""Whole processes, measured side by side: CPU seconds, wall seconds, peak memory. Standard library only.

This process stays small, because Linux counts the memory of the one that starts another into the other's peak.
"""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

SECONDS = 300.0
MEMORY_MIB = 16 * 1024
_PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
QUIET = {
    "DISABLE_DEEPCHECKS_ANONYMOUS_TELEMETRY": "True",
    "DISABLE_LATEST_VERSION_CHECK": "True",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PYTHONWARNINGS": "ignore",
}


@dataclass(frozen=True)
class Run:
    """One process with the children it waited for: user and system seconds, wall seconds, MiB, and why it was ended."""

    cpu: float
    wall: float
    peak: float
    code: int
    output: str
    errors: str
    ended: str = ""


@dataclass(frozen=True)
class Contender:
    """A command, and `judge`, which says what is wrong with a run of it (empty: nothing)."""

    name: str
    command: Sequence[str]
    folder: Path
    judge: Callable[[Run], str]


@dataclass
class Runs:
    """All runs of one contender; `failure` is why it has none that count."""

    runs: list[Run] = field(default_factory=list)
    failure: str = ""

    def median(self, what: str) -> float:
        """The median of `cpu`, `wall` or `peak`."""
        return statistics.median(float(getattr(run, what)) for run in self.runs)


def run(command: Sequence[str], folder: Path, seconds: float = SECONDS, memory: float = MEMORY_MIB) -> Run:
    """Run one process in a group of its own; the group is killed after `seconds` or above `memory` MiB."""
    environment = {name: value for name, value in os.environ.items() if name not in _CI} | QUIET | _home(folder)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        watch = _Watch(process.pid, seconds, memory)
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C: a group of its own would live on
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            wall = time.perf_counter() - begin
            watch.over.set()
            watch.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        output, errors = (_text(file) for file in (out, err))
    peak = max(usage.ru_maxrss / 1024, watch.peak)
    return Run(usage.ru_utime + usage.ru_stime, wall, peak, process.returncode, output, errors, watch.ended)


_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "CODEBUILD_BUILD_ID", "PYTHONPATH")


def _home(folder: Path) -> dict[str, str]:
    """A home of its own, in which Soda reads that it may not call home."""
    home = folder / "home"
    (home / ".soda").mkdir(parents=True, exist_ok=True)
    (home / ".soda" / "config.yml").write_text("send_anonymous_usage_stats: false\n")
    return {"HOME": str(home)}


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


class _Watch(threading.Thread):
    """Kills a process group that runs too long or grows too big. `peak` is the sum over its processes, as seen."""

    def __init__(self, group: int, seconds: float, memory: float) -> None:
        super().__init__(daemon=True)
        self.group, self.seconds, self.memory = group, seconds, memory
        self.over = threading.Event()
        self.peak, self.ended = 0.0, ""

    def run(self) -> None:
        until = time.perf_counter() + self.seconds
        while not self.over.wait(0.5):
            held = sum(_resident(pid) for pid in _family(self.group))
            self.peak = max(self.peak, held)
            if held > self.memory:
                self.ended = f"needed over {self.memory / 1024:.0f} GiB"
            elif time.perf_counter() > until:
                self.ended = f"took over {self.seconds:.0f} s"
            if self.ended:
                with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
                    os.killpg(self.group, signal.SIGKILL)
                return


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in _family(int(child)))]


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MIB
    except OSError:  # it ended meanwhile
        return 0.0


def interleaved(contenders: Sequence[Contender], runs: int, warm: bool = True) -> dict[str, Runs]:
    """Each contender once per round, so that noise falls on all; the round that warms the caches does not count.

    One that did not finish, or found what it should not, is not run again.
    """
    results = {one.name: Runs() for one in contenders}
    for turn in range(-1 if warm else 0, runs):
        for one in contenders:
            result = results[one.name]
            if result.failure:
                continue
            done = run(one.command, one.folder)
            result.failure = done.ended or one.judge(done)
            if turn >= 0 or result.failure:
                result.runs.append(done)
    return results


def ratio(ours: Runs, floor: Runs, what: str = "cpu") -> float:
    """The median over rounds of ours divided by the floor's."""
    return statistics.median(
        float(getattr(a, what)) / float(getattr(b, what)) for a, b in zip(ours.runs, floor.runs, strict=True)
    )


def finished(done: Run) -> str:
    """The judge of a contender of which nothing but success is asked."""
    return "" if done.code == 0 else f"exited with {done.code}: {done.errors.strip()[-300:]}"
