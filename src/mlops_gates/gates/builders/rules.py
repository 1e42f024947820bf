"""A rule: one constraint, what AWS says when it is broken, where that is written, and the function that sees it.

Conformance is the product here, so a rule yields findings and not measurements. A rule that is believed and was never
confirmed warns. A check is a topic with its rules; one file per topic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import Inconclusive, Skip
from mlops_gates.findings import Finding, Location, Measurement, Severity, Status
from mlops_gates.gates.builders.requests import secrecy
from mlops_gates.gates.builders.requests.request import Part, Path, Request, text
from mlops_gates.gates.builders.scope import BuildersScope, Target
from mlops_gates.gates.builders.shapes.words import count
from mlops_gates.options import Options
from mlops_gates.records import dataclass

Seeing = Iterator[tuple[Path, str]]


@dataclass(frozen=True)
class Rule:
    """One constraint.

    `states` is the constraint in a sentence, `refusal` AWS's own wording where it is known (else empty), `source` where
    the constraint is written; `bad` and `good` are a piece of a request each. `judge` yields, for a target, the path of
    each member that breaks it and what is wrong with it. `believed` is what was never confirmed by AWS: it warns.
    """

    id: str
    states: str
    source: str
    bad: str
    good: str
    judge: Callable[[Target], Seeing]
    refusal: str = ""
    believed: bool = False


@dataclass(frozen=True)
class Broken:
    """A constraint that a member breaks. `told` holds no value that may be secret."""

    check: str
    rule: Rule
    path: Path
    told: str


def requests(judge: Callable[[Request], Seeing], *operations: str) -> Callable[[Target], Seeing]:
    """A rule of single requests: of these operations, or of all."""

    def judged(target: Target) -> Seeing:
        for request in target.requests:
            if not operations or request.operation in operations:
                yield from judge(request)

    return judged


def trainings(judge: Callable[[Part], Seeing]) -> Callable[[Target], Seeing]:
    """A rule of training jobs, whoever starts them: a training job, a tuning job."""

    def judged(target: Target) -> Seeing:
        for request in target.requests:
            for part in request.trainings():
                yield from judge(part)

    return judged


def broken(check: str, rules: Sequence[Rule], target: Target) -> Iterator[Broken]:
    """What a target breaks of these rules. Each member is named once per rule."""
    for rule in rules:
        seen: set[Path] = set()
        for path, told in rule.judge(target):
            if path not in seen:
                seen.add(path)
                yield Broken(check, rule, path, told)


def rules_check(
    id: str,  # noqa: A002 - as the field of a check
    title: str,
    help: str,  # noqa: A002 - as the field of a check
    remedy: str,
    rules: Sequence[Rule],
    *,
    applies: Callable[[Target], bool] = lambda _: True,
    absent: str = "",
    example: str = "builders:\n  targets: [pipelines.churn:builders]\n",
    options: type[Options] = Options,
) -> Check[BuildersScope]:
    """A check of these rules. `applies` says which targets they speak of; where none is, it is skipped with `absent`."""

    def body(scope: BuildersScope) -> Iterator[Seen]:
        spoken_of = [target for target in scope.targets if applies(target)]
        if not scope.targets:
            raise Inconclusive("nothing was rendered, so there is no request to judge")
        if not spoken_of:
            raise Skip(absent or "no request has what these rules speak of")
        seen = 0
        for target in spoken_of:
            found = list(broken(id, rules, target))
            seen += len(found)
            yield from findings(target, found)
        yield _kept(id, len(rules), seen, spoken_of)

    return Check(
        id=id, title=title, help=help, remedy=remedy, example=example, body=body, options=options, rules=tuple(rules)
    )


def _kept(check: str, rules: int, broken_: int, targets: Sequence[Target]) -> Measurement:
    judged = sum(len(target.requests) for target in targets)
    asked = f"{count(judged, 'request')} of {count(len(targets), 'target')}"
    told = (
        f"{broken_} of {count(rules, 'rule')} broken in {asked}"
        if broken_
        else f"{count(rules, 'rule')} kept by {asked}"
    )
    return Measurement(check, "", "broken", float(broken_), told, exact="counted", n=judged)


def findings(target: Target, found: Sequence[Broken]) -> Iterator[Finding]:
    """One finding per member: what several rules say of it is told together, the gravest first."""
    by_path: dict[Path, list[Broken]] = {}
    for one in found:
        by_path.setdefault(one.path, []).append(one)
    for path, several in by_path.items():
        several.sort(key=lambda one: one.rule.believed)
        yield finding(target, path, several)


def finding(target: Target, path: Path, several: Sequence[Broken]) -> Finding:
    """The finding of one member, of one check."""
    first = several[0]
    warns = first.rule.believed
    where = secrecy.without(text(path, target.root))
    words = secrecy.without("; ".join(dict.fromkeys(one.told for one in several)))
    refusal = f" AWS says: {first.rule.refusal}" if first.rule.refusal else ""
    related: tuple[Location, ...] = ()
    return Finding(
        rule=first.check,
        subject=f"{target.name}: {where}" if where else target.name,
        status=Status.WARNED if warns else Status.FAILED,
        severity=Severity.WARNING if warns else Severity.ERROR,
        message=f"{target.name}: {f'{where}: ' if where else ''}{words}.{refusal}",
        location=target.locate(path),
        related=related,
        remedy=f"{first.rule.states}. Source: {first.rule.source}. More: `mlops-gates explain {first.check}.{first.rule.id}`.",
    )
