"""What a canary has done so far, in a file: enough to go on, or back, after the process was killed."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.routes import Weights
from mlops_gates.records import dataclass
from mlops_gates.writing import replace as written

FORMAT = "mlops-gates canary state 2"
MOST_BYTES = 4 * 1024 * 1024
MOST_WEIGHT = 1e12
Strategy: TypeAlias = Literal["canary", "linear", "blue-green", "shadow"]
Phase: TypeAlias = Literal["shifting", "watching", "rolling-back", "promoted", "rolled-back"]
Decided: TypeAlias = Literal["", "promote", "rollback", "inconclusive"]
DONE: tuple[Phase, ...] = ("promoted", "rolled-back")
"""Phases in which nothing is left to do, so that another canary may begin."""


@dataclass(frozen=True)
class State:
    """A canary between two commands.

    `before` are the weights that a rollback brings back; `plan` are the shares of the candidate, in order, and `step` the
    place of the one that was asked for last (-1: none). `shifting` says that a change was asked for and not seen yet. `judge`
    is what the judge knows, as it says itself. `duration` (seconds) and `thresholds` (a file) are what `deploy` was asked
    of the watching; `verdict` is what was decided last, empty before. Times are Unix seconds, UTC.
    """

    run: str
    route: str
    candidate: str
    strategy: Strategy
    before: Weights
    plan: tuple[float, ...]
    began: float
    step: int = -1
    phase: Phase = "shifting"
    judge: Mapping[str, Any] | None = None
    updated: float = 0.0
    note: str = ""
    duration: float | None = None
    thresholds: str = ""
    verdict: Decided = ""

    @property
    def share(self) -> float:
        """The share of the candidate that was asked for last."""
        return self.plan[self.step] if 0 <= self.step < len(self.plan) else 0.0

    @property
    def done(self) -> bool:
        return self.phase in DONE


class Unwritable(CheckError):
    """The disk does not take the state."""


class StateFile:
    """The state at `path`, replaced whole at each change."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> State | None:
        """The state, or None where there is no file. Raises CheckError where it is no state of ours."""
        try:
            # Without blocking: what lies there may be a pipe that nobody writes to.
            with os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                raw = file.read(MOST_BYTES + 1) or b""
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CheckError(f"{self.path.name} cannot be read: {error.strerror or error}") from None
        try:
            if len(raw) > MOST_BYTES:
                raise ValueError("it is too large")
            return _state(json.loads(raw.decode("utf-8")))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CheckError(
                f"{self.path.name} holds no state of a canary ({_why(error)})",
                next_step="Bring the traffic back by hand if a canary was under way, then remove the file.",
            ) from None

    def write(self, state: State, now: float) -> State:
        """Store it, with `updated` set. Raises Unwritable, and CheckError where it holds a number that is none."""
        stored = replace(state, updated=now)
        plain = {"format": FORMAT, **{name: getattr(stored, name) for name in _NAMES}}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            written(self.path, json.dumps(plain, indent=2, sort_keys=True, allow_nan=False) + "\n")
        except OSError as error:
            what = f"{self.path.name} cannot be written: {error.strerror or error}"
            raise Unwritable(what, next_step="Without it nothing could be brought back after a crash.") from None
        except ValueError as error:
            raise CheckError(f"{self.path.name} cannot be written: {error}") from None
        return stored

    def remove(self) -> None:
        """Forget it."""
        with contextlib.suppress(OSError):
            self.path.unlink()


_NAMES = tuple(one.name for one in fields(State))


def _state(plain: Mapping[str, Any]) -> State:
    if plain["format"] != FORMAT:
        raise ValueError("it is of another version of mlops-gates, or none of its files")
    if set(plain) != {"format", *_NAMES}:
        raise ValueError("other members")
    texts = [plain[name] for name in ("run", "route", "candidate", "strategy", "note", "thresholds")]
    if (
        not all(isinstance(one, str) for one in texts)
        or plain["phase"] not in get_args(Phase)
        or plain["strategy"] not in get_args(Strategy)
        or plain["verdict"] not in get_args(Decided)
    ):
        raise ValueError("a member of another type")
    before = {str(name): _number(weight) for name, weight in plain["before"].items()}
    plan = tuple(_number(share) for share in plain["plan"])
    step = plain["step"]
    if not isinstance(plain["judge"], dict | None):
        raise ValueError("a judge that is no mapping")
    if not 0 < sum(before.values()) < MOST_WEIGHT or not plan or max(plan) > 1:
        raise ValueError("weights or shares that cannot be")
    if isinstance(step, bool) or not isinstance(step, int) or not -1 <= step < len(plan):
        raise ValueError("weights or steps that cannot be")
    values = {**{name: plain[name] for name in _NAMES}, "before": before, "plan": plan}
    if plain["duration"] is not None and not _number(plain["duration"]) > 0:
        raise ValueError("a duration that is none")
    return State(**{**values, "began": _number(plain["began"]), "updated": _number(plain["updated"])})


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("a weight or share that is no number")
    return float(value)


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "it is no JSON"
    if isinstance(error, ValueError):
        return str(error)
    return "its members are of other types"
