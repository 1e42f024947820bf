"""The worker as a process: started so that it dies with us, killed with everything it started, its folder removed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mlops_gates.worker import sandbox
from mlops_gates.worker.failures import WorkerError

_CHILD = Path(__file__).with_name("child.py")
_PIPE_BYTES = 1 << 20
_MOST_THREADS = 4
_F_SETPIPE_SZ = 1031


class Process:
    """A started child, three pipe ends and a private folder. `kill` ends all of it and may be called twice.

    `requests` is written to, `answers` and `output` (stdout and stderr together) are read; all are non-blocking.
    """

    def __init__(
        self, python: Path | None, model_fd: int | None, threads: int | None = None, hash_seed: int = 0
    ) -> None:
        try:
            self.private = Path(tempfile.mkdtemp(prefix="mlops-gates-worker-")).resolve()
        except OSError as error:
            raise WorkerError(
                f"no temporary folder can be made: {error.strerror}", next_step="Point TMPDIR at a writable folder."
            ) from error
        child_in, self.requests = _pipe()
        self.answers, child_out = _pipe()
        self.output, child_log = _pipe()
        # absolute, for the child starts in another folder; not resolved, for a virtual environment is a link
        executable = str((python or Path(sys.executable)).absolute())
        command = [executable, "-s", "-S", "-B", "-u", str(_CHILD), str(child_in), str(child_out)]
        passed = (child_in, child_out, *(() if model_fd is None else (model_fd,)))
        try:
            self._popen = _long_lived(
                lambda: subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=child_log,
                    stderr=child_log,
                    pass_fds=passed,
                    cwd=self.private,
                    env=sandbox.environment(
                        str(self.private), threads or usual_threads(), _libraries(executable), hash_seed
                    ),
                    start_new_session=True,
                )
            )
        except OSError as error:
            self._forget()
            raise WorkerError(
                f"the interpreter {executable} cannot be started: {error.strerror}",
                next_step="Name an existing Python 3.8 or later.",
            ) from error
        finally:
            for fd in (child_in, child_out, child_log):
                os.close(fd)
        for fd in (self.requests, self.answers, self.output):
            os.set_blocking(fd, False)

    def ended(self) -> int | None:
        """The exit code (a signal is negative), or None while it runs. Does not wait."""
        return self._popen.poll()

    def memory(self) -> tuple[int, int]:
        """Bytes that the child holds in memory now, and the most it ever held; zeros where the kernel does not say."""
        try:
            lines = Path(f"/proc/{self._popen.pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return 0, 0
        told = dict(line.partition(":")[::2] for line in lines)
        return tuple(int((told.get(key) or "0").split()[0]) << 10 for key in ("VmRSS", "VmHWM"))  # type: ignore[return-value]

    def kill(self, loose: bool) -> int:
        """Ends the session at once and removes its folder; the exit code. `loose`: it may have started processes.

        There is no grace: what runs here has nothing to save, and a hostile model would use the time.
        """
        if self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        code = self._popen.wait()
        if loose:
            _sweep(self._popen.pid)
        self._forget()
        return code

    def _forget(self) -> None:
        for fd in (self.requests, self.answers, self.output):
            with contextlib.suppress(OSError):
                os.close(fd)
        self.requests = self.answers = self.output = -1
        remove_tree(self.private)


def remove_tree(folder: Path) -> None:
    """Removes a folder that somebody hostile filled.

    `rm` and not `shutil.rmtree`: nested deeply enough, that one ends in a `RecursionError` or takes all descriptors.
    """
    with contextlib.suppress(OSError):
        folder.rmdir()
    if not folder.exists():
        return
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        with contextlib.suppress(OSError):
            subprocess.run([*command, "--", str(folder)], stderr=subprocess.DEVNULL, check=False)


def folder_size(folder: Path, enough: int) -> int:
    """Bytes beneath a folder, counted until they are `enough`; what vanishes meanwhile does not count.

    A folder that cannot be looked into (closed to us, or deeper than paths are long) counts as `enough`: nothing
    honest makes one, and what is in it would not be counted.
    """
    total, waiting = 0, [str(folder)]
    while waiting and total < enough:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    total += _taken(entry)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return enough
    return total


def _taken(entry: os.DirEntry[str]) -> int:
    """Bytes on disk, at least a block: empty files fill a disk too."""
    try:
        return max(4096, entry.stat(follow_symlinks=False).st_blocks * 512)
    except FileNotFoundError:
        return 0


def _sweep(session: int) -> None:
    """Kills what is left of a session where no filter kept it from starting processes."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if session in (int(fields[2]), int(fields[3])):
                os.kill(int(entry.name), signal.SIGKILL)


def _pipe() -> tuple[int, int]:
    import fcntl

    ends = os.pipe()
    with contextlib.suppress(OSError):  # above the user's share of pipe memory the usual 64 KiB remain
        fcntl.fcntl(ends[1], _F_SETPIPE_SZ, _PIPE_BYTES)
    return ends


def usual_threads() -> int:
    """Few enough that results do not depend on the machine's size more than they must, and stacks fit in memory."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST_THREADS, usable)


def _libraries(executable: str) -> str:
    """Where an interpreter that is built shared and moved since (setup-python's) finds its own library."""
    beside = Path(executable).resolve().parent.parent / "lib"
    return str(beside) if beside.is_dir() and any(beside.glob("libpython3*.so*")) else ""


_spawner: dict[int, ThreadPoolExecutor] = {}


def _long_lived(start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Starts it from a thread that lives as long as we do.

    The kernel's "kill me when my parent dies" means the thread that forked, and a runner's threads come and go.
    """
    own = _spawner.get(os.getpid())
    if own is None:
        own = _spawner[os.getpid()] = ThreadPoolExecutor(1, thread_name_prefix="worker-starter")
    return own.submit(start).result()
