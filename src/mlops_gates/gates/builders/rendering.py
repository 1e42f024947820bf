"""builders.render: does the builder build, alike each time, out of what it is given, and without AWS?

The contract of a builder is this project's own (docs/builders.md), so AWS has no word for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Measurement
from mlops_gates.gates.builders import declaring, differing
from mlops_gates.gates.builders.request import Path
from mlops_gates.gates.builders.rules import Rule, Seeing, broken, findings
from mlops_gates.gates.builders.scope import BuildersScope, Target

_BUILDS = ("create_step", "create_endpoint_config", "create_auto_ml_job", "deploy")
_CONTRACT = "this project's contract of a builder (docs/builders.md)"
_CACHED = ("Training", "Processing", "Transform", "Tuning", "AutoML")
_FOLLOWED = {
    "instance_type": "InstanceType",
    "instance_count": "InstanceCount",
    "volume_size": "VolumeSizeInGB",
    "volume_size_in_gb": "VolumeSizeInGB",
    "max_runtime_in_seconds": "MaxRuntimeInSeconds",
    "max_run": "MaxRuntimeInSeconds",
}
_ITSELF = ("TimedOut", "Ended", "OutOfMemory", "BadAnswer", "PredictFailed", "NoBuilder")
"""Kinds of errors that are this project's own; their text says it all."""


def method(target: Target) -> str:
    """The builder's method that builds."""
    return next((name for name in _BUILDS if name in (target.entry.get("methods") or {})), _BUILDS[0])


def _first(target: Target) -> Mapping[str, Any]:
    return next(iter(target.runs), {})


def _builder(target: Target) -> bool:
    return target.entry.get("kind") == "builder"


def _absent(target: Target) -> Seeing:
    if _builder(target) and not any(name in (target.entry.get("methods") or {}) for name in _BUILDS):
        yield (_BUILDS[0],), f"{target.entry.get('class')} has no create_step, so there is no request to judge"


def _imports(target: Target) -> Seeing:
    if error := target.entry.get("error"):
        yield (), f"cannot be looked at: {told(error)}"


def _ends(target: Target) -> Seeing:
    if error := _first(target).get("error"):
        itself = error.get("type") in _ITSELF
        where = (method(target),) if _builder(target) else ()
        yield where, told(error) if itself else f"ends with {told(error)}"


def told(error: Mapping[str, Any]) -> str:
    """What ended a call, in words: the exception, its text, and the line that raised it."""
    place = f" at {PurePath(str(error['file'])).name}:{error['line']}" if error.get("file") else ""
    words = str(error.get("text") or "").strip().splitlines()
    kind = "" if error.get("type") in _ITSELF and words else str(error.get("type"))
    return f"{': '.join(filter(None, (kind, *(words[:1]))))[:300]}{place}"


def _gives(target: Target) -> Seeing:
    run = _first(target)
    if not run or run.get("error") or target.requests:
        return
    there = {step.name for step in target.graph.steps} if target.graph else set()
    if not _builder(target):
        if not there & {*(run.get("steps") or ())}:
            yield (), f"the {target.entry.get('kind')} has no step in its definition"
    elif method(target) != "create_step":
        yield (method(target),), "makes no call that creates anything"
    elif not there & {*(run.get("steps") or ())}:
        given = run.get("returned")
        yield (method(target),), f"gives {'nothing' if given == 'NoneType' else f'a {given}'}, and no step"


def _unjudged(target: Target) -> Seeing:
    from mlops_gates.gates.builders import expressions

    types = sorted({step.type for step in expressions.own_steps(target)})
    if types and not target.requests:
        yield (), f"gives a {' and a '.join(types)} step, whose call no rule judges"


def _kind(target: Target) -> Seeing:
    wanted = declaring.wanted_kinds(str(target.entry.get("class") or ""))
    steps = (
        {step.type for step in target.graph.steps if step.name in (_first(target).get("steps") or ())}
        if (_builder(target) and target.graph and wanted)
        else set()
    )
    if steps and not steps & set(wanted):
        yield (method(target),), f"gives a {' and a '.join(sorted(steps))} step where its name says {wanted[0]}"


def _bare(target: Target) -> Seeing:
    for run in target.runs:
        if run.get("why") == "bare" and (error := run.get("error")) and not _first(target).get("error"):
            yield (method(target),), f"without inputs, none of which it requires, it ends with {told(error)}"


def _told_to_wait(target: Target) -> Seeing:
    run = _run(target, "waiting")
    if run and (error := run.get("error")) and not _run_error(target):
        with_ = " and ".join(filter(None, ("a step to wait for" if run.get("dependencies") else "", "caching")))
        yield (method(target),), f"with {with_} it ends with {told(error)}"


def _asks(target: Target) -> Seeing:
    for call in _foreign(target):
        if not _creates(call):
            name = f"{call.get('service')}:{call.get('operation')}"
            yield (method(target),), f"asks AWS ({name}) while it builds{_at(call)}"


def _changes(target: Target) -> Seeing:
    if method(target) != "create_step":
        return
    for call in _foreign(target):
        if _creates(call):
            yield (method(target),), f"calls {call.get('service')}:{call.get('operation')} while it builds{_at(call)}"
    for call in target.calls if _builder(target) else ():
        if not call.get("own") and call.get("service") == "sagemaker" and _creates(call):
            words = f"makes the SDK call sagemaker:{call.get('operation')} while it builds{_at(call)}"
            yield (method(target),), f"{words}, which a PipelineSession would put into the step"


def _foreign(target: Target) -> Iterator[Mapping[str, Any]]:
    """Calls of the builder itself; what the SDK does for it, such as storing source code, is none of them."""
    if _builder(target):
        yield from (call for call in target.calls if call.get("own"))


def _creates(call: Mapping[str, Any]) -> bool:
    reading = ("Get", "List", "Describe", "Head", "Search", "BatchGet")
    return not str(call.get("operation")).startswith(reading)


def _at(call: Mapping[str, Any]) -> str:
    return f" at {PurePath(str(call['file'])).name}:{call['line']}" if call.get("file") else ""


def _again(target: Target) -> Iterator[tuple[Path, str, bool]]:
    """Where the second of two equal calls differs: the path, what, and whether only a value does."""
    first, again = (_run(target, why) for why in ("first", "again"))
    if not first or not again or first.get("error") or target.whole:
        return
    if error := again.get("error"):
        yield (method(target),), f"the second of two equal calls ends with {told(error)}", False
        return
    one, other = (_rendered(run, target.operation) for run in (first, again))
    for path, value in differing.paths(one, other):
        yield path, "two equal calls give another value each" if value else "two equal calls give other members", value


def _run(target: Target, why: str) -> Mapping[str, Any] | None:
    return next((run for run in target.runs if run.get("why") == why), None)


def _rendered(run: Mapping[str, Any], operation: str) -> Any:
    """The members of a run's main request, as they were written."""
    from mlops_gates.gates.builders import definition

    raw = run.get("definition")
    if not isinstance(raw, Mapping):
        calls = [call for call in run.get("calls") or () if call.get("operation") == operation]
        return calls[-1]["request"] if calls else None
    own = [step for step in definition.graph(raw).steps if step.name in (run.get("steps") or ())]
    wanted = [step for step in own if definition.OPERATIONS.get(step.type, "").startswith(operation)]
    return wanted[-1].raw.get("Arguments") if wanted else None


def _drifts(target: Target) -> Seeing:
    yield from ((path, words) for path, words, value in _again(target) if value)


def _grows(target: Target) -> Seeing:
    yield from ((path, words) for path, words, value in _again(target) if not value)


def _config(target: Target) -> Seeing:
    config = target.entry.get("config")
    if not isinstance(config, Mapping) or not target.requests:
        return
    places = _members(target.requests[0].part.members)
    kind = next((kind.lower() for kind, operation in _OPERATIONS.items() if operation == target.operation), "")
    for key, value in config.items():
        name = str(key).removeprefix(f"{kind}_")
        member = _FOLLOWED.get(name)
        found = places.get(member or "", [])
        if member and len(found) == 1 and isinstance(value, str | int) and not isinstance(value, bool):
            path, sent = found[0]
            if isinstance(sent, str | int) and str(sent) != str(value):
                yield path, f"the config says {key} {value}, the request {sent}"


def _members(found: Any, path: Path = ()) -> dict[str, list[tuple[Path, Any]]]:
    """Every member of a request by its name."""
    by_name: dict[str, list[tuple[Path, Any]]] = {}
    waiting: list[tuple[Path, Any]] = [(path, found)]
    while waiting:
        at, one = waiting.pop()
        inner = one.items() if isinstance(one, Mapping) else enumerate(one) if isinstance(one, list) else ()
        for key, value in inner:
            if isinstance(key, str):
                by_name.setdefault(key, []).append(((*at, key), value))
            waiting.append(((*at, key), value))
    return by_name


def _inputs(target: Target) -> Seeing:
    run = _run(target, "first")
    if not run or run.get("error") or not target.requests:
        return
    sent = json.dumps([run.get("definition"), run.get("calls")], default=str)
    given = run.get("inputs") or {}
    names = [name for name in target.entry.get("required") or () if name in given]
    if lost := [name for name in names if json.dumps(given[name])[1:-1] not in sent]:
        yield ("get_required_dependencies",), f"requires {', '.join(lost)}, and the request does not read it"


def _waits(target: Target) -> Seeing:
    from mlops_gates.gates.builders import definition

    run = _run(target, "waiting")
    if not run or run.get("error") or not run.get("dependencies") or _run_error(target):
        return
    if not any("Probe" in dict(definition.awaited(step)).values() for step in _own(run)):
        yield (method(target),), "takes the steps that it shall wait for, and its step waits for none"


def _caches(target: Target) -> Seeing:
    run = _run(target, "waiting")
    if not run or run.get("error") or not run.get("caching") or _run_error(target):
        return
    steps = [step for step in _own(run) if step.get("Type") in _CACHED]
    if steps and not any((step.get("CacheConfig") or {}).get("Enabled") for step in steps):
        yield (method(target),), "is asked for caching, and no cache is switched on"


def _own(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    from mlops_gates.gates.builders import definition

    raw = run.get("definition")
    steps = definition.graph(raw).steps if isinstance(raw, Mapping) else ()
    return [step.raw for step in steps if step.name in (run.get("steps") or ())]


def _run_error(target: Target) -> bool:
    return bool(_first(target).get("error"))


def _outputs(target: Target) -> Seeing:
    named = target.entry.get("outputs")
    if target.operation != "CreateProcessingJob" or not isinstance(named, Mapping):
        return
    outputs = target.requests[0].part.each("ProcessingOutputConfig.Outputs")
    there = {one.get("OutputName") for one in outputs}
    if gone := [name for name in named if name not in there]:
        yield ("get_outputs",), f"names {', '.join(gone)}, and the request writes no such output"


def _paths(target: Target) -> Seeing:
    from mlops_gates.gates.builders import expressions, resolving

    paths = target.entry.get("property_paths")
    step = next(iter(reversed(expressions.own_steps(target))), None)
    if not isinstance(paths, Mapping) or step is None:
        return
    for output, path in paths.items():
        found = expressions.property_of(f"Steps.{step.name}.{path}") if isinstance(path, str) else None
        if found is None:
            yield ("get_property_path",), f"gives no path of a property for {output}"
        elif words := resolving.missing_member(step, found.way) or resolving.missing_element(step, found.way):
            yield ("get_property_path",), f"for {output}: {words}"


def _valid(target: Target) -> Seeing:
    view = (target.entry.get("views") or {}).get("validate_configuration") or {}
    if "value" not in view or view["value"] is False or not _nonsense(target):
        return
    yield ("validate_configuration",), "finds nothing wrong with a config whose request AWS would refuse"


def _nonsense(target: Target) -> bool:
    from mlops_gates.gates.builders import shape

    return bool(_run_error(target)) or any(not one.rule.believed for one in broken(shape.CHECK.id, shape.RULES, target))


_OPERATIONS = {
    "Training": "CreateTrainingJob",
    "Processing": "CreateProcessingJob",
    "Transform": "CreateTransformJob",
    "Tuning": "CreateHyperParameterTuningJob",
}


def _rule(id_: str, states: str, judge: Any, bad: str, good: str, believed: bool = False) -> Rule:
    return Rule(id=id_, states=states, source=_CONTRACT, bad=bad, good=good, judge=judge, believed=believed)


RULES = (
    _rule(
        "create-step",
        "A builder has create_step, or create_endpoint_config",
        _absent,
        "class Train: pass",
        "def create_step(self, inputs=None, ...): ...",
    ),
    _rule(
        "importable",
        "A target is imported and made with what is told: its folder stands in `code`, what it needs in `requirements`, "
        "what its class is made with in `config`",
        _imports,
        "targets: [churn.train:Builder]   # lies in src/",
        "code: [src]",
    ),
    _rule(
        "ends",
        "create_step ends, raises nothing and leaves the process alone",
        _ends,
        "sys.exit(1)",
        "return TrainingStep(...)",
    ),
    _rule(
        "gives-a-step",
        "create_step gives a step that makes a request",
        _gives,
        "def create_step(self): self.step()",
        "def create_step(self): return self.step()",
    ),
    _rule(
        "has-steps",
        "A pipeline has at least one step",
        declaring.empty,
        'Pipeline(name="churn", steps=[])',
        'Pipeline(name="churn", steps=[train])',
    ),
    _rule(
        "judged",
        "A step's call is one that rules know",
        _unjudged,
        "LambdaStep(...), which is not judged",
        "TrainingStep(...)",
        believed=True,
    ),
    _rule(
        "step-of-its-kind",
        "A training builder gives a training step, and so on",
        _kind,
        "class ChurnTrainingBuilder: ... return ProcessingStep(...)",
        "class ChurnTrainingBuilder: ... return TrainingStep(...)",
    ),
    _rule(
        "optional-inputs",
        "create_step goes without what is optional",
        _bare,
        'inputs["validation"]',
        'inputs.get("validation")',
    ),
    _rule(
        "dependencies-taken",
        "create_step goes with steps to wait for, and with caching",
        _told_to_wait,
        "dependencies[0].properties.ModelArtifacts",
        "depends_on=dependencies",
    ),
    _rule(
        "declares-names",
        "Inputs and outputs are declared as a list or a mapping of names",
        declaring.nonsense,
        "def get_required_dependencies(self): return 3",
        'def get_required_dependencies(self): return ["train"]',
    ),
    _rule(
        "config-valid",
        "A builder finds its own config valid",
        declaring.refuses,
        'validate_configuration raises ValueError("instance_count is 0")',
        "the config of production under `config`",
    ),
    _rule(
        "no-network",
        "Building asks AWS nothing",
        _asks,
        'boto3.client("sts").get_caller_identity()',
        "session.account_id() given in the config",
    ),
    _rule(
        "no-changes",
        "Building creates nothing",
        _changes,
        "client.create_model_package_group(...)",
        "a step of its own, before the pipeline runs",
    ),
    _rule(
        "same-members",
        "Two equal calls give the same request",
        _grows,
        "self.inputs.append(...)",
        "inputs = [*self.inputs, ...]",
    ),
    _rule(
        "same-values",
        "Two equal calls give the same request, or no cache ever fits",
        _drifts,
        "datetime.now()",
        "a time in the config",
        believed=True,
    ),
    _rule(
        "config-followed",
        "The config's value is in the request",
        _config,
        "instance_count=1",
        "instance_count=self.config.instance_count",
    ),
    _rule(
        "inputs-followed",
        "Each required input is in the request",
        _inputs,
        "create_step(inputs) that reads no inputs",
        'TrainingInput(inputs["train"])',
    ),
    _rule(
        "dependencies-followed",
        "DependsOn names the dependencies",
        _waits,
        "TrainingStep(name, step_args)",
        "TrainingStep(name, step_args, depends_on=dependencies)",
    ),
    _rule(
        "caching-followed",
        "A cache that is asked for is switched on",
        _caches,
        "TrainingStep(name, step_args)",
        "TrainingStep(name, step_args, cache_config=...)",
        believed=True,
    ),
    _rule(
        "outputs-written",
        "The outputs of get_outputs are in the request",
        _outputs,
        '{"holdout": ...}',
        '{"train": ...}',
    ),
    _rule(
        "property-paths",
        "get_property_path names a property that the step has",
        _paths,
        "ProcessingOutputConfig... of a training step",
        "ModelArtifacts.S3ModelArtifacts",
    ),
    _rule(
        "nonsense-is-valid",
        "A config that cannot be built is not valid",
        _valid,
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
        text=f"{rendered} of {len(scope.every)} targets gave a request",
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
