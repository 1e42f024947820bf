"""A canary that is cut off while it is watched: signals and `kill -9` to real processes, and what goes on or back after them.

`StandIn` takes the place of SageMaker; a small server answers as Prometheus does, from a clock, so that every look is alike.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mlops_gates.gates.canary.routes import same
from standins.sagemaker import StandIn

pytest.importorskip("boto3")
BEFORE = {"blue": 0.7, "green": 0.0}
CANARY = {"blue": 0.9, "green": 0.1}
WEIGHTS = "UpdateEndpointWeightsAndCapacities"
TIGHT = 7.5
"""Seconds that the most hurried host leaves between a signal and the next one."""


class Counted(ThreadingHTTPServer):
    """Of each query (`total baseline`, `bad canary`) the same number for every interval; `silent` answers never."""

    daemon_threads = True

    def __init__(self):
        self.numbers = {"total baseline": 4000, "total canary": 1000, "bad baseline": 40, "bad canary": 10}
        self.silent = threading.Event()
        super().__init__(("127.0.0.1", 0), _Answers)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.server.silent.is_set():
            time.sleep(60)
        query = parse_qs(urlsplit(self.path).query)
        value = self.server.numbers.get(query["query"][0], 1)
        found = [{"metric": {}, "value": [float(query["time"][0]), str(value)]}]
        raw = json.dumps({"status": "success", "data": {"resultType": "vector", "result": found}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        return


@pytest.fixture
def counted():
    with Counted() as server:
        yield server
        server.shutdown()


@pytest.fixture
def aws():
    with StandIn() as running:
        running.endpoint("churn", BEFORE)
        yield running


ROUTER = """
import json, os, sys, time
from pathlib import Path
file, variables = Path(sys.argv[1]), os.environ
if variables["MLOPS_GATES_CANARY_ACTION"] == "state":
    print(file.read_text().split()[0] if file.exists() else "0")
else:
    if Path("hang").exists():
        time.sleep(60)
    share, mirror = variables["MLOPS_GATES_CANARY_SHARE"], variables["MLOPS_GATES_CANARY_MIRROR"]
    file.write_text(f"{share} {mirror}")
    with Path("asked").open("a") as log:
        print(variables["MLOPS_GATES_CANARY_ACTION"], share, mirror, file=log)
"""


class Project:
    """The command in processes of its own, in one working directory, with a canary of `churn` from blue to green."""

    def __init__(self, folder, counted, url=""):
        self.folder, self.counted, self.url = folder, counted, url
        (folder / "tmp").mkdir(parents=True)
        self.configure()

    def configure(self, **more):
        metric = {"prometheus": {"total": "total {{arm}}", "bad": "bad {{arm}}"}}
        if self.url:
            # The tag is of other tests: its lock takes seconds.
            route = {"region": "us-east-1", "endpoint_url": self.url, "lock": "local"}
        else:
            asked = [sys.executable, "-c", ROUTER, "share"]
            route = {"kind": "command", "shift": asked, "state": asked}
        block = {"endpoint": "churn", "candidate": "green", "steps": ["10 %"], "route": route, **more}
        block = {"metrics_from": self.counted.url, "metrics": {"error_rate": metric}, **block}
        block = {"interval": "0.5s", "late": "0.1s", "duration": "30s", **block}
        (self.folder / "mlops-gates.yml").write_text(json.dumps({"version": 1, "canary": block}))

    def start(self, *words, **more):
        kept = {"PATH": os.environ["PATH"], "TMPDIR": str(self.folder / "tmp"), "HOME": str(self.folder)}
        keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_EC2_METADATA_DISABLED": "true"}
        return subprocess.Popen(
            [sys.executable, "-m", "mlops_gates", *words],
            cwd=self.folder,
            env={**kept, **keys, "NO_PROXY": "127.0.0.1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **more,
        )

    def run(self, *words, **more):
        process = self.start(*words, **more)
        said, _ = process.communicate(timeout=100)
        return process.returncode, said

    def watching(self, looks, *words):
        """A watcher that has stored so many looks."""
        process = self.start(*(words or ("canary", "monitor")))
        ends = time.monotonic() + 40
        while not (self.state["judge"] and self.state["judge"]["looks"] >= looks):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < ends, "it did not come to that"
            time.sleep(0.05)
        return process

    def signalled(self, process, number):
        """Everything that it said, after a signal, and the seconds until its end."""
        began = time.monotonic()
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
        return said, time.monotonic() - began

    @property
    def state(self):
        return json.loads((self.folder / "mlops-gates-canary.json").read_text())

    @property
    def share(self):
        return (self.folder / "share").read_text().split()

    @property
    def asked(self):
        """What the router was asked to do, without what it was asked twice in a row."""
        lines = (self.folder / "asked").read_text().splitlines()
        return [line for line, before in zip(lines, ["", *lines]) if line != before]

    @property
    def report(self):
        folder = self.folder / "mlops-gates-report"
        told = dict(line.split("=", 1) for line in (folder / "outputs.env").read_text().splitlines())
        return json.loads((folder / "results.json").read_text()), told["MLOPS_GATES_CANARY_DECISION"]


@pytest.fixture
def project(tmp_path, counted, aws):
    made = Project(tmp_path / "work", counted, aws.url)
    code, said = made.run("canary", "deploy")
    assert code == 0, said
    assert same(aws.weights("churn"), CANARY)
    return made


@pytest.fixture
def routed(tmp_path, counted):
    return Project(tmp_path / "work", counted)


def test_a_signal_while_watching_brings_the_traffic_back_in_time(project, aws):
    process = project.watching(2)
    said, seconds = project.signalled(process, signal.SIGTERM)
    assert (process.returncode, seconds < TIGHT) == (143, True), said
    assert same(aws.weights("churn"), BEFORE), said
    assert project.state["phase"] == "rolled-back"
    results, decision = project.report
    assert (results["status"], decision) == ("errored", "inconclusive")
    assert "has what it had before" in json.dumps(results)
    assert "Stopped, and rolled back" in said
    assert len(results["gates"][0]["series"][0]["rows"]) >= 2, "what was seen until then is in the report"


def test_where_aws_takes_minutes_the_way_back_is_asked_for_and_the_rest_is_left_to_resume(project, aws):
    process = project.watching(1)
    aws.updating = -1
    said, seconds = project.signalled(process, signal.SIGTERM)
    assert process.returncode == 143, said
    assert seconds < TIGHT
    assert same(aws.weights("churn"), BEFORE), "the way back was asked for"
    assert project.state["phase"] == "rolling-back"
    assert "THE ROLLBACK IS NOT DONE" in said
    assert "canary rollback --resume" in said
    words = shlex.split(re.search(r"By hand: (aws .*)", said)[1])
    wanted = json.loads(words[words.index("--desired-weights-and-capacities") + 1])
    assert same({one["VariantName"]: one["DesiredWeight"] for one in wanted}, BEFORE)
    aws.endpoints["churn"]["left"] = aws.updating = 0
    code, said = project.run("run", "canary")
    assert code == 1, "a watcher that finds a rollback that began ends it, and promotes nothing"
    assert project.report[1] == "rollback"
    assert project.state["phase"] == "rolled-back"


def test_a_source_that_does_not_answer_holds_the_way_back_not_up(project, aws):
    process = project.watching(1, "run", "canary")
    project.counted.silent.set()
    time.sleep(0.7)
    said, seconds = project.signalled(process, signal.SIGINT)
    assert (process.returncode, seconds < TIGHT) == (130, True), said
    assert same(aws.weights("churn"), BEFORE), said
    assert project.state["phase"] == "rolled-back"


def test_killed_with_9_it_goes_on_with_the_same_evidence(project, aws):
    process = project.watching(2)
    process.kill()
    process.communicate()
    first = project.state["judge"]
    assert project.report[0]["status"] == "errored", "what a killed run leaves is no pass"
    assert same(aws.weights("churn"), CANARY)
    project.counted.numbers["bad canary"] = 22  # too little for one look to tell by itself
    code, said = project.run("canary", "monitor", "--resume")
    assert code == 1, said
    last = project.state["judge"]
    looked = len(re.findall(r"canary: look \d", said))
    assert last["looks"] == first["looks"] + looked
    assert f"look {first['looks'] + 1} of" in said
    assert project.report[1] == "rollback"
    assert same(aws.weights("churn"), BEFORE)


def test_killed_while_watching_and_brought_back_by_hand(project, aws):
    process = project.watching(1)
    process.kill()
    process.communicate()
    assert same(aws.weights("churn"), CANARY)
    code, said = project.run("canary", "rollback", "--resume")
    assert code == 0, said
    assert same(aws.weights("churn"), BEFORE)


def test_a_disk_that_is_full_does_not_hold_the_way_back_up(project, aws):
    full = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # noqa: E731 - no file of it can hold a byte
    code, said = project.run("canary", "rollback", preexec_fn=full)
    assert code == 0, said
    assert "cannot be written" in said
    assert same(aws.weights("churn"), BEFORE)


def test_a_rollback_that_fails_ends_with_3_and_the_whole_command_to_type(project, aws):
    project.counted.numbers["bad canary"] = 200
    aws.fail(WEIGHTS, "AccessDeniedException", 1000)
    code, said = project.run("run", "canary")
    assert code == 3, said
    assert "THE TRAFFIC IS NOT BACK" in said, said
    words = shlex.split(re.search(r"Run this by hand now: (aws .*?\]')$", said, re.MULTILINE)[1])
    wanted = json.loads(words[words.index("--desired-weights-and-capacities") + 1])
    assert same({one["VariantName"]: one["DesiredWeight"] for one in wanted}, BEFORE)
    assert project.report[1] == "rollback"


def test_a_command_that_hangs_is_ended_by_a_signal_and_asked_anew(routed):
    routed.configure(steps=["10 %", "50 %"], duration="3s", bake="2s")
    assert routed.run("canary", "deploy")[0] == 0
    process = routed.watching(1)
    (routed.folder / "hang").touch()
    ends = time.monotonic() + 20
    while routed.state["phase"] != "shifting":
        assert time.monotonic() < ends
        time.sleep(0.05)
    time.sleep(0.5)
    said, seconds = routed.signalled(process, signal.SIGTERM)
    assert (process.returncode, seconds < TIGHT) == (143, True), said
    assert routed.state["phase"] == "rolling-back"
    assert "canary rollback --resume" in said
    assert not alive(routed.folder), "a command outlives us, and may shift yet"
    (routed.folder / "hang").unlink()
    code, said = routed.run("canary", "rollback", "--resume")
    assert code == 0, said
    assert routed.share[0] == "0"


def alive(folder):
    """Processes that run in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if process.readlink() == folder:
                found.append(process.parent.name)
    return found


def test_linear_from_the_first_share_to_the_last(routed):
    limits = {"thresholds": {"error_rate": {"max": 0.05}}, "against": "thresholds"}
    routed.configure(strategy="linear", steps=["40 %"], duration="2s", bake="1s", **limits)
    assert routed.run("canary", "deploy")[0] == 0
    code, said = routed.run("canary", "monitor")
    assert code == 0, said
    assert routed.report[1] == "promote"
    code, said = routed.run("canary", "promote")
    assert code == 0, said
    assert routed.asked == ["shift 0.4 false", "shift 0.8 false", "shift 1 false"]


@pytest.mark.parametrize(("strategy", "first", "mirror"), [("shadow", "0", "true"), ("blue-green", "1", "false")])
def test_a_strategy_is_brought_back_also_where_its_share_was_none(routed, strategy, first, mirror):
    routed.configure(strategy=strategy)
    assert routed.run("canary", "deploy")[0] == 0
    assert routed.share == [first, mirror]
    code, said = routed.run("canary", "rollback")
    assert code == 0, said
    assert routed.share == ["0", "false"], "a mirror is still on"
