"""builders.shape"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import lru_cache

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Finding, Measurement
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.rules import Broken, Rule, Seeing, broken, findings
from mlops_gates.gates.builders.scope import BuildersScope, Target
from mlops_gates.gates.builders.shapes.service import service
from mlops_gates.gates.builders.shapes.walk import Kind, Walk, walked
from mlops_gates.gates.builders.shapes.words import count as counted
from mlops_gates.gates.builders.shapes.words import detected
from mlops_gates.records import dataclass

_ID = "builders.shape"
_MODEL = "botocore's service model of SageMaker"
_CLIENT = "botocore, validate.py"
_SERVICE = "1 validation error detected: Value '…' at '…' failed to satisfy constraint: Member must"


class _Same:
    """A target as a key: itself, not what it is like."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def __hash__(self) -> int:
        return id(self.target)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.target is self.target


@lru_cache(maxsize=4)
def _walks(same: _Same) -> tuple[Walk, ...]:
    """One walk per request, which all rules share. Raises CheckError without botocore."""
    target, model = same.target, service()
    parameters = target.graph.parameters if target.graph else {}
    types = {name: str(one.get("Type", "")) for name, one in parameters.items()}
    return tuple(walked(request, model, types) for request in target.requests)


def _of(kind: Kind) -> Callable[[Target], Seeing]:
    def judged(target: Target) -> Seeing:
        for walk in _walks(_Same(target)):
            for fault in walk.faults:
                if fault.kind == kind:
                    yield fault.path, fault.told

    return judged


RULES = (
    Rule(
        id="required",
        states="What the service model requires is there",
        source=f"{_MODEL}, `required` of the structure; {_CLIENT}",
        refusal='Parameter validation failed: Missing required parameter in …: "…"',
        bad='{"TrainingJobName": "churn", "OutputDataConfig": {"S3OutputPath": "s3://models/"}}',
        good='{"TrainingJobName": "churn", "OutputDataConfig": {"S3OutputPath": "s3://models/"}, '
        '"RoleArn": "arn:aws:iam::111122223333:role/training"}',
        judge=_of("required"),
    ),
    Rule(
        id="type",
        states="A value has the type of its member: text is no number, 43200.0 no integer, one value no list",
        source=f"{_MODEL}, `type` of the member; {_CLIENT}",
        refusal="Parameter validation failed: Invalid type for parameter …, value: …, type: …, valid types: …",
        bad='{"InstanceCount": "2"}',
        good='{"InstanceCount": 2}',
        judge=_of("type"),
    ),
    Rule(
        id="unknown-member",
        states="A structure has only the members of the service model",
        source=f"{_MODEL}, `members` of the structure; {_CLIENT}",
        refusal='Parameter validation failed: Unknown parameter in …: "…", must be one of: …',
        bad='{"ResourceConfig": {"MaxRuntimeInSeconds": 86400}}',
        good='{"StoppingCondition": {"MaxRuntimeInSeconds": 86400}}',
        judge=_of("unknown-member"),
    ),
    Rule(
        id="enum",
        states="A value is one of those that the service model lists",
        source=f"{_MODEL}, `enum` of the member; AWS's answer in aws-samples/aws-sagemaker-heart-disease-prediction issue 1",
        refusal=f"{_SERVICE} satisfy enum value set: […]",
        bad='{"InstanceType": "m5.xlarge"}',
        good='{"InstanceType": "ml.m5.xlarge"}',
        judge=_of("enum"),
    ),
    Rule(
        id="pattern",
        states="The whole value matches the member's pattern",
        source=f"{_MODEL}, `pattern` of the member; AWS's answer in "
        "aws-samples/sagemaker-ml-workflow-with-apache-airflow issue 3",
        refusal=f"{_SERVICE} satisfy regular expression pattern: …",
        bad='{"TrainingJobName": "churn_training"}',
        good='{"TrainingJobName": "churn-training"}',
        judge=_of("pattern"),
    ),
    Rule(
        id="length",
        states="A text, a list and a map are as long as the service model allows",
        source=f"{_MODEL}, `min` and `max` of the member; AWS's answer in "
        "aws-samples/sagemaker-ml-workflow-with-apache-airflow issue 3",
        refusal=f"{_SERVICE} have length less than or equal to …",
        bad='{"SecurityGroupIds": []}',
        good='{"SecurityGroupIds": ["sg-0a1b2c3d"]}',
        judge=_of("length"),
    ),
    Rule(
        id="range",
        states="A number lies between the bounds of the service model",
        source=f"{_MODEL}, `min` and `max` of the member; the words are those of AWS's request validation",
        refusal=f"{_SERVICE} have value greater than or equal to …",
        bad='{"MaxRuntimeInSeconds": 0}',
        good='{"MaxRuntimeInSeconds": 3600}',
        judge=_of("range"),
    ),
    Rule(
        id="union",
        states="Of a union exactly one member is there",
        source=f"{_MODEL}, `union` of the structure; {_CLIENT}",
        refusal="Parameter validation failed: Invalid number of parameters set for tagged union structure …. "
        "Can only set one of the following keys: …",
        bad='{"AutoMLProblemTypeConfig": {"TabularJobConfig": {}, "TextClassificationJobConfig": {}}}',
        good='{"AutoMLProblemTypeConfig": {"TabularJobConfig": {"TargetAttributeName": "Churn"}}}',
        judge=_of("union"),
    ),
    Rule(
        id="parameter-type",
        states="A pipeline's parameter has the type of the member that it stands for",
        source=f"{_MODEL}, `type` of the member, and Type of the parameter; believed of Pipelines",
        bad='{"InstanceCount": {"Get": "Parameters.Approval"}}, and Approval is a String',
        good='{"InstanceCount": {"Get": "Parameters.InstanceCount"}}, and InstanceCount is an Integer',
        judge=_of("parameter-type"),
        believed=True,
    ),
    Rule(
        id="unread",
        states="What the installed botocore does not describe is not judged, and that is told",
        source=_MODEL,
        bad="a pattern with a construct of Java's that Python does not have, or a call that is newer than botocore",
        good="a request whose every constraint can be read",
        judge=_of("unread"),
        believed=True,
    ),
)


@dataclass(frozen=True)
class _Sums:
    """What all walks together saw."""

    requests: int
    judged: int
    unknown: int


def _body(scope: BuildersScope) -> Iterator[Seen]:
    if not scope.targets:
        raise Inconclusive("nothing was rendered, so there is no request to judge")
    scope.facts["service model"] = f"botocore {service().version}"
    count, sums = 0, _Sums(0, 0, 0)
    for target in scope.targets:
        found = list(broken(_ID, RULES, target))
        count += len(found)
        yield from _findings(target, found)
        walks = _walks(_Same(target))
        sums = _Sums(
            sums.requests + len(walks),
            sums.judged + sum(one.judged for one in walks),
            sums.unknown + sum(one.unknown for one in walks),
        )
    yield _measured(count, len(scope.targets), sums)


def _findings(target: Target, found: list[Broken]) -> Iterator[Finding]:
    """With AWS's words about this very member, where they are known."""
    told: dict[Path, list[str]] = {}
    for walk in _walks(_Same(target)):
        for fault in walk.faults:
            if fault.refusal:
                told.setdefault(fault.path, []).append(fault.refusal)
    yield from findings(target, [_sharpened(one, told.get(one.path, [])) for one in found])


def _sharpened(one: Broken, refusals: list[str]) -> Broken:
    refusal = detected(refusals) if refusals else ""
    return dataclasses.replace(one, rule=dataclasses.replace(one.rule, refusal=refusal))


def _measured(count: int, targets: int, sums: _Sums) -> Measurement:
    where = f"{counted(sums.requests, 'request')} of {counted(targets, 'target')}"
    text = f"{counted(count, 'fault')} in {where}" if count else f"no fault in {where}"
    text += f": {counted(sums.judged, 'value')} judged"
    if sums.unknown:
        text += f", {sums.unknown:,} known only at run time and not judged"
    return Measurement(_ID, "", "broken", float(count), text, exact="counted", n=sums.requests)


CHECK = Check(
    id=_ID,
    title="Requests have the shape that AWS takes",
    help="AWS publishes what each call takes: which members there are and which are required, their types, the values, "
    "patterns, lengths and numbers that are allowed. Every rendered request is held to it, as botocore has it. What only "
    "a run knows is counted and not judged.",
    remedy="Set the member as AWS takes it; the finding tells its constraint.",
    example="builders:\n  targets: [pipelines.churn:builders]\n",
    body=_body,
    rules=RULES,
)
