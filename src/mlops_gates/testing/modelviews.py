"""What the tests of a model's builder look at: containers, packages, endpoints, versions; and what of it is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gates.gates.builders.requests.request import Part
from mlops_gates.gates.builders.snapshot.imagedata import framework_of, parse
from mlops_gates.testing import derived, frameworks
from mlops_gates.testing.selecting import Result, Subject, plain

_ENDPOINTS = ("CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint", "CreateMonitoringSchedule")


def containers(subject: Subject) -> list[Part]:
    """The containers of the model."""
    return list(subject.request.containers()) if subject.request else []


def one_container(subject: Subject) -> str:
    """Which member shows that the model has one container, "" where it has several."""
    part = subject.part
    if len(containers(subject)) > 1 or part.has("InferenceExecutionConfig"):
        return ""
    place = "Containers has one element" if part.has("Containers") else "PrimaryContainer is the only container"
    return f"{place}: the model has no others to speak with"


def unregistered(subject: Subject) -> str:
    """Which members show that nothing is registered, "" where something is."""
    if subject.calls("CreateModelPackage", "CreateModelPackageGroup"):
        return ""
    if any(one.has("ModelPackageName") for one in containers(subject)):
        return ""
    return "no CreateModelPackage is among the requests, and no container has a ModelPackageName"


def no_endpoint(subject: Subject) -> str:
    """Which calls were looked at where no endpoint is made, "" where one is."""
    if subject.calls(*_ENDPOINTS) or subject.told("get_endpoint_config"):
        return ""
    made = ", ".join(sorted({one.operation for one in subject.target.requests}))
    return f"no CreateEndpointConfig is among the requests ({made}), so there is no endpoint to prepare"


def versionless(subject: Subject) -> str:
    """Which members show that nothing names a version, "" where one may."""
    if not unregistered(subject):
        return ""
    has_image = any(one.has("Image") for one in containers(subject))
    return "" if has_image else "no container has an Image or a ModelPackageName"


def no_image(subject: Subject) -> str:
    """Why the image cannot be looked at, "" where it can."""
    return frameworks.detect(subject, {}).unknown


def multi(subject: Subject) -> Result:
    """The containers, how they speak with each other (Serial, Direct), and the weights of variants."""
    part = subject.part
    found = containers(subject)
    return {
        "container_count": len(found),
        "containers": [container(one) for one in found],
        "communication": plain(part.get("InferenceExecutionConfig.Mode")) or ("Serial" if len(found) > 1 else None),
        "load_balancing": weights(subject),
    }


def container(part: Part) -> Result:
    """What names a container, and the names of its environment; no values of that."""
    names = ("Image", "ModelDataUrl", "ModelPackageName", "ContainerHostname", "Mode")
    held = _names(part.get("Environment"))
    return {**{name: plain(part.get(name)) for name in names if part.has(name)}, "environment": held}


def _names(found: object) -> list[str]:
    return sorted(map(str, found)) if isinstance(found, Mapping) else []


def weights(subject: Subject) -> Result:
    """By variant the share of the load that it starts with."""
    return {
        str(one.get("VariantName")): plain(one.get("InitialVariantWeight"))
        for request in subject.calls("CreateEndpointConfig")
        for one in request.part.each("ProductionVariants")
    }


def registry(subject: Subject) -> Result:
    """Approval, group, metadata and metrics of each package that is made or used."""
    packages = [
        {
            "group": plain(one.part.get("ModelPackageGroupName")),
            "name": plain(one.part.get("ModelPackageName")),
            "approval_status": plain(one.part.get("ModelApprovalStatus")) or "PendingManualApproval",
            "metadata": _names(one.part.get("CustomerMetadataProperties")),
            "metrics": _names(one.part.get("ModelMetrics")),
            "instances": plain(one.part.get("InferenceSpecification.SupportedRealtimeInferenceInstanceTypes")),
        }
        for one in subject.calls("CreateModelPackage")
    ]
    used = [plain(one.get("ModelPackageName")) for one in containers(subject) if one.has("ModelPackageName")]
    return {"model_packages": packages, "used_packages": used}


def endpoint(subject: Subject) -> Result:
    """Each endpoint config: variants with weights, instances or serverless, scaling, capture, asynchronous answers."""
    made = [
        {
            "name": plain(one.part.get("EndpointConfigName")),
            "variants": [plain(variant.members) for variant in one.part.each("ProductionVariants")],
            "weights": weights(subject),
            "data_capture": plain(one.part.get("DataCaptureConfig")),
            "async": plain(one.part.get("AsyncInferenceConfig")),
            "scaling": [
                plain(variant.get("ManagedInstanceScaling")) for variant in one.part.each("ProductionVariants")
            ],
        }
        for one in subject.calls("CreateEndpointConfig")
    ]
    schedules = subject.calls("CreateMonitoringSchedule")
    return {
        "monitoring_schedules": [plain(one.part.get("MonitoringScheduleName")) for one in schedules],
        "endpoint_configs": made,
        "endpoint_config": subject.told("get_endpoint_config") or (made[0] if made else None),
    }


def ready(subject: Subject) -> Result:
    """Role, network, tags; and what no request tells."""
    part = subject.part
    tags = [str(one.get("Key")) for one in part.each("Tags")]
    return {
        "execution_role": plain(part.get("ExecutionRoleArn")),
        "vpc": plain(part.get("VpcConfig")),
        "network_isolation": plain(part.get("EnableNetworkIsolation")) or False,
        "tags": tags,
        "only_a_deployment_shows": ["latency under load", "recovery of a failed instance", "alarms that fire"],
    }


def versions(subject: Subject) -> Result:
    """The version of each container, and the packages."""
    return {"containers": [version(one) for one in containers(subject)], **registry(subject)}


def version(part: Part) -> Result:
    """What names the version of a container: tag, digest, archive, package."""
    uri = part.known("Image")
    image = parse(uri) if isinstance(uri, str) else None
    found = framework_of(image) if image else None
    return {
        "image": plain(part.get("Image")),
        "tag": image.tag if image else "",
        "digest": image.digest if image else "",
        "framework": frameworks.called(found) if found else frameworks.CUSTOM,
        "framework_version": found.version if found else "",
        "model_data": plain(part.get("ModelDataUrl") or part.get("ModelDataSource")),
        "model_package": plain(part.get("ModelPackageName")),
    }


def floating(subject: Subject) -> list[str]:
    """Images whose content may change under the same name: a rollback would not bring the old one back."""
    said = []
    for one in containers(subject):
        uri = one.known("Image")
        image = parse(uri) if isinstance(uri, str) else None
        if image and not image.digest and image.tag in ("", "latest"):
            said.append(
                f"the image {image.repository} has {'the tag latest' if image.tag else 'no tag'}: no version to return to"
            )
    return said


def optimised(subject: Subject) -> Result:
    """What the request tells of the containers, and what only a deployment does."""
    found = [version(one) | {"mode": plain(one.get("Mode")) or "SingleModel"} for one in containers(subject)]
    return {
        "containers": found,
        "only_a_deployment_shows": ["size of the image", "time to start", "memory in use", "latency"],
    }


def artifacts(subject: Subject) -> Any:
    """Where the model's archives are from."""
    return plain(derived.artifacts(subject.part))
