"""Out of what a builder, a call or a file gave: the target that rules judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mlops_gates.findings import Location
from mlops_gates.gates.builders.requests import definition
from mlops_gates.gates.builders.requests.definition import OPERATIONS, Graph
from mlops_gates.gates.builders.requests.request import Part, Path, Request
from mlops_gates.gates.builders.scope import Target

Locate = Callable[[Path], Location]
PIPELINE = "CreatePipeline"
_BESIDE = ("Definition", "Calls")


def of_pipeline(name: str, root: Mapping[str, Any], region: str, locate: Locate, entry: Mapping[str, Any]) -> Target:
    """A whole pipeline: `root` holds the members of CreatePipeline, and its definition, read, under `Definition`."""
    found = definition.graph(root["Definition"])
    members = {key: one for key, one in root.items() if key not in _BESIDE}
    own = Request(PIPELINE, Part(members), region)
    calls = (own, *definition.requests(found, region))
    return Target(name, root, calls, PIPELINE, locate, found, entry, whole=True)


def of_request(
    name: str,
    operation: str,
    root: Mapping[str, Any],
    region: str,
    locate: Locate,
    entry: Mapping[str, Any] = MappingProxyType({}),
    steps: Sequence[str] = (),
) -> Target:
    """One request with what lies beside it.

    `root` holds its members as they were rendered; under `Definition` the pipeline that was rendered around it, under
    `Calls` the calls that were made beside it. `steps` are the builder's own, the main one left out.
    """
    raw = root.get("Definition")
    found = definition.graph(raw) if isinstance(raw, Mapping) else None
    folded: dict[Path, str] = {}
    members = {key: one for key, one in root.items() if key not in _BESIDE}
    parameters = found.parameters if found else {}
    seen = definition.fold(members, parameters, (), folded)
    part = Part(seen if isinstance(seen, Mapping) else {})
    main = Request(operation, part, region, named=not found, folded=folded)
    beside = [*_steps(found, steps, region), *_calls(root.get("Calls"), region)]
    return Target(name, root, (main, *beside), operation, locate, found, entry)


def of_entry(name: str, entry: Mapping[str, Any], region: str, locate: Locate) -> Target:
    """A builder, step or pipeline as the worker rendered it; without requests where it gave none."""
    run = next((one for one in entry.get("runs") or () if not one.get("error")), None)
    if run is None:
        return Target(name, {}, (), "", locate, None, entry)
    if isinstance(run.get("definition"), Mapping):
        return _of_definition(name, run, entry, region, locate)
    calls = [one for one in run.get("calls") or () if _creates(one)]
    builds_a_step = entry.get("kind") != "builder" or "create_step" in (entry.get("methods") or ())
    if not calls or builds_a_step:  # what else was called while the step was built is no request of the step
        return Target(name, {}, (), "", locate, None, entry)
    *before, last = sorted(calls, key=lambda one: one["operation"] == "CreateEndpointConfig")
    return of_request(name, last["operation"], {**last["request"], "Calls": before}, region, locate, entry)


def _of_definition(name: str, run: Mapping[str, Any], entry: Mapping[str, Any], region: str, locate: Locate) -> Target:
    raw = run["definition"]
    if entry.get("kind") == "pipeline":
        root = {**(run.get("pipeline") or {}), "Definition": raw}
        return of_pipeline(name, root, region, locate, entry)
    own = [step for step in definition.graph(raw).steps if step.name in (run.get("steps") or ())]
    judged = [step for step in own if step.type in OPERATIONS and isinstance(step.raw.get("Arguments"), Mapping)]
    if not judged:
        return Target(name, {"Definition": raw}, (), "", locate, definition.graph(raw), entry)
    wanted = entry.get("step_type")
    main = next((step for step in reversed(judged) if step.type == wanted), judged[-1])
    operation = OPERATIONS[main.type]
    root = {**main.raw["Arguments"], "Definition": raw}
    return of_request(
        name, operation, root, region, locate, entry, [step.name for step in judged if step.name != main.name]
    )


def _steps(found: Graph | None, names: Sequence[str], region: str) -> Iterator[Request]:
    if found and names:
        yield from (one for one in definition.requests(found, region) if one.step in names)


def _calls(found: Any, region: str) -> Iterator[Request]:
    for number, one in enumerate(found if isinstance(found, list) else ()):
        if isinstance(one, Mapping) and isinstance(one.get("request"), Mapping):
            yield Request(
                str(one.get("operation")), Part(one["request"], ("Calls", number, "request")), region, named=True
            )


def _creates(call: Mapping[str, Any]) -> bool:
    return call.get("service") == "sagemaker" and str(call.get("operation", "")).startswith("Create")
