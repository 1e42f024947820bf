from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlops_gates.errors import CheckError
from mlops_gates.models.answers import aligned
from mlops_gates.models.features import canonical
from mlops_gates.worker.client import Prediction


def predicted(labels: list[Any], scores: Any = None, classes: list[Any] | None = None) -> Prediction:
    import inspect

    given = {
        "labels": np.array(labels),
        "scores": None if scores is None else np.array(scores, dtype=float),
        "classes": None if classes is None else tuple(classes),
    }
    rest = {
        name: 0.0 for name, one in inspect.signature(Prediction).parameters.items()
        if name not in given and one.default is inspect.Parameter.empty
    }  # fmt: skip
    return Prediction(**given, **rest)


def labels(*values: Any) -> Any:
    return canonical(np.array(values, dtype=object))


def accuracy(truth: Any, prediction: Prediction, positive: object | None = None) -> float | None:
    return aligned(truth, prediction, positive).metric("accuracy").value


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ((0, 1, 1), ["0", "1", "1"]),
        (("0", "1", "1"), [0, 1, 1]),
        ((0, 1, 1), [0.0, 1.0, 1.0]),
        ((0.0, 1.0, 1.0), [0, 1, 1]),
        ((0.5, 1.0, 1.0), [0.5, 1, 1]),
        (("a", "b", "b"), ["a", "b", "b"]),
        ((True, False, False), [True, False, False]),
        (("True", "False", "False"), [True, False, False]),
    ],
)
def test_one_label_may_be_written_in_several_ways(truth: tuple[Any, ...], said: list[Any]) -> None:
    assert accuracy(labels(*truth), predicted(said)) == 1.0


@pytest.mark.parametrize("said", [[1, 0, 0, 1], [1.0, 0.0, 0.0, 1.0], [True, False, False, True]])
def test_0_and_1_for_two_words_mean_the_positive_one_by_1(said: list[Any]) -> None:
    truth = labels("Yes", "No", "No", "Yes")
    found = aligned(truth, predicted(said), "Yes")
    assert found.metric("accuracy").value == 1.0
    assert found.metric("recall").value == 1.0
    assert accuracy(truth, predicted(said), "No") == 0.0


def test_0_and_1_for_two_words_need_a_positive_one() -> None:
    with pytest.raises(CheckError, match="not one is in both") as raised:
        aligned(labels("Yes", "No"), predicted([1, 0]), None)
    assert "positive" in raised.value.next_step
    with pytest.raises(CheckError, match="not one is in both"):
        aligned(labels("a", "b", "c"), predicted([0, 1, 1]), "a")


def test_booleans_are_0_and_1_only_for_labels_that_are() -> None:
    """A model of booleans on labels 0 and 1."""
    found = aligned(labels(1, 0, 0), predicted([True, False, False]), 1)
    assert found.metric("accuracy").value == 1.0


def test_a_positive_that_is_no_label_is_an_error() -> None:
    with pytest.raises(CheckError, match="positive is 'yes', which is none of the 2 labels"):
        aligned(labels("Yes", "No"), predicted(["Yes", "No"]), "yes")


@pytest.mark.parametrize(
    ("truth", "positive", "word"),
    [
        ((0, 1), None, "1"),
        ((True, False), None, "True"),
        (("No", "Yes"), None, None),
        ((0, 1), 0, "0"),
        ((1.0, 2.0), 1, "1"),
    ],
)
def test_the_positive_label(truth: tuple[Any, ...], positive: object, word: str | None) -> None:
    found = aligned(labels(*truth), predicted(list(truth)), positive)
    assert (None if found.positive is None else found.classes[found.positive]) == word


def area(scores: Any, classes: list[Any] | None, positive: object, said: list[Any] | None = None) -> float | None:
    truth = labels("No", "Yes", "No", "Yes")
    return (
        aligned(truth, predicted(said or ["No", "Yes", "No", "Yes"], scores, classes), positive).metric("roc_auc").value
    )


def test_probabilities_are_those_of_the_positive_column() -> None:
    right = [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]]
    assert area(right, ["No", "Yes"], "Yes") == 1.0
    assert area(right, ["Yes", "No"], "Yes") == 0.0, "the model's own order of classes counts"
    assert area([row[::-1] for row in right], ["Yes", "No"], "Yes") == 1.0
    assert area(right, ["No", "Yes"], "No") == 1.0


def test_decision_values_grow_with_the_second_class() -> None:
    values = [-2.0, 1.0, -0.5, 3.0]
    assert area(values, ["No", "Yes"], "Yes") == 1.0
    assert area(values, ["No", "Yes"], "No") == 1.0, "turned around for the first class"
    assert area(values, ["Yes", "No"], "Yes") == 0.0
    assert area([[value] for value in values], ["No", "Yes"], "Yes") == 1.0


def test_scores_of_a_model_that_answers_0_and_1() -> None:
    assert area([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]], [0, 1], "Yes", [0, 1, 0, 1]) == 1.0
    assert area([-2.0, 1.0, -0.5, 3.0], [0, 1], "Yes", [0, 1, 0, 1]) == 1.0


@pytest.mark.parametrize(
    ("scores", "classes", "positive", "why"),
    [
        (None, ["No", "Yes"], "Yes", "neither probabilities nor decision values"),
        ([0.1] * 4, ["No", "Yes"], None, "positive"),
        ([[0.1, 0.9]] * 4, ["a", "b"], "Yes", "do not name the label 'Yes'"),
        ([[0.1, 0.9]] * 4, None, "Yes", "do not name the label 'Yes'"),
        ([[0.1, 0.2, 0.7]] * 4, ["No", "Yes"], "Yes", "do not name the label 'Yes'"),
    ],
)
def test_scores_that_do_not_say_whose_they_are(scores: Any, classes: Any, positive: Any, why: str) -> None:
    truth = labels("No", "Yes", "No", "Yes")
    metric = aligned(truth, predicted(["No", "Yes", "No", "Yes"], scores, classes), positive).metric("roc_auc")
    assert metric.value is None
    assert why in metric.reason


def test_a_class_that_only_the_model_knows_is_wrong_and_no_crash() -> None:
    found = aligned(labels("a", "b", "a"), predicted(["a", "c", "a"]), None)
    assert found.metric("accuracy").value == pytest.approx(2 / 3)
    assert found.classes == ("a", "b", "c")
