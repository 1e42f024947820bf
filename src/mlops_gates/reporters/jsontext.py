"""JSON for people and programs: indented where it is a report, one line for each thing that is in it."""

from __future__ import annotations

import json
from typing import Any

DEPTH = 6
"""Levels that are indented. What lies deeper stands in one line, which Python's encoder in C writes ten times as fast."""


def text(value: Any, depth: int = DEPTH, level: int = 0) -> str:
    """The value as JSON. Raises ValueError for a number that JSON cannot write."""
    if depth == 0 or not value or not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    inner, outer = "\n" + "  " * (level + 1), "\n" + "  " * level
    if isinstance(value, dict):
        parts = (
            f"{json.dumps(key, ensure_ascii=False)}: {text(one, depth - 1, level + 1)}" for key, one in value.items()
        )
        return "{" + inner + f",{inner}".join(parts) + outer + "}"
    return "[" + inner + f",{inner}".join(text(one, depth - 1, level + 1) for one in value) + outer + "]"
