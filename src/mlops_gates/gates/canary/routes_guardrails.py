"""SageMaker deployment guardrails: AWS moves an endpoint to another configuration, step by step, and back on an alarm."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from typing import Any, Literal

from mlops_gates.adapters.again import Passing
from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.routes import Weights
from mlops_gates.gates.canary.routes_exclusions import Exclusions
from mlops_gates.gates.canary.routes_sagemaker import described, in_service
from mlops_gates.records import dataclass

Kind = Literal["canary", "linear", "rolling", "blue-green"]
BOUNDS: Mapping[str, tuple[int, int]] = {"canary": (1, 50), "linear": (10, 50), "rolling": (5, 50)}
"""The least and the most percent of capacity that one step may move."""
LONGEST_WAIT = 3600
TIMEOUTS = (600, 28_800)
MOST_ALARMS = 10


@dataclass(frozen=True)
class Rollout:
    """How AWS moves an endpoint: `percent` of the capacity in a step, seconds of waiting between and after steps, alarms."""

    kind: Kind
    percent: int = 10
    wait: int = 300
    termination_wait: int = 300
    timeout: int = 3600
    alarms: tuple[str, ...] = ()

    def problems(self) -> list[str]:
        """What AWS would refuse, as sentences."""
        found = []
        low, high = BOUNDS.get(self.kind, (0, 100))
        if not low <= self.percent <= high:
            found.append(f"a {self.kind} step moves {low} to {high} % of the capacity, not {self.percent} %")
        for name, seconds in (("wait", self.wait), ("termination wait", self.termination_wait)):
            if not 0 <= seconds <= LONGEST_WAIT:
                found.append(f"the {name} is 0 to {LONGEST_WAIT} s, not {seconds} s")
        if not TIMEOUTS[0] <= self.timeout <= TIMEOUTS[1]:
            found.append(f"the timeout is {TIMEOUTS[0]} to {TIMEOUTS[1]} s, not {self.timeout} s")
        elif self.timeout <= self.waits:
            found.append(f"the timeout of {self.timeout} s ends before the waits of {self.waits} s do")
        if len(self.alarms) > MOST_ALARMS:
            found.append(f"at most {MOST_ALARMS} alarms can roll back, not {len(self.alarms)}")
        return found

    @property
    def waits(self) -> int:
        """Seconds that all steps wait together."""
        steps = {"canary": 2, "blue-green": 1}.get(self.kind) or math.ceil(100 / max(1, self.percent))
        return steps * self.wait + (0 if self.kind == "rolling" else self.termination_wait)

    def request(self) -> dict[str, Any]:
        """The DeploymentConfig of UpdateEndpoint."""
        size = {"Type": "CAPACITY_PERCENT", "Value": self.percent}
        made: dict[str, Any]
        if self.kind == "rolling":
            rolling = {"MaximumBatchSize": size, "WaitIntervalInSeconds": self.wait}
            made = {"RollingUpdatePolicy": {**rolling, "MaximumExecutionTimeoutInSeconds": self.timeout}}
        else:
            routing: dict[str, Any] = {"WaitIntervalInSeconds": self.wait}
            routing |= {
                "canary": {"Type": "CANARY", "CanarySize": size},
                "linear": {"Type": "LINEAR", "LinearStepSize": size},
            }.get(self.kind, {"Type": "ALL_AT_ONCE"})
            made = {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": routing,
                    "TerminationWaitInSeconds": self.termination_wait,
                    "MaximumExecutionTimeoutInSeconds": self.timeout,
                }
            }
        if self.alarms:
            made["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in self.alarms]}
        return made


class Guardrails:
    """UpdateEndpoint from the live configuration to the one named `candidate`.

    `shares` is {configuration: 1}: AWS tells which configuration is live, not how much of a rollout is done. A rollout under
    way cannot be called off by a call; it ends, or one of its alarms ends it, and then `restore` goes back.
    """

    steps_itself = True

    def __init__(self, endpoints: Endpoints, endpoint: str, candidate: str, rollout: Rollout) -> None:
        self.endpoints = endpoints
        self._endpoint = endpoint
        self._candidate = candidate
        self._rollout = rollout

    @property
    def name(self) -> str:
        return f"SageMaker endpoint {self._endpoint}" + (f" ({self.endpoints.region})" if self.endpoints.region else "")

    def check(self, strategy: str) -> None:
        if strategy == "shadow":
            raise CheckError(f"{self.name}: deployment guardrails cannot shadow", next_step="Take another strategy.")
        if problems := self._rollout.problems():
            raise CheckError(f"{self.name}: {'; '.join(problems)}", next_step="Correct the route of the canary.")
        live = described(self.endpoints, self._endpoint)
        in_service(live)
        reasons = Exclusions(self.endpoints).of(str(live["EndpointConfigName"]), self._candidate, self._rollout.kind)
        if reasons:
            raise CheckError(
                f"{self.name}: AWS would move all traffic at once, without baking and without a word: {'; '.join(reasons)}",
                next_step="Take production variants or another router for this endpoint.",
            )

    def shares(self) -> Weights:
        return {str(described(self.endpoints, self._endpoint)["EndpointConfigName"]): 1.0}

    def target(self, share: float, before: Weights) -> Weights:
        return {self._candidate: 1.0} if share > 0 else before

    def shift(self, share: float, before: Weights) -> None:  # noqa: ARG002 - of `Route`
        if not share > 0:
            raise CheckError(f"{self.name}: a guarded deployment has no share of nothing")
        self.endpoints.call(
            "UpdateEndpoint",
            EndpointName=self._endpoint,
            EndpointConfigName=self._candidate,
            DeploymentConfig=self._rollout.request(),
        )

    def restore(self, before: Weights) -> None:
        answer = described(self.endpoints, self._endpoint)
        if not in_service(answer):
            raise Passing(f"{self.name} is {answer['EndpointStatus']}, and AWS takes no update until that ends")
        [config] = before
        if answer["EndpointConfigName"] != config:
            self.endpoints.call("UpdateEndpoint", EndpointName=self._endpoint, EndpointConfigName=config)

    def settled(self) -> bool:
        return in_service(described(self.endpoints, self._endpoint))

    def refresh(self) -> None:
        self.endpoints.refresh()

    def by_hand(self, before: Weights) -> str:
        [config] = before
        name = f"--endpoint-name {shlex.quote(self._endpoint)}{self.endpoints.options}"
        back = f"aws sagemaker update-endpoint {name} --endpoint-config-name {shlex.quote(config)}"
        done = f"aws sagemaker wait endpoint-in-service {name} && {back}"
        if not self._rollout.alarms:
            return done
        region = f" --region {shlex.quote(self.endpoints.region)}" if self.endpoints.region else ""
        alarm = f"aws cloudwatch set-alarm-state --alarm-name {shlex.quote(self._rollout.alarms[0])}{region}"
        return f"{alarm} --state-value ALARM --state-reason canary; {done}"
