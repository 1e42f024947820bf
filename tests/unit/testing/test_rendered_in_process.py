"""A builder of this very process is rendered where it is: nothing leaves it, nothing stays replaced. No SDK is needed."""

from __future__ import annotations

import json
import os
import socket

import pytest

from mlops_gates.errors import CheckError, ConfigError
from mlops_gates.testing import (
    CreateModelIntegrationTests,
    IntegrationTests,
    TrainingIntegrationTests,
    UniversalStepBuilderTestFactory,
    discover_step_type,
)

client = pytest.importorskip("botocore.client")
pytest_plugins = ["pytester"]
VARIANT = {"VariantName": "all", "ModelName": "churn", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}


class Endpoint:
    """Makes an endpoint's config with boto3 alone."""

    def __init__(self, config: dict | None = None):
        self.config = config

    def create_endpoint_config(self):
        import boto3

        made = boto3.client("sagemaker", region_name="us-east-1").create_endpoint_config(
            EndpointConfigName="churn", ProductionVariants=[{**VARIANT, **(self.config or {})}]
        )
        return made["EndpointConfigArn"]


class Empty:
    pass


class ChurnTrainingBuilder:
    """A stub."""


class Reaches:
    def create_step(self):
        socket.create_connection(("192.0.2.1", 443), timeout=1)


class Leaves:
    def create_step(self):
        raise SystemExit(3)


def test_calls_are_judged_and_do_not_leave():
    results = IntegrationTests(Endpoint()).run_all_tests()
    assert results["all_tests_passed"], results["errors"]
    bad = IntegrationTests(Endpoint({"InstanceType": "ml.toaster"})).run_all_tests()
    assert any("ml.toaster" in text for text in bad["errors"])
    assert any(one["file"] == __file__ for one in bad["test_complete_step_creation"]["findings"])


def test_a_class_is_made_with_the_config():
    tests = IntegrationTests(Endpoint, {"InstanceType": "ml.toaster", "region": "us-east-1"})
    assert any("toaster" in text for text in tests.run_all_tests()["errors"])


def test_nothing_stays_replaced(tmp_path):
    before = (client.BaseClient._make_api_call, dict(os.environ))
    IntegrationTests(Endpoint()).run_all_tests()
    assert (client.BaseClient._make_api_call, dict(os.environ)) == before
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as other:
        server.bind(str(tmp_path / "s"))
        server.listen()
        other.connect(str(tmp_path / "s"))


@pytest.mark.parametrize("folder", ["site-packages", "team"], ids=["of-a-library", "of-another-file"])
def test_what_is_inherited_is_there_and_stands_at_the_class(tmp_path, monkeypatch, folder):
    base = f"base_{folder.partition('-')[0]}"
    (tmp_path / folder).mkdir()
    inherited = "\n" * 40 + "class Base:\n    def create_endpoint_config(self):\n"
    inherited += "        import boto3\n        client = boto3.client('sagemaker', region_name='us-east-1')\n"
    inherited += f"        client.create_endpoint_config(EndpointConfigName='churn', ProductionVariants=[{VARIANT}])\n"
    (tmp_path / folder / f"{base}.py").write_text(inherited)
    (tmp_path / f"own_{base}.py").write_text(f"from {base} import Base\n\n\nclass Own(Base):\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / folder))
    tests = IntegrationTests(f"own_{base}:Own")
    assert tests.run_all_tests()["all_tests_passed"], tests.run_all_tests()["errors"]
    where = tests.target.locate(("create_endpoint_config",))
    assert (where.file, where.line) == (str(tmp_path / f"own_{base}.py"), 4)


@pytest.mark.parametrize("kind", [TrainingIntegrationTests, CreateModelIntegrationTests])
@pytest.mark.parametrize("builder", [Empty(), Empty, object(), Reaches(), Leaves(), 7, None])
def test_nonsense_passes_no_test(kind, builder):
    results = kind(builder).run_all_tests()
    tests = kind(builder).get_step_type_specific_tests()
    assert [results[name]["passed"] for name in tests] == [False] * 9
    assert all(results[name]["errors"] for name in tests)


def test_network_is_refused():
    results = TrainingIntegrationTests(Reaches()).run_all_tests()
    assert "nothing may be reached" in results["errors"][0]


def test_the_factory_finds_the_tests():
    factory = UniversalStepBuilderTestFactory()
    assert discover_step_type(Endpoint()) == "EndpointConfig"
    assert discover_step_type(Empty()) == "Unknown"
    assert discover_step_type(ChurnTrainingBuilder()) == "Training"
    tests = factory.create_test_instance(ChurnTrainingBuilder(), {"region": "eu-west-3"})
    assert type(tests) is TrainingIntegrationTests
    assert not tests.run_all_tests()["all_tests_passed"]


def test_a_definition_is_read(tmp_path):
    file = tmp_path / "pipeline.json"
    file.write_text(
        json.dumps({"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Training", "Arguments": {}}]})
    )
    results = TrainingIntegrationTests(str(file)).run_all_tests()
    assert any("RoleArn" in text for text in results["errors"])
    file.write_text("[")
    with pytest.raises(CheckError, match="cannot be read"):
        TrainingIntegrationTests(str(file)).run_all_tests()
    with pytest.raises(ConfigError, match="is no target"):
        TrainingIntegrationTests("churn").run_all_tests()


def test_module_and_attribute_name_a_builder():
    results = IntegrationTests(f"{__name__}:Endpoint").run_all_tests()
    assert results["all_tests_passed"], results["errors"]


def test_the_plugin_offers_the_classes(pytester):
    pytester.makepyfile(
        """
        class Empty: pass

        def test_all(integration_tests, training_integration_tests, create_model_integration_tests,
                     universal_step_builder_test_factory, discover_step_type):
            for kind in (integration_tests, training_integration_tests, create_model_integration_tests):
                assert not kind(Empty()).run_all_tests()["all_tests_passed"]
            assert discover_step_type(Empty()) == "Unknown"
            assert not universal_step_builder_test_factory.create_test_instance(Empty()).run_all_tests()["all_tests_passed"]
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
