"""Fairness, slices and distribution, run on answers that are made here: what cannot be told never passes, nothing crashes."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates import document
from mlops_gates.checks import Check, Context, observe
from mlops_gates.findings import CheckResult, Location, Status
from mlops_gates.gates.model import distribution, fairness, slices
from mlops_gates.gates.model.distribution_options import Distribution, DistributionOptions
from mlops_gates.gates.model.fairness_options import Fairness, FairnessOptions
from mlops_gates.gates.model.scope import ModelOptions, ModelScope
from mlops_gates.gates.model.slices import Slices, SlicesOptions
from mlops_gates.models import truth
from mlops_gates.models.answers import read
from mlops_gates.models.features import canonical
from mlops_gates.options import Policy
from mlops_gates.policy import Judge
from mlops_gates.stats.regression import Estimates
from mlops_gates.worker.client import Prediction
from mlops_gates.worker.job import Column, Frame

HERE = Location("mlops-gates.yml", 1)


class Block(FairnessOptions, SlicesOptions, DistributionOptions, ModelOptions):
    """What the gate makes of the checks."""


@dataclass
class Asked:
    """A model that has answered."""

    base: Prediction


def column(name: str, values: Sequence[Any]) -> Column:
    if any(isinstance(one, str) for one in values):
        return Column(name, "string", np.array(values, dtype=object), None)
    found = np.array([np.nan if one is None else one for one in values], dtype=float)
    return Column(name, "float64", found, None)


def scope(
    tmp_path: Path,
    labels: Sequence[Any],
    answers: Sequence[Any],
    columns: dict[str, Sequence[Any]],
    positive: object = None,
    samples: bool = False,
    **keys: Any,
) -> ModelScope:
    """A scope whose features are `columns`; labels that are floats make a regression."""
    (tmp_path / "mlops-gates.yml").write_text("model:\n  path: m.joblib\n", encoding="utf-8")
    config = document.load(tmp_path / "mlops-gates.yml", "mlops-gates.yml")
    context = Context(
        config, ("model",), tmp_path, time.monotonic() + 60, 10**9, threading.Event(), lambda _: None, lambda _: None,
        samples=samples,
    )  # fmt: skip
    options = Block(path="m:m", data="test.csv", target="y", **keys)
    frame = Frame(tuple(column(name, values) for name, values in columns.items()), len(labels))
    made = ModelScope(context, options, frame, frame)
    if all(isinstance(one, float) for one in labels):
        base = Prediction(np.array(answers, dtype=float), None, None, (), 0.0, 0.0, ())
        made.truth_ = truth.of_numbers(np.array(labels))
        made.estimates = Estimates(made.truth_.labels, base.labels)
    else:
        base = Prediction(np.array(answers, dtype=object), None, None, (), 0.0, 0.0, ())
        words = canonical(np.array(labels, dtype=object))
        reading = read(words, base, positive)
        made.truth_, made.answers = truth.of_labels(words, reading), reading.answers(words, base)
    made.asked = Asked(base)  # type: ignore[assignment]
    return made


def result(check: Check[ModelScope], made: ModelScope) -> CheckResult:
    from datetime import date

    return Judge(Policy(), date(2026, 1, 1)).check("model", "", observe(check, made), HERE)


def told(found: CheckResult) -> str:
    return " | ".join(f"{one.subject}: {one.message}" for one in found.findings) + found.reason


def halves(n: int) -> list[str]:
    return ["a" if place % 4 < 2 else "b" for place in range(n)]


LABELS = ["yes" if place % 2 else "no" for place in range(200)]


def test_names_of_groups_are_told_with_samples_alone(tmp_path: Path) -> None:
    answers = ["yes" if one == "b" else "no" for one in halves(200)]
    wanted = Fairness(attribute=("sex",))
    for samples in (False, True):
        made = scope(tmp_path, LABELS, answers, {"sex": halves(200)}, "yes", samples, fairness=wanted)
        found = result(fairness.CHECK, made)
        assert found.status is Status.FAILED
        assert ("sex = b" in told(found)) is samples
        assert ("group 2 of 2" in told(found)) is not samples


def test_intersections_are_groups_of_their_own(tmp_path: Path) -> None:
    old = ["old" if place % 8 < 4 else "young" for place in range(400)]
    answers = [
        "no" if (one, other) == ("a", "old") else label
        for one, other, label in zip(halves(400), old, LABELS * 2, strict=True)
    ]
    wanted = Fairness(attribute=("sex", "age"), intersections=True, metrics=("demographic_parity",), max_difference=0.3)
    made = scope(tmp_path, LABELS * 2, answers, {"sex": halves(400), "age": old}, "yes", True, fairness=wanted)
    found = result(fairness.CHECK, made)
    assert [one.subject for one in found.findings if one.status is Status.FAILED] == [
        "demographic_parity by sex and age"
    ]
    assert "sex = a, age = old (100 rows)" in told(found)


@pytest.mark.parametrize("attribute", [["a"] * 200, ["a"] * 199 + ["b"], [None] * 200, [f"w{n}" for n in range(200)]])
def test_groups_that_cannot_be_compared_never_pass(attribute: list[str | None], tmp_path: Path) -> None:
    made = scope(tmp_path, LABELS, LABELS, {"sex": attribute}, "yes", fairness=Fairness(attribute=("sex",)))
    assert result(fairness.CHECK, made).status is Status.INCONCLUSIVE


def test_labels_of_one_class_never_pass(tmp_path: Path) -> None:
    """All rows are positive, so nobody knows the false positive rate."""
    labels = ["yes"] * 200
    made = scope(tmp_path, labels, labels, {"sex": halves(200)}, "yes", fairness=Fairness(attribute=("sex",)))
    found = result(fairness.CHECK, made)
    assert found.status is Status.INCONCLUSIVE
    assert "fewer than 30 rows for false positive rate" in told(found)


def test_an_attribute_that_is_not_there_errs_and_says_the_nearest(tmp_path: Path) -> None:
    made = scope(tmp_path, LABELS, LABELS, {"gender": halves(200)}, "yes", fairness=Fairness(attribute=("gendre",)))
    found = result(fairness.CHECK, made)
    assert found.status is Status.ERRORED
    assert "Did you mean 'gender'?" in found.reason


def test_a_regression_is_compared_by_means(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    labels = rng.normal(0, 1, 400)
    shift = np.array([1.0 if one == "b" else 0.0 for one in halves(400)])
    wanted = Fairness(attribute=("sex",))
    made = scope(tmp_path, labels.tolist(), (labels + shift).tolist(), {"sex": halves(400)}, fairness=wanted)
    found = result(fairness.CHECK, made)
    assert {one.subject for one in found.findings} == {"demographic_parity by sex", "accuracy_gap by sex"}
    assert found.status is Status.FAILED
    rates = Fairness(attribute=("sex",), metrics=("equal_opportunity",))
    made = scope(tmp_path, labels.tolist(), labels.tolist(), {"sex": halves(400)}, fairness=rates)
    assert result(fairness.CHECK, made).status is Status.SKIPPED


def test_a_limit_of_the_config_that_few_rows_cannot_decide_is_inconclusive(tmp_path: Path) -> None:
    for wanted, status in (
        (Fairness(attribute=("sex",), metrics=("accuracy_gap",)), Status.PASSED),
        (Fairness(attribute=("sex",), metrics=("accuracy_gap",), max_difference=0.01), Status.INCONCLUSIVE),
    ):
        made = scope(tmp_path, LABELS, LABELS[:190] + ["no"] * 10, {"sex": halves(200)}, "yes", fairness=wanted)
        assert result(fairness.CHECK, made).status is status


def test_slices_name_values_with_samples_alone(tmp_path: Path) -> None:
    shop = ["west" if place % 10 < 3 else "east" for place in range(600)]
    labels = LABELS * 3
    answers = ["no" if one == "west" else label for one, label in zip(shop, labels, strict=True)]
    for samples in (False, True):
        made = scope(tmp_path, labels, answers, {"shop": shop}, "yes", samples, slices=Slices(max_gap=0.1))
        found = result(slices.CHECK, made)
        assert found.status is Status.FAILED
        assert ("west" in told(found)) is samples
        assert ("shop's value 2 of 2 by frequency" in told(found)) is not samples


def test_few_rows_are_skipped_unless_the_config_asks(tmp_path: Path) -> None:
    made = scope(tmp_path, LABELS[:60], LABELS[:60], {"shop": halves(60)}, "yes")
    assert result(slices.CHECK, made).status is Status.SKIPPED
    made = scope(tmp_path, LABELS[:60], LABELS[:60], {"shop": halves(60)}, "yes", slices=Slices())
    assert result(slices.CHECK, made).status is Status.INCONCLUSIVE


def test_without_anything_to_compare_with_it_is_skipped(tmp_path: Path) -> None:
    found = result(distribution.CHECK, scope(tmp_path, LABELS, LABELS, {"x": halves(200)}, "yes"))
    assert found.status is Status.SKIPPED
    assert found.reason == "no reference and no expected_stats in the config"


@pytest.mark.parametrize(
    ("expected", "values", "status"),
    [
        ({"mean": 0.0, "std": 1.0}, [None] * 200, Status.INCONCLUSIVE),
        ({"min": 0.0}, [None] * 200, Status.INCONCLUSIVE),
        ({"mean": 4.0, "std": 1.0}, [4.0] * 200, Status.FAILED),
        ({"mean": 4.0}, [4.0] * 200, Status.PASSED),
        ({"missing": 0.1}, [4.0] * 100 + [None] * 100, Status.FAILED),
        ({"max": 3.0}, [4.0] + [1.0] * 199, Status.FAILED),
        ({"mean": 4.0}, ["word"] * 200, Status.ERRORED),
    ],
)
def test_expected_numbers(expected: dict[str, float], values: list[Any], status: Status, tmp_path: Path) -> None:
    wanted = Distribution.model_validate({"expected_stats": {"x": expected}})
    made = scope(tmp_path, LABELS, LABELS, {"x": values}, "yes", distribution=wanted)
    assert result(distribution.CHECK, made).status is status


def reference(tmp_path: Path, cells: Sequence[Any]) -> None:
    (tmp_path / "train.csv").write_text("x,z\n" + "".join(f"{one},1\n" for one in cells), encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [
        ([str(n % 97) for n in range(400)], [float(n % 97) for n in range(200)], Status.PASSED),
        ([str(n % 97) for n in range(400)], [float(n % 97 + 50) for n in range(200)], Status.FAILED),
        ([str(n % 97) for n in range(400)], [None] * 200, Status.FAILED),
        (["5"] * 400, [6.0] * 200, Status.FAILED),
        (["5"] * 400, [5.0] * 200, Status.PASSED),
        (["5"] * 40, [5.0] * 200, Status.WARNED),
    ],
)
def test_the_reference(before: list[str], now: list[Any], status: Status, tmp_path: Path) -> None:
    reference(tmp_path, before)
    made = scope(tmp_path, LABELS, LABELS, {"x": now}, "yes", reference="train.csv")
    assert result(distribution.CHECK, made).status is status


def test_too_few_rows_are_inconclusive_where_the_config_asks(tmp_path: Path) -> None:
    reference(tmp_path, ["5"] * 40)
    made = scope(
        tmp_path, LABELS, LABELS, {"x": [5.0] * 200}, "yes", reference="train.csv", distribution=Distribution()
    )
    assert result(distribution.CHECK, made).status is Status.INCONCLUSIVE


def test_a_reference_of_other_columns_is_inconclusive(tmp_path: Path) -> None:
    reference(tmp_path, ["5"] * 400)
    made = scope(tmp_path, LABELS, LABELS, {"other": [5.0] * 200}, "yes", reference="train.csv")
    assert result(distribution.CHECK, made).status is Status.INCONCLUSIVE


cells = st.one_of(st.none(), st.sampled_from(["a", "b"]), st.just("c"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz"), cells), min_size=1, max_size=150),
    positive=st.sampled_from([None, "x"]),
    fewest=st.integers(2, 40),
)
def test_any_answers_in_any_groups_never_crash_and_never_pass_unseen(
    rows: list[tuple[str, str, str | None]], positive: str | None, fewest: int, tmp_path: Path
) -> None:
    labels, answers, groups = zip(*rows, strict=True)
    if not set(labels) & set(answers) or (positive and positive not in labels):
        return
    wanted = Fairness(attribute=("g",), min_group=fewest)
    made = scope(tmp_path, labels, answers, {"g": groups}, positive, fairness=wanted, slices=Slices(min_rows=10))
    found = result(fairness.CHECK, made)
    assert found.status is not Status.ERRORED, told(found)
    sizes = [groups.count(one) for one in set(groups)]
    if min(sizes) < fewest or len(sizes) < 2:
        assert found.status in (Status.INCONCLUSIVE, Status.FAILED)
    assert result(slices.CHECK, made).status is not Status.ERRORED
