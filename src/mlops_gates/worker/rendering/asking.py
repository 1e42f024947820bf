"""What a builder says of itself: its place, its declared dependencies and outputs, and the older views."""

from __future__ import annotations

import functools
import inspect
import itertools
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from . import places
from .finding import MAKERS, member
from .plain import plain, scalars

VIEWS = (
    "get_step_config",
    "get_hyperparameters",
    "get_tuning_config",
    "get_auto_ml_config",
    "get_training_inputs",
    "get_data_distribution_config",
    "get_model_output_config",
    "get_expected_artifacts",
    "get_metrics_config",
    "get_logging_config",
    "get_debugger_config",
    "is_distributed_training",
    "is_distributed",
    "get_distributed_config",
    "get_cluster_config",
    "get_parameter_server_config",
    "get_resource_optimization_config",
    "get_gpu_optimization_config",
    "get_memory_optimization_config",
    "get_framework",
    "get_step_properties",
    "get_containers",
    "get_container_config",
    "get_container_definitions",
    "get_model_config",
    "get_endpoint_config",
    "get_inputs",
    "validate_configuration",
)
_MOST = 500
_DECLARED = ("get_required_dependencies", "get_optional_dependencies", "get_outputs")


def place(value: Any, is_builder: bool, origin: Any = None) -> dict[str, Any]:
    """{"class", "file", "line", "methods", "places", "bases"} of the class of a builder.

    `methods` has the line of each method in the class's own file; what is inherited from another file stands there at the
    class. `places` has the file and line of each method where its code is, `bases` the user's other classes that it
    derives from, in the order in which Python looks for methods: {"class", "file"} each. A step or a pipeline has the
    place of the user's function that made it, `origin`, and its name as `function`.
    """
    owner = type(value)
    if not is_builder:
        nowhere: dict[str, Any] = {"methods": {}, "places": {}, "bases": []}
        return {"class": owner.__name__[: places.LONGEST_NAME], **_made_by(origin), **nowhere}
    file, line = _file(owner), _line(owner)
    methods = {name: line or 1 for name in MAKERS if callable(member(value, name))}
    codes = _codes(owner)
    for name, (there, first) in codes.items():
        methods[name] = first if there == file or not file else line or 1
    return {
        "class": owner.__qualname__[: places.LONGEST_NAME],
        "file": file,
        "line": line,
        "methods": methods,
        "places": {name: [there, first] for name, (there, first) in codes.items()},
        "bases": [
            {"class": base.__qualname__[: places.LONGEST_NAME], "file": _file(base)}
            for base in owner.__mro__[1:_MOST]
            if _file(base) and places.is_users(_file(base))
        ],
    }


def _made_by(origin: Any) -> dict[str, Any]:
    """{"function", "file", "line"} of a function of the user's; empty and 0 where it is none."""
    code = getattr(inspect.unwrap(origin), "__code__", None) if callable(origin) else None
    if code is None or not places.is_users(code.co_filename):
        return {"function": "", "file": "", "line": 0}
    file = os.path.abspath(code.co_filename)  # noqa: PTH100
    return {"function": code.co_name[: places.LONGEST_NAME], "file": file, "line": code.co_firstlineno}


def _codes(owner: type) -> dict[str, tuple[str, int]]:
    """File and line of every method whose code is the user's, wherever in the lineage it stands."""
    found = {}
    for ancestor in reversed(owner.__mro__):
        for name, held in vars(ancestor).items():
            function = getattr(held, "__func__", held)
            code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
            if code is not None and places.is_users(code.co_filename):
                found[name[: places.LONGEST_NAME]] = (os.path.abspath(code.co_filename), code.co_firstlineno)  # noqa: PTH100
            elif name in found:
                del found[name]
    return found


def _file(owner: type) -> str:
    found = getattr(sys.modules.get(owner.__module__), "__file__", None)
    return os.path.abspath(found) if isinstance(found, str) else ""  # noqa: PTH100


def declared(builder: Any, views: dict[str, Any]) -> tuple[list[str], list[str], dict[str, str]]:
    """Names of required and of optional inputs, and outputs with their text; answers are noted in `views`."""
    required, optional, outputs = (_view(builder, name, views, _listed) for name in _DECLARED)
    told = outputs if isinstance(outputs, Mapping) else dict.fromkeys(_texts(outputs), "")
    return _texts(required), _texts(optional), {str(name)[:200]: str(plain(text)) for name, text in told.items()}


def asked(builder: Any, views: dict[str, Any]) -> None:
    """Adds to `views` what each of `VIEWS` that the builder has answers: {"value"} or {"error"}."""
    for name in VIEWS:
        _view(builder, name, views)


def property_paths(builder: Any, outputs: dict[str, str], views: dict[str, Any]) -> dict[str, Any]:
    """The path of each output, where `get_property_path` says one."""
    method = member(builder, "get_property_path")
    if not callable(method):
        return {}
    found = {}
    for name in outputs:
        answer = _answered(functools.partial(method, name))
        if "error" in answer:
            views["get_property_path"] = answer
        elif answer["value"] is not None:
            found[name] = answer["value"]
    return found


def config(builder: Any) -> dict[str, Any]:
    """Public members of its config that are data."""
    answer = _answered(lambda: scalars(getattr(builder, "config", None)))
    return answer["value"] if isinstance(answer.get("value"), dict) else {}


def contract(builder: Any) -> Any:
    """{"inputs": {name: path}, "outputs": {name: path}} of its script's contract, None where it has none."""
    holders = [builder, member(builder, "spec"), member(builder, "config")]
    for holder in holders:
        for name in ("contract", "script_contract"):
            answer = _answered(functools.partial(_contract_of, holder, name))
            if answer.get("value"):
                return answer["value"]
    return None


def _contract_of(holder: Any, name: str) -> Any:
    found = getattr(holder, name, None)
    if found is None:
        return None
    parts = {}
    for ours, theirs in (("inputs", "expected_input_paths"), ("outputs", "expected_output_paths")):
        paths = found.get(theirs) if isinstance(found, Mapping) else getattr(found, theirs, None)
        if isinstance(paths, Mapping):
            parts[ours] = {str(name): str(path) for name, path in paths.items()}
    return {"inputs": {}, "outputs": {}, **parts} if parts else None


def _view(builder: Any, name: str, views: dict[str, Any], seen_as: Callable[[Any], Any] = lambda answer: answer) -> Any:
    """The answer as JSON; None where there is no such method, where it asks for something, or where it raised."""
    method = member(builder, name)
    if not callable(method) or _asks(method):
        return None
    views[name] = _answered(lambda: seen_as(method()))
    return views[name].get("value")


def _listed(answer: Any) -> Any:
    """The names that a generator or the keys of a mapping give, as a list."""
    lazy = not isinstance(answer, (str, bytes, Mapping)) and hasattr(answer, "__iter__")
    return list(itertools.islice(answer, _MOST)) if lazy else answer


def _answered(method: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"value": plain(method())}
    except BaseException as error:  # noqa: BLE001 -- SystemExit is an answer too
        return {"error": places.described(error)}


def _asks(method: Any) -> bool:
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return False
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(each.default is each.empty and each.kind not in free for each in parameters)


def _texts(names: Any) -> list[str]:
    listed = list(names) if isinstance(names, (list, tuple, dict)) else []
    return [name[: places.LONGEST_NAME] for name in listed if isinstance(name, str)][:_MOST]


def _line(owner: type) -> int:
    try:
        return inspect.getsourcelines(owner)[1]
    except (OSError, TypeError):
        return 0
