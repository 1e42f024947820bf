"""builders.endpoints"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlops_gates.gates.builders.deployments import DEPLOYMENTS
from mlops_gates.gates.builders.requests.request import Part, Request
from mlops_gates.gates.builders.requests.values import number, several, twice
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check
from mlops_gates.gates.builders.scope import Target
from mlops_gates.gates.builders.serverless import SERVERLESS

_LISTS = ("ProductionVariants", "ShadowProductionVariants")
_OPERATIONS = ("CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint")
_OUTPUT = "AsyncInferenceConfig.OutputConfig"
_SCALING = "ManagedInstanceScaling"


def _configs(judge: Callable[[Request], Seeing]) -> Callable[[Target], Seeing]:
    return requests(judge, "CreateEndpointConfig")


def _variants(part: Part) -> Iterator[Part]:
    for name in _LISTS:
        yield from part.each(name)


def _pathless(request: Request) -> Seeing:
    output = request.part.sub(_OUTPUT)
    if output and not output.get("S3OutputPath"):
        yield output.at("S3OutputPath"), "the answers of an asynchronous endpoint have no place"


def _again(request: Request) -> Seeing:
    for variant, name in twice(_variants(request.part), "VariantName"):
        yield variant.at("VariantName"), f"the name {name} is another variant's"


def _weightless(request: Request) -> Seeing:
    variants = list(request.part.each("ProductionVariants"))
    if variants and all(number(one, "InitialVariantWeight") == 0 for one in variants):
        yield request.part.at("ProductionVariants"), "all weights are 0, so no request goes anywhere"


def _nowhere(request: Request) -> Seeing:
    for variant in _variants(request.part):
        if not any(variant.has(name) for name in ("InstanceType", "ServerlessConfig", "InstancePools")):
            yield variant.at("InstanceType"), "the variant has no instance type, and is not serverless"


def _countless(request: Request) -> Seeing:
    for variant in _variants(request.part):
        started = variant.has("InitialInstanceCount") or variant.has("ServerlessConfig")
        if variant.has("InstanceType") and not started:
            yield variant.at("InitialInstanceCount"), "an instance type, and not how many of them"


def _shadowed(request: Request) -> Seeing:
    beside, shadows = (several(request.part, name) for name in reversed(_LISTS))
    if beside and (beside > 1 or shadows > 1):
        told = f"{beside} shadow variants beside {shadows} variants; there may be one beside one"
        yield request.part.at("ShadowProductionVariants"), told


def _upside_down(request: Request) -> Seeing:
    for variant in _variants(request.part):
        least, most = (number(variant, f"{_SCALING}.{end}InstanceCount") for end in ("Min", "Max"))
        if least is not None and most is not None and least > most:
            yield variant.at(f"{_SCALING}.MaxInstanceCount"), f"at most {most:g} instances, and at least {least:g}"


def _to_nothing(request: Request) -> Seeing:
    for variant in _variants(request.part):
        if variant.has("ModelName") and number(variant, f"{_SCALING}.MinInstanceCount") == 0:
            yield variant.at(f"{_SCALING}.MinInstanceCount"), "no instance at all, of a variant that has its own model"


def _modelless(request: Request) -> Seeing:
    part = request.part
    if request.named and not part.has("ExecutionRoleArn"):
        for variant in _variants(part):
            if not variant.has("ModelName"):
                told = "the variant has no model, and the config no role for inference components"
                yield variant.at("ModelName"), told


def _capped(request: Request) -> Seeing:
    part = request.part
    serverless = any(one.has("ServerlessConfig") for one in _variants(part))
    if part.has("CrossRegionTrafficConfig") and (serverless or part.has("AsyncInferenceConfig")):
        kind = "serverless" if serverless else "asynchronous"
        yield part.at("CrossRegionTrafficConfig"), f"a cap of requests from other regions, of a {kind} endpoint"


_CONFIG = "API reference, CreateEndpointConfig"
_VARIANT = "API reference, ProductionVariant"
_RANGE = "API reference, ProductionVariantManagedInstanceScaling"
_BELIEVED = "; believed of the service"
_OWN = (
    Rule(
        id="async-without-path",
        states="The output of an asynchronous endpoint has S3OutputPath",
        source=f"developer guide, Create an asynchronous endpoint{_BELIEVED}",
        bad='{"AsyncInferenceConfig": {"OutputConfig": {"KmsKeyId": "alias/answers"}}}',
        good='{"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://models/answers/"}}}',
        judge=_configs(_pathless),
        believed=True,
    ),
    Rule(
        id="variant-twice",
        states="Names of variants are unique",
        source=f"{_VARIANT}{_BELIEVED}",
        bad='{"ProductionVariants": [{"VariantName": "current"}, {"VariantName": "current"}]}',
        good='{"ProductionVariants": [{"VariantName": "current"}, {"VariantName": "candidate"}]}',
        judge=_configs(_again),
        believed=True,
    ),
    Rule(
        id="weights-of-nothing",
        states="Some variant has a weight above 0",
        source=f"{_VARIANT}, InitialVariantWeight{_BELIEVED}",
        bad='{"ProductionVariants": [{"InitialVariantWeight": 0}, {"InitialVariantWeight": 0}]}',
        good='{"ProductionVariants": [{"InitialVariantWeight": 1}, {"InitialVariantWeight": 0}]}',
        judge=_configs(_weightless),
        believed=True,
    ),
    Rule(
        id="variant-without-instance",
        states="A variant has an instance type, pools of them or ServerlessConfig",
        source=f"{_VARIANT}{_BELIEVED}",
        bad='{"VariantName": "all", "InitialInstanceCount": 1}',
        good='{"VariantName": "all", "InitialInstanceCount": 1, "InstanceType": "ml.m5.xlarge"}',
        judge=_configs(_nowhere),
        believed=True,
    ),
    Rule(
        id="variant-without-count",
        states="A variant with an instance type has InitialInstanceCount",
        source=f"{_VARIANT}{_BELIEVED}",
        bad='{"VariantName": "all", "InstanceType": "ml.m5.xlarge"}',
        good='{"VariantName": "all", "InitialInstanceCount": 1, "InstanceType": "ml.m5.xlarge"}',
        judge=_configs(_countless),
        believed=True,
    ),
    Rule(
        id="variant-without-model",
        states="A variant has a model, or the config ExecutionRoleArn for inference components",
        source=f"developer guide, Inference components{_BELIEVED}",
        bad='{"ProductionVariants": [{"VariantName": "all", "InstanceType": "ml.m5.xlarge"}]}',
        good='{"ProductionVariants": [{"VariantName": "all", "ModelName": "churn", "InstanceType": "ml.m5.xlarge"}]}',
        judge=_configs(_modelless),
        believed=True,
    ),
    Rule(
        id="shadow-beside-two",
        states="One shadow variant stands beside one variant",
        source=f"{_CONFIG}, ShadowProductionVariants",
        bad='{"ProductionVariants": [{"VariantName": "a"}, {"VariantName": "b"}], "ShadowProductionVariants": '
        '[{"VariantName": "c"}]}',
        good='{"ProductionVariants": [{"VariantName": "a"}], "ShadowProductionVariants": [{"VariantName": "c"}]}',
        judge=_configs(_shadowed),
    ),
    Rule(
        id="scaling-upside-down",
        states="MinInstanceCount is at most MaxInstanceCount",
        source=f"{_RANGE}{_BELIEVED}",
        bad='{"ManagedInstanceScaling": {"MinInstanceCount": 4, "MaxInstanceCount": 2}}',
        good='{"ManagedInstanceScaling": {"MinInstanceCount": 2, "MaxInstanceCount": 4}}',
        judge=_configs(_upside_down),
        believed=True,
    ),
    Rule(
        id="scaling-to-nothing",
        states="Only a variant of inference components scales to 0 instances",
        source=f"AWS's answer in hashicorp/terraform-provider-aws pull request 45926{_BELIEVED}",
        refusal="ManagedInstanceScaling is only supported for inference component endpoints.",
        bad='{"ModelName": "churn", "ManagedInstanceScaling": {"MinInstanceCount": 0}}',
        good='{"ModelName": "churn", "ManagedInstanceScaling": {"MinInstanceCount": 1}}',
        judge=_configs(_to_nothing),
        believed=True,
    ),
    Rule(
        id="cap-of-other-regions",
        states="CrossRegionTrafficConfig is not of serverless or asynchronous endpoints",
        source=f"{_CONFIG}, CrossRegionTrafficConfig",
        bad='{"AsyncInferenceConfig": {}, "CrossRegionTrafficConfig": {}}',
        good='{"CrossRegionTrafficConfig": {}}',
        judge=_configs(_capped),
    ),
)
CHECK = rules_check(
    id="builders.endpoints",
    title="Variants of an endpoint fit together, and so does its deployment",
    help="What an endpoint's variants, its capture, its asynchronous or serverless way and its deployment say must fit "
    "together. Serverless endpoints have steps of memory and do without many features of others; a deployment in steps "
    "needs their size, and more time than it waits.",
    remedy="Change the endpoint config so that its members fit; the message names the two that do not.",
    rules=(*SERVERLESS, *_OWN, *DEPLOYMENTS),
    applies=lambda target: any(one.operation in _OPERATIONS for one in target.requests),
    absent="no request is CreateEndpointConfig, CreateEndpoint or UpdateEndpoint",
)
