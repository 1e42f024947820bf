"""A look into the user's account: is everything there that requests name? Only calls that read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

from mlops_gates.adapters.aws import Refused
from mlops_gates.gates.builders.calls.lookups import Lookup, Named, quotas
from mlops_gates.records import dataclass

_CALLED = {
    "role": "there is no role of this name in the account",
    "bucket": "there is no such bucket",
    "image": "there is no such image",
    "alarm": "there is no such alarm in this region",
    "group": "there is no such group in this region; it only warns, since the SDK makes one when it registers a model",
}


class Reading(Protocol):
    """What takes calls that read: the adapter of AWS."""

    def call(self, service: str, operation: str, members: Mapping[str, Any], region: str = "") -> Mapping[str, Any]:
        """The answer; raises Refused."""

    def pages(self, service: str, operation: str, members: Mapping[str, Any], key: str) -> Iterator[Any]:
        """The elements of all pages; raises Refused."""


@dataclass(frozen=True)
class Noticed:
    """What a lookup says of one place: absent (not there, or too little of it), odd (there, and doubtful), unknown."""

    named: Named
    state: Literal["absent", "odd", "unknown"]
    told: str


def looked(lookup: Lookup, aws: Reading, region: str) -> Iterator[Noticed]:
    """Ask one question; nothing is yielded where all is well. Raises CheckError where nothing can be asked at all."""
    try:
        if lookup.service == "service-quotas":
            yield from _quotas(lookup, aws)
            return
        answer = aws.call(lookup.service, lookup.operation, lookup.members, lookup.region)
    except Refused as refused:
        state, told = _refusal(lookup, refused)
        for one in lookup.named:
            yield Noticed(one, state, told)
        return
    for one in lookup.named:
        if found := _judged(one, answer, region):
            yield Noticed(one, *found)


def _refusal(lookup: Lookup, refused: Refused) -> tuple[Literal["absent", "odd", "unknown"], str]:
    kind = lookup.named[0].mention.kind
    if refused.kind == "absent":
        return ("odd" if kind == "group" else "absent"), _CALLED.get(kind, "is not there")
    if refused.kind == "denied":
        return "unknown", f"could not be looked up: allow {lookup.permission} on {lookup.resource} to the job's role"
    if refused.kind == "busy":
        return "unknown", f"could not be looked up: AWS asks for fewer calls of {lookup.permission}; run again later"
    return "unknown", f"could not be looked up: AWS answered {refused.code} to {lookup.permission}"


def _judged(
    one: Named, answer: Mapping[str, Any], region: str
) -> tuple[Literal["absent", "odd", "unknown"], str] | None:
    kind = one.mention.kind
    if kind == "role":
        return _role(one.mention.value, answer.get("Role") or {})
    if kind == "bucket":
        there = answer.get("BucketRegion")
        return (
            ("odd", f"the bucket is in {there}, and the jobs run in {region}") if there not in (None, region) else None
        )
    if kind == "image":
        return None if answer.get("imageDetails") else ("absent", _CALLED["image"])
    if kind == "alarm":
        return None if answer.get("MetricAlarms") or answer.get("CompositeAlarms") else ("absent", _CALLED["alarm"])
    return None


def _role(arn: str, found: Mapping[str, Any]) -> tuple[Literal["absent", "odd"], str] | None:
    if found.get("Arn") != arn:
        return "absent", "the credentials' account has a role of this name, and its ARN is another"
    if "sagemaker.amazonaws.com" not in json.dumps(found.get("AssumeRolePolicyDocument") or {}):
        return "odd", "the role's trust policy does not name sagemaker.amazonaws.com"
    return None


def _quotas(lookup: Lookup, aws: Reading) -> Iterator[Noticed]:
    wanted = dict.fromkeys(name for _, name in quotas(lookup))
    found = _values(lookup, aws, "ListServiceQuotas")
    if not wanted.keys() <= found.keys():
        found = {**_values(lookup, aws, "ListAWSDefaultServiceQuotas"), **found}
    for one, name in quotas(lookup):
        value = found.get(name)
        if value is None:
            yield Noticed(one, "unknown", f"AWS lists no quota called {name!r}")
        elif value < one.mention.count:
            told = f"{one.mention.count} wanted, and the account's quota {name!r} is {value:g}"
            yield Noticed(one, "absent", told)


def _values(lookup: Lookup, aws: Reading, operation: str) -> dict[str, float]:
    pages = aws.pages(lookup.service, operation, lookup.members, "Quotas")
    return {str(one.get("QuotaName")): float(one.get("Value") or 0) for one in pages if isinstance(one, Mapping)}
