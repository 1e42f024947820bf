"""A virtual environment of the worker's own, made from a requirements file and kept until the file changes.

Nothing is ever installed into our own environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mlops_gates.textsafe import one_line
from mlops_gates.worker import requirements
from mlops_gates.worker.failures import NotInstalled, Stopped, TimedOut
from mlops_gates.worker.process import remove_tree

_PASSED = re.compile(
    r"^(?:PIP_\w+|UV_\w+|(?:HTTPS?|NO|ALL)_PROXY|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NETRC"
    r"|XDG_\w+|HOME|PATH|TMPDIR|LANG)$",
    re.IGNORECASE,
)
"""What an installer needs to reach its index. The worker gets none of it."""
_CULPRITS = re.compile(
    r"(?:satisfies the requirement|distribution found for|[Bb]ecause|Failed to (?:download|fetch|build):?|"
    r"Invalid requirement:)\s+[`'\"]?(?!https?:)([A-Za-z0-9][\w.\-\[\]=<>~!]*)"
)
_TICK = 0.1


def provide(
    file: Path,
    python: Path | None = None,
    *,
    seconds: float = 600.0,
    cancel: threading.Event | None = None,
    builds: bool = False,
) -> Path:
    """The interpreter of an environment with the requirements of `file`, made at the first call, found at the next.

    `python` is the interpreter to start from (None: our own), `seconds` the deadline, `builds` lets source
    distributions run their setup code, outside any sandbox. Safe against other builders on this machine.
    Raises `NotInstalled` (which requirement, the installer's last lines), `TimedOut`, `Stopped`, and `CheckError` for
    a line that would run code.
    """
    watch = _Watch(file, time.monotonic() + seconds, cancel or threading.Event())
    base = Path(python or sys.executable)
    key = hashlib.sha256(f"{requirements.digest(file, builds)}\0{_version(base)}\0{builds}".encode()).hexdigest()[:32]
    cache = _cache()
    made = cache / key
    with _locked(cache / f"{key}.lock", watch):
        if not made.exists():
            _build(made, base, builds, watch)
    return made / "bin" / "python"


class _Watch(NamedTuple):
    """What is installed, until when (`time.monotonic`), and who may stop it."""

    file: Path
    deadline: float
    cancel: threading.Event

    def check(self) -> None:
        """Raises `Stopped` or `TimedOut`."""
        if self.cancel.is_set():
            raise Stopped("the work was cancelled")
        if time.monotonic() >= self.deadline:
            raise TimedOut(f"installing {self.file.name} timed out", next_step="Raise `timeout`.")


def _build(made: Path, base: Path, builds: bool, watch: _Watch) -> None:
    """Builds beside the place and renames at the end, so that a killed builder leaves nothing half-made behind."""
    draft = Path(tempfile.mkdtemp(prefix=f"{made.name}.", dir=made.parent))
    draft.chmod(0o755)
    try:
        for command in _commands(draft, watch.file.resolve(), base, builds):
            _run(command, watch)
        draft.rename(made)
    finally:
        remove_tree(draft)


def _commands(draft: Path, file: Path, base: Path, builds: bool) -> tuple[list[str], list[str]]:
    inner = draft / "bin" / "python"
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv:
        make = [uv, "venv", "--quiet", "--no-config", "--allow-existing", "--python", str(base), str(draft)]
        install = [uv, "pip", "install", "--no-progress", "--compile-bytecode", "--python", str(inner), "-r", str(file)]
        return make, install if builds else [*install, "--no-build"]
    make = [str(base), "-m", "venv", str(draft)]
    install = [str(inner), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-r", str(file)]
    return make, install if builds else [*install, "--only-binary", ":all:"]


def _run(command: Sequence[str], watch: _Watch) -> None:
    environment = {name: value for name, value in os.environ.items() if _PASSED.match(name)}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise NotInstalled(f"{command[0]} cannot be started: {error.strerror}") from error
        try:
            while process.poll() is None:
                watch.check()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_TICK)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.returncode != 0:
            output.seek(max(0, output.tell() - 8192))
            raise _not_installed(watch.file, output.read().decode("utf-8", errors="replace"))


def _not_installed(file: Path, output: str) -> NotInstalled:
    lines = [one_line(line, 200) for line in output.splitlines() if line.strip()]
    culprit = _CULPRITS.search(output)
    what = f"{one_line(culprit[1], 80)} in {file.name}" if culprit else file.name
    return NotInstalled(
        f"{what} cannot be installed: {' | '.join(lines[-5:])}",
        next_step="A worker's environment takes wheels from your index; PIP_* or UV_* variables say which index.",
    )


@contextlib.contextmanager
def _locked(path: Path, watch: _Watch) -> Iterator[None]:
    """One builder at a time; the kernel lets go when its process ends, however it ends."""
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                watch.check()
                time.sleep(_TICK)
        yield


def _version(python: Path) -> str:
    """Implementation, version, machine and place: a virtual environment points back at the place."""
    question = "import sys, platform; print(sys.implementation.cache_tag, sys.version, platform.machine())"
    try:
        done = subprocess.run(
            [str(python), "-I", "-S", "-c", question], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalled(
            f"the interpreter {python} does not start", next_step="Name an existing Python 3.8 or later."
        ) from error
    return f"{done.stdout}\0{python.resolve()}"


def _cache() -> Path:
    """Our folder for environments. One that somebody else may write to is passed over: code is run from it."""
    places = [Path(os.environ[name]) for name in ("XDG_CACHE_HOME", "RUNNER_TEMP") if os.environ.get(name)]
    for place in (*places, Path(tempfile.gettempdir())):
        folder = place / f"mlops-gates-{os.geteuid()}"
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            state = folder.lstat()
            if state.st_uid == os.geteuid() and not state.st_mode & 0o022 and not folder.is_symlink():
                return folder
    return Path(tempfile.mkdtemp(prefix="mlops-gates-"))
