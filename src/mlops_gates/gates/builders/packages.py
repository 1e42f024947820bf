"""builders.packages"""

from __future__ import annotations

from mlops_gates.gates.builders.requests.request import Request
from mlops_gates.gates.builders.requests.values import address
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check

_PACKAGE = "CreateModelPackage"
_NAME, _GROUP, _STATUS = "ModelPackageName", "ModelPackageGroupName", "ModelApprovalStatus"
_INSTANCES = ("SupportedTransformInstanceTypes", "SupportedRealtimeInferenceInstanceTypes")


def _both(request: Request) -> Seeing:
    if request.part.has(_NAME) and request.part.has(_GROUP):
        yield request.part.at(_NAME), "a name of its own, and the group of a version"


def _neither(request: Request) -> Seeing:
    if not request.part.has(_NAME) and not request.part.has(_GROUP):
        yield request.part.at(_GROUP), "neither a group nor a name of its own"


def _approved(request: Request) -> Seeing:
    if _unversioned(request) and request.part.has(_STATUS):
        yield request.part.at(_STATUS), "an approval of a package outside of any group"


def _nowhere(request: Request) -> Seeing:
    specification = request.part.sub("InferenceSpecification")
    if specification and _unversioned(request):
        for name in _INSTANCES:
            if not specification.get(name):
                yield specification.at(name), "a package outside of any group does not say on which instances it runs"


def _tagged(request: Request) -> Seeing:
    if request.part.has(_GROUP) and request.part.get("Tags"):
        yield request.part.at("Tags"), "tags of a version in a group, which uses the tags of its group"


def _certified(request: Request) -> Seeing:
    if request.part.has(_GROUP) and request.part.known("CertifyForMarketplace") is True:
        yield request.part.at("CertifyForMarketplace"), "certified for the marketplace, and a version in a group"


def _sample(request: Request) -> Seeing:
    url = address(request.part, "SamplePayloadUrl")
    if url and not url.endswith(".tar.gz"):
        yield request.part.at("SamplePayloadUrl"), "the sample of requests is no .tar.gz"


def _of_nothing(request: Request) -> Seeing:
    if not any(
        request.part.has(name) for name in ("InferenceSpecification", "SourceAlgorithmSpecification", "SourceUri")
    ):
        yield (
            request.part.at("InferenceSpecification"),
            "the package says neither how it serves nor what it was made of",
        )


def _unversioned(request: Request) -> bool:
    return request.part.has(_NAME) and not request.part.has(_GROUP)


_API = "API reference, CreateModelPackage"
_REPORTED = "AWS's answer as told in getmoto/moto pull request 7165"
CHECK = rules_check(
    id="builders.packages",
    title="A model package is a version of a group, or has a name of its own",
    help="A version in a group carries an approval and uses the group's tags; a package outside of any group has a name "
    "and says on which instances it runs.",
    remedy="Give the package a group, or a name with the types of its instances.",
    rules=(
        Rule(
            id="versioned-and-not",
            states="A package has ModelPackageName or ModelPackageGroupName",
            source=f"{_API}, ModelPackageName; {_REPORTED}",
            refusal="Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which "
            "one to use.",
            bad='{"ModelPackageName": "churn-1", "ModelPackageGroupName": "churn"}',
            good='{"ModelPackageGroupName": "churn"}',
            judge=requests(_both, _PACKAGE),
        ),
        Rule(
            id="neither-name-nor-group",
            states="A package has ModelPackageName or ModelPackageGroupName",
            source=f"{_API}, ModelPackageGroupName; {_REPORTED}",
            refusal="Missing ARN.",
            bad='{"InferenceSpecification": {}}',
            good='{"ModelPackageGroupName": "churn", "InferenceSpecification": {}}',
            judge=requests(_neither, _PACKAGE),
        ),
        Rule(
            id="unversioned-and-approved",
            states="Only a version in a group has ModelApprovalStatus",
            source=f"{_API}, ModelApprovalStatus",
            bad='{"ModelPackageName": "churn-1", "ModelApprovalStatus": "Approved"}',
            good='{"ModelPackageGroupName": "churn", "ModelApprovalStatus": "Approved"}',
            judge=requests(_approved, _PACKAGE),
        ),
        Rule(
            id="unversioned-without-instances",
            states="A package outside of any group says on which instances it runs",
            source="API reference, InferenceSpecification, SupportedTransformInstanceTypes and "
            "SupportedRealtimeInferenceInstanceTypes",
            bad='{"ModelPackageName": "churn-1", "InferenceSpecification": {"Containers": []}}',
            good='{"ModelPackageName": "churn-1", "InferenceSpecification": {"SupportedTransformInstanceTypes": '
            '["ml.m5.xlarge"], "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge"]}}',
            judge=requests(_nowhere, _PACKAGE),
        ),
        Rule(
            id="version-with-tags",
            states="A version in a group has no tags of its own",
            source=f"{_API}, Tags",
            bad='{"ModelPackageGroupName": "churn", "Tags": [{"Key": "team", "Value": "churn"}]}',
            good='{"ModelPackageGroupName": "churn", "CustomerMetadataProperties": {"team": "churn"}}',
            judge=requests(_tagged, _PACKAGE),
        ),
        Rule(
            id="version-in-the-marketplace",
            states="A version in a group is not certified for the marketplace",
            source=f"{_API}, CertifyForMarketplace; believed of the service",
            bad='{"ModelPackageGroupName": "churn", "CertifyForMarketplace": true}',
            good='{"ModelPackageName": "churn-1", "CertifyForMarketplace": true}',
            judge=requests(_certified, _PACKAGE),
            believed=True,
        ),
        Rule(
            id="sample-is-no-archive",
            states="SamplePayloadUrl names one .tar.gz",
            source=f"{_API}, SamplePayloadUrl",
            bad='{"SamplePayloadUrl": "s3://models/sample.csv"}',
            good='{"SamplePayloadUrl": "s3://models/sample.tar.gz"}',
            judge=requests(_sample, _PACKAGE),
        ),
        Rule(
            id="package-of-nothing",
            states="A package has InferenceSpecification, SourceAlgorithmSpecification or SourceUri",
            source=f"{_API}; believed of the service",
            bad='{"ModelPackageGroupName": "churn"}',
            good='{"ModelPackageGroupName": "churn", "InferenceSpecification": {"Containers": [{"Image": "…"}]}}',
            judge=requests(_of_nothing, _PACKAGE),
            believed=True,
        ),
    ),
    applies=lambda target: any(one.operation == _PACKAGE for one in target.requests),
    absent="no request is CreateModelPackage",
)
