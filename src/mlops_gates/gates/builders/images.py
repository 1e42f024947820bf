"""builders.images"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlops_gates.gates.builders.imageuses import Named, holders, named
from mlops_gates.gates.builders.requests.instances import instances
from mlops_gates.gates.builders.requests.request import Request
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check
from mlops_gates.gates.builders.scope import Target
from mlops_gates.gates.builders.snapshot.imagedata import accounts, has_gpu, is_neuron, parse, registries_of

DATA = "the SDK's image_uri_config"
FORMS = "AWS documentation of TrainingImage and of a container's Image"
_DIGEST = "a digest is sha256: and 64 hexadecimal digits"


def _each(judge: Callable[[Named, Request], Iterator[str]]) -> Callable[[Target], Seeing]:
    """A rule of single images."""

    def judged(request: Request) -> Seeing:
        for one in named(request):
            for told in judge(one, request):
                yield one.path, told

    return requests(judged)


def _either(request: Request) -> Seeing:
    for job in request.trainings():
        if not (found := job.sub("AlgorithmSpecification")):
            continue
        image, algorithm = found.has("TrainingImage"), found.has("AlgorithmName")
        if image and algorithm:
            yield found.at("AlgorithmName"), "an algorithm's name stands beside the image; a job has one of the two"
        elif not image and not algorithm:
            yield found.at("TrainingImage"), "there is neither an image nor an algorithm's name"


def _form(one: Named, _: Request) -> Iterator[str]:
    if one.image or (one.member == "Image" and any(map(str.isspace, one.uri))):
        return  # a container's image with a space in it breaks its pattern, which builders.shape tells
    if "://" in one.uri:
        yield f"{_short(one.uri)} has a scheme; an image is registry/repository:tag"
    elif one.uri != one.uri.strip():
        yield f"{_short(one.uri)} begins or ends with a space"
    elif "@" in one.uri and parse(one.uri.partition("@")[0]):
        digest = one.uri.partition("@")[2]
        yield f"the digest {_short(digest)} is none: {_DIGEST}"
    else:
        yield f"{_short(one.uri)} is no image: registry/repository, then :tag or @digest"


def _registry(one: Named, _: Request) -> Iterator[str]:
    access = one.holder.get("TrainingImageConfig.TrainingRepositoryAccessMode") or one.holder.get(
        "ImageConfig.RepositoryAccessMode"
    )
    if (image := one.image) and not image.ecr and access in (None, "Platform"):
        where = f"the registry {image.registry} is not ECR's" if image.registry else "there is no registry"
        yield f"{where}; without RepositoryAccessMode Vpc an image comes from ECR"


def _region(one: Named, request: Request) -> Iterator[str]:
    if (image := one.image) and image.ecr and request.region and image.region != request.region:
        yield f"the image lies in {image.region}, the job runs in {request.region}"


def _account(one: Named, request: Request) -> Iterator[str]:
    image = one.image
    if not image or not image.ecr or image.registry not in accounts() or image.region != request.region:
        return
    known = registries_of(image.repository)
    if not known or image.registry in (owners := known.get(image.region, ())):
        return
    if owners:
        yield f"account {image.registry} has no {image.repository} in {image.region}; it is {' or '.join(owners)}"
    elif image.registry in {account for of in known.values() for account in of}:
        yield f"the SDK knows no {image.repository} in {image.region}"


def _version(one: Named, _: Request) -> Iterator[str]:
    image, framework = one.image, one.framework
    if image and framework and image.tag and not framework.version:
        near = _nearest(image.tag, framework.versions)
        yield f"the SDK knows no {framework.repository} of version {image.tag}; nearest are {', '.join(near)}"


def _python(one: Named, _: Request) -> Iterator[str]:
    framework = one.framework
    if framework and framework.python and framework.pythons and framework.python not in framework.pythons:
        known = " and ".join(framework.pythons)
        yield f"{framework.repository} {framework.version} has {known} and not {framework.python}"


def _use(one: Named, _: Request) -> Iterator[str]:
    framework = one.framework
    if not framework:
        return
    if one.use == "training" and framework.serves and not framework.trains:
        yield f"{framework.repository} is an image for inference, and this is a training job"
    elif one.use == "serving" and framework.trains and not framework.serves:
        yield f"{framework.repository} is an image for training, and this is a model"


def _accelerated(one: Named) -> tuple[str, list[str], list[bool | None], list[bool | None]]:
    """(the image's processor, the job's instances, their having GPUs, their having Neuron devices)."""
    framework = one.framework
    types = list(dict.fromkeys(name for _, name in instances(one.job)))
    processor = framework.processor if framework else ""
    return processor, types, [has_gpu(name) for name in types], [is_neuron(name) for name in types]


def _lacking(one: Named, _: Request) -> Iterator[str]:
    processor, types, gpus, neurons = _accelerated(one)
    if processor == "gpu" and types and all(found is False for found in gpus):
        yield f"the image is for GPUs, and {' and '.join(types)} has none"
    elif processor == "neuron" and types and all(found is False for found in neurons):
        yield f"the image is for Trainium or Inferentia, and {' and '.join(types)} has neither"


def _idle(one: Named, _: Request) -> Iterator[str]:
    processor, types, gpus, neurons = _accelerated(one)
    if processor == "cpu" and types and all(gpus):
        yield f"the image is for CPUs, so the GPUs of {' and '.join(types)} stand idle"
    elif processor == "cpu" and types and all(neurons):
        yield f"the image is for CPUs, so the accelerators of {' and '.join(types)} stand idle"


def _nearest(tag: str, versions: tuple[str, ...]) -> list[str]:
    """Three versions that begin like the tag, the longest likeness first."""

    def likeness(version: str) -> int:
        same = 0
        for here, there in zip(tag, version, strict=False):
            if here != there:
                break
            same += 1
        return same

    return sorted(versions, key=lambda version: (-likeness(version), len(version), version))[:3]


def _short(uri: str) -> str:
    """Quoted, on one line, of bounded length."""
    told = " ".join(uri.split("\n"))
    return f"'{told if len(told) <= 120 else told[:117] + '...'}'"


_OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn"
_PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training"
RULES = (
    Rule(
        "image-or-algorithm",
        "A training job has an image or an algorithm's name, and not both",
        "AWS documentation of AlgorithmSpecification, AlgorithmName",
        bad="AlgorithmSpecification: {TrainingInputMode: File}",
        good=f"AlgorithmSpecification: {{TrainingInputMode: File, TrainingImage: '{_OWN}:1'}}",
        judge=requests(_either),
    ),
    Rule(
        "image-form",
        f"An image is registry/repository, then :tag or @digest; {_DIGEST}",
        FORMS,
        bad="TrainingImage: https://example.com/churn:1",
        good=f"TrainingImage: {_OWN}:1",
        judge=_each(_form),
    ),
    Rule(
        "image-registry",
        "An image lies in ECR, unless the job is told to reach a private registry from its VPC",
        "AWS documentation of TrainingImageConfig and ImageConfig",
        bad="Image: churn:1",
        good=f"Image: {_OWN}:1",
        judge=_each(_registry),
        believed=True,
    ),
    Rule(
        "image-region",
        "An image lies in the region of the job or model that uses it",
        "AWS documentation of ContainerDefinition, Image; the refusals of CreateModel and CreateProcessingJob",
        bad=f"TrainingImage: {_OWN.replace('us-east-1', 'eu-west-3')}:1  # in us-east-1",
        good=f"TrainingImage: {_OWN}:1  # in us-east-1",
        judge=_each(_region),
        refusal="Cross region ECR image pulls are not allowed.",
    ),
    Rule(
        "image-account",
        "The account of one of AWS's own images is the one that owns it in that region",
        f"{DATA}, registries",
        bad="TrainingImage: 141502667606.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        good="TrainingImage: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        judge=_each(_account),
    ),
    Rule(
        "image-version",
        "A framework has an image of the version that the tag names",
        f"{DATA}, versions and version_aliases",
        bad="TrainingImage: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7.6",
        good="TrainingImage: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        judge=_each(_version),
        believed=True,
    ),
    Rule(
        "image-python",
        "A framework's version has an image with the Python that the tag names",
        f"{DATA}, py_versions",
        bad=f"TrainingImage: {_PYTORCH}:2.3.0-gpu-py37",
        good=f"TrainingImage: {_PYTORCH}:2.3.0-gpu-py311",
        judge=_each(_python),
        believed=True,
    ),
    Rule(
        "image-use",
        "A training job has an image for training, a model one for inference",
        f"{DATA}, its scopes",
        bad=f"TrainingImage: {_PYTORCH.replace('training', 'inference')}:2.3.0-gpu-py311",
        good=f"TrainingImage: {_PYTORCH}:2.3.0-gpu-py311",
        judge=_each(_use),
    ),
    Rule(
        "image-accelerator",
        "An image for GPUs or for Neuron devices runs on an instance that has them",
        f"{DATA}, processors, and EC2's description of instance types",
        bad=f"{{TrainingImage: {_PYTORCH}:2.3.0-gpu-py311, InstanceType: ml.m5.xlarge}}",
        good=f"{{TrainingImage: {_PYTORCH}:2.3.0-gpu-py311, InstanceType: ml.g5.xlarge}}",
        judge=_each(_lacking),
    ),
    Rule(
        "image-idle-accelerator",
        "An image for CPUs leaves the GPUs of an instance idle",
        f"{DATA}, processors, and EC2's description of instance types",
        bad=f"{{TrainingImage: {_PYTORCH}:2.3.0-cpu-py311, InstanceType: ml.g5.xlarge}}",
        good=f"{{TrainingImage: {_PYTORCH}:2.3.0-cpu-py311, InstanceType: ml.m5.xlarge}}",
        judge=_each(_idle),
        believed=True,
    ),
)


def _applies(target: Target) -> bool:
    return any(True for request in target.requests for _ in holders(request))


CHECK = rules_check(
    "builders.images",
    "Images exist, and suit the region, the job and the instance",
    "Reads every image that a request names: its form, its region and account, and for AWS's own images the framework's "
    "version, its Python, what it is for, and whether the instance has the GPUs that it wants. Images of your own account "
    "are judged by form and region alone. What AWS has is a dated snapshot of the SDK's own data, so no SDK and no network "
    "is needed; a version that is newer than the snapshot warns.",
    "Let the SDK look the image up (image_uris.retrieve) with the job's region, version and instance type.",
    RULES,
    applies=_applies,
    absent="no request has TrainingImage, ImageUri or a container's Image",
)
