"""The way back on the SageMaker stand-in, called directly, with a clock that does not wait."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from canary_fakes import BEFORE, World

from mlops_gates.errors import Cancelled, CheckError
from mlops_gates.gates.canary import steps
from mlops_gates.gates.canary.rollback import NotRestored, restored
from mlops_gates.gates.canary.routes import same
from mlops_gates.gates.canary.routes_guardrails import Guardrails, Rollout
from mlops_gates.gates.canary.statefile import State
from mlops_gates.gates.canary.waiting import FIRST, LONGEST, Patience

WEIGHTS = "UpdateEndpointWeightsAndCapacities"


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.aws.endpoint("churn", {"blue": 0.5, "green": 0.5})
    return world


def back(world, seconds=600.0):
    route = world.work().route
    return restored(route, BEFORE, Patience(route, world.clock, seconds, draw=random.Random(1)))


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "ServiceUnavailable", "reset"])
def test_what_passes_is_waited_for(world, code):
    world.aws.fail(WEIGHTS, code, 12)
    world.aws.fail("DescribeEndpoint", code, 3)
    assert same(back(world), BEFORE)
    assert same(world.aws.weights("churn"), BEFORE)
    assert world.aws.count(WEIGHTS) == 13


def test_pauses_grow_and_differ(world):
    world.aws.fail(WEIGHTS, "ThrottlingException", 40)
    back(world)
    slept = world.clock.slept[:40]
    assert all(pause <= min(LONGEST, FIRST * 2**at) for at, pause in enumerate(slept))
    assert max(slept) > LONGEST / 2
    assert len(set(slept)) == len(slept)


def test_time_ends_and_is_kept_to(world):
    world.aws.fail(WEIGHTS, "ThrottlingException", 10_000)
    began = world.clock.now()
    with pytest.raises(NotRestored, match="THE TRAFFIC IS NOT BACK") as raised:
        back(world, 100.0)
    assert world.clock.now() - began <= 100.0
    assert "ThrottlingException" in str(raised.value)
    assert "aws sagemaker update-endpoint-weights-and-capacities --endpoint-name churn" in str(raised.value)
    assert raised.value.exit_code == 3


def test_what_is_final_is_tried_three_times(world):
    world.aws.fail(WEIGHTS, "AccessDeniedException", 2)
    assert same(back(world), BEFORE)
    world.aws.endpoint("churn", {"blue": 0.5, "green": 0.5})
    world.aws.fail(WEIGHTS, "AccessDeniedException", 100)
    asked = world.aws.count(WEIGHTS)
    with pytest.raises(NotRestored, match="denies sagemaker:UpdateEndpointWeightsAndCapacities"):
        back(world)
    assert world.aws.count(WEIGHTS) - asked == 3


def test_what_is_back_already_is_left_alone(world):
    world.aws.endpoint("churn", {"blue": 7.0, "green": 0.0})
    back(world)
    assert world.aws.count(WEIGHTS) == 0


def test_an_update_under_way_is_waited_for(world):
    world.aws.endpoints["churn"].update(status="Updating", left=5)
    back(world)
    assert same(world.aws.weights("churn"), BEFORE)


def test_an_update_that_never_ends_is_told(world):
    world.aws.endpoints["churn"].update(status="Updating", left=-1)
    with pytest.raises(NotRestored, match="still updating"):
        back(world, 100.0)


def test_a_failed_endpoint_is_told(world):
    world.aws.endpoints["churn"]["status"] = "UpdateRollbackFailed"
    with pytest.raises(NotRestored, match="is UpdateRollbackFailed"):
        back(world)


def test_a_guarded_endpoint_that_failed_is_told_as_loudly(world):
    """The look at whether a rollout is still under way meets the failure first."""
    work = world.work()
    route = Guardrails(work.route.endpoints, "churn", "second", Rollout("canary", 10, alarms=("5xx",)))
    state = State("one", route.name, "second", "canary", {"first": 1.0}, (0.1,), 1.0, step=0, phase="watching")
    work = replace(work, route=route, locks=())
    work.keep(state)
    world.aws.endpoints["churn"]["status"] = "Failed"
    with pytest.raises(NotRestored, match="is Failed") as raised:
        steps.roll_back(work)
    assert "aws cloudwatch set-alarm-state" in raised.value.next_step


def test_a_partial_answer_is_no_success(world):
    world.aws.partial = 3
    back(world)
    assert same(world.aws.weights("churn"), BEFORE)
    world.aws.endpoint("churn", {"blue": 0.5, "green": 0.5})
    world.aws.partial = 100_000
    with pytest.raises(NotRestored, match="though it took the change"):
        back(world, 60.0)


def test_expired_credentials_are_read_anew_once(world):
    world.aws.fail(WEIGHTS, "ExpiredTokenException", 1)
    back(world)
    world.aws.endpoint("churn", {"blue": 0.5, "green": 0.5})
    world.aws.fail(WEIGHTS, "ExpiredTokenException", 2)
    with pytest.raises(NotRestored, match="credentials have expired"):
        back(world)


def test_a_signal_gets_through(world):
    route = world.work().route

    def signalled():
        raise Cancelled(15)

    route.settled = signalled
    with pytest.raises(Cancelled):
        restored(route, BEFORE, Patience(route, world.clock, 10.0))


def test_only_what_a_canary_needs_is_ever_called():
    from mlops_gates.adapters.endpoints import Endpoints

    for operation in ("DeleteEndpoint", "CreateEndpoint", "StopPipelineExecution"):
        with pytest.raises(CheckError, match="never calls"):
            Endpoints("us-east-1").call(operation)
