"""A builder is asked up to four times: first, again (the same), bare (no inputs), waiting (for another step)."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

from . import places
from .finding import MAKERS, Finder, Found, NoBuilder, member
from .offline import Offline
from .plain import plain
from .sdk import PROBE, awaited, loaded

INPUTS = "s3://mlops-gates-inputs/"

_ARCHIVES = {"model", "models", "artifact", "artifacts", "archive"}
_ABOUT_ARCHIVES = {"metrics", "statistics", "quality", "report", "evaluation", "config", "card"}


class Ask(NamedTuple):
    """One way to ask. `caching` is what is told to the builder, None where nothing is."""

    why: str
    inputs: dict[str, str]
    waiting: bool = False
    caching: bool | None = False


def asks(required: list[str], optional: list[str]) -> list[Ask]:
    """The ways to ask a builder that declares these inputs."""
    inputs = {name: synthesised(name) for name in (*required, *optional)}
    bare = [] if required else [Ask("bare", {}, caching=None)]
    return [Ask("first", inputs), Ask("again", inputs), *bare, Ask("waiting", inputs, waiting=True, caching=True)]


def synthesised(name: str) -> str:
    """What stands for an input: a place of its own in S3, an archive where a model is asked for, or a name."""
    words = set(name.lower().replace("-", "_").split("_"))
    if "name" in words:
        return "mlops-gates-inputs-" + name.replace("_", "-")
    is_archive = bool(words & _ARCHIVES) and not words & _ABOUT_ARCHIVES
    return INPUTS + name + ("/model.tar.gz" if is_archive else "")


def maker(builder: Any) -> str:
    """The method that makes its request, "" where it has none: then it is no builder."""
    return next((name for name in MAKERS if callable(member(builder, name))), "")


def run(found: Found, ask: Ask, finder: Finder, offline: Offline) -> dict[str, Any]:
    """One run as the design describes it; whatever is raised becomes its `error`."""
    offline.take()
    made: dict[str, Any] = {
        "why": ask.why,
        "inputs": ask.inputs,
        "dependencies": [],
        "caching": bool(ask.caching),
        "definition": None,
        "step": "",
        "steps": [],
        "calls": [],
        "returned": "",
        "error": None,
    }
    try:
        _fill(made, found, ask, finder)
    except BaseException as error:  # noqa: BLE001 -- SystemExit and KeyboardInterrupt are answers too
        made["error"] = places.described(error)
    made["calls"] = offline.take()
    return made


def _fill(made: dict[str, Any], found: Found, ask: Ask, finder: Finder) -> None:
    value = found.value if ask.why != "again" or found.again is None else found.again()
    if found.kind == "builder":
        name = maker(found.value)
        others = [finder.sdk.probe()] if ask.waiting and name == "create_step" and loaded() else []
        method = getattr(found.value, name)
        if ask.caching is None:
            made["caching"] = _default(method, "enable_caching") is True
        given = _arguments(method, ask, others)
        made["dependencies"] = [PROBE] if others and "dependencies" in given else []
        if ask.caching and "enable_caching" not in given:
            made["caching"] = False
        value = method(**given)
        made["returned"] = type(value).__name__[: places.LONGEST_NAME]
        if name != "create_step":
            made["caching"] = False
            made["answer"] = plain(value)
            return
        session = member(found.value, "sagemaker_session") or member(found.value, "session")
        _define(made, value, others, finder, session)
        return
    made["returned"] = type(value).__name__[: places.LONGEST_NAME]
    if found.kind == "pipeline":
        defined = finder.sdk.definition(value)
        made["definition"], made["steps"] = defined.definition, defined.steps
        made["step"] = defined.steps[0] if defined.steps else ""
    else:
        _define(made, value, [], finder, None)


def _define(made: dict[str, Any], value: Any, others: list[Any], finder: Finder, session: Any) -> None:
    """The definition of what was returned: a step, or several. What is none stays without one."""
    steps = list(value) if isinstance(value, (list, tuple)) else [value]
    if not steps or not loaded() or not all(finder.sdk.is_step(step) for step in steps):
        return
    names = {str(step.name) for step in steps}
    waited = {PROBE}
    for step in steps:
        waited |= {str(other.name) for other in awaited(step)}
    defined = finder.sdk.defined([*others, *steps], session if _is_session(session) else None)
    made["definition"] = defined.definition
    made["steps"] = [name for name in defined.steps if name not in waited - names]
    made["step"] = made["steps"][0] if made["steps"] else ""


def _is_session(value: Any) -> bool:
    return hasattr(value, "boto_session") and hasattr(value, "context")


def _arguments(method: Any, ask: Ask, others: list[Any]) -> dict[str, Any]:
    """What the signature takes. A bare run tells only what must be told."""
    offered = {"inputs": dict(ask.inputs), "outputs": {}, "dependencies": others, "enable_caching": ask.caching}
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            given.update({key: offered[key] for key in _told(ask) if key not in given})
        elif parameter.kind is parameter.VAR_POSITIONAL:
            continue
        elif name in offered and (parameter.default is parameter.empty or name in _told(ask)):
            given[name] = bool(offered[name]) if name == "enable_caching" else offered[name]
        elif parameter.default is parameter.empty and parameter.kind is not parameter.POSITIONAL_ONLY:
            raise NoBuilder(f"{method.__name__} asks for {name}, which is none of {', '.join(offered)}")
    return given


def _told(ask: Ask) -> list[str]:
    if ask.why == "bare":
        return []
    return ["inputs", "enable_caching", *(["dependencies"] if ask.waiting else [])]


def _default(method: Any, name: str) -> Any:
    parameter = inspect.signature(method).parameters.get(name)
    return None if parameter is None else parameter.default
