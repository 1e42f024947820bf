"""What the gate shifts traffic with: the canary that `mlops-gates canary deploy` began."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from mlops_gates.checks import Context
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.locking import FileLock, Lock
from mlops_gates.gates.canary.locking_tag import TagLock
from mlops_gates.gates.canary.routes import Route
from mlops_gates.gates.canary.routes_guardrails import Guardrails
from mlops_gates.gates.canary.routes_options import RouteOptions, route
from mlops_gates.gates.canary.routes_sagemaker import Variants
from mlops_gates.gates.canary.scope import CanaryOptions, CanaryScope
from mlops_gates.gates.canary.shifting import Work
from mlops_gates.gates.canary.statefile import State, StateFile
from mlops_gates.gates.canary.steps import Asked, unfinished
from mlops_gates.gates.canary.waiting import Clock, RealClock
from mlops_gates.textsafe import harmless

SHORT = 180
"""Characters of a sentence that progress shows whole."""


def work_of(scope: CanaryScope, clock: Clock | None = None) -> Work | None:
    """The route, the state and the locks of the canary under way; None where there is none. Raises CheckError where it is on
    another route than the config's."""
    options, context = scope.options, scope.context
    file = StateFile(context.workdir / options.state)
    state = file.read()
    if state is None or state.done:
        return None
    work = work_on(options.route, options.endpoint, file, asked_of(state), clock or RealClock(), _teller(context))
    unfinished(work)
    return work


def as_begun(options: CanaryOptions, state: State) -> CanaryOptions:
    """The options with what the canary under way was begun with: its candidate is judged, and no other.

    Raises CheckError where limits that it was begun with are missing.
    """
    if state.thresholds and not options.thresholds:
        raise CheckError(
            f"this canary was begun to be watched by the limits of {state.thresholds}, and the config has none",
            next_step="Watch it with `mlops-gates canary monitor`, which takes them, or set canary.thresholds.",
        )
    shares = state.plan if state.strategy == "canary" else (state.plan[0] or options.steps[0],)
    return options.model_copy(update={"candidate": state.candidate, "strategy": state.strategy, "steps": shares})


def _teller(context: Context) -> Callable[[str], None]:
    """Progress in the log is cut; what somebody is to type is not."""

    def say(text: str) -> None:
        if len(text) <= SHORT:
            context.advance(text)
        else:
            sys.stderr.write(f"\ncanary: {harmless(text)}\n")
            sys.stderr.flush()

    return say


def asked_of(state: State) -> Asked:
    """A canary under way is what it was when it began, whatever the config says now."""
    return Asked(state.candidate, state.strategy, state.plan, state.duration, state.thresholds)


def work_on(
    options: RouteOptions, endpoint: str, file: StateFile, asked: Asked, clock: Clock, say: Callable[[str], None]
) -> Work:
    """The route that the options describe, with its locks; nothing is asked of it. Raises CheckError."""
    made = route(options, endpoint, asked.candidate, asked.strategy, asked.plan[0])
    return Work(made, file, clock, _locks(options, endpoint, made, clock), say, options.settle, options.rollback)


def uninterrupted(work: Work, options: CanaryOptions) -> Work:
    """The same work with pauses that nobody ends, and locks of its own: for after a stop. Its route is the same, as connections
    and credentials take a second that is not there then."""
    clock = RealClock()
    return replace(work, clock=clock, locks=_locks(options.route, options.endpoint, work.route, clock))


def _locks(options: RouteOptions, endpoint: str, made: Route, clock: Clock) -> tuple[Lock, ...]:
    here = FileLock(made.name, clock, options.stale)
    if options.lock == "shared" and isinstance(made, Variants | Guardrails):
        return (here, TagLock(made.endpoints, endpoint, clock, options.stale))
    return (here,)
