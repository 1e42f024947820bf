"""Which tests a builder is for, found out of the request that it renders to."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gates.gates.builders.requests.definition import OPERATIONS
from mlops_gates.gates.builders.scope import Target
from mlops_gates.testing.createmodel_tests import CreateModelIntegrationTests
from mlops_gates.testing.integration import IntegrationTests
from mlops_gates.testing.more_tests import (
    ConditionIntegrationTests,
    ProcessingIntegrationTests,
    RegisterModelIntegrationTests,
    TransformIntegrationTests,
    TuningIntegrationTests,
)
from mlops_gates.testing.training_tests import TrainingIntegrationTests

TESTS: Mapping[str, type[IntegrationTests]] = {
    "Training": TrainingIntegrationTests,
    "AutoML": TrainingIntegrationTests,
    "Tuning": TuningIntegrationTests,
    "CreateModel": CreateModelIntegrationTests,
    "Processing": ProcessingIntegrationTests,
    "Transform": TransformIntegrationTests,
    "RegisterModel": RegisterModelIntegrationTests,
    "Condition": ConditionIntegrationTests,
}
"""The tests of each type of step; those of any other type are the base's."""
_TYPES = {
    **{operation: type_ for type_, operation in OPERATIONS.items()},
    "CreateModel": "CreateModel",
    "CreateAutoMLJob": "AutoML",
    "CreatePipeline": "Pipeline",
}
_NAMES = (
    ("tuning", "Tuning"),
    ("tuner", "Tuning"),
    ("processing", "Processing"),
    ("transform", "Transform"),
    ("regist", "RegisterModel"),
    ("automl", "AutoML"),
    ("createmodel", "CreateModel"),
    ("condition", "Condition"),
    ("training", "Training"),
    ("endpoint", "EndpointConfig"),
)
UNKNOWN = "Unknown"


class UniversalStepBuilderTestFactory:
    """Makes the tests that a builder is for."""

    def create_test_instance(self, builder: object, config: object = None) -> IntegrationTests:
        """The tests of the builder's type of step, on this builder; it is rendered once, for both.

        One that renders nothing gets the tests that its class's name speaks of, and passes none of them.
        """
        base = IntegrationTests(builder, config)
        found = TESTS.get(_type(base.target), IntegrationTests)
        if found is IntegrationTests:
            return base
        made = found(builder, config)
        made.target = base.target
        return made


def discover_step_type(builder: object, config: object = None) -> str:
    """The type of the step that a builder (or a step, a definition) renders to: "Training", "CreateModel", ...

    "Pipeline" of a whole pipeline, the type that the class's name speaks of where nothing is rendered, else "Unknown".
    """
    return _type(IntegrationTests(builder, config).target)


def _type(target: Target) -> str:
    if target.operation:
        return _TYPES.get(target.operation, target.operation)
    told = str(target.entry.get("step_type") or "")
    if told:
        return "CreateModel" if told == "Model" else told
    name = str(target.entry.get("class") or "").lower().replace("_", "")
    return next((type_ for word, type_ in _NAMES if word in name), UNKNOWN)
