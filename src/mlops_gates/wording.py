"""Errors of a config in words: what, at which line and key, and the nearest valid key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mlops_gates.document import Document, KeyPath
from mlops_gates.errors import ConfigError


def worded(detail: ErrorDetails, model: type[BaseModel], prefix: KeyPath, document: Document) -> ConfigError:
    """One error of pydantic; `model` stands at `prefix` of the config."""
    path: KeyPath = (*prefix, *(key for key in detail["loc"] if not str(key).startswith("function-")))
    kind = detail["type"]
    if kind == "extra_forbidden":
        return unknown(path, _keys_at(model, path[len(prefix) : -1]), document)
    if kind == "missing":
        return ConfigError(f"{dotted(path)} is missing", where=document.line(path))
    words = detail["msg"].removeprefix("Value error, ").replace("Input should be", "should be")
    words = words.replace("a valid tuple", "a list").replace("a valid dictionary", "a mapping")
    words = re.sub(r"a mapping or instance of \w+", "a mapping", words)
    value = document.get(path)
    shown = (
        f", not {str(value).lower() if isinstance(value, bool) else repr(value)}"
        if isinstance(value, str | int | float | bool) and len(str(value)) < 60 and "://" not in str(value)
        else ""  # an address may hold a password, and that of a webhook is one
    )
    expected = (detail.get("ctx") or {}).get("expected", "")
    step = nearest(str(value), [word.strip("' ") for word in str(expected).replace(" or ", ",").split(",")])
    return ConfigError(f"{dotted(path)}: {words}{shown}", where=document.line(path), next_step=step)


def unknown(path: KeyPath, known: Sequence[str], document: Document) -> ConfigError:
    """The error of a key that does not exist among the `known` ones."""
    step = nearest(str(path[-1]), known) or f"Known keys here: {', '.join(known)}."
    return ConfigError(f"unknown key {dotted(path)}", where=document.line(path), next_step=step)


def _keys_at(model: Any, path: KeyPath) -> list[str]:
    """The keys that `model` knows at `path`, through mappings and lists of models."""
    for key in path:
        fields = getattr(model, "model_fields", {})
        fields = {field.alias or name: field for name, field in fields.items()}
        if key in fields:
            model = _inner(fields[key].annotation)
    return [field.alias or name for name, field in getattr(model, "model_fields", {}).items()]


def _inner(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner(argument)) is not None:
            return found
    return None


def nearest(word: str, known: Sequence[str]) -> str:
    """A question that offers the nearest known word, or nothing."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else ""


def dotted(path: KeyPath) -> str:
    """A key path as a user writes it."""
    return ".".join(map(str, path))
