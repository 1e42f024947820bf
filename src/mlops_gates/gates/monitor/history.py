"""Earlier runs of the same monitor, out of their results.json."""

from __future__ import annotations

import heapq
import json
import math
import os
import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from mlops_gates.errors import CheckError
from mlops_gates.findings import Status
from mlops_gates.gates.monitor.scope import moment
from mlops_gates.records import dataclass

MOST_RUNS = 1_000
MOST_FILES = 5_000
MOST_BYTES = 64 << 20
_SCHEMA = "mlops-gates/results/1"


@dataclass(frozen=True)
class Past:
    """An earlier run: when it started (UTC without a zone), how the monitor's block ended, and its metrics."""

    started: datetime
    status: Status
    metrics: dict[str, float]


@dataclass(frozen=True)
class History:
    """The runs, oldest first; how many files are no results that can be read, and how many were too many to be read."""

    runs: tuple[Past, ...]
    broken: int
    unread: int


def read(folder: Path, shown: str, gate: str, block: str, going: Callable[[], None] = lambda: None) -> History:
    """The latest 1,000 runs that hold the gate's block.

    Files are those that end in `.json` in the folder, and `results.json` in folders of it; of more than 5,000 the last by
    name. `going` may raise to stop what takes long. Raises CheckError where `folder` is none.
    """
    if folder.exists() and not folder.is_dir():
        raise CheckError(f"{shown} is no folder", next_step="Name the folder that holds earlier results.json files.")
    files = list(_files(folder))
    found, broken = [], 0
    for path in heapq.nlargest(MOST_FILES, files, key=str):
        going()
        try:
            past = _past(path, gate, block)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            broken += 1  # what it breaks on hangs on what stands there in place of results
            continue
        if past:
            found.append(past)
    unique = {one.started: one for one in found}
    runs = tuple(unique[key] for key in sorted(unique))[-MOST_RUNS:]
    return History(runs, broken, max(0, len(files) - MOST_FILES))


def _files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".json") and (name == "results.json" or Path(root) == folder):
                yield Path(root) / name


def _past(path: Path, gate: str, block: str) -> Past | None:
    """The run in a file; None where it did not hold the block. Raises what reading foreign JSON may raise."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
        raise ValueError("no regular file, or too large")  # reading a pipe would never end
    tree: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if tree["schema"] != _SCHEMA:
        raise ValueError("no results of this version")
    mine = [one for one in tree["gates"] if (one["gate"], one["block"]) == (gate, block)]
    if not mine:
        return None
    prefix = f"{block}/" if block else ""
    metrics = {
        name.removeprefix(prefix): float(value)
        for name, value in tree["metrics"].items()
        if name.startswith(prefix) and isinstance(value, int | float) and math.isfinite(value)
    }
    return Past(moment(tree["started"]), Status(mine[0]["status"]), metrics)
