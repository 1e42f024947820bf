"""builders.distribution: which instances a distributed training may run on, and how either SDK tells of it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.distribution import CHECK, RULES
from mlops_gates.gates.builders.requests.request import text
from mlops_gates.gates.builders.rules import broken
from mlops_gates.gates.builders.scope import Target
from mlops_gates.worker.rendering.offline import Offline

PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3.0-gpu-py311"
TYPE = "ResourceConfig.InstanceType"
DATA_PARALLEL = "sagemaker_distributed_dataparallel_enabled"
TORCHRUN = "sagemaker_torch_distributed_enabled"
DRIVERS = {
    "ChannelName": "sm_drivers",
    "DataSource": {"S3DataSource": {"S3Uri": "s3://bucket/job/input/sm_drivers", "S3DataType": "S3Prefix"}},
}


def job(instance: str, hyperparameters: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "AlgorithmSpecification": {"TrainingImage": PYTORCH},
        "HyperParameters": hyperparameters or {},
        "ResourceConfig": {"InstanceType": instance, "InstanceCount": 2},
        **more,
    }


def target(root: dict[str, Any], operation: str = "CreateTrainingJob", *calls: Any) -> Target:
    entry = {"runs": [{"calls": list(calls)}]}
    return targets.of_request("churn", operation, root, "us-east-1", lambda _: Location("builder.py", 1), entry)


def seen(root: dict[str, Any], *calls: Any, operation: str = "CreateTrainingJob") -> list[tuple[str, str, bool]]:
    found = broken(CHECK.id, RULES, target(root, operation, *calls))
    return [(one.rule.id, text(one.path, root), one.rule.believed) for one in found]


def uploaded(driver: str, bucket: str = "bucket") -> dict[str, Any]:
    body = f"$SM_PYTHON_CMD /opt/ml/input/data/sm_drivers/distributed_drivers/{driver}_driver.py\n"
    request = {"Bucket": bucket, "Key": "job/input/sm_drivers/sm_train.sh", "Body": body}
    return {"service": "s3", "operation": "PutObject", "request": request}


@pytest.mark.parametrize("instance", ["ml.p3.16xlarge", "ml.p3dn.24xlarge", "ml.p4d.24xlarge", "ml.p4de.24xlarge"])
def test_data_parallelism_runs_on_its_instances(instance: str) -> None:
    assert seen(job(instance, {DATA_PARALLEL: "true"})) == []


@pytest.mark.parametrize("instance", ["ml.g5.xlarge", "ml.m5.xlarge", "ml.p3.2xlarge"])
def test_data_parallelism_runs_nowhere_else(instance: str) -> None:
    assert seen(job(instance, {DATA_PARALLEL: "true"})) == [("data-parallel-instances", TYPE, False)]


@pytest.mark.parametrize("value", ["false", "False", "", '"false"', "null", None, 1, [], {"Get": "Parameters.X"}])
def test_what_is_off_or_not_known_is_not_judged(value: Any) -> None:
    root = {**job("ml.m5.xlarge", {DATA_PARALLEL: value, TORCHRUN: value}), "Definition": {"Steps": []}}
    assert seen(root) == []


@pytest.mark.parametrize("instance", ["ml.g5.xlarge", "ml.trn1.32xlarge", "ml.p9.48xlarge", "ml.unheard.of"])
def test_torchrun_where_it_can(instance: str) -> None:
    assert seen(job(instance, {TORCHRUN: "true"})) == []


@pytest.mark.parametrize("instance", ["ml.m5.2xlarge", "ml.inf2.xlarge"])
def test_torchrun_where_it_cannot(instance: str) -> None:
    assert seen(job(instance, {TORCHRUN: "true"})) == [("torch-distributed-instances", TYPE, False)]


def test_a_tuning_jobs_static_hyperparameters_tell_too() -> None:
    definition = job("ml.m5.xlarge")
    definition["StaticHyperParameters"] = {TORCHRUN: "true"}
    del definition["HyperParameters"]
    assert seen({"TrainingJobDefinition": definition}, operation="CreateHyperParameterTuningJob") == [
        ("torch-distributed-instances", f"TrainingJobDefinition.{TYPE}", False)
    ]


def test_only_the_groups_of_the_distribution_count() -> None:
    groups = [
        {"InstanceGroupName": "feed", "InstanceType": "ml.c5.xlarge", "InstanceCount": 1},
        {"InstanceGroupName": "learn", "InstanceType": "ml.p4d.24xlarge", "InstanceCount": 2},
    ]
    named = {TORCHRUN: "true", "sagemaker_distribution_instance_groups": '["learn"]'}
    root = job("", named, ResourceConfig={"InstanceGroups": groups})
    assert seen(root) == []
    root["HyperParameters"]["sagemaker_distribution_instance_groups"] = '["feed"]'
    assert seen(root) == [("torch-distributed-instances", "ResourceConfig.InstanceGroups[0].InstanceType", False)]
    root["HyperParameters"]["sagemaker_distribution_instance_groups"] = "no JSON"
    assert len(seen(root)) == 1


def test_version_3_tells_by_the_script_that_it_uploads() -> None:
    root = job("ml.m5.xlarge", InputDataConfig=[DRIVERS])
    root["ResourceConfig"]["InstanceCount"] = 1
    assert seen(root, uploaded("torchrun")) == [("torch-distributed-instances", TYPE, False)]
    assert seen(root, uploaded("mpi")) == []
    assert seen(root, uploaded("torchrun", bucket="of-another-job")) == []


def test_the_worker_keeps_the_script_that_is_uploaded() -> None:
    boto3 = pytest.importorskip("boto3")
    script = io.BytesIO(uploaded("torchrun")["request"]["Body"].encode())
    with Offline("us-east-1") as offline:
        boto3.client("s3").upload_fileobj(script, "bucket", "job/input/sm_drivers/sm_train.sh")
    root = job("ml.m5.xlarge", InputDataConfig=[DRIVERS])
    root["ResourceConfig"]["InstanceCount"] = 1
    assert seen(root, *offline.calls) == [("torch-distributed-instances", TYPE, False)]


def test_without_the_script_nodes_and_image_tell() -> None:
    root = job("ml.m5.xlarge", InputDataConfig=[DRIVERS])
    assert seen(root) == [("torch-distributed-instances", TYPE, False)]
    assert seen(root, uploaded("basic_script")) == []
    assert seen(job("ml.p4d.24xlarge", InputDataConfig=[DRIVERS])) == []
    assert seen(job("ml.m5.xlarge")) == []
    cpu = {"TrainingImage": PYTORCH.replace("gpu", "cpu")}
    assert seen({**root, "AlgorithmSpecification": cpu}) == []
    root["ResourceConfig"]["InstanceCount"] = 1
    assert seen(root) == []


def test_model_parallelism_without_gpus_warns() -> None:
    assert seen(job("ml.m5.xlarge", {"mp_parameters": '{"partitions": 2}'})) == [("model-parallel-gpu", TYPE, True)]
    assert seen(job("ml.g5.xlarge", {"mp_parameters": '{"partitions": 2}'})) == []


def test_trainium_knows_torch_distributed_alone() -> None:
    assert seen(job("ml.trn1.32xlarge", {"sagemaker_mpi_enabled": "true"})) == [("trainium-distribution", TYPE, False)]
    assert seen(job("ml.m5.xlarge", {"sagemaker_mpi_enabled": "true"})) == []


def test_a_hyperparameters_value_is_never_told() -> None:
    told = [
        one.told
        for name in (DATA_PARALLEL, TORCHRUN, "mp_parameters")
        for one in broken(CHECK.id, RULES, target(job("ml.m5.xlarge", {name: "sesame-open"})))
    ]
    assert len(told) == 3
    assert not any("sesame" in one for one in told)
