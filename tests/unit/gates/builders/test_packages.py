"""builders.packages: a version in a group, or a package with a name of its own."""

from __future__ import annotations

from typing import Any

import pytest
from judging import changed, judges_no_unknown, seen, survives_anything

from mlops_gates.gates.builders.packages import CHECK

OPERATION = "CreateModelPackage"
VERSION = {
    "ModelPackageGroupName": "churn",
    "ModelApprovalStatus": "PendingManualApproval",
    "CertifyForMarketplace": False,
    "SamplePayloadUrl": "s3://models/churn/sample.tar.gz",
    "InferenceSpecification": {
        "Containers": [{"Image": "churn:1"}],
        "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge"],
    },
}
ALONE = changed(VERSION, {"ModelPackageGroupName": ..., "ModelApprovalStatus": ..., "ModelPackageName": "churn-1"})
TYPES = "InferenceSpecification.Supported{}InstanceTypes"


@pytest.mark.parametrize("package", [VERSION, ALONE])
def test_what_fits_is_not_named(package: Any) -> None:
    assert seen(CHECK, OPERATION, package) == []


@pytest.mark.parametrize(
    ("package", "changes", "rule", "at", "believed"),
    [
        (VERSION, {"ModelPackageName": "churn-1"}, "versioned-and-not", "ModelPackageName", False),
        (VERSION, {"ModelPackageGroupName": ...}, "neither-name-nor-group", "ModelPackageGroupName", False),
        (ALONE, {"ModelApprovalStatus": "Approved"}, "unversioned-and-approved", "ModelApprovalStatus", False),
        *(
            (ALONE, {TYPES.format(kind): ...}, "unversioned-without-instances", TYPES.format(kind), False)
            for kind in ("Transform", "RealtimeInference")
        ),
        (VERSION, {"Tags": [{"Key": "team", "Value": "churn"}]}, "version-with-tags", "Tags", False),
        (VERSION, {"CertifyForMarketplace": True}, "version-in-the-marketplace", "CertifyForMarketplace", True),
        (VERSION, {"SamplePayloadUrl": "s3://models/sample.csv"}, "sample-is-no-archive", "SamplePayloadUrl", False),
        (VERSION, {"InferenceSpecification": ...}, "package-of-nothing", "InferenceSpecification", True),
    ],
)
def test_what_does_not_fit_is_named_once(package: Any, changes: Any, rule: str, at: str, believed: bool) -> None:
    assert seen(CHECK, OPERATION, changed(package, changes)) == [(rule, at, believed)]


@pytest.mark.parametrize(
    ("package", "changes"),
    [
        (VERSION, {"InferenceSpecification": ..., "SourceUri": "arn:aws:sagemaker:us-east-1:111122223333:model/churn"}),
        (VERSION, {"Tags": []}),
        (VERSION, {TYPES.format("Transform"): ...}),
        (ALONE, {"Tags": [{"Key": "team", "Value": "churn"}], "CertifyForMarketplace": True}),
    ],
)
def test_what_either_kind_may_have_is_not_named(package: Any, changes: Any) -> None:
    assert seen(CHECK, OPERATION, changed(package, changes)) == []


@pytest.mark.parametrize("package", [VERSION, ALONE])
def test_what_only_a_run_knows_is_never_wrong(package: Any) -> None:
    judges_no_unknown(CHECK, OPERATION, package)


def test_nothing_makes_a_rule_raise() -> None:
    survives_anything(CHECK, OPERATION, {**VERSION, **ALONE, "Tags": [{"Key": "team"}]})
