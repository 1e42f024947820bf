"""What must be there before a sequence of calls can be sent to an empty account, and the calls that put it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gates.gates.builders.calls.kinds import KINDS, SERVICE
from mlops_gates.gates.builders.calls.mentions import ECR, mentions
from mlops_gates.gates.builders.calls.order import names
from mlops_gates.gates.builders.calls.sequence import Call, role
from mlops_gates.records import dataclass

_TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": \
{"Service": "sagemaker.amazonaws.com"}}]}'


@dataclass(frozen=True)
class Needed:
    """A call that the target does not make and that its requests rely on."""

    service: str
    operation: str
    members: Mapping[str, Any]


def prerequisites(calls: Sequence[Call], region: str) -> tuple[Needed, ...]:
    """Buckets, repositories, roles, and the models, configs and groups that only have a name here; each once, in order."""
    found: dict[tuple[str, str], Needed] = {}
    for call in calls:
        for one in mentions(call.request):
            if made := _of(one.kind, one.value, region):
                found.setdefault((made.operation, one.value), made)
    for operation, name in _missing(calls):
        for made in _named(operation, name, region):
            found.setdefault((made.operation, name), made)
    return tuple(found.values())


def _of(kind: str, value: str, region: str) -> Needed | None:
    if kind == "bucket":
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        return Needed("s3", "CreateBucket", {"Bucket": value, **where})
    if kind == "role":
        members = {"RoleName": value.rpartition("/")[2], "AssumeRolePolicyDocument": _TRUST}
        return Needed("iam", "CreateRole", members)
    if kind == "image" and (match := ECR.fullmatch(value)):
        return Needed("ecr", "CreateRepository", {"repositoryName": match[3]})
    return None


def _missing(calls: Sequence[Call]) -> Iterator[tuple[str, str]]:
    """What requests name and no request creates."""
    made = set()
    for one in calls:
        if kind := KINDS.get(one.request.operation):
            made.add((one.request.operation, str(one.given.get(kind.name) or one.request.part.known(kind.name))))
    for one in calls:
        for operation, name in names(one.request):
            if (operation, name) not in made:
                yield operation, name


def _named(operation: str, name: str, region: str) -> Iterator[Needed]:
    image = f"111122223333.dkr.ecr.{region}.amazonaws.com/mlops-gates:1"
    if operation == "CreateModelPackageGroup":
        yield Needed(SERVICE, operation, {"ModelPackageGroupName": name})
    elif operation == "CreateModel":
        members = {"ModelName": name, "ExecutionRoleArn": role(region), "PrimaryContainer": {"Image": image}}
        yield Needed(SERVICE, operation, members)
    else:
        model = "mlops-gates-model"
        yield from _named("CreateModel", model, region)
        variant = {"VariantName": "all", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        yield Needed(SERVICE, operation, {"EndpointConfigName": name, "ProductionVariants": [variant]})
