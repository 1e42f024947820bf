"""Time that passes when it is slept, and the SageMaker stand-in called directly, since unit tests open no sockets."""

from __future__ import annotations

import threading

from mlops_gates.adapters.again import Passing
from mlops_gates.adapters.endpoints import Endpoints, refusal
from mlops_gates.checks import Context, Outcome
from mlops_gates.document import Document
from mlops_gates.gates.canary import GATE, steps, working
from mlops_gates.gates.canary.decision import CHECK
from mlops_gates.gates.canary.locking import FileLock
from mlops_gates.gates.canary.locking_tag import TagLock
from mlops_gates.gates.canary.routes_sagemaker import Variants
from mlops_gates.gates.canary.scope import CanaryOptions, CanaryScope
from mlops_gates.gates.canary.shifting import Work
from mlops_gates.gates.canary.statefile import StateFile
from mlops_gates.gates.canary.steps import Asked
from standins.sagemaker import STATUS, Fault, StandIn

BEFORE = {"blue": 0.7, "green": 0.0}


class FakeClock:
    """Starts at 1,000,000 Unix seconds; sleeping is all that takes time."""

    def __init__(self):
        self.time = 1_000_000.0
        self.slept = []

    def now(self):
        return self.time

    wall = now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds


class DirectEndpoints(Endpoints):
    """`Endpoints` without HTTP: the stand-in's answers and errors."""

    def __init__(self, aws, key="none"):
        super().__init__("us-east-1")
        self.aws, self.key = aws, key
        self.refreshed = 0

    def refresh(self):
        self.refreshed += 1

    def call(self, operation, **members):
        try:
            return self.aws.answer(operation, self.key, members)
        except Fault as fault:
            if fault.code == "reset":
                raise Passing("sagemaker could not be reached") from None
            answer = {
                "Error": {"Code": fault.code, "Message": fault.message},
                "ResponseMetadata": {"HTTPStatusCode": STATUS.get(fault.code, 400)},
            }
            raise refusal(operation, answer) from None


class World:
    """An endpoint `churn` of blue and green, and the work on it."""

    def __init__(self, folder):
        self.aws = StandIn()
        self.aws.endpoint("churn", BEFORE)
        self.folder = folder
        self.clock = FakeClock()
        self.said = []

    def work(self, name="state.json", machine="here"):
        endpoints = DirectEndpoints(self.aws)
        made = Variants(endpoints, "churn", "green")
        file_lock = FileLock(made.name, self.clock, 86_400.0, self.folder / machine)
        locks = (file_lock, TagLock(endpoints, "churn", self.clock, 86_400.0))
        return Work(made, StateFile(self.folder / name), self.clock, locks, self.said.append, 600.0, 600.0)


class Watched:
    """A canary of `churn` at 10 %, and the gate on it."""

    def __init__(self, folder, monkeypatch, **more):
        self.aws = StandIn()
        self.aws.endpoint("churn", BEFORE)
        self.folder = folder
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        routed = lambda options, endpoint, candidate, *_: Variants(DirectEndpoints(self.aws), endpoint, candidate)  # noqa: E731
        monkeypatch.setattr(working, "route", routed)
        base = {"endpoint": "churn", "candidate": "green", "steps": ["10 %"], "metrics_from": "samples.csv"}
        route = {"lock": "local", "region": "us-east-1", "rollback": "1s", "settle": "1s"}
        self.options = CanaryOptions.model_validate({**base, "duration": "20m", "route": route, **more})
        self.cancel = threading.Event()
        self.stoppers = []
        self.outcome = Outcome()
        self.state = steps.deploy(self.work, Asked("green", "canary", (0.1,)))

    @property
    def work(self):
        work = working.work_of(self.scope)
        if work:
            return work
        file = working.StateFile(self.folder / self.options.state)
        clock = working.RealClock()
        asked = Asked("green", "canary", (0.1,))
        return working.work_on(self.options.route, "churn", file, asked, clock, lambda _: None)

    @property
    def scope(self):
        quiet = lambda _: None  # noqa: E731
        context = Context(
            Document({}),
            ("canary",),
            self.folder,
            1e12,
            0,
            self.cancel,
            quiet,
            quiet,
            samples=False,
            on_cancel=self.stoppers.append,
        )
        return CanaryScope(context, self.options)

    @property
    def stored(self):
        return self.work.file.read()

    def recorded(self, bad=10, since=60.0):
        """Twenty minutes of samples, the first of them so many seconds after the canary began."""
        lines = ["time,arm,metric,n,bad"]
        for minute in range(20):
            moment = self.state.began + since + 60 * minute
            lines += [f"{moment:.0f},baseline,error_rate,4000,40", f"{moment:.0f},canary,error_rate,1000,{bad}"]
        (self.folder / "samples.csv").write_text("\n".join(lines) + "\n")

    def run(self):
        self.outcome = Outcome()
        GATE.run(self.scope.context, self.options, [CHECK], self.outcome)
        return self.outcome

    @property
    def decision(self):
        return self.outcome.values["canary-decision"]
