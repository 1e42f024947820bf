"""builders.render: does the builder build, alike each time, out of what it is given, and without AWS?

The contract of a builder is this project's own (docs/builders.md), so AWS has no word for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Measurement
from mlops_gates.gates.builders.building import asks, declares, ends, follows, repeats
from mlops_gates.gates.builders.rules import Rule, broken, findings
from mlops_gates.gates.builders.scope import BuildersScope
from mlops_gates.gates.builders.shapes.words import count

_CONTRACT = "this project's contract of a builder (docs/builders.md)"


def _rule(id_: str, states: str, judge: Any, bad: str, good: str, believed: bool = False) -> Rule:
    return Rule(id=id_, states=states, source=_CONTRACT, bad=bad, good=good, judge=judge, believed=believed)


RULES = (
    _rule(
        "create-step",
        "A builder has create_step, or create_endpoint_config",
        ends.absent,
        "class Train: pass",
        "def create_step(self, inputs=None, ...): ...",
    ),
    _rule(
        "importable",
        "A target is imported and made with what is told: its folder stands in `code`, what it needs in `requirements`, "
        "what its class is made with in `config`",
        ends.imports,
        "targets: [churn.train:Builder]   # lies in src/",
        "code: [src]",
    ),
    _rule(
        "ends",
        "create_step ends, raises nothing and leaves the process alone",
        ends.ends,
        "sys.exit(1)",
        "return TrainingStep(...)",
    ),
    _rule(
        "gives-a-step",
        "create_step gives a step that makes a request",
        ends.gives,
        "def create_step(self): self.step()",
        "def create_step(self): return self.step()",
    ),
    _rule(
        "has-steps",
        "A pipeline has at least one step",
        declares.empty,
        'Pipeline(name="churn", steps=[])',
        'Pipeline(name="churn", steps=[train])',
    ),
    _rule(
        "judged",
        "A step's call is one that rules know",
        ends.unjudged,
        "LambdaStep(...), which is not judged",
        "TrainingStep(...)",
        believed=True,
    ),
    _rule(
        "step-of-its-kind",
        "A training builder gives a training step, and so on",
        ends.kind,
        "class ChurnTrainingBuilder: ... return ProcessingStep(...)",
        "class ChurnTrainingBuilder: ... return TrainingStep(...)",
    ),
    _rule(
        "optional-inputs",
        "create_step goes without what is optional",
        ends.bare,
        'inputs["validation"]',
        'inputs.get("validation")',
    ),
    _rule(
        "dependencies-taken",
        "create_step goes with steps to wait for, and with caching",
        ends.told_to_wait,
        "dependencies[0].properties.ModelArtifacts",
        "depends_on=dependencies",
    ),
    _rule(
        "declares-names",
        "Inputs and outputs are declared as a list or a mapping of names",
        declares.nonsense,
        "def get_required_dependencies(self): return 3",
        'def get_required_dependencies(self): return ["train"]',
    ),
    _rule(
        "config-valid",
        "A builder finds its own config valid",
        declares.refuses,
        'validate_configuration raises ValueError("instance_count is 0")',
        "the config of production under `config`",
    ),
    _rule(
        "no-network",
        "Building asks AWS nothing",
        asks.asks,
        'boto3.client("sts").get_caller_identity()',
        "session.account_id() given in the config",
    ),
    _rule(
        "no-changes",
        "Building creates nothing",
        asks.changes,
        "client.create_model_package_group(...)",
        "a step of its own, before the pipeline runs",
    ),
    _rule(
        "same-members",
        "Two equal calls give the same request",
        repeats.grows,
        "self.inputs.append(...)",
        "inputs = [*self.inputs, ...]",
    ),
    _rule(
        "same-values",
        "Two equal calls give the same request, or no cache ever fits",
        repeats.drifts,
        "datetime.now()",
        "a time in the config",
        believed=True,
    ),
    _rule(
        "config-followed",
        "The config's value is in the request",
        follows.config,
        "instance_count=1",
        "instance_count=self.config.instance_count",
    ),
    _rule(
        "inputs-followed",
        "Each required input is in the request",
        follows.inputs,
        "create_step(inputs) that reads no inputs",
        'TrainingInput(inputs["train"])',
    ),
    _rule(
        "dependencies-followed",
        "DependsOn names the dependencies",
        follows.waits,
        "TrainingStep(name, step_args)",
        "TrainingStep(name, step_args, depends_on=dependencies)",
    ),
    _rule(
        "caching-followed",
        "A cache that is asked for is switched on",
        follows.caches,
        "TrainingStep(name, step_args)",
        "TrainingStep(name, step_args, cache_config=...)",
        believed=True,
    ),
    _rule(
        "outputs-written",
        "The outputs of get_outputs are in the request",
        follows.outputs,
        '{"holdout": ...}',
        '{"train": ...}',
    ),
    _rule(
        "property-paths",
        "get_property_path names a property that the step has",
        follows.paths,
        "ProcessingOutputConfig... of a training step",
        "ModelArtifacts.S3ModelArtifacts",
    ),
    _rule(
        "nonsense-is-valid",
        "A config that cannot be built is not valid",
        follows.valid,
        "return True",
        "raise ValueError(...)",
        believed=True,
    ),
)


def _body(scope: BuildersScope) -> Iterator[Seen]:
    if not scope.every:
        raise Inconclusive("no target has a builder", next_step="Name a module:attribute, a folder or a definition.")
    for target in scope.every:
        yield from findings(target, list(broken(CHECK.id, RULES, target)))
    rendered = len(scope.targets)
    yield Measurement(
        rule=CHECK.id,
        subject="",
        name="rendered",
        value=float(rendered),
        text=f"{rendered} of {count(len(scope.every), 'target')} gave a request",
        exact="counted",
        n=len(scope.every),
    )


CHECK: Check[BuildersScope] = Check(
    id="builders.render",
    title="Builders build, alike each time, and without AWS",
    help="Each builder is built and asked for its step in a worker: an environment of its own, no network, credentials "
    "that are none. It is asked four times: twice alike, once without inputs where none is required, and once with a step "
    "to wait for and caching. What it returns, raises, asks of AWS and makes of its config is judged here; what the "
    "request says is judged by the other checks.",
    remedy="Run create_step on a laptop without credentials; what it needs belongs into its config or its inputs.",
    example="builders:\n  targets:\n    - pipelines.churn:builders\n    - {target: old.steps:train, requirements: old.txt}\n",
    body=_body,
    rules=RULES,
)
