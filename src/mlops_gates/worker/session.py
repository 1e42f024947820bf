"""In the child: sandbox first, then answer requests until the pipe closes. No label, limit or token comes here."""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import site
import sys
import time
import warnings
from typing import Any

from . import columns, explaining, introspection, loading, predicting, sandbox, semaphores
from .protocol import Header, read_frame, write_frame

_LONGEST_NAME = 200
"""Characters of a class, module or file name that are sent: a model's code can name a class anything."""
_REQUEST_LIMIT = 1 << 40
"""The parent is trusted; what it may send is bounded by the memory limit alone."""


def main(requests: int, answers: int) -> None:
    """Serves one parent over two descriptors and ends without running any exit handler of the model's code."""
    setup, _ = read_frame(requests, _REQUEST_LIMIT)
    if not setup["target"]:
        importlib.import_module(".rendering.rendering", __package__)  # our own files are out of reach from here on
    state = sandbox.apply(sandbox.Plan.of(setup))
    write_frame(answers, {"id": 0, "kind": "ready", "missing": state.missing, "apart": state.apart})
    semaphores.install()
    faulthandler.enable()  # a crash in native code names its line in the log
    site.main()  # put off by -S: .pth files and sitecustomize are other people's code too
    sys.path[:0] = setup["code"]
    serve(requests, answers, setup)


def serve(requests: int, answers: int, setup: Header) -> None:
    """One answer per request, with the request's number; whatever user code raises becomes an answer."""
    worker = _Session(setup)
    while True:
        try:
            header, payload = read_frame(requests, _REQUEST_LIMIT)
        except EOFError:
            os._exit(0)
        answer, data = worker.answer(header, payload)
        answer["id"] = header["id"]
        write_frame(answers, answer, data)


class _Session:
    """A model that is loaded once and asked many times."""

    def __init__(self, setup: Header) -> None:
        self._setup = setup
        self._model: Any = None
        self._asked = {"load": self._load, "predict": self._predict, "explain": self._explain, "echo": self._echo}
        self._asked["value"] = self._value
        self._asked["render"] = self._render
        self._targets: dict[str, Any] = {}

    def answer(self, header: Header, payload: bytearray) -> tuple[Header, bytes]:
        """The header and payload of an answer; warnings of any kind travel along, once each."""
        with warnings.catch_warnings(record=True) as caught:
            try:
                answer, data = self._asked[header["kind"]](header, payload)
            except BaseException as error:  # noqa: BLE001 -- SystemExit and KeyboardInterrupt are answers too
                answer, data = _described(error), b""
        said = dict.fromkeys(f"{item.category.__name__[:_LONGEST_NAME]}: {str(item.message)[:600]}" for item in caught)
        answer["warnings"] = list(said)[:20]
        return answer, data

    def _load(self, _: Header, __: bytearray) -> tuple[Header, bytes]:
        started = time.perf_counter()
        fd = self._setup["model_fd"]
        gc.disable()  # what is loaded stays: looking for garbage in it costs a tenth of the time
        try:
            target = self._setup["target"]
            suffix = os.path.splitext(target)[1].lower()  # noqa: PTH122
            self._model = loading.load_attribute(target) if fd is None else loading.load_file(fd, suffix)
        finally:
            gc.freeze()
            gc.enable()
        answer = {
            "kind": "loaded",
            "seconds": time.perf_counter() - started,
            "type": type(self._model).__name__[:_LONGEST_NAME],
            "features": loading.feature_names(self._model),
            "versions": loading.versions(),
            **introspection.facts(self._model),
        }
        return answer, b""

    def _predict(self, header: Header, payload: bytearray) -> tuple[Header, bytes]:
        blocks = columns.decode(header["columns"], payload)
        if header.get("seed") is not None:
            predicting.seed(header["seed"])
        facts, answered = predicting.predict(self._model, blocks, header["scores"])
        described, data = columns.encode(answered)
        return dict(facts, kind="predicted", columns=described), data

    def _echo(self, header: Header, payload: bytearray) -> tuple[Header, bytes]:
        """All that a prediction takes beside the model's own work."""
        blocks = columns.decode(header["columns"], payload)
        predicting.table_of(self._model, predicting.ordered(self._model, blocks))
        return {"kind": "echoed"}, b""

    def _explain(self, header: Header, payload: bytearray) -> tuple[Header, bytes]:
        blocks = columns.decode(header["columns"], payload)
        facts, answered = explaining.explain(self._model, blocks, header["how"])
        described, data = columns.encode(answered)
        return dict(facts, kind="explained", columns=described), data

    def _value(self, header: Header, payload: bytearray) -> tuple[Header, bytes]:
        blocks = columns.decode(header["columns"], payload)
        described, data = columns.encode([predicting.value(self._model, blocks)])
        return {"kind": "valued", "columns": described}, data

    def _render(self, header: Header, _: bytearray) -> tuple[Header, bytes]:
        """What a target holds, or one thing in it rendered: objects stay from one request to the next."""
        rendering = importlib.import_module(".rendering.rendering", __package__)
        asked = [header.get(name) for name in ("target", "config", "role", "region")]
        key = json.dumps(asked, sort_keys=True)
        if key not in self._targets:
            self._targets[key] = rendering.Rendering(*asked)
        target = self._targets[key]
        found = target.listed() if header.get("only") is None else target.entry(header["only"])
        data = json.dumps(found, allow_nan=False).encode("ascii")
        if len(data) > header["limit"]:
            raise OverflowError(f"what was rendered has {len(data):,} bytes, more than {header['limit']:,}")
        return {"kind": "rendered"}, data


def _described(error: BaseException) -> dict[str, Any]:
    """An exception as data. `where` is the innermost line of code, so that a message points at something."""
    trail = _trail(error)
    try:
        text = str(error)[:2000]
    except BaseException:  # noqa: BLE001 -- a hostile __str__ must not end the answer
        text = ""
    missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
    return {
        "kind": "raised",
        "type": type(error).__name__[:_LONGEST_NAME],
        "text": text,
        "module": missing[:_LONGEST_NAME] if isinstance(missing, str) else None,
        "where": "{}:{}".format(*trail[-1]) if trail else "",
    }


def _trail(error: BaseException) -> list[tuple[str, int]]:
    trail = []
    step = error.__traceback__
    while step is not None:
        name = os.path.basename(step.tb_frame.f_code.co_filename)  # noqa: PTH119
        trail.append((name[-_LONGEST_NAME:], step.tb_lineno))
        step = step.tb_next
    return trail
