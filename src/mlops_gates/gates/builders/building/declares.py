"""What a builder says of itself that has no form, or that speaks against its own config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlops_gates.gates.builders.building import runs
from mlops_gates.gates.builders.rules import Seeing
from mlops_gates.gates.builders.scope import Target

_NAMES = ("get_required_dependencies", "get_optional_dependencies", "get_outputs")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_AROUND = frozenset(("builder", "step", "job", "base", "config", "class"))
_KINDS = {
    ("tuning",): ("Tuning",),
    ("processing",): ("Processing",),
    ("batch", "transform"): ("Transform",),
    ("register", "model"): ("RegisterModel",),
    ("create", "model"): ("Model",),
    ("auto", "ml"): ("AutoML",),
    ("training",): ("Training", "Tuning", "AutoML"),
}
"""The last words of a class's name, and the steps that it may give: a training may be tuned."""


def wanted_kinds(name: str) -> tuple[str, ...]:
    """Types of steps that a class of this name gives; empty where the name says nothing of it.

    >>> wanted_kinds("ChurnTrainingStepBuilder")
    ('Training', 'Tuning', 'AutoML')
    >>> wanted_kinds("BertFineTuning"), wanted_kinds("TransformerLoader")
    ((), ())
    """
    words = [word.lower() for word in _WORD.findall(name.rpartition(".")[2])]
    while words and words[-1] in _AROUND:
        words.pop()
    if words[-2:] == ["fine", "tuning"]:
        return ()
    return next((kinds for last, kinds in _KINDS.items() if tuple(words[-len(last) :]) == last), ())


def nonsense(target: Target) -> Seeing:
    """Declarations that are no names."""
    for view in _NAMES:
        found = _views(target).get(view)
        if isinstance(found, Mapping) and "error" not in found and (words := _wrong(found.get("value"))):
            yield (view,), words


def _wrong(value: Any) -> str:
    if value is None or isinstance(value, Mapping):
        return ""
    if not isinstance(value, list):
        return f"answers with a value of type {type(value).__name__} where a list of names is due"
    odd = next((one for one in value if not isinstance(one, str)), None)
    return "" if odd is None else f"lists a value of type {type(odd).__name__} where names are due"


def refuses(target: Target) -> Seeing:
    """A config that the builder itself calls invalid."""
    found = _views(target).get("validate_configuration")
    if not isinstance(found, Mapping):
        return
    if isinstance(found.get("error"), Mapping):
        yield ("validate_configuration",), f"refuses the config with {runs.told(found['error'])}"
    elif found.get("value") is False:
        yield ("validate_configuration",), "says that the config is not valid"


def empty(target: Target) -> Seeing:
    """A pipeline without a step."""
    if target.whole and target.graph is not None and not target.graph.steps:
        yield ("Definition", "Steps"), "there is no step, so there is nothing that could be judged"


def _views(target: Target) -> Mapping[str, Any]:
    found = target.entry.get("views")
    return found if isinstance(found, Mapping) else {}
