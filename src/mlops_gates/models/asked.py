"""A model that is asked: every row once, what is asked again on purpose counted, a session that died begun anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlops_gates.errors import CheckError
from mlops_gates.models import frames
from mlops_gates.models.discreet import discreet
from mlops_gates.worker.client import Explanation, How, Loaded, Prediction, Worker
from mlops_gates.worker.failures import Ended, PredictFailed, WorkerError
from mlops_gates.worker.job import Frame

_MOST_STARTS = 6
Start = Callable[[int | None, int], Worker]
"""Threads (None: as always) and hash seed → a worker whose model is not loaded yet."""


class AskedModel:
    """A loaded model and what it said of all `features`: `base`. Satisfies no port; one thread at a time.

    `rows` counts the rows that it was asked for, over all questions.
    """

    def __init__(self, start: Start, features: Frame, samples: bool) -> None:
        """Start and load; `samples` lets its errors quote cells. Raises WorkerError."""
        self._start = start
        self._samples = samples
        self._starts = 1
        self.features = features
        self.rows = 0
        self.worker = start(None, 0)
        try:
            self.loaded: Loaded = self.worker.load()
        except BaseException:
            self.worker.close()
            raise
        self.printed = self.worker.log
        self._base: Prediction | None = None
        self.sandbox = self.worker.sandbox
        self.peak = 0
        """The most bytes that a session held, as far as it was looked at."""

    @property
    def base(self) -> Prediction:
        """The answers to all features; they are asked for once. Raises WorkerError."""
        if self._base is None:
            self._base = self.predict(self.features)
        return self._base

    def predict(
        self, frame: Frame, scores: bool = True, seconds: float | None = None, seed: int | None = None
    ) -> Prediction:
        """Answers to a frame, as by `Worker.predict`. Raises WorkerError, which quotes no cells."""
        self.rows += frame.rows
        worker = self._living()
        try:
            return worker.predict(frame, scores, seconds, seed)
        except (PredictFailed, Ended) as error:
            raise (error if self._samples else discreet(error, frame)) from error
        finally:
            self._note()

    def explain(self, frame: Frame, seconds: float | None = None, how: How = "native") -> Explanation:
        """As by `Worker.explain`. Raises WorkerError, which quotes no cells."""
        worker = self._living()
        try:
            return worker.explain(frame, seconds, how)
        except (PredictFailed, Ended) as error:
            raise (error if self._samples else discreet(error, frame)) from error

    @contextmanager
    def anew(self, threads: int | None = None, hash_seed: int = 0) -> Iterator[Worker]:
        """Another process with the same model, loaded. Raises WorkerError."""
        worker = self._start(threads, hash_seed)
        try:
            worker.load()
            yield worker
        finally:
            worker.close()

    def some(self, rows: slice) -> Frame:
        """Some rows of the features."""
        return frames.take(self.features, rows)

    def close(self) -> None:
        """End the session. May be called twice."""
        self._note()
        self.worker.close()

    def _note(self) -> None:
        self.peak = max(self.peak, self.worker.memory[1])

    def _living(self) -> Worker:
        if self.worker.alive:
            return self.worker
        if self._starts >= _MOST_STARTS:
            raise CheckError(
                f"the model ended its process {self._starts} times",
                next_step="See what ended it in the other findings.",
            )
        self._starts += 1
        self.worker = self._start(None, 0)
        try:
            self.worker.load()
        except WorkerError:
            self.worker.close()
            raise
        return self.worker
