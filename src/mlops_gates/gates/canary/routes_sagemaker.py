"""SageMaker production variants: the weights of variants that one endpoint already has."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from mlops_gates.adapters.again import Passing
from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary import routes
from mlops_gates.gates.canary.routes import Weights
from mlops_gates.textsafe import one_line

_UNDER_WAY = ("Creating", "Updating", "SystemUpdating", "RollingBack")


def described(endpoints: Endpoints, endpoint: str) -> Mapping[str, Any]:
    """DescribeEndpoint. Raises CheckError where there is no such endpoint, and as `Endpoints.call`.

    Raises Passing where the answer lacks what each answer has.
    """
    answer = endpoints.call("DescribeEndpoint", EndpointName=endpoint)
    for name in ("EndpointArn", "EndpointConfigName", "EndpointStatus"):
        if not answer.get(name):
            raise Passing(f"the answer to DescribeEndpoint has no {name}")
    return answer


def in_service(answer: Mapping[str, Any]) -> bool:
    """Whether an endpoint serves and nothing is under way. Raises CheckError where it failed."""
    status = str(answer.get("EndpointStatus", ""))
    if status == "InService":
        return True
    if status in _UNDER_WAY:
        return False
    why = one_line(str(answer.get("FailureReason") or "no reason is given"))
    raise CheckError(
        f"the endpoint {answer.get('EndpointName')} is {status}: {why}",
        next_step="Bring it back into service by hand, then run again.",
    )


class Variants:
    """Weights of production variants of `endpoint`; `candidate` is one of them.

    `shares` is what DescribeEndpoint says of CurrentWeight. Scaling is left alone: a variant keeps its instances.
    """

    steps_itself = False

    def __init__(self, endpoints: Endpoints, endpoint: str, candidate: str) -> None:
        self.endpoints = endpoints
        self._endpoint = endpoint
        self._candidate = candidate
        self._there: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"SageMaker endpoint {self._endpoint}" + (f" ({self.endpoints.region})" if self.endpoints.region else "")

    def check(self, strategy: str) -> None:
        answer = described(self.endpoints, self._endpoint)
        weights = _weights(answer)
        if strategy == "shadow":
            raise CheckError(
                f"{self.name}: a shadow variant is part of an endpoint configuration, weights cannot make one",
                next_step="Add it to ShadowProductionVariants of the configuration, then run `canary monitor`.",
            )
        if self._candidate not in weights:
            raise CheckError(
                f"{self.name} has no variant {self._candidate}; it has {', '.join(sorted(weights))}",
                next_step="Name a variant of it, or add one to its configuration first.",
            )
        if sum(weight for name, weight in weights.items() if name != self._candidate) <= 0:
            raise CheckError(f"{self.name}: no variant but {self._candidate} has any traffic to compare with")

    def shares(self) -> Weights:
        found = _weights(described(self.endpoints, self._endpoint))
        self._there = frozenset(found)
        return found

    def target(self, share: float, before: Weights) -> Weights:
        return routes.mixed(share, self._candidate, before)

    def shift(self, share: float, before: Weights) -> None:
        self._set(self.target(share, before))

    def restore(self, before: Weights) -> None:
        """Variants may have come and gone since. The rest is set, so that the candidate is; then CheckError tells them."""
        now = self.shares()
        gone = sorted(name for name, weight in before.items() if weight > 0 and name not in now)
        new = sorted(name for name, weight in now.items() if weight > 0 and name not in before)
        left = {name: weight for name, weight in before.items() if name in now}
        if sum(left.values()) > 0:
            self._set(left)
        if gone or new:
            told = [*(f"{name} is gone" for name in gone), *(f"{name} is new and has traffic" for name in new)]
            raise CheckError(f"Its variants have changed since the canary began: {', '.join(told)}")

    def _set(self, weights: Weights) -> None:
        wanted = [{"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items()]
        self.endpoints.call(
            "UpdateEndpointWeightsAndCapacities", EndpointName=self._endpoint, DesiredWeightsAndCapacities=wanted
        )

    def settled(self) -> bool:
        return in_service(described(self.endpoints, self._endpoint))

    def refresh(self) -> None:
        self.endpoints.refresh()

    def by_hand(self, before: Weights) -> str:
        known = [name for name in before if name in self._there] or list(before)  # AWS takes no variant that is gone
        wanted = json.dumps([{"VariantName": name, "DesiredWeight": before[name]} for name in known])
        name = f"--endpoint-name {shlex.quote(self._endpoint)}{self.endpoints.options}"
        command = f"aws sagemaker update-endpoint-weights-and-capacities {name}"
        return f"{command} --desired-weights-and-capacities {shlex.quote(wanted)}"


def _weights(answer: Mapping[str, Any]) -> dict[str, float]:
    variants = answer.get("ProductionVariants") or ()
    found = {str(one.get("VariantName")): one.get("CurrentWeight") for one in variants}
    silent = [name for name, weight in found.items() if weight is None]
    if silent or not found:
        which = f"of the variant {silent[0]}" if silent else "of any variant"
        raise CheckError(f"the endpoint {answer.get('EndpointName')} tells no weight {which}")
    return {name: float(weight) for name, weight in found.items() if weight is not None}
