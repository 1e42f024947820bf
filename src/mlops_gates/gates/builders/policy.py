"""builders.policy"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Measurement
from mlops_gates.gates.builders import policyplaces as places
from mlops_gates.gates.builders.policy_options import PolicyOptions, TeamPolicy
from mlops_gates.gates.builders.rules import Rule, broken, findings, requests
from mlops_gates.gates.builders.scope import BuildersScope

_ID = "builders.policy"
_OWN = "policy of this config"


def rules(policy: TeamPolicy) -> Iterator[Rule]:
    """The rules that a policy asks for; all of them for one that names everything."""
    if policy.tags:
        yield Rule(
            id="tags-missing",
            states=f"Everything that takes tags has {', '.join(policy.tags)}",
            source=f"{_OWN}, tags",
            bad='{"Tags": [{"Key": "stage", "Value": "test"}]}',
            good='{"Tags": [{"Key": "team", "Value": "churn"}]}',
            judge=requests(places.tags(policy.tags)),
        )
    if policy.regions:
        yield Rule(
            id="region-not-allowed",
            states=f"Requests go to {', '.join(policy.regions)}",
            source=f"{_OWN}, regions",
            bad="region: us-east-1, and regions: [eu-west-3]",
            good="region: eu-west-3, and regions: [eu-west-3]",
            judge=requests(places.regions(policy.regions)),
        )
    if policy.instances:
        yield Rule(
            id="instance-not-allowed",
            states=f"Instance types are of {', '.join(policy.instances)}",
            source=f"{_OWN}, instances",
            bad='{"InstanceType": "ml.p4d.24xlarge"}, and instances: [ml.m5.*]',
            good='{"InstanceType": "ml.m5.xlarge"}, and instances: [ml.m5.*]',
            judge=requests(places.types(policy.instances)),
        )
    if policy.registries:
        yield Rule(
            id="registry-not-allowed",
            states=f"Images come from {', '.join(policy.registries)}",
            source=f"{_OWN}, registries",
            bad='{"Image": "docker.io/library/python:3.11"}, and registries: [aws]',
            good='{"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"}',
            judge=requests(places.registries(policy.registries)),
        )
    yield from _switches(policy)


def _switches(policy: TeamPolicy) -> Iterator[Rule]:
    if policy.kms:
        yield Rule(
            id="key-missing",
            states="Outputs and volumes have a KMS key",
            source=f"{_OWN}, kms",
            bad='{"OutputDataConfig": {"S3OutputPath": "s3://models/"}}',
            good='{"OutputDataConfig": {"S3OutputPath": "s3://models/", "KmsKeyId": "alias/models"}}',
            judge=requests(places.keys),
        )
    if policy.vpc:
        yield Rule(
            id="vpc-missing",
            states="Jobs and models run in a VPC",
            source=f"{_OWN}, vpc",
            bad='{"TrainingJobName": "churn"}',
            good='{"VpcConfig": {"SecurityGroupIds": ["sg-0a1b2c3d"], "Subnets": ["subnet-0a1b2c3d"]}}',
            judge=requests(places.vpcs),
        )
    if policy.network_isolation:
        yield Rule(
            id="isolation-missing",
            states="Containers have no network",
            source=f"{_OWN}, network_isolation",
            bad='{"EnableNetworkIsolation": false}',
            good='{"EnableNetworkIsolation": true}',
            judge=requests(places.isolation),
        )
    if policy.encrypt_inter_container:
        yield Rule(
            id="traffic-in-plain",
            states="What instances of a job tell each other is encrypted",
            source=f"{_OWN}, encrypt_inter_container",
            bad='{"ResourceConfig": {"InstanceCount": 2}}',
            good='{"ResourceConfig": {"InstanceCount": 2}, "EnableInterContainerTrafficEncryption": true}',
            judge=requests(places.traffic),
        )


def _policy(scope: BuildersScope) -> TeamPolicy | None:
    options = scope.options
    return options.policy if isinstance(options, PolicyOptions) else None


def _needs(scope: BuildersScope) -> Iterator[TeamPolicy]:
    if policy := _policy(scope):
        yield policy


def _body(scope: BuildersScope) -> Iterator[Seen]:
    policy = _policy(scope)
    assert policy is not None
    if not scope.targets:
        raise Inconclusive("nothing was rendered, so there is no request to judge")
    asked = tuple(rules(policy))
    count = 0
    for target in scope.targets:
        found = list(broken(_ID, asked, target))
        count += len(found)
        yield from findings(target, found)
    judged = sum(len(target.requests) for target in scope.targets)
    yield Measurement(
        rule=_ID,
        subject="",
        name="broken",
        value=float(count),
        text=f"{count} members break {len(asked)} rules of the policy in {judged} requests"
        if count
        else f"{len(asked)} rules of the policy kept by {judged} requests",
        exact="counted",
        n=judged,
    )


_ALL = TeamPolicy(
    tags=("team",),
    regions=("eu-west-3",),
    instances=("ml.m5.*",),
    registries=("aws",),
    kms=True,
    vpc=True,
    network_isolation=True,
    encrypt_inter_container=True,
)
"""One rule of each key, for `explain`."""
CHECK = Check(
    id=_ID,
    title="Requests keep the team's policy",
    help="What AWS takes may still be what the team does not want: a resource without an owner's tag, a region or an "
    "instance type that nobody pays for, an image from anywhere, an output without a key. `policy` says what is asked.",
    remedy="Set what the policy asks for, or change the policy in the config.",
    example="builders:\n  targets: [pipelines.churn:builders]\n  policy:\n    tags: [team]\n    regions: [eu-west-3]\n"
    "    instances: [ml.m5.*]\n    registries: [aws, '111122223333']\n    kms: true\n    vpc: true\n",
    body=_body,
    needs=_needs,
    options=PolicyOptions,
    # What is stated here judges nothing: only the rules of a config's own policy do.
    rules=tuple(dataclasses.replace(rule, judge=lambda _: iter(())) for rule in rules(_ALL)),
)
