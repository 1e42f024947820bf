"""`canary deploy|promote|rollback`: the steps of a canary as commands, from the config to the exit code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from mlops_gates import document as documents
from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.adapters.git import Repository
from mlops_gates.document import Document
from mlops_gates.errors import Cancelled, CheckError, ConfigError, GatesError, UsageError
from mlops_gates.findings import Location
from mlops_gates.gates.canary import steps
from mlops_gates.gates.canary.locking import FileLock, Lock, TagLock
from mlops_gates.gates.canary.routes_options import Part, RouteOptions, route
from mlops_gates.gates.canary.statefile import State, StateFile, Strategy
from mlops_gates.gates.canary.steps import Work
from mlops_gates.gates.canary.waiting import Clock, RealClock
from mlops_gates.layers import Place, assigned, overlaid, resolve, with_limits
from mlops_gates.options import Options, Text, duration
from mlops_gates.records import dataclass
from mlops_gates.session import host_of
from mlops_gates.signals import Signals
from mlops_gates.textsafe import harmless
from mlops_gates.wording import worded

GATE = "canary"
GRACE = 25.0
"""Seconds that a rollback may take after a SIGTERM: CI hosts kill after 10 to 30. The state file keeps what is left."""
Command = Literal["deploy", "promote", "rollback"]


def _steps(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str | float | int) else value


class Shifting(Options):
    """Of the block `canary`, what shifts traffic."""

    endpoint: Text = Field(description="What serves the traffic: the endpoint's name, or any name of a router.")
    candidate: str = Field("", description="The version that is tried.")
    strategy: Strategy = Field("canary", description="Which shares come in which order.")
    steps: Annotated[tuple[Part, ...], BeforeValidator(_steps)] = Field(
        (0.1,), description="Shares of the traffic for the candidate, before it is promoted."
    )
    route: RouteOptions = Field(default_factory=lambda: RouteOptions.model_validate({}), description="What shifts.")
    state: Text = Field("mlops-gates-canary.json", description="Where a canary under way is stored.")


@dataclass(frozen=True)
class Asked:
    """What a command was asked; texts are empty where a flag was left out. `percentage` is in percent, of the first step."""

    command: Command
    config: str
    workdir: str
    sets: tuple[str, ...]
    environment: str
    host: str
    candidate: str = ""
    strategy: str = ""
    percentage: str = ""
    duration: str = ""
    thresholds: str = ""
    resume: bool = False
    json: bool = False


def run(asked: Asked, clock: Clock | None = None) -> int:
    """Do the step, tell what became of it, return the exit code: 0 done, 2 usage, 3 not done, 130 and 143 cancelled."""
    signals = Signals.install()
    try:
        work, deployment = prepared(asked, clock or RealClock(), _say)
        state = _done(asked, work, deployment, signals)
    except GatesError as error:
        signals.ignore()
        _say(f"mlops-gates: {error}")
        return error.exit_code
    if asked.json:
        sys.stdout.write(json.dumps(_plain(state), sort_keys=True) + "\n")
    return 0


def prepared(asked: Asked, clock: Clock, say: Callable[[str], None]) -> tuple[Work, steps.Asked]:
    """What the config and the flags describe. Raises GatesError; nothing is asked of the route."""
    place, block, where = _block(asked)
    file = StateFile(resolve(place, block.state, where, "canary.state"))
    goes_on = asked.resume or asked.command != "deploy"
    deployment = _going_on(steps.underway(file)) if goes_on else _deployment(asked, block, where, place)
    made = route(block.route, block.endpoint, deployment.candidate, deployment.strategy, deployment.plan[0])
    options = block.route
    locks: tuple[Lock, ...] = (FileLock(made.name, clock, options.stale),)
    if options.lock == "shared" and options.kind in ("variants", "guardrails"):
        endpoints = Endpoints(options.region, options.endpoint_url)
        locks += (TagLock(endpoints, block.endpoint, clock, options.stale),)
    work = Work(made, file, clock, locks, say, options.settle, options.rollback)
    return work, deployment


def _deployment(asked: Asked, block: Shifting, where: Location, place: Place) -> steps.Asked:
    """A new canary, from the config and the flags."""
    candidate = asked.candidate or block.candidate
    if not candidate:
        raise ConfigError("no candidate is named", where=where, next_step="Set canary.candidate, or give --candidate.")
    try:
        plan = steps.planned(block.strategy, _shares(asked, block))
    except ValueError as error:
        raise UsageError(f"the steps of the canary: {error}", where=where) from None
    return steps.Asked(candidate, block.strategy, plan, _watching(asked), _limits(asked, place))


def _going_on(state: State) -> steps.Asked:
    """A canary under way is what it was when it began, whatever the config says now."""
    return steps.Asked(state.candidate, state.strategy, state.plan, state.duration, state.thresholds)


def _done(asked: Asked, work: Work, deployment: steps.Asked, signals: Signals) -> State:
    try:
        if asked.command == "rollback":
            return steps.roll_back(work, "asked for")
        if asked.command == "promote":
            return steps.promote(work)
        return steps.resume(work) if asked.resume else steps.deploy(work, deployment)
    except Cancelled as cancelled:
        signals.ignore()
        _back(work, cancelled)
        raise


def _back(work: Work, cancelled: Cancelled) -> None:
    """After a signal: back at once, or a state that says what is left to do."""
    state = work.file.read()
    if state is None or state.done or state.phase == "watching":
        return
    work.say(f"{cancelled.what}: bringing the traffic back")
    try:
        steps.roll_back(work, cancelled.what, GRACE)
    except CheckError as error:
        work.say(f"mlops-gates: {error}")
        work.say(f"{work.file.path.name} holds what was before: `mlops-gates canary rollback --resume` goes on")


def _block(asked: Asked) -> tuple[Place, Shifting, Location]:
    workdir = Path(asked.workdir).absolute()
    host = host_of(asked.host)
    repository = Repository.around(workdir, host.root())
    place = Place(workdir, repository.name, (host.root() or repository.root) if host.confined() else None)
    file = resolve(place, asked.config, Location(asked.config, 1), "config")
    document = _laid(documents.load(file, place.shown(file)), asked, place)
    raw = document.get((GATE,))
    if not isinstance(raw, dict):
        where = document.line((GATE,))
        raise ConfigError("the config has no canary", where=where, next_step="Add a block `canary:` with an endpoint.")
    overrides = {"strategy": asked.strategy} if asked.strategy else {}
    chosen = {name: raw[name] for name in Shifting.model_fields if name in raw} | overrides
    try:
        return place, Shifting.model_validate(chosen), document.line((GATE,))
    except ValidationError as error:
        raise worded(error.errors(include_url=False)[0], Shifting, (GATE,), document) from None


def _laid(document: Document, asked: Asked, place: Place) -> Document:
    known = document.data.get("environments")
    if asked.environment and asked.environment not in (known if isinstance(known, dict) else {}):
        raise ConfigError(f"there is no environment {asked.environment!r}", where=document.line(("environments",)))
    document = overlaid(document, asked.environment)
    for one in asked.sets:
        document = assigned(document, one)
    return with_limits(document, place)[0]


_PERCENTAGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%?")


def _shares(asked: Asked, block: Shifting) -> tuple[float, ...]:
    if not asked.percentage:
        return block.steps
    match = _PERCENTAGE.fullmatch(asked.percentage.strip())
    if not match or not 0 < float(match[1]) <= 100:
        raise UsageError(
            f"--percentage {asked.percentage[:40]!r} is no percentage",
            next_step="Write it as 10, above 0 and at most 100.",
        )
    return (float(match[1]) / 100,)


def _watching(asked: Asked) -> float | None:
    text = asked.duration.strip()
    if not text:
        return None
    seconds = float(text) if text.isdecimal() else duration(text)
    if not 0 < seconds <= 31 * 86400:
        what = f"--duration {asked.duration[:40]!r} is no duration"
        raise UsageError(what, next_step="Write it as 3600, 90s, 30m or 1h, at most 31d.")
    return seconds


def _limits(asked: Asked, place: Place) -> str:
    if asked.thresholds:
        where = Location(asked.thresholds, 1)
        documents.load(resolve(place, asked.thresholds, where, "--thresholds"), asked.thresholds)
    return asked.thresholds


def _plain(state: State) -> dict[str, object]:
    return {
        "candidate": state.candidate,
        "phase": state.phase,
        "route": state.route,
        "run": state.run,
        "share": 0.0 if state.phase == "rolled-back" else state.share,
    }


def _say(text: str) -> None:
    sys.stderr.write(harmless(text) + "\n")
    sys.stderr.flush()
