"""builders.models"""

from __future__ import annotations

from collections.abc import Callable

from mlops_gates.gates.builders.requests.request import Part, Request
from mlops_gates.gates.builders.requests.values import address, several, twice
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check
from mlops_gates.gates.builders.scope import Target

_OPERATIONS = ("CreateModel", "CreateModelPackage")
_HOST, _MODE, _DATA = "ContainerHostname", "InferenceExecutionConfig.Mode", "ModelDataSource.S3DataSource"
_CONTAINERS = ("PrimaryContainer", "Containers")


def _models(judge: Callable[[Request], Seeing]) -> Callable[[Target], Seeing]:
    return requests(judge, "CreateModel")


def _each(judge: Callable[[Part], Seeing]) -> Callable[[Target], Seeing]:
    """A rule of single containers, of models and of model packages."""

    def judged(request: Request) -> Seeing:
        for container in request.containers():
            yield from judge(container)

    return requests(judged, *_OPERATIONS)


def _roleless(request: Request) -> Seeing:
    part = request.part
    if any(part.get(name) for name in _CONTAINERS) and not part.has("ExecutionRoleArn"):
        yield part.at("ExecutionRoleArn"), "a model with containers, and no role that may read its artifacts and images"


def _either(request: Request) -> Seeing:
    part = request.part
    if part.has("PrimaryContainer") and part.get("Containers"):
        yield part.at("Containers"), "containers stand beside the primary one; a model has one of the two"
    elif not part.has("PrimaryContainer") and not part.get("Containers"):
        yield part.at("PrimaryContainer"), "the model has no container"


def _unnamed(request: Request) -> Seeing:
    if request.part.known(_MODE) == "Direct":
        for container in request.part.each("Containers"):
            if not container.get(_HOST):
                yield container.at(_HOST), "a container that is called directly has no hostname to call it by"


def _alone(request: Request) -> Seeing:
    if request.part.known(_MODE) == "Direct" and several(request.part, "Containers") == 1:
        yield request.part.at("Containers"), "one container alone, and the mode Direct, which is for more than one"


def _again(request: Request) -> Seeing:
    for container, host in twice(request.part.each("Containers"), _HOST):
        yield container.at(_HOST), f"the hostname {host} is another container's"


def _some(request: Request) -> Seeing:
    if request.part.known(_MODE) == "Direct":
        return
    containers = list(request.part.each("Containers"))
    without = [one for one in containers if not one.get(_HOST)]
    if len(without) < len(containers):
        for container in without:
            yield container.at(_HOST), "other containers have a hostname, and this one has none"


def _of_one(request: Request) -> Seeing:
    part = request.part
    if part.has("InferenceExecutionConfig") and part.has("PrimaryContainer") and not part.get("Containers"):
        yield part.at("InferenceExecutionConfig"), "how containers are called, of a model that has one"


def _crowd(request: Request) -> Seeing:
    if request.part.known(_MODE) != "Direct":
        many = [one for one in request.part.each("Containers") if one.known("Mode") == "MultiModel"]
        for container in many[1:]:
            yield container.at("Mode"), "another container of the pipeline is MultiModel already"


def _imageless(container: Part) -> Seeing:
    if not any(container.has(name) for name in ("Image", "ModelPackageName")):
        yield container.at("Image"), "the container has neither an image nor a model package"


def _image(request: Request) -> Seeing:
    for container in request.containers():
        yield from _imageless(container)


def _two_places(container: Part) -> Seeing:
    if container.has("ModelDataUrl") and container.has("ModelDataSource"):
        yield container.at("ModelDataSource"), "ModelDataUrl tells another place of the model"


def _no_archive(container: Part) -> Seeing:
    url = address(container, "ModelDataUrl")
    if url and container.get("Mode") in (None, "SingleModel") and not url.endswith(".tar.gz"):
        yield container.at("ModelDataUrl"), f"{_end(url)}, and a model is one .tar.gz"


def _one_archive(container: Part) -> Seeing:
    url = address(container, "ModelDataUrl")
    if url and container.known("Mode") == "MultiModel" and url.endswith(".tar.gz"):
        yield container.at("ModelDataUrl"), "a container of many models reads from a prefix, and this is one archive"


def _prefix(container: Part) -> Seeing:
    uri = address(container, f"{_DATA}.S3Uri")
    if uri and container.known(f"{_DATA}.S3DataType") == "S3Prefix" and not uri.endswith("/"):
        yield container.at(f"{_DATA}.S3Uri"), "the prefix of a model does not end with /"


def _packed(container: Part) -> Seeing:
    if container.known(f"{_DATA}.CompressionType") == "Gzip" and container.known(f"{_DATA}.S3DataType") == "S3Prefix":
        yield container.at(f"{_DATA}.CompressionType"), "Gzip is of a single object, and this is a prefix"


def _many_sources(container: Part) -> Seeing:
    if container.known("Mode") == "MultiModel" and container.has("ModelDataSource"):
        yield container.at("ModelDataSource"), "a container of many models takes no ModelDataSource"


def _end(url: str) -> str:
    """The end of an address in words: its file, or that it is a folder."""
    _, slash, name = url.partition("://")[2].rpartition("/")
    if not slash:
        return "this is a bucket"
    return f"this is {name[:60]}" if name else "this is a folder"


_CREATE = "API reference, CreateModel"
_CONTAINER = "API reference, ContainerDefinition"
_GUIDE = "developer guide, Create a multi-container endpoint"
_SOURCE = "API reference, S3ModelDataSource"
_BELIEVED = "; believed of the service"
CHECK = rules_check(
    id="builders.models",
    title="A model has its containers, and each its model",
    help="A model is one primary container or a row of up to fifteen, called one after the other (Serial) or each by its "
    "hostname (Direct). The shape of CreateModel asks for a name alone; the service wants a role, an image and one place "
    "of the artifacts.",
    remedy="Give the model a role, one kind of container, and each container one archive and, where it needs one, a hostname.",
    rules=(
        Rule(
            id="model-without-role",
            states="A model with containers has ExecutionRoleArn",
            source=f"{_CREATE}, where ExecutionRoleArn was required until 2023",
            bad='{"PrimaryContainer": {"Image": "…"}}',
            good='{"PrimaryContainer": {"Image": "…"}, "ExecutionRoleArn": "arn:aws:iam::111122223333:role/models"}',
            judge=_models(_roleless),
        ),
        Rule(
            id="one-kind-of-container",
            states="A model has PrimaryContainer or Containers",
            source=f"{_CREATE}{_BELIEVED}",
            bad='{"PrimaryContainer": {"Image": "…"}, "Containers": [{"Image": "…"}]}',
            good='{"PrimaryContainer": {"Image": "…"}}',
            judge=_models(_either),
            believed=True,
        ),
        Rule(
            id="direct-without-hostname",
            states="Each container of the mode Direct has a hostname",
            source=_GUIDE,
            bad='{"InferenceExecutionConfig": {"Mode": "Direct"}, "Containers": [{"Image": "…"}, {"Image": "…"}]}',
            good='{"InferenceExecutionConfig": {"Mode": "Direct"}, "Containers": [{"ContainerHostname": "current"}, '
            '{"ContainerHostname": "candidate"}]}',
            judge=_models(_unnamed),
        ),
        Rule(
            id="direct-with-one",
            states="The mode Direct is for more than one container",
            source=_GUIDE,
            bad='{"InferenceExecutionConfig": {"Mode": "Direct"}, "Containers": [{"ContainerHostname": "current"}]}',
            good='{"InferenceExecutionConfig": {"Mode": "Direct"}, "Containers": [{"ContainerHostname": "current"}, '
            '{"ContainerHostname": "candidate"}]}',
            judge=_models(_alone),
        ),
        Rule(
            id="hostname-twice",
            states="Hostnames of containers are unique",
            source=f"{_CONTAINER}, ContainerHostname",
            bad='{"Containers": [{"ContainerHostname": "current"}, {"ContainerHostname": "current"}]}',
            good='{"Containers": [{"ContainerHostname": "current"}, {"ContainerHostname": "candidate"}]}',
            judge=_models(_again),
        ),
        Rule(
            id="hostnames-of-some",
            states="All containers have a hostname, or none",
            source=f"{_CONTAINER}, ContainerHostname",
            bad='{"Containers": [{"ContainerHostname": "prepare"}, {"Image": "…"}]}',
            good='{"Containers": [{"ContainerHostname": "prepare"}, {"ContainerHostname": "predict"}]}',
            judge=_models(_some),
        ),
        Rule(
            id="mode-of-one-container",
            states="InferenceExecutionConfig is told only of Containers",
            source=f"{_CREATE}, InferenceExecutionConfig{_BELIEVED}",
            bad='{"PrimaryContainer": {"Image": "…"}, "InferenceExecutionConfig": {"Mode": "Serial"}}',
            good='{"PrimaryContainer": {"Image": "…"}}',
            judge=_models(_of_one),
            believed=True,
        ),
        Rule(
            id="multi-model-twice",
            states="An inference pipeline has at most one container of many models",
            source="AWS's answer in OElesin/sagemaker-autopilot-step-functions issue 10",
            refusal="More than one container in MultiModel mode is not supported with inference pipeline.",
            bad='{"Containers": [{"Mode": "MultiModel"}, {"Mode": "MultiModel"}]}',
            good='{"Containers": [{"Mode": "SingleModel"}, {"Mode": "MultiModel"}]}',
            judge=_models(_crowd),
        ),
        Rule(
            id="container-without-image",
            states="A container has an image or a model package",
            source=f"{_CONTAINER}{_BELIEVED}",
            bad='{"PrimaryContainer": {"ModelDataUrl": "s3://models/model.tar.gz"}}',
            good='{"PrimaryContainer": {"Image": "…", "ModelDataUrl": "s3://models/model.tar.gz"}}',
            judge=_models(_image),
            believed=True,
        ),
        Rule(
            id="two-places-of-one-model",
            states="A container has ModelDataUrl or ModelDataSource",
            source=f"{_CONTAINER}{_BELIEVED}",
            bad='{"ModelDataUrl": "s3://models/model.tar.gz", "ModelDataSource": {"S3DataSource": {"S3Uri": '
            '"s3://models/model/"}}}',
            good='{"ModelDataUrl": "s3://models/model.tar.gz"}',
            judge=_each(_two_places),
            believed=True,
        ),
        Rule(
            id="model-is-no-archive",
            states="ModelDataUrl names one .tar.gz, where the container is not of many models",
            source=f"{_CONTAINER}, ModelDataUrl",
            bad='{"ModelDataUrl": "s3://models/output/"}',
            good='{"ModelDataUrl": "s3://models/output/model.tar.gz"}',
            judge=_each(_no_archive),
        ),
        Rule(
            id="prefix-of-many-models",
            states="A container of many models reads from a prefix",
            source=f"developer guide, Create a Multi-Model Endpoint{_BELIEVED}",
            bad='{"Mode": "MultiModel", "ModelDataUrl": "s3://models/model.tar.gz"}',
            good='{"Mode": "MultiModel", "ModelDataUrl": "s3://models/"}',
            judge=_each(_one_archive),
            believed=True,
        ),
        Rule(
            id="prefix-without-slash",
            states="S3Uri of an S3Prefix ends with /",
            source=f"{_SOURCE}, S3DataType",
            bad='{"S3DataType": "S3Prefix", "S3Uri": "s3://models/model"}',
            good='{"S3DataType": "S3Prefix", "S3Uri": "s3://models/model/"}',
            judge=_each(_prefix),
        ),
        Rule(
            id="prefix-packed",
            states="CompressionType Gzip is of an S3Object",
            source=f"{_SOURCE}, CompressionType{_BELIEVED}",
            bad='{"S3DataType": "S3Prefix", "CompressionType": "Gzip"}',
            good='{"S3DataType": "S3Object", "CompressionType": "Gzip"}',
            judge=_each(_packed),
            believed=True,
        ),
        Rule(
            id="source-of-many-models",
            states="A container of many models takes no ModelDataSource",
            source=f"{_CONTAINER}, ModelDataSource{_BELIEVED}",
            bad='{"Mode": "MultiModel", "ModelDataSource": {"S3DataSource": {}}}',
            good='{"Mode": "MultiModel", "ModelDataUrl": "s3://models/"}',
            judge=_each(_many_sources),
            believed=True,
        ),
    ),
    applies=lambda target: any(one.operation in _OPERATIONS for one in target.requests),
    absent="no request is CreateModel or CreateModelPackage",
)
