"""The state of a canary in its file: read as it was written, replaced whole, and refused where it is something else."""

from __future__ import annotations

import json
import os

import pytest

from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.statefile import State, StateFile

STATE = State("run1", "SageMaker endpoint churn", "green", "canary", {"blue": 1.0, "green": 0.0}, (0.1, 0.5), 1000.0)


@pytest.fixture
def file(tmp_path):
    return StateFile(tmp_path / "folder" / "state.json")


def test_it_is_read_as_it_was_written(file):
    assert file.read() is None
    judge = {"e": [1.5, 2], "looks": 7}
    wanted = State(
        **{**STATE.__dict__, "judge": judge, "step": 1, "phase": "watching", "duration": 60.0, "thresholds": "t.yml"}
    )
    stored = file.write(wanted, 1234.5)
    assert stored.updated == 1234.5
    assert file.read() == stored
    assert file.read().share == 0.5
    assert [one.name for one in file.path.parent.iterdir()] == ["state.json"]


def test_shares_before_the_first_step_are_none():
    assert STATE.share == 0.0
    assert not STATE.done


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"phase": "flying"},
        {"strategy": "hope"},
        {"before": {}},
        {"before": {"blue": 0.0}},
        {"before": {"blue": -1.0, "green": 3.0}},
        {"before": {"blue": "1"}},
        {"before": {"blue": True}},
        {"before": [1]},
        {"plan": []},
        {"plan": ["x"]},
        {"before": {"blue": 1e308, "green": 1e308}},
        {"plan": [0.1, 5.0]},
        {"verdict": "maybe"},
        {"duration": -1},
        {"step": True},
        {"step": 2},
        {"step": -2},
        {"step": "0"},
        {"step": None},
        {"run": 7},
        {"judge": 5},
        {"duration": "1h"},
        {"began": None},
        {"more": 1},
    ],
)
def test_what_cannot_be_is_refused(file, change):
    file.write(STATE, 1.0)
    plain = json.loads(file.path.read_text())
    file.path.write_text(json.dumps({**plain, **change}))
    with pytest.raises(CheckError, match="holds no state of a canary"):
        file.read()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"x"', b'{"before": NaN}', b"[" * 100_000])
def test_what_is_no_state_is_refused(file, raw):
    file.path.parent.mkdir()
    file.path.write_bytes(raw)
    with pytest.raises(CheckError, match="holds no state of a canary"):
        file.read()


def test_a_missing_member_is_named(file):
    file.write(STATE, 1.0)
    plain = json.loads(file.path.read_text())
    del plain["before"]
    file.path.write_text(json.dumps(plain))
    with pytest.raises(CheckError, match="members"):
        file.read()


def test_nan_is_never_written_and_the_old_state_stays(file):
    file.write(STATE, 1.0)
    with pytest.raises(CheckError, match="cannot be written"):
        file.write(State(**{**STATE.__dict__, "judge": {"e": float("nan")}}), 2.0)
    assert file.read().updated == 1.0


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(CheckError, match="cannot be written"):
        StateFile(tmp_path / "taken" / "state.json").write(STATE, 1.0)


@pytest.mark.timeout(10)
def test_a_pipe_a_folder_and_a_link_to_nowhere_do_not_hang(file):
    file.path.parent.mkdir()
    os.mkfifo(file.path)
    with pytest.raises(CheckError, match="holds no state of a canary"):
        file.read()
    file.path.unlink()
    file.path.mkdir()
    with pytest.raises(CheckError, match="cannot be read"):
        file.read()
    file.path.rmdir()
    file.path.symlink_to(file.path.parent / "gone.json")
    assert file.read() is None
    file.write(STATE, 1.0)
    assert not file.path.is_symlink(), "a link is replaced, and what it pointed at is left alone"
    assert not (file.path.parent / "gone.json").exists()


def test_a_state_of_another_version_is_called_so(file):
    file.write(STATE, 1.0)
    plain = json.loads(file.path.read_text())
    file.path.write_text(json.dumps({**plain, "format": "mlops-gates canary state 1"}))
    with pytest.raises(CheckError, match="of another version of mlops-gates"):
        file.read()
