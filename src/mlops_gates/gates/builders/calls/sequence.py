"""Which calls a target makes, in which order: pure, so that no server is needed to say it.

A request comes behind those whose answers it reads (`Steps.*`), those that its step waits for (`DependsOn`, the branch it
lies in), and those that create what it names (a model, an endpoint's config, a group of packages).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from mlops_gates.gates.builders.calls.kinds import KINDS, SERVICE, Kind
from mlops_gates.gates.builders.calls.order import Order, raw_of, references, service_of, step_of
from mlops_gates.gates.builders.requests.definition import Step
from mlops_gates.gates.builders.requests.request import Part, Path, Request
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass


@dataclass(frozen=True)
class Call:
    """One call of the sequence. `waits` are the places in the sequence of those that come first.

    `given` holds the members that the request lacks and that the service or the caller gives: names. `added` is one
    that the target does not make itself, such as the endpoint of its config.
    """

    request: Request
    given: Mapping[str, Any] = field(default_factory=dict)
    waits: tuple[int, ...] = ()
    added: bool = False

    @property
    def kind(self) -> Kind | None:
        """What it creates, where that can be looked at."""
        return KINDS.get(self.request.operation)


@dataclass(frozen=True)
class Plan:
    """The calls in order. `circle` are steps that wait for each other; `nowhere` the members that read a step that is none."""

    calls: tuple[Call, ...]
    circle: tuple[Step, ...] = ()
    nowhere: tuple[tuple[Path, str], ...] = ()
    unsent: tuple[Step, ...] = ()


def sequence(target: Target) -> Plan:
    """The calls of a target: every request once, and the endpoint of each config that has none."""
    found = [one for one in target.requests if service_of(target.root, one) == SERVICE]
    graph = target.graph
    steps = {step.name: step for step in graph.steps} if graph else {}
    nodes = Order(target, found, steps)
    order, circle = nodes.ordered(), nodes.circle()
    places = {id(request): place for place, request in enumerate(order)}
    calls = [
        Call(
            one, _given(target, one, place), tuple(sorted(places[id(b)] for b in nodes.before(one) if id(b) in places))
        )
        for place, one in enumerate(order)
    ]
    calls += _endpoints(calls)
    sent = {one.step for one in found}
    unsent = tuple(step for step in steps.values() if step.name not in sent and step.type) if target.whole else ()
    return Plan(tuple(calls), circle, tuple(_nowhere(target, found, steps)), unsent)


def _given(target: Target, request: Request, place: int) -> dict[str, Any]:
    """The names that a definition strips; for a definition's file also what only the caller of CreatePipeline knows."""
    kind = KINDS.get(request.operation)
    if request.operation == "CreatePipeline":
        alone = set(target.root) <= {"Definition"}
        return {"PipelineName": "mlops-gates", "RoleArn": role(request.region)} if alone else {}
    if not kind or kind.arn or request.named or request.part.has(kind.name):
        return {}
    return {kind.name: name_of(request.step or target.name, place)}


def name_of(text: str, place: int) -> str:
    """A name that the service takes, unique by its place."""
    plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in text.rpartition(":")[2]).strip("-")
    return f"mlops-gates-{place}-{plain}"[:63].rstrip("-")


def role(region: str) -> str:
    """The role that stands in where a request has none to give."""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return f"arn:{partition}:iam::111122223333:role/mlops-gates"


def _endpoints(calls: Sequence[Call]) -> Iterator[Call]:
    """An endpoint of each config that no call of the target deploys."""
    deployed = {
        one.request.part.known("EndpointConfigName") for one in calls if one.request.operation == "CreateEndpoint"
    }
    for place, one in enumerate(calls):
        if one.request.operation != "CreateEndpointConfig":
            continue
        name = one.given.get("EndpointConfigName") or one.request.part.known("EndpointConfigName")
        if isinstance(name, str) and name not in deployed and not _is_read(one, calls):
            members = {"EndpointName": name_of(name, place), "EndpointConfigName": name}
            path = one.request.part.path
            yield Call(
                Request("CreateEndpoint", Part(members, path), one.request.region, named=True), {}, (place,), True
            )


def _is_read(config: Call, calls: Sequence[Call]) -> bool:
    place = calls.index(config)
    return any(place in one.waits and one.request.operation == "CreateEndpoint" for one in calls)


def _nowhere(target: Target, requests: Sequence[Request], steps: Mapping[str, Step]) -> Iterator[tuple[Path, str]]:
    if not target.graph:
        return
    for request in requests:
        for path, text in references(raw_of(target, request), request.part.path):
            if step_of(text) not in steps:
                yield path, step_of(text)
