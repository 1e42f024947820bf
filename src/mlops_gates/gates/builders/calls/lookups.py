"""What a look into the user's account asks: one call that reads per thing that requests name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gates.gates.builders.calls.mentions import ECR, Mention, mentions
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass


@dataclass(frozen=True)
class Named:
    """A thing, and the target that names it."""

    target: Target
    mention: Mention


@dataclass(frozen=True)
class Lookup:
    """One call. `permission` is what it needs on `resource`; `named` are the places that name what it asks for.

    `region` is "" where it is the block's.
    """

    service: str
    operation: str
    members: Mapping[str, Any]
    permission: str
    resource: str
    named: tuple[Named, ...]
    region: str = ""


def lookups(targets: Sequence[Target]) -> tuple[Lookup, ...]:
    """Every thing once, in the order in which requests name it. Instances are asked for together."""
    things: dict[tuple[str, str], list[Named]] = {}
    for target in targets:
        for request in target.requests:
            for one in mentions(request):
                things.setdefault(_same(one), []).append(Named(target, one))
    return tuple(_lookup(kind, tuple(named)) for (kind, _), named in things.items())


def _same(one: Mention) -> tuple[str, str]:
    return one.kind, "" if one.kind == "instance" else one.value


def _lookup(kind: str, named: tuple[Named, ...]) -> Lookup:
    value = named[0].mention.value
    if kind == "role":
        return Lookup("iam", "GetRole", {"RoleName": value.rpartition("/")[2]}, "iam:GetRole", value, named)
    if kind == "bucket":
        return Lookup("s3", "HeadBucket", {"Bucket": value}, "s3:ListBucket", f"arn:aws:s3:::{value}", named)
    if kind == "image":
        return _image(value, named)
    if kind == "alarm":
        alarms = {"AlarmNames": [value], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        return Lookup("cloudwatch", "DescribeAlarms", alarms, "cloudwatch:DescribeAlarms", "*", named)
    if kind == "group":
        members = {"ModelPackageGroupName": value}
        permission = "sagemaker:DescribeModelPackageGroup"
        return Lookup("sagemaker", "DescribeModelPackageGroup", members, permission, value, named)
    permission = "servicequotas:ListServiceQuotas"
    return Lookup("service-quotas", "ListServiceQuotas", {"ServiceCode": "sagemaker"}, permission, "*", named)


def _image(value: str, named: tuple[Named, ...]) -> Lookup:
    match = ECR.fullmatch(value)
    assert match, value
    account, region, repository, tag, digest = match.groups()
    image = {"imageDigest": digest} if digest else {"imageTag": tag or "latest"}
    members = {"registryId": account, "repositoryName": repository, "imageIds": [image]}
    resource = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
    return Lookup("ecr", "DescribeImages", members, "ecr:DescribeImages", resource, named, region)


def quotas(lookup: Lookup) -> Iterator[tuple[Named, str]]:
    """Each instance type that is asked for, with the name of the quota that it counts against."""
    for one in lookup.named:
        yield one, f"{one.mention.value} for {one.mention.use}"
