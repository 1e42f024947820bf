"""YAML read strictly, with the line of every key.

YAML 1.2 core scalars (so `Yes` is a word and `true` the only truth), no aliases, no tags, no duplicate keys, no
non-finite numbers, at most 256 KiB: a config is read in a place where an attacker may have written it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import yaml

from mlops_gates.errors import ConfigError
from mlops_gates.findings import Location
from mlops_gates.records import dataclass

MAX_BYTES = 256 * 1024
MAX_DEPTH = 50

Key: TypeAlias = str | int
KeyPath: TypeAlias = tuple[Key, ...]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NON_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CORE: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CORE |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True)
class Document:
    """Plain data and, for each path of keys in it, the line that set it.

    `data` holds dict, list, str, int, float, bool and None only. `lines` has an entry for every mapping key and list item.
    """

    data: dict[str, Any]
    lines: dict[KeyPath, Location] = field(default_factory=dict)
    root: Location = field(default_factory=lambda: Location("", 1))

    def line(self, path: KeyPath) -> Location:
        """The line of `path`, or of its nearest existing ancestor."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return self.root

    def get(self, path: KeyPath) -> Any:
        """The value at `path`, or None where there is none."""
        value: Any = self.data
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def overlaid(self, over: Mapping[str, Any], lines: Mapping[KeyPath, Location]) -> Document:
        """This document with `over` merged into it, mapping by mapping; `lines` are those of `over`."""
        merged_lines = {
            path: line
            for path, line in self.lines.items()
            if not any(path[:end] in lines and _replaced(over, path[:end]) for end in range(1, len(path) + 1))
        }
        return Document(_merge(self.data, over), merged_lines | dict(lines), self.root)

    def replaced(self, path: KeyPath, value: Any, lines: Mapping[KeyPath, Location] | None = None) -> Document:
        """This document with the value at `path` set; missing mappings are made. Its line stays the nearest existing one.

        Raises ConfigError where a part of `path` is no mapping and no item of a list.
        """
        data = _set(self.data, path, value, path, self.line(path))
        kept = {known: line for known, line in self.lines.items() if known[: len(path)] != path or known == path}
        return Document(data, kept | dict(lines or {}), self.root)


def _replaced(over: Mapping[str, Any], path: KeyPath) -> bool:
    value: Any = over
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return False
        value = value[key]
    return not isinstance(value, Mapping)


def _merge(base: Any, over: Any) -> Any:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        merged = dict(base)
        for key, value in over.items():
            merged[key] = _merge(base[key], value) if key in base else value
        return merged
    return over


def _set(holder: Any, path: KeyPath, value: Any, whole: KeyPath, where: Location) -> Any:
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(holder, list) and isinstance(head, str) and head.isdigit() and int(head) < len(holder):
        return [_set(item, rest, value, whole, where) if i == int(head) else item for i, item in enumerate(holder)]
    if holder is None:
        holder = {}
    if not isinstance(holder, dict):
        dotted = ".".join(map(str, whole))
        raise ConfigError(
            f"cannot set {dotted}: what stands before {head!r} is no mapping", where=where, next_step=_SET_HELP
        )
    return holder | {head: _set(holder.get(head), rest, value, whole, where)}


_SET_HELP = "Write key.path=value; an item of a list is named by its number, as in data.0.source=new.csv."


def scalar(text: str) -> Any:
    """A plain YAML 1.2 core scalar as str, int, float, bool or None. Raises ValueError for .inf and .nan."""
    if text in _CORE:
        return _CORE[text]
    if _INTEGER.fullmatch(text):
        integer = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if abs(integer) >= 2**63:
            raise ValueError(f"{text[:20]}… is too large a number")
        return integer
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"{text} is no finite number")
        return number
    if _NON_FINITE.fullmatch(text):
        raise ValueError(f"{text} is no finite number")
    return text


def load(path: Path, shown: str) -> Document:
    """Read the file `path`; errors and lines call it `shown`.

    Raises ConfigError when it is missing, no file, too large, no UTF-8, no YAML or not a mapping.
    """
    where = Location(shown, 1)
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"there is no config file {shown}", where=where, next_step=_MISSING) from None
    except OSError as error:
        raise ConfigError(f"{shown} cannot be read: {error.strerror}", where=where) from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{shown} is larger than {MAX_BYTES // 1024} KiB", where=where, next_step="Split it up.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{shown} is not UTF-8", where=Location(shown, line), next_step="Save it as UTF-8.") from None
    return parse(text, shown)


_MISSING = "Write one (`mlops-gates schema` prints what may stand in it) or name another with --config."


def parse(text: str, shown: str) -> Document:
    """Like `load`, from a text."""
    document = _Builder(text, shown).build()
    if document.data is None:
        raise ConfigError(f"{shown} is empty", where=document.root, next_step=_MISSING)
    if not isinstance(document.data, dict):
        raise ConfigError(
            f"{shown} holds a {_kind(document.data)}, not a mapping of keys to values", where=document.root
        )
    return document


def _kind(value: object) -> str:
    return {list: "list", str: "text", bool: "boolean", int: "number", float: "number"}.get(type(value), "value")


class _Builder:
    """Turns the parser's events into data, refusing what a config has no use for."""

    def __init__(self, text: str, shown: str) -> None:
        self.shown = shown
        self.lines: dict[KeyPath, Location] = {}
        self.text = text
        self.events = yaml.parse(text, Loader=_Loader)

    def build(self) -> Document:
        try:
            data = self._document()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = self._at(mark) if mark else Location(self.shown, 1)
            raise ConfigError(f"invalid YAML: {error.problem or error.context}", where=where) from None
        except yaml.YAMLError as error:
            line = self.text[: getattr(error, "position", 0)].count("\n") + 1
            what = str(getattr(error, "reason", error))
            raise ConfigError(f"invalid YAML: {what}", where=Location(self.shown, line)) from None
        return Document(data, self.lines, Location(self.shown, 1))

    def _document(self) -> Any:
        data: Any = None
        seen = False
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    self._refuse(event, "a second document starts here", "Keep one document in a file.")
                seen = True
                data = self._value(next(self.events), ())
        return data

    def _value(self, event: Any, path: KeyPath) -> Any:
        if len(path) > MAX_DEPTH:
            self._refuse(event, f"this is nested deeper than {MAX_DEPTH} levels", "")
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"the alias *{event.anchor} is not allowed", "Write the value out.")
        if event.tag not in (None, "!") and not (isinstance(event, yaml.ScalarEvent) and event.tag == _STR_TAG):
            self._refuse(event, f"the tag {event.tag} is not allowed", "Write a plain value.")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _scalar(self, event: Any) -> Any:
        if event.style or event.tag:
            return event.value
        try:
            return scalar(event.value)
        except ValueError as error:
            self._refuse(event, str(error), "Write a finite number.")

    def _sequence(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            here = (*path, len(items))
            self.lines[here] = self._at(event.start_mark)
            items.append(self._value(event, here))
        return items

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(event, "a key must be a word", "Quote it if it has special characters.")
            key: str = event.value
            here = (*path, key)
            if key in mapping:
                self._refuse(event, f"the key {key!r} stands here twice, first in line {self.lines[here].line}", "")
            self.lines[here] = self._at(event.start_mark)
            mapping[key] = self._value(next(self.events), here)
        return mapping

    def _at(self, mark: Any) -> Location:
        return Location(self.shown, mark.line + 1, mark.column + 1)

    def _refuse(self, event: Any, what: str, next_step: str) -> NoReturn:
        raise ConfigError(what, where=self._at(event.start_mark), next_step=next_step)


_STR_TAG = "tag:yaml.org,2002:str"
