"""The config keys of the team's own policy."""

from __future__ import annotations

from pydantic import Field, model_validator

from mlops_gates.options import Options, Text


class TeamPolicy(Options):
    """What the team asks of every request, beyond what AWS does. A key that is not told asks nothing."""

    tags: tuple[Text, ...] = Field((), description="Keys of tags that everything has that takes tags.", strict=False)
    regions: tuple[Text, ...] = Field((), description="Where requests may go: [eu-west-3, us-*].", strict=False)
    instances: tuple[Text, ...] = Field(
        (), description="Instance types that may be used: [ml.m5.*, ml.g5.xlarge].", strict=False
    )
    registries: tuple[Text, ...] = Field(
        (),
        description="Where images may come from: an AWS account, the host of a registry, or `aws` for AWS's own images.",
        strict=False,
    )
    kms: bool = Field(False, description="Whether outputs and volumes need a KMS key of the team's.")
    vpc: bool = Field(False, description="Whether jobs and models run in a VPC.")
    network_isolation: bool = Field(False, description="Whether containers have no network.")
    encrypt_inter_container: bool = Field(
        False, description="Whether jobs of several instances encrypt what these tell each other."
    )

    @model_validator(mode="after")
    def _asks(self) -> TeamPolicy:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError("asks nothing: name tags, regions, instances, registries, or switch kms or vpc on")
        return self


class PolicyOptions(Options):
    """`policy`"""

    policy: TeamPolicy | None = Field(
        None, description="What the team asks of every request: {tags: [team], kms: true, instances: [ml.m5.*]}."
    )
