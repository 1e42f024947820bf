"""One question, one answer: over pipes that a hostile child may stall, flood, forge or close."""

from __future__ import annotations

import os
import selectors
import threading
import time
from dataclasses import dataclass, field

from mlops_gates.worker import protocol
from mlops_gates.worker.failures import BadAnswer, Ended, OutOfMemory, Stopped, TimedOut
from mlops_gates.worker.process import Process, folder_size
from mlops_gates.worker.protocol import Header

_TICK = 0.05
_CHUNK = 1 << 20
_FOLDER_CHECK = 0.25
_MOST_DRAINS = 64


@dataclass
class Log:
    """The first `limit` bytes of what the child printed, and how many more there were."""

    limit: int
    kept: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, data: bytes) -> None:
        """Takes what still fits and counts the rest."""
        room = self.limit - len(self.kept)
        self.kept += data[:room]
        self.dropped += max(0, len(data) - room)


class Link:
    """Sends frames and reads answers until the deadline (`time.monotonic`), a cancel, or the child's end.

    `folder_limit` is the number of bytes that the private folder may hold.
    """

    def __init__(self, process: Process, log: Log, deadline: float, cancel: threading.Event, folder_limit: int) -> None:
        self._process = process
        self._log = log
        self._deadline = deadline
        self._cancel = cancel
        self._folder_limit = folder_limit
        self._folder_seen = 0.0

    def exchange(
        self, header: Header, payload: bytes, limit: int, seconds: float | None = None
    ) -> tuple[Header, bytearray]:
        """One request and its answer, whose payload has at most `limit` bytes, within `seconds` of its own.

        Raises `TimedOut`, `Stopped`, `Ended`, `OutOfMemory` (folder full) and `BadAnswer` (no frame, or too large).
        """
        sending = [memoryview(protocol.pack(header, len(payload))), memoryview(payload)]
        reader = _FrameReader(limit)
        until = self._deadline if seconds is None else min(self._deadline, time.monotonic() + seconds)
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.requests, selectors.EVENT_WRITE)
            selector.register(self._process.answers, selectors.EVENT_READ)
            selector.register(self._process.output, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(_TICK)}
                if self._process.requests in ready and not self._send(sending):
                    selector.unregister(self._process.requests)
                if self._process.output in ready and self._listen() == 0:
                    selector.unregister(self._process.output)
                if self._process.answers in ready:
                    answer = self._receive(reader)
                    if answer is not None:
                        return answer
                elif self._process.ended() is not None:
                    raise Ended("")
                self._keep_limits(until)

    def drain(self) -> None:
        """Takes what the child has printed so far."""
        for _ in range(_MOST_DRAINS):  # bounded: a flood is as fast as we are
            if self._process.output < 0 or not self._listen():
                return

    def _send(self, sending: list[memoryview]) -> bool:
        """Writes what the pipe takes; False when nothing is left. A closed pipe shows on the other one."""
        while sending and not sending[0]:
            sending.pop(0)
        if not sending:
            return False
        try:
            sending[0] = sending[0][os.write(self._process.requests, sending[0][:_CHUNK]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return True

    def _listen(self) -> int | None:
        """Bytes taken: 0 at the end of the pipe, None when there is nothing just now."""
        try:
            data = os.read(self._process.output, _CHUNK)
        except BlockingIOError:
            return None
        self._log.add(data)
        return len(data)

    def _receive(self, reader: _FrameReader) -> tuple[Header, bytearray] | None:
        try:
            data = os.read(self._process.answers, _CHUNK)
        except BlockingIOError:
            return None
        if not data:
            raise Ended("")
        try:
            return reader.add(data)
        except protocol.Nonsense as error:
            raise BadAnswer(f"the worker answered nonsense: {error}") from error

    def _keep_limits(self, until: float) -> None:
        now = time.monotonic()
        if self._cancel.is_set():
            raise Stopped("the work was cancelled")
        if now >= until:
            raise TimedOut("")
        if now - self._folder_seen > _FOLDER_CHECK:
            self._folder_seen = now
            if folder_size(self._process.private, self._folder_limit) >= self._folder_limit:
                raise OutOfMemory(f"the model wrote more than {self._folder_limit >> 20} MB of temporary files")


class _FrameReader:
    """Collects the bytes of one frame; nothing is allocated for a claimed length before its bytes came."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self._sizes: tuple[int, int] | None = None

    def add(self, data: bytes) -> tuple[Header, bytearray] | None:
        """The frame once it is whole. Raises `Nonsense`, also when more than one frame came."""
        self._bytes += data
        start = protocol.PREFIX.size
        if self._sizes is None:
            if len(self._bytes) < start:
                return None
            self._sizes = protocol.unpack_prefix(bytes(self._bytes[:start]), self._limit)
        middle = start + self._sizes[0]
        end = middle + self._sizes[1]
        if len(self._bytes) < end:
            return None
        if len(self._bytes) > end:
            raise protocol.Nonsense("more than one answer to one question")
        header = protocol.unpack_header(bytes(self._bytes[start:middle]))
        return header, self._bytes[middle:end]
