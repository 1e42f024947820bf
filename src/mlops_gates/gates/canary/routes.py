"""What shifts traffic between what is live and a candidate. One file `routes_<kind>.py` per kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol, TypeAlias

from mlops_gates.errors import CheckError

Weights: TypeAlias = Mapping[str, float]
"""What each variant (or arm, or configuration) weighs, by name: finite, not negative, in a unit of the route's own."""

CLOSE = 1e-4
"""Shares closer than this are the same: AWS keeps weights as 32-bit floats, servers round to whole percents of theirs."""


DUST = 1e-7
"""Shares up to this are none: what is left of 32-bit floats. Above it, some traffic is never the same as none."""


class Route(Protocol):
    """A router of requests. No method waits for more than its own call; all raise `Passing` (may be tried again), `Expired`
    (after `refresh`), or CheckError."""

    @property
    def name(self) -> str:
        """The system and the endpoint, in words; the same for all runs that would shift the same traffic."""

    @property
    def steps_itself(self) -> bool:
        """Whether one `shift(1)` starts a rollout whose steps are the system's own."""

    def check(self, strategy: str) -> None:
        """Raises CheckError with the reason where this strategy cannot be done here, before anything is changed."""

    def shares(self) -> Weights:
        """What the system says that it does now."""

    def shift(self, share: float, before: Weights) -> None:
        """Ask for `share` (0-1) of the traffic to the candidate, the rest in proportion to `before`."""

    def target(self, share: float, before: Weights) -> Weights:
        """What `shares` says once `shift(share, before)` is done."""

    def restore(self, before: Weights) -> None:
        """Ask for the weights of `before`."""

    def settled(self) -> bool:
        """Whether nothing is under way any more. Raises CheckError where the system says that it failed."""

    def refresh(self) -> None:
        """Read credentials anew."""

    def by_hand(self, before: Weights) -> str:
        """The command or request that brings `before` back without us, for a shell or as a sentence."""


def normal(weights: Weights) -> dict[str, float]:
    """Shares of 1; all zero where nothing weighs anything. Names without weight stay."""
    total = math.fsum(weights.values())
    return {name: weight / total if total > 0 else 0.0 for name, weight in weights.items()}


def same(left: Weights, right: Weights) -> bool:
    """Whether two are the same shares, whatever their units; a name that is missing has no share. Nothing is never the same."""
    if not sum(left.values()) > 0 or not sum(right.values()) > 0:
        return False
    one, other = normal(left), normal(right)
    return all(_alike(one.get(name, 0.0), other.get(name, 0.0)) for name in {*one, *other})


def _alike(left: float, right: float) -> bool:
    return abs(left - right) <= CLOSE and (min(left, right) > DUST or max(left, right) <= DUST)


def mixed(share: float, candidate: str, before: Weights) -> dict[str, float]:
    """Weights that give `candidate` a share of all, and divide the rest as `before` does among the others.

    The sum stays that of `before`. Raises CheckError where nothing but the candidate had any traffic.
    """
    total = math.fsum(before.values())
    others = {name: weight for name, weight in before.items() if name != candidate}
    rest = math.fsum(others.values())
    if not rest > 0:
        raise CheckError(
            f"nothing but {candidate} has any traffic, so there is nothing to compare it with",
            next_step="Make it the baseline, and let the candidate be another one.",
        )
    mixed = {name: (1 - share) * total * weight / rest for name, weight in others.items()}
    return {**mixed, candidate: share * total}


def told(weights: Weights) -> str:
    """`blue 90 %, green 10 %`."""
    return ", ".join(f"{name} {100 * share:.4g} %" for name, share in sorted(normal(weights).items()))
