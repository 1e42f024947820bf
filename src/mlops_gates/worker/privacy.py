"""Hides this process from others of the same user: their /proc/<our pid>/environ and mem stay closed."""

from __future__ import annotations

import ctypes
import sys
import threading

_PR_SET_DUMPABLE = 4
_lock = threading.Lock()
_hiders: list[None] = []


def hide() -> bool:
    """Hides us until as many calls of `show`; whether it worked. Costs core dumps and debuggers meanwhile."""
    with _lock:
        if not _hiders and not _dumpable(0):
            return False
        _hiders.append(None)
        return True


def show() -> None:
    """Takes back one `hide`."""
    with _lock:
        _hiders.pop()
        if not _hiders:
            _dumpable(1)


def _dumpable(value: int) -> bool:
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(value), 0, 0, 0) == 0)
