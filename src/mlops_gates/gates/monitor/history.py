"""Earlier runs of the same monitor, out of their results.json."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path

from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass

MOST_RUNS = 1_000
MOST_BYTES = 64 << 20
_SCHEMA = "mlops-gates/results/"


@dataclass(frozen=True)
class Past:
    """An earlier run: when it started (ISO text, UTC), how the monitor's block ended, and its metrics."""

    started: str
    status: str
    metrics: dict[str, float]


def read(folder: Path, shown: str, gate: str, block: str) -> tuple[tuple[Past, ...], int]:
    """The runs that hold the gate's block, oldest first, at most the latest 1,000; and how many files are no results.

    Files are those that end in `.json` in the folder and in folders of it. Raises CheckError: too many, or no folder.
    """
    if folder.exists() and not folder.is_dir():
        raise CheckError(f"{shown} is no folder", next_step="Name the folder that holds earlier results.json files.")
    found, broken = [], 0
    for path in _files(folder, shown):
        try:
            past = _past(path, gate, block)
        except (OSError, ValueError, RecursionError):
            broken += 1
            continue
        if past:
            found.append(past)
    unique = {one.started: one for one in found}
    return tuple(unique[key] for key in sorted(unique))[-MOST_RUNS:], broken


def _files(folder: Path, shown: str) -> Iterator[Path]:
    seen = 0
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".json") and (name == "results.json" or Path(root) == folder):
                seen += 1
                if seen > 10 * MOST_RUNS:
                    raise CheckError(f"{shown} holds more than {10 * MOST_RUNS:,} files", next_step="Remove old ones.")
                yield Path(root) / name


def _past(path: Path, gate: str, block: str) -> Past | None:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError("too large")
    tree = json.loads(path.read_text("utf-8"))
    if not isinstance(tree, dict) or not str(tree.get("schema", "")).startswith(_SCHEMA):
        raise ValueError("no results")
    mine = [one for one in tree["gates"] if (one.get("gate"), one.get("block", "")) == (gate, block)]
    if not mine or not isinstance(tree.get("started"), str):
        return None
    prefix = f"{block}/" if block else ""
    metrics = {
        name.removeprefix(prefix): float(value)
        for name, value in tree.get("metrics", {}).items()
        if name.startswith(prefix) and isinstance(value, int | float) and math.isfinite(value)
    }
    return Past(tree["started"], str(mine[0].get("status", "")), metrics)
