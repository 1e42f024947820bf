"""Selections that several kinds of builders share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_gates.testing import derived
from mlops_gates.testing.selecting import Result, Selection, Subject, plain


def shown(*names: str) -> Callable[[Subject], Result]:
    """The details of a test: these views."""
    return lambda subject: derived.views(subject, *names)


def dependencies(subject: Subject) -> Result:
    """What the builder requires, offers and waits for, and what its request refers to."""
    entry = subject.target.entry
    waiting = next((run for run in subject.target.runs if run.get("why") == "waiting"), {})
    references = sorted(_references(subject.part.members)) if subject.request else []
    return {
        "required_dependencies": list(entry.get("required") or ()),
        "optional_dependencies": list(entry.get("optional") or ()),
        "outputs": dict(entry.get("outputs") or {}),
        "property_paths": dict(entry.get("property_paths") or {}),
        "waits_for": list(waiting.get("dependencies") or ()),
        "depends_on": sorted({str(name) for step in subject.own_steps for name in _listed(step.raw.get("DependsOn"))}),
        "references": references,
    }


def _references(found: Any) -> set[str]:
    said = plain(found)
    waiting, texts = [said], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and one.startswith("<Steps."):
            texts.add(one[1:-1])
    return texts


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


DEPENDENCY_RULES = (
    "inputs-followed",
    "optional-inputs",
    "dependencies-followed",
    "caching-followed",
    "outputs-written",
    "property-paths",
)
DEPENDENCY = Selection(
    checks=("builders.references", "builders.caching", "builders.pipeline"),
    members=("DependsOn", "CacheConfig", "PropertyFiles"),
    rules=DEPENDENCY_RULES,
    views=("get_required_dependencies", "get_optional_dependencies", "get_outputs", "get_property_path"),
    details=dependencies,
)
