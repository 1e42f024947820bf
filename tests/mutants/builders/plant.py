"""The changes that defects and clean twins are made of, as far as they change the rendered request.

A change takes a request (JSON) and leaves the one that it was given. All are deterministic. What is done to a builder's
source (`source`) is not here. The language is explained at the head of defects.yml.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml

HERE = Path(__file__).parent
Json: TypeAlias = Any
Numbered: TypeAlias = tuple[str | int, ...]
"""A path as the gate has it: members by name, elements by number."""
Change: TypeAlias = Mapping[str, Any]
Case: TypeAlias = dict[str, Any]
"""A defect or a twin of defects.yml."""

NAMES = (
    "Name",
    "ChannelName",
    "VariantName",
    "InputName",
    "OutputName",
    "Key",
    "ContainerHostname",
    "PropertyFileName",
)
_PART = re.compile(r"(?P<member>[A-Za-z_][A-Za-z0-9_:-]*)|\[(?P<number>-?\d+)\]|\[(?P<name>[^\]]+)\]|\.")


class Named(str):
    """An element of a list by what it is called."""

    __slots__ = ()


Parsed: TypeAlias = tuple[str | int | Named, ...]


def listed() -> tuple[dict[str, Case], list[Case], list[Case]]:
    """Builders, defects and twins. The key `on` is one: YAML 1.1 would read it as true."""
    whole = yaml.safe_load((HERE / "defects.yml").read_text(encoding="utf-8"))
    defects, twins = (
        [{"on" if key is True else key: value for key, value in one.items()} for one in whole[kind]]
        for kind in ("defects", "twins")
    )
    return whole["builders"], defects, twins


def at_of(case: Case, builder: str) -> str:
    """Where the finding must be, in this builder; empty for a twin that has no place."""
    at = case.get("at", "")
    return str(at[builder]) if isinstance(at, dict) else str(at)


def change_of(case: Case, builder: str) -> Change:
    """The change in this builder: `@` stands for its place."""
    place = at_of(case, builder)

    def placed(value: Json) -> Json:
        if isinstance(value, dict):
            return {place if key == "@" else key: placed(one) for key, one in value.items()}
        if isinstance(value, list):
            return [placed(one) for one in value]
        return place if value == "@" else value

    change: Change = placed(case.get("change", {}))
    return change


def parse(path: str) -> Parsed:
    """`Steps[Train].Arguments` as its parts. Raises ValueError for what is no path."""
    parts: list[str | int | Named] = []
    place = 0
    while place < len(path):
        found = _PART.match(path, place)
        if not found:
            raise ValueError(f"no path: {path!r} at {place}")
        if found["member"]:
            parts.append(found["member"])
        elif found["number"]:
            parts.append(int(found["number"]))
        elif found["name"]:
            parts.append(Named(found["name"]))
        place = found.end()
    return tuple(parts)


def numbered(before: Json, after: Json, path: str) -> Numbered:
    """The path with numbers: a name is looked up as it was before the change, -1 is the last after it."""
    found: list[str | int] = []
    for part in parse(path):
        here = _at(after, tuple(found))
        if isinstance(part, Named):
            found.append(_place(_at(before, tuple(found)), part))
        elif isinstance(part, int) and part < 0 and isinstance(here, list):
            found.append(len(here) + part)
        else:
            found.append(part)
    return tuple(found)


def apply(root: Json, change: Change) -> Json:
    """The request with the change made. Raises KeyError, IndexError or ValueError where the change does not fit it."""
    changed = copy.deepcopy(root)
    for path, value in change.get("set", {}).items():
        holder, last = _holder(changed, path, make=True)
        holder[last] = _filled(value)
    for holder, last in [_holder(changed, path) for path in change.get("delete", ())][::-1]:
        del holder[last]
    for path, value in change.get("append", {}).items():
        holder, last = _holder(changed, path, make=True)
        if isinstance(holder, dict):
            holder.setdefault(last, [])
        holder[last].append(_filled(value))
    for path, source in change.get("copy", {}).items():
        _copied(changed, path, source)
    for path, name in change.get("rename", {}).items():
        holder, last = _holder(changed, path)
        holder[name] = holder.pop(last)
    for path, (words, others) in change.get("substitute", {}).items():
        holder, last = _holder(changed, path)
        if words not in holder[last]:
            raise ValueError(f"{path} does not have {words!r}")
        holder[last] = holder[last].replace(words, others)
    for path, more in change.get("repeat", {}).items():
        _repeated(changed, path, more["as"], more["times"])
    return changed


def _copied(root: Json, path: str, source: str) -> None:
    holder, last = _holder(root, source)
    value = copy.deepcopy(holder[last])
    holder, last = _holder(root, path)
    if isinstance(holder[last], list):
        holder[last].append(value)
    else:
        holder[last] = value


def _repeated(root: Json, path: str, pattern: Json, times: int) -> None:
    holder, last = _holder(root, path, make=True)
    if isinstance(pattern, dict) and any("{n}" in key for key in pattern):
        found = holder.setdefault(last, {})
        for number in range(times):
            found.update({key.replace("{n}", str(number)): _counted(one, number) for key, one in pattern.items()})
    else:
        holder[last] = [_counted(pattern, number) for number in range(times)]


def _counted(value: Json, number: int) -> Json:
    if isinstance(value, str):
        return value.replace("{n}", str(number))
    if isinstance(value, dict):
        return {key: _counted(one, number) for key, one in value.items()}
    if isinstance(value, list):
        return [_counted(one, number) for one in value]
    return value


def _filled(value: Json) -> Json:
    """`{text, times}` is a text repeated."""
    if isinstance(value, dict):
        if value.keys() == {"text", "times"}:
            return value["text"] * value["times"]
        return {key: _filled(one) for key, one in value.items()}
    return [_filled(one) for one in value] if isinstance(value, list) else value


def _holder(root: Json, path: str, make: bool = False) -> tuple[Json, str | int]:
    """What holds the member at the end of the path, and the member; `make` makes the mappings that lead there."""
    *before, last = parse(path)
    here = root
    for part in before:
        if make and isinstance(here, dict):
            here.setdefault(part, {})
        here = here[_index(here, part)]
    return here, _index(here, last)


def _index(here: Json, part: str | int | Named) -> str | int:
    return _place(here, part) if isinstance(part, Named) else part


def _place(here: Json, name: str) -> int:
    """The number of the element that is called so. Raises KeyError where none is."""
    for number, one in enumerate(here if isinstance(here, list) else ()):
        if isinstance(one, dict) and name in [one.get(key) for key in NAMES]:
            return number
    raise KeyError(name)


def _at(root: Json, path: Numbered) -> Json:
    """What stands there, or None."""
    here = root
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return None
    return here
