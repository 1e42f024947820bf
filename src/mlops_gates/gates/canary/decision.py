"""canary.decision"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Finding, Location, Measurement, Severity, Status
from mlops_gates.gates.canary.scope import CanaryScope


def _body(scope: CanaryScope) -> Iterator[Seen]:
    verdict = scope.verdict
    if verdict is None:
        raise Inconclusive("nothing was decided")
    if scope.failure:  # not known where the traffic is: that is no verdict on the candidate, and louder than one
        raise scope.failure
    for name, seen in verdict.seen.items():
        if seen.ratio is not None or seen.canary is not None:
            yield Measurement(
                rule=CHECK.id,
                subject=name,
                name=f"{name} ratio" if seen.ratio is not None else name,
                value=seen.ratio if seen.ratio is not None else seen.canary,
                text=seen.why,
                exact="an estimate; the decision goes by the evidence over all looks",
                n=verdict.looks,
            )
    if verdict.decision == "promote":
        yield Measurement(
            CHECK.id, "", "looks", float(verdict.looks), f"promote after {_looks(verdict.looks)}", exact="counted"
        )
    if verdict.decision == "rollback":
        for reason in verdict.reasons:
            name = next((one for one, seen in verdict.seen.items() if seen.why == reason), "")
            yield Finding(
                CHECK.id,
                name,
                Status.FAILED,
                Severity.ERROR,
                f"after {_looks(verdict.looks)}: {reason}. {scope.traffic}".rstrip(),
                _line(scope, name),
                (),
                "The traffic goes to the baseline; look at what the candidate does with the requests of this metric.",
            )
    elif verdict.decision != "promote":
        raise Inconclusive(
            f"inconclusive after {_looks(verdict.looks)}: {'; '.join(verdict.reasons)}. {scope.traffic}".rstrip(),
            next_step="Watch longer, give the canary more of the traffic, or decide by hand: canary promote, canary rollback.",
        )


def _looks(number: int) -> str:
    return f"{number} look{'' if number == 1 else 's'}"


def _line(scope: CanaryScope, name: str) -> Location:
    for key in ("thresholds", "metrics"):
        if name in getattr(scope.options, key):
            return scope.context.line(key, name)
    return scope.context.line("endpoint")


CHECK: Check[CanaryScope] = Check(
    id="canary.decision",
    title="The canary is as good as what serves now",
    help="Each interval of both arms is evidence: for a rollback where the canary is worse than the baseline or breaks a "
    "limit, for a promotion where every metric shows that it is not. The evidence may be looked at every interval: a "
    "false rollback has a chance of at most alpha however often. What has neither until the end, and what falls "
    "silent, is inconclusive, and the message says which ratio this traffic could have shown.",
    remedy="A rollback names the metric; `inconclusive` needs more traffic or time.",
    example="canary:\n  endpoint: churn\n  candidate: v1.1.0\n  steps: [10 %, 50 %]\n  metrics_from: http://prometheus:9090\n"
    "  metrics: {error_rate: {}}\n  thresholds: {error_rate: {max: 0.01}}\n  duration: 1h\n",
    body=_body,
)
