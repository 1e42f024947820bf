"""builders.endpoints: variants, serverless endpoints, and how they are deployed."""

from __future__ import annotations

from typing import Any

import pytest
from judging import changed, judges_no_unknown, seen, survives_anything

from mlops_gates.gates.builders.endpoints import CHECK

CONFIG, ENDPOINT = "CreateEndpointConfig", "CreateEndpoint"
GPU = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.3.0-gpu-py311"


def variant(name: str, **more: Any) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": "churn",
        "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": 2,
        **more,
    }


REALTIME = {
    "EndpointConfigName": "churn",
    "ProductionVariants": [
        variant(
            "current", InitialVariantWeight=9, ManagedInstanceScaling={"MinInstanceCount": 1, "MaxInstanceCount": 4}
        ),
        variant("candidate", InitialVariantWeight=0),
    ],
    "DataCaptureConfig": {"EnableCapture": True, "InitialSamplingPercentage": 20},
}
SHADOWED = {
    "EndpointConfigName": "churn",
    "ProductionVariants": [variant("a")],
    "ShadowProductionVariants": [variant("b")],
}
ASYNC = {
    "EndpointConfigName": "churn",
    "ProductionVariants": [variant("all")],
    "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://models/answers/"}},
}
SERVERLESS = {
    "EndpointConfigName": "churn",
    "ProductionVariants": [
        {
            "VariantName": "all",
            "ModelName": "churn",
            "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 10, "ProvisionedConcurrency": 10},
        }
    ],
}
ALL, FIRST = "ProductionVariants[all]", "ProductionVariants[current]"
WARM = "ServerlessConfig.ProvisionedConcurrency"


@pytest.mark.parametrize("config", [REALTIME, SHADOWED, ASYNC, SERVERLESS])
def test_what_fits_is_not_named(config: Any) -> None:
    assert seen(CHECK, CONFIG, config) == []


@pytest.mark.parametrize("memory", [1024, 2048, 3072, 4096, 5120, 6144])
def test_memory_comes_in_steps(memory: int) -> None:
    at = "ProductionVariants.0.ServerlessConfig.MemorySizeInMB"
    assert seen(CHECK, CONFIG, changed(SERVERLESS, {at: memory})) == []
    between = seen(CHECK, CONFIG, changed(SERVERLESS, {at: min(memory + 1, 6143)}))
    assert between == [("memory-between-steps", f"{ALL}.ServerlessConfig.MemorySizeInMB", False)]


@pytest.mark.parametrize(
    ("config", "changes", "rule", "at", "believed"),
    [
        (SERVERLESS, {f"ProductionVariants.0.{WARM}": 11}, "provisioned-beyond-maximum", f"{ALL}.{WARM}", False),
        (
            SERVERLESS,
            {"ProductionVariants.0.InitialInstanceCount": 1},
            "serverless-on-instances",
            f"{ALL}.InitialInstanceCount",
            False,
        ),
        (
            SERVERLESS,
            {"DataCaptureConfig": {"EnableCapture": True}},
            "serverless-with-capture",
            "DataCaptureConfig",
            True,
        ),
        (
            SERVERLESS,
            {"AsyncInferenceConfig": ASYNC["AsyncInferenceConfig"]},
            "async-and-serverless",
            "AsyncInferenceConfig",
            True,
        ),
        (SERVERLESS, {"VpcConfig": {"Subnets": ["subnet-1"]}}, "serverless-with-network", "VpcConfig", True),
        (SERVERLESS, {"EnableNetworkIsolation": True}, "serverless-with-network", "EnableNetworkIsolation", True),
        (
            SERVERLESS,
            {"ShadowProductionVariants": [variant("b")]},
            "serverless-with-variants",
            "ShadowProductionVariants",
            True,
        ),
        (SERVERLESS, {"CrossRegionTrafficConfig": {}}, "cap-of-other-regions", "CrossRegionTrafficConfig", False),
        (ASYNC, {"CrossRegionTrafficConfig": {}}, "cap-of-other-regions", "CrossRegionTrafficConfig", False),
        (
            ASYNC,
            {"AsyncInferenceConfig.OutputConfig": {"KmsKeyId": "alias/answers"}},
            "async-without-path",
            "AsyncInferenceConfig.OutputConfig.S3OutputPath",
            True,
        ),
        (REALTIME, {"ProductionVariants.1.VariantName": "current"}, "variant-twice", f"{FIRST}.VariantName", True),
        (
            SHADOWED,
            {"ShadowProductionVariants.0.VariantName": "a"},
            "variant-twice",
            "ShadowProductionVariants[a].VariantName",
            True,
        ),
        (REALTIME, {"ProductionVariants.0.InitialVariantWeight": 0}, "weights-of-nothing", "ProductionVariants", True),
        (
            REALTIME,
            {"ProductionVariants.0.InstanceType": ...},
            "variant-without-instance",
            f"{FIRST}.InstanceType",
            True,
        ),
        (
            REALTIME,
            {"ProductionVariants.0.InitialInstanceCount": ...},
            "variant-without-count",
            f"{FIRST}.InitialInstanceCount",
            True,
        ),
        (REALTIME, {"ProductionVariants.0.ModelName": ...}, "variant-without-model", f"{FIRST}.ModelName", True),
        (
            REALTIME,
            {"ShadowProductionVariants": [variant("b")]},
            "shadow-beside-two",
            "ShadowProductionVariants",
            False,
        ),
        (
            REALTIME,
            {"ProductionVariants.0.ManagedInstanceScaling.MinInstanceCount": 5},
            "scaling-upside-down",
            f"{FIRST}.ManagedInstanceScaling.MaxInstanceCount",
            True,
        ),
        (
            REALTIME,
            {"ProductionVariants.0.ManagedInstanceScaling.MinInstanceCount": 0},
            "scaling-to-nothing",
            f"{FIRST}.ManagedInstanceScaling.MinInstanceCount",
            True,
        ),
    ],
)
def test_what_does_not_fit_is_named_once(config: Any, changes: Any, rule: str, at: str, believed: bool) -> None:
    assert seen(CHECK, CONFIG, changed(config, changes)) == [(rule, at, believed)]


def test_inference_components_bring_models_of_their_own() -> None:
    role = {"ExecutionRoleArn": "arn:aws:iam::111122223333:role/models"}
    scaled = {"ProductionVariants.0.ManagedInstanceScaling.MinInstanceCount": 0}
    without = {"ProductionVariants.0.ModelName": ..., "ProductionVariants.1.ModelName": ...}
    assert seen(CHECK, CONFIG, changed(REALTIME, {**role, **without, **scaled})) == []


def test_pools_of_instances_are_instances() -> None:
    pools = {"ProductionVariants.0.InstancePools": [{"InstanceType": "ml.g5.xlarge", "Priority": 1}]}
    assert seen(CHECK, CONFIG, changed(REALTIME, {**pools, "ProductionVariants.0.InstanceType": ...})) == []


def test_capture_that_is_off_is_none() -> None:
    assert seen(CHECK, CONFIG, changed(SERVERLESS, {"DataCaptureConfig": {"EnableCapture": False}})) == []


def beside(operation: str, request: Any) -> dict[str, Any]:
    return {"service": "sagemaker", "operation": operation, "request": request}


@pytest.mark.parametrize(
    ("model", "members"),
    [
        ({"PrimaryContainer": {"Image": GPU}}, ["PrimaryContainer.Image"]),
        ({"PrimaryContainer": {"Image": GPU.replace("gpu", "cpu")}}, []),
        ({"PrimaryContainer": {"Image": "churn:gpu", "Mode": "MultiModel"}}, ["PrimaryContainer.Mode"]),
        ({"PrimaryContainer": {"ModelDataSource": {}}}, ["PrimaryContainer.ModelDataSource"]),
        ({"Containers": [{}, {}]}, ["Containers"]),
        ({"VpcConfig": {"Subnets": []}, "EnableNetworkIsolation": True}, ["VpcConfig", "EnableNetworkIsolation"]),
    ],
)
def test_the_model_of_a_serverless_endpoint_is_looked_at(model: Any, members: list[str]) -> None:
    call = beside("CreateModel", {"ModelName": "churn", **model})
    told = seen(CHECK, CONFIG, {**SERVERLESS, "Calls": [call]})
    assert told == [("model-not-for-serverless", f"Calls[0].request.{one}", True) for one in members]
    assert seen(CHECK, CONFIG, {**REALTIME, "Calls": [call]}) == []
    other = beside("CreateModel", {"ModelName": "another", **model})
    assert seen(CHECK, CONFIG, {**SERVERLESS, "Calls": [other]}) == []


def blue_green(kind: str, **more: Any) -> dict[str, Any]:
    routing = {"Type": kind, "WaitIntervalInSeconds": 300, **more}
    policy = {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": 300,
        "MaximumExecutionTimeoutInSeconds": 3600,
    }
    alarms = {"Alarms": [{"AlarmName": "errors"}]}
    return deployed({"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": alarms})


def deployed(config: Any) -> dict[str, Any]:
    return {"EndpointName": "churn", "EndpointConfigName": "churn", "DeploymentConfig": config}


def size(value: float, kind: str = "CAPACITY_PERCENT") -> dict[str, Any]:
    return {"Type": kind, "Value": value}


def rolling(value: float, **more: Any) -> dict[str, Any]:
    return deployed({"RollingUpdatePolicy": {"MaximumBatchSize": size(value), "WaitIntervalInSeconds": 60, **more}})


POLICY = "DeploymentConfig.BlueGreenUpdatePolicy"
ROUTING = f"{POLICY}.TrafficRoutingConfiguration"
BATCH = "DeploymentConfig.RollingUpdatePolicy.MaximumBatchSize"
CANARY, LINEAR = blue_green("CANARY", CanarySize=size(30)), blue_green("LINEAR", LinearStepSize=size(20))


@pytest.mark.parametrize("operation", [ENDPOINT, "UpdateEndpoint"])
@pytest.mark.parametrize(
    "request_",
    [CANARY, LINEAR, blue_green("ALL_AT_ONCE"), rolling(5), rolling(50), blue_green("CANARY", CanarySize=size(50))],
)
def test_a_deployment_that_fits_is_not_named(operation: str, request_: Any) -> None:
    assert seen(CHECK, operation, request_) == []


@pytest.mark.parametrize(
    ("request_", "rule", "at", "believed"),
    [
        (blue_green("CANARY", CanarySize=size(51)), "step-out-of-bounds", f"{ROUTING}.CanarySize.Value", False),
        (blue_green("LINEAR", LinearStepSize=size(51)), "step-out-of-bounds", f"{ROUTING}.LinearStepSize.Value", False),
        (rolling(4), "step-out-of-bounds", f"{BATCH}.Value", False),
        (rolling(51), "step-out-of-bounds", f"{BATCH}.Value", False),
        (blue_green("CANARY"), "step-without-size", f"{ROUTING}.CanarySize", True),
        (blue_green("LINEAR", CanarySize=size(30)), "step-without-size", f"{ROUTING}.LinearStepSize", True),
        (
            changed(CANARY, {"DeploymentConfig.RollingUpdatePolicy": {}}),
            "two-update-policies",
            "DeploymentConfig.RollingUpdatePolicy",
            False,
        ),
        (
            changed(CANARY, {f"{POLICY}.MaximumExecutionTimeoutInSeconds": 600}),
            "timeout-within-waits",
            f"{POLICY}.MaximumExecutionTimeoutInSeconds",
            False,
        ),
        (
            changed(LINEAR, {f"{POLICY}.MaximumExecutionTimeoutInSeconds": 1800}),
            "timeout-within-steps",
            f"{POLICY}.MaximumExecutionTimeoutInSeconds",
            True,
        ),
        (
            rolling(5, MaximumExecutionTimeoutInSeconds=1200),
            "timeout-within-steps",
            "DeploymentConfig.RollingUpdatePolicy.MaximumExecutionTimeoutInSeconds",
            True,
        ),
        (
            changed(CANARY, {"DeploymentConfig.AutoRollbackConfiguration.Alarms": [{}]}),
            "alarm-without-name",
            "DeploymentConfig.AutoRollbackConfiguration.Alarms[0].AlarmName",
            True,
        ),
    ],
)
def test_a_deployment_that_does_not_fit_is_named_once(request_: Any, rule: str, at: str, believed: bool) -> None:
    assert seen(CHECK, ENDPOINT, request_) == [(rule, at, believed)]


@pytest.mark.parametrize(("count", "named"), [(1, False), (2, True)])
def test_a_step_in_instances_is_a_share_of_those_that_the_config_starts(count: int, named: bool) -> None:
    canary = blue_green("CANARY", CanarySize=size(count, "INSTANCE_COUNT"))
    told = seen(CHECK, ENDPOINT, {**canary, "Calls": [beside(CONFIG, REALTIME)]})
    assert told == ([("step-of-too-many-instances", f"{ROUTING}.CanarySize.Value", True)] if named else [])
    assert seen(CHECK, ENDPOINT, canary) == []


def test_the_first_step_within_a_linear_timeout_ends_it_at_once() -> None:
    """A deployment that is too short for one wait is told so, not by its steps as well."""
    hasty = changed(LINEAR, {f"{POLICY}.MaximumExecutionTimeoutInSeconds": 500})
    assert [rule for rule, _, _ in seen(CHECK, ENDPOINT, hasty)] == ["timeout-within-waits"]


@pytest.mark.parametrize(
    ("operation", "request_"), [(CONFIG, REALTIME), (CONFIG, ASYNC), (CONFIG, SERVERLESS), (ENDPOINT, CANARY)]
)
def test_what_only_a_run_knows_is_never_wrong(operation: str, request_: Any) -> None:
    judges_no_unknown(CHECK, operation, request_)


def test_nothing_makes_a_rule_raise() -> None:
    model = beside("CreateModel", {"ModelName": "churn", "PrimaryContainer": {"Image": GPU, "Mode": "SingleModel"}})
    survives_anything(CHECK, CONFIG, {**REALTIME, **ASYNC, **SERVERLESS, "Calls": [model]})
    survives_anything(CHECK, ENDPOINT, {**LINEAR, "Calls": [beside(CONFIG, REALTIME)]})
