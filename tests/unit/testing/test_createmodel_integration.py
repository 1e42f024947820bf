"""The nine tests of a model's builder, and those of other kinds, on entries made by hand."""

from __future__ import annotations

import copy
import io
import tarfile

import pytest
from builder_entries import MODEL, OWN, ROLE, SKELETON, SKLEARN, TRAINING, XGBOOST, changed, entry, judged_by

from mlops_gates import registry
from mlops_gates.errors import ConfigError
from mlops_gates.testing import (
    ConditionIntegrationTests,
    CreateModelIntegrationTests,
    IntegrationTests,
    ProcessingIntegrationTests,
    RegisterModelIntegrationTests,
    TrainingIntegrationTests,
    TransformIntegrationTests,
    TuningIntegrationTests,
    UniversalStepBuilderTestFactory,
    discover_step_type,
    factory,
)
from mlops_gates.worker.rendering.asking import _DECLARED as DECLARED
from mlops_gates.worker.rendering.asking import VIEWS

NINE = [
    "test_complete_createmodel_step_creation",
    "test_framework_specific_model_deployment",
    "test_model_registry_integration_workflow",
    "test_multi_container_model_deployment",
    "test_inference_endpoint_preparation",
    "test_production_deployment_readiness",
    "test_model_versioning_integration",
    "test_container_optimization_validation",
    "test_createmodel_dependency_resolution",
]
SEVERAL = {
    "Containers": [
        {"Image": image, "ModelDataUrl": "s3://example-models/m/model.tar.gz", "ContainerHostname": host}
        for image, host in ((SKLEARN, "prepare"), (XGBOOST, "predict"))
    ],
    "InferenceExecutionConfig": {"Mode": "Direct"},
    "ExecutionRoleArn": ROLE,
}
PACKAGE = {
    "ModelPackageGroupName": "churn",
    "InferenceSpecification": {
        "Containers": [{"Image": XGBOOST, "ModelDataUrl": "s3://example-models/m/model.tar.gz"}],
        "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.xlarge"],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    },
    "ModelApprovalStatus": "PendingManualApproval",
    "CustomerMetadataProperties": {"owner": "churn"},
}
ENDPOINT = {
    "EndpointConfigName": "churn",
    "ProductionVariants": [
        {
            "VariantName": name,
            "ModelName": "churn",
            "InstanceType": "ml.m5.xlarge",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": weight,
        }
        for name, weight in (("current", 0.9), ("candidate", 0.1))
    ],
}


def made(arguments=MODEL, config=None, **more):
    return judged_by(CreateModelIntegrationTests, entry("Model", arguments, **more), config)


def test_a_genuine_model_passes():
    results = made().run_all_tests()
    assert results["all_tests_passed"], results["errors"]
    assert list(results["detailed_results"]) == NINE == made().get_step_type_specific_tests()
    for name in NINE:
        assert results[name]["details"]["framework"] == "pytorch"
    assert results[NINE[1]]["details"]["pytorch_deployment"]["server"] == "TorchServe"
    assert results[NINE[6]]["details"]["containers"][0]["framework_version"].startswith("2.3")


def test_an_empty_class_passes_no_test():
    results = made(None, methods={}, runs=[]).run_all_tests()
    assert [results[name]["passed"] for name in NINE] == [False] * 9
    assert "AWS refuses one without ExecutionRoleArn" in results[NINE[5]]["errors"][-1]


@pytest.mark.parametrize(
    ("test", "member"),
    [(2, "CreateModelPackage"), (3, "PrimaryContainer"), (4, "CreateEndpointConfig")],
)
def test_what_is_absent_is_skipped_and_the_member_is_named(test, member):
    result = getattr(made(), NINE[test])()
    assert result["passed"] is None
    assert member in result["message"]


@pytest.mark.parametrize(
    ("arguments", "test", "words"),
    [
        (changed(MODEL, "ExecutionRoleArn", None), 5, "ExecutionRoleArn"),
        (changed(MODEL, "PrimaryContainer", None), 0, "PrimaryContainer"),
        (changed(MODEL, "PrimaryContainer.Image", "not an image"), 1, "Image"),
        (changed(MODEL, "ModelDataUrl", "x") | {"PrimaryContainer": {"ModelPackageName": "!"}}, 6, "ModelPackageName"),
        (changed(MODEL, "PrimaryContainer.Environment", {"A": 5}), 7, "Environment"),
        (changed(SEVERAL, "Containers", "both"), 3, "Containers"),
        (changed(SEVERAL, "InferenceExecutionConfig.Mode", "Chorus"), 3, "Mode"),
        (changed(MODEL, "VpcConfig", {"Subnets": []}), 5, "VpcConfig"),
    ],
)
def test_a_defect_fails_the_test_that_speaks_of_it(arguments, test, words):
    result = made(arguments).run_all_tests()[NINE[test]]
    assert result["passed"] is False, result
    assert any(words in text for text in result["errors"]), result["errors"]


@pytest.mark.parametrize("tag", ["", ":latest"])
def test_an_image_that_changes_under_its_name_warns(tag):
    floating = changed(MODEL, "PrimaryContainer.Image", OWN.replace(":4", tag))
    result = made(floating).test_model_versioning_integration()
    assert (result["passed"], result["status"]) == (True, "warned")
    assert "no version to return to" in result["warnings"][0]
    assert made(changed(MODEL, "PrimaryContainer.Image", OWN)).test_model_versioning_integration()["status"] == "passed"


def test_several_containers_are_judged():
    result = made(SEVERAL).test_multi_container_model_deployment()
    assert result["passed"] is True, result
    assert result["details"]["container_count"] == 2
    assert result["details"]["communication"] == "Direct"
    assert result["details"]["container_1_validation"]["valid"]
    twice = changed(SEVERAL, "Containers", [dict(one, ContainerHostname="same") for one in SEVERAL["Containers"]])
    assert made(twice).test_multi_container_model_deployment()["status"] in ("warned", "failed")
    both = changed(SEVERAL, "PrimaryContainer", MODEL["PrimaryContainer"])
    assert made(both).test_multi_container_model_deployment()["status"] == "warned"


def test_an_endpoint_beside_the_model_is_judged():
    answered = entry("Model", MODEL)
    for one in answered["runs"]:
        one["definition"] = None
        one["steps"] = []
        one["calls"] = [
            {"service": "sagemaker", "operation": "CreateModel", "request": {"ModelName": "churn", **MODEL}},
            {"service": "sagemaker", "operation": "CreateEndpointConfig", "request": ENDPOINT},
        ]
    answered["methods"] = {"deploy": 3}
    tests = judged_by(CreateModelIntegrationTests, answered)
    result = tests.test_inference_endpoint_preparation()
    assert result["passed"] is True, result
    assert result["details"]["endpoint_configs"][0]["weights"] == {"current": 0.9, "candidate": 0.1}
    assert tests.test_multi_container_model_deployment()["details"]["load_balancing"] == {
        "current": 0.9,
        "candidate": 0.1,
    }


def test_a_policy_is_part_of_the_readiness():
    asked = {"policy": {"tags": ["team"], "kms": False, "vpc": True}}
    result = made(config=asked).test_production_deployment_readiness()
    assert result["passed"] is False
    assert any("team" in text for text in result["errors"])
    with pytest.raises(ConfigError, match="policy"):
        made(config={"policy": {"tagz": ["team"]}}).test_production_deployment_readiness()


def test_an_archive_at_hand_is_looked_into(tmp_path):
    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        info = tarfile.TarInfo("model.pth")
        packed.addfile(info, io.BytesIO(b""))
    config = {"archives": {"s3://example-models/output/model.tar.gz": archive}}
    expected = {"get_expected_artifacts": ["model.pth", "model_metadata.json"]}
    result = made(config=config, views=expected).test_container_optimization_validation()
    assert result["passed"] is False
    assert any("model_metadata.json" in text for text in result["errors"])
    assert not any("model.pth" in text for text in result["errors"])
    archive.write_bytes(b"no archive")
    assert made(config=config).test_container_optimization_validation()["passed"] is False


def test_helpers_judge_by_the_rules():
    tests = made()
    assert tests._validate_container_definition(MODEL["PrimaryContainer"], 0) == {"valid": True, "errors": []}
    assert not tests._validate_container_definition({}, 0)["valid"]
    assert not tests._validate_container_definition({"Image": "a", "Memory": 3}, 1)["valid"]
    assert tests._validate_createmodel_step_properties({"ModelName": "a", **MODEL})["valid"]
    lacks = tests._validate_createmodel_step_properties({"ModelName": "a"})["errors"]
    assert any("PrimaryContainer" in text for text in lacks) and any("ExecutionRoleArn" in text for text in lacks)
    config = {"model_name": "a", "image_uri": XGBOOST, "model_data_url": "s3://bucket/model.tar.gz", "role": ROLE}
    assert tests._validate_step_config_completeness(config) == {"valid": True, "errors": []}
    for key in config:
        less = {name: one for name, one in config.items() if name != key}
        assert tests._validate_step_config_completeness(less)["errors"] == [f"the step's config lacks {key}"]
    assert tests._test_pytorch_deployment_pattern()["valid"]
    assert not tests._test_tensorflow_deployment_pattern()["valid"]


def test_a_package_is_judged_by_the_tests_of_registration():
    tests = judged_by(RegisterModelIntegrationTests, entry("RegisterModel", PACKAGE))
    results = tests.run_all_tests()
    assert results["all_tests_passed"], results["errors"]
    package = results["test_model_registry_integration_workflow"]["details"]["model_packages"][0]
    assert package["approval_status"] == "PendingManualApproval"
    assert package["metadata"] == ["owner"]
    bad = changed(PACKAGE, "ModelApprovalStatus", "Perhaps")
    results = judged_by(RegisterModelIntegrationTests, entry("RegisterModel", bad)).run_all_tests()
    assert results["test_model_registry_integration_workflow"]["passed"] is False


def test_processing_transform_tuning_and_conditions_have_tests_of_their_own():
    for kind, (type_, arguments, breaking) in SKELETON.items():
        tests = judged_by({
            "processing": ProcessingIntegrationTests,
            "transform": TransformIntegrationTests,
            "tuning": TuningIntegrationTests,
        }[kind], entry(type_, arguments))  # fmt: skip
        results = tests.run_all_tests()
        assert results["all_tests_passed"], (kind, results["errors"])
        broken = changed(arguments, *breaking)
        results = judged_by(type(tests), entry(type_, broken)).run_all_tests()
        assert not results["all_tests_passed"], kind


def test_a_condition_is_judged_without_a_call():
    arguments = {
        "Conditions": [{"Type": "LessThanOrEqualTo", "LeftValue": {"Get": "Execution.PipelineName"}, "RightValue": 1}],
        "IfSteps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "too bad"}}],
        "ElseSteps": [],
    }
    tests = judged_by(ConditionIntegrationTests, entry("Condition", arguments))
    results = tests.run_all_tests()
    assert results["test_condition_expression_validation"]["details"]["if_steps"] == [["Stop"]]
    assert results["test_complete_condition_step_creation"]["passed"] is True, results["errors"]
    none = changed(arguments, "Conditions", [{"Type": "Sometimes"}])
    results = judged_by(ConditionIntegrationTests, entry("Condition", none)).run_all_tests()
    assert results["test_condition_expression_validation"]["passed"] is False
    training = judged_by(ConditionIntegrationTests, entry("Training", TRAINING)).run_all_tests()
    assert not training["all_tests_passed"]


def test_a_definition_has_a_type_and_tests():
    definition = entry("Training", TRAINING)["runs"][0]["definition"]
    assert discover_step_type(definition) == "Pipeline"
    tests = UniversalStepBuilderTestFactory().create_test_instance(definition)
    assert type(tests) is IntegrationTests
    results = tests.run_all_tests()
    assert results["test_complete_step_creation"]["passed"] is not None


@pytest.mark.parametrize("kind", [IntegrationTests, *dict.fromkeys(factory.TESTS.values())])
def test_no_finding_is_without_a_test(kind):
    asked = {check.id for check in registry.room("builders").checks}
    assert [one.rest for one in kind.TESTS.values()].count(True) == 1
    for name, one in kind.TESTS.items():
        assert callable(getattr(kind, name))
        assert set(one.checks) <= asked, name
    rules = {rule.id for check in registry.room("builders").checks for rule in check.rules}
    assert {rule for one in kind.TESTS.values() for rule in one.rules} <= rules
    assert {view for one in kind.TESTS.values() for view in one.views} <= {*VIEWS, *DECLARED, "get_property_path"}


def paths(found, path=()):
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from paths(one, (*path, key))


def put(arguments, path, value):
    made = held = copy.deepcopy(arguments)
    for key in path[:-1]:
        held = held[key]
    held[path[-1]] = value
    return made


@pytest.mark.parametrize("nonsense", [None, 7, [1], {"Get": "Steps.A.B"}], ids=str)
def test_a_member_of_any_kind_is_judged_and_ends_no_test(nonsense):
    kinds = (
        (TrainingIntegrationTests, "Training", TRAINING),
        (CreateModelIntegrationTests, "Model", SEVERAL),
        (RegisterModelIntegrationTests, "RegisterModel", PACKAGE),
    )
    for kind, type_, arguments in kinds:
        for path in paths(arguments):
            results = judged_by(kind, entry(type_, put(arguments, path, nonsense))).run_all_tests()
            statuses = {one["status"] for one in results["detailed_results"].values()}
            assert statuses <= {"passed", "warned", "failed", "inconclusive", "skipped"}, (path, results["errors"])
            assert all(one["errors"] for one in results["detailed_results"].values() if one["passed"] is False)
