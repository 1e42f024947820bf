"""Values of somebody else's as JSON: what is none becomes text like `<Type>`, and everything has an end."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

_LONGEST_TEXT = 1 << 16
_DEEPEST = 60
_MOST = 10_000


def plain(value: Any, deep: int = 0) -> Any:
    """The value as JSON. Enumerations give their value, times ISO text, NaN and what JSON lacks `<Type>`."""
    if value is None or isinstance(value, (bool, int)):
        return value if value is None or isinstance(value, bool) else int(value)
    if isinstance(value, str):
        return str(value)[:_LONGEST_TEXT] if type(value) is str else _of_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else f"<{value}>"
    if deep >= _DEEPEST:
        return _named(value)
    if isinstance(value, Mapping):
        return _mapping(value, deep)
    if isinstance(value, (list, tuple, set, frozenset)):
        listed = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else list(value)
        return [plain(item, deep + 1) for item in listed[:_MOST]]
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    inner = getattr(type(value), "value", None)
    if inner is not None and hasattr(type(value), "__members__"):
        return plain(value.value, deep + 1)
    return _named(value)


def scalars(holder: Any) -> dict[str, Any]:
    """Public attributes (or items) of an object that are scalars, lists or mappings; methods are left out."""
    if holder is None:
        return {}
    found: dict[str, Any] = {}
    items = list(holder.items()) if isinstance(holder, Mapping) else _attributes(holder)
    for name, value in items:
        if isinstance(name, str) and not name.startswith("_") and _is_data(value):
            found[name[:200]] = plain(value)
        if len(found) >= _MOST:
            break
    return found


def _attributes(holder: Any) -> list[tuple[str, Any]]:
    """Of the object itself, then defaults of its classes: a config may be a class with constants."""
    found: dict[str, Any] = {}
    for owner in reversed(type(holder).__mro__):
        found.update({name: value for name, value in vars(owner).items() if _is_data(value)})
        for slot in getattr(owner, "__slots__", ()):
            found.pop(slot, None)
            if isinstance(slot, str) and hasattr(holder, slot):
                found[slot] = getattr(holder, slot)
    found.update(vars(holder) if hasattr(holder, "__dict__") else {})
    for ours in ("model_fields", "model_computed_fields", "model_config"):  # of pydantic's own classes
        found.pop(ours, None)
    return list(found.items())


def _is_data(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list, tuple, Mapping, datetime.date))


def _mapping(value: Any, deep: int) -> dict[str, Any]:
    found = {}
    for number, (name, held) in enumerate(value.items()):
        if number >= _MOST:
            break
        found[str(name)[:_LONGEST_TEXT]] = plain(held, deep + 1)
    return found


def _of_text(value: Any) -> str:
    """Text of a class of its own: an enumeration's value, or the characters; SDK variables pose as text."""
    if hasattr(type(value), "__members__"):
        return str(value.value)[:_LONGEST_TEXT]
    if type(value).__module__.partition(".")[0] == "sagemaker":
        return _named(value)
    return str.__str__(value)[:_LONGEST_TEXT]


def _named(value: Any) -> str:
    return f"<{type(value).__name__[:200]}>"
