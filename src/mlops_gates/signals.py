"""SIGINT and SIGTERM end a run with its reports written."""

from __future__ import annotations

import signal
from types import FrameType

from mlops_gates.errors import Cancelled


class Signals:
    """The handlers of this process; the first signal raises `Cancelled` in the main thread, later ones do nothing."""

    def __init__(self) -> None:
        self._armed = True

    @classmethod
    def install(cls) -> Signals:
        """Take both signals over, also as process 1 of a container, where nobody else would."""
        signals = cls()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signals._handle)
        return signals

    def ignore(self) -> None:
        """From now on reports are being written, and nothing may cut them in two."""
        self._armed = False

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._armed:
            self._armed = False
            raise Cancelled(number)
