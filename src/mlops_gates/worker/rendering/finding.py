"""From `module:attribute` to builders, steps and pipelines, each with a name of its own."""

from __future__ import annotations

import importlib
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from . import answering
from .sdk import Sdk, bucket, loaded

ROLE = f"arn:aws:iam::{answering.ACCOUNT}:role/mlops-gates"
MAKERS = ("create_step", "create_endpoint_config", "create_auto_ml_job", "deploy")
"""What a builder is asked for its request, the first that it has."""
_MOST = 500


class NoBuilder(Exception):
    """What the target names is nothing that builds; the message is whole."""


class Found(NamedTuple):
    """One thing to render. `again` makes it anew where a function of the user's made it, which is `origin`."""

    name: str
    kind: str
    value: Any
    again: Callable[[], Any] | None = None
    origin: Any = None


class Settings(types.SimpleNamespace):
    """A config of no class: its members are attributes and items, and what is not there is an error of its name."""

    def __getitem__(self, name: str) -> Any:
        return vars(self)[name]

    def get(self, name: str, default: Any = None) -> Any:
        """As of a dictionary."""
        return vars(self).get(name, default)


def member(value: Any, name: str) -> Any:
    """An attribute, None where there is none: also where a property or `__getattr__` raises what it should not."""
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 -- the user's code, which cannot be asked for this
        return None


class Finder:
    """Finds with what it may hand to constructors and functions: a config, a session, a role."""

    def __init__(self, config: dict[str, Any] | None, role: str, region: str) -> None:
        self._config = config
        self._role = role
        self._region = region
        self._sdk: Sdk | None = None

    @property
    def sdk(self) -> Sdk:
        """The user's SDK, imported when it is first needed."""
        if self._sdk is None:
            self._sdk = Sdk(self._region)
        return self._sdk

    def find(self, target: str) -> list[Found]:
        """All that the target names. Raises `NoBuilder` and whatever its module and constructors raise."""
        module_name, _, attribute = target.partition(":")
        if not module_name or not attribute:
            raise NoBuilder(f"{target!r} is no module:attribute")
        value: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            if not hasattr(value, part):
                raise NoBuilder(f"module {module_name} has no {attribute}")
            value = getattr(value, part)
        kind = self._kind(value)
        if kind:
            return [Found(target, kind, value)]
        if isinstance(value, type):
            return [Found(target, "builder", self.called(value))]
        if callable(value):
            return self._of_function(target, value)
        return self._named(target, value, None)

    def called(self, function: Any) -> Any:
        """Calls a constructor or a function with those of its parameters that we have something for."""
        return function(**self._arguments(function))

    def _of_function(self, target: str, function: Any) -> list[Found]:
        made = self.called(function)
        if self._kind(made) != "builder":
            return self._named(target, made, lambda: self.called(function), function)
        return self._named(target, made, None)

    def _named(self, target: str, value: Any, again: Any, origin: Any = None) -> list[Found]:
        """One name for one thing, `[i]` and `['key']` for many."""
        kind = self._kind(value)
        if kind:
            return [Found(target, kind, value, again, origin)]
        found = []
        for key, given in _many(value):
            held = self.called(given) if isinstance(given, type) else given
            kind = self._kind(held)
            if not kind:
                raise NoBuilder(f"{target}[{key!r}] is a {type(held).__name__}: neither a builder nor a step")
            fresh = None if again is None else (lambda key=key: dict(_many(again()))[key])
            found.append(Found(f"{target}[{key!r}]"[:200], kind, held, fresh, origin))
        if not found:
            raise NoBuilder(f"{target} gives a {type(value).__name__}: neither a builder nor a step, nor several")
        return found

    def _kind(self, value: Any) -> str:
        if isinstance(value, type):
            return ""
        if any(callable(member(value, name)) for name in MAKERS) and not isinstance(value, types.ModuleType):
            return "" if loaded() and self.sdk.is_pipeline(value) else "builder"
        if loaded() and self.sdk.is_pipeline(value):
            return "pipeline"
        return "step" if loaded() and self.sdk.is_step(value) else ""

    def _arguments(self, function: Any) -> dict[str, Any]:
        try:
            parameters = inspect.signature(function).parameters
        except (TypeError, ValueError):
            return {}
        given = {}
        for name, parameter in parameters.items():
            needed = parameter.default is parameter.empty
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            if name in _GIVEN:
                value = _GIVEN[name](self, function)
                if value is not None or needed:
                    given[name] = value
        return given

    def _settings(self, function: Any) -> Any:
        """The config as its parameter's class where that is told, else with members as attributes and items."""
        if self._config is None:
            return None
        wanted = _told(function, "config")
        if isinstance(wanted, type) and wanted.__module__ != "builtins" and not issubclass(wanted, Mapping):
            return wanted(**self._config)
        if wanted is dict or typing.get_origin(wanted) in (dict, Mapping):
            return dict(self._config)
        return Settings(**self._config)


_GIVEN: dict[str, Callable[[Finder, Any], Any]] = {
    "config": Finder._settings,
    "sagemaker_session": lambda finder, _: finder.sdk.session,
    "session": lambda finder, _: finder.sdk.session,
    "pipeline_session": lambda finder, _: finder.sdk.session,
    "role": lambda finder, _: finder._role,
    "role_arn": lambda finder, _: finder._role,
    "region": lambda finder, _: finder._region,
    "default_bucket": lambda finder, _: bucket(finder._region),
    "registry_manager": lambda *_: None,
    "dependency_resolver": lambda *_: None,
}


def _many(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        pairs = iter(value.items())
    elif isinstance(value, (list, tuple, types.GeneratorType)):
        pairs = iter(enumerate(value))
    else:
        return
    for number, pair in enumerate(pairs):
        if number >= _MOST:
            raise NoBuilder(f"more than {_MOST} builders come out of one target")
        yield pair


def _told(function: Any, name: str) -> Any:
    """The class that a parameter is annotated with, None where that cannot be found out."""
    owner = getattr(function, "__init__") if isinstance(function, type) else function  # noqa: B009
    try:
        told = typing.get_type_hints(owner).get(name)
    except Exception:  # noqa: BLE001 -- annotations are code, and may name what is only there for a type checker
        return None
    options = [option for option in typing.get_args(told) if option is not type(None)]
    is_optional = typing.get_origin(told) is typing.Union or type(told).__name__ == "UnionType"
    return options[0] if is_optional and options else told
