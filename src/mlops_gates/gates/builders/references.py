"""builders.references"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from mlops_gates.gates.builders.pipelines import resolving, waiting
from mlops_gates.gates.builders.pipelines.expressions import (
    Expression,
    Property,
    bodies,
    file_of,
    of_target,
    own_steps,
    property_of,
)
from mlops_gates.gates.builders.pipelines.forms import shown
from mlops_gates.gates.builders.pipelines.language import EXECUTION, did_you_mean
from mlops_gates.gates.builders.requests.definition import Step
from mlops_gates.gates.builders.rules import Rule, Seeing, rules_check
from mlops_gates.gates.builders.scope import Target

_ROOTS = ("Steps", "Parameters", "Execution", "ForEach", "IterationOutput")


def _steps(target: Target) -> Mapping[str, Step]:
    """By name, the first of those that share one."""
    return {step.name: step for step in reversed(target.graph.steps)} if target.graph else {}


def _judged(target: Target) -> Mapping[str, Step]:
    """The steps whose outputs are those of the pipeline, and not of what was put around a single step."""
    return {step.name: step for step in reversed(own_steps(target))}


def _gets(target: Target) -> Iterator[tuple[Step | None, Expression, str, str]]:
    """Every Get with what it begins with, such as Parameters, and the rest."""
    for step, one in of_target(target):
        if one.function == "Get":
            root, _, rest = one.what.partition(".") if isinstance(one.what, str) else ("", "", "")
            yield step, one, root, rest


def _properties(target: Target) -> Iterator[tuple[Step | None, Expression, Property]]:
    """Every property of a step that is read, files left out."""
    for step, one, _, _ in _gets(target):
        found = property_of(one.what) if isinstance(one.what, str) else None
        if found and not (found.way and found.way[0] == ("PropertyFiles", "")):
            yield step, one, found


def _roots(target: Target) -> Seeing:
    for _, one, root, _ in _gets(target):
        if root not in _ROOTS:
            told = shown(one.what) if isinstance(one.what, str) else "no text"
            yield one.path, f"{told} begins with none of Steps, Parameters and Execution{did_you_mean(root, _ROOTS)}"
        elif root == "Steps" and property_of(one.what) is None:
            yield one.path, f"{shown(one.what)} cannot be read as a property of a step"


def _known_steps(target: Target) -> Seeing:
    if not target.whole or target.graph is None:
        return
    known = {*_steps(target), *bodies(target.graph)}
    for step in own_steps(target):
        for wait in waiting.waits(target, step):
            if wait.other not in known:
                path = wait.path if wait.number is None else (*wait.path, wait.number)
                yield path, f"there is no step {shown(wait.other)}{did_you_mean(wait.other, known)}"


def _circles(target: Target) -> Seeing:
    for wait, way in waiting.circles(target):
        if len(way) == 2:
            yield wait.path, f"the step {shown(wait.step)} waits for itself"
        else:
            links = ", ".join(f"{one} for {other}" for one, other in pairwise(way))
            yield wait.path, f"steps wait for each other in a circle: {links}"


def _members(target: Target) -> Seeing:
    steps = _judged(target)
    for _, one, found in _properties(target):
        if found.step in steps and (words := resolving.missing_member(steps[found.step], found.way)):
            yield one.path, words


def _elements(target: Target) -> Seeing:
    steps = _judged(target)
    for _, one, found in _properties(target):
        step = steps.get(found.step)
        if step is None or resolving.missing_member(step, found.way):
            continue
        if words := resolving.missing_element(step, found.way):
            yield one.path, words


def _branches(target: Target) -> Seeing:
    steps = _judged(target)
    for step, one in of_target(target):
        other = steps.get(waiting.step_of(one))
        if step and other and waiting.is_outside(step, other):
            condition, _, list_ = other.branch[-1].rpartition("/")
            if list_ == "ForEachBody":  # whether a loop's steps can be read from outside is written nowhere
                continue
            yield (
                one.path,
                f"the step {shown(other.name)} runs only in a branch of {shown(condition)}, and this one is outside",
            )


def _parameters(target: Target) -> Seeing:
    if target.whole and target.graph is not None:
        known = target.graph.parameters
        for _, one, root, name in _gets(target):
            if root == "Parameters" and name not in known:
                yield one.path, f"the parameter {shown(name)} is not declared{did_you_mean(name, known)}"


def _variables(target: Target) -> Seeing:
    for _, one, root, name in _gets(target):
        if root == "Execution" and name not in EXECUTION:
            yield one.path, f"an execution has no {shown(name)}; it has {', '.join(EXECUTION)}"


def _files(target: Target) -> Seeing:
    steps = _judged(target)
    for _, one in of_target(target):
        if one.function != "Std:JsonGet":
            continue
        found = file_of(one.what)
        if isinstance(found, str):
            yield one.path, f"{shown(found)} is no property file, which is written Steps.<step>.PropertyFiles.<name>"
        elif found is None and not (isinstance(one.what, Mapping) and "S3Uri" in one.what):
            yield one.path, "a value is read, and nobody says from which file"
        elif found is not None and found.step in steps:
            name, known = str(found.way[1][0]), resolving.files(steps[found.step])
            if known is not None and name not in known:
                words = f"the step {shown(found.step)} declares no property file {shown(name)}"
                yield one.path, f"{words}{did_you_mean(name, known)}"


def _outputs(target: Target) -> Seeing:
    for step in own_steps(target):
        told = step.raw.get("PropertyFiles")
        known = resolving.outputs(step)
        for number, one in enumerate(told if isinstance(told, list | tuple) and known is not None else ()):
            name = one.get("OutputName") if isinstance(one, Mapping) else None
            if isinstance(name, str) and known is not None and name not in known:
                path = (*step.path, "PropertyFiles", number, "OutputName")
                yield path, f"the step has no output {shown(name)}{did_you_mean(name, known)}"


_GUIDE = "developer guide, Define a pipeline"
CHECK = rules_check(
    id="builders.references",
    title="What steps refer to is there",
    help="Steps read from each other and from parameters by name. A name that is not there, a property that such a step "
    "does not have, and steps that wait for each other are found by AWS when the pipeline is made, or only when it runs.",
    remedy="Refer to steps and parameters by their objects (`step.properties...`), and not by texts.",
    rules=(
        Rule(
            id="reference-form",
            states="A reference begins with Steps, Parameters or Execution",
            source="expr of Properties, Parameter and ExecutionVariable of the SDK",
            bad='{"Get": "Step.Train.ModelArtifacts.S3ModelArtifacts"}',
            good='{"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}',
            judge=_roots,
        ),
        Rule(
            id="step-exists",
            states="A step that is waited for or read from is in the pipeline",
            source=f"{_GUIDE}, data dependency and custom dependency between steps",
            bad='{"Name": "Train", "DependsOn": ["Preprocess"]}',
            good='{"Name": "Train", "DependsOn": ["Prepare"]}',
            judge=_known_steps,
        ),
        Rule(
            id="no-circle",
            states="No steps wait for each other, by name or by data",
            source="developer guide, Pipelines overview: a pipeline is a directed acyclic graph",
            bad='{"Name": "Train", "DependsOn": ["Train"]}',
            good='{"Name": "Train", "DependsOn": ["Prepare"]}',
            judge=_circles,
        ),
        Rule(
            id="property-exists",
            states="The description of what the step made has the property",
            source="API reference, the Describe call of each type, as Properties of the SDK reads it",
            bad='{"Get": "Steps.Train.ModelArtifact.S3ModelArtifacts"}',
            good='{"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}',
            judge=_members,
        ),
        Rule(
            id="element-exists",
            states="A step has the output, input or channel that is read by its name",
            source="developer guide, Define a pipeline, properties of a processing step's outputs",
            bad='{"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs[\'training\'].S3Output.S3Uri"}',
            good='{"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs[\'train\'].S3Output.S3Uri"}',
            judge=_elements,
        ),
        Rule(
            id="branch-closed",
            states="A step outside of a branch reads nothing from it",
            source="believed of the service: the branch may not have run",
            bad='{"Get": "Steps.Register.ModelPackageArn"}',
            good='{"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}',
            judge=_branches,
            believed=True,
        ),
        Rule(
            id="parameter-declared",
            states="A parameter that is read is declared in the pipeline",
            source="developer guide, Pipeline parameters",
            bad='{"Get": "Parameters.TrainingInstanceCount"}',
            good='{"Get": "Parameters.InstanceCount"}',
            judge=_parameters,
        ),
        Rule(
            id="execution-variable",
            states=f"A variable of the execution is one of {', '.join(EXECUTION)}",
            source="ExecutionVariables of the SDK",
            bad='{"Get": "Execution.PipelineRunId"}',
            good='{"Get": "Execution.PipelineExecutionId"}',
            judge=_variables,
        ),
        Rule(
            id="file-declared",
            states="A value is read from a property file that its step declares",
            source="developer guide, Property Files and JsonGet",
            bad='{"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "loss"}}',
            good='{"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"}, "Path": "loss"}}',
            judge=_files,
        ),
        Rule(
            id="file-output",
            states="A property file lies in an output of its step",
            source="developer guide, Property Files and JsonGet: output_name must match that of the ProcessingOutput",
            bad='{"PropertyFileName": "Evaluation", "OutputName": "report", "FilePath": "evaluation.json"}',
            good='{"PropertyFileName": "Evaluation", "OutputName": "evaluation", "FilePath": "evaluation.json"}',
            judge=_outputs,
        ),
    ),
    applies=lambda target: bool(own_steps(target)),
    absent="no target has steps that could refer to each other",
)
