"""One canary at a time: the file of this machine and the tag on the SageMaker stand-in, called directly."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest
from canary_fakes import DirectEndpoints, FakeClock, World

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.locking import FileLock, Locked
from mlops_gates.gates.canary.locking_tag import TAG, TagLock
from mlops_gates.gates.canary.waiting import Patience

DAY = 86_400.0


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def patience(tmp_path, clock):
    return Patience(World(tmp_path).work().route, clock, 60.0)


def lock(tmp_path, clock):
    return FileLock("endpoint churn", clock, DAY, tmp_path / "locks")


def test_a_run_takes_it_again_and_another_is_refused(tmp_path, clock, patience):
    first, again, other = (lock(tmp_path, clock) for _ in range(3))
    first.take("one", patience)
    first.take("one", patience)
    with pytest.raises(Locked, match="right now"):
        again.take("one", patience)
    first.rest()
    again.take("one", patience)
    again.rest()
    clock.sleep(7200)
    with pytest.raises(Locked, match=r"the canary one holds endpoint churn since 2\.0 h") as raised:
        other.take("two", patience)
    assert "stale" not in str(raised.value)
    other.release("two", patience)
    again.take("one", patience)
    again.release("one", patience)
    other.take("two", patience)


def test_a_stale_lock_names_the_command_that_removes_it(tmp_path, clock, patience):
    first, other = (lock(tmp_path, clock) for _ in range(2))
    first.take("one", patience)
    first.rest()
    clock.sleep(2 * DAY)
    with pytest.raises(Locked, match="stale") as raised:
        other.take("two", patience)
    words = shlex.split(raised.value.next_step.rpartition("lock: ")[2])
    assert words == ["rm", str(first.path)]
    subprocess.run(words, check=True)
    other.take("two", patience)


def test_a_process_that_died_holds_it_no_more(tmp_path, clock, patience):
    code = (
        "import os, sys, signal; from pathlib import Path; from mlops_gates.gates.canary.locking import FileLock;"
        "from mlops_gates.gates.canary.waiting import RealClock;"
        f"FileLock('endpoint churn', RealClock(), 1.0, Path({str(tmp_path / 'locks')!r})).take('one', None);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    mine = lock(tmp_path, clock)
    with pytest.raises(Locked, match="the canary one holds"):
        mine.take("two", patience)
    mine.take("one", patience)


def test_a_file_cut_off_by_a_crash_holds_nobody_up(tmp_path, clock, patience):
    mine = lock(tmp_path, clock)
    mine.path.parent.mkdir()
    mine.path.write_text('{"run": "on')
    mine.take("two", patience)
    mine.rest()
    with pytest.raises(Locked, match="the canary two holds"):
        lock(tmp_path, clock).take("three", patience)


def test_a_lock_that_cannot_be_opened_is_told_in_words(tmp_path, clock, patience):
    mine = lock(tmp_path, clock)
    mine.path.mkdir(parents=True)
    with pytest.raises(CheckError, match="the lock cannot be written"):
        mine.take("one", patience)


def test_a_folder_that_is_a_link_is_not_trusted(tmp_path, clock, patience):
    (tmp_path / "real").mkdir()
    (tmp_path / "locks").symlink_to(tmp_path / "real")
    with pytest.raises(CheckError, match="belongs to somebody else"):
        lock(tmp_path, clock).take("one", patience)
    assert not list((tmp_path / "real").iterdir())


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def tag(world):
    return TagLock(DirectEndpoints(world.aws), "churn", world.clock, DAY)


def test_the_tag_holds_run_and_time_and_goes(world, patience):
    world.aws.tags = {"a": "1", "team": "x"}
    tag(world).take("one", patience)
    assert world.aws.tags[f"{TAG}:one"] == "held 1970-01-12T13:46:42Z"
    writes = world.aws.count("AddTags")
    tag(world).take("one", patience)
    assert world.aws.count("AddTags") == writes
    with pytest.raises(Locked, match="the canary one holds churn"):
        tag(world).take("two", patience)
    tag(world).release("two", patience)
    assert f"{TAG}:one" in world.aws.tags
    tag(world).release("one", patience)
    assert world.aws.tags == {"a": "1", "team": "x"}


def test_a_tag_of_unknown_form_is_held_by_somebody_and_stale(world, patience):
    world.aws.tags = {TAG: "whatever"}
    with pytest.raises(Locked, match="stale") as raised:
        tag(world).take("one", patience)
    assert "aws sagemaker delete-tags" in str(raised.value)


def test_throttled_tags_are_waited_for_and_denied_ones_told(world, patience):
    world.aws.fail("AddTags", "ThrottlingException", 3)
    tag(world).take("one", patience)
    world.aws.tags.clear()
    world.aws.fail("AddTags", "AccessDeniedException", 1)
    with pytest.raises(CheckError, match="denies sagemaker:AddTags"):
        tag(world).take("one", patience)
