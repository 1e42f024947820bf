"""The test classes of step builders beside the real SDKs: in the user's own interpreter, on genuine builders and on bad ones.

Our package is on the path of that interpreter; of our dependencies it has pydantic and PyYAML, which the SDKs bring, and
nothing else is needed.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from builders import TARGETS
from mlops_gates.worker.environment import provide

from .machine import ROOT

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]
BUILDERS = ROOT / "tests" / "builders"
KINDS = {
    "tuning": "Tuning",
    "model": "CreateModel",
    "serial": "CreateModel",
    "direct": "CreateModel",
    "realtime": "EndpointConfig",
    "serverless": "EndpointConfig",
    "async": "EndpointConfig",
    "package": "RegisterModel",
    "processing": "Processing",
    "transform": "Transform",
    "automl": "AutoML",
    "pipeline": "Pipeline",
}
FRAMEWORKS = {
    "pytorch": "pytorch",
    "xgboost": "xgboost",
    "tensorflow": "tensorflow",
    "sklearn": "sklearn",
    "spot": "pytorch",
    "distributed": "pytorch",
    "tuning": "xgboost",
    "model": "pytorch",
    "direct": "xgboost",
    "package": "xgboost",
}
SCRIPT = """
import importlib, json, os, sys

version, targets, out = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
from mlops_gates.testing import (
    CreateModelIntegrationTests, TrainingIntegrationTests, UniversalStepBuilderTestFactory, discover_step_type)

def found(target):
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(f"{version}.{module}"), name)

XGBoost, Model = found(targets["xgboost"]), found(targets["model"])

class Empty: pass

class Nothing(XGBoost):
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=False): return None

class Raises(XGBoost):
    def create_step(self, inputs=None, outputs=None, dependencies=None, enable_caching=False):
        raise KeyError("training_instance_type")

class Talks:
    def create_step(self): return {"InstanceType": "toaster"}
    def get_hyperparameters(self): return {"epochs": 1}
    def get_tuning_config(self): return {"hyperparameter_ranges": {"eta": {"min": 3, "max": 1}}}

class Agrees(XGBoost):
    def get_hyperparameters(self): return {"epochs": 10, "learning_rate": 0.1}
    def get_training_inputs(self): return [{"ChannelName": "train"}, {"ChannelName": "validation"}]
    def is_distributed_training(self): return False
    def get_resource_optimization_config(self): return {"InstanceType": "ml.m5.2xlarge"}

class Contradicts(XGBoost):
    def get_hyperparameters(self): return {"epochs": 50}
    def get_training_inputs(self): return [{"ChannelName": "test"}]
    def get_distributed_config(self): return {"InstanceCount": 4}

def state():
    modules = [one for name, one in sorted(sys.modules.items()) if name.startswith(("sagemaker.", "botocore.client"))]
    held = {}
    for module in modules:
        for name in ("time", "uuid", "datetime", "BaseClient"):
            if hasattr(module, name):
                held[module.__name__, name] = getattr(module, name)
                if name == "BaseClient":
                    held[module.__name__, "call"] = module.BaseClient._make_api_call
    return held, dict(os.environ)

said = {"genuine": {}, "bad": {}}
factory = UniversalStepBuilderTestFactory()
for name, target in targets.items():
    builder = found(target)
    tests = factory.create_test_instance(builder)
    kind = type(tests).__name__
    said["genuine"][name] = {"kind": kind, "type": discover_step_type(builder), "results": tests.run_all_tests()}
held, environment = state()
for builder in (Empty, Nothing, Raises, Talks, Agrees, Contradicts):
    said["bad"][builder.__name__] = TrainingIntegrationTests(builder).run_all_tests()
said["bad"]["ModelOfNothing"] = CreateModelIntegrationTests(Empty()).run_all_tests()
instance = XGBoost()
said["instance"] = TrainingIntegrationTests(instance).run_all_tests()
step = instance.create_step(inputs={name: f"s3://example-models/{name}/" for name in ("train", "validation")})
tests = TrainingIntegrationTests(step)
said["step"] = {"type": discover_step_type(step), "results": tests.run_all_tests(),
                "properties": tests._validate_training_step_properties(step)}
after, environment_after = state()
is_ours = lambda one: getattr(one, "__module__", type(one).__module__).startswith("mlops_gates")
said["replaced"] = [str(key) for key, one in after.items() if is_ours(one) or held.get(key, one) is not one]
said["looked_at"] = len(after)
said["environment"] = environment == environment_after
said["ours"] = sorted(name for name in ("click", "dulwich", "junit_xml", "duckdb", "numpy") if name in sys.modules)
with open(out, "w") as file:
    json.dump(said, file, default=str)
"""


@pytest.fixture(scope="module", params=["v2", "v3"])
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the tests of all builders say in the interpreter of one SDK."""
    version = str(request.param)
    python = provide(BUILDERS / version / "requirements.txt", seconds=1500)
    folder = tmp_path_factory.mktemp(version)
    (folder / "ask.py").write_text(SCRIPT, encoding="utf-8")
    out = folder / "said.json"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(BUILDERS))),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_VALIDATE_ROLE": "false",  # version 3 would look its role up where the script itself makes a step
    }
    done = subprocess.run(
        [python, folder / "ask.py", version, json.dumps(TARGETS), out],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    answered: dict[str, Any] = json.loads(Path(out).read_text(encoding="utf-8"))
    return answered


def test_genuine_builders_pass_every_test(said: dict[str, Any]) -> None:
    for name, one in said["genuine"].items():
        assert one["results"]["all_tests_passed"], (name, one["results"]["errors"])
        assert one["type"] == KINDS.get(name, "Training"), name
        assert one["results"]["framework"] == FRAMEWORKS.get(name, one["results"]["framework"]), name
        assert all(result["details"]["framework"] for result in one["results"]["detailed_results"].values())
    assert said["genuine"]["pytorch"]["kind"] == "TrainingIntegrationTests"
    assert said["genuine"]["serial"]["kind"] == "CreateModelIntegrationTests"
    assert said["instance"]["all_tests_passed"], said["instance"]["errors"]


def test_what_is_absent_is_skipped_and_what_is_there_is_judged(said: dict[str, Any]) -> None:
    def status(name: str, test: str) -> str:
        return str(said["genuine"][name]["results"][test]["status"])

    assert status("xgboost", "test_hyperparameter_optimization_integration") == "skipped"
    assert status("tuning", "test_hyperparameter_optimization_integration") == "passed"
    assert status("xgboost", "test_distributed_training_integration") == "skipped"
    assert status("distributed", "test_distributed_training_integration") == "passed"
    assert status("model", "test_multi_container_model_deployment") == "skipped"
    assert status("direct", "test_multi_container_model_deployment") == "passed"
    distributed = said["genuine"]["distributed"]["results"]["test_distributed_training_integration"]["details"]
    assert distributed["is_distributed"] is True
    assert distributed["distributed_config"]["InstanceCount"] == 2
    gpu = said["genuine"]["pytorch"]["results"]["test_training_performance_optimization"]["details"]
    assert gpu["gpu"] is True


@pytest.mark.parametrize("name", ["Empty", "Nothing", "Raises", "Talks", "ModelOfNothing"])
def test_what_builds_nothing_passes_no_test(said: dict[str, Any], name: str) -> None:
    results = said["bad"][name]["detailed_results"]
    assert [one["passed"] for one in results.values()] == [False] * 9
    assert all(any("AWS refuses one without" in text for text in one["errors"]) for one in results.values())


def test_views_are_held_to_the_request(said: dict[str, Any]) -> None:
    assert said["bad"]["Agrees"]["all_tests_passed"], said["bad"]["Agrees"]["errors"]
    contradicts = said["bad"]["Contradicts"]["detailed_results"]
    failed = {name for name, one in contradicts.items() if one["passed"] is False}
    assert failed == {
        "test_hyperparameter_optimization_integration",
        "test_data_channel_integration",
        "test_distributed_training_integration",
    }


def test_a_step_of_the_sdk_is_judged_like_its_builder(said: dict[str, Any]) -> None:
    assert said["step"]["type"] == "Training"
    assert said["step"]["results"]["all_tests_passed"], said["step"]["results"]["errors"]
    assert said["step"]["properties"] == {"valid": True, "errors": []}


def test_nothing_stays_replaced_and_nothing_else_of_ours_is_needed(said: dict[str, Any]) -> None:
    assert said["replaced"] == []
    assert said["looked_at"] > 2
    assert said["environment"] is True
    assert "dulwich" not in said["ours"] and "junit_xml" not in said["ours"]
