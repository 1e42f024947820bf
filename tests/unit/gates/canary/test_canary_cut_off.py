"""Steps that are cut off at any call, or cannot store what they are about to do: what is left is enough to go on or back."""

from __future__ import annotations

import pytest
from canary_fakes import BEFORE, World

from mlops_gates.gates.canary import steps
from mlops_gates.gates.canary.routes import same
from mlops_gates.gates.canary.statefile import Unwritable
from mlops_gates.gates.canary.steps import Asked

ASKED = Asked("green", "canary", (0.1,))
WEIGHTS = "UpdateEndpointWeightsAndCapacities"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def killed_at(world, cut, step):
    """From the n-th call on nothing gets through, as after `kill -9`; whether the step came so far."""
    answer, calls = world.aws.answer, []

    def killed(*asked):
        calls.append(asked)
        if len(calls) >= cut:
            raise SystemExit
        return answer(*asked)

    world.aws.answer = killed
    try:
        step()
    except SystemExit:
        return True
    finally:
        world.aws.answer = answer
    return False


@pytest.mark.parametrize("cut", range(1, 10))
@pytest.mark.parametrize("then", ["on", "back"])
def test_a_promotion_that_is_cut_off_goes_on_or_back(world, cut, then):
    state = steps.deploy(world.work(), ASKED)
    steps.decided(world.work(), state, "promote")
    cut_off = killed_at(world, cut, lambda: steps.promote(world.work()))
    found = world.work().file.read()
    if found.done:  # nothing but the locks was left to do: the next canary does it
        assert same(world.aws.weights("churn"), {"green": 1.0})
        return
    assert cut_off
    if then == "on":
        assert steps.promote(world.work()).phase == "promoted"
        assert same(world.aws.weights("churn"), {"green": 1.0})
    else:
        assert steps.roll_back(world.work()).phase == "rolled-back"
        assert same(world.aws.weights("churn"), BEFORE)
    assert not world.aws.tags


@pytest.mark.parametrize("cut", range(1, 10))
def test_a_rollback_that_is_cut_off_goes_on(world, cut):
    steps.deploy(world.work(), ASKED)
    killed_at(world, cut, lambda: steps.roll_back(world.work()))
    assert steps.roll_back(world.work()).phase == "rolled-back"
    assert same(world.aws.weights("churn"), BEFORE)
    assert not world.aws.tags


@pytest.mark.parametrize("end", [steps.roll_back, lambda work: steps.promote(work, "a test")])
def test_killed_before_the_locks_were_let_go_it_locks_nobody_out(world, end, monkeypatch):
    steps.deploy(world.work(), ASKED)
    with monkeypatch.context() as patched:
        patched.setattr(steps, "_release", lambda *_: None)
        assert end(world.work()).done
    assert len(world.aws.tags) == 1
    world.aws.endpoint("churn", BEFORE)
    steps.deploy(world.work(), ASKED)
    assert len(world.aws.tags) == 1


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_what_cannot_be_stored_is_not_begun(world, nth):
    """A full disk at the n-th write of a deployment: without a state nothing could be brought back."""
    work = world.work()
    write, written = work.file.write, []

    def full(*asked):
        written.append(asked)
        if len(written) >= nth:
            raise Unwritable("state.json cannot be written: No space left on device")
        return write(*asked)

    work.file.write = full
    with pytest.raises(Unwritable, match="No space left"):
        steps.deploy(work, ASKED)
    assert world.aws.count(WEIGHTS) == 0
    if nth < 3:
        assert not world.aws.tags
        assert world.work().file.read() is None
    else:  # the locks are held by a canary that its state tells of
        assert steps.roll_back(world.work()).done
    steps.deploy(world.work(), ASKED)
