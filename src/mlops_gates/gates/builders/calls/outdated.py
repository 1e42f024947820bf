"""Values that the stand-in does not know yet and AWS does: moto's lists of instance types are older than the service's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mlops_gates.gates.builders.calls.filling import Wanted
from mlops_gates.gates.builders.requests.request import Path

_ENUM = re.compile(r"Value '([^']*)' at '[^']*' failed to satisfy constraint: .*enum value set: \[(.*)\]", re.S)
_OPTION = re.compile(r"'([^']*)'")


def replaced(
    members: Mapping[str, Any], said: str, wanted: Callable[[Path], Wanted]
) -> tuple[dict[str, Any], str] | None:
    """The call with a value that the stand-in knows, and the one that it does not.

    None where the refusal is about something else, or the service's model does not know the value either.
    """
    match = _ENUM.search(said)
    if not match:
        return None
    value, options = match[1], _OPTION.findall(match[2])

    def walk(one: Any, path: Path) -> Any:
        if isinstance(one, Mapping):
            return {name: walk(inner, (*path, name)) for name, inner in one.items()}
        if isinstance(one, list):
            return [walk(inner, (*path, number)) for number, inner in enumerate(one)]
        if one != value:
            return one
        enum = wanted(path)[1]
        return next((other for other in options if other in enum), one) if value in enum else one

    made: dict[str, Any] = walk(members, ())
    return (made, value) if made != members else None
