"""The rules of serverless endpoints: their memory, and what they do without."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlops_gates.gates.builders.requests.request import Part, Request
from mlops_gates.gates.builders.requests.values import number, several, words
from mlops_gates.gates.builders.rules import Rule, Seeing, requests
from mlops_gates.gates.builders.scope import Target
from mlops_gates.gates.builders.snapshot.imagedata import framework_of, parse

_MEMORY, _STEP, _MOST = "ServerlessConfig.MemorySizeInMB", 1024, 6144
_WARM, _AT_ONCE = "ServerlessConfig.ProvisionedConcurrency", "ServerlessConfig.MaxConcurrency"
_SHADOWS = "ShadowProductionVariants"


def _serverless(request: Request) -> Iterator[Part]:
    for name in ("ProductionVariants", _SHADOWS):
        yield from (one for one in request.part.each(name) if one.has("ServerlessConfig"))


def _each(judge: Callable[[Part], Seeing]) -> Callable[[Target], Seeing]:
    """A rule of single serverless variants."""

    def judged(request: Request) -> Seeing:
        for variant in _serverless(request):
            yield from judge(variant)

    return requests(judged, "CreateEndpointConfig")


def _config(judge: Callable[[Request], Seeing]) -> Callable[[Target], Seeing]:
    """A rule of configs that have a serverless variant."""

    def judged(request: Request) -> Seeing:
        if any(_serverless(request)):
            yield from judge(request)

    return requests(judged, "CreateEndpointConfig")


def _between(variant: Part) -> Seeing:
    memory = number(variant, _MEMORY)
    if memory is not None and _STEP <= memory <= _MOST and memory % _STEP:
        yield variant.at(_MEMORY), f"{memory:g} MB, and memory comes in steps of {_STEP} MB"


def _too_warm(variant: Part) -> Seeing:
    warm, most = number(variant, _WARM), number(variant, _AT_ONCE)
    if warm is not None and most is not None and warm > most:
        yield variant.at(_WARM), f"{warm:g} are kept warm, and at most {most:g} may run"


def _on_instances(variant: Part) -> Seeing:
    for name in ("InstanceType", "InitialInstanceCount", "InstancePools"):
        if variant.has(name):
            yield variant.at(name), "the variant is serverless, and tells of instances"


def _captured(request: Request) -> Seeing:
    part = request.part
    if part.has("DataCaptureConfig") and part.known("DataCaptureConfig.EnableCapture") is not False:
        yield part.at("DataCaptureConfig"), "data capture of a serverless endpoint"


def _asynchronous(request: Request) -> Seeing:
    if request.part.has("AsyncInferenceConfig"):
        yield request.part.at("AsyncInferenceConfig"), "an endpoint is asynchronous or serverless, not both"


def _networked(request: Request) -> Seeing:
    part = request.part
    if part.has("VpcConfig"):
        yield part.at("VpcConfig"), "a VPC of a serverless endpoint"
    if part.known("EnableNetworkIsolation") is True:
        yield part.at("EnableNetworkIsolation"), "network isolation of a serverless endpoint"


def _many(request: Request) -> Seeing:
    if several(request.part, "ProductionVariants") > 1:
        yield request.part.at("ProductionVariants"), "several variants of a serverless endpoint"
    if request.part.get(_SHADOWS):
        yield request.part.at(_SHADOWS), "shadow variants of a serverless endpoint"


def _models(target: Target) -> Iterator[Part]:
    """The models beside a config that its serverless variants name."""
    named = {
        words(variant, "ModelName")
        for request in target.requests
        if request.operation == "CreateEndpointConfig"
        for variant in _serverless(request)
    } - {None}
    for request in target.requests:
        if request.operation == "CreateModel" and words(request.part, "ModelName") in named:
            yield request.part


def _model(target: Target) -> Seeing:
    for model in _models(target):
        if model.has("VpcConfig"):
            yield model.at("VpcConfig"), "a VPC of a model that is served serverless"
        if model.known("EnableNetworkIsolation") is True:
            yield model.at("EnableNetworkIsolation"), "network isolation of a model that is served serverless"
        if several(model, "Containers") > 1:
            yield model.at("Containers"), "several containers of a model that is served serverless"
        for container in (model.sub("PrimaryContainer"), *model.each("Containers")):
            if container:
                yield from _container(container)


def _container(container: Part) -> Seeing:
    if container.known("Mode") == "MultiModel":
        yield container.at("Mode"), "many models in a container that is served serverless"
    if container.has("ModelDataSource"):
        yield container.at("ModelDataSource"), "ModelDataSource in a container that is served serverless"
    uri = words(container, "Image")
    image = parse(uri) if uri else None
    framework = framework_of(image) if image else None
    if framework and framework.processor == "gpu":
        yield container.at("Image"), "an image for GPUs, and serverless endpoints have none"


_API = "API reference, ProductionVariantServerlessConfig"
_GUIDE = "developer guide, Deploy models with Serverless Inference, Feature exclusions; believed of the service"
SERVERLESS = (
    Rule(
        id="memory-between-steps",
        states="MemorySizeInMB is 1024 to 6144 in steps of 1024",
        source=f"{_API}, MemorySizeInMB",
        bad='{"ServerlessConfig": {"MemorySizeInMB": 1536, "MaxConcurrency": 5}}',
        good='{"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}',
        judge=_each(_between),
    ),
    Rule(
        id="provisioned-beyond-maximum",
        states="ProvisionedConcurrency is at most MaxConcurrency",
        source=f"{_API}, ProvisionedConcurrency",
        bad='{"ServerlessConfig": {"MaxConcurrency": 10, "ProvisionedConcurrency": 20}}',
        good='{"ServerlessConfig": {"MaxConcurrency": 20, "ProvisionedConcurrency": 10}}',
        judge=_each(_too_warm),
    ),
    Rule(
        id="serverless-on-instances",
        states="A variant is serverless or has instances",
        source="API reference, ProductionVariant, ServerlessConfig",
        bad='{"ServerlessConfig": {"MemorySizeInMB": 2048}, "InstanceType": "ml.m5.xlarge"}',
        good='{"ServerlessConfig": {"MemorySizeInMB": 2048}}',
        judge=_each(_on_instances),
    ),
    Rule(
        id="serverless-with-capture",
        states="A serverless endpoint captures no data",
        source=_GUIDE,
        bad='{"ProductionVariants": [{"ServerlessConfig": {}}], "DataCaptureConfig": {"EnableCapture": true}}',
        good='{"ProductionVariants": [{"ServerlessConfig": {}}]}',
        judge=_config(_captured),
        believed=True,
    ),
    Rule(
        id="async-and-serverless",
        states="An endpoint is asynchronous or serverless",
        source="developer guide, Inference options; believed of the service",
        bad='{"ProductionVariants": [{"ServerlessConfig": {}}], "AsyncInferenceConfig": {}}',
        good='{"ProductionVariants": [{"InstanceType": "ml.m5.xlarge"}], "AsyncInferenceConfig": {}}',
        judge=_config(_asynchronous),
        believed=True,
    ),
    Rule(
        id="serverless-with-network",
        states="A serverless endpoint has no VPC and no network isolation",
        source=_GUIDE,
        bad='{"ProductionVariants": [{"ServerlessConfig": {}}], "VpcConfig": {}}',
        good='{"ProductionVariants": [{"ServerlessConfig": {}}]}',
        judge=_config(_networked),
        believed=True,
    ),
    Rule(
        id="serverless-with-variants",
        states="A serverless endpoint has one variant",
        source=_GUIDE,
        bad='{"ProductionVariants": [{"ServerlessConfig": {}}, {"ServerlessConfig": {}}]}',
        good='{"ProductionVariants": [{"ServerlessConfig": {}}]}',
        judge=_config(_many),
        believed=True,
    ),
    Rule(
        id="model-not-for-serverless",
        states="A model that is served serverless has one container for CPUs with one model, outside of a VPC",
        source=_GUIDE,
        bad='{"PrimaryContainer": {"Image": "…/pytorch-inference:2.3.0-gpu-py311"}, "VpcConfig": {}}',
        good='{"PrimaryContainer": {"Image": "…/pytorch-inference:2.3.0-cpu-py311"}}',
        judge=_model,
        believed=True,
    ),
)
"""The rules of serverless endpoints, part of `builders.endpoints`."""
