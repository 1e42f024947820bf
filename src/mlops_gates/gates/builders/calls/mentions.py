"""What a request names that must be there already: roles, buckets, images, instances, alarms, groups of packages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from mlops_gates.gates.builders.calls.filling import BUCKET
from mlops_gates.gates.builders.calls.sequence import role
from mlops_gates.gates.builders.requests.request import Part, Path, Request
from mlops_gates.records import dataclass

ECR = re.compile(
    r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([a-z0-9._/-]+)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]+))?"
)
_OPAQUE = ("Environment", "HyperParameters", "StaticHyperParameters", "Tags", "CustomerMetadataProperties")
_USED = {
    "CreateTrainingJob": "training job usage",
    "CreateHyperParameterTuningJob": "training job usage",
    "CreateProcessingJob": "processing job usage",
    "CreateTransformJob": "transform job usage",
    "CreateEndpointConfig": "endpoint usage",
}


@dataclass(frozen=True)
class Mention:
    """A thing by its name. `count` is how many instances are asked for, `use` the quota that they count against."""

    kind: Literal["role", "bucket", "image", "instance", "alarm", "group"]
    value: str
    path: Path
    count: int = 1
    use: str = ""


def mentions(request: Request) -> Iterator[Mention]:
    """Everything that a request names, in its order. What a run only knows, and what was made up for it, is left out."""
    stand_ins = {BUCKET, f"sagemaker-{request.region}-111122223333", role(request.region)}
    for one in _within(request.part, request):
        if one.value not in stand_ins:
            yield one


def _within(part: Part, request: Request) -> Iterator[Mention]:
    for name, one in part.members.items():
        yield from _of(str(name), one, (*part.path, name), part, request)


def _of(name: str, value: Any, path: Path, part: Part, request: Request) -> Iterator[Mention]:
    if isinstance(value, Mapping):
        if name not in _OPAQUE:
            yield from _within(Part(value, path), request)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            if name not in _OPAQUE:
                yield from _of(name, one, (*path, number), part, request)
    elif isinstance(value, str):
        yield from _text(name, value, path, part, request)


def _text(name: str, value: str, path: Path, part: Part, request: Request) -> Iterator[Mention]:
    if value.startswith("s3://"):
        if bucket := value[5:].split("/", maxsplit=1)[0]:
            yield Mention("bucket", bucket, path)
    elif name.endswith("RoleArn") and ":role/" in value:
        yield Mention("role", value, path)
    elif name in ("Image", "ImageUri", "TrainingImage"):
        if ECR.fullmatch(value):
            yield Mention("image", value, path)
    elif name == "InstanceType" and request.operation in _USED:
        yield Mention("instance", value, path, _instances(part, request), _use(request))
    elif name == "AlarmName":
        yield Mention("alarm", value, path)
    elif name == "ModelPackageGroupName":
        yield Mention("group", value, path)


def _instances(part: Part, request: Request) -> int:
    """How many instances run at once."""
    count = _number(part.known("InstanceCount") or part.known("InitialInstanceCount"))
    limits = "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs"
    return count * _number(request.part.known(limits))


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 1


def _use(request: Request) -> str:
    spot = any(one.known("EnableManagedSpotTraining") is True for one in request.trainings())
    return f"{'spot ' if spot else ''}{_USED[request.operation]}"
