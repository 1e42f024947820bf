"""Requests to a model: rows of a table in an order that the seed fixes, under ids that it fixes too.

    python load.py URL TABLE --seed 7 --count 1000 [--rate 200] [--lacking 0.1]
prints what came back as JSON: how many by arm and by HTTP status. Without --count it goes on until SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import itertools
import json
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

LEFT_OUT = ("id", "diagnosis")
LACKED = "mean_smoothness"
"""A feature that clients may leave out; it hardly matters to the models."""


def bodies(table: Path) -> list[bytes]:
    """The rows of a CSV file as JSON objects of features."""
    with table.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return [json.dumps({k: float(v) for k, v in row.items() if k not in LEFT_OUT}).encode() for row in rows]


def lacking(body: bytes) -> bytes:
    """The same request without the feature that clients may leave out."""
    return json.dumps({name: value for name, value in json.loads(body).items() if name != LACKED}).encode()


def names(seed: int, count: int) -> list[str]:
    """The ids of the first `count` requests."""
    return [f"{seed}-{number:07d}" for number in range(count)]


def chosen(seed: int, rows: int, count: int) -> list[int]:
    """Which row each of the first `count` requests asks about."""
    draw = random.Random(seed)  # noqa: S311
    return [draw.randrange(rows) for _ in range(count)]


class Load:
    """Requests at a pace (per second; 0 as fast as it goes) from several threads; ends when all are sent or told to stop."""

    def __init__(self, url: str, rows: list[bytes], seed: int, rate: float, lacking: float = 0.0) -> None:
        self._where = urlsplit(url)
        self._rows = rows
        self._seed = seed
        self._lacking = lacking
        self._pace = 1 / rate if rate else 0.0
        self._draw = random.Random(seed)  # noqa: S311
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self.stop = threading.Event()
        self.seen: Counter[str] = Counter()

    def run(self, count: int | None, threads: int) -> None:
        """Send `count` requests, or without end; returns when the last has its answer."""
        self._began = time.monotonic()
        workers = [threading.Thread(target=self._work, args=(count,), daemon=True) for _ in range(threads)]
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            for worker in workers:
                worker.join(0.2)

    def _work(self, count: int | None) -> None:
        while not self.stop.is_set():
            with self._lock:
                number = next(self._numbers)
                if count is not None and number >= count:
                    return
                row = self._rows[self._draw.randrange(len(self._rows))]
            if self._lacking and random.Random(number).random() < self._lacking:  # noqa: S311
                row = lacking(row)
            late = self._began + number * self._pace - time.monotonic()
            if late > 0 and self.stop.wait(late):
                return
            arm, status = self._send(f"{self._seed}-{number:07d}", row)
            with self._lock:
                self.seen.update((f"arm {arm}", f"status {status}", f"{arm} {status}", "sent"))

    def _send(self, name: str, body: bytes) -> tuple[str, str]:
        # A connection per request: one that is kept could be closed by a reload of the router at the wrong moment.
        connection = http.client.HTTPConnection(self._where.netloc, timeout=30)
        try:
            connection.request("POST", self._where.path, body, {"X-Request-Id": name})
            answer = connection.getresponse()
            answer.read()
            return answer.headers.get("X-Arm", ""), str(answer.status)
        except OSError as error:
            return "", type(error).__name__
        finally:
            connection.close()


def main() -> None:
    """Send, then print what came back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("table", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--lacking", type=float, default=0.0, help="share of requests without one of the features")
    parser.add_argument("--threads", type=int, default=4)
    asked = parser.parse_args()
    load = Load(asked.url, bodies(asked.table), asked.seed, asked.rate, asked.lacking)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: load.stop.set())
    load.run(asked.count, asked.threads)
    json.dump(load.seen, sys.stdout)


if __name__ == "__main__":
    main()
