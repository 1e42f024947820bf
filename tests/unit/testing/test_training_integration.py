"""The nine tests of a training builder, on entries made by hand."""

from __future__ import annotations

import pytest
from builder_entries import OWN, PYTORCH, TENSORFLOW, TRAINING, XGBOOST, changed, entry, judged_by

from mlops_gates.testing import TrainingIntegrationTests

NINE = [
    "test_complete_training_step_creation",
    "test_framework_specific_training_workflow",
    "test_hyperparameter_optimization_integration",
    "test_data_channel_integration",
    "test_model_artifact_generation",
    "test_training_job_monitoring",
    "test_distributed_training_integration",
    "test_training_performance_optimization",
    "test_training_dependency_resolution",
]
IMAGE = "AlgorithmSpecification.TrainingImage"


def made(arguments=TRAINING, config=None, **more):
    return judged_by(TrainingIntegrationTests, entry("Training", arguments, **more), config)


def test_a_genuine_builder_passes():
    results = made().run_all_tests()
    assert results["all_tests_passed"], results["errors"]
    assert list(results["detailed_results"]) == NINE == made().get_step_type_specific_tests()
    assert results["test_summary"] == {"total": 7, "passed": 7, "failed": 0, "skipped": 2}
    for name in NINE:
        assert {"test_name", "passed", "details", "errors"} <= results[name].keys()
        assert results[name]["test_name"] == name
        assert results[name]["details"]["framework"] == "xgboost"


@pytest.mark.parametrize(
    "more",
    [
        {"methods": {}, "runs": []},
        {"runs": [], "error": {"type": "KeyError", "text": "'role'", "file": "", "line": 0}},
    ],
    ids=["empty-class", "constructor-raises"],
)
def test_what_renders_nothing_passes_no_test(more):
    results = made(None, **more).run_all_tests()
    assert not results["all_tests_passed"]
    assert [results[name]["passed"] for name in NINE] == [False] * 9
    for name in NINE:
        assert "AWS refuses one without AlgorithmSpecification, RoleArn" in results[name]["errors"][-1]
        assert results[name]["details"]["framework"] == "custom"


def test_a_step_that_is_none_passes_no_test():
    results = made(None).run_all_tests()
    assert [results[name]["passed"] for name in NINE] == [False] * 9
    assert results[NINE[3]]["errors"][0] == "create_step: gives nothing, and no step."


def test_a_builder_that_raises_tells_what_and_passes_no_test():
    raised = {"type": "KeyError", "text": "'training_instance_type'", "module": None, "file": "b.py", "line": 7}
    answered = entry("Training", None)
    for one in answered["runs"]:
        one["error"] = raised
    results = judged_by(TrainingIntegrationTests, answered).run_all_tests()
    assert [results[name]["passed"] for name in NINE] == [False] * 9
    assert "KeyError: 'training_instance_type' at b.py:7" in results[NINE[0]]["errors"][0]


def test_a_builder_of_another_kind_passes_no_training_test():
    processing = entry("Processing", {"RoleArn": TRAINING["RoleArn"]})
    results = judged_by(TrainingIntegrationTests, processing).run_all_tests()
    assert [results[name]["passed"] for name in NINE] == [False] * 9
    assert results["errors"] == ["ChurnBuilder makes CreateProcessingJob, and no CreateTrainingJob"]


@pytest.mark.parametrize(
    ("path", "value", "test", "words"),
    [
        ("RoleArn", None, NINE[0], "RoleArn"),
        ("OutputDataConfig", None, NINE[4], "OutputDataConfig"),
        ("OutputDataConfig.CompressionType", "ZIP", NINE[4], "CompressionType"),
        ("ResourceConfig.InstanceType", "ml.toaster", NINE[7], "ml.toaster"),
        ("ResourceConfig.InstanceCount", -1, NINE[7], "InstanceCount"),
        ("StoppingCondition", None, NINE[7], "StoppingCondition"),
        (IMAGE, "not an image", NINE[1], "TrainingImage"),
        ("AlgorithmSpecification.MetricDefinitions", [{"Name": "a"}], NINE[5], "Regex"),
        ("InputDataConfig", [{"ChannelName": "train"}], NINE[3], "DataSource"),
        ("HyperParameters", {"epochs": 10}, NINE[2], "epochs"),
    ],
)
def test_a_defect_fails_the_test_that_speaks_of_it(path, value, test, words):
    results = made(changed(TRAINING, path, value)).run_all_tests()
    assert results[test]["passed"] is False
    assert any(words in text for text in results[test]["errors"]), results[test]["errors"]
    assert not results["all_tests_passed"]
    assert results[test]["findings"][0]["source"]


def test_what_was_never_confirmed_by_aws_warns():
    metrics = [{"Name": "a", "Regex": "("}]
    result = made(changed(TRAINING, "AlgorithmSpecification.MetricDefinitions", metrics)).test_training_job_monitoring()
    assert (result["passed"], result["status"]) == (True, "warned")
    assert result["warnings"]


def test_what_lacks_an_image_does_not_pass():
    results = made(changed(TRAINING, "AlgorithmSpecification", None)).run_all_tests()
    assert results[NINE[0]]["passed"] is False
    assert "CreateTrainingJob lacks AlgorithmSpecification" in results[NINE[0]]["errors"]


def test_what_is_absent_is_skipped_and_the_member_is_named():
    bare = changed(changed(TRAINING, "InputDataConfig", None), "AlgorithmSpecification.MetricDefinitions", None)
    results = made(bare).run_all_tests()
    for name, member in (
        (NINE[2], "HyperParameterTuningJobConfig"),
        (NINE[3], "InputDataConfig"),
        (NINE[5], "AlgorithmSpecification.MetricDefinitions"),
        (NINE[6], "ResourceConfig.InstanceCount"),
    ):
        assert results[name]["passed"] is None
        assert results[name]["status"] == "skipped"
        assert member in results[name]["message"]
    assert results["all_tests_passed"]


def test_what_only_a_run_knows_is_inconclusive():
    later = {"Get": "Steps.Choose.Properties.Count"}
    unknown = changed(TRAINING, "ResourceConfig.InstanceCount", {"Get": "Execution.PipelineName"})
    result = made(unknown).test_distributed_training_integration()
    assert (result["passed"], result["status"]) == (False, "inconclusive")
    assert "ResourceConfig.InstanceCount" in result["message"]
    answered = entry("Training", changed(TRAINING, IMAGE, {"Get": "Parameters.Image"}))
    for one in answered["runs"]:
        one["definition"]["Parameters"] = [{"Name": "Image", "Type": "String"}]
    result = judged_by(TrainingIntegrationTests, answered).test_framework_specific_training_workflow()
    assert (result["passed"], result["status"]) == (False, "inconclusive")
    assert result["details"]["framework"] == "custom"
    assert later not in result["errors"]


@pytest.mark.parametrize(
    ("view", "value", "test"),
    [
        ("get_hyperparameters", {"epochs": "50"}, NINE[2]),
        ("get_hyperparameters", 7, NINE[2]),
        ("get_tuning_config", {"objective_metric": "auc", "max_jobs": 3}, NINE[2]),
        ("get_auto_ml_config", {"problem_type": "Riddle"}, NINE[2]),
        ("get_training_inputs", [{"ChannelName": "test"}], NINE[3]),
        ("get_data_distribution_config", {"train": "ShardedByS3Key"}, NINE[3]),
        ("get_model_output_config", {"S3OutputPath": "s3://example-models/elsewhere/"}, NINE[4]),
        ("get_expected_artifacts", [], NINE[4]),
        ("get_metrics_config", {"MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+)"}]}, NINE[5]),
        ("get_metrics_config", {"error": {"type": "KeyError", "text": "metrics"}}, NINE[5]),
        ("get_logging_config", {"EnableSageMakerDebugger": True}, NINE[5]),
        ("is_distributed_training", True, NINE[6]),
        ("get_distributed_config", {"InstanceCount": 4}, NINE[6]),
        ("get_resource_optimization_config", {"InstanceType": "ml.toaster"}, NINE[7]),
        ("get_gpu_optimization_config", {"use_gpu": True}, NINE[7]),
    ],
)
def test_a_view_that_contradicts_the_request_fails(view, value, test):
    results = made(views={view: value}).run_all_tests()
    assert results[test]["passed"] is False, results[test]
    assert results[test]["errors"]


def test_views_that_agree_pass_and_are_shown():
    views = {
        "get_hyperparameters": {"epochs": 10},
        "get_training_inputs": [{"ChannelName": "train"}],
        "get_model_output_config": {"S3OutputPath": "s3://example-models/output/"},
        "get_metrics_config": {"MetricDefinitions": [{"Name": "validation:loss", "Regex": "val_loss=([0-9.]+)"}]},
        "is_distributed_training": False,
        "get_resource_optimization_config": {"InstanceType": "ml.m5.2xlarge"},
    }
    results = made(views=views).run_all_tests()
    assert results["all_tests_passed"], results["errors"]
    assert results[NINE[2]]["details"]["hyperparameters"] == {"epochs": 10}
    assert results[NINE[3]]["details"]["training_inputs"] == [{"ChannelName": "train"}]
    assert results[NINE[6]]["status"] == "skipped"
    assert "hyperparameters" not in results[NINE[2]]["details"]["derived"]


def test_views_that_are_not_there_are_derived():
    results = made().run_all_tests()
    assert results[NINE[0]]["details"]["step_created"] is True
    assert results[NINE[2]]["details"]["hyperparameters"] == {"epochs": 10, "optimizer": "adam"}
    assert results[NINE[2]]["details"]["tuning_config"] is None
    assert results[NINE[3]]["details"]["data_distribution"] == dict.fromkeys(("train", "validation"), "FullyReplicated")
    assert results[NINE[4]]["details"]["expected_artifacts"] == ["s3://example-models/output/<job>/output/model.tar.gz"]
    assert results[NINE[6]]["details"]["is_distributed"] is False
    assert results[NINE[6]]["details"]["training_type"] == "single_instance"
    assert results[NINE[7]]["details"]["gpu"] is False
    assert results[NINE[7]]["details"]["resource_optimization"]["MaxRuntimeInSeconds"] == 3600


@pytest.mark.parametrize(
    ("image", "framework"),
    [(XGBOOST, "xgboost"), (PYTORCH, "pytorch"), (TENSORFLOW, "tensorflow"), (OWN, "custom")],
)
def test_the_framework_is_that_of_the_image(image, framework):
    tests = made(changed(TRAINING, IMAGE, image))
    assert tests._detect_framework() == framework
    assert tests.test_training_dependency_resolution()["details"]["framework"] == framework
    others = {"pytorch", "xgboost", "tensorflow", "sklearn", "custom"} - {framework}
    for other in others:
        pattern = getattr(tests, f"_test_{other}_training_workflow")()
        assert not pattern["valid"] and f"not of {other}" in pattern["errors"][-1]


def test_an_own_image_is_of_the_framework_that_the_builder_names():
    own = made(changed(TRAINING, IMAGE, OWN), views={"get_framework": "PyTorch"})
    assert own._detect_framework() == "pytorch"
    assert own.test_framework_specific_training_workflow()["details"]["pytorch_workflow"]["valid"]


def test_a_framework_that_the_image_is_not_of_fails():
    result = made(config={"framework": "pytorch"}).test_framework_specific_training_workflow()
    assert result["passed"] is False
    assert "calls its framework pytorch" in result["errors"][-1]
    assert made(config={"framework_version": "1.7"}).test_framework_specific_training_workflow()["passed"]
    result = made(config={"framework_version": "1.5-1"}).test_framework_specific_training_workflow()
    assert "framework_version 1.5-1" in result["errors"][-1]


def test_the_config_of_the_tests_is_followed():
    config = {
        "training_instance_type": "ml.m5.2xlarge",
        "training_instance_count": 1,
        "training_volume_size": 30,
        "framework": "xgboost",
        "framework_version": "1.7-1",
        "hyperparameters": {"epochs": 10},
    }
    assert made(config=config).run_all_tests()["all_tests_passed"]
    other = made(config=config | {"training_instance_type": "ml.m5.xlarge"}).run_all_tests()
    assert "the config says training_instance_type ml.m5.xlarge" in other["errors"][0]
    other = made(config=config | {"hyperparameters": {"epochs": 11, "depth": 3}}).run_all_tests()
    assert other["errors"] == [
        "the config sets depth, and the request does not send it",
        "the request sends another epochs than the config",
    ]


def test_several_instances_are_judged():
    several = changed(
        changed(TRAINING, "ResourceConfig.InstanceCount", 2), "HyperParameters.sagemaker_mpi_enabled", "true"
    )
    result = made(several).test_distributed_training_integration()
    assert result["passed"] is True, result
    assert result["details"]["is_distributed"] is True
    assert result["details"]["distributed_config"]["InstanceCount"] == 2
    assert result["details"]["distributed_config"]["DistributionStrategy"] == "mpi"
    assert result["details"]["cluster_config"]["WorkerCount"] == 1


def test_a_policy_of_the_team_is_asked():
    results = made(config={"policy": {"instances": ["ml.c5.*"]}}).run_all_tests()
    assert results[NINE[7]]["passed"] is False
    assert any("ml.m5.2xlarge" in text for text in results["errors"])


def test_helpers_judge_by_the_rules():
    tests = made()
    seeds_channel = {key: one for key, one in TRAINING["InputDataConfig"][0].items() if key != "ChannelName"}
    assert not tests._validate_training_input(seeds_channel, 0)["valid"]
    assert "ChannelName" in tests._validate_training_input(seeds_channel, 0)["errors"][0]
    assert tests._validate_training_input(TRAINING["InputDataConfig"][0], 0) == {"valid": True, "errors": []}
    assert tests._validate_model_output_config({"S3OutputPath": "s3://bucket/model-artifacts/"})["valid"]
    assert not tests._validate_model_output_config({})["valid"]
    assert tests._validate_training_step_properties({"TrainingJobName": "a", **TRAINING}) == {
        "valid": True,
        "errors": [],
    }
    lacks = tests._validate_training_step_properties({"TrainingJobName": "a"})["errors"]
    assert any("RoleArn" in text for text in lacks)
    assert tests._validate_metrics_config({"MetricDefinitions": [{"Name": "a", "Regex": "a=([0-9]+)"}]})["valid"]
    assert tests._validate_metrics_config({"MetricDefinitions": [{"Name": "a", "Regex": "("}]})["warnings"]
    assert not tests._validate_metrics_config({"MetricDefinitions": [{"Name": "a"}]})["valid"]
    cluster = {"MasterType": "ml.p3.2xlarge", "WorkerType": "ml.p3.2xlarge", "WorkerCount": 3}
    assert tests._validate_cluster_config(cluster)["valid"]
    assert not tests._validate_cluster_config({"MasterType": "toaster"})["valid"]
    assert tests._validate_distributed_config({"InstanceType": "ml.p3.2xlarge", "InstanceCount": 4})["valid"]
    assert not tests._validate_data_distribution({"train": "Sprinkled"})["valid"]
    assert not tests._validate_hyperparameters(["epochs"])["valid"]


def test_the_tuning_of_the_seed_is_valid_and_its_opposite_is_not():
    good = {
        "objective_metric": "validation:accuracy",
        "hyperparameter_ranges": {"learning_rate": {"min": 0.0001, "max": 0.1}, "batch_size": {"values": [16, 32]}},
        "max_jobs": 20,
        "max_parallel_jobs": 3,
    }
    tests = made()
    assert tests._validate_tuning_config(good) == {"valid": True, "errors": []}
    assert not tests._validate_tuning_config(good | {"max_parallel_jobs": 30})["valid"]
    upside_down = {"learning_rate": {"min": 0.1, "max": 0.0001}}
    assert not tests._validate_tuning_config(good | {"hyperparameter_ranges": upside_down})["valid"]
    automl = {"problem_type": "BinaryClassification", "objective": "F1", "max_candidates": 250}
    assert tests._validate_automl_config(automl)["valid"]
    assert not tests._validate_automl_config(automl | {"problem_type": "Riddle"})["valid"]
