"""Real builders, and the defects of their own code, rendered for real: one worker per SDK for all of them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders import TARGETS
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.building import workers
from mlops_gates.gates.builders.rules import Broken
from mlops_gates.worker.environment import provide

from . import bench, plant, sources

BUILDERS = Path(__file__).parents[2] / "builders"
SDKS = ("v2", "v3")
_PATIENCE = 15.0
"""Seconds for one builder: the one that hangs takes them all."""


def python(sdk: str) -> Path:
    """The interpreter of an environment with this SDK; MLOPS_GATES_SDK_V2 and _V3 name one that is there already."""
    named = os.environ.get(f"MLOPS_GATES_SDK_{sdk.upper()}")
    return Path(named) if named else provide(BUILDERS / sdk / "requirements.txt", seconds=900)


def rendered(sdk: str) -> dict[str, dict[str, Any]]:
    """Every builder's entry."""
    where = workers.Where((BUILDERS,), python=python(sdk), seconds=120.0)
    asked = {f"{sdk}.{target}": name for name, target in TARGETS.items()}
    answers = workers.render([workers.Asked(target) for target in asked], where)
    return {asked[answer["target"]]: answer["builder"] for answer in answers}


@dataclass(frozen=True)
class Planting:
    """A defect of a builder's code in one builder of one SDK."""

    case: plant.Case
    builder: str
    sdk: str

    @property
    def module(self) -> str:
        """The module that holds the planted class."""
        return f"planted_{self.case['id']}_{self.builder}".replace("-", "_")


def planted(plantings: list[Planting], folder: Path, cancel: threading.Event) -> dict[str, dict[str, Any]]:
    """What became of each planting, by its module; the entry of the builder, or {"error"}."""
    sdk = plantings[0].sdk
    asked = {}
    for one in plantings:
        module, _, name = TARGETS[one.builder].partition(":")
        text = sources.written(sdk, module, name, one.case["change"]["source"])
        (folder / f"{one.module}.py").write_text(text, encoding="utf-8")
        asked[f"{one.module}:{name}"] = one.module
    where = workers.Where((BUILDERS, folder), python=python(sdk), seconds=_PATIENCE)
    answers = workers.render([workers.Asked(target) for target in asked], where, cancel)
    return {asked[answer["target"]]: answer.get("builder") or {"error": answer["error"]} for answer in answers}


def judged(entry: Mapping[str, Any], case: plant.Case, builder: str) -> bench.Judged:
    """What the gate says of a rendered planting; what the change does beside the source is done to the request."""
    target = targets.of_entry("builder", entry, bench.REGION, bench.nowhere)
    root = json.loads(json.dumps(target.root))
    change = plant.change_of(case, builder)
    if set(change) - {"source"} and target.requests:
        after = plant.apply(root, change)
        target = targets.of_request("builder", target.operation, after, bench.REGION, bench.nowhere, entry)
    found: tuple[Broken, ...] = tuple(bench.judge(target))
    return bench.Judged(root, root, found)
