"""How a request ended that got no answer: the exception of a child, or the end of its process, as an error of ours."""

from __future__ import annotations

import signal
from typing import NoReturn

from mlops_gates.textsafe import one_line
from mlops_gates.worker.answers import text_of, warnings_of
from mlops_gates.worker.failures import Ended, NotLoaded, OutOfMemory, PredictFailed, WorkerError
from mlops_gates.worker.protocol import Header

_REFUSED = ("PermissionError", "BlockingIOError")


def raised(header: Header, loading: bool, memory: int) -> NoReturn:
    """Turns an exception of the child into the error that it is."""
    kind, text = text_of(header, "type", 100), text_of(header, "text", 600)
    if kind == "MemoryError" or (kind == "RuntimeError" and "bad_alloc" in text):
        raise out_of_memory(memory)
    if kind == "SystemExit":
        raise Ended("the model ended its process without an answer (sys.exit)")
    hint = _hint(header, kind, loading)
    if kind in ("NotLoadable", "NotPredictable"):
        raise (NotLoaded if loading else PredictFailed)(text, next_step=hint)
    if loading and isinstance(header.get("module"), str):
        name = text_of(header, "module", 100)
        raise NotLoaded(f"the model needs the module {name}, which is not importable in its worker", next_step=hint)
    where = text_of(header, "where", 100)
    told = f"{kind}: {text}" + (f" ({where})" if where else "")
    if loading:
        raise NotLoaded(f"the model cannot be loaded: {told}", next_step=hint)
    raise PredictFailed(f"predict raised {told}", next_step=hint)


def out_of_memory(memory: int) -> OutOfMemory:
    """The error that names the limit, in MB of 2**20 bytes."""
    return OutOfMemory(
        f"the model needs more than its {memory >> 20:,} MB of memory", next_step="Raise `memory` or shrink the model."
    )


def ended(code: int, log: str, memory: int) -> WorkerError:
    """The error for a process that went away by itself; a negative `code` is a signal."""
    if code == -signal.SIGABRT and ("bad_alloc" in log or "MemoryError" in log or "Cannot allocate" in log):
        return out_of_memory(memory)
    last = one_line(log.rstrip().rpartition("\n")[2], 200)
    step = f"The last line it printed: {last}" if last else "It printed nothing."
    if code >= 0:
        return Ended(f"the model's process ended without an answer (exit code {code})", next_step=step)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    if -code == signal.SIGKILL:
        step = "The machine may have run out of memory."
    return Ended(f"the model's process was killed by signal {-code} ({name})", next_step=step)


def _hint(header: Header, kind: str, loading: bool) -> str:
    if kind in _REFUSED:
        return "A worker has no network, starts no processes and touches only its own files and its `code`."
    mismatch = [text for text in warnings_of(header) if text.startswith("InconsistentVersionWarning")]
    if loading and mismatch:
        return (
            f"The versions differ ({mismatch[0].partition(': ')[2][:160]}…): pin those of training in `requirements`."
        )
    if loading and kind == "AttributeError" and "__main__" in text_of(header, "text", 600):
        return "Its class lives in the script that trained it: move it into a module, and name its folder in `code`."
    if header.get("module"):
        return "Name its distribution in `requirements`, or its folder in `code`."
    return ""
