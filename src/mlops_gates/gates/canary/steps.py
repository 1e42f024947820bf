"""The steps of a canary: deploy, on to the next share, promote, roll back. What is about to be done is written before.

A step that was cut off anywhere may be asked again: what is done already stays done.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.locking import Locked
from mlops_gates.gates.canary.rollback import restored
from mlops_gates.gates.canary.routes import Weights, same, told
from mlops_gates.gates.canary.shifting import Work, arrived, gone_back, reached, standing, unjudged, untried, warned
from mlops_gates.gates.canary.statefile import Decided, Phase, State, StateFile, Strategy, Unwritable
from mlops_gates.records import dataclass

TAKING = 120.0
"""Seconds that the taking or letting go of locks may last."""


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


def underway(file: StateFile, *besides: Phase) -> State:
    """The canary that a file tells to be under way, or in a phase of `besides`. Raises CheckError where there is none."""
    state = file.read()
    if state is None or (state.done and state.phase not in besides):
        what = "there is no canary" if state is None else f"the canary of {state.candidate} is {state.phase} already"
        raise CheckError(f"{what} ({file.path.name})", next_step="Begin one with `mlops-gates canary deploy`.")
    return state


def unfinished(work: Work, *besides: Phase) -> State:
    """The same of the work's file. Raises CheckError, too, where it is of another route."""
    state = underway(work.file, *besides)
    if state.route != work.route.name:
        raise CheckError(
            f"the canary under way is on {state.route}, not on {work.route.name}",
            next_step="Take the config that it began with, or name another state file.",
        )
    return state


def deploy(work: Work, asked: Asked) -> State:
    """Begin a canary and shift to its first share. Raises CheckError; before the first shift nothing stays behind."""
    _vacant(work)
    patience = work.patience(TAKING)
    patience.call(lambda: work.route.check(asked.strategy))
    state = _new(work, asked, uuid.uuid4().hex[:12], standing(work, patience))
    with _resting(work):
        state = _begun(work, state)
        work.say(
            f"{work.route.name} has {told(state.before)}; should all else fail: {work.route.by_hand(state.before)}"
        )
        return _shift(work, state, 0)


def _begun(work: Work, state: State) -> State:
    """The locks taken and the state stored. The lock of this machine comes first: two that begin at once in one folder must
    not write over each other's state. The others come after it, since whose they are must be known after a crash."""
    here, *others = work.locks
    if (found := _vacant(work)) and found.route == state.route:
        _release(work, found.run)  # of a canary that was killed when all but this was done
    here.take(state.run, work.patience(TAKING))
    kept = False
    try:
        _vacant(work)
        state, kept = work.keep(state), True
        for lock in others:
            lock.take(state.run, work.patience(TAKING))
        state = replace(state, before=standing(work, work.patience(TAKING)))
        untried(work, state)
        return work.keep(state)
    except BaseException:
        if kept:
            work.file.remove()
        _release(work, state.run)
        raise


def _vacant(work: Work) -> State | None:
    found = work.file.read()
    if found is not None and not found.done:
        raise CheckError(
            f"a canary of {found.candidate} is under way ({found.phase}, {100 * found.share:g} %)",
            next_step="Go on with --resume, or end it with `mlops-gates canary rollback`.",
        )
    return found


def resume(work: Work) -> State:
    """Go on with a deployment that was cut off; one that is done already stays. Raises CheckError."""
    state = unfinished(work)
    _forwards(state)
    with _resting(work):
        _take(work, state.run)
        if state.step < 0:
            patience = work.patience(TAKING)
            patience.call(lambda: work.route.check(state.strategy))
            state = work.keep(replace(state, before=standing(work, patience)))
        return _shift(work, state, max(0, state.step)) if state.phase == "shifting" else state


def shifted(work: Work, state: State, step: int) -> State:
    """Shift to the share of `plan[step]` and see it there. Raises CheckError."""
    with _resting(work):
        _take(work, state.run)
        return _shift(work, state, step)


def noted(work: Work, state: State, judge: Mapping[str, Any]) -> State:
    """Store what the judge knows by now. Raises CheckError where somebody else moved or ended this canary meanwhile.

    A disk that takes nothing is told and does not end the watching: an unwatched canary is worse than one that could not go
    on after a crash.
    """
    _unmoved(work, state)
    state = replace(state, judge=judge)
    try:
        return work.keep(state)
    except Unwritable as error:
        work.say(f"going on without a stored state: {error.sentence}")
        return state


def decided(work: Work, state: State, decision: Decided) -> State:
    """Store the verdict; `promote` asks for it. Raises CheckError where it cannot be stored, or as `noted`."""
    _unmoved(work, state)
    return work.keep(replace(state, verdict=decision))


def promote(work: Work, override: str = "") -> State:
    """All traffic to the candidate, seen there; the locks are let go. Raises CheckError, and then the canary is as it was.

    Without the judge's verdict `promote` it refuses, unless `override` says why not.
    """
    state = unfinished(work)
    _forwards(state)
    if override:
        work.say(f"promoted by hand, the verdict being {state.verdict or 'none'}: {override}")
    elif state.verdict != "promote":
        unjudged(state)
    with _resting(work):
        _take(work, state.run)
        if override:
            state = work.keep(replace(state, note=f"promoted by hand: {override}"[:500]))
        if work.route.steps_itself:
            state = arrived(work, state)
        else:
            plan = state.plan if state.plan[-1] == 1 else (*state.plan, 1.0)
            state = _shift(work, replace(state, plan=plan), len(plan) - 1)
        state = work.keep(replace(state, phase="promoted"))
        _release(work, state.run)
    return state


def roll_back(work: Work, why: str = "", seconds: float | None = None) -> State:
    """The weights of before, seen to be back; the locks are let go. Raises CheckError, NotRestored with what to do by hand.

    `seconds` may be fewer than `work.rollback`, for the time that is left after a SIGTERM. What does not hold the way back
    up: a lock that cannot be looked at, a disk that takes no state. One that is back already is looked at, and left alone.
    """
    state = unfinished(work, "rolled-back")
    if state.done:
        gone_back(work, state)
        _release(work, state.run)
        return state
    with _resting(work):
        try:
            _take(work, state.run)
        except Locked:
            raise
        except CheckError as error:  # the way back must not hang on a tag
            work.say(f"the lock could not be looked at, going on: {error.sentence}")
        state = _kept(work, replace(state, phase="rolling-back", note=why or state.note))
        if state.step >= 0:  # else nothing was changed, and `before` may be out of date
            patience = work.patience(work.rollback if seconds is None else min(seconds, work.rollback))
            if work.route.steps_itself:
                warned(work, state)
            back = restored(work.route, state.before, patience, ask=state.strategy == "shadow")
            work.say(f"{work.route.name} is back at {told(back)}")
        state = _kept(work, replace(state, phase="rolled-back"))
        _release(work, state.run)
    return state


def _unmoved(work: Work, state: State) -> None:
    found = work.file.read()
    if found is None or (found.run, found.phase, found.step) != (state.run, state.phase, state.step):
        now = "gone" if found is None else found.phase
        raise CheckError(f"the canary of {state.candidate} is {now}: another command has moved it meanwhile")


def _kept(work: Work, state: State) -> State:
    try:
        return work.keep(state)
    except CheckError as error:
        work.say(f"going on without a stored state: {error.sentence}")
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
        now = reached(work, state, target, patience)
        work.say(f"{work.route.name} has {told(now)}")
    return work.keep(replace(state, phase="watching"))


def _forwards(state: State) -> None:
    if state.phase == "rolling-back":
        raise CheckError(
            f"a rollback of {state.candidate} has begun and did not end",
            next_step="Finish it with `mlops-gates canary rollback --resume`.",
        )


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
