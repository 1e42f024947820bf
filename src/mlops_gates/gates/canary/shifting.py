"""What the steps of a canary have in common: the route, its traffic as it stands, and as it should be."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.locking import Lock
from mlops_gates.gates.canary.routes import Route, Weights, same, told
from mlops_gates.gates.canary.statefile import State, StateFile
from mlops_gates.gates.canary.waiting import Clock, Patience
from mlops_gates.records import dataclass


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


def standing(work: Work, patience: Patience) -> Weights:
    """The weights before anything is changed."""
    if not patience.call(work.route.settled):
        raise CheckError(f"{work.route.name} is updating already", next_step="Wait until that is done, then run again.")
    before = patience.call(work.route.shares)
    if not sum(before.values()) > 0:
        raise CheckError(f"{work.route.name} sends no traffic anywhere", next_step="Give its variants weights first.")
    return before


def untried(work: Work, state: State) -> None:
    """Raises CheckError where the candidate has its first share before it begins: that is then what a rollback brings back."""
    if state.strategy != "shadow" and same(state.before, work.route.target(state.plan[0], state.before)):
        raise CheckError(
            f"{work.route.name} has {told(state.before)} already, and a rollback would bring back just that",
            next_step="Is it left of an earlier canary? Take the candidate's traffic away first.",
        )


def reached(work: Work, state: State, target: Weights, patience: Patience) -> Weights:
    """The traffic once it is `target`; asked for until it is. Raises CheckError when the time is over."""
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


def confirmed(work: Work, state: State) -> None:
    """Raises CheckError where the traffic is not what the state tells: then nobody knows what was watched."""
    patience = work.patience(work.settle)
    if work.route.steps_itself:
        if patience.call(work.route.settled):
            arrived(work, state)
        return  # a rollout under way: how far it is, AWS does not tell
    patience.settle()
    target = work.route.target(state.share, state.before)
    if not same(now := patience.call(work.route.shares), target):
        raise CheckError(
            f"{work.route.name} has {told(now)}, and {told(target)} was asked for: somebody else has moved it",
            next_step="`mlops-gates canary rollback` brings back what was before; then begin anew.",
        )


def arrived(work: Work, state: State) -> State:
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


def gone_back(work: Work, state: State) -> None:
    """Of a canary that was rolled back: raises CheckError where the traffic is not what was before any more."""
    now = work.patience(work.settle).call(work.route.shares)
    if state.step >= 0 and not same(now, state.before):
        raise CheckError(
            f"the canary of {state.candidate} was rolled back to {told(state.before)}, and {work.route.name} has {told(now)}",
            next_step="Somebody has moved it since; nothing was shifted.",
        )
    work.say(f"{work.route.name} is back already, at {told(now)}")


def warned(work: Work, state: State) -> None:
    """Of a rollout that nobody can call off: said before it is waited for."""
    try:
        settled = work.route.settled()
    except CheckError:
        return  # met again, and told, on the way back
    if not settled:
        by_hand = work.route.by_hand(state.before)
        work.say(f"{work.route.name} takes no change until its rollout ends; by hand: {by_hand}")


def unjudged(state: State) -> NoReturn:
    """Raises CheckError with the verdict that stands against a promotion."""
    said = {"": "nothing has judged it yet", "rollback": "the verdict on it is rollback"}
    raise CheckError(
        f"the canary of {state.candidate} is not promoted: {said.get(state.verdict, f'the verdict on it is {state.verdict}')}",
        next_step="Judge it with `mlops-gates canary monitor`, or say why it should be promoted all the same: "
        '--override "reason".',
    )
