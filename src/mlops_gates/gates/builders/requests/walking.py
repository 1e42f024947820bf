"""Values anywhere in a request, for rules that are not about one member."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from typing import Any, TypeGuard

from mlops_gates.gates.builders.requests.request import Part, Path

_LARGEST = 1 << 63
FREE = frozenset(
    {
        "HyperParameters",
        "StaticHyperParameters",
        "Environment",
        "ContainerArguments",
        "ContainerEntrypoint",
        "CustomerMetadataProperties",
        "Tags",
    }
)
"""Members whose content is the team's own text and no place of AWS."""


def leaves(part: Part, without: Container[str | int] = ()) -> Iterator[tuple[Path, Any]]:
    """(path, value) of every value that is no mapping and no list, in the order of the request.

    What lies under a member called like one of `without` is left out. Nesting of any depth is walked.
    """
    waiting: list[tuple[Path, Any]] = [(part.path, part.members)]
    while waiting:
        path, value = waiting.pop()
        within: list[tuple[str | int, Any]]
        if isinstance(value, Mapping):
            within = list(value.items())
        elif isinstance(value, list | tuple):
            within = list(enumerate(value))
        else:
            yield path, value
            continue
        waiting += [((*path, name), one) for name, one in reversed(within) if name not in without]


def parts(part: Part, name: str) -> Iterator[Part]:
    """Every mapping that stands under a member of this name, at any depth."""
    waiting: list[tuple[Path, Any]] = [(part.path, part.members)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, Mapping):
            if path and path[-1] == name:
                yield Part(value, path)
            waiting += [((*path, key), one) for key, one in reversed(list(value.items()))]
        elif isinstance(value, list | tuple):
            waiting += [((*path, number), one) for number, one in reversed(list(enumerate(value)))]


def plain(value: Any) -> str | None:
    """A text as the container reads it: SDKs write hyperparameters as JSON. None for what is no text."""
    if not isinstance(value, str):
        return None
    if len(value) > 1 and value[0] == value[-1] == '"':
        try:
            read = json.loads(value)
        except ValueError:
            return value
        return read if isinstance(read, str) else value
    return value


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a number that the service can hold; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def entries(part: Part, names: str) -> Iterator[tuple[str, Any]]:
    """(name, value) of the map at `A.B`; none where it is no map."""
    found = part.get(names)
    if isinstance(found, Mapping):
        yield from ((str(name), value) for name, value in found.items())
