"""The steps of a canary: deploy, on to the next share, promote, roll back. What is about to be done is written before.

A step that was cut off anywhere may be asked again: what is done already stays done.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.locking import Lock, Locked
from mlops_gates.gates.canary.rollback import restored
from mlops_gates.gates.canary.routes import Route, Weights, same, told
from mlops_gates.gates.canary.statefile import State, StateFile, Strategy
from mlops_gates.gates.canary.waiting import Clock, Patience
from mlops_gates.records import dataclass

TAKING = 120.0
"""Seconds that the taking or letting go of locks may last."""


@dataclass(frozen=True)
class Work:
    """What the steps work with. `settle` and `rollback` are seconds, for one shift and for a whole rollback; `poll` between
    two looks at a route that is updating. `say` gets sentences on what goes on."""

    route: Route
    file: StateFile
    clock: Clock
    locks: tuple[Lock, ...]
    say: Callable[[str], None]
    settle: float = 1800.0
    rollback: float = 1800.0
    poll: float = 5.0

    def patience(self, seconds: float) -> Patience:
        """A deadline from now on."""
        return Patience(self.route, self.clock, seconds, self.poll)

    def keep(self, state: State) -> State:
        """Store a state."""
        return self.file.write(state, self.clock.wall())


@dataclass(frozen=True)
class Asked:
    """What a deployment was asked: the shares come from `planned`."""

    candidate: str
    strategy: Strategy
    plan: tuple[float, ...]
    duration: float | None = None
    thresholds: str = ""


def planned(strategy: Strategy, steps: Sequence[float]) -> tuple[float, ...]:
    """The shares of the candidate (0-1) before it is promoted, in order.

    canary: the steps themselves; linear: the first step, twice, thrice it, below all; blue-green: all at once; shadow: none,
    it only gets copies. Raises ValueError where the steps do not grow, or are no shares.
    """
    if strategy == "shadow":
        return (0.0,)
    if strategy == "blue-green":
        return (1.0,)
    if not steps or not all(0 < share <= 1 for share in steps):
        raise ValueError("a step is a share above 0 and at most 1")
    if list(steps) != sorted(set(steps)):
        raise ValueError("each step has more of the traffic than the one before")
    if strategy == "canary":
        return tuple(steps)
    if len(steps) > 1:
        raise ValueError("linear takes one step, which is repeated")
    whole = math.ceil(1 / steps[0] - 1e-9)
    return tuple(round(steps[0] * count, 9) for count in range(1, whole)) or (1.0,)


def underway(file: StateFile) -> State:
    """The canary that a file tells to be under way. Raises CheckError where there is none."""
    state = file.read()
    if state is None or state.done:
        what = "there is no canary" if state is None else f"the canary of {state.candidate} is {state.phase} already"
        raise CheckError(f"{what} ({file.path.name})", next_step="Begin one with `mlops-gates canary deploy`.")
    return state


def unfinished(work: Work) -> State:
    """The canary that is under way. Raises CheckError where there is none, or it is of another route."""
    state = underway(work.file)
    if state.route != work.route.name:
        raise CheckError(
            f"the canary under way is on {state.route}, not on {work.route.name}",
            next_step="Take the config that it began with, or name another state file.",
        )
    return state


def deploy(work: Work, asked: Asked) -> State:
    """Begin a canary and shift to its first share. Raises CheckError; before the first shift nothing stays behind."""
    found = work.file.read()
    if found is not None and not found.done:
        raise CheckError(
            f"a canary of {found.candidate} is under way ({found.phase}, {100 * found.share:g} %)",
            next_step="Go on with --resume, or end it with `mlops-gates canary rollback`.",
        )
    patience = work.patience(TAKING)
    patience.call(lambda: work.route.check(asked.strategy))
    run = uuid.uuid4().hex[:12]
    # Written before the locks are taken: whose they are must be known, also after a crash.
    state = work.keep(_new(work, asked, run, _standing(work, patience)))
    with _resting(work):
        try:
            _take(work, run)
            state = work.keep(replace(state, before=_standing(work, patience)))
        except BaseException:
            work.file.remove()
            _release(work, run)
            raise
        return _shift(work, state, 0)


def resume(work: Work) -> State:
    """Go on with a deployment that was cut off; one that is done already stays. Raises CheckError."""
    state = unfinished(work)
    _forwards(state)
    with _resting(work):
        _take(work, state.run)
        patience = work.patience(TAKING)
        patience.call(lambda: work.route.check(state.strategy))
        if state.step < 0:
            state = work.keep(replace(state, before=_standing(work, patience)))
        return _shift(work, state, max(0, state.step)) if state.phase == "shifting" else state


def shifted(work: Work, state: State, step: int) -> State:
    """Shift to the share of `plan[step]` and see it there. Raises CheckError."""
    with _resting(work):
        _take(work, state.run)
        return _shift(work, state, step)


def noted(work: Work, state: State, judge: Mapping[str, Any]) -> State:
    """Store what the judge knows by now. Raises CheckError where somebody else moved or ended this canary meanwhile."""
    found = work.file.read()
    if found is None or (found.run, found.phase, found.step) != (state.run, state.phase, state.step):
        now = "gone" if found is None else found.phase
        raise CheckError(f"the canary of {state.candidate} is {now}: another command has moved it meanwhile")
    return work.keep(replace(state, judge=judge))


def promote(work: Work) -> State:
    """All traffic to the candidate, seen there; the locks are let go. Raises CheckError, and then the canary is as it was."""
    state = unfinished(work)
    _forwards(state)
    with _resting(work):
        _take(work, state.run)
        if work.route.steps_itself:
            state = _arrived(work, state)
        else:
            plan = state.plan if state.plan[-1] == 1 else (*state.plan, 1.0)
            state = _shift(work, replace(state, plan=plan), len(plan) - 1)
        state = work.keep(replace(state, phase="promoted"))
        _release(work, state.run)
    return state


def roll_back(work: Work, why: str = "", seconds: float | None = None) -> State:
    """The weights of before, seen to be back; the locks are let go. Raises CheckError, NotRestored with what to do by hand.

    `seconds` may be fewer than `work.rollback`, for the time that is left after a SIGTERM.
    """
    state = unfinished(work)
    with _resting(work):
        try:
            _take(work, state.run)
        except Locked:
            raise
        except CheckError as error:  # the way back must not hang on a tag
            work.say(f"the lock could not be looked at, going on: {error.sentence}")
        state = work.keep(replace(state, phase="rolling-back", note=why or state.note))
        patience = work.patience(work.rollback if seconds is None else min(seconds, work.rollback))
        if state.step >= 0 and work.route.steps_itself and not patience.call(work.route.settled):
            by_hand = work.route.by_hand(state.before)
            work.say(f"{work.route.name} takes no change until its rollout ends; by hand: {by_hand}")
        if state.step >= 0:  # else nothing was changed, and `before` may be out of date
            work.say(f"{work.route.name} is back at {told(restored(work.route, state.before, patience))}")
        state = work.keep(replace(state, phase="rolled-back"))
        _release(work, state.run)
    return state


def _new(work: Work, asked: Asked, run: str, before: Weights) -> State:
    began = work.clock.wall()
    state = State(run, work.route.name, asked.candidate, asked.strategy, before, asked.plan, began)
    return replace(state, duration=asked.duration, thresholds=asked.thresholds)


def _shift(work: Work, state: State, step: int) -> State:
    state = work.keep(replace(state, step=step, phase="shifting"))
    patience = work.patience(work.settle)
    target = work.route.target(state.share, state.before)
    if work.route.steps_itself:
        if patience.call(work.route.settled) and not same(patience.call(work.route.shares), target):
            patience.call(lambda: work.route.shift(state.share, state.before))
        work.say(f"{work.route.name} is on its way to {told(target)}")
    else:
        now = _reached(work, state, target, patience)
        work.say(f"{work.route.name} has {told(now)}")
    return work.keep(replace(state, phase="watching"))


def _forwards(state: State) -> None:
    if state.phase == "rolling-back":
        raise CheckError(
            f"a rollback of {state.candidate} has begun and did not end",
            next_step="Finish it with `mlops-gates canary rollback --resume`.",
        )


def _standing(work: Work, patience: Patience) -> Weights:
    """The weights before anything is changed."""
    if not patience.call(work.route.settled):
        raise CheckError(f"{work.route.name} is updating already", next_step="Wait until that is done, then run again.")
    before = patience.call(work.route.shares)
    if not sum(before.values()) > 0:
        raise CheckError(f"{work.route.name} sends no traffic anywhere", next_step="Give its variants weights first.")
    return before


def _reached(work: Work, state: State, target: Weights, patience: Patience) -> Weights:
    tried = 0
    while True:
        patience.call(lambda: work.route.shift(state.share, state.before))
        patience.settle()
        if same(now := patience.call(work.route.shares), target):
            return now
        if not patience.pause(tried):
            raise CheckError(
                f"{work.route.name} should have {told(target)}, took that, and has {told(now)}",
                next_step="`mlops-gates canary rollback` brings back what was before.",
            )
        tried += 1


def _arrived(work: Work, state: State) -> State:
    """Of a rollout whose steps are the system's own: its end, and that it did not turn back."""
    patience = work.patience(work.settle)
    patience.settle()
    now, target = patience.call(work.route.shares), work.route.target(1.0, state.before)
    if not same(now, target):
        raise CheckError(
            f"{work.route.name} has {told(now)} and not {told(target)}: the deployment was rolled back by AWS",
            next_step="`mlops-gates canary rollback` closes this canary; the alarms say why.",
        )
    return state


@contextmanager
def _resting(work: Work) -> Iterator[None]:
    """At the end of a step the locks rest, so that the next one may be done by another process."""
    try:
        yield
    finally:
        for lock in work.locks:
            lock.rest()


def _take(work: Work, run: str) -> None:
    for lock in work.locks:
        lock.take(run, work.patience(TAKING))


def _release(work: Work, run: str) -> None:
    """A lock that stays behind is told, and does not undo what was done."""
    for lock in reversed(work.locks):
        try:
            lock.release(run, work.patience(TAKING))
        except CheckError as error:
            work.say(f"a lock stays behind: {error.sentence}")
