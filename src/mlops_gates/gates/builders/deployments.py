"""The rules of how an endpoint is deployed: sizes of steps, waiting times, alarms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from mlops_gates.gates.builders.requests.request import Part, Request
from mlops_gates.gates.builders.requests.values import number, words
from mlops_gates.gates.builders.rules import Rule, Seeing, requests
from mlops_gates.gates.builders.scope import Target

_ROUTING = "BlueGreenUpdatePolicy.TrafficRoutingConfiguration"
_CANARY, _LINEAR = f"{_ROUTING}.CanarySize", f"{_ROUTING}.LinearStepSize"
_BATCH = "RollingUpdatePolicy.MaximumBatchSize"
_WAIT, _TERMINATION = f"{_ROUTING}.WaitIntervalInSeconds", "BlueGreenUpdatePolicy.TerminationWaitInSeconds"
_TIMEOUT = "BlueGreenUpdatePolicy.MaximumExecutionTimeoutInSeconds"
_ROLLING_WAIT, _ROLLING_TIMEOUT = (
    f"RollingUpdatePolicy.{name}" for name in ("WaitIntervalInSeconds", "MaximumExecutionTimeoutInSeconds")
)
_LIMITS = ((_CANARY, 1, 50), (_LINEAR, 10, 50), (_BATCH, 5, 50))
"""Each size with the least and the most percent of the instances."""


def _each(judge: Callable[[Part], Seeing]) -> Callable[[Target], Seeing]:
    """A rule of deployment configs."""

    def judged(request: Request) -> Seeing:
        if part := request.part.sub("DeploymentConfig"):
            yield from judge(part)

    return requests(judged, "CreateEndpoint", "UpdateEndpoint")


def _percent(config: Part) -> Seeing:
    for name, least, most in _LIMITS:
        value = number(config, f"{name}.Value")
        if value is None or config.known(f"{name}.Type") != "CAPACITY_PERCENT" or least <= value <= most:
            continue
        yield config.at(f"{name}.Value"), f"{value:g} % of the instances, and it is {least} to {most} %"


def _counted(target: Target) -> Seeing:
    for request in target.requests:
        config = request.part.sub("DeploymentConfig")
        instances = _instances(target, request)
        if config is None or not instances:
            continue
        for name, least, most in _LIMITS:
            value = number(config, f"{name}.Value")
            if value is None or config.known(f"{name}.Type") != "INSTANCE_COUNT":
                continue
            if not least <= 100 * value / instances <= most:
                told = f"{value:g} of {instances:g} instances, and it is {least} to {most} % of them"
                yield config.at(f"{name}.Value"), told


def _instances(target: Target, deployed: Request) -> float | None:
    """How many instances the smallest variant of the config beside starts with; None where that is not told."""
    name = words(deployed.part, "EndpointConfigName")
    for request in target.requests:
        if name and request.operation == "CreateEndpointConfig" and words(request.part, "EndpointConfigName") == name:
            counts = [number(one, "InitialInstanceCount") for one in request.part.each("ProductionVariants")]
            known = [one for one in counts if one]
            return min(known) if known and len(known) == len(counts) else None
    return None


def _sizeless(config: Part) -> Seeing:
    kind = config.known(f"{_ROUTING}.Type")
    for wanted, name in (("CANARY", _CANARY), ("LINEAR", _LINEAR)):
        if kind == wanted and not config.has(name):
            yield config.at(name), f"traffic shifts by {wanted}, and no size of a step is told"


def _both(config: Part) -> Seeing:
    if config.has("BlueGreenUpdatePolicy") and config.has("RollingUpdatePolicy"):
        yield config.at("RollingUpdatePolicy"), "a rolling policy beside the blue/green one"


def _hasty(config: Part) -> Seeing:
    timeout = number(config, _TIMEOUT)
    waits = (number(config, _WAIT) or 0) + (number(config, _TERMINATION) or 0)
    if timeout is not None and timeout <= waits:
        yield config.at(_TIMEOUT), f"ends after {timeout:g} s, and waits {waits:g} s"


def _stepwise(config: Part) -> Seeing:
    """All steps with their waits, where the deployment itself is not too short for one of them already."""
    for timeout_at, wait_at, size, rest in (
        (_TIMEOUT, _WAIT, _LINEAR, number(config, _TERMINATION) or 0),
        (_ROLLING_TIMEOUT, _ROLLING_WAIT, _BATCH, 0),
    ):
        timeout, wait, steps = number(config, timeout_at), number(config, wait_at), _steps(config, size)
        if timeout is None or not wait or steps < 2:
            continue
        if wait + rest < timeout <= steps * wait + rest:
            told = f"ends after {timeout:g} s, and {steps} steps wait {steps * wait + rest:g} s"
            yield config.at(timeout_at), told


def _steps(config: Part, size: str) -> int:
    """How many steps a size in percent makes; 0 where it makes none."""
    value = number(config, f"{size}.Value")
    percent = config.known(f"{size}.Type") == "CAPACITY_PERCENT"
    return math.ceil(100 / value) if percent and value and 1 <= value <= 100 else 0


def _alarms(config: Part) -> Iterator[Part]:
    yield from config.each("AutoRollbackConfiguration.Alarms")


def _nameless(config: Part) -> Seeing:
    for alarm in _alarms(config):
        if not alarm.get("AlarmName"):
            yield alarm.at("AlarmName"), "the alarm has no name"


_API = "API reference"
_BELIEVED = "; believed of the service"
DEPLOYMENTS = (
    Rule(
        id="step-out-of-bounds",
        states="A canary has at most 50 % of the instances, a linear step 10 to 50 %, a rolling batch 5 to 50 %",
        source=f"{_API}, TrafficRoutingConfig and RollingUpdatePolicy",
        bad='{"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 60}}',
        good='{"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 30}}',
        judge=_each(_percent),
    ),
    Rule(
        id="step-of-too-many-instances",
        states="A step in instances keeps to the same shares of the variant's instances",
        source=f"{_API}, TrafficRoutingConfig and RollingUpdatePolicy; believed of what autoscaling may have changed",
        bad='{"CanarySize": {"Type": "INSTANCE_COUNT", "Value": 2}} of three instances',
        good='{"CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}} of three instances',
        judge=_counted,
        believed=True,
    ),
    Rule(
        id="step-without-size",
        states="CANARY needs CanarySize, LINEAR needs LinearStepSize",
        source=f"developer guide, Blue/green deployments{_BELIEVED}",
        bad='{"Type": "CANARY", "WaitIntervalInSeconds": 600}',
        good='{"Type": "CANARY", "WaitIntervalInSeconds": 600, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 30}}',
        judge=_each(_sizeless),
        believed=True,
    ),
    Rule(
        id="two-update-policies",
        states="A deployment has one update policy",
        source=f"{_API}, DeploymentConfig, BlueGreenUpdatePolicy",
        bad='{"BlueGreenUpdatePolicy": {}, "RollingUpdatePolicy": {}}',
        good='{"RollingUpdatePolicy": {}}',
        judge=_each(_both),
    ),
    Rule(
        id="timeout-within-waits",
        states="MaximumExecutionTimeoutInSeconds is above the waiting times together",
        source=f"{_API}, BlueGreenUpdatePolicy, MaximumExecutionTimeoutInSeconds",
        bad='{"WaitIntervalInSeconds": 600, "TerminationWaitInSeconds": 600, "MaximumExecutionTimeoutInSeconds": 900}',
        good='{"WaitIntervalInSeconds": 600, "TerminationWaitInSeconds": 600, "MaximumExecutionTimeoutInSeconds": 1800}',
        judge=_each(_hasty),
    ),
    Rule(
        id="timeout-within-steps",
        states="MaximumExecutionTimeoutInSeconds is above the waits of all steps",
        source=f"{_API}, BlueGreenUpdatePolicy and RollingUpdatePolicy{_BELIEVED}",
        bad='{"LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 10}, "WaitIntervalInSeconds": 300, '
        '"MaximumExecutionTimeoutInSeconds": 1800}',
        good='{"LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 300, '
        '"MaximumExecutionTimeoutInSeconds": 1800}',
        judge=_each(_stepwise),
        believed=True,
    ),
    Rule(
        id="alarm-without-name",
        states="An alarm that rolls back has a name",
        source=f"{_API}, Alarm{_BELIEVED}",
        bad='{"AutoRollbackConfiguration": {"Alarms": [{}]}}',
        good='{"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}',
        judge=_each(_nameless),
        believed=True,
    ),
)
"""The rules of deployments, part of `builders.endpoints`."""
