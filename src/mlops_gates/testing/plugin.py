"""The pytest plugin: the classes of `mlops_gates.testing` as fixtures, and each check of a model as a test of its own.

`model_test_framework` is made of what flags name; the fixtures of step builders are the classes, made by the test itself.

pytest --mlops-gates-model models/churn.joblib --mlops-gates-data data/test.csv [--mlops-gates-config config.yaml]
adds one test per check to whatever else is collected. The same names, with underscores, are settings of pytest's ini.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mlops_gates.testing.createmodel_tests import CreateModelIntegrationTests
    from mlops_gates.testing.factory import UniversalStepBuilderTestFactory
    from mlops_gates.testing.integration import IntegrationTests
    from mlops_gates.testing.model import ModelTestFramework
    from mlops_gates.testing.training_tests import TrainingIntegrationTests

_OPTIONS = {
    "model": ("models/churn_model.pkl", "the model that is tested"),
    "data": ("data/test/test.csv", "its test data, with labels"),
    "config": ("config/test_config.yaml", "limits and options of its tests"),
}
_FRAMEWORK: pytest.StashKey[Any] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Flags and settings of the same meaning."""
    group = parser.getgroup("mlops-gates", "tests of a model")
    for name, (default, text) in _OPTIONS.items():
        group.addoption(f"--mlops-gates-{name}", metavar="PATH", help=f"{text} (the fixture's default: {default})")
        parser.addini(f"mlops_gates_{name}", help=text, default="")


@pytest.fixture(scope="session")
def model_test_framework(pytestconfig: pytest.Config) -> ModelTestFramework:
    """A `ModelTestFramework` on the model, data and config that flags or settings name."""
    return _framework(pytestconfig)


@pytest.fixture(scope="session")
def integration_tests() -> type[IntegrationTests]:
    """`IntegrationTests`, to be made with a builder and a config."""
    from mlops_gates.testing.integration import IntegrationTests

    return IntegrationTests


@pytest.fixture(scope="session")
def training_integration_tests() -> type[TrainingIntegrationTests]:
    """`TrainingIntegrationTests`, to be made with a builder and a config."""
    from mlops_gates.testing.training_tests import TrainingIntegrationTests

    return TrainingIntegrationTests


@pytest.fixture(scope="session")
def create_model_integration_tests() -> type[CreateModelIntegrationTests]:
    """`CreateModelIntegrationTests`, to be made with a builder and a config."""
    from mlops_gates.testing.createmodel_tests import CreateModelIntegrationTests

    return CreateModelIntegrationTests


@pytest.fixture(scope="session")
def universal_step_builder_test_factory() -> UniversalStepBuilderTestFactory:
    """The factory, whose `create_test_instance(builder, config)` finds the tests that a builder is for."""
    from mlops_gates.testing.factory import UniversalStepBuilderTestFactory

    return UniversalStepBuilderTestFactory()


@pytest.fixture(scope="session")
def discover_step_type() -> Callable[..., str]:
    """`discover_step_type(builder)`: "Training", "CreateModel", ..."""
    from mlops_gates.testing import factory

    return factory.discover_step_type


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a test per check where a model and its data are named."""
    if _given(config, "model") and _given(config, "data"):
        items.extend(_ModelCheck.collected(session))


class _ModelCheck(pytest.Item):
    """One test of the framework; the model is asked once for all of them."""

    @classmethod
    def collected(cls, session: pytest.Session) -> Iterator[_ModelCheck]:
        from mlops_gates.testing.model import TESTS

        for name in TESTS:
            yield cls.from_parent(session, name=name, nodeid=f"mlops-gates::{name}")

    def runtest(self) -> None:
        result = getattr(_framework(self.config), self.name)()
        if result["passed"] is None:
            pytest.skip(result["message"] or "it does not apply to this model")
        if not result["passed"]:
            raise _FailedError("\n".join(result["errors"]) or result["message"] or result["status"])

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, _FailedError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self.path, None, f"mlops-gates {self.name}"


class _FailedError(Exception):
    """A test of the model that did not pass; the message is what the gate found."""


def _given(config: pytest.Config, name: str) -> str:
    return str(config.getoption(f"--mlops-gates-{name}") or config.getini(f"mlops_gates_{name}") or "")


def _framework(config: pytest.Config) -> ModelTestFramework:
    from pathlib import Path

    from mlops_gates.testing.model import ModelTestFramework

    if (made := config.stash.get(_FRAMEWORK, None)) is None:
        paths = {name: _given(config, name) or default for name, (default, _) in _OPTIONS.items()}
        wanted: str | None = paths["config"]
        if not _given(config, "config") and not Path(paths["config"]).exists():
            wanted = None
        made = config.stash[_FRAMEWORK] = ModelTestFramework(paths["model"], paths["data"], wanted)
    return made
