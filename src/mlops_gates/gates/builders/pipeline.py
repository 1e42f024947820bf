"""builders.pipeline"""

from __future__ import annotations

from mlops_gates.gates.builders.pipelines import conditions, forms, retries
from mlops_gates.gates.builders.pipelines.expressions import own_steps
from mlops_gates.gates.builders.pipelines.language import PARAMETERS, VERSION
from mlops_gates.gates.builders.rules import Rule, rules_check
from mlops_gates.gates.builders.scope import Target

_SCHEMA = "SageMaker Pipeline Definition JSON schema"
_API = "API reference"
_RETRY = "developer guide, Retry Policy for Pipeline Steps"


def _is_pipeline(target: Target) -> bool:
    return target.whole or bool(own_steps(target))


_DEFINITION = (
    Rule(
        id="version",
        states=f"The version of a definition is {VERSION}",
        source=f"{_SCHEMA}, Version; PipelineDefinition of the SDK writes it",
        bad='{"Version": "2026-11-21"}',
        good=f'{{"Version": "{VERSION}"}}',
        judge=forms.version,
    ),
    Rule(
        id="definition-length",
        states=f"A definition has at most {forms.LONGEST_DEFINITION:,} characters",
        source=f"{_API}, CreatePipeline, PipelineDefinition",
        bad="a definition with a table in its parameters",
        good="the table in S3, and its URI in the parameters",
        judge=forms.length,
    ),
    Rule(
        id="no-steps",
        states="A pipeline has at least one step",
        source="believed of the service",
        bad='{"Steps": []}',
        good='{"Steps": [{"Name": "Train", "Type": "Training", "Arguments": {}}]}',
        judge=forms.no_steps,
        believed=True,
    ),
    Rule(
        id="step-name",
        states="A step has a name of letters, digits, - and _",
        source=f"{_API}, PipelineExecutionStep, StepName",
        bad='{"Name": "Too bad"}',
        good='{"Name": "TooBad"}',
        judge=forms.names,
    ),
    Rule(
        id="step-name-length",
        states=f"A step's name has at most {forms.LONGEST_NAME} characters",
        source=f"{_API}, PipelineExecutionStep, StepName",
        bad='{"Name": "Train-the-model-of-churn-on-all-the-data-that-there-is-in-the-warehouse"}',
        good='{"Name": "TrainChurn"}',
        judge=forms.long_names,
    ),
    Rule(
        id="step-names-unique",
        states="No two steps have one name, in branches neither",
        source="PipelineGraph of the SDK: Pipeline steps cannot have duplicate names",
        bad='{"Steps": [{"Name": "Train"}, {"Name": "Train"}]}',
        good='{"Steps": [{"Name": "Prepare"}, {"Name": "Train"}]}',
        judge=forms.same_names,
    ),
    Rule(
        id="step-type",
        states="A step's type is one of those that there are",
        source="StepTypeEnum of the SDK",
        bad='{"Type": "TrainingJob"}',
        good='{"Type": "Training"}',
        judge=forms.types,
    ),
    Rule(
        id="step-type-unknown",
        states="A step of a type that is not known here is not judged",
        source="StepTypeEnum of SDK 2.257 and 3.27",
        bad='{"Type": "Quantum"}',
        good='{"Type": "Training"}',
        judge=forms.strange_types,
        believed=True,
    ),
    Rule(
        id="step-arguments",
        states="A step that starts a job or makes a resource has arguments",
        source=f"{_SCHEMA}; Step.to_request of the SDK",
        bad='{"Name": "Train", "Type": "Training"}',
        good='{"Name": "Train", "Type": "Training", "Arguments": {"RoleArn": "arn:aws:iam::111122223333:role/train"}}',
        judge=forms.arguments,
    ),
    Rule(
        id="depends-on",
        states="DependsOn is a list of steps' names, each alone or with the outcome that is waited for",
        source="Step.to_request and StepDependency.to_request of the SDK",
        bad='{"DependsOn": "Prepare"}',
        good='{"DependsOn": ["Prepare"]}',
        judge=forms.waiting,
    ),
    Rule(
        id="join-values",
        states="A join has values",
        source="Join of the SDK, Std:Join",
        bad='{"Std:Join": {"On": "/", "Parts": ["s3://models", "churn"]}}',
        good='{"Std:Join": {"On": "/", "Values": ["s3://models", "churn"]}}',
        judge=forms.joins,
    ),
    Rule(
        id="json-path",
        states="What is read from a file has a path in the file",
        source="JsonGet of the SDK, Std:JsonGet",
        bad='{"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"}}}',
        good='{"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"}, "Path": "loss.value"}}',
        judge=forms.paths,
    ),
)
_PARAMETERS = (
    Rule(
        id="parameter-name",
        states=f"A parameter's name has 1 to {forms.LONGEST_PARAMETER} letters, digits, - and _",
        source=f"{_API}, Parameter, Name",
        bad='{"Name": "instance count", "Type": "Integer"}',
        good='{"Name": "InstanceCount", "Type": "Integer"}',
        judge=forms.parameter_names,
    ),
    Rule(
        id="parameter-names-unique",
        states="No two parameters have one name",
        source="believed of the service",
        bad='{"Parameters": [{"Name": "Count", "Type": "Integer"}, {"Name": "Count", "Type": "Integer"}]}',
        good='{"Parameters": [{"Name": "Count", "Type": "Integer"}]}',
        judge=forms.same_parameters,
        believed=True,
    ),
    Rule(
        id="parameter-type",
        states=f"A parameter's type is one of {', '.join(PARAMETERS)}",
        source="ParameterTypeEnum of the SDK",
        bad='{"Name": "Count", "Type": "int"}',
        good='{"Name": "Count", "Type": "Integer"}',
        judge=forms.parameter_types,
    ),
    Rule(
        id="parameter-default",
        states="A parameter's default is of its type",
        source="Parameter of the SDK: the default value does not match the type",
        bad='{"Name": "Count", "Type": "Integer", "DefaultValue": "one"}',
        good='{"Name": "Count", "Type": "Integer", "DefaultValue": 1}',
        judge=forms.defaults,
    ),
    Rule(
        id="parameter-choices",
        states="A parameter's default is one of its EnumValues",
        source="ParameterString of the SDK, enum_values",
        bad='{"Name": "Approval", "Type": "String", "DefaultValue": "Rejected", "EnumValues": ["Approved"]}',
        good='{"Name": "Approval", "Type": "String", "DefaultValue": "Approved", "EnumValues": ["Approved"]}',
        judge=forms.choices,
    ),
)
_CONDITIONS = (
    Rule(
        id="condition-type",
        states="A condition is of one of the types that there are",
        source=f"ConditionTypeEnum of the SDK; {_SCHEMA}",
        bad='{"Type": "LessThanOrEqual"}',
        good='{"Type": "LessThanOrEqualTo"}',
        judge=conditions.types,
    ),
    Rule(
        id="condition-sides",
        states="A comparison has a LeftValue and a RightValue, and a Not has a Condition",
        source=f"{_SCHEMA}, BinaryCondition",
        bad='{"Type": "Equals", "LeftValue": {"Get": "Parameters.Stage"}}',
        good='{"Type": "Equals", "LeftValue": {"Get": "Parameters.Stage"}, "RightValue": "production"}',
        judge=conditions.sides,
    ),
    Rule(
        id="condition-not",
        states="What a Not negates is its Condition, not its Expression",
        source="AWS's answer in aws/sagemaker-python-sdk issue 2746",
        refusal="Unable to parse pipeline definition. Cannot parse object, unknown property 'Expression'.",
        bad='{"Type": "Not", "Expression": {"Type": "Equals"}}',
        good='{"Type": "Not", "Condition": {"Type": "Equals"}}',
        judge=conditions.negated,
    ),
    Rule(
        id="no-conditions",
        states="A condition step has at least one condition",
        source="believed to be meant",
        bad='{"Conditions": [], "IfSteps": [{"Name": "Register"}]}',
        good='{"Conditions": [{"Type": "Equals"}], "IfSteps": [{"Name": "Register"}]}',
        judge=conditions.empty,
        believed=True,
    ),
    Rule(
        id="no-branches",
        states="A condition step has a branch",
        source="believed to be meant",
        bad='{"IfSteps": [], "ElseSteps": []}',
        good='{"IfSteps": [{"Name": "Register"}], "ElseSteps": []}',
        judge=conditions.branches,
        believed=True,
    ),
    Rule(
        id="settled-condition",
        states="A condition compares something that a run may change",
        source="believed to be meant",
        bad='{"LeftValue": {"Get": "Parameters.MaxLoss"}, "RightValue": {"Get": "Parameters.MaxLoss"}}',
        good='{"LeftValue": {"Std:JsonGet": {}}, "RightValue": {"Get": "Parameters.MaxLoss"}}',
        judge=conditions.settled,
        believed=True,
    ),
)
_RETRIES = (
    Rule(
        id="retried-exception",
        states="Exceptions that are retried are of the service's own list",
        source=_RETRY,
        bad='{"ExceptionType": ["ThrottlingException"]}',
        good='{"ExceptionType": ["Step.THROTTLING"]}',
        judge=retries.exceptions,
    ),
    Rule(
        id="attempts",
        states=f"MaxAttempts is 1 to {retries.MOST_ATTEMPTS}",
        source="MAX_ATTEMPTS_CAP in retry.py of the SDK",
        bad='{"MaxAttempts": 100}',
        good='{"MaxAttempts": 5}',
        judge=retries.attempts,
    ),
    Rule(
        id="retried-minutes",
        states=f"ExpireAfterMin is at most {retries.MOST_MINUTES:,}",
        source="MAX_EXPIRE_AFTER_MIN in retry.py of the SDK",
        bad='{"ExpireAfterMin": 43200}',
        good='{"ExpireAfterMin": 1440}',
        judge=retries.minutes,
    ),
    Rule(
        id="attempts-or-minutes",
        states="Retries end by MaxAttempts or by ExpireAfterMin, not by both",
        source="RetryPolicy.to_request of the SDK: Only one of [max_attempts] and [expire_after_mins] can be given",
        bad='{"MaxAttempts": 5, "ExpireAfterMin": 60}',
        good='{"MaxAttempts": 5}',
        judge=retries.both,
    ),
    Rule(
        id="backoff",
        states="BackoffRate is not below 0",
        source="RetryPolicy of the SDK, backoff_rate",
        bad='{"BackoffRate": -1}',
        good='{"BackoffRate": 2.0}',
        judge=retries.rates,
    ),
    Rule(
        id="retry-interval",
        states=f"IntervalSeconds is 0 to {retries.LONGEST_INTERVAL:,}",
        source=_RETRY,
        bad='{"IntervalSeconds": 86400}',
        good='{"IntervalSeconds": 60}',
        judge=retries.intervals,
    ),
    Rule(
        id="never-retried",
        states="Only steps that start jobs or make resources are tried again",
        source=f"{_RETRY}, the steps that it supports; believed to be refused",
        bad='{"Type": "Fail", "RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 3}]}',
        good='{"Type": "Training", "RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 3}]}',
        judge=retries.needless,
        believed=True,
    ),
)
CHECK = rules_check(
    id="builders.pipeline",
    title="Pipeline definitions have their form",
    help="A definition is read when the pipeline is made, and much of it not before it runs: names and types of steps, "
    "parameters with defaults, conditions, retries. A step of a type that is not known here is told and not judged.",
    remedy="Correct the definition where it is built; a definition that the SDK writes has the right words.",
    rules=(*_DEFINITION, *_PARAMETERS, *_CONDITIONS, *_RETRIES),
    applies=_is_pipeline,
    absent="no target has a pipeline definition",
)
