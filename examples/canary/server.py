"""A model server with a switch for faults: POST /predict, GET /metrics, GET and POST /fault, GET /health.

Whether a request errs or is slow hangs on a hash of its id alone, so that who knows the ids knows the counts. A nulled feature
is what a feature store does when a join finds nothing: the value is gone, the model takes 0 for it, the answer is a 200 and
quick.

    python server.py MODEL BANDS --comparer HOST:PORT --arm canary
prints the port it listens on.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zlib import crc32

import joblib
import numpy as np
from counted import Counted
from prometheus_client import CollectorRegistry, generate_latest
from telling import Telling

POSITIVE = "malignant"


@dataclass(frozen=True)
class Fault:
    """What goes wrong: shares of requests (0-1) that err or are slow, by how many seconds, and a feature that is lost."""

    errors: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 0.3
    nulled: str = ""

    def __post_init__(self) -> None:
        if not (0 <= self.errors <= 1 and 0 <= self.slow <= 1 and 0 <= self.slow_seconds <= 60):
            raise ValueError("shares are 0 to 1, seconds 0 to 60")


def struck(kind: str, name: str, share: float) -> bool:
    """Whether a fault of a kind, with a share of all requests, strikes the request with this id."""
    return crc32(f"{kind}/{name}".encode()) / 2**32 < share


class Model:
    """A scikit-learn model, the names of its features, and what is wrong with it at present."""

    def __init__(self, path: Path) -> None:
        self._model = joblib.load(path)
        self.features = tuple(self._model.feature_names_in_)
        self.decisions = tuple(str(label) for label in self._model.classes_)
        # Rows come as arrays in this order; a frame per request would cost more than the model.
        self._model.steps[0][1].__dict__.pop("feature_names_in_", None)
        self._positive = self.decisions.index(POSITIVE)
        self.fault = Fault()

    def score(self, row: dict[str, float | None]) -> tuple[str, float, bool]:
        """Decision, score of the positive label, and whether a feature was missing."""
        values = [None if name == self.fault.nulled else row.get(name) for name in self.features]
        missing = any(value is None for value in values)
        chances = self._model.predict_proba(np.array([[0.0 if v is None else float(v) for v in values]]))[0]
        return self.decisions[int(chances.argmax())], float(chances[self._positive]), missing


class Handler(BaseHTTPRequestHandler):
    """One connection; HTTP/1.1, so that a router keeps it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    model: Model
    registry: CollectorRegistry
    counted: dict[str, Counted]
    telling: Telling
    arm: str

    def do_GET(self) -> None:
        """Metrics for Prometheus, the fault at present, or that we are there."""
        if self.path == "/metrics":
            self._answer(200, generate_latest(self.registry), "text/plain; version=0.0.4")
        elif self.path == "/fault":
            self._say(200, asdict(self.model.fault))
        else:
            self._say(200 if self.path == "/health" else 404, {"arm": self.arm})

    def do_POST(self) -> None:
        """A request to the model, or a new fault."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/predict":
            self._predict(body)
        elif self.path == "/fault":
            try:
                fault = replace(Fault(), **json.loads(body))
                if fault.nulled and fault.nulled not in self.model.features:
                    raise ValueError(f"no feature {fault.nulled}")
            except (ValueError, TypeError) as error:
                self._say(400, {"error": str(error)})
            else:
                self.model.fault = fault
                self._say(200, asdict(fault))
        else:
            self._say(404, {})

    def _predict(self, body: bytes) -> None:
        began = time.perf_counter()
        name = self.headers.get("X-Request-Id", "")
        via = "mirrored" if self.headers.get("X-Mirrored") else "live"
        fault = self.model.fault
        if struck("slow", name, fault.slow):
            time.sleep(fault.slow_seconds)
        status, answer = self._decide(body, name, via, fault)
        # Counted before it is sent: who has the answer finds it in the metrics.
        self.counted[via].answered(status, time.perf_counter() - began)
        self._say(status, answer)

    def _decide(self, body: bytes, name: str, via: str, fault: Fault) -> tuple[int, dict[str, object]]:
        if struck("error", name, fault.errors):
            return 500, {"error": "out of order"}
        try:
            decision, score, missing = self.model.score(json.loads(body))
        except (ValueError, TypeError, AttributeError):
            return 400, {"error": "the body should be a JSON object of features and numbers"}
        self.counted[via].decided(decision, score, missing)
        self.telling.tell(name, self.arm, via, decision)
        return 200, {"decision": decision, "score": score, "arm": self.arm}

    def _say(self, status: int, answer: dict[str, object]) -> None:
        self._answer(status, json.dumps(answer).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self._headers_buffer.append(b"\r\n" + body)  # one packet for head and body
        self.flush_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: metrics tell."""


class Server(ThreadingHTTPServer):
    """A thread per connection; threads end with the process."""

    daemon_threads = True
    request_queue_size = 4096  # what overflows is tried again by the kernel, a second later


def main() -> None:
    """Serve until a signal ends the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("bands", type=Path)
    parser.add_argument("--comparer", default="", help="HOST:PORT of compare.py; without it, nobody is told of answers")
    parser.add_argument("--arm", default="baseline")
    asked = parser.parse_args()
    low, high = json.loads(asked.bands.read_text())
    Handler.model = Model(asked.model)
    Handler.registry = CollectorRegistry()
    Handler.counted = {
        via: Counted(Handler.registry, kind, Handler.model.decisions, (low, high))
        for via, kind in (("live", "model"), ("mirrored", "mirrored"))
    }
    Handler.telling = Telling(asked.comparer)
    Handler.arm = asked.arm
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
