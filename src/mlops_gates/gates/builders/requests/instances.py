"""The instance types that a request names."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.gates.builders.requests.request import Part, Path


def instances(part: Part) -> Iterator[tuple[Path, str]]:
    """(path, type) of the instances of one training, processing or transform job; what only a run knows is left out.

    `part` is the job's members. A job has one type, or groups of several (`InstanceGroups`), or of a tuning job several
    to choose from (`InstanceConfigs`).
    """
    for place in ("ResourceConfig", "HyperParameterTuningResourceConfig", "ProcessingResources.ClusterConfig"):
        if found := part.sub(place):
            yield from _types(found)
            for groups in ("InstanceGroups", "InstanceConfigs"):
                for group in found.each(groups):
                    yield from _types(group)
    if found := part.sub("TransformResources"):
        yield from _types(found)


def _types(part: Part) -> Iterator[tuple[Path, str]]:
    name = part.known("InstanceType")
    if isinstance(name, str):
        yield part.at("InstanceType"), name
