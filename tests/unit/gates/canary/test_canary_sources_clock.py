"""Intervals on a clock that does not jump."""

from __future__ import annotations

from email.utils import formatdate
from itertools import islice

import pytest

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.sources.clock import Clock, Frozen, Intervals, aligned
from mlops_gates.gates.canary.streams import Look


class World:
    """A machine: what has passed, and a wall clock that anyone may set."""

    def __init__(self) -> None:
        self.passed, self.wall, self.jumps = 0.0, 1_800_000_000.0, {}

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        self.wall += seconds
        for at in [at for at in self.jumps if at <= self.passed]:
            self.wall += self.jumps.pop(at)

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.passed)


@pytest.mark.parametrize("jumps", [{}, {100: 3600.0}, {100: -3600.0}, {61: 30.0, 62: -90.0, 200: 86400.0}])
def test_a_jump_of_the_wall_clock_neither_repeats_nor_skips_an_interval(jumps):
    world = World()
    world.jumps = dict(jumps)
    clock = world.clock()
    plan = Intervals(clock.now(), 60, 30)
    read = []
    for number, start, end in islice(plan.upcoming(clock, sleep=world.sleep), 6):
        read.append((number, start - plan.start, end - plan.start))
        assert world.passed == pytest.approx(60 * (number + 1) + 30, abs=1.0)
    assert read == [(number, 60.0 * number, 60.0 * (number + 1)) for number in range(6)]
    assert not world.jumps


def test_a_slow_reader_gets_every_interval_late_and_none_left_out():
    world = World()
    clock = world.clock()
    plan = Intervals(clock.now(), 60, 0)
    numbers = []
    for number, _, _ in islice(plan.upcoming(clock, sleep=world.sleep), 4):
        numbers.append(number)
        world.sleep(200)
    assert numbers == [0, 1, 2, 3]


def test_a_resumed_run_goes_on_with_its_next_interval():
    world = World()
    plan = Intervals(world.wall, 60, 0)
    world.sleep(1000)
    assert next(plan.upcoming(world.clock(), first=7, sleep=world.sleep)) == (7, *plan.bounds(7))


def test_fractions_do_not_pile_up():
    plan = Intervals(0.0, 0.1, 0)
    assert plan.bounds(10**6)[0] == pytest.approx(10**5, abs=1e-9)
    assert all(plan.bounds(one)[1] == plan.bounds(one + 1)[0] for one in range(10_000))


@pytest.mark.parametrize(("off", "words"), [(90, "90 s ahead of"), (-3600, "3600 s behind")])
def test_a_clock_that_is_off_by_more_than_a_minute_is_told(off, words):
    world = World()
    with pytest.raises(CheckError, match=words):
        world.clock().against(formatdate(world.wall - off, usegmt=True), "cloudwatch")


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 9999 99:99:99 GMT"])
def test_no_date_tells_nothing_and_a_minute_is_no_skew(date):
    world = World()
    world.clock().against(date, "prometheus")
    world.clock().against(formatdate(world.wall - 59, usegmt=True), "prometheus")


def test_aligned_is_the_next_boundary():
    assert [aligned(one, 60) for one in (0, 1, 59.9, 60, 61)] == [0, 60, 60, 60, 120]


class Reader:
    def __init__(self) -> None:
        self.asked = []

    def read(self, start: float, end: float) -> Look:
        self.asked.append((start, end))
        return Look(start, end)


def test_an_interval_is_read_once_and_not_before_its_late_points_are_there():
    world, reader = World(), Reader()
    clock = world.clock()
    began = clock.now()
    source = Frozen(reader, 30, clock)
    world.sleep(89)
    with pytest.raises(CheckError, match="1 s before its last points"):
        source.read(began, began + 60)
    world.sleep(1)
    assert source.read(began, began + 60).end == began + 60
    world.sleep(600)
    for start, end in ((began, began + 60), (began + 30, began + 90)):
        with pytest.raises(CheckError, match="has been read"):
            source.read(start, end)
    with pytest.raises(CheckError, match="is none"):
        source.read(began + 60, began + 60)
    source.read(began + 60, began + 120)
    assert reader.asked == [(began, began + 60), (began + 60, began + 120)]


def test_where_we_are_ahead_of_the_server_its_points_are_waited_for_that_much_longer():
    world, reader = World(), Reader()
    clock = world.clock()
    began = clock.now()
    clock.against(formatdate(world.wall - 40, usegmt=True), "prometheus")
    clock.against(formatdate(world.wall + 40, usegmt=True), "prometheus")
    source = Frozen(reader, 30, clock)
    world.sleep(129)
    with pytest.raises(CheckError, match="before its last points"):
        source.read(began, began + 60)
    plan = Intervals(began, 60, 30)
    next(plan.upcoming(clock, sleep=world.sleep))
    assert world.passed == pytest.approx(130)
    source.read(began, began + 60)
