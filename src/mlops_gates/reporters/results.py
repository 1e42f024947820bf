"""results.json: everything that a report says, in a versioned schema, and the strict way back."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import re
import types
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from mlops_gates.errors import UsageError
from mlops_gates.findings import Finding, Report, Series
from mlops_gates.reporters import jsontext

SCHEMA = "mlops-gates/results/1"
_EXIT_CODES = (0, 1, 2, 3, 130, 143)
_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_SURROGATE = re.compile("[\ud800-\udfff]")
_DERIVED: dict[type, tuple[str, ...]] = {Finding: ("fingerprint",)}
"""What readers want to find although it follows from the rest."""
_LATER: dict[type, tuple[str, ...]] = {Series: ("decides", "since", "lines", "unit", "limit", "said")}
"""What came into the schema after its first results: where it is missing it has its default."""
_NEXT = "Give the results.json that `mlops-gates run` of this version wrote."


def render(report: Report) -> str:
    """Return the report as JSON text.

    Clock times are in the fields `started` and `seconds` only. A number that JSON cannot write is one of the strings
    `NaN`, `Infinity` and `-Infinity`.
    """
    tree = {"schema": SCHEMA, **_encode(Report, report)}
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", jsontext.text(tree)) + "\n"


def parse(text: str) -> Report:
    """Return the report that `render` wrote.

    Raises `UsageError` that names the key for anything else: other schemas, unknown, missing or mistyped fields,
    repeated keys, and a status that contradicts its exit code.
    """
    try:
        tree = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _bad("the file", f"is no JSON of ours: {error}") from None
    if not isinstance(tree, dict):
        raise _bad("the file", f"holds {_kind(tree)} where an object is needed")
    schema = tree.pop("schema", None)
    if schema != SCHEMA:
        raise _bad("schema", f"is {_shown(schema)}, and this version reads {SCHEMA}")
    report: Report = _decode(Report, tree, "")
    _consistent(report)
    return report


def _consistent(report: Report) -> None:
    if report.exit_code not in _EXIT_CODES:
        raise _bad("exit_code", f"is {report.exit_code}, not one of {', '.join(map(str, _EXIT_CODES))}")
    if (report.exit_code == 0) is not report.status.good:
        raise _bad("exit_code", f"is {report.exit_code}, which contradicts the status {report.status.value}")
    if report.exit_code == 0 and any(gate.status.rank > report.status.rank for gate in report.gates):
        raise _bad("status", f"is {report.status.value}, better than that of a gate")


def _encode(kind: Any, value: Any) -> Any:
    """Return `value` as what JSON knows, by its declared type."""
    if dataclasses.is_dataclass(value):
        tree = {name: _encode(hint, getattr(value, name)) for name, hint in _hints(value.__class__).items()}
        return tree | {name: getattr(value, name) for name in _DERIVED.get(type(value), ())}
    if isinstance(value, dict):
        return {key: _encode(get_args(kind)[1], value[key]) for key in sorted(value)}
    if isinstance(value, tuple):
        items = _item_types(kind, len(value))
        return [_encode(item, each) for item, each in zip(items, value, strict=True)]
    if get_origin(kind) in (Union, types.UnionType):
        return None if value is None else _encode(_some(kind), value)
    return _encode_scalar(kind, value)


def _encode_scalar(kind: Any, value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if kind is float:
        number = float(value)
        return number if math.isfinite(number) else str(number).replace("inf", "Infinity").replace("nan", "NaN")
    if kind is bool:
        return bool(value)
    return int(value) if kind is int else str(value)


def _decode(kind: Any, value: Any, where: str) -> Any:
    """Return `value` as the declared type, or raise with the key `where`."""
    if get_origin(kind) in (Union, types.UnionType):
        return None if value is None else _decode(_some(kind), value, where)
    if dataclasses.is_dataclass(kind):
        return _decode_object(kind, value, where)
    if get_origin(kind) is tuple:
        return _decode_tuple(kind, value, where)
    if get_origin(kind) is dict:
        _need(isinstance(value, dict), "an object", value, where)
        return {key: _decode(get_args(kind)[1], each, f"{where}.{_short(key)}") for key, each in value.items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        if not isinstance(value, str) or value not in {member.value for member in kind}:
            raise _bad(where, f"is {_shown(value)}, not one of {', '.join(member.value for member in kind)}")
        return kind(value)
    return _decode_scalar(kind, value, where)


def _decode_scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is float:
        if isinstance(value, str) and value in _NON_FINITE:
            return _NON_FINITE[value]
        _need(isinstance(value, int | float) and not isinstance(value, bool), "a number", value, where)
        try:
            return float(value)
        except OverflowError:
            raise _bad(where, "is too large a number") from None
    if kind is int:
        _need(isinstance(value, int) and not isinstance(value, bool), "an integer", value, where)
        return value
    if kind is bool:
        _need(isinstance(value, bool), "true or false", value, where)
        return value
    _need(isinstance(value, str), "a string", value, where)
    return value


def _decode_object(kind: Any, value: Any, where: str) -> Any:
    _need(isinstance(value, dict), "an object", value, where)
    hints, derived = _hints(kind), _DERIVED.get(kind, ())
    for key in value:
        if key not in hints and key not in derived:
            raise _bad(_join(where, key), f"is unknown; known are {', '.join(hints)}")
    for name in (*hints, *derived):
        if name not in value and name not in _LATER.get(kind, ()):
            raise _bad(_join(where, name), "is missing")
    given = {name: hint for name, hint in hints.items() if name in value}
    made = kind(**{name: _decode(hint, value[name], _join(where, name)) for name, hint in given.items()})
    for name in derived:
        if value[name] != getattr(made, name):
            raise _bad(_join(where, name), "does not follow from the other keys")
    if getattr(made, "line", 1) < 1:
        raise _bad(_join(where, "line"), "is below 1")
    return made


def _decode_tuple(kind: Any, value: Any, where: str) -> tuple[Any, ...]:
    _need(isinstance(value, list), "a list", value, where)
    items = _item_types(kind, len(value))
    _need(len(items) == len(value), f"a list of {len(items)}", value, where)
    return tuple(
        _decode(item, each, f"{where}[{at}]") for at, (item, each) in enumerate(zip(items, value, strict=True))
    )


def _item_types(kind: Any, length: int) -> tuple[Any, ...]:
    first, *rest = get_args(kind)
    return (first,) * length if rest == [Ellipsis] else (first, *rest)


def _some(kind: Any) -> Any:
    """Return the one member of a union that is not None."""
    return next(member for member in get_args(kind) if member is not types.NoneType)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is given twice")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _need(holds: bool, what: str, value: Any, where: str) -> None:
    if not holds:
        raise _bad(where, f"is {_kind(value)} where {what} is needed")


def _bad(where: str, what: str) -> UsageError:
    return UsageError(f"results: {where} {what}.", next_step=_NEXT)


def _join(where: str, key: str) -> str:
    return f"{where}.{_short(key)}" if where else _short(key)


def _short(key: str) -> str:
    return ascii(key)[1:-1][:60]


def _shown(value: Any) -> str:
    return ascii(value)[:80] if isinstance(value, str) else _kind(value)


def _kind(value: Any) -> str:
    names: dict[type, str] = {
        dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number",
    }  # fmt: skip
    return names.get(type(value), "null")
