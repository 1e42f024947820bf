"""The parent's face of the worker: features go in, raw predictions come out, nothing the model does reaches us.

with Worker.start(Job(model=Path("model.joblib")), cancel) as worker:
    loaded = worker.load()
    prediction = worker.predict(frame)
"""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from mlops_gates.textsafe import harmless
from mlops_gates.worker import answers, columns, ends, privacy
from mlops_gates.worker.answers import Explanation, Loaded, Prediction
from mlops_gates.worker.columns import Block
from mlops_gates.worker.failures import BadAnswer, Ended, NotLoaded, TimedOut, WorkerError
from mlops_gates.worker.job import Column, Frame, Job
from mlops_gates.worker.link import Link, Log
from mlops_gates.worker.process import Process
from mlops_gates.worker.protocol import Header

if TYPE_CHECKING:
    import numpy as np

How = Literal["native", "shap"]
_LOG_BYTES = 64 << 10
_FILE_BYTES = 256 << 20
_FOLDER_BYTES = 512 << 20
_OPEN_FILES = 256
_SMALL_ANSWER = 1 << 20
_LARGEST_ANSWER = 1 << 30
_LARGEST_RENDERED = 64 << 20
_MOST_CLASSES = 1000
_MOST_PARTS = 20_000


class Worker:
    """A running session; use it as a context manager, from one thread at a time.

    `sandbox` is `full`, or `partial: ` and what this machine lacks.
    """

    def __init__(self, job: Job, process: Process, link: Link, log: Log) -> None:
        self._job = job
        self._process = process
        self._link = link
        self._log = log
        self._asked = 0
        self._missing: tuple[str, ...] = ("everything",)
        self._exit_code: int | None = None
        self._hides_us = False

    @classmethod
    def start(cls, job: Job, cancel: threading.Event | None = None) -> Self:
        """Starts the interpreter and shuts it in; no code of the model runs yet.

        Raises `NotLoaded` (no such file) and any other `WorkerError`. Setting `cancel` kills the session within a
        tenth of a second while a call waits, and that call raises `Stopped`.
        """
        deadline = time.monotonic() + job.seconds
        model_fd = _open_model(job.model)
        log = Log(_LOG_BYTES)
        try:
            process = Process(job.python, model_fd, job.threads, job.hash_seed)
        finally:
            if model_fd is not None:
                os.close(model_fd)
        link = Link(process, log, deadline, cancel or threading.Event(), _FOLDER_BYTES)
        worker = cls(job, process, link, log)
        try:
            worker._shut_in(model_fd)
        except BaseException:
            worker.close()
            raise
        return worker

    @property
    def sandbox(self) -> str:
        """`full`, or `partial: ` and the measures that this machine lacks."""
        return "partial: no " + "; no ".join(self._missing) if self._missing else "full"

    @property
    def log(self) -> str:
        """What the model printed to stdout and stderr until now: its first 64 KiB, harmless to print."""
        if self._exit_code is None:
            self._link.drain()
        text = harmless(self._log.kept.decode("utf-8", errors="replace"))
        return text + (f"\n[{self._log.dropped:,} more bytes]" if self._log.dropped else "")

    def load(self) -> Loaded:
        """Loads the model: its feature names, library versions, warnings, seconds. Raises `NotLoaded` and others."""
        header, _, wall = self._ask({"kind": "load"}, b"", _SMALL_ANSWER)
        self._expect(header, "loaded")
        return answers.loaded(header, wall)

    @property
    def memory(self) -> tuple[int, int]:
        """Bytes that the session holds in memory now, and the most it ever held, as the kernel counts them."""
        return self._process.memory() if self.alive else (0, 0)

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return self._exit_code is None

    def predict(
        self, frame: Frame, scores: bool = True, seconds: float | None = None, seed: int | None = None
    ) -> Prediction:
        """Asks the loaded model; `scores=False` leaves out `predict_proba` and `decision_function`.

        `seed` is what the global generators of random, numpy and torch are seeded with before; None leaves them alone.

        An answer that takes longer than `seconds` ends the session as one that takes longer than the whole may.
        Raises `PredictFailed` (it raised, or features are missing), `BadAnswer` (a rule broke) and others.
        """
        described, payload = columns.encode(_blocks(frame.columns))
        request = {"kind": "predict", "columns": described, "scores": scores, "seed": seed}
        limit = min(_LARGEST_ANSWER, (16 << 20) + 8 * frame.rows * (2 + _MOST_CLASSES))
        header, data, wall = self._ask(request, payload, limit, seconds)
        self._expect(header, "predicted")
        return answers.prediction(header, data, frame.rows, wall)

    def echo(self, frame: Frame) -> float:
        """Seconds that a request of this size takes without the model: there, into its table, and back."""
        described, payload = columns.encode(_blocks(frame.columns))
        header, _, wall = self._ask({"kind": "echo", "columns": described}, payload, _SMALL_ANSWER)
        self._expect(header, "echoed")
        return wall

    def explain(self, frame: Frame, seconds: float | None = None, how: How = "native") -> Explanation:
        """Contributions of features to the answers: `native` of the model's own library, or by `shap` where it is installed.

        Raises `PredictFailed` where it has nothing, `BadAnswer` (a rule broke) and others.
        """
        described, payload = columns.encode(_blocks(frame.columns))
        limit = min(_LARGEST_ANSWER, (16 << 20) + 8 * frame.rows * _MOST_PARTS)
        header, data, _ = self._ask({"kind": "explain", "columns": described, "how": how}, payload, limit, seconds)
        self._expect(header, "explained")
        return answers.explanation(header, data, frame.rows)

    def value(self, frame: Frame) -> np.ndarray[Any, Any]:
        """Asks a function for numbers: one per row, shape (rows,), or one for all, shape (1,).

        Raises `PredictFailed` (it raised), `BadAnswer` (a rule broke) and others.
        """
        described, payload = columns.encode(_blocks(frame.columns))
        limit = _SMALL_ANSWER + 8 * frame.rows
        header, data, _ = self._ask({"kind": "value", "columns": described}, payload, limit)
        self._expect(header, "valued")
        return answers.values(header, data, frame.rows)

    def render(
        self,
        target: str,
        only: str | None = None,
        config: Mapping[str, Any] | None = None,
        role: str | None = None,
        region: str = "us-east-1",
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """What a target of builders holds ({"sdk", "builders" or "error", "calls"}), or its entry `only`, rendered.

        What the user's code raises is part of the answer. Raises `BadAnswer` (no JSON object, or too large),
        `PredictFailed` (no such entry), `TimedOut` (after `seconds` or the session's) and others.
        """
        request: Header = {"kind": "render", "target": target, "only": only, "role": role, "region": region}
        request |= {"config": None if config is None else dict(config), "limit": _LARGEST_RENDERED}
        header, data, _ = self._ask(request, b"", _LARGEST_RENDERED, seconds)
        self._expect(header, "rendered")
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            self.close()
            raise BadAnswer(f"the worker answered nonsense: no JSON ({type(error).__name__})") from error
        if not isinstance(found, dict):
            self.close()
            raise BadAnswer("the worker answered nonsense: no JSON object")
        return found

    def close(self) -> None:
        """Kills the session and removes its folder. May be called twice."""
        if self._exit_code is None:
            self._link.drain()
            self._exit_code = self._process.kill(loose=bool(self._missing))
            if self._hides_us:
                privacy.show()
                self._hides_us = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _shut_in(self, model_fd: int | None) -> None:
        setup = {
            "parent": os.getpid(),
            "private": str(self._process.private),
            "code": [str(folder.resolve()) for folder in self._job.code],
            "hidden": [str(path.resolve()) for path in self._job.hidden],
            "memory": self._job.memory,
            "file_size": _FILE_BYTES,
            "open_files": _OPEN_FILES,
            "model_fd": model_fd,
            "target": str(self._job.model),
        }
        header, _, _ = self._ask(setup, b"", _SMALL_ANSWER)
        self._expect(header, "ready")
        self._missing = tuple(str(name) for name in header["missing"])
        if not header["apart"]:
            self._hides_us = privacy.hide()

    def _ask(
        self, header: Header, payload: bytes, limit: int, seconds: float | None = None
    ) -> tuple[Header, bytearray, float]:
        """A request and its answer with the same number, and the seconds between; any failure ends the session."""
        if self._exit_code is not None:
            raise Ended("the worker's session is over")
        number, self._asked = self._asked, self._asked + 1
        started = time.monotonic()
        try:
            answer, data = self._link.exchange({**header, "id": number}, payload, limit, seconds)
            if answer.get("id") != number:
                raise BadAnswer("the worker answered nonsense: the answer to another question")
        except TimedOut:
            self.close()
            raise TimedOut(
                f"the model timed out: no answer after {seconds or self._job.seconds:g} s", next_step="Raise `timeout`."
            ) from None
        except Ended:
            raise self._why_ended() from None
        except BaseException:
            self.close()
            raise
        return answer, data, time.monotonic() - started

    def _expect(self, header: Header, kind: str) -> None:
        if header.get("kind") == "raised":
            ends.raised(header, kind == "loaded", self._job.memory)
        if header.get("kind") != kind:
            self.close()
            raise BadAnswer(f"the worker answered nonsense: not what answers a request to have it {kind}")

    def _why_ended(self) -> WorkerError:
        """Waits a moment: the pipe closes before the process is gone, and killing it would hide its own end."""
        patience = time.monotonic() + 1.0
        while self._process.ended() is None and time.monotonic() < patience:
            time.sleep(0.005)
        self.close()
        return ends.ended(self._exit_code or 0, self.log, self._job.memory)


def _blocks(found: Sequence[Column]) -> list[Block]:
    return [Block(column.name, column.kind, column.values, column.nulls) for column in found]


def _open_model(model: Path | str) -> int | None:
    """The model's file, opened here so that the worker's user need not be able to; None for `module:attribute`."""
    if isinstance(model, str):
        return None
    try:
        fd = os.open(model, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a named pipe would wait for its writer
    except OSError as error:
        raise NotLoaded(f"the model file {model} cannot be read: {error.strerror}") from error
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise NotLoaded(f"the model {model} is no regular file", next_step="Name a joblib or pickle file.")


__all__ = ["Explanation", "Loaded", "Prediction", "Worker"]
