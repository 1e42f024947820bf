"""Time that passes when it is slept, and the SageMaker stand-in called directly, since unit tests open no sockets."""

from __future__ import annotations

from mlops_gates.adapters.again import Passing
from mlops_gates.adapters.endpoints import Endpoints, refusal
from mlops_gates.gates.canary.locking import FileLock
from mlops_gates.gates.canary.locking_tag import TagLock
from mlops_gates.gates.canary.routes_sagemaker import Variants
from mlops_gates.gates.canary.shifting import Work
from mlops_gates.gates.canary.statefile import StateFile
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
