"""A `moto` server of ours: a process on a free port of loopback, that ends with us."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO

from mlops_gates.errors import CheckError

STARTING = 60.0
"""Seconds that a start may take; about one is usual."""
_EXTRA = "Install mlops-gates[exercise]."
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "SYSTEMROOT")
_NEEDED = ("boto3", "moto", "flask", "werkzeug")


class MotoServer:
    """A context: `endpoint` is its URL within, `seconds` how long the start took. Raises CheckError where it cannot start."""

    endpoint = ""
    seconds = 0.0

    def __init__(self, longest: float = STARTING) -> None:
        self._longest = min(longest, STARTING)
        self._process: subprocess.Popen[str] | None = None
        # A pipe that nobody reads would fill up and stop the server.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `end`

    def __enter__(self) -> MotoServer:
        if missing := [name for name in _NEEDED if not find_spec(name)]:
            raise CheckError(f"exercise: true needs the package {missing[0]}", next_step=_EXTRA)
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("motochild.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=_environment(),
            text=True,
        )
        port = self._port(self._process)
        self.endpoint = f"http://127.0.0.1:{port}"
        self.seconds = time.perf_counter() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the process, at the latest by force. May be called from another thread, and twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, self._log):
            if pipe:
                pipe.close()

    def reset(self) -> None:
        """Forget everything that was created."""
        import urllib.request

        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        asked = urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST")  # noqa: S310
        try:
            opener.open(asked, timeout=10).close()
        except OSError as error:
            raise CheckError(f"the moto server went away ({type(error).__name__})", next_step="Run again.") from None

    def _port(self, process: subprocess.Popen[str]) -> int:
        lines: list[str] = []
        assert process.stdout
        reader = threading.Thread(target=_first, args=(process.stdout, lines), daemon=True)
        reader.start()
        reader.join(self._longest)
        if lines and lines[0].strip().isdigit():
            return int(lines[0])
        if reader.is_alive():
            self.end()
            raise CheckError(f"the moto server did not answer within {self._longest:.0f} s", next_step="Run again.")
        process.wait()
        self._log.seek(0)
        said = self._log.read().strip().splitlines()
        self.end()
        raise CheckError(f"the moto server did not start: {said[-1] if said else 'it said nothing'}", next_step=_EXTRA)


def _first(pipe: IO[str], lines: list[str]) -> None:
    try:
        lines.append(pipe.readline())
    except ValueError:
        lines.append("")


def _environment() -> dict[str, str]:
    """No credentials, no proxy and no AWS profile of the user: what runs here is a stand-in."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_EC2_METADATA_DISABLED": "true"}
