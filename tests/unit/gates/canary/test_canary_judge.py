"""The judge: what it decides, what it never promotes, and that it goes on where it stopped."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from mlops_gates.gates.canary.judge import Judge, Verdict
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import Arm, Count, Look, Moments

ERRORS = Metric("error_rate")


def looks(
    ratio: float,
    n: int = 60,
    requests: tuple[int, int] = (4000, 1000),
    rate: float = 0.01,
    seed: int = 3,
    onset: int = 0,
) -> Iterator[Look]:
    rng = np.random.default_rng(seed)
    for t in range(n):
        worse = ratio if t >= onset else 1.0
        arms: dict[Arm, Count] = {
            "baseline": Count(requests[0], int(rng.binomial(requests[0], rate))),
            "canary": Count(requests[1], int(rng.binomial(requests[1], min(1, rate * worse)))),
        }
        yield Look(60.0 * t, 60.0 * (t + 1), {"error_rate": arms})


def judged(plan: Plan, stream: Iterator[Look]) -> Verdict:
    judge = Judge(plan)
    for look in stream:
        verdict = judge.look(look)
        if verdict.decision != "continue":
            return verdict
    return judge.end()


def test_what_is_alike_is_promoted_after_the_bake_and_what_is_worse_rolled_back() -> None:
    plan = Plan((ERRORS,))
    same = judged(plan, looks(1.0))
    assert (same.decision, same.looks) == ("promote", plan.baked)
    assert "less than 1.5 times the baseline's rate" in same.reasons[0]
    worse = judged(plan, looks(1.5))
    assert worse.decision == "rollback"
    assert worse.looks <= 16
    assert judged(plan, looks(5.0)).looks <= 2
    late = judged(plan, looks(1.5, onset=20))
    assert late.decision == "rollback"
    assert 20 < late.looks < 45


def test_little_traffic_is_undecided_and_says_what_it_could_have_shown() -> None:
    found = judged(Plan((ERRORS,)), looks(1.2, requests=(450, 50)))
    assert found.decision == "inconclusive"
    seen = found.seen["error_rate"]
    assert seen.smallest
    assert 1.5 < seen.smallest < 2.5
    assert f"the smallest ratio that this traffic could have shown is {seen.smallest:.2f}" in found.reasons[0]


def silent(arms: Mapping[Arm, Count], errors: Mapping[str, str] | None = None) -> Look:
    return Look(0, 60, {"error_rate": arms}, {}, errors or {})


@pytest.mark.parametrize(
    ("arms", "errors"),
    [
        ({}, {}),
        ({"baseline": Count(4000, 40)}, {}),
        ({"canary": Count(1000, 0)}, {}),
        ({"baseline": Count(4000, 40), "canary": Count(0, 0)}, {}),
        ({"baseline": Count(0, 0), "canary": Count(1000, 0)}, {}),
        ({"baseline": Count(4000, 40), "canary": Count(1000, 1001)}, {}),
        ({"baseline": Count(4000, 40), "canary": Count(1000, 0)}, {"error_rate": "HTTP 503"}),
    ],
)
def test_what_is_silent_is_never_promoted(arms: Mapping[Arm, Count], errors: Mapping[str, str]) -> None:
    one = silent(arms, errors)
    stream = (Look(60.0 * t, 60.0 * t + 60, one.counts, {}, one.errors) for t in range(60))
    found = judged(Plan((ERRORS,), bake=1), stream)
    assert found.decision == "inconclusive"
    assert found.reasons


def test_a_metric_that_falls_silent_at_the_end_is_not_promoted() -> None:
    judge = Judge(Plan((ERRORS,), bake=40))
    stream = list(looks(1.0))
    for look in stream[:39]:
        assert judge.look(look).decision == "continue"
    for look in stream[39:43]:
        assert judge.look(Look(look.start, look.end)).decision == "continue"
    assert judge.look(stream[43]).decision == "promote"


def test_no_metric_and_no_look_promote_nothing() -> None:
    assert Judge(Plan((ERRORS,))).end().decision == "inconclusive"
    empty = Judge(Plan((), bake=1))
    assert empty.look(next(looks(1.0))).decision == "continue"
    assert empty.end().decision == "inconclusive"
    only_shown = Judge(Plan((Metric("error_rate", dry_run=True),), bake=1))
    assert [only_shown.look(look).decision for look in looks(5.0, 3)] == ["continue"] * 3


def test_every_metric_must_be_good_enough() -> None:
    plan = Plan((ERRORS, Metric("missing")), bake=20)
    stream = [Look(one.start, one.end, {**one.counts, "missing": _missing(0.5)}) for one in looks(1.0)]
    found = judged(plan, iter(stream))
    assert found.decision == "rollback"
    assert found.reasons[0].startswith("missing is worse")
    assert found.looks <= 2


def _missing(share: float) -> Mapping[Arm, Count]:
    return {"baseline": Count(4000, 4), "canary": Count(1000, int(1000 * share))}


def test_intervals_that_were_seen_or_go_back_change_nothing() -> None:
    plan, stream = Plan((ERRORS,)), list(looks(1.5, 8))
    once, twice = Judge(plan), Judge(plan)
    for look in stream:
        once.look(look)
        twice.look(look)
        twice.look(look)
    twice.look(stream[0])
    assert twice.repeated == len(stream) + 1
    assert {**twice.state(), "repeated": 0} == {**once.state(), "repeated": 0}


def test_a_judge_goes_on_where_it_stopped() -> None:
    plan = Plan((ERRORS, Metric("seconds", "value"), Metric("health", limit=0.05, against_baseline=False)))
    rng = np.random.default_rng(1)
    stream = [
        Look(
            one.start,
            one.end,
            {**one.counts, "health": {"canary": Count(500, 5)}},
            {"seconds": {arm: Moments(100, 20 + rng.normal(), 5.0) for arm in ("baseline", "canary")}},  # type: ignore[dict-item]
        )
        for one in looks(1.0, 50)
    ]
    whole = Judge(plan)
    told = [whole.look(look).decision for look in stream]
    parts, again = Judge(plan), []
    for look in stream:
        again.append(parts.look(look).decision)
        parts = Judge.of(plan, json.loads(json.dumps(parts.state())))
    assert again == told
    assert json.dumps(parts.state(), sort_keys=True) == json.dumps(whole.state(), sort_keys=True)


def test_a_state_of_other_metrics_is_refused() -> None:
    with pytest.raises(ValueError, match="other metrics"):
        Judge.of(Plan((Metric("other"),)), Judge(Plan((ERRORS,))).state())


def test_memory_does_not_grow_with_the_looks() -> None:
    judge = Judge(Plan((ERRORS,), looks=1000, bake=1000))
    sizes = []
    for look in looks(1.0, 300):
        judge.look(look)
        sizes.append(len(json.dumps(judge.state())))
    assert sizes[-1] < 1.2 * sizes[20]


def test_a_limit_is_judged_by_evidence_or_by_looks() -> None:
    def stream(rate: float) -> Iterator[Look]:
        rng = np.random.default_rng(2)
        for t in range(60):
            yield Look(60.0 * t, 60.0 * t + 60, {"error_rate": {"canary": Count(1000, int(rng.binomial(1000, rate)))}})

    by_evidence = Metric("error_rate", against_baseline=False, limit=0.015)
    plan = Plan((by_evidence,), bake=10)
    assert judged(plan, stream(0.03)).decision == "rollback"
    assert judged(plan, stream(0.005)).decision == "promote"
    assert judged(plan, stream(0.0145)).decision == "inconclusive"
    by_looks = Metric("error_rate", against_baseline=False, limit=0.02, judged_by="looks", failure_limit=2)
    found = judged(Plan((by_looks,), bake=10), stream(0.04))
    assert (found.decision, found.looks) == ("rollback", 3)
    assert "2 are let pass" in found.reasons[0]


def test_where_bad_ones_are_too_rare_for_a_ratio_a_limit_that_is_kept_is_enough() -> None:
    def stream(canary: int) -> Iterator[Look]:
        for t in range(60):
            yield Look(
                60.0 * t,
                60.0 * t + 60,
                {"missing": {"baseline": Count(4000, 0), "canary": Count(1000, canary * (t > 5))}},
            )

    alone, limited = Plan((Metric("missing"),)), Plan((Metric("missing", limit=0.01),))
    assert judged(alone, stream(0)).decision == "inconclusive"
    assert judged(limited, stream(0)).decision == "promote"
    assert judged(limited, stream(3)).decision == "rollback"


def test_warm_up_is_left_out() -> None:
    stream = list(looks(1.0, 60))
    cold = Look(0, 60, {"error_rate": {"baseline": Count(4000, 40), "canary": Count(1000, 400)}})
    found = judged(Plan((ERRORS,), delay=1), iter([cold, *stream[1:]]))
    assert found.decision == "promote"
    assert judged(Plan((ERRORS,)), iter([cold, *stream[1:]])).decision == "rollback"


def test_means_are_judged_where_more_or_less_is_worse() -> None:
    def stream(shift: float) -> Iterator[Look]:
        rng = np.random.default_rng(5)
        for t in range(60):
            arms: dict[Arm, Moments] = {
                "baseline": Moments(400, 400 * (10 + rng.normal(0, 0.2)), 0.0),
                "canary": Moments(100, 100 * (10 + shift + rng.normal(0, 0.4)), 0.0),
            }
            yield Look(60.0 * t, 60.0 * t + 60, {}, {"revenue": arms})

    less = Metric("revenue", "value", worse="less", margin=1.1)
    assert judged(Plan((less,)), stream(-1.0)).decision == "rollback"
    assert judged(Plan((less,)), stream(0.0)).decision == "promote"
    assert judged(Plan((less,)), stream(1.0)).decision == "promote"
    assert judged(Plan((Metric("revenue", "value", margin=1.1),)), stream(1.0)).decision == "rollback"


def test_no_number_is_silence() -> None:
    arms: dict[Arm, Moments] = {"baseline": Moments(10, math.nan, 1.0), "canary": Moments(10, 1.0, 1.0)}
    stream = (Look(60.0 * t, 60.0 * t + 60, {}, {"seconds": arms}) for t in range(10))
    assert judged(Plan((Metric("seconds", "value"),), bake=1), stream).decision == "inconclusive"
