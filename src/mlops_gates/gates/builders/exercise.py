"""builders.exercise"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import Inconclusive, Skip
from mlops_gates.findings import Finding, Measurement, Severity, Status
from mlops_gates.gates.builders.requests.request import Path, text
from mlops_gates.gates.builders.scope import BuildersScope, Target
from mlops_gates.options import Options

ID = "builders.exercise"
TRANSPORT = "moto is transport, not oracle: it shows that the calls follow each other, not that AWS takes them"
_STATES = {
    "absent": (Status.FAILED, Severity.ERROR),
    "odd": (Status.WARNED, Severity.WARNING),
    "unknown": (Status.INCONCLUSIVE, Severity.ERROR),
}


class ExerciseOptions(Options):
    """`exercise`"""

    exercise: bool | Literal["aws-dry"] = Field(
        False,
        description="true: send the calls to a moto server on this machine, in their order. "
        "aws-dry: look up with the job's AWS credentials whether roles, images, buckets, quotas and alarms exist; "
        "only calls that read.",
    )


def _body(scope: BuildersScope) -> Iterator[Seen]:
    if not scope.targets:
        raise Inconclusive("nothing was rendered, so there is no call to make")
    dry = getattr(scope.options, "exercise", False) == "aws-dry"
    yield from _looked(scope) if dry else _sent(scope)


def _sent(scope: BuildersScope) -> Iterator[Seen]:
    """Every target's calls, each in an account of its own."""
    from mlops_gates.adapters.aws import Aws
    from mlops_gates.adapters.motoserver import MotoServer
    from mlops_gates.gates.builders.calls.sending import exercised

    region = scope.options.region
    with MotoServer(scope.context.seconds_left) as server:
        scope.context.on_cancel(server.end)
        aws = Aws(region, server.endpoint)
        for place, target in enumerate(scope.targets):
            scope.context.advance(f"{ID}: {target.name}")
            if place:
                server.reset()
            found = exercised(target, aws, region)
            for one in found.troubles:
                yield _finding(target, one.path, one.told, Status.FAILED, Severity.ERROR)
            for one in found.unsent:
                yield _finding(target, one.path, one.told, Status.WARNED, Severity.WARNING)
            done = ", ".join(f"{count} {name}" for name, count in found.done.items()) or "no call was taken"
            lacking = f"; not exercised: {', '.join(found.lacking)}" if found.lacking else ""
            yield Measurement(
                rule=ID,
                subject=target.name,
                name="stopped",
                value=float(len(found.troubles)),
                text=f"{done}{lacking}; {TRANSPORT}",
                exact="counted",
                n=found.done.get("created", 0),
            )


def _looked(scope: BuildersScope) -> Iterator[Seen]:
    """What requests name, looked up in the user's account."""
    from mlops_gates.adapters.aws import Aws
    from mlops_gates.gates.builders.calls.looking import looked
    from mlops_gates.gates.builders.calls.lookups import lookups

    asked = lookups(scope.targets)
    if not asked:
        raise Skip("no request names a role, an image, a bucket, an instance type, an alarm or a group of packages")
    aws = Aws(scope.options.region)
    aws.credentials()
    states: Counter[str] = Counter()
    for one in asked:
        scope.context.advance(f"{ID}: {one.permission}")
        for seen in looked(one, aws, scope.options.region):
            states[seen.state] += 1
            yield _finding(seen.named.target, seen.named.mention.path, seen.told, *_STATES[seen.state])
    told = ", ".join(f"{states[state]} {words}" for state, words in _WORDS.items() if states[state])
    yield Measurement(
        rule=ID,
        subject="",
        name="absent",
        value=float(states["absent"]),
        text=f"{len(asked)} things looked up in {scope.options.region}: {told or 'all are there'}",
        exact="counted",
        n=len(asked),
    )


_WORDS = {"absent": "not there", "odd": "doubtful", "unknown": "not known"}


def _finding(target: Target, path: Path, told: str, status: Status, severity: Severity) -> Finding:
    where = text(path, target.root)
    return Finding(
        rule=ID,
        subject=f"{target.name}: {where}" if where else target.name,
        status=status,
        severity=severity,
        message=f"{target.name}: {f'{where}: ' if where else ''}{told}",
        location=target.locate(path),
        remedy=CHECK.remedy,
    )


CHECK: Check[BuildersScope] = Check(
    id=ID,
    title="The calls follow each other, and what they name is there",
    help="exercise: true sends every target's calls through boto3 to a moto server on this machine: create, describe, "
    "status, tags, and what one call answers to the next (training, model, package, endpoint). It shows that the "
    f"sequence is complete in order; {TRANSPORT}. exercise: aws-dry sends nothing that writes: with the job's "
    "credentials it looks up the roles, images, buckets, quotas and alarms that requests name.",
    remedy="Correct the member that is named, or create what it names before the builder runs.",
    example="builders:\n  targets: [pipelines.churn:builders]\n  exercise: true\n",
    body=_body,
    options=ExerciseOptions,
    needs=lambda scope: ("exercise",) if getattr(scope.options, "exercise", False) else (),
)
