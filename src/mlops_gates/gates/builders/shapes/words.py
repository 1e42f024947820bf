"""What is wrong with a member, in words, and how AWS would say it.

No value of the environment or of hyperparameters is told, and none that looks like a secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from mlops_gates.gates.builders.requests import secrecy
from mlops_gates.gates.builders.requests.request import Path, Unknown

_LONGEST = 80
"""Characters of a value that is told."""
_DISCREET = frozenset(
    {
        "ContainerArguments",
        "ContainerEntrypoint",
        "CustomerMetadataProperties",
        "Environment",
        "HyperParameters",
        "StaticHyperParameters",
    }
)
_SECRET_NAME = re.compile(r"secret|passw|token|credential|api_?key|access_?key|private", re.IGNORECASE)
_TYPES = {
    "structure": "a structure",
    "list": "a list",
    "map": "a map",
    "string": "a string",
    "integer": "an integer",
    "long": "an integer",
    "float": "a number",
    "double": "a number",
    "boolean": "true or false",
    "timestamp": "a time",
    "blob": "a string",
}
_VALID = {
    "structure": "<class 'dict'>",
    "map": "<class 'dict'>",
    "list": "<class 'list'>, <class 'tuple'>",
    "string": "<class 'str'>",
    "integer": "<class 'int'>",
    "long": "<class 'int'>",
    "float": "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
    "double": "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
    "boolean": "<class 'bool'>",
}
_TOLD_BY_AWS = {
    "low": "Member must have value greater than or equal to {}",
    "high": "Member must have value less than or equal to {}",
    "short": "Member must have length greater than or equal to {}",
    "long": "Member must have length less than or equal to {}",
    "pattern": "Member must satisfy regular expression pattern: {}",
    "enum": "Member must satisfy enum value set: [{}]",
}


def due(type_: str) -> str:
    """A type of the service model with its article."""
    return _TYPES.get(type_, type_)


def kind(value: Any) -> str:
    """What a value of JSON is."""
    if isinstance(value, Unknown):
        return f"{value.text or 'a Std:Join'}, one value that is known at run time"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, float) and value.is_integer():
        return "a number with a fraction of zero"
    return "a number with a fraction" if isinstance(value, float) else "a number"


def shown(value: Any, path: Path) -> str:
    """The value as it may be told, else empty: it is long, it has control characters, or it may be secret."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value)
    discreet = any(isinstance(part, str) and (part in _DISCREET or _SECRET_NAME.search(part)) for part in path)
    if discreet or len(text) > _LONGEST or not text.isprintable() or secrecy.form(text) or secrecy.drawn(text):
        return ""
    return text


def wrong_type(type_: str, value: Any, path: Path) -> str:
    """`an integer is due, and '2' is a string`."""
    told = shown(value, path) if isinstance(value, str | float) else ""
    subject = (f"{told!r} is" if isinstance(value, str) else f"{told} is") if told else "this is"
    return f"{due(type_)} is due, and {subject} {kind(value)}"


def none_of(value: str, name: str, enum: Sequence[str], version: str, path: Path) -> str:
    """`'m5.xlarge' is none of the 225 values of TrainingInstanceType (botocore 1.44.5); the nearest is ml.m5.xlarge`."""
    told = shown(value, path)
    subject = repr(told) if told else "it"
    if len(enum) <= 6:
        return f"{subject} is not one of {', '.join(enum)}"
    close = nearest(value, tuple(enum))
    hint = f"; the nearest is {close[0]}" if close else ""
    more = f", then {' and '.join(close[1:])}" if len(close) > 1 else ""
    return f"{subject} is none of the {len(enum)} values of {name} (botocore {version}){hint}{more}"


@lru_cache(maxsize=512)
def nearest(value: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names that look most like it, at most three, the nearest first."""
    value = value[:_LONGEST].casefold()
    by_folded = {one.casefold(): one for one in names}
    if value in by_folded:
        return (by_folded[value],)
    holding = [one for one in by_folded if len(value) > 2 and value in one]
    close = [*sorted(holding, key=len), *difflib.get_close_matches(value, by_folded, n=3)]
    return tuple(by_folded[one] for one in dict.fromkeys(close))[:3]


def count(number: float, unit: str) -> str:
    """`1 element`, `6 elements`, `101 entries`."""
    if number == 1:
        return f"1 {unit}"
    return f"{number:,} {unit[:-1]}ies" if unit.endswith("y") else f"{number:,} {unit}s"


def refusal(value: Any, path: Path, constraint: str, limit: object) -> str:
    """AWS's own words, with its own path: members begin in lower case, elements count from 1."""
    where = ".".join(f"{part + 1}.member" if isinstance(part, int) else part[:1].lower() + part[1:] for part in path)
    told = shown(value, path)
    subject = f"Value '{told}' at" if told or value == "" else "Value at"
    return f"{subject} '{where}' failed to satisfy constraint: {_TOLD_BY_AWS[constraint].format(limit)}"


def detected(refusals: Sequence[str]) -> str:
    """`1 validation error detected: …` of the service; what boto3 refuses before it is sent has a head of its own."""
    if all("failed to satisfy constraint" in one for one in refusals):
        return f"{count(len(refusals), 'validation error')} detected: {'; '.join(refusals)}"
    return f"Parameter validation failed: {'; '.join(refusals)}"


def missing(path: Path) -> str:
    """boto3's words for a required member that is not there."""
    return f'Missing required parameter in {_boto(path[:-1])}: "{path[-1]}"'


def stranger(path: Path, members: Sequence[str]) -> str:
    """boto3's words for a member that the structure does not have."""
    most = 8
    names = ", ".join([*members[:most], *(["…"] if len(members) > most else [])])
    return f'Unknown parameter in {_boto(path[:-1])}: "{path[-1]}", must be one of: {names}'


def type_refused(type_: str, value: Any, path: Path) -> str:
    """boto3's words for a value of another type; empty for what only a definition can say."""
    if isinstance(value, Unknown):
        return ""
    told = shown(value, path) or "…"
    return (
        f"Invalid type for parameter {_boto(path)}, value: {told}, type: {type(value)}, "
        f"valid types: {_VALID.get(type_, '…')}"
    )


def union_refused(given: int, path: Path, members: Sequence[str]) -> str:
    """boto3's words for a union of which not exactly one member is there."""
    start = (
        f"Invalid number of parameters set for tagged union structure {_boto(path)}. Can only set"
        if given
        else f"Must set one of the following keys for tagged unionstructure {_boto(path)}:"
    )
    names = ", ".join(members)
    return f"{start} one of the following keys: {names}." if given else f"{start} {names}."


def _boto(path: Path) -> str:
    """A path as boto3 has it: `InputDataConfig[0].DataSource`, and `input` for the whole."""
    told = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return told.removeprefix(".") or "input"


def declared(type_: type) -> str:
    """What a parameter of this type of Python is declared as."""
    return {str: "a String", int: "an Integer", float: "a Float", bool: "a Boolean"}.get(type_, "of no scalar type")
