"""Plants a defect into what a real builder rendered, and has the gate's rules judge it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from mlops_gates import registry
from mlops_gates.findings import Location
from mlops_gates.gates.builders import artifacts, policy, targets
from mlops_gates.gates.builders.archives import archive
from mlops_gates.gates.builders.requests.request import Path
from mlops_gates.gates.builders.rules import Broken, Rule, broken
from mlops_gates.gates.builders.scope import Target

from . import archives, plant

REGION = "us-east-1"
INPUTS = "s3://mlops-gates-inputs/"
SUFFIX = "Register-RegisterModel"
"""What SDK v2 makes of the name Register."""


@dataclass(frozen=True)
class Judged:
    """What the rules say of one target; `before` and `after` are the roots that paths lead through."""

    before: Any
    after: Any
    broken: tuple[Broken, ...]

    def at(self, place: str) -> tuple[Broken, ...]:
        """What is said of one place: a path of a defect, or a builder's method."""
        if "." not in place and place.islower():
            return tuple(one for one in self.broken if one.path == (place,))
        path = plant.numbered(self.before, self.after, place)
        return tuple(one for one in self.broken if one.path == path)

    def catches(self, case: plant.Case, builder: str) -> bool:
        """Whether the defect is told at its place, as loudly as it must be; of a cycle any step in it does."""
        found = self.at(plant.at_of(case, builder))
        if case["breaks"]["rule"] == "the graph has no cycle":
            found = tuple(one for one in self.broken if "circle" in one.rule.id)
        loud = [one for one in found if not one.rule.believed]
        return bool(found if case.get("warns") else loud)

    @property
    def words(self) -> str:
        """All that was said, a line each."""
        return "\n".join(f"{one.check}.{one.rule.id} {one.path}: {one.told}" for one in self.broken) or "nothing"


@cache
def rules() -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    """Every check of the gate with its rules, but for the team's own policy."""
    checks = [check for gate, check in registry.every_check() if gate.name == "builders"]
    return tuple((check.id, check.rules) for check in checks if check.rules and check.id != policy.CHECK.id)  # type: ignore[misc]


def judge(target: Target) -> Iterator[Broken]:
    """What a target breaks, of all rules."""
    for check, some in rules():
        yield from broken(check, some, target)


def planted(entry: Mapping[str, Any], case: plant.Case, builder: str) -> Judged:
    """The change made in what was rendered of this builder."""
    root, remade = opened(entry)
    after = plant.apply(root, plant.change_of(case, builder))
    if case.get("change", {}).get("source", {}).get("do") == "reverse steps":
        after["Definition"]["Steps"].reverse()
    return Judged(root, after, tuple(judge(remade(after))))


def archived(entry: Mapping[str, Any], case: plant.Case, builder: str, folder: FilePath) -> Judged:
    """The gate with an archive at hand, of the first container; `words` of the defect say what is wrong with it."""
    source = case["change"]["source"]
    words = source if source["do"] == "archive" else {}
    if source["do"] == "view says":
        entry = {**entry, "views": {**entry["views"], source["view"]: {"value": source["value"]}}}
    target = targets.of_entry("builder", entry, REGION, nowhere)
    first = next(target.requests[0].containers())
    key = first.get("ContainerHostname") or "builder"
    found = archive.look(archives.packed(folder / "model.tar.gz", builder, words))
    some = artifacts.rules({key: found})
    root = json.loads(json.dumps(target.root))
    return Judged(root, root, (*judge(target), *broken(artifacts.CHECK.id, some, target)))


def opened(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    """The root of an entry's target, and what makes a target of a changed root."""
    # What stands for an input is no place of the team's, and rules about places leave it alone: here it is one.
    told = json.dumps(entry).replace(INPUTS, "s3://example-models/")
    entry = json.loads(told.replace(SUFFIX, "Register") if entry.get("kind") == "pipeline" else told)
    target = targets.of_entry("builder", entry, REGION, nowhere)
    root = json.loads(json.dumps(target.root))
    if target.whole:
        return {"PipelineName": "churn", **root}, lambda after: targets.of_pipeline(
            "builder", after, REGION, nowhere, entry
        )
    # A first and a second rendering would differ from each other where only one is changed.
    # And a builder that sends another request has another config and another contract.
    alone = {key: one for key, one in entry.items() if key not in ("config", "contract", "property_paths", "required")}
    alone["runs"] = list(entry["runs"])[:1]
    return root, lambda after: targets.of_request("builder", target.operation, after, REGION, nowhere, alone)


def nowhere(_: Path) -> Location:
    """Lines are no matter here."""
    return Location("builder.py", 1)
