"""Where requests show what a policy asks for: tags, regions, instance types, images, keys, networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

from mlops_gates.gates.builders.requests.instances import instances
from mlops_gates.gates.builders.requests.request import Part, Path, Request
from mlops_gates.gates.builders.requests.walking import is_number
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.snapshot import imagedata

_TAGGED = frozenset(
    {
        "CreateTrainingJob",
        "CreateProcessingJob",
        "CreateTransformJob",
        "CreateHyperParameterTuningJob",
        "CreateModel",
        "CreateAutoMLJob",
        "CreateAutoMLJobV2",
        "CreateEndpointConfig",
        "CreateEndpoint",
        "CreatePipeline",
        "CreateModelPackage",
    }
)
_ENCRYPTED = (
    ("OutputDataConfig", "KmsKeyId"),
    ("ProcessingOutputConfig", "KmsKeyId"),
    ("TransformOutput", "KmsKeyId"),
    ("DataCaptureConfig", "KmsKeyId"),
    ("AsyncInferenceConfig.OutputConfig", "KmsKeyId"),
    ("ResourceConfig", "VolumeKmsKeyId"),
    ("HyperParameterTuningResourceConfig", "VolumeKmsKeyId"),
    ("ProcessingResources.ClusterConfig", "VolumeKmsKeyId"),
    ("TransformResources", "VolumeKmsKeyId"),
)
"""Members that hold what is stored, and the member of each that names its key."""
_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")


def _matches(value: str, allowed: Sequence[str]) -> bool:
    return any(fnmatchcase(value, one) for one in allowed)


def tags(wanted: Sequence[str]) -> Callable[[Request], Seeing]:
    """Requests that take tags and lack one of these."""

    def judged(request: Request) -> Seeing:
        part = request.part
        # A version in a group takes no tags: the group has them.
        if request.operation not in _TAGGED or part.has("ModelPackageGroupName"):
            return
        # Of a definition alone it is not known what its pipeline is created with.
        if not part.members:
            return
        if part.has("Tags") and not isinstance(part.get("Tags"), list | tuple):
            return
        there = [tag.get("Key") for tag in part.each("Tags")]
        missing = [key for key in wanted if key not in there]
        if missing and all(isinstance(key, str) for key in there):
            yield part.at("Tags"), f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not among the tags"

    return judged


def regions(allowed: Sequence[str]) -> Callable[[Request], Seeing]:
    """Requests to another region."""

    def judged(request: Request) -> Seeing:
        if not _matches(request.region, allowed):
            yield request.part.path, f"the request goes to {request.region}"

    return judged


def types(allowed: Sequence[str]) -> Callable[[Request], Seeing]:
    """Instances of another type."""

    def judged(request: Request) -> Seeing:
        for path, name in _types(request):
            if not _matches(name, allowed):
                yield path, f"{name[:64]} is no instance type that may be used"

    return judged


def _types(request: Request) -> Iterator[tuple[Path, str]]:
    for job in _jobs(request):
        yield from instances(job)
    for member in _VARIANTS:
        for variant in request.part.each(member):
            name = variant.known("InstanceType")
            if isinstance(name, str):
                yield variant.at("InstanceType"), name


def registries(allowed: Sequence[str]) -> Callable[[Request], Seeing]:
    """Images from elsewhere."""

    def judged(request: Request) -> Seeing:
        for path, uri in _images(request):
            image = imagedata.parse(uri)
            if not image:
                continue
            host = uri.partition("/")[0] if image.registry else "docker.io"
            own = image.ecr and image.registry in imagedata.accounts() and "aws" in allowed
            if not own and not _matches(image.registry, allowed) and not _matches(host, allowed):
                yield path, f"the image comes from {host[:96]}"

    return judged


def _images(request: Request) -> Iterator[tuple[Path, str]]:
    for job in _jobs(request):
        for member in ("AlgorithmSpecification.TrainingImage", "AppSpecification.ImageUri"):
            if isinstance(uri := job.known(member), str):
                yield job.at(member), uri
    for container in request.containers():
        if isinstance(uri := container.known("Image"), str):
            yield container.at("Image"), uri


def _jobs(request: Request) -> Iterator[Part]:
    yield from request.trainings()
    if request.operation != "CreateTrainingJob":
        yield request.part


def keys(request: Request) -> Seeing:
    """Outputs and volumes without a key; a volume that is the instance's own storage takes none."""
    for job in _jobs(request):
        for member, key in _ENCRYPTED:
            held = job.sub(member)
            if held and not held.get(key) and not (key == "VolumeKmsKeyId" and _is_local(held)):
                yield held.at(key), "no key, so that AWS's own encrypts"
    if request.operation == "CreateEndpointConfig" and not request.part.get("KmsKeyId"):
        for variant in request.part.each("ProductionVariants"):
            name = variant.known("InstanceType")
            if isinstance(name, str) and not imagedata.has_local_storage(name):
                yield request.part.at("KmsKeyId"), f"no key for the volume of {name[:64]}"
                return


def _is_local(cluster: Part) -> bool:
    """Whether every instance type of it has storage of its own."""
    found = [name for _, name in instances(Part({"ResourceConfig": cluster.members}, cluster.path))]
    return bool(found) and all(imagedata.has_local_storage(name) for name in found)


def vpcs(request: Request) -> Seeing:
    """Jobs and models outside of a VPC."""
    for part, member in _networks(request, "VpcConfig"):
        if not part.get(member):
            yield part.at(member), "not in a VPC"


def isolation(request: Request) -> Seeing:
    """Containers with a network."""
    for part, member in _networks(request, "EnableNetworkIsolation"):
        if not part.get(member):
            yield part.at(member), "the container has a network"


def traffic(request: Request) -> Seeing:
    """Jobs of several instances that talk in plain."""
    for part, member in _networks(request, "EnableInterContainerTrafficEncryption"):
        if request.operation != "CreateModel" and _is_several(part) and not part.get(member):
            yield part.at(member), "several instances, and what they tell each other is not encrypted"


def _networks(request: Request, member: str) -> Iterator[tuple[Part, str]]:
    """(job or model, path of the member in it), where the call has such a member."""
    for job in request.trainings():
        if not job.has("ServerlessJobConfig"):
            yield job, member
    if request.operation == "CreateModel":
        yield request.part, member
    elif request.operation == "CreateProcessingJob":
        yield request.part, f"NetworkConfig.{member}"
    elif request.operation == "CreateAutoMLJobV2" and member != "EnableNetworkIsolation":
        yield request.part, f"SecurityConfig.{member}"


def _is_several(job: Part) -> bool:
    """Whether a job runs on several instances, or on as many as AutoML likes."""
    if job.has("AutoMLProblemTypeConfig"):
        return True
    members = ("ResourceConfig", "HyperParameterTuningResourceConfig", "ProcessingResources.ClusterConfig")
    clusters = [found for name in members if (found := job.sub(name))]
    counts = [one.known("InstanceCount") for one in clusters]
    counts += [group.known("InstanceCount") for one in clusters for group in one.each("InstanceGroups")]
    return sum(count for count in counts if is_number(count)) > 1
