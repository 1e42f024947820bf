"""In the child: multiprocessing's semaphores without /dev/shm.

joblib's threads and tqdm make such semaphores, and the kernel's live in a folder that all processes share. A worker
has no second process, so those of threads do the same.
"""

from __future__ import annotations

import importlib
import threading
from typing import Any

_RECURSIVE = 0


class SemLock:
    """What `_multiprocessing.SemLock` is to `multiprocessing.synchronize`, for threads of one process."""

    SEM_VALUE_MAX = 2**31 - 1
    handle = 0
    name = None  # one with a name would be registered with a tracker process

    def __init__(self, kind: int, value: int, maxvalue: int, *_name_and_unlink: object, **_named: object) -> None:
        self.kind = kind
        self.maxvalue = maxvalue
        self._value = value
        self._changed = threading.Condition()
        self._owner = 0
        self._taken = 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Takes one; waits up to `timeout` seconds, None waits for ever."""
        with self._changed:
            if self.kind == _RECURSIVE and self._is_mine():
                self._taken += 1
                return True
            if not self._changed.wait_for(lambda: self._value > 0, timeout if block else 0):
                return False
            self._value -= 1
            self._owner = threading.get_ident()
            self._taken += 1
            return True

    def release(self) -> None:
        """Gives one back. Raises `ValueError` above the maximum, `AssertionError` on another thread's lock."""
        with self._changed:
            if self.kind == _RECURSIVE and not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self.kind != _RECURSIVE and self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            self._taken -= 1
            if self.kind != _RECURSIVE or self._taken == 0:
                self._value += 1
                self._changed.notify()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _count(self) -> int:
        return self._taken

    def _is_mine(self) -> bool:
        return self._taken > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0


def install() -> None:
    """Replaces the kernel's for this process; an interpreter that was built without them stays without."""
    try:
        module: Any = importlib.import_module("_multiprocessing")
    except ImportError:
        return
    module.SemLock = SemLock
