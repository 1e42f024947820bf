"""A builder, step, pipeline or definition of the user's own process as a target, rendered where it is.

Nothing leaves the process while it is asked, and nothing that was replaced for that stays replaced.
"""

from __future__ import annotations

import importlib
import json
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlops_gates.errors import CheckError, ConfigError
from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.requests.places import SourcePlaces
from mlops_gates.gates.builders.scope import Target

REGION = "us-east-1"
_OURS = ("region", "role", "policy", "archives")
"""Keys of the tests' config that are none of the builder's."""


def target_of(subject: object, config: Mapping[str, Any], given: object = None) -> Target:
    """What the subject renders to.

    `subject` is a builder, a class of one (made with `config`), a step or pipeline of the SDK, a definition (a mapping, or
    the path of a `.json`), or `module:attribute`. A builder that renders nothing gives a target without requests, with the
    reason in its entry. Raises CheckError for a definition that is none, ConfigError for a text that names nothing.
    """
    region = str(config.get("region") or REGION)
    if isinstance(subject, str | Path):
        return _named(str(subject), config, region)
    if isinstance(subject, Mapping):
        return targets.of_pipeline("definition", {"Definition": subject}, region, _nowhere, {})
    return of_entry(entry_of(subject, config, region, given), config, region)


def of_entry(entry: Mapping[str, Any], config: Mapping[str, Any], region: str = REGION) -> Target:
    """The target of what a rendering answered; the config of the tests stands over the builder's own."""
    own = entry.get("config")
    told = {
        **(own if isinstance(own, Mapping) else {}),
        **{key: one for key, one in config.items() if key not in _OURS},
    }
    entry = {**entry, "config": told}
    return targets.of_entry(str(entry.get("name") or entry.get("class") or ""), entry, region, _locate(entry))


def entry_of(subject: object, config: Mapping[str, Any], region: str = REGION, given: object = None) -> dict[str, Any]:
    """The entry of one object, as the worker would answer it. A class is made with `config`, or `given` in its place."""
    from mlops_gates.worker.rendering.finding import ROLE, Finder, Found
    from mlops_gates.worker.rendering.offline import Offline
    from mlops_gates.worker.rendering.rendering import Rendering

    with Offline(region):
        own = {key: one for key, one in config.items() if key not in _OURS} or None
        finder = Finder(own, str(config.get("role") or ROLE), region)
        try:
            value = _made(finder, subject, given)
        except BaseException as error:  # noqa: BLE001 -- SystemExit of a constructor is an answer too
            return _unmade(subject, error)
        kind = _kind(finder, value)
    name = type(value).__name__
    rendering = Rendering("", own, str(config.get("role") or ROLE), region)
    rendering._found = [Found(name, kind, value)]
    with _known_bucket(value, region):
        return rendering.entry(name)


def _made(finder: Any, subject: object, given: object) -> object:
    """An instance of a class, what a function gives; of several the only one."""
    if isinstance(subject, types.FunctionType):
        found = finder.called(subject)
        several = list(found.values()) if isinstance(found, Mapping) else found
        if not isinstance(several, list | tuple):
            return found
        if len(several) != 1:
            raise ValueError(f"{subject.__name__} gives {len(several)} builders; test each by itself")
        return several[0]
    if not isinstance(subject, type):
        return subject
    return finder.called(subject) if given is None or isinstance(given, Mapping) else subject(given)


def _kind(finder: Any, value: object) -> str:
    """What it is to the SDK; everything else must be a builder, and a builder without `create_step` is a broken one."""
    from mlops_gates.worker.rendering.sdk import loaded

    if loaded():
        if finder.sdk.is_pipeline(value):
            return "pipeline"
        if finder.sdk.is_step(value):
            return "step"
    return "builder"


def _unmade(subject: object, error: BaseException) -> dict[str, Any]:
    from mlops_gates.worker.rendering import places

    name = getattr(subject, "__name__", type(subject).__name__)
    return {"name": name, "class": name, "kind": "builder", "methods": {"create_step": 1}, "runs": [],
            "views": {}, "error": places.described(error)}  # fmt: skip


def _named(name: str, config: Mapping[str, Any], region: str) -> Target:
    if name.endswith(".json"):
        try:
            raw = json.loads(Path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise CheckError(f"{name} cannot be read as a definition: {error}") from error
        if not isinstance(raw, dict):
            raise CheckError(f"{name} is no definition: the outermost value is no object")
        return targets.of_pipeline(name, {"Definition": raw}, region, _nowhere, {})
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ConfigError(
            f"{name!r} is no target", next_step="Give a builder, module:attribute or a definition's .json."
        )
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return target_of(found, config)


def _locate(entry: Mapping[str, Any]) -> targets.Locate:
    file = entry.get("file")
    if not isinstance(file, str) or not file:
        return _nowhere
    try:
        return SourcePlaces(file, Path(file).read_text(encoding="utf-8"), entry).locate
    except (OSError, UnicodeDecodeError):
        return _nowhere


def _nowhere(_: object) -> Location:
    return Location("", 1)


@contextmanager
def _known_bucket(value: object, region: str) -> Iterator[None]:
    """The builder's own session has a bucket meanwhile: it would ask AWS for the account to make up the bucket's name."""
    from mlops_gates.worker.rendering.sdk import bucket

    held = [getattr(value, name, None) for name in ("sagemaker_session", "session", "pipeline_session")]
    lacking: list[Any] = [one for one in held if one is not None and _held(one).get("_default_bucket", "") is None]
    for one in lacking:
        one._default_bucket = bucket(region)
    try:
        yield
    finally:
        for one in lacking:
            one._default_bucket = None


def _held(value: object) -> Mapping[str, Any]:
    """The attributes that the object itself holds; none of what has slots."""
    return getattr(value, "__dict__", {})
