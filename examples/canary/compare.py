"""Pairs the answers of both models to the same request, and counts where they decide otherwise.

Model servers tell it every answer (telling.py). A pair is an answer that a client got from the baseline, and the candidate's
answer to nginx's copy of the same request. Counted for Prometheus:

- model_decisions_compared_total{arm="canary", changed="true"|"false"}: pairs, and those that the candidate decides otherwise.
- model_decided_total{arm, decision, alone="true"|"false"}: pairs, and those in which this arm alone decides so.
- model_unpaired_total: answers whose twin did not come among the next `WAITING` answers.

    python compare.py
prints two ports: of the answers, and of /metrics.
"""

from __future__ import annotations

import json
import socketserver
import threading
from collections import OrderedDict

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics, start_http_server

WAITING = 5_000
"""Answers that wait for their twin; the oldest goes."""
DECISIONS = ("benign", "malignant")

disable_created_metrics()


class Comparer:
    """Answers in, pairs counted. Safe for threads."""

    def __init__(self, registry: CollectorRegistry, decisions: tuple[str, ...]) -> None:
        self._compared = Counter("model_decisions_compared", "Pairs of answers.", ["arm", "changed"], registry=registry)
        self._decided = Counter("model_decided", "Pairs by decision.", ["arm", "decision", "alone"], registry=registry)
        self._unpaired = Counter("model_unpaired", "Answers without a twin.", registry=registry)
        self._decisions = decisions
        self._waiting: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._lock = threading.Lock()
        for said in ("true", "false"):
            self._compared.labels("canary", said)
            for decision in decisions:
                for arm in ("baseline", "canary"):
                    self._decided.labels(arm, decision, said)

    def answer(self, request: str, arm: str, decision: str) -> None:
        """What an arm decided on a request."""
        with self._lock:
            twin = self._waiting.pop(request, None)
            if twin is None or twin[0] == arm:
                self._waiting[request] = (arm, decision)
                if len(self._waiting) > WAITING:
                    self._waiting.popitem(last=False)
                    self._unpaired.inc()
                return
        self._pair({twin[0]: twin[1], arm: decision})

    def _pair(self, pair: dict[str, str]) -> None:
        changed = pair["baseline"] != pair["canary"]
        self._compared.labels("canary", "true" if changed else "false").inc()
        for arm, said in pair.items():
            for decision in self._decisions:
                self._decided.labels(arm, decision, "true" if changed and said == decision else "false").inc()


class Listener(socketserver.ThreadingTCPServer):
    """One connection per model server."""

    daemon_threads = True
    comparer: Comparer


class Lines(socketserver.StreamRequestHandler):
    """Lines of JSON, one per answer. Live answers of the canary have no twin and are left out."""

    server: Listener

    def handle(self) -> None:
        """Until the model server ends."""
        for line in self.rfile:
            told = json.loads(line)
            if (told["arm"], told["via"]) in (("baseline", "live"), ("canary", "mirrored")):
                self.server.comparer.answer(told["id"], told["arm"], told["decision"])


def main() -> None:
    """Listen until a signal ends the process."""
    registry = CollectorRegistry()
    with Listener(("127.0.0.1", 0), Lines) as listener:
        listener.comparer = Comparer(registry, DECISIONS)
        web, _ = start_http_server(0, "127.0.0.1", registry)
        print(listener.server_address[1], web.server_address[1], flush=True)
        listener.serve_forever()


if __name__ == "__main__":
    main()
