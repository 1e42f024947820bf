"""How a worker can fail its parent. Each is a `CheckError`: the check is errored, never passed."""

from __future__ import annotations

from mlops_gates.errors import CheckError


class WorkerError(CheckError):
    """Base: the model could not be asked, or its answer is none."""


class TimedOut(WorkerError):
    """The session took longer than its `seconds`; everything in it was killed."""


class OutOfMemory(WorkerError):
    """The model asked for more than the memory limit."""


class Ended(WorkerError):
    """The process ended without an answer: `os._exit`, `sys.exit`, or a signal, which is named."""


class BadAnswer(WorkerError):
    """An answer came and broke a rule: rows, shape, type, finite, probabilities in 0–1, or no frame at all."""


class NotLoaded(WorkerError):
    """The model could not be loaded: a module is missing, versions differ, it is no model file."""


class PredictFailed(WorkerError):
    """The model raised on these features, or lacks some of them."""


class Stopped(WorkerError):
    """The parent's cancel event was set."""


class NotInstalled(WorkerError):
    """The worker's own environment could not be made; names the requirement and the installer's last lines."""
