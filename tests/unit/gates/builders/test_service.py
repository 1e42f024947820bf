"""The service model: read once, without a client, and without `sagemaker`."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlops_gates.errors import CheckError
from mlops_gates.gates.builders.requests.definition import OPERATIONS
from mlops_gates.gates.builders.shapes import service

ALONE = """
import sys
from mlops_gates import session
from mlops_gates.asked import Inputs
code = session.run(Inputs((), "mlops-gates.yml", sys.argv[1], (), "", "report", "error", "false", "", "local", False, False))
loaded = [name for name in ("sagemaker", "boto3", "botocore.client", "moto") if name in sys.modules]
print("exit", code, "loaded", loaded)
"""
EXAMPLE = Path(__file__).parents[3] / "examples/builders/shape/pass/whole"


def test_every_call_of_a_step_is_known() -> None:
    for operation in {*OPERATIONS.values(), "CreateAutoMLJob", "CreatePipeline"}:
        assert service.input_shape(operation), operation
    assert service.input_shape("CreateNothing") is None
    assert service.output_shape("DeleteModel") is None


def test_a_shape_tells_its_constraints() -> None:
    job = service.input_shape("CreateTrainingJob")
    assert job
    assert {"TrainingJobName", "RoleArn", "OutputDataConfig"} <= set(job.required)
    resources = job.members["ResourceConfig"]
    assert "ml.m5.xlarge" in resources.members["InstanceType"].allowed
    assert (resources.members["InstanceCount"].type, resources.members["InstanceCount"].low) == ("integer", 0)
    channels = job.members["InputDataConfig"]
    assert (channels.type, channels.low, channels.high) == ("list", 1, 20)
    assert channels.element
    assert channels.element.required == ("ChannelName", "DataSource")
    parameters = job.members["HyperParameters"]
    assert parameters.key
    assert parameters.element
    assert (parameters.high, parameters.element.high) == (100, 2500)
    described = service.output_shape("DescribeTrainingJob")
    assert described
    assert described.members["ModelArtifacts"].members["S3ModelArtifacts"].type == "string"


def test_a_token_that_the_sdk_makes_is_not_required() -> None:
    pipeline = service.input_shape("CreatePipeline")
    assert pipeline
    assert "ClientRequestToken" in pipeline.members
    assert "ClientRequestToken" not in pipeline.required


def test_the_model_is_read_once_and_fast() -> None:
    assert service.service() is service.service()
    began = time.process_time()
    service._read()
    assert time.process_time() - began < 1, "0.05 s on an idle machine"


def test_without_botocore_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_loaded", [])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(CheckError, match="botocore") as raised:
        service.service()
    assert "mlops-gates[builders]" in raised.value.next_step


def test_the_gate_needs_no_sdk(tmp_path: Path) -> None:
    assert importlib.util.find_spec("sagemaker") is None
    for file in ("mlops-gates.yml", "pipeline.json"):
        (tmp_path / file).write_bytes((EXAMPLE / file).read_bytes())
    done = subprocess.run([sys.executable, "-c", ALONE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["exit 0 loaded []"], done.stderr
