"""What is told while gates work: one moving line on a terminal, plain lines in a log."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from mlops_gates.findings import GateResult
from mlops_gates.reporters import words
from mlops_gates.reporters.console import speaks_unicode
from mlops_gates.reporters.text import logged

_TICK_SECONDS = 0.1
_CLEAR = "\r\x1b[2K"


class LogProgress:
    """Plain lines to `out`, for a log that somebody reads later. Thread-safe context manager."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def started(self, gate: str, block: str) -> None:
        """Tell that a block begins."""
        self._say(f"{_name(gate, block)}: started")

    def advanced(self, gate: str, block: str, what: str) -> None:
        """Tell what takes a while."""
        self._say(f"{_name(gate, block)}: {logged(what, 200)}")

    def finished(self, result: GateResult) -> None:
        """Tell how a block ended."""
        self._say(_ending(result))

    def _say(self, line: str) -> None:
        with self._lock:
            print(line, file=self._out, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to tidy up."""


class TerminalProgress:
    """One live line on the terminal `out` while gates work; it leaves nothing behind. Thread-safe context manager."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._doing: dict[str, str] = {}
        self._begun = clock()
        self._frames = itertools.cycle("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" if speaks_unicode(out) else "|/-\\")
        self._ticker = threading.Thread(target=self._tick, name="progress", daemon=True)

    def started(self, gate: str, block: str) -> None:
        """Show that a block begins."""
        self.advanced(gate, block, "")

    def advanced(self, gate: str, block: str, what: str) -> None:
        """Show what takes a while."""
        with self._lock:
            self._doing[_name(gate, block)] = logged(what, 200)
            self._draw()

    def finished(self, result: GateResult) -> None:
        """Show that a block is done no more."""
        with self._lock:
            self._doing.pop(_name(result.gate, result.block), None)
            self._draw()

    def __enter__(self) -> Self:
        self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the spinner and wipe the line, whatever happened."""
        self._stop.set()
        self._ticker.join(timeout=1)
        with self._lock:
            self._doing.clear()
            self._write(_CLEAR)

    def _tick(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        if self._stop.is_set() or not self._doing:
            self._write(_CLEAR)
            return
        parts = [f"{name}: {what}" if what else name for name, what in self._doing.items()]
        line = f"{next(self._frames)} {self._clock() - self._begun:.0f} s  {' | '.join(parts)}"
        self._write(f"{_CLEAR}{line[: shutil.get_terminal_size().columns - 1]}")

    def _write(self, text: str) -> None:
        self._out.write(text.encode(self._out.encoding or "ascii", "replace").decode(self._out.encoding or "ascii"))
        self._out.flush()


def _name(gate: str, block: str) -> str:
    return logged(f"{gate} ({block})" if block else gate, 80)


def _ending(result: GateResult) -> str:
    name = logged(words.gate_name(result), 80)
    return f"{name}: {result.status.value}, {words.looked(result)}, {result.seconds:.1f} s"
