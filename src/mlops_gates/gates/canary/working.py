"""What the gate shifts traffic with: the canary that `mlops-gates canary deploy` began."""

from __future__ import annotations

from collections.abc import Callable

from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.gates.canary.locking import FileLock, Lock, TagLock
from mlops_gates.gates.canary.routes_options import RouteOptions, route
from mlops_gates.gates.canary.scope import CanaryScope
from mlops_gates.gates.canary.statefile import State, StateFile
from mlops_gates.gates.canary.steps import Asked, Work
from mlops_gates.gates.canary.waiting import Clock, RealClock


def work_of(scope: CanaryScope) -> Work | None:
    """The route, the state and the locks of the canary under way; None where there is none."""
    options, context = scope.options, scope.context
    file = StateFile(context.workdir / options.state)
    state = file.read()
    if state is None or state.done:
        return None
    return work_on(options.route, options.endpoint, file, asked_of(state), RealClock(), context.advance)


def asked_of(state: State) -> Asked:
    """A canary under way is what it was when it began, whatever the config says now."""
    return Asked(state.candidate, state.strategy, state.plan, state.duration, state.thresholds)


def work_on(
    options: RouteOptions, endpoint: str, file: StateFile, asked: Asked, clock: Clock, say: Callable[[str], None]
) -> Work:
    """The route that the options describe, with its locks; nothing is asked of it. Raises CheckError."""
    made = route(options, endpoint, asked.candidate, asked.strategy, asked.plan[0])
    locks: tuple[Lock, ...] = (FileLock(made.name, clock, options.stale),)
    if options.lock == "shared" and options.kind in ("variants", "guardrails"):
        endpoints = Endpoints(options.region, options.endpoint_url)
        locks += (TagLock(endpoints, endpoint, clock, options.stale),)
    return Work(made, file, clock, locks, say, options.settle, options.rollback)
