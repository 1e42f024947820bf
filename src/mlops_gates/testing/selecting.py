"""Which rules a test takes, and how what they say becomes its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from mlops_gates.gates.builders.requests.request import Part, Request, Unknown
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass
from mlops_gates.testing.demands import Demands
from mlops_gates.testing.judging import Breach, Judged, judge

Result = dict[str, Any]
_NONE: Demands = MappingProxyType({})
_CALLS = {
    "CreateTrainingJob": "AlgorithmSpecification, RoleArn, OutputDataConfig, ResourceConfig and StoppingCondition",
    "CreateModel": "ExecutionRoleArn and a PrimaryContainer or Containers",
    "CreateProcessingJob": "AppSpecification, ProcessingResources and RoleArn",
    "CreateTransformJob": "ModelName, TransformInput, TransformOutput and TransformResources",
    "CreateHyperParameterTuningJob": "HyperParameterTuningJobConfig and a TrainingJobDefinition",
    "CreateModelPackage": "an InferenceSpecification or a SourceAlgorithmSpecification",
}
"""What AWS asks of each call at the least: its required members and those that it requires in each case."""


class Subject:
    """What the tests of one builder look at. `operations` are the calls that its tests speak of, none for any;
    `types` those of steps that make no call, `demands` what the tests' config asks beside AWS."""

    def __init__(
        self, target: Target, operations: Sequence[str], types: Sequence[str] = (), demands: Demands = _NONE
    ) -> None:
        self.target = target
        self.demands = demands
        self.operations = tuple(operations)
        self.types = tuple(types)

    @cached_property
    def request(self) -> Request | None:
        """The first call of theirs."""
        wanted = self.operations
        return next((one for one in self.target.requests if not wanted or one.operation in wanted), None)

    @property
    def part(self) -> Part:
        """The training job that the call describes, or the call itself; no members where there is no call."""
        if self.request is None:
            return Part({})
        return next(self.request.trainings(), self.request.part)

    @cached_property
    def judged(self) -> Judged:
        """What the rules say of it, asked once for all tests."""
        return judge(self.target, self.demands)

    @property
    def is_there(self) -> bool:
        """Whether there is anything to judge: a call, or a step of a type that makes none."""
        if self.request is not None:
            return True
        return any(step.type in self.types for step in self.own_steps)

    @property
    def own_steps(self) -> tuple[Any, ...]:
        """The steps that the builder made itself; of a pipeline all of them."""
        graph = self.target.graph
        if graph is None:
            return ()
        names = {str(name) for run in self.target.runs for name in run.get("steps") or ()}
        return tuple(step for step in graph.steps if self.target.whole or step.name in names)

    def calls(self, *operations: str) -> tuple[Request, ...]:
        """All calls of these operations."""
        return tuple(one for one in self.target.requests if one.operation in operations)

    def view(self, name: str) -> Mapping[str, Any] | None:
        """What a view of the builder answered: {"value"} or {"error"}, None where it has none."""
        found = (self.target.entry.get("views") or {}).get(name)
        return found if isinstance(found, Mapping) else None

    def told(self, name: str) -> Any:
        """The value that a view of the builder answered; None where it has none, or raised."""
        return (self.view(name) or {}).get("value")

    def missing(self) -> list[str]:
        """Why there is nothing to judge, and what AWS would ask for."""
        wanted = self.operations[0] if self.operations else "request"
        made = sorted({one.operation for one in self.target.requests})
        if made:
            return [f"{self.target.name} makes {', '.join(made)}, and no {wanted}"]
        said = [one.message for one in self.judged.breaches if one.check == "builders.render"]
        needs = _CALLS.get(wanted)
        refused = f"; AWS refuses one without {needs}" if needs else ""
        return [*(said or [f"{self.target.name} renders to nothing"]), f"AWS would receive no {wanted}{refused}"]


def _nothing(_: Subject) -> str:
    return ""


@dataclass(frozen=True)
class Selection:
    """A test: the checks whose findings it takes, and those findings of any check that lie at these members, rules, views.

    `rest` takes what no other test of the class does. `absent` says which member was looked at where the test's subject is
    provably not there, `unknown` why it could not be looked at; each is "" otherwise. `details` is what the test tells.
    """

    checks: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    rest: bool = False
    absent: Callable[[Subject], str] = _nothing
    unknown: Callable[[Subject], str] = _nothing
    details: Callable[[Subject], Result] = lambda _: {}

    def takes(self, breach: Breach) -> bool:
        """Whether it is this test's, the rest aside."""
        if breach.check in self.checks or breach.rule in self.rules:
            return True
        if breach.path and breach.path[0] in self.views:
            return True
        return any(breach.names(member) for member in self.members)


def tested(name: str, subject: Subject, selections: Mapping[str, Selection]) -> Result:
    """The result of one test: test_name, passed, status, message, details, errors, warnings, findings.

    `passed` is True for passed and warned, False for failed, errored and inconclusive, None for skipped.
    """
    mine = selections[name]
    if not subject.is_there:
        return made(name, "failed", details={}, errors=subject.missing())
    found = [one for one in subject.judged.breaches if _is_of(one, name, selections)]
    errors = [one.message for one in found if not one.warns]
    result = made(name, "passed", details=mine.details(subject), errors=errors)
    result["warnings"] = [one.message for one in found if one.warns]
    result["findings"] = [one.record() for one in found]
    crashed = [f"{check} {told}" for check, told in subject.judged.crashed if check in mine.checks or mine.rest]
    if errors:
        return settled(result, "failed")
    if crashed:
        return settled(result, "errored", errors=crashed)
    if lost := [check for check in mine.checks if check not in subject.judged.asked]:
        return settled(result, "inconclusive", errors=[f"{', '.join(lost)} is not there to be asked"])
    if unknown := mine.unknown(subject):
        return settled(result, "inconclusive", unknown, errors=[unknown])
    if result["warnings"]:
        return settled(result, "warned")
    if absent := mine.absent(subject):
        return settled(result, "skipped", absent)
    return result


def _is_of(breach: Breach, name: str, selections: Mapping[str, Selection]) -> bool:
    if selections[name].takes(breach):
        return True
    return selections[name].rest and not any(one.takes(breach) for other, one in selections.items() if other != name)


def made(name: str, status: str, *, details: Result, errors: Sequence[str] = (), message: str = "") -> Result:
    """A result with all its keys."""
    empty: Result = {"test_name": name, "passed": True, "status": "", "message": "", "details": dict(details),
                     "errors": list(errors), "warnings": [], "findings": []}  # fmt: skip
    return settled(empty, status, message)


def settled(result: Result, status: str, message: str = "", errors: Sequence[str] = ()) -> Result:
    """The result with its status, and `passed` as that says."""
    passed = None if status == "skipped" else status in ("passed", "warned")
    said = message or (result["errors"][0] if not passed and result["errors"] else "")
    return result | {
        "passed": passed,
        "status": status,
        "message": said or (errors[0] if errors else ""),
        "errors": [*result["errors"], *errors],
    }


def plain(value: Any) -> Any:
    """Members as JSON has them; what only a run knows as `<Steps.Train...>`."""
    if isinstance(value, Unknown):
        return f"<{value.text or value.kind}>"
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value
