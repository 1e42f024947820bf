"""The frames at a model's edges, and labels beside their scores."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_gates.gates.model import edgecaseframes as made
from mlops_gates.gates.model.consistencylabels import misplaced
from mlops_gates.models.frames import column, missing
from mlops_gates.models.predictions import joined, taken
from mlops_gates.worker.client import Prediction
from mlops_gates.worker.job import Column, Frame


@pytest.fixture
def frame() -> Frame:
    words = np.array([None, "a", "b", "a"], dtype=object)
    return Frame(
        (
            Column("size", "float64", np.array([1.5, -2.0, 4.0, 0.5])),
            Column("code", "int64", np.array([1, 2, 3, 3]), np.array([False, True, False, False])),
            Column("open", "bool", np.array([True, False, True, False])),
            Column("word", "string", words),
        ),
        4,
    )


def cells(frame: Frame, name: str) -> list[object]:
    return column(frame, name).values.tolist()


def test_the_template_has_no_blanks_where_it_can(frame: Frame) -> None:
    assert cells(made.template(frame), "size") == [4.0, 0.5]


def test_zeros_with_and_without_codes(frame: Frame) -> None:
    assert cells(made.zeros(frame), "size") == [0.0, 0.0]
    assert cells(made.zeros(frame), "code") == [0, 0]
    assert cells(made.zeros(frame, codes=False), "code") == [3, 3]


def test_extremes_are_the_ends_their_negatives_and_a_thousand_times_as_much(frame: Frame) -> None:
    found = made.extremes(frame)
    assert cells(found, "size") == [-2.0, 4.0, 2.0, -4.0, -2000.0, 4000.0, 2000.0, -4000.0]
    assert column(found, "code").values.dtype == np.int64
    assert cells(made.huge(frame), "code") == [1e30, -1e30]


def test_a_large_integer_stays_one() -> None:
    large = Frame((Column("x", "int64", np.array([2**61, -(2**61)])),), 2)
    assert column(made.extremes(large), "x").values.dtype == np.int64
    assert max(made.extremes(large).columns[0].values.tolist()) == 2**62


def test_a_blank_in_each_feature_then_in_all(frame: Frame) -> None:
    found = made.blanks(frame)
    blank = np.array([missing(one) for one in found.columns])
    assert blank.tolist() == np.hstack([np.eye(4, dtype=bool), np.ones((4, 1), bool)]).tolist()


def test_a_word_never_seen(frame: Frame) -> None:
    assert cells(made.unseen(frame), "word") == [made.UNSEEN] * 2
    numbers = Frame(frame.columns[:1], 4)
    with pytest.raises(made.NotApplicable, match="no feature is text"):
        made.unseen(numbers)
    with pytest.raises(made.NotApplicable, match="one feature only"):
        made.turned(numbers)
    with pytest.raises(made.NotApplicable, match="no feature is a number"):
        made.zeros(Frame(frame.columns[3:], 4))


def test_numbers_as_text(frame: Frame) -> None:
    found = made.as_text(frame)
    assert (column(found, "size").kind, cells(found, "size")) == ("string", ["4.0", "0.5"])


def test_misplaced_labels_are_the_fewest_over_all_cuts() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        scores, labels = rng.integers(0, 6, 9) / 5, rng.random(9) < 0.5
        cuts = [*np.unique(scores).tolist(), np.inf]
        assert misplaced(scores, labels) == min(int(((scores >= cut) != labels).sum()) for cut in cuts)
    assert misplaced(np.array([0.1, 0.9]), np.array([True, False])) == 1
    assert misplaced(np.array([0.1, 0.9]), np.array([False, False])) == 0


def test_parts_joined_are_what_was_taken_apart() -> None:
    whole = Prediction(np.arange(6.0), np.arange(12.0).reshape(6, 2), "decision", None, 1.0, 2.0, ())
    parts = [taken(whole, np.arange(4)), taken(whole, np.arange(4, 6))]
    back = joined(parts)
    assert back.labels.tolist() == whole.labels.tolist()
    assert back.scores is not None
    assert np.array_equal(back.scores, whole.scores)
    assert (back.seconds, back.wall) == (2.0, 4.0)
    uneven = joined([parts[0], parts[1]._replace(scores=None)])
    assert (uneven.scores, uneven.kind_of_scores) == (None, None)
