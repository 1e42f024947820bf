"""The user's SDK, whichever: a session without a network, steps, pipelines and their definitions."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from typing import Any, NamedTuple

from . import answering

LARGEST_DEFINITION = 16 << 20
"""Characters of one definition; AWS takes 1 MB of them."""
PROBE = "Probe"
_DEEPEST = 200
_sessions: dict[str, Any] = {}
_V3 = {
    "session": "sagemaker.core.workflow.pipeline_context",
    "steps": "sagemaker.mlops.workflow.steps",
    "collections": "sagemaker.mlops.workflow.step_collections",
    "pipeline": "sagemaker.mlops.workflow.pipeline",
    "properties": "sagemaker.core.workflow.properties",
}
_V2 = {
    "session": "sagemaker.workflow.pipeline_context",
    "steps": "sagemaker.workflow.steps",
    "collections": "sagemaker.workflow.step_collections",
    "pipeline": "sagemaker.workflow.pipeline",
    "properties": "sagemaker.workflow.properties",
}


class TooLarge(Exception):
    """A definition that is above `LARGEST_DEFINITION`."""


class Defined(NamedTuple):
    """A definition, read, and the names of the steps in it, in its order, branches included."""

    definition: dict[str, Any]
    steps: list[str]


def version() -> str | None:
    """The version of the SDK that this interpreter would import, None where it has none."""
    try:
        from importlib import metadata

        return str(metadata.version("sagemaker"))[:40]
    except Exception:  # noqa: BLE001 -- broken metadata of somebody else's environment
        return None


def loaded() -> bool:
    """Whether somebody has imported a part of the SDK, without which no object can be a step of it."""
    return "sagemaker" in sys.modules


class Sdk:
    """Version 2 or 3, imported once. Raises `ImportError` where there is none."""

    def __init__(self, region: str) -> None:
        self.region = region
        names = _V3 if _is_v3() else _V2
        self._modules = {name: importlib.import_module(module) for name, module in names.items()}

    @property
    def session(self) -> Any:
        """One pipeline session for all: its bucket is known beforehand, so nobody is asked who we are."""
        if self.region not in _sessions:
            import boto3

            made = self._modules["session"].PipelineSession(boto_session=boto3.Session(region_name=self.region))
            made._default_bucket = bucket(self.region)
            _sessions[self.region] = made
        return _sessions[self.region]

    def is_step(self, value: Any) -> bool:
        """A step, or a collection of them that a pipeline takes like one."""
        kinds: tuple[Any, ...] = (self._modules["steps"].Step, self._modules["collections"].StepCollection)
        return isinstance(value, kinds)

    def is_pipeline(self, value: Any) -> bool:
        """Whether it is a pipeline of this SDK."""
        return isinstance(value, self._modules["pipeline"].Pipeline)

    def probe(self) -> Any:
        """A step named `Probe` that others can be told to wait for and to read from."""
        steps = self._modules["steps"]
        properties = self._modules["properties"].Properties

        class Probe(steps.Step):  # type: ignore[misc, name-defined]
            def __init__(self) -> None:
                super().__init__(PROBE, None, None, steps.StepTypeEnum.PROCESSING, None)

            @property
            def arguments(self) -> dict[str, Any]:
                return {}

            @property
            def properties(self) -> Any:
                return properties(PROBE, step=self, shape_name="DescribeProcessingJobResponse")

        return Probe()

    def defined(self, steps: list[Any], session: Any = None) -> Defined:
        """The definition of a pipeline of these steps and of what they wait for."""
        pipeline = self._modules["pipeline"].Pipeline(
            name="mlops-gates", steps=_with_those_waited_for(steps), sagemaker_session=session or self.session
        )
        return self.definition(pipeline)

    def definition(self, pipeline: Any) -> Defined:
        """The definition of somebody's pipeline, read. Raises `TooLarge` and whatever the SDK raises."""
        text = pipeline.definition()
        if len(text) > LARGEST_DEFINITION:
            raise TooLarge(f"the definition has {len(text):,} characters, more than {LARGEST_DEFINITION:,}")
        read = json.loads(text)
        return Defined(read, list(_names(read.get("Steps", []))))


def bucket(region: str) -> str:
    """The default bucket that SageMaker makes for an account."""
    return f"sagemaker-{region}-{answering.ACCOUNT}"


def _is_v3() -> bool:
    found = importlib.util.find_spec("sagemaker")
    if found is None:
        raise ModuleNotFoundError("No module named 'sagemaker'", name="sagemaker")
    return importlib.util.find_spec("sagemaker.mlops") is not None


def awaited(step: Any) -> list[Any]:
    """The step objects that a step waits for, also those with an outcome (`StepDependency` of SDK v3)."""
    told = getattr(step, "depends_on", None) or ()
    others = [other if hasattr(other, "name") else getattr(other, "step", None) for other in told]
    return [other for other in others if hasattr(other, "name") and not isinstance(other, str)]


def _with_those_waited_for(steps: list[Any]) -> list[Any]:
    """The steps, behind the step objects that they name in `depends_on`: a definition without those is refused.

    Steps that wait for each other come in any order; the SDK says of them what it has to say.
    """
    found: list[Any] = []
    seen: set[int] = set()

    def add(step: Any, deep: int) -> None:
        if id(step) in seen or deep > _DEEPEST:
            return
        seen.add(id(step))
        for other in awaited(step):
            add(other, deep + 1)
        found.append(step)

    for step in steps:
        add(step, 0)
    return found


def _names(steps: Any) -> Any:
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, dict):
            yield str(step.get("Name"))
            arguments = step.get("Arguments")
            if step.get("Type") in ("Condition", "ForEach") and isinstance(arguments, dict):
                for branch in ("IfSteps", "ElseSteps", "ForEachBody"):
                    yield from _names(arguments.get(branch))
