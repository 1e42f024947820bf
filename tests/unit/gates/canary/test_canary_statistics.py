"""What the judge's statistics promise, on drawn traffic and by summing up every outcome. Seeds are fixed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from mlops_gates.gates.canary.judge import Judge, Verdict
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.scope import CanaryOptions
from mlops_gates.gates.canary.streams import Arm, Count, Look, Moments
from mlops_gates.replaying import replay
from mlops_gates.stats.rateratio import RateRatio, detectable

LOOKS = 60
BUSY, SMALL = (4000, 1000), (450, 50)
ERRORS = Metric("errors")


def shares(
    traffic: tuple[int, int], rate: float, ratio: float = 1.0, noise: float = 0.0, runs: int = 400, looks: int = LOOKS
) -> tuple[float, float]:
    """Of drawn runs with these rates and noise of each arm's own (CV): how many are rolled back, and promoted."""
    rng = np.random.default_rng([8, *traffic, runs, looks])
    factors = [rng.gamma(1 / noise**2, noise**2, (runs, looks)) if noise else np.ones((runs, looks)) for _ in range(2)]
    bad_b = rng.binomial(traffic[0], np.minimum(1, rate * factors[0]))
    bad_c = rng.binomial(traffic[1], np.minimum(1, rate * ratio * factors[1]))
    plan = Plan((ERRORS,), looks=looks)
    test = RateRatio(plan.settings(ERRORS), runs)
    rolled, promoted = np.zeros(runs, dtype=bool), np.zeros(runs, dtype=bool)
    for look in range(looks):
        seen = test.look(traffic[0], bad_b[:, look], traffic[1], bad_c[:, look])
        rolled |= ~promoted & (seen.worse | seen.fast)
        promoted |= ~rolled & seen.good
    return float(rolled.mean()), float(promoted.mean())


def decided(plan: Plan, of: Callable[[int], Look]) -> Verdict:
    judge = Judge(plan)
    for t in range(plan.looks):
        verdict = judge.look(of(t))
        if verdict.decision != "continue":
            return verdict
    return judge.end()


def counted(t: int, baseline: tuple[int, int], canary: tuple[int, int]) -> Look:
    arms: Mapping[Arm, Count] = {"baseline": Count(*baseline), "canary": Count(*canary)}
    return Look(60.0 * t, 60.0 * t + 60, {"errors": arms})


@pytest.mark.parametrize(
    ("traffic", "rate"), [(BUSY, 0.01), (BUSY, 0.1), ((40000, 10000), 0.01), (SMALL, 0.01), (SMALL, 0.1)]
)
def test_noise_of_each_arms_own_neither_rolls_back_nor_promotes_at_the_margin(
    traffic: tuple[int, int], rate: float
) -> None:
    rolled, _ = shares(traffic, rate, noise=0.5)
    assert rolled <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 400)
    _, promoted = shares(traffic, rate, 1.5, noise=0.5)
    assert promoted <= 0.02 + 2 * math.sqrt(0.02 * 0.98 / 400)


@pytest.mark.parametrize("looks", [6, 12, 20])
def test_few_long_looks_are_no_reason_to_take_noise_for_a_fault(looks: int) -> None:
    traffic = (4000 * 60 // looks, 1000 * 60 // looks)
    assert shares(traffic, 0.01, noise=0.5, runs=2000, looks=looks)[0] <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 2000)
    assert shares(traffic, 0.01, 1.5, looks=looks)[0] >= 0.99


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.1, 0.3])
@pytest.mark.parametrize("traffic", [BUSY, SMALL])
def test_the_smallest_ratio_is_shown_as_often_as_is_said(traffic: tuple[int, int], rate: float) -> None:
    smallest = detectable(Plan((ERRORS,)).settings(ERRORS), *traffic, rate, LOOKS)
    rolled, _ = shares(traffic, rate, smallest)
    assert rolled >= 0.8 - 2 * math.sqrt(0.8 * 0.2 / 400)
    less, _ = shares(traffic, rate, 1 + (smallest - 1) * 0.7)
    assert less < 0.8, "it is not the smallest"


@pytest.mark.parametrize(("traffic", "looks"), [(BUSY, 1), (BUSY, 3), (BUSY, 9), (SMALL, 9)])
def test_what_the_first_looks_could_have_shown(traffic: tuple[int, int], looks: int) -> None:
    """Before the tenth look only what is far worse is rolled back."""
    runs, rng = 1000, np.random.default_rng([9, *traffic, looks])
    settings = Plan((ERRORS,)).settings(ERRORS)
    smallest = detectable(settings, *traffic, 0.01, looks, 2.0 if looks == 1 else 1.2)
    test, rolled = RateRatio(settings, runs), np.zeros(runs, dtype=bool)
    for _ in range(looks):
        bad = [rng.binomial(n, 0.01 * ratio, runs) for n, ratio in zip(traffic, (1, smallest), strict=True)]
        rolled |= test.look(traffic[0], bad[0], traffic[1], bad[1]).fast
    assert 0.7 <= rolled.mean() <= 0.97


def test_what_cannot_be_worse_by_any_ratio_shows_none() -> None:
    assert detectable(Plan((ERRORS,)).settings(ERRORS), *BUSY, 0.95, LOOKS) == math.inf


def test_the_ratio_so_far_is_of_the_arms_and_not_of_the_hour() -> None:
    def look(t: int) -> Look:
        mine, rate = (500, 0.01) if t < 30 else (2500, 0.04)
        return counted(t, (5000 - mine, round((5000 - mine) * rate)), (mine, round(mine * rate)))

    verdict = decided(Plan((ERRORS,)), look)
    assert verdict.decision == "promote"
    assert verdict.seen["errors"].ratio == pytest.approx(1.0, abs=0.01)


def test_what_is_tolerated_is_not_rolled_back() -> None:
    rate = Metric("errors", tolerance=3.0, margin=4.0)
    assert decided(Plan((rate,)), lambda t: counted(t, (4000, 40), (1000, 25))).decision == "promote"
    assert decided(Plan((rate,)), lambda t: counted(t, (4000, 40), (1000, 70))).decision == "rollback"
    for worse, factor in (("more", 1.05), ("less", 0.95)):
        value = Metric("seconds", "value", worse=worse, tolerance=1.1)  # type: ignore[arg-type]
        assert decided(Plan((value,)), means(10.0, 10.0 * factor)).decision == "promote"
        strict = Metric("seconds", "value", worse=worse)  # type: ignore[arg-type]
        assert decided(Plan((strict,)), means(10.0, 10.0 * factor)).decision == "rollback"


def means(baseline: float, canary: float) -> Callable[[int], Look]:
    """Looks with these means of both arms, and small noise."""
    rng = np.random.default_rng(4)

    def look(t: int) -> Look:
        arms: Mapping[Arm, Moments] = {
            "baseline": Moments(400, 400 * (baseline + rng.normal(0, 0.05)), 0.0),
            "canary": Moments(100, 100 * (canary + rng.normal(0, 0.1)), 0.0),
        }
        return Look(60.0 * t, 60.0 * t + 60, {}, {"seconds": arms})

    return look


def test_alpha_is_shared_among_all_tests() -> None:
    limited = Metric("a", limit=0.05)
    metrics = (limited, ERRORS, Metric("churn", limit=0.1, against_baseline=False), Metric("shown", dry_run=True))
    plan = Plan((*metrics, Metric("looked", limit=0.1, judged_by="looks", against_baseline=False)))
    each = plan.settings(limited).alpha + plan.settings(limited).alpha_fast
    assert each * 4 == pytest.approx(plan.alpha)


def test_a_limit_that_is_broken_late_is_not_kept() -> None:
    metric = Metric("errors", against_baseline=False, limit=0.01)
    verdict = decided(Plan((metric,)), lambda t: counted(t, (1, 0), (1000, 1 if t < 32 else 20)))
    assert verdict.decision == "rollback"


def test_a_limit_alone_promotes_only_where_no_ratio_could_be_shown() -> None:
    metric = Metric("errors", limit=0.05)
    rng = np.random.default_rng(12)

    def look(t: int) -> Look:
        return counted(t, (450, int(rng.binomial(450, 0.01))), (50, int(rng.binomial(50, 0.015))))

    found = [decided(Plan((metric,)), look).decision for _ in range(12)]
    assert "promote" not in found


def test_a_smallest_rate_is_judged_by_evidence_too() -> None:
    metric = Metric("errors", against_baseline=False, limit=0.9, side="min")
    kept = decided(Plan((metric,)), lambda t: counted(t, (1, 0), (1000, 990)))
    assert (kept.decision, kept.reasons[0]) == ("promote", "errors is 99.00%, above its limit 90.00%")
    broken = decided(Plan((metric,)), lambda t: counted(t, (1, 0), (1000, 800)))
    assert (broken.decision, broken.reasons[0]) == ("rollback", "errors is 80.00%, below its limit 90.00%")


def test_a_long_warm_up_leaves_looks_for_a_promotion() -> None:
    verdict = decided(Plan((ERRORS,), delay=30), lambda t: counted(t, (4000, 40), (1000, 10)))
    assert (verdict.decision, verdict.looks) == ("promote", 20)


def test_a_judge_that_is_read_back_still_knows_what_it_saw() -> None:
    plan = Plan((ERRORS,))
    judge = Judge(plan)
    for t in range(LOOKS):
        judge.look(counted(t, (450, 4 + t % 2), (50, t % 2)))
        again = Judge.of(plan, json.loads(json.dumps(judge.state(), allow_nan=False)))
        assert again.end() == judge.end()
    assert again.end().seen["errors"].smallest


def test_a_decision_that_is_read_back_is_the_whole_decision() -> None:
    plan = Plan((ERRORS,))
    judge = Judge(plan)
    for t in range(LOOKS):
        judge.look(counted(t, (4000, 40), (1000, 30)))
    again = Judge.of(plan, json.loads(json.dumps(judge.state(), allow_nan=False)))
    assert again.end() == judge.end()
    assert again.end().decision == "rollback"


@pytest.mark.parametrize("n", [math.nan, math.inf, 10**400, -1])
def test_counts_that_are_no_numbers_are_silence_and_leave_no_trace(n: float) -> None:
    for bad in (0, n):
        judge = Judge(Plan((ERRORS,), error_limit=60))
        for t in range(20):
            good = counted(t, (4000, 40), (1000, 10))
            odd = counted(t, (4000, 40), (n, bad))  # type: ignore[arg-type]
            verdict = judge.look(odd if t == 3 else good)
            assert bool(verdict.seen["errors"].silent) == (t == 3)
        assert math.isfinite(verdict.seen["errors"].evidence)


@pytest.mark.parametrize(("start", "end"), [(math.nan, 60.0), (0.0, math.nan), (0.0, math.inf), (-math.inf, 0.0)])
def test_times_that_are_none_are_left_out(start: float, end: float) -> None:
    judge = Judge(Plan((ERRORS,)))
    counts = counted(0, (4000, 40), (1000, 10)).counts
    if start != -math.inf:
        assert not judge.look(Look(start, end, counts)).seen
    judge.look(Look(0.0, 60.0, counts))
    assert not judge.look(Look(0.0, 60.0, counts)).seen
    assert judge.looks == 1


@pytest.mark.parametrize("worse", ["more", "less"])
def test_constant_values_that_were_summed_up_otherwise_are_alike(worse: str) -> None:
    arms: Mapping[Arm, Moments] = {
        "baseline": Moments(400, sum([0.1] * 400), 4.0),
        "canary": Moments(100, sum([0.1] * 100), 1.0),
    }
    metric = Metric("seconds", "value", worse=worse)  # type: ignore[arg-type]
    verdict = decided(Plan((metric,)), lambda t: Look(60.0 * t, 60.0 * t + 60, {}, {"seconds": arms}))
    assert verdict.decision == "promote"


def test_a_judge_decides_as_the_test_that_is_simulated() -> None:
    rng = np.random.default_rng(6)
    for ratio in (1.0, 1.5, 3.0):
        plan = Plan((ERRORS,))
        test, judge = RateRatio(plan.settings(ERRORS)), Judge(plan)
        for t in range(LOOKS):
            bad = int(rng.binomial(4000, 0.01)), int(rng.binomial(1000, 0.01 * ratio))
            seen = test.look(4000, bad[0], 1000, bad[1])
            told = "rollback" if (seen.worse | seen.fast)[0] else "promote" if seen.good[0] else "continue"
            verdict = judge.look(counted(t, (4000, bad[0]), (1000, bad[1])))
            assert verdict.decision == told
            if told != "continue":
                break


def test_a_warm_up_is_no_part_of_what_is_baked() -> None:
    told = {"endpoint": "churn", "metrics_from": "samples.csv", "duration": "1h", "initial_delay": "30m"}
    assert CanaryOptions.model_validate(told).plan().baked == 20
    assert CanaryOptions.model_validate({**told, "steps": ["10 %", "50 %"]}).plan().baked == 20
    for odd in ({"bake": "40m"}, {"initial_delay": "59m"}):
        with pytest.raises(ValueError, match=r"bake|initial_delay"):
            CanaryOptions.model_validate({**told, **odd})


def test_a_replay_in_json_is_json_also_where_no_ratio_could_be_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        f"2026-01-01T00:0{t}:00Z,{arm},errors,{n},0" for t in range(6) for arm, n in (("baseline", 40), ("canary", 10))
    ]
    (tmp_path / "samples.csv").write_text("\n".join(["time,arm,metric,n,bad", *rows]), encoding="utf-8")
    assert replay(str(tmp_path / "samples.csv"), "1m", 0, None, 1.5, "json") == 3
    told = json.loads(capsys.readouterr().out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert told["looks"][0]["errors"]["smallest"] is None
