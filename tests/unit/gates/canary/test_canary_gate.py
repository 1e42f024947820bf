"""The gate with a canary under way: what it never promotes, and what it does with a state that others left or wrote.

The route is the SageMaker stand-in called directly; looks are recorded samples.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from canary_fakes import BEFORE, Watched

from mlops_gates.checks import Outcome
from mlops_gates.errors import CheckError, GatesError
from mlops_gates.gates.canary import GATE, steps, working
from mlops_gates.gates.canary.decision import CHECK
from mlops_gates.gates.canary.locking import Locked
from mlops_gates.gates.canary.rollback import NotRestored
from mlops_gates.gates.canary.routes import same
from mlops_gates.gates.canary.statefile import Unwritable

WEIGHTS = "UpdateEndpointWeightsAndCapacities"
CANARY = {"blue": 0.9, "green": 0.1}


@pytest.fixture
def watched(tmp_path, monkeypatch):
    made = Watched(tmp_path, monkeypatch)
    made.recorded()
    return made


def test_a_good_one_is_judged_and_then_promoted(watched):
    watched.run()
    assert (watched.decision, watched.stored.verdict) == ("promote", "promote")
    assert "keeps its 10 %" in watched.outcome.facts["traffic"]
    assert steps.promote(watched.work).done
    assert same(watched.aws.weights("churn"), {"green": 1.0})


def test_a_bad_one_is_rolled_back_and_never_promoted(watched):
    watched.recorded(bad=60)
    outcome = watched.run()
    assert watched.decision == "rollback"
    assert same(watched.aws.weights("churn"), BEFORE)
    assert outcome.observed[0].error is None
    assert "has what it had before" in outcome.facts["traffic"]


def test_a_rollback_that_fails_is_errored_and_says_what_to_type(watched):
    watched.recorded(bad=60)
    watched.aws.fail(WEIGHTS, "AccessDeniedException", 100)
    outcome = watched.run()
    error = outcome.observed[0].error
    assert isinstance(error, NotRestored)
    assert "aws sagemaker update-endpoint-weights-and-capacities" in error.next_step
    assert not [seen for seen in outcome.observed[0].seen if getattr(seen, "status", None)], "exit 3, and not 1"
    assert "THE ROLLBACK FAILED" in outcome.facts["traffic"]
    assert watched.stored.phase == "rolling-back"
    with pytest.raises(CheckError, match="rollback of green has begun"):
        steps.promote(watched.work, "all the same")


@pytest.mark.parametrize("weights", [{"blue": 1.0, "green": 0.0}, {"blue": 0.5, "green": 0.5}])
def test_traffic_that_somebody_else_moved_before_or_under_way_is_not_judged_good(watched, weights, monkeypatch):
    watched.aws.endpoint("churn", weights)
    with pytest.raises(CheckError, match="somebody else has moved it"):
        watched.run()
    assert watched.decision == "inconclusive"
    assert "keeps its" in watched.outcome.facts["traffic"]
    watched.aws.endpoint("churn", CANARY)
    noted = steps.noted

    def moved(*given):
        watched.aws.endpoint("churn", weights)
        return noted(*given)

    monkeypatch.setattr(steps, "noted", moved)
    with pytest.raises(CheckError, match="somebody else has moved it"):
        watched.run()
    assert (watched.decision, watched.stored.verdict) == ("inconclusive", "")


@pytest.mark.parametrize("status", ["Failed", "OutOfService"])
def test_an_endpoint_that_does_not_serve_promotes_nothing(watched, status):
    watched.aws.endpoints["churn"]["status"] = status
    with pytest.raises(CheckError, match=f"is {status}"):
        watched.run()
    assert watched.decision == "inconclusive"


def test_a_shift_that_was_cut_off_is_finished_before_anything_is_watched(watched):
    watched.work.keep(replace(watched.state, phase="shifting"))
    watched.aws.endpoint("churn", BEFORE)
    watched.run()
    assert same(watched.aws.weights("churn"), CANARY)
    assert watched.decision == "promote"


def test_a_rollback_that_had_begun_is_ended_and_nothing_is_watched(watched):
    watched.work.keep(replace(watched.state, phase="rolling-back", note="slow"))
    watched.options.__dict__["on_fail"] = "nothing"
    watched.run()
    assert (watched.decision, watched.stored) == ("rollback", watched.stored)
    assert same(watched.aws.weights("churn"), BEFORE)


def test_what_was_decided_before_a_kill_is_done_without_another_look(watched):
    watched.recorded(bad=60)
    watched.options.__dict__["on_fail"] = "nothing"
    watched.run()
    assert (watched.decision, watched.stored.verdict) == ("rollback", "rollback")
    assert same(watched.aws.weights("churn"), CANARY)
    (watched.folder / "samples.csv").unlink()
    watched.options.__dict__["on_fail"] = "rollback"
    watched.run()
    assert watched.decision == "rollback"
    assert same(watched.aws.weights("churn"), BEFORE)


def test_a_state_of_another_endpoint_or_candidate_lends_nobody_its_evidence(watched):
    watched.options.__dict__["endpoint"] = "fraud"
    with pytest.raises(CheckError, match="not on SageMaker endpoint fraud"):
        watched.run()
    assert watched.decision == "inconclusive"
    options = watched.options.model_copy(update={"endpoint": "churn", "candidate": "purple", "steps": (0.5,)})
    asked = working.as_begun(options, watched.state)
    assert (asked.candidate, asked.steps) == ("green", (0.1,))


def test_limits_that_deploy_was_told_are_not_forgotten(watched):
    watched.work.keep(replace(watched.state, thresholds="strict.yml"))
    with pytest.raises(CheckError, match=r"limits of strict\.yml, and the config has none"):
        watched.run()
    assert watched.decision == "inconclusive"


@pytest.mark.parametrize(
    "judge",
    [
        {"decided": {"decision": "banana", "reasons": []}},
        {"decided": {"decision": "promote"}},
        {"observers": {}},
        {"observers": {"error_rate": 5}},
        {"looks": "many"},
        None,
    ],
)
def test_a_judge_that_was_tampered_with_promotes_nothing(watched, judge):
    watched.options.__dict__["duration"] = 120.0
    watched.recorded(bad=11)
    watched.run()
    stored = watched.stored
    changed = {} if judge is None else {**stored.judge, **judge}
    watched.work.keep(replace(stored, judge=changed or {"x": 1}))
    try:
        outcome = watched.run()
    except GatesError as error:
        assert "crashed" not in str(error)
    else:
        assert outcome.observed[0].error is not None
    assert watched.decision == "inconclusive"


def test_samples_from_before_the_canary_are_not_of_it(watched):
    watched.recorded(since=-7200.0)
    outcome = watched.run()
    assert watched.decision == "inconclusive"
    assert "no interval was seen" in str(outcome.observed[0].error)


def test_a_verdict_that_cannot_be_stored_promotes_nothing_and_still_rolls_back(watched, monkeypatch):
    def full(*_):
        raise Unwritable("mlops-gates-canary.json cannot be written: No space left on device")

    monkeypatch.setattr(working.StateFile, "write", full)
    with pytest.raises(CheckError, match="No space left"):
        watched.run()
    assert watched.decision == "inconclusive"
    watched.recorded(bad=60)
    watched.run()
    assert watched.decision == "rollback"
    assert same(watched.aws.weights("churn"), BEFORE)


@pytest.mark.parametrize(
    ("on_cancel", "on_fail"), [("rollback", "rollback"), ("keep", "rollback"), ("rollback", "nothing")]
)
def test_what_a_stop_does_is_what_the_options_say(watched, on_cancel, on_fail):
    watched.options.__dict__.update(on_cancel=on_cancel, on_fail=on_fail)
    watched.cancel.set()
    with pytest.raises(GatesError, match="stopped"):
        watched.run()
    [stop] = watched.stoppers
    stop()
    kept = (on_cancel, on_fail) != ("rollback", "rollback")
    assert same(watched.aws.weights("churn"), CANARY if kept else BEFORE)
    assert ("monitor --resume" in watched.outcome.facts["traffic"]) is kept


@pytest.mark.parametrize("raised", [KeyError("x"), NotRestored])
def test_a_stop_that_cannot_bring_it_back_says_so(watched, monkeypatch, raised):
    def broken(work, *_):
        raise raised(work.route, BEFORE, "why") if raised is NotRestored else raised

    watched.cancel.set()
    with pytest.raises(GatesError, match="stopped"):
        watched.run()
    monkeypatch.setattr(steps, "roll_back", broken)
    watched.stoppers[0]()
    assert "THE ROLLBACK IS NOT DONE" in watched.outcome.facts["traffic"]
    assert "canary rollback --resume" in watched.outcome.facts["traffic"]


def test_a_second_watcher_is_refused_and_stops_nothing(watched, monkeypatch):
    noted, refused = steps.noted, []

    def second(*given):
        stoppers = len(watched.stoppers)
        with pytest.raises(Locked, match="another process watches the canary"):
            GATE.run(watched.scope.context, watched.options, [CHECK], Outcome())
        refused.append(len(watched.stoppers) - stoppers)
        return noted(*given)

    monkeypatch.setattr(steps, "noted", second)
    watched.run()
    assert (watched.decision, set(refused)) == ("promote", {0})


def test_resume_without_a_canary_is_refused(watched):
    steps.roll_back(watched.work)
    watched.options.__dict__["resume"] = True
    with pytest.raises(CheckError, match="no canary to go on with"):
        watched.run()
