"""`IntegrationTests`: a step builder held to the request that AWS would receive, as a Python class over the gate's rules.

tests = TrainingIntegrationTests(builder, config)
results = tests.run_all_tests()
assert results["all_tests_passed"], results["errors"]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

from mlops_gates.gates.builders.scope import Target
from mlops_gates.testing import claims, demands, frameworks, rendered
from mlops_gates.testing.frameworks import Detected
from mlops_gates.testing.selecting import Result, Selection, Subject, settled, tested
from mlops_gates.testing.selections import DEPENDENCY


class IntegrationTests:
    """A builder (or a step, a pipeline, a definition) and the tests of its kind. It is rendered once, by the first test.

    `config` are settings of the builder that the request must follow (`training_instance_type`, `framework`, ...), `region`
    and `role` of the rendering, `policy` and `archives` as in a builders block of the gate; of a builder that is given as
    a class, also what it is made with. In a result `passed` is True for passed and warned, False for failed, errored and
    inconclusive, None for skipped, and `status` says which; `errors` are what fails, `message` why nothing was judged,
    `findings` the rules with their source and line.
    """

    STEP_TYPE: ClassVar[str] = ""
    OPERATIONS: ClassVar[tuple[str, ...]] = ()
    TYPES: ClassVar[tuple[str, ...]] = ()
    TESTS: ClassVar[Mapping[str, Selection]] = MappingProxyType(
        {"test_complete_step_creation": Selection(rest=True), "test_dependency_resolution": DEPENDENCY}
    )

    def __init__(self, builder_instance: object, config: object = None) -> None:
        self.builder_instance = builder_instance
        self.config = config
        self._settings = _settings(config)
        self._region = str(self._settings.get("region") or rendered.REGION)

    @cached_property
    def target(self) -> Target:
        """The builder, rendered."""
        return rendered.target_of(self.builder_instance, self._settings, self.config)

    @cached_property
    def subject(self) -> Subject:
        """What these tests look at of it."""
        return Subject(self.target, self.OPERATIONS, self.TYPES, demands.of(self._settings))

    def get_step_type_specific_tests(self) -> list[str]:
        """The names of the tests, which are methods."""
        return list(self.TESTS)

    def run_all_tests(self) -> Result:
        """Every test: its result under its name and in `detailed_results`; `all_tests_passed` needs a pass and no False.

        `test_summary` counts, `errors` and `warnings` are those of all tests, each once.
        """
        detailed = {name: getattr(self, name)() for name in self.get_step_type_specific_tests()}
        verdicts = [one["passed"] for one in detailed.values()]
        passed, failed = verdicts.count(True), verdicts.count(False)
        return {
            **detailed,
            "timestamp": datetime.now().astimezone().isoformat(),
            "step_type": self.STEP_TYPE,
            "framework": self._detect_framework(),
            "test_summary": {
                "total": passed + failed,
                "passed": passed,
                "failed": failed,
                "skipped": verdicts.count(None),
            },
            "detailed_results": detailed,
            "errors": list(dict.fromkeys(text for one in detailed.values() for text in one["errors"])),
            "warnings": list(dict.fromkeys(text for one in detailed.values() for text in one["warnings"])),
            "all_tests_passed": passed > 0 and failed == 0,
        }

    def test_complete_step_creation(self) -> Result:
        """The step is built, and its request is one that AWS takes."""
        return self._tested("test_complete_step_creation")

    def test_dependency_resolution(self) -> Result:
        """What it requires is used, what it waits for is named, what it refers to is there."""
        return self._tested("test_dependency_resolution")

    def _tested(self, name: str, more: Mapping[str, Any] = MappingProxyType({})) -> Result:
        result = tested(name, self.subject, self.TESTS if name in self.TESTS else IntegrationTests.TESTS)
        details = {"framework": self._detect_framework(), **result["details"], **more}
        return {**result, "details": details}

    def _held(self, result: Result, *checked: tuple[str, Result]) -> Result:
        """The result with these validations among its details; one that is not valid fails it."""
        errors = [text for _, one in checked for text in one["errors"] if text not in result["errors"]]
        details = {**result["details"], **dict(checked)}
        result = {**result, "details": details}
        return settled(result, "failed", errors=errors) if errors else result

    @cached_property
    def _found(self) -> Detected:
        return frameworks.detect(self.subject, self._settings)

    def _detect_framework(self) -> str:
        """One of pytorch, xgboost, tensorflow, sklearn and custom, out of the image."""
        return self._found.name

    def _pattern(self, test: str, framework: str) -> Result:
        """What the pattern of a framework says of this builder: nothing good where it is of another one."""
        result = tested(test, self.subject, self.TESTS)
        errors = [*result["errors"], *frameworks.contradiction(self._found, self._settings)]
        if self.subject.is_there and self._found.name != framework:
            errors.append(f"{self._found.member or 'the request'} is of {self._found.name}, and not of {framework}")
        return frameworks.workflow(self.subject, self._found, list(dict.fromkeys(errors)))

    def _value(self, view: str) -> Any:
        """What a view of the builder answered; None where it has none."""
        return self.subject.told(view)

    def _validate_step_config_completeness(self, config: object) -> Result:
        """A step's config held to the rules of the call: {"valid", "errors"}."""
        operation = self.OPERATIONS[0] if self.OPERATIONS else claims.TRAINING
        return claims.step_config(operation, config, self._region)

    def _validate_step(self, step: object, operation: str) -> Result:
        """A step of the SDK, rendered, or the members of its call: {"valid", "errors"}."""
        if isinstance(step, Mapping):
            return claims.whole(operation, step, self._region)
        target = rendered.target_of(step, {"region": self._region})
        subject = Subject(target, (operation, *self.OPERATIONS))
        errors = subject.missing() if not subject.is_there else []
        errors += [one.message for one in subject.judged.breaches if not one.warns]
        return {"valid": not errors, "errors": list(dict.fromkeys(errors))}

    def _own_step(self, result: Result) -> Result:
        """The builder's own step, as its test found it, and what it lacks above all: {"valid", "errors"}."""
        errors = list(result["errors"])
        if self.subject.request is not None:
            errors += claims.lacking(self.subject.request.operation, self.subject.part, errors)
        return {"valid": not errors, "errors": errors}


def _settings(config: object) -> dict[str, Any]:
    """The config as a mapping of its public data."""
    from mlops_gates.worker.rendering.plain import scalars

    return dict(config) if isinstance(config, Mapping) else scalars(config)
