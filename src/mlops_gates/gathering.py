"""What the blocks of a run have together: the files that its verdict binds, its outputs and its metrics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlops_gates import digests, naming, registry, runner
from mlops_gates.config import Block, Config
from mlops_gates.document import KeyPath
from mlops_gates.findings import Subject


def files(
    loaded: Config, blocks: Sequence[Block], workdir: Path, requirements: Path | None
) -> list[tuple[str, digests.Bound]]:
    """What the verdict binds, by role. Of several paths that a gate gives for one key, it is the first there is."""
    bound: list[tuple[str, digests.Bound]] = list(loaded.files)
    if requirements:
        bound.append(("requirements", requirements.resolve()))
    for block in blocks:
        found: dict[tuple[str, KeyPath], Path] = {}
        for role, key, name in registry.room(block.gate).gate.subjects(block.options):
            path = naming.on_disk(name) if role == digests.DATA else name
            if path is None:
                bound.append((role, naming.public(name)))
                continue
            # A pattern keeps its letters: what a link leads to may be called otherwise.
            there = workdir / path if naming.is_pattern(workdir / path) else (workdir / path).resolve()
            if not _there(found.setdefault((role, key), there)) and _there(there):
                found[role, key] = there
        bound += [(role, path) for (role, _), path in found.items()]
    return list(dict.fromkeys(bound))


def _there(path: Path) -> bool:
    return path.exists() or naming.is_pattern(path)


def values(
    tasks: Sequence[runner.Task], ended: Sequence[int], subjects: Sequence[Subject]
) -> tuple[dict[str, str], dict[str, float]]:
    """The outputs and metrics of the blocks that ended.

    The quality score is the least; metrics of named blocks stand under their name. Where more than one model was
    judged, no output speaks of one: the version of one must not stand beside the digest of another.
    """
    found: dict[str, str] = {}
    metrics: dict[str, float] = {}
    for task in (tasks[place] for place in ended):
        prefix = f"{task.options.name}/" if task.options.name else ""
        metrics |= {f"{prefix}{name}": value for name, value in task.outcome.metrics.items()}
        for name, value in task.outcome.values.items():
            if name == "quality-score" and name in found:
                value = min(value, found[name], key=float)  # noqa: PLW2901
            found[name] = value
    models = [subject.sha256 for subject in subjects if subject.role == "model" and subject.sha256]
    if models:
        found["model-digest"] = f"sha256:{models[0]}"
    options = [vars(task.options) for task in tasks if task.gate.name == "model"]
    if len({(one.get("path"), one.get("version")) for one in options}) > 1:
        found |= {"model-version": "", "model-digest": ""}
    return found, metrics
