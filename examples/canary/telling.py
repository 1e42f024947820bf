"""Tells the comparer what was decided: one line of JSON per answer, over one TCP connection, from a thread of its own.

The answer to the client never waits for it. What cannot be told is dropped and stays unpaired at the comparer, which counts it.
"""

from __future__ import annotations

import json
import queue
import socket
import sys
import threading
from contextlib import ExitStack

WAITING = 10_000
"""Answers that may wait to be told."""


class Telling:
    """`address` is HOST:PORT, or empty to tell nobody."""

    def __init__(self, address: str) -> None:
        self._queue: queue.Queue[bytes] = queue.Queue(WAITING)
        self._address = address
        if address:
            threading.Thread(target=self._run, daemon=True).start()

    def tell(self, request: str, arm: str, via: str, decision: str) -> None:
        """What an arm decided on a request; returns at once."""
        if self._address and request:
            line = json.dumps({"id": request, "arm": arm, "via": via, "decision": decision})
            try:
                self._queue.put_nowait(line.encode() + b"\n")
            except queue.Full:
                return

    def _run(self) -> None:
        host, _, port = self._address.rpartition(":")
        while True:
            try:
                with ExitStack() as stack:
                    connection = stack.enter_context(socket.create_connection((host, int(port)), timeout=5))
                    while True:
                        connection.sendall(self._queue.get())
            except OSError as error:
                print(f"comparer: {error}", file=sys.stderr)
                self._queue.get()  # lost, and the pace of trying again is that of the answers
