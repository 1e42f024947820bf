"""Where two JSON values differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gates.gates.builders.requests.request import Path


def paths(one: Any, other: Any, path: Path = ()) -> Iterator[tuple[Path, bool]]:
    """Each path at which they differ, and whether only a scalar does: other members, or another length, are no scalar."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.keys() != other.keys():
            yield path, False
        for key in sorted(one.keys() & other.keys()):
            yield from paths(one[key], other[key], (*path, key))
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield path, False
        for number, (mine, its) in enumerate(zip(one, other, strict=False)):
            yield from paths(mine, its, (*path, number))
    elif type(one) is not type(other) or one != other:
        yield path, not isinstance(one, Mapping | list) and not isinstance(other, Mapping | list)
