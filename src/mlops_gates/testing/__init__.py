"""Classes for test suites of models and of step builders: thin views over the same checks that the gates run.

from mlops_gates.testing import ModelTestFramework, TrainingIntegrationTests
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlops_gates.testing.createmodel_tests import CreateModelIntegrationTests
    from mlops_gates.testing.factory import UniversalStepBuilderTestFactory, discover_step_type
    from mlops_gates.testing.integration import IntegrationTests
    from mlops_gates.testing.model import ModelTestFramework
    from mlops_gates.testing.more_tests import (
        ConditionIntegrationTests,
        ProcessingIntegrationTests,
        RegisterModelIntegrationTests,
        TransformIntegrationTests,
        TuningIntegrationTests,
    )
    from mlops_gates.testing.training_tests import TrainingIntegrationTests

__all__ = [
    "ConditionIntegrationTests",
    "CreateModelIntegrationTests",
    "IntegrationTests",
    "ModelTestFramework",
    "ProcessingIntegrationTests",
    "RegisterModelIntegrationTests",
    "TrainingIntegrationTests",
    "TransformIntegrationTests",
    "TuningIntegrationTests",
    "UniversalStepBuilderTestFactory",
    "discover_step_type",
]
_MODULES = {
    "CreateModelIntegrationTests": "createmodel_tests",
    "IntegrationTests": "integration",
    "ModelTestFramework": "model",
    "TrainingIntegrationTests": "training_tests",
    "UniversalStepBuilderTestFactory": "factory",
    "discover_step_type": "factory",
}


def __getattr__(name: str) -> Any:
    """The plug-in lies beside these classes and every run of pytest imports it: they wait until they are asked for."""
    if name in __all__:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES.get(name, 'more_tests')}"), name)
    raise AttributeError(f"module {__name__} has no {name}")
