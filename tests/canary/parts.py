"""Real parts on loopback: two model servers behind nginx, a comparer of their answers, Prometheus over all, and load.

with parts() as canary: ...     starts everything in a temporary folder and ends every process by its id.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "canary"
PATIENCE = 30.0
"""Seconds for a part to be ready; seconds are enough, but not on a machine that is busy otherwise."""
ARMS = ("baseline", "canary")


def found(name: str) -> str | None:
    """Where a program is, also where Debian puts servers."""
    return shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


def missing() -> list[str]:
    """The programs that are not here; .ci/tools installs them."""
    return [name for name in ("nginx", "prometheus") if not found(name)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url: str, body: object = None) -> str:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=10) as answer:
        return answer.read().decode()


def until(ready: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait until it is so. Raises TimeoutError that says what was waited for."""
    end = time.monotonic() + patience
    while True:
        try:
            if ready():
                return
        except (OSError, ValueError):
            pass  # not there yet; the end of patience says so
        if time.monotonic() > end:
            raise TimeoutError(f"{what} is not so after {patience:.0f} s")
        time.sleep(0.02)


@dataclass
class Canary:
    """Addresses, switches and questions. Servers, comparer and Prometheus by their URL without a slash at the end."""

    folder: Path
    servers: dict[str, str]
    comparer: str
    router: str
    prometheus: str
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)
    _marked: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def table(self) -> Path:
        """The rows that the load asks about."""
        return self.folder / "test.csv"

    def fault(self, arm: str = "canary", **fault: float | str) -> None:
        """errors=, slow= (shares), slow_seconds=, nulled= (a feature); nothing is no fault any more."""
        fetch(f"{self.servers[arm]}/fault", fault)

    def command(self, *step: str) -> list[str]:
        """The command of the route: `shift SHARE` or `state`."""
        return [sys.executable, str(EXAMPLE / "router.py"), str(self.folder), *step]

    def shift(self, share: float | str) -> None:
        """Give the canary a share of the requests."""
        subprocess.run(self.command("shift", str(share)), check=True, capture_output=True, text=True)

    def shares(self) -> dict[str, float]:
        """What nginx says."""
        done = subprocess.run(self.command("state"), check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def load_command(self, *options: object, url: str = "") -> list[str]:
        where = f"{url or self.router}/predict"
        return [sys.executable, str(EXAMPLE / "load.py"), where, str(self.table), *map(str, options)]

    def send(self, count: int, seed: int = 7, threads: int = 4, url: str = "") -> dict[str, int]:
        """So many requests, as fast as it goes; what came back: sent, `arm …`, `status …`, `<arm> <status>`."""
        options = ("--count", count, "--seed", seed, "--threads", threads)
        done = subprocess.run(self.load_command(*options, url=url), check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    @contextmanager
    def traffic(self, rate: float, seed: int = 7, lacking: float = 0.0) -> Iterator[dict[str, int]]:
        """Requests per second while the block runs, a share of them `lacking` a feature; afterwards it holds what came back."""
        load = subprocess.Popen(
            self.load_command("--rate", rate, "--seed", seed, "--lacking", lacking), stdout=subprocess.PIPE, text=True
        )
        seen: dict[str, int] = {}
        try:
            yield seen
        finally:
            load.terminate()
            told, _ = load.communicate(timeout=60)
            seen.update(json.loads(told or "{}"))

    def mark(self) -> None:
        """Let `counters` begin at zero again, as if the parts had just been started."""
        self._marked = {}
        self._marked = {url: self.counters(url) for url in (*self.servers.values(), self.comparer)}

    def counters(self, url: str) -> dict[str, float]:
        """What a part has counted since `mark`: `name{label="value"}` by value, labels as in the text of its /metrics."""
        lines = (line.rpartition(" ") for line in fetch(f"{url}/metrics").splitlines() if not line.startswith("#"))
        marked = self._marked.get(url, {})
        return {name: float(value) - marked.get(name, 0.0) for name, _, value in lines if name.startswith(OWN)}

    def query(self, expression: str) -> dict[str, float]:
        """An instant query of Prometheus: value by the `arm` of the series."""
        asked = urllib.parse.urlencode({"query": expression})
        result = json.loads(fetch(f"{self.prometheus}/api/v1/query?{asked}"))["data"]["result"]
        return {one["metric"].get("arm", ""): float(one["value"][1]) for one in result}

    def settle(self) -> None:
        """Wait until every answer is counted: mirrored requests may end after the client has its own."""
        before: list[dict[str, float]] = []

        def calm() -> bool:
            now = [self.counters(url) for url in (*self.servers.values(), self.comparer)]
            # nginx keeps a client's connection until the copy is answered; the one that is left asks this.
            free = "Active connections: 1 " in fetch(f"{self.router}/status")
            still, before[:] = now == before, now
            time.sleep(0.1)  # the comparer is told after the answer
            return still and free

        until(calm, "every request answered")

    def scraped(self) -> None:
        """Wait until Prometheus has scraped everything anew."""
        began = time.time()
        until(lambda: len(self.query(f"timestamp(up) > {began:.3f}")) == 3, "a scrape of every part")


OWN = ("model_", "mirrored_")


class _Starting:
    """Starts processes in a folder, each with its log; ends them in turn, by id."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen] = {}
        self._stack = stack

    def start(self, name: str, *command: object) -> subprocess.Popen:
        log = self._stack.enter_context((self.folder / f"{name}.log").open("w"))
        process = subprocess.Popen(
            [str(part) for part in command], cwd=self.folder, stdout=subprocess.PIPE, stderr=log, text=True
        )
        self.processes[name] = process
        self._stack.callback(end, process)
        return process

    def python(self, name: str, *command: object) -> Callable[[], list[str]]:
        """Start what prints its ports as its first line; they are waited for when asked."""
        process = self.start(name, sys.executable, *command)

        def ports() -> list[str]:
            assert process.stdout
            told = process.stdout.readline().split()
            if not told:
                raise RuntimeError(f"{name} did not start: {(self.folder / f'{name}.log').read_text()[-1000:]}")
            return told

        return ports

    def filled(self, name: str, **values: object) -> Path:
        text = (EXAMPLE / name).read_text()
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        path = self.folder / name
        path.write_text(text)
        return path


def end(process: subprocess.Popen) -> None:
    """End one process that we started, and wait for it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
    if process.stdout:
        process.stdout.close()


def train(folder: Path) -> None:
    """The two models and the bands of the score, see examples/canary/train.py."""
    subprocess.run([sys.executable, EXAMPLE / "train.py", folder], check=True, capture_output=True)


@contextmanager
def parts(candidate: str = "candidate", share: float = 0.5, folder: Path | None = None) -> Iterator[Canary]:
    """Everything, started: `candidate` is "candidate" (retrained), or "current" for two arms that are the same."""
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(TemporaryDirectory(prefix="mlops-gates-canary-")))
        (place / "tmp").mkdir(parents=True)
        if not (place / "current.joblib").exists():
            train(place)
        starting = _Starting(place, stack)
        listening, metrics = starting.python("comparer", EXAMPLE / "compare.py")()
        ports = {"comparer": metrics}
        asked = {}
        for arm, model in zip(ARMS, ("current", candidate), strict=True):
            options = ("--comparer", f"127.0.0.1:{listening}", "--arm", arm)
            server = (EXAMPLE / "server.py", place / f"{model}.joblib", place / "bands.json")
            asked[arm] = starting.python(arm, *server, *options)
        ports |= {arm: told()[0] for arm, told in asked.items()}
        router = _nginx(starting, ports, share)
        prometheus = _prometheus(starting, ports)
        at = "http://127.0.0.1:{}".format
        canary = Canary(
            place, {arm: at(ports[arm]) for arm in ARMS}, at(metrics), router, prometheus, starting.processes
        )
        until(lambda: sum(canary.query("up").values()) == 3 == len(canary.query("up")), "Prometheus sees every part")
        yield canary


def _nginx(starting: _Starting, ports: dict[str, str], share: float) -> str:
    sys.path.insert(0, str(EXAMPLE))
    try:
        import router  # the example's
    finally:
        sys.path.remove(str(EXAMPLE))
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""  # else the workers may not enter a folder of root's
    starting.filled("nginx.conf", port=port, user=user, **ports)
    (starting.folder / "split.conf").write_text(router.split(share))
    (starting.folder / "url").write_text(f"http://127.0.0.1:{port}\n")
    starting.start("nginx", *router.nginx(starting.folder))
    until(lambda: router.state(starting.folder)["canary"] == share, "nginx answers")
    return f"http://127.0.0.1:{port}"


def _prometheus(starting: _Starting, ports: dict[str, str]) -> str:
    port = free_port()
    starting.filled("prometheus.yml", **ports)
    options = ("--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", f"--web.listen-address=127.0.0.1:{port}")
    starting.start("prometheus", found("prometheus"), *options, "--log.level=warn")
    until(lambda: "Ready" in fetch(f"http://127.0.0.1:{port}/-/ready"), "Prometheus is ready")
    return f"http://127.0.0.1:{port}"
