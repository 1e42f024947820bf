"""The way back: weights restored, seen to be back, and where that fails told so that nobody misses it."""

from __future__ import annotations

from mlops_gates.adapters.again import Expired, Passing
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.routes import Route, Weights, same, told
from mlops_gates.gates.canary.waiting import Patience

STUBBORN = 3
"""How often an error that seems final is met before we give up: on the way back it may still pass."""


class NotRestored(CheckError):
    """The traffic is not back, and somebody has to do it by hand."""

    def __init__(self, route: Route, before: Weights, why: str) -> None:
        super().__init__(
            f"THE TRAFFIC IS NOT BACK: {route.name} should have {told(before)}. {why}",
            next_step=f"Run this by hand now: {route.by_hand(before)}",
        )


def restored(route: Route, before: Weights, patience: Patience, ask: bool = False) -> Weights:
    """What the route says once it has the weights of `before` again; asked again until it does.

    With `ask` it is told to go back also where it has those weights: what else it did, such as mirroring, they do not show.

    Throttling, broken connections and server errors are waited for, credentials that expired are read anew once, an answer
    that did only a part is asked again. Raises NotRestored when the time is over, or at the third other error.
    """
    errors, tried = 0, 0
    while True:
        try:
            now = _once(route, before, patience, ask)
            if same(now, before):
                return now
            why = f"It has {told(now)}, though it took the change."
        except (Passing, Expired) as error:  # all of the time went into it
            raise NotRestored(route, before, error.sentence) from None
        except CheckError as error:
            errors += 1
            why = error.sentence
            if errors >= STUBBORN:
                raise NotRestored(route, before, why) from None
        if not patience.pause(tried):
            raise NotRestored(route, before, why)
        tried += 1


def _once(route: Route, before: Weights, patience: Patience, ask: bool) -> Weights:
    patience.settle()  # nothing takes a change while another is under way
    if not ask and same(now := patience.call(route.shares), before):
        return now
    patience.call(lambda: route.restore(before))
    try:
        patience.settle()
    except CheckError as error:
        raise CheckError(f"It took the change, which has not been seen to be done: {error.what}") from None
    return patience.call(route.shares)
