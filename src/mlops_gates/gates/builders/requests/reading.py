"""What a worker answers is held to its form before rules see it: user's code ran beside the one who answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DEEPEST = 100
"""Levels of what was rendered: a condition within a condition takes three, a request less than twenty."""
_TEXTS = {
    "name",
    "kind",
    "class",
    "file",
    "step_type",
    "why",
    "step",
    "returned",
    "text",
    "type",
    "service",
    "operation",
}
_LISTS = {"required", "optional", "runs", "steps", "calls", "bases", "dependencies"}
_MAPPINGS = {"methods", "places", "outputs", "config", "property_paths", "views", "inputs", "request"}
_NAMES = ("required", "optional", "steps")
_ENTRY = ("name", "kind", "class", "file", "line", "methods", "required", "outputs", "runs", "views")
_PLAN = ("name", "kind", "class", "file", "line", "methods")
_RUN = ("why", "inputs", "steps", "calls", "returned")
_CALL = ("service", "operation", "request")
_ERROR = ("type", "text")


def fault(answer: Mapping[str, Any], runs: bool) -> str:
    """What is wrong with an entry, in words such as `runs[0].steps is no list`; empty where nothing is.

    `runs` says that it was rendered; else only what is known beforehand is asked for.
    """
    if too_deep(answer):
        return f"it is nested deeper than {DEEPEST} levels"
    if not is_text(answer):
        return "it holds half a character (a lone surrogate)"
    if found := _members(answer, _ENTRY if runs else _PLAN, ""):
        return found
    if answer["kind"] not in ("builder", "step", "pipeline"):
        return "kind is none that there is"
    if not all(isinstance(line, int) for line in answer["methods"].values()):
        return "methods have no lines"
    return _of_runs(answer) if runs else ""


def of_error(found: Any) -> str:
    """What is wrong with an error; empty where nothing is."""
    if not isinstance(found, Mapping):
        return "error is no mapping"
    return _members(found, _ERROR, "error.") or ("" if is_text(found) else "error holds half a character")


def is_text(raw: Any) -> bool:
    """Whether all text in it can be written as UTF-8: JSON can name half of a character, which AWS and reports cannot."""
    try:
        json.dumps(raw, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def too_deep(raw: Any) -> bool:
    """Whether something lies deeper than rules follow."""
    level = [raw]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def _of_runs(answer: Mapping[str, Any]) -> str:
    if not answer["runs"] and any(name.startswith(("create_", "deploy")) for name in answer["methods"]):
        return "it has no run"
    for number, run in enumerate(answer["runs"]):
        at = f"runs[{number}]."
        if not isinstance(run, Mapping):
            return f"runs[{number}] is no mapping"
        if found := _members(run, _RUN, at) or (of_error(run["error"]) if run.get("error") is not None else ""):
            return found
        if not isinstance(run.get("definition"), Mapping | None):
            return f"{at}definition is no mapping"
        for call in run["calls"]:
            if not isinstance(call, Mapping) or _members(call, _CALL, ""):
                return f"{at}calls are none"
    views = answer["views"].values()
    odd = any(
        not isinstance(one, Mapping) or (one.get("error") is not None and of_error(one["error"])) for one in views
    )
    return "views have no form" if odd else ""


def _members(found: Mapping[str, Any], needed: tuple[str, ...], at: str) -> str:
    """The first member that is missing or of another type."""
    if gone := next((name for name in needed if name not in found), ""):
        return f"{at}{gone} is missing"
    for name, value in found.items():
        if name in _TEXTS and not isinstance(value, str):
            return f"{at}{name} is no text"
        if name in _LISTS and not isinstance(value, list):
            return f"{at}{name} is no list"
        if name in _MAPPINGS and not isinstance(value, dict):
            return f"{at}{name} is no mapping"
        if name == "line" and not isinstance(value, int):
            return f"{at}line is no number"
        if name in _NAMES and not all(isinstance(one, str) for one in value):
            return f"{at}{name} is no list of names"
    return ""
