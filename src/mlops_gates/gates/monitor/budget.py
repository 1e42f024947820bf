"""monitor.budget"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.findings import Interval, Limit, Measurement
from mlops_gates.gates.monitor.measuring import short
from mlops_gates.gates.monitor.objective import PACES, Objective, Pace
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.gates.monitor.serving import Requests, Service, served
from mlops_gates.stats.intervals import wilson

FEWEST = 2
"""Bad requests from which on a burn may fail: with little traffic a single one burns any budget, and says nothing yet."""


def _objective(scope: MonitorScope) -> Objective | None:
    service = getattr(scope.options, "service", None)
    return service.objective if isinstance(service, Service) else None


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    wanted = _objective(scope)
    assert wanted
    found = served(scope)
    for pace in PACES:
        yield _burning(scope, wanted, pace, found.spans[pace.long], found.spans[pace.short])
    whole = found.spans[wanted.period]
    spent = whole.bad / (whole.n * (1 - wanted.target)) if whole.n else None
    if spent is not None:
        scope.metrics["budget_spent"] = round(spent, 6)
    yield Measurement(
        rule=CHECK.id,
        subject="spent",
        name="budget_spent",
        value=spent,
        text="nothing is known of the error budget"
        if spent is None
        else f"{whole.bad:,} of {whole.n:,} requests were bad in {wanted.days} days: {100 * spent:,.0f} % of the budget",
        reason="" if whole.n else f"no request lies in the last {wanted.days} days",
        warn=Limit(None, 1.0, "at most the whole budget", scope.context.line("service", "objective")),
        exact="counted, not estimated",
        n=whole.n,
        remedy="Let changes wait until the budget has grown again.",
    )


def _burning(scope: MonitorScope, wanted: Objective, pace: Pace, long: Requests, brief: Requests) -> Measurement:
    """The slower of both burn rates: both must burn. A short window without a request leaves the long one to decide."""
    sides = [_rate(one, wanted) for one in (long, brief) if one.n]
    most = pace.burn(wanted.days)
    limit = Limit(None, most, f"at most {short(most)}", scope.context.line("service", "objective"), implied=True)
    burn, interval = min(sides, key=lambda side: side[0]) if long.n else (None, None)
    pages = pace.pages and (long.bad >= FEWEST or burn is None or burn <= most)
    # A budget that seems to last needs no proof; one that seems to burn wakes somebody only if it is no chance.
    proven = interval if pages and burn is not None and burn > most else None
    if burn is not None:
        scope.metrics[pace.metric] = round(burn, 6)
    return Measurement(
        rule=CHECK.id,
        subject=pace.name,
        name=f"burn {pace.name}",
        value=burn,
        text="nothing is known of the error budget"
        if burn is None
        else f"the error budget burns {burn:,.3g} times as fast as it may ({long.bad:,} of {long.n:,} and "
        f"{brief.bad:,} of {brief.n:,} requests were bad)",
        reason="" if long.n else f"no request lies in the longer of {pace.name}",
        limit=limit if pages else None,
        warn=None if pages else limit,
        interval=proven,
        exact="" if proven else "the estimate decides, as the workbook has it",
        n=long.n,
        remedy=CHECK.remedy if long.n else "Look whether requests arrive, and at what tells of them.",
    )


def _rate(one: Requests, wanted: Objective) -> tuple[float, Interval]:
    budget = 1 - wanted.target
    found = wilson(one.bad, one.n)
    return one.bad / one.n / budget, Interval(found.low / budget, found.high / budget, found.confidence, "Wilson")


CHECK: Check[MonitorScope] = Check(
    id="monitor.budget",
    title="The error budget lasts",
    help="A burn rate of 1 spends the error budget of an objective exactly in its days. By Google's SRE workbook (chapter 5, "
    "multiwindow, multi-burn-rate): 2 % of the budget within an hour, or 5 % within six, fails; 10 % within three days "
    "warns; each only where the last twelfth of that time burns as fast, so that it stops soon after the fault. A single "
    "bad request only warns, and so does a burn that chance may explain. The windows are their own and end with `until`; "
    "what tells of requests must reach back as far, else they hold what there is.",
    remedy="Roll back what changed last; look at the errors of the last hour.",
    example="monitor:\n  service: {source: data/test.csv, objective: {target: 99.9 %, latency_ms: 250}}\n",
    needs=lambda scope: [True] if _objective(scope) else [],
    body=_body,
)
