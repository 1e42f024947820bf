"""The words of a pipeline definition: types of steps, of conditions, of parameters; variables; exceptions that are retried.

Sources: `StepTypeEnum`, `ConditionTypeEnum`, `ParameterTypeEnum`, `ExecutionVariables` and `retry.py` of SDK 2.257 and
3.27; the members of PipelineExecutionStepMetadata in the API reference; the developer guide on retry policies.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from mlops_gates.gates.builders.requests.definition import OPERATIONS, UNJUDGED

VERSION = "2020-12-01"
STEPS = (
    *OPERATIONS,
    *UNJUDGED,
    "InferenceComponent",
    "Lineage",
    "Job",
    "Cleanup",
    "ForEach",
    "Athena",
    "HubContent",
    "BedrockCustomModel",
    "BedrockCustomModelDeployment",
    "BedrockProvisionedModelThroughput",
    "BedrockModelImport",
)
"""The types of steps that there are; those that make no call of ours are not looked into."""
COMPARISONS = (
    "Equals",
    "GreaterThan",
    "GreaterThanOrEqualTo",
    "LessThan",
    "LessThanOrEqualTo",
    "NotEquals",
)
CONDITIONS = (*COMPARISONS, "In", "NotIn", "Not", "Or")
"""The SDKs write all but NotEquals and NotIn, which the published schema of definitions names."""
PARAMETERS = ("String", "Integer", "Float", "Boolean")
EXECUTION = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)
EXCEPTIONS = (
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
)
NEVER_RETRIED = ("Fail", "Condition", "Callback", "Lambda", "ClarifyCheck", "QualityCheck")
"""Types without retries in the developer guide's list and without an argument for them in either SDK."""
NEVER_CACHED = ("Fail", "Condition", "Model", "RegisterModel")
"""Types without a cache in the developer guide's list and without an argument for one in either SDK."""


def nearest(name: str, known: Iterable[str], likeness: float = 0.7) -> str:
    """The known word that `name` closely resembles, however it is capitalised; empty where none does."""
    plain = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), plain, 1, likeness)
    return plain[found[0]] if found else ""


def meant(type_: str) -> str:
    """The type of step that a word closely resembles, such as Training for TrainingJob; empty where none does."""
    bare = type_.removeprefix("Create").removesuffix("Step").removesuffix("Job") or type_
    return nearest(bare, STEPS, 0.8) or nearest(type_, STEPS, 0.8)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; is Train meant?`, or nothing."""
    near = nearest(name, known)
    return f"; is {near} meant?" if near else ""
