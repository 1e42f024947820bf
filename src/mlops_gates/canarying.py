"""`canary deploy|promote|rollback`: the steps of a canary as commands, from the config to the exit code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from mlops_gates import document as documents
from mlops_gates.adapters.git import Repository
from mlops_gates.document import Document
from mlops_gates.errors import Cancelled, CheckError, ConfigError, GatesError, UsageError
from mlops_gates.findings import Location
from mlops_gates.gates.canary import steps
from mlops_gates.gates.canary.routes_options import Part, RouteOptions
from mlops_gates.gates.canary.shifting import Work
from mlops_gates.gates.canary.statefile import Phase, State, StateFile, Strategy
from mlops_gates.gates.canary.waiting import Clock, RealClock
from mlops_gates.gates.canary.working import asked_of, work_on
from mlops_gates.layers import Place, assigned, overlaid, resolve, with_limits
from mlops_gates.options import Options, Text, duration
from mlops_gates.records import dataclass
from mlops_gates.session import host_of, shape
from mlops_gates.signals import Signals
from mlops_gates.textsafe import harmless
from mlops_gates.wording import worded

GATE = "canary"
GRACE = 25.0
"""Seconds that a rollback may take after a signal: CI hosts kill after 7.5 to 30. The state file keeps what is left."""
M = TypeVar("M", bound=BaseModel)
Command = Literal["deploy", "monitor", "promote", "rollback"]


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
    """What a command was asked; texts are empty where a flag was left out. `percentage` is in percent, of each step."""

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
    override: str = ""
    resume: bool = False
    json: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether a canary is under way already: then only what shifts traffic is read of the config, so that nothing else in
        it can stop a rollback."""
        return self.resume or self.command != "deploy"


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
    place, block, where = shifting(asked)
    file = StateFile(resolve(place, block.state, where, "canary.state"))
    back: tuple[Phase, ...] = ("rolled-back",) if asked.command == "rollback" else ()
    deployment = asked_of(steps.underway(file, *back)) if asked.goes_on else _deployment(asked, block, where, place)
    return work_on(block.route, block.endpoint, file, deployment, clock, say), deployment


def _deployment(asked: Asked, block: Shifting, where: Location, place: Place) -> steps.Asked:
    """A new canary, from the config and the flags."""
    candidate = asked.candidate or block.candidate
    if not candidate:
        raise ConfigError("no candidate is named", where=where, next_step="Set canary.candidate, or give --candidate.")
    try:
        plan = steps.planned(block.strategy, block.steps)
    except ValueError as error:
        raise UsageError(f"the steps of the canary: {error}", where=where) from None
    return steps.Asked(candidate, block.strategy, plan, _watching(asked), _limits(asked, place))


def _done(asked: Asked, work: Work, deployment: steps.Asked, signals: Signals) -> State:
    try:
        if asked.command == "rollback":
            return steps.roll_back(work, "asked for")
        if asked.command == "promote":
            return steps.promote(work, asked.override)
        return steps.resume(work) if asked.resume else steps.deploy(work, deployment)
    except Cancelled as cancelled:
        signals.ignore()
        _back(work, cancelled)
        raise


def _back(work: Work, cancelled: Cancelled) -> None:
    """After a signal: back at once, or a state that says what is left to do. What to type is said first: a host that kills
    leaves no time for last words."""
    try:
        state = work.file.read()
    except CheckError as error:
        work.say(f"{cancelled.what}: {error}")
        return
    if state is None or state.done:
        return
    if state.phase == "watching":
        held = f"{state.candidate} keeps {100 * state.share:g} % of the traffic"
        work.say(f"{cancelled.what}: {held}; go on with `mlops-gates canary promote`, or back with `canary rollback`")
        return
    by_hand = work.route.by_hand(state.before)
    work.say(f"{cancelled.what}: bringing the traffic back. Should this log end here: {_RESUME} By hand: {by_hand}")
    try:
        steps.roll_back(work, cancelled.what, GRACE)
    except CheckError as error:
        work.say(f"mlops-gates: {error}")
        work.say(f"{work.file.path.name} holds what was before. {_RESUME}")


_RESUME = "`mlops-gates canary rollback --resume` goes on."


def shifting(asked: Asked) -> tuple[Place, Shifting, Location]:
    """Of the config what shifts traffic, and the line of its block. Raises GatesError."""
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
    raw = {**raw, **({"strategy": asked.strategy} if asked.strategy else {}), **_given_shares(asked)}
    if not asked.goes_on:
        _validated(shape().model(GATE), raw, document)
    chosen = {name: raw[name] for name in Shifting.model_fields if name in raw}
    return place, _validated(Shifting, chosen, document), document.line((GATE,))


def _validated(model: type[M], raw: dict[str, Any], document: Document) -> M:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise worded(error.errors(include_url=False)[0], model, (GATE,), document) from None


def _laid(document: Document, asked: Asked, place: Place) -> Document:
    known = document.data.get("environments")
    if asked.environment and asked.environment not in (known if isinstance(known, dict) else {}):
        raise ConfigError(f"there is no environment {asked.environment!r}", where=document.line(("environments",)))
    document = overlaid(document, asked.environment)
    for one in asked.sets:
        document = assigned(document, one)
    return document if asked.goes_on else with_limits(document, place)[0]


_PERCENTAGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%?")


def _given_shares(asked: Asked) -> dict[str, Any]:
    if not asked.percentage:
        return {}
    shares = []
    for part in asked.percentage.split(","):
        match = _PERCENTAGE.fullmatch(part.strip())
        if not match or not 0 < float(match[1]) <= 100:
            raise UsageError(
                f"--percentage {asked.percentage[:40]!r} is no percentage",
                next_step="Write it as 10, or as 10,50 for several, each above 0 and at most 100.",
            )
        shares.append(float(match[1]) / 100)
    return {"steps": tuple(shares)}


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
        "verdict": state.verdict,
    }


def _say(text: str) -> None:
    sys.stderr.write(harmless(text) + "\n")
    sys.stderr.flush()
