"""One target's sequence, sent: create, describe, status, tags, and every answer to the requests that read it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol

from mlops_gates.adapters.aws import Refused
from mlops_gates.gates.builders.calls.filling import Sources, filled, property_of, property_path
from mlops_gates.gates.builders.calls.kinds import SERVICE, Kind
from mlops_gates.gates.builders.calls.order import names, raw_of, references, step_of
from mlops_gates.gates.builders.calls.outdated import replaced
from mlops_gates.gates.builders.calls.prerequisites import prerequisites
from mlops_gates.gates.builders.calls.saying import discreet, member_of
from mlops_gates.gates.builders.calls.sequence import Call, Plan, sequence
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass

DONE = ("created", "described", "completed", "started", "tagged", "wired")
"""What is counted, in the order in which it is told."""
_REPLACED = 20
"""Values of one call that may be replaced."""


class Port(Protocol):
    """What takes calls: the adapter of AWS, pointed at a stand-in."""

    def call(self, service: str, operation: str, members: Mapping[str, Any], region: str = "") -> Mapping[str, Any]:
        """The answer; raises Refused."""

    def wanted(self, service: str, operation: str, path: Path) -> tuple[str, tuple[str, ...]]:
        """The type and the enum of a member of a call."""

    def answers(self, service: str, operation: str, path: Path) -> bool:
        """Whether an answer can have a member."""


@dataclass(frozen=True)
class Trouble:
    """A member, or a whole request, that the sequence stopped at; with what was said."""

    path: Path
    told: str


@dataclass(frozen=True)
class Exercised:
    """What became of a target's sequence.

    `done` counts what was proved: created, described, completed, tagged, wired (an answer that another request took).
    `lacking` is what the stand-in could not do, `unsent` the calls that could not be sent for it, with their path.
    """

    troubles: tuple[Trouble, ...]
    done: Mapping[str, int]
    lacking: tuple[str, ...] = ()
    unsent: tuple[Trouble, ...] = field(default=())


def exercised(target: Target, port: Port, region: str) -> Exercised:
    """Send everything that a target asks for. Raises CheckError where the stand-in does not answer at all."""
    plan = sequence(target)
    run = _Run(target, plan, port)
    for path, step in plan.nowhere:
        run.troubles.append(Trouble(path, f"reads step {step!r}, and there is none"))
    if plan.circle:
        several = f"{' and '.join(step.name for step in plan.circle)} wait for each other, so none of them can start"
        told = several if len(plan.circle) > 1 else f"{plan.circle[0].name} waits for itself, so it can never start"
        run.troubles.append(Trouble(plan.circle[0].path, told))
    for one in prerequisites(plan.calls, region):
        try:
            port.call(one.service, one.operation, one.members)
        except Refused as refused:
            if "Exist" not in refused.code and "AlreadyOwned" not in refused.code:
                run.lacking.append(f"{one.operation} beforehand ({refused.code})")
    for place, call in enumerate(plan.calls):
        run.send(place, call)
    run.lacking += [f"step {one.name} ({one.type})" for one in plan.unsent if one.type not in ("Condition", "Fail")]
    done = {name: run.done[name] for name in DONE if run.done[name]}
    return Exercised(tuple(run.troubles), done, tuple(dict.fromkeys(run.lacking)), tuple(run.unsent))


class _Run:
    """A sequence while it is sent."""

    def __init__(self, target: Target, plan: Plan, port: Port) -> None:
        self._target = target
        self._plan = plan
        self._port = port
        self._answers: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._made: set[tuple[str, str]] = set()
        self._stopped: set[int] = set()
        self.troubles: list[Trouble] = []
        self.lacking: list[str] = []
        self.unsent: list[Trouble] = []
        self.done: Counter[str] = Counter()

    def send(self, place: int, call: Call) -> None:
        """Create, then look; nothing is sent that relies on what was refused."""
        operation, path = call.request.operation, call.request.part.path
        before = next((one for one in call.waits if one in self._stopped or one >= place), None)
        if before is not None:
            self._stopped.add(place)
            other = self._plan.calls[before].request
            told = f"{operation} was not sent, since {other.step or other.operation} did not come before it"
            self.unsent.append(Trouble(path, told))
            return
        troubles = len(self.troubles)
        members = self._members(call)
        if len(self.troubles) > troubles:
            self._stopped.add(place)
            return
        try:
            answer = self._sent(operation, members)
        except Refused as refused:
            self._refused(place, call, refused, members)
            return
        self._created(call, members, answer)

    def _sent(self, operation: str, members: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer of a call, in which values that only the service knows may have been replaced."""
        for _ in range(_REPLACED):
            try:
                return self._port.call(SERVICE, operation, members)
            except Refused as refused:
                said = refused.told[0][1] if refused.kind == "refused" and refused.told else ""
                other = replaced(members, said, lambda path: self._port.wanted(SERVICE, operation, path))
                if other is None:
                    raise
                members = other[0]
                self.lacking.append(f"{other[1]} (moto does not know it; another value was sent)")
        return self._port.call(SERVICE, operation, members)

    def _created(self, call: Call, members: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        self.done["created"] += 1
        self.done["wired"] += sum(made in self._made for made in names(call.request))
        kind = call.kind
        if kind is None:
            self.lacking.append(f"a look at what {call.request.operation} made")
            return
        self._made.add((call.request.operation, str(members.get(kind.name))))
        self._look(call, kind, members, answer)

    def _members(self, call: Call) -> dict[str, Any]:
        operation = call.request.operation
        sources = Sources(
            lambda path: self._port.wanted(SERVICE, operation, path), lambda text: self._answered(text, call)
        )
        members = {**call.given, **filled(self._target, call.request, sources)}
        if operation == "CreatePipeline" and self._target.graph:
            members.setdefault("PipelineDefinition", json.dumps(self._target.graph.raw))
        return members

    def _answered(self, reference: str, call: Call) -> Any:
        """The value that an earlier answer has for a `Steps.…`."""
        found = self._answers.get(step_of(reference))
        path = property_path(reference)
        if found is None:
            return None
        describe, answer = found
        value = property_of(answer, path)
        if value is not None:
            self.done["wired"] += 1
        elif not self._port.answers(SERVICE, describe, path):
            told = f"reads {reference}, and {describe} answers no such member"
            self.troubles.append(Trouble(self._reader(reference, call), told))
        else:
            self.lacking.append(f"{reference} (not in the answer)")
        return value

    def _reader(self, reference: str, call: Call) -> Path:
        path = call.request.part.path
        raw = raw_of(self._target, call.request)
        return next((one for one, told in references(raw, path) if told == reference), path)

    def _refused(self, place: int, call: Call, refused: Refused, members: Mapping[str, Any]) -> None:
        operation, path = call.request.operation, call.request.part.path
        if refused.kind in ("unimplemented", "broken"):
            why = "moto does not implement it" if refused.kind == "unimplemented" else f"moto ended in {refused.code}"
            self.unsent.append(Trouble(path, f"{operation} was not exercised: {why}"))
            return
        self._stopped.add(place)
        for member, told in refused.told:
            words = (
                told
                if refused.kind == "shape"
                else f"moto refuses {operation} ({refused.code}): {discreet(told, members)}"
            )
            self.troubles.append(Trouble((*path, *member_of(member, members)), words))

    def _look(self, call: Call, kind: Kind, members: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Describe what was made, wait for its status, read its tags."""
        name = answer.get(kind.arn) if kind.arn else members.get(kind.name)
        found = self._try(kind.describe, {kind.name: name})
        if found is None:
            return
        self.done["described"] += 1
        if call.request.step:
            self._answers[call.request.step] = (kind.describe, found)
        if kind.status:
            status = found.get(kind.status)
            if status == kind.done:
                self.done["completed"] += 1
            else:
                self.lacking.append(f"{kind.status} (stays {status})")
        self._tags(call, members, answer)
        if call.request.operation == "CreatePipeline":
            self._start(str(name))

    def _tags(self, call: Call, members: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        sent = members.get("Tags")
        arn = next((one for key, one in answer.items() if key.endswith("Arn")), None)
        if not sent or not arn:
            return
        found = self._try("ListTags", {"ResourceArn": arn}, f"tags of {call.request.operation.removeprefix('Create')}")
        if found is None:
            return
        if all(one in (found.get("Tags") or ()) for one in sent):
            self.done["tagged"] += 1
        else:
            self.lacking.append(f"tags of {call.request.operation.removeprefix('Create')} (not kept)")

    def _start(self, name: str) -> None:
        parameters = self._target.graph.parameters if self._target.graph else {}
        open_ = [{"Name": key, "Value": "1"} for key, one in parameters.items() if one.get("DefaultValue") is None]
        begun = self._try("StartPipelineExecution", {"PipelineName": name, "PipelineParameters": open_})
        if begun and self._try(
            "DescribePipelineExecution", {"PipelineExecutionArn": begun.get("PipelineExecutionArn")}
        ):
            self.done["started"] += 1

    def _try(self, operation: str, members: Mapping[str, Any], called: str = "") -> Mapping[str, Any] | None:
        """A call that only looks: one that fails is the stand-in's lack."""
        try:
            return self._port.call(SERVICE, operation, members)
        except Refused as refused:
            self.lacking.append(f"{called or operation} ({refused.kind})")
            return None
