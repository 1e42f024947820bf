"""The tag that locks an endpoint, asked for by several at once: threads on the SageMaker stand-in, with calls that dawdle."""

from __future__ import annotations

import random
import threading
import time

import pytest
from canary_fakes import BEFORE, DirectEndpoints, FakeClock

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.locking import Locked
from mlops_gates.gates.canary.locking_tag import TAG, TagLock
from mlops_gates.gates.canary.routes_sagemaker import Variants
from mlops_gates.gates.canary.waiting import Patience, RealClock
from standins.sagemaker import StandIn

PAUSE = 0.004
DAY = 86_400.0


class Dawdling(DirectEndpoints):
    """Each call takes up to several pauses of the lock, before or after it is done."""

    def __init__(self, aws, seed):
        super().__init__(aws)
        self._draw = random.Random(seed)

    def call(self, operation, **members):
        time.sleep(self._draw.choice((0, 0, PAUSE / 2, 4 * PAUSE)))
        answer = super().call(operation, **members)
        time.sleep(self._draw.choice((0, 0, PAUSE / 2, 3 * PAUSE)))
        return answer


def contend(aws, run, seed, held, most, start):
    endpoints, clock = Dawdling(aws, seed), RealClock()
    lock = TagLock(endpoints, "churn", clock, DAY, PAUSE)
    patience = Patience(Variants(endpoints, "churn", "green"), clock, 20.0)
    start.wait()
    try:
        lock.take(run, patience)
    except Locked:
        return
    held.add(run)
    most.append(set(held))
    time.sleep(4 * PAUSE)
    lock.take(run, patience)  # as the next step of a canary does
    held.discard(run)
    lock.release(run, patience)


def test_two_never_hold_it_and_nothing_stays_behind():
    most = []
    for seed in range(0, 40, 10):
        aws = StandIn()
        aws.endpoint("churn", BEFORE)
        held, start = set(), threading.Barrier(4)
        given = [(aws, f"run{at}", seed + at, held, most, start) for at in range(4)]
        threads = [threading.Thread(target=contend, args=one) for one in given]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not aws.tags
    assert all(len(holders) == 1 for holders in most), most
    assert most, "nobody ever got it"


@pytest.fixture
def world():
    aws = StandIn()
    aws.endpoint("churn", BEFORE)
    return aws


def tag(aws, clock=None):
    return TagLock(DirectEndpoints(aws), "churn", clock or FakeClock(), DAY)


def patience(aws):
    return Patience(Variants(DirectEndpoints(aws), "churn", "green"), FakeClock(), 60.0)


def test_a_writer_that_was_held_up_does_not_take_what_another_one_holds(world):
    """The second one read that there is no lock, and writes long after the first one has read its own back."""
    slow = DirectEndpoints(world)
    call = slow.call

    def held_up(operation, **members):
        if operation == "AddTags" and not world.tags:
            tag(world).take("one", patience(world))
        return call(operation, **members)

    slow.call = held_up
    with pytest.raises(Locked, match="the canary one holds churn"):
        TagLock(slow, "churn", FakeClock(), DAY).take("two", patience(world))
    tag(world).take("one", patience(world))
    assert len(world.tags) == 1


def test_of_two_that_claim_it_the_lower_one_waits_for_the_other_to_withdraw(world):
    clock = FakeClock()
    slept = clock.sleep

    def meanwhile(seconds):
        slept(seconds)
        if len(clock.slept) == 1:
            world.tags[f"{TAG}:zzz"] = "claimed 2026-05-03T10:00:00Z"
        if len(clock.slept) == 3:
            world.tags.pop(f"{TAG}:zzz")

    clock.sleep = meanwhile
    tag(world, clock).take("one", patience(world))
    assert list(world.tags) == [f"{TAG}:one"]
    assert world.tags[f"{TAG}:one"].startswith("held ")


def test_of_two_that_claim_it_the_higher_one_withdraws(world):
    clock = FakeClock()
    clock.sleep = lambda _: world.tags.update({f"{TAG}:abc": "claimed 2026-05-03T10:00:00Z"})
    with pytest.raises(Locked, match="the canary abc holds churn"):
        tag(world, clock).take("one", patience(world))
    assert list(world.tags) == [f"{TAG}:abc"]


def test_a_claim_that_nobody_withdraws_is_told_with_the_command_that_removes_it(world):
    world.tags[f"{TAG}:zzz"] = "claimed 2026-05-03T10:00:00Z"
    with pytest.raises(Locked, match="the canary zzz holds churn") as raised:
        tag(world).take("one", patience(world))
    assert raised.value.next_step.endswith(f"--tag-keys {TAG}:zzz")
    assert list(world.tags) == [f"{TAG}:zzz"], "our own claim stays behind"


def test_two_that_hold_it_all_the_same_are_told_apart_by_who_came_first(world):
    """AWS promises of no write that the next read shows it. Who came later refuses at its next step."""
    world.tags[f"{TAG}:one"] = "held 2026-05-03T10:00:00Z"
    world.tags[f"{TAG}:two"] = "held 2026-05-03T10:00:05Z"
    tag(world).take("one", patience(world))
    with pytest.raises(Locked, match="the canary one holds churn"):
        tag(world).take("two", patience(world))


def test_a_tag_that_vanished_after_it_was_written_is_no_lock(world):
    clock = FakeClock()
    clock.sleep = lambda _: world.tags.clear()
    with pytest.raises(CheckError, match="is not there"):
        tag(world, clock).take("one", patience(world))
