"""Watches one canary: interval by interval, until the judge decides or the time is over."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from mlops_gates.checks import Context
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary import steps
from mlops_gates.gates.canary.judge import Judge, Verdict
from mlops_gates.gates.canary.plan import Plan
from mlops_gates.gates.canary.scope import CanaryOptions, CanaryScope
from mlops_gates.gates.canary.shifting import Work, confirmed
from mlops_gates.gates.canary.sources.clock import Clock, Frozen, Intervals, aligned, last
from mlops_gates.gates.canary.sources.cloudwatch import CloudWatchSource
from mlops_gates.gates.canary.sources.prometheus import PrometheusSource
from mlops_gates.gates.canary.sources.samples import Samples
from mlops_gates.gates.canary.statefile import State
from mlops_gates.gates.canary.stopping import Stopped, Turns
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Arm, Count, Look, Source
from mlops_gates.stats.rateratio import detectable

TOKEN = "MLOPS_GATES_PROMETHEUS_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable with the bearer token of Prometheus."""
FINAL = ("promote", "rollback")
_LATE = {"cloudwatch": 180.0}
_SOON = 30.0


def watch(scope: CanaryScope, work: Work | None, turns: Turns, clock: Clock | None = None) -> Verdict:
    """The verdict on the canary; what each look said is kept in the scope, and its state in the file of `work`.

    Raises CheckError where nothing can be read at all, or where the traffic is not what the state tells; Stopped.
    """
    context = scope.context
    with turns.mine():
        state = _standing(work)
    plan, recorded = scope.options.plan(), scope.options.metrics_from.endswith(".csv")
    judge = _judge(plan, state)
    verdict = judge.end()
    looks = iter(()) if verdict.decision in FINAL else _looks(scope, state, clock or Clock(), plan.looks - judge.looks)
    for look in looks:
        with turns.mine():
            verdict = judge.look(look)
            scope.verdicts.append(verdict)
            context.advance(f"look {judge.looks} of {plan.looks}: {_progress(verdict)}")
            if work and state:
                state = steps.noted(work, state, judge.state())
                if not recorded:
                    state = _further(work, state, judge, verdict)
        # A recording may be longer than what is planned, and what α holds for.
        if verdict.decision != "continue" or judge.looks >= plan.looks - plan.delay:
            break
    with turns.mine():
        return _sealed(work, state, judge.end())


def _standing(work: Work | None) -> State | None:
    """The canary under way, its traffic as its state tells: a shift that was cut off is finished first."""
    if work is None:
        return None
    state = steps.unfinished(work)
    if state.phase == "shifting":
        state = steps.resume(work)
    confirmed(work, state)
    return state


def _judge(plan: Plan, state: State | None) -> Judge:
    if state is None or not state.judge:
        return Judge(plan)
    try:
        return Judge.of(plan, state.judge)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        why = str(error) if isinstance(error, ValueError) else "it is no state of this judge"
        raise CheckError(
            f"what the judge knew of {state.candidate} cannot be read: {why}",
            next_step="Were metrics changed under way? Take the config that it began with, or roll back and begin anew.",
        ) from None


def _sealed(work: Work | None, state: State | None, verdict: Verdict) -> Verdict:
    """The verdict, stored for `promote`. What would be promoted is looked at once more: no word on traffic that is unknown."""
    if work and state and verdict.decision != "continue":
        if verdict.decision == "promote":
            confirmed(work, state)
        try:
            steps.decided(work, state, verdict.decision)
        except CheckError as error:
            if verdict.decision == "promote":
                raise
            work.say(f"going on without a stored verdict: {error.sentence}")
    return verdict


def _further(work: Work, state: State, judge: Judge, verdict: Verdict) -> State:
    """On to the next share where the time of this one is over and nothing speaks against it."""
    each = judge.plan.judged_looks / len(state.plan)
    due = min(len(state.plan) - 1, int(judge.looks // each))
    if verdict.decision == "continue" and due > state.step and not work.route.steps_itself:
        return replace(steps.shifted(work, state, state.step + 1), judge=judge.state())
    return state


def _progress(verdict: Verdict) -> str:
    told = []
    for name, seen in verdict.seen.items():
        if seen.silent:
            told.append(f"{name} silent ({seen.silent})")
        else:
            ratio = "" if seen.ratio is None else f" {seen.ratio:.2f}×"
            told.append(f"{name}{ratio}, evidence {max(0.0, seen.evidence):.0%}")
    return "; ".join(told) or ", ".join(verdict.reasons) or verdict.decision


def _looks(scope: CanaryScope, state: State | None, clock: Clock, count: int) -> Iterator[Look]:
    """The intervals, as they become ripe; those of a file at once. One that cannot be read is silent."""
    context, options = scope.context, scope.options
    told = options.metrics_from
    if told.endswith(".csv"):
        scope.forecast = "none, since the samples are recorded"
        recorded = Samples(context.workdir / told, options.interval, options.named, arms_of(options)).looks()
        # What was recorded before the canary began is of another one.
        yield from (look for look in recorded if state is None or look.start >= state.began)
        return
    delay = options.late if options.late is not None else _LATE.get(told, min(_SOON, options.interval / 2))
    asked = source_of(options, clock)
    asked.ready()
    start = aligned(clock.now(), options.interval)
    share = state.share if state else options.steps[0]
    scope.forecast = _forecast(options, asked, clock.now() - clock.ahead - delay, share)
    context.advance(f"forecast: {scope.forecast}")
    source = Frozen(asked, delay, clock)
    for _, begin, end in Intervals(start, options.interval, delay).upcoming(clock, sleep=_sleeper(context)):
        if count <= 0 or context.cancel.is_set():
            return
        count -= 1
        try:
            look = source.read(begin, end)
        except CheckError as error:
            look = Look(begin, end, errors=dict.fromkeys(options.named, error.what))
        for name, late in look.late.items():
            scope.late[name] = scope.late.get(name, 0) + late
        yield look


def _forecast(options: CanaryOptions, source: Source, ripe: float, share: float) -> str:
    """By the last interval of the baseline that ended at `ripe`: the smallest ratio that this canary could show."""
    end = last(ripe, options.interval)
    try:
        look = source.read(end - options.interval, end)
    except CheckError as error:
        return f"none, since the baseline could not be read: {error.what}"
    return forecast(options, look, share) or "none, since no rate is held to the baseline"


def _sleeper(context: Context) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        if context.cancel.wait(seconds):
            raise Stopped("the canary was stopped before it was decided")

    return sleep


def source_of(options: CanaryOptions, clock: Clock) -> CloudWatchSource | PrometheusSource:
    """Where looks come from. Raises ConfigError where a metric does not say where it is found."""
    told = options.metrics_from
    if told == "cloudwatch":
        from mlops_gates.adapters.aws import Aws

        names = options.arms
        variants: dict[Arm, str] = {
            BASELINE: names.get("baseline", "baseline"),
            CANARY: names.get("canary", options.route.variant or options.candidate or "canary"),
        }
        # A VPC endpoint of SageMaker is none of CloudWatch; botocore takes that from AWS_ENDPOINT_URL_CLOUDWATCH.
        url = options.route.endpoint_url
        url = url if _of_this_machine(url) else ""
        aws = Aws(options.route.region, url, who="a canary that is watched in CloudWatch", extra="aws")
        return CloudWatchSource(aws, options.endpoint, variants, options.named, clock)
    if options.from_prometheus:
        from mlops_gates.adapters.prometheus import Prometheus

        arms: dict[Arm, str] = {
            BASELINE: options.arms.get("baseline", "baseline"),
            CANARY: options.arms.get("canary", "canary"),
        }
        return PrometheusSource(Prometheus(told, os.environ.get(TOKEN, "")), options.named, clock, arms)
    raise CheckError("metrics_from is no source", next_step="This is a bug of mlops-gates.")


def _of_this_machine(url: str) -> bool:
    """Whether an address is that of a stand-in, which takes calls of every service."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def arms_of(options: CanaryOptions) -> dict[str, Arm]:
    """What a file of samples calls the arms."""
    names = options.arms
    return {names.get("baseline", "baseline"): BASELINE, names.get("canary", "canary"): CANARY}


def forecast(options: CanaryOptions, look: Look, share: float) -> str:
    """The smallest ratio that a canary with this share could show, by an interval of the traffic before it; in words."""
    plan, words = options.plan(), {}
    share = min(0.99, max(0.001, share))
    for metric in plan.judged:
        if metric.kind == "rate" and metric.against_baseline:
            arms = look.counts.get(metric.name, {})
            count = arms.get(BASELINE, Count(0, 0))
            if count.n <= 0:
                words[metric.name] = f"none, {look.errors.get(metric.name) or 'no requests of the baseline yet'}"
                continue
            # Before it begins all requests are the baseline's; a router that splits anyway has some of the candidate.
            n = sum(one.n for one in arms.values())
            rate = (count.bad + 0.5) / (count.n + 1)
            found = detectable(plan.settings(metric), n * (1 - share), n * share, rate, plan.judged_looks)
            words[metric.name] = f"{found:.2f} times the baseline's rate" if math.isfinite(found) else "nothing"
    if len(words) > 1 and len(alike := set(words.values())) == 1:
        return alike.pop()
    return "; ".join(f"{name}: {told}" for name, told in words.items())


def samples_file(options: CanaryOptions, workdir: Path) -> Path | None:
    """The file that looks come from, where they come from one."""
    return workdir / options.metrics_from if options.metrics_from.endswith(".csv") else None
