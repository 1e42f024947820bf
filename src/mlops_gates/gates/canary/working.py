"""What the gate shifts traffic with: the canary that `mlops-gates canary deploy` began."""

from __future__ import annotations

from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.gates.canary.locking import FileLock, Lock, TagLock
from mlops_gates.gates.canary.routes_options import route
from mlops_gates.gates.canary.scope import CanaryScope
from mlops_gates.gates.canary.statefile import StateFile
from mlops_gates.gates.canary.steps import Work
from mlops_gates.gates.canary.waiting import RealClock


def work_of(scope: CanaryScope) -> Work | None:
    """The route, the state and the locks of the canary under way; None where there is none."""
    options, context = scope.options, scope.context
    file = StateFile(context.workdir / options.state)
    state = file.read()
    if state is None or state.done:
        return None
    clock = RealClock()
    made = route(options.route, options.endpoint, state.candidate, state.strategy, state.plan[0])
    locks: tuple[Lock, ...] = (FileLock(made.name, clock, options.route.stale),)
    if options.route.lock == "shared" and options.route.kind in ("variants", "guardrails"):
        endpoints = Endpoints(options.route.region, options.route.endpoint_url)
        locks += (TagLock(endpoints, options.endpoint, clock, options.route.stale),)
    return Work(made, file, clock, locks, context.advance, options.route.settle, options.route.rollback)
