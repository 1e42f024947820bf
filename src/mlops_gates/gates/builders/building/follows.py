"""Whether the request follows what the builder was given, and keeps what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_gates.gates.builders.building import runs
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.rules import Seeing, broken
from mlops_gates.gates.builders.scope import Target

_CACHED = ("Training", "Processing", "Transform", "Tuning", "AutoML")
_FOLLOWED = {
    "instance_type": "InstanceType",
    "instance_count": "InstanceCount",
    "volume_size": "VolumeSizeInGB",
    "volume_size_in_gb": "VolumeSizeInGB",
    "max_runtime_in_seconds": "MaxRuntimeInSeconds",
    "max_run": "MaxRuntimeInSeconds",
}
_OPERATIONS = {
    "Training": "CreateTrainingJob",
    "Processing": "CreateProcessingJob",
    "Transform": "CreateTransformJob",
    "Tuning": "CreateHyperParameterTuningJob",
}


def config(target: Target) -> Seeing:
    """Values of the config that the request contradicts."""
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


def inputs(target: Target) -> Seeing:
    """Required inputs that are nowhere in the request."""
    run = runs.run(target, "first")
    if not run or run.get("error") or not target.requests:
        return
    sent = json.dumps([run.get("definition"), run.get("calls")], default=str)
    given = run.get("inputs") or {}
    names = [name for name in target.entry.get("required") or () if name in given]
    if lost := [name for name in names if json.dumps(given[name])[1:-1] not in sent]:
        yield ("get_required_dependencies",), f"requires {', '.join(lost)}, and the request does not read it"


def waits(target: Target) -> Seeing:
    """Steps to wait for that no step waits for."""
    from mlops_gates.gates.builders.requests import definition

    run = runs.run(target, "waiting")
    if not run or run.get("error") or not run.get("dependencies") or runs.failed(target):
        return
    if not any("Probe" in dict(definition.awaited(step)).values() for step in runs.own_steps(run)):
        yield (runs.method(target),), "takes the steps that it shall wait for, and its step waits for none"


def caches(target: Target) -> Seeing:
    """A cache that was asked for and is off."""
    run = runs.run(target, "waiting")
    if not run or run.get("error") or not run.get("caching") or runs.failed(target):
        return
    steps = [step for step in runs.own_steps(run) if step.get("Type") in _CACHED]
    if steps and not any((step.get("CacheConfig") or {}).get("Enabled") for step in steps):
        yield (runs.method(target),), "is asked for caching, and no cache is switched on"


def outputs(target: Target) -> Seeing:
    """Outputs that are named and not written."""
    named = target.entry.get("outputs")
    if target.operation != "CreateProcessingJob" or not isinstance(named, Mapping):
        return
    outputs = target.requests[0].part.each("ProcessingOutputConfig.Outputs")
    there = {one.get("OutputName") for one in outputs}
    if gone := [name for name in named if name not in there]:
        yield ("get_outputs",), f"names {', '.join(gone)}, and the request writes no such output"


def paths(target: Target) -> Seeing:
    """Property paths that the step does not have."""
    from mlops_gates.gates.builders.pipelines import expressions, resolving

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


def valid(target: Target) -> Seeing:
    """A config that the builder calls valid, and AWS would refuse."""
    view = (target.entry.get("views") or {}).get("validate_configuration") or {}
    if "value" not in view or view["value"] is False or not _nonsense(target):
        return
    yield ("validate_configuration",), "finds nothing wrong with a config whose request AWS would refuse"


def _nonsense(target: Target) -> bool:
    from mlops_gates.gates.builders import shape

    return bool(runs.failed(target)) or any(
        not one.rule.believed for one in broken(shape.CHECK.id, shape.RULES, target)
    )
