"""What a service said of a call, as it can be told: at the member as the request writes it, and without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gates.gates.builders.requests.request import Path

_SECRET = ("Environment", "HyperParameters", "StaticHyperParameters", "ContainerArguments")
_LONGEST = 200


def member_of(member: Path, members: Any) -> Path:
    """The path as the request writes it: a service tells members in lower case, botocore joins keys that hold dots."""
    found: list[str | int] = []
    left = list(member)
    while left:
        part = left.pop(0)
        if isinstance(members, Mapping):
            names = {str(name).lower(): str(name) for name in members}
            whole = str(part)
            while whole.lower() not in names and left and not _is_structure(members):
                whole = f"{whole}.{left.pop(0)}"
            name = names.get(whole.lower(), str(part))
            found.append(name)
            members = members.get(name)
        elif isinstance(members, list | tuple) and (place := _place(part)) in range(len(members)):
            found.append(place)
            members = members[place]
        else:
            found.append(part)
            members = None
    return tuple(found)


def _place(part: str | int) -> int:
    """The number of an element: botocore counts from 0, a service from 1 and in text; -1 for what is no number."""
    if isinstance(part, int):
        return part
    return int(part) - 1 if part.isascii() and part.isdigit() else -1


def _is_structure(members: Mapping[str, Any]) -> bool:
    """Whether a mapping is a structure and no map of free keys: the keys of a structure hold no dots."""
    return any(isinstance(one, Mapping | list) for one in members.values()) or not members


def discreet(told: str, members: Mapping[str, Any]) -> str:
    """What a service said, on one line, without values that may be secret."""
    for value in sorted(_secrets(members), key=len, reverse=True):
        told = told.replace(value, "***")
    told = " ".join(told.split())
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


def _secrets(members: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(members, Mapping):
        for name, one in members.items():
            found |= _texts(one) if name in _SECRET else _secrets(one)
    elif isinstance(members, list | tuple):
        for one in members:
            found |= _secrets(one)
    return found


def _texts(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return {one for each in value.values() for one in _texts(each)}
    if isinstance(value, list | tuple):
        return {one for each in value for one in _texts(each)}
    return {value} if isinstance(value, str) and len(value) > 3 else set()
