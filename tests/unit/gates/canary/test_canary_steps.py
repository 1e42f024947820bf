"""The steps of a canary on the SageMaker stand-in, called directly, with a clock that does not wait."""

from __future__ import annotations

from dataclasses import replace

import pytest
from canary_fakes import BEFORE, World

from mlops_gates.errors import Cancelled, CheckError
from mlops_gates.gates.canary import steps
from mlops_gates.gates.canary.routes import same
from mlops_gates.gates.canary.statefile import State, Unwritable
from mlops_gates.gates.canary.steps import Asked, planned

ASKED = Asked("green", "canary", (0.1, 0.5))
WEIGHTS = "UpdateEndpointWeightsAndCapacities"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.mark.parametrize(
    ("strategy", "given", "plan"),
    [
        ("canary", (0.1, 0.5), (0.1, 0.5)),
        ("canary", (1.0,), (1.0,)),
        ("linear", (0.25,), (0.25, 0.5, 0.75)),
        ("linear", (0.3,), (0.3, 0.6, 0.9)),
        ("linear", (0.1,), (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)),
        ("linear", (1.0,), (1.0,)),
        ("blue-green", (0.1,), (1.0,)),
        ("shadow", (0.1,), (0.0,)),
    ],
)
def test_shares_by_strategy(strategy, given, plan):
    assert planned(strategy, given) == pytest.approx(plan)


@pytest.mark.parametrize(
    ("strategy", "given"), [("canary", ()), ("canary", (0.5, 0.1)), ("canary", (0.1, 0.1)), ("linear", (0.1, 0.2))]
)
def test_steps_that_cannot_be(strategy, given):
    with pytest.raises(ValueError, match=r"step|linear"):
        planned(strategy, given)


def test_step_by_step_to_the_end(world):
    work = world.work()
    world.aws.updating = 3
    state = steps.deploy(work, ASKED)
    assert same(world.aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    state = steps.shifted(work, state, 1)
    assert same(world.aws.weights("churn"), {"blue": 0.5, "green": 0.5})
    assert (state.phase, state.share) == ("watching", 0.5)
    steps.decided(world.work(), state, "promote")
    assert steps.promote(world.work()).done
    assert same(world.aws.weights("churn"), {"green": 1.0})
    assert not world.aws.tags


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        ("", "nothing has judged it yet"),
        ("rollback", "the verdict on it is rollback"),
        ("inconclusive", "inconclusive"),
    ],
)
def test_what_was_not_judged_good_is_not_promoted(world, verdict, why):
    state = steps.deploy(world.work(), ASKED)
    if verdict:
        steps.decided(world.work(), state, verdict)
    with pytest.raises(CheckError, match=why):
        steps.promote(world.work())
    assert same(world.aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    promoted = steps.promote(world.work(), "the incident of 3 May needs it")
    assert same(world.aws.weights("churn"), {"green": 1.0})
    assert "3 May" in promoted.note
    assert any("promoted by hand" in one and "3 May" in one for one in world.said)


def test_a_rollback_does_not_hang_on_a_full_disk(world):
    steps.deploy(world.work(), ASKED)
    work = world.work()

    def full(*_):
        raise Unwritable("state.json cannot be written: No space left on device")

    work.file.write = full
    assert steps.roll_back(work).done
    assert same(world.aws.weights("churn"), BEFORE)
    assert any("No space left" in one for one in world.said)


def test_what_cannot_be_stored_cannot_be_promoted(world):
    work = world.work()
    state = steps.deploy(work, ASKED)
    work.file.write = lambda *_: (_ for _ in ()).throw(Unwritable("state.json cannot be written"))
    assert steps.noted(work, state, {"looks": 1}).judge == {"looks": 1}
    with pytest.raises(CheckError, match="cannot be written"):
        steps.decided(work, state, "promote")


def test_of_two_that_begin_at_once_in_one_folder_one_does(world):
    """The second read no state before the first one wrote its own."""
    second = world.work()
    check = second.route.check

    def slow(strategy):
        check(strategy)
        steps.deploy(world.work(), ASKED)

    second.route.check = slow
    with pytest.raises(CheckError, match=r"under way|holds"):
        steps.deploy(second, Asked("green", "canary", (0.3,)))
    assert world.work().file.read().phase == "watching"
    assert same(world.aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    steps.roll_back(world.work())
    assert same(world.aws.weights("churn"), BEFORE)
    assert not world.aws.tags


def test_a_candidate_with_all_the_traffic_has_nothing_to_be_compared_with(world):
    world.aws.endpoint("churn", {"blue": 0.0, "green": 1.0})
    with pytest.raises(CheckError, match="no variant but green has any traffic"):
        steps.deploy(world.work(), ASKED)
    assert not world.aws.tags


def test_blue_green_takes_all_and_brings_it_back(world):
    steps.deploy(world.work(), Asked("green", "blue-green", (1.0,)))
    assert same(world.aws.weights("churn"), {"green": 1.0})
    assert steps.roll_back(world.work()).phase == "rolled-back"
    assert same(world.aws.weights("churn"), BEFORE)


def test_blue_green_that_was_cut_off_with_all_the_traffic_goes_on(world):
    state = steps.deploy(world.work(), Asked("green", "blue-green", (1.0,)))
    world.work().keep(replace(state, phase="shifting"))
    assert steps.resume(world.work()).phase == "watching"


def test_three_variants_keep_their_proportion(world):
    world.aws.endpoint("churn", {"blue": 3.0, "red": 1.0, "green": 0.0})
    steps.deploy(world.work(), Asked("green", "canary", (0.2,)))
    assert same(world.aws.weights("churn"), {"blue": 0.6, "red": 0.2, "green": 0.2})


def test_what_is_left_of_an_earlier_canary_is_not_taken_for_what_was_before(world):
    """Its state is lost with the runner: a rollback of the next one would bring the candidate back to its 10 %."""
    world.aws.endpoint("churn", {"blue": 0.9, "green": 0.1})
    with pytest.raises(CheckError, match="a rollback would bring back just that"):
        steps.deploy(world.work(), ASKED)
    assert world.aws.count(WEIGHTS) == 0
    assert not world.aws.tags


def test_weights_cannot_shadow(world):
    with pytest.raises(CheckError, match="shadow variant"):
        steps.deploy(world.work(), Asked("green", "shadow", (0.0,)))


def test_what_fails_before_the_first_shift_leaves_nothing_behind(world):
    world.aws.endpoints["churn"].update(status="Updating", left=-1)
    with pytest.raises(CheckError, match="is updating already"):
        steps.deploy(world.work(), ASKED)
    assert not world.aws.tags
    assert not list(world.folder.glob("*.json"))
    assert not (world.folder / "here").exists()


def test_an_endpoint_that_stays_updating_ends_in_time(world):
    world.aws.updating = -1
    with pytest.raises(CheckError, match="still updating after 600 s"):
        steps.deploy(world.work(), ASKED)
    assert world.work().file.read().phase == "shifting"


def test_a_shift_that_is_only_done_in_part_is_asked_again_and_then_told(world):
    world.aws.partial = 1
    state = steps.deploy(world.work(), ASKED)
    assert same(world.aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    world.aws.partial = 10_000
    with pytest.raises(CheckError, match="took that, and has"):
        steps.shifted(world.work(), state, 1)


@pytest.mark.parametrize("cut", range(1, 16))
def test_cut_off_at_any_call_it_goes_on_or_back(world, cut):
    """From the n-th call on nothing gets through: what is stored then is enough for both ways."""
    answer = world.aws.answer
    calls = []

    def killed(*asked):
        calls.append(asked)
        if len(calls) >= cut:
            raise SystemExit
        return answer(*asked)

    world.aws.answer = killed
    try:
        steps.deploy(world.work(), ASKED)
    except SystemExit:
        assert len(calls) >= cut
    world.aws.answer = answer
    if world.work().file.read() is None:
        assert world.aws.count(WEIGHTS) == 0
        assert cut <= 10
        return
    assert same(steps.resume(world.work()).before, BEFORE)
    assert same(world.aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    steps.roll_back(world.work())
    assert same(world.aws.weights("churn"), BEFORE)
    assert not world.aws.tags


def test_killed_between_the_locks_and_the_first_shift(world):
    """`kill -9` runs no clean-up: the locks stay, and the state knows whose they are."""
    work = world.work()
    state = State("one", work.route.name, "green", "canary", {"blue": 9.0, "green": 1.0}, (0.1,), 1.0)
    work.keep(state)
    for lock in work.locks:
        lock.take("one", work.patience(60.0))
        lock.rest()
    assert same(steps.resume(world.work()).before, BEFORE)
    assert same(world.aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    world.work().keep(state)
    world.aws.endpoint("churn", BEFORE)
    assert steps.roll_back(world.work()).done
    assert same(world.aws.weights("churn"), BEFORE), "weights from before the locks were brought back"
    assert not world.aws.tags


def test_a_signal_while_waiting_is_not_taken_for_an_error_of_the_route(world):
    slept = world.clock.sleep

    def signalled(seconds):
        if world.aws.count(WEIGHTS):
            raise Cancelled(15)
        slept(seconds)

    world.aws.updating = -1
    world.clock.sleep = signalled
    with pytest.raises(Cancelled):
        steps.deploy(world.work(), ASKED)
    assert world.work().file.read().phase == "shifting"


def test_a_second_deployment_and_a_foreign_state_are_refused(world):
    steps.deploy(world.work(), ASKED)
    with pytest.raises(CheckError, match="is under way"):
        steps.deploy(world.work(), ASKED)
    with pytest.raises(CheckError, match="holds"):
        steps.deploy(world.work("other.json"), ASKED)
    with pytest.raises(CheckError, match="holds"):
        steps.deploy(world.work("other.json", machine="elsewhere"), ASKED)
    assert world.aws.count(WEIGHTS) == 1
    other = world.work()
    other.route._endpoint = "fraud"
    with pytest.raises(CheckError, match="not on SageMaker endpoint fraud"):
        steps.roll_back(other)


def test_a_watcher_does_not_write_over_what_another_command_did(world):
    state = steps.deploy(world.work(), ASKED)
    state = steps.noted(world.work(), state, {"looks": 1})
    assert world.work().file.read().judge == {"looks": 1}
    steps.roll_back(world.work())
    with pytest.raises(CheckError, match="is rolled-back: another command"):
        steps.noted(world.work(), state, {"looks": 2})
    assert world.work().file.read().phase == "rolled-back"


def test_what_is_back_already_is_looked_at_and_left_alone(world):
    """The last step of a CI job asks for it once more, whatever happened before."""
    steps.deploy(world.work(), ASKED)
    steps.roll_back(world.work())
    asked = world.aws.count(WEIGHTS)
    assert steps.roll_back(world.work()).phase == "rolled-back"
    world.aws.endpoint("churn", {"blue": 0.5, "green": 0.5})
    with pytest.raises(CheckError, match="Somebody has moved it since"):
        steps.roll_back(world.work())
    assert world.aws.count(WEIGHTS) == asked
    steps.deploy(world.work(), Asked("green", "canary", (0.7,)))
    steps.promote(world.work(), "a test")
    with pytest.raises(CheckError, match="promoted already"):
        steps.roll_back(world.work())


def test_a_rollback_does_not_hang_on_the_tag(world):
    steps.deploy(world.work(), ASKED)
    world.aws.fail("ListTags", "AccessDeniedException", 10)
    assert steps.roll_back(world.work()).phase == "rolled-back"
    assert same(world.aws.weights("churn"), BEFORE)
    assert any("lock could not be looked at" in one for one in world.said)
    assert any("a lock stays behind" in one for one in world.said)
