from __future__ import annotations

import numpy as np
import pytest

from mlops_gates.models import perturb
from mlops_gates.models.perturb_owners import by_owner, owner
from mlops_gates.models.perturb_units import units
from mlops_gates.worker.client import Loaded
from mlops_gates.worker.job import Column, Frame

N = 400


@pytest.fixture
def frame() -> Frame:
    rng = np.random.default_rng(1)
    words = np.array(["month", "year", None], dtype=object)[rng.integers(3, size=N)]
    return Frame(
        (
            Column("amount", "float64", rng.normal(50, 10, N), rng.random(N) < 0.1),
            Column("age", "int64", rng.integers(18, 90, N)),
            Column("code", "int64", rng.integers(0, 4, N)),
            Column("customerID", "int64", rng.permutation(10**6)[:N]),
            Column("row", "int64", np.arange(N)),
            Column("income", "int64", rng.permutation(10**6)[:N]),
            Column("active", "bool", rng.random(N) < 0.5),
            Column("contract", "string", words),
            Column("remark", "string", np.array([f"text {n}" for n in range(N)], dtype=object)),
            Column("user_id", "string", np.array([f"u{n}" for n in range(N)], dtype=object)),
            Column("still", "float64", np.ones(N)),
        ),
        N,
    )


def test_traits(frame: Frame) -> None:
    kinds = {one.name: one.kind for one in perturb.traits(frame)}
    assert kinds == {
        "amount": "number",
        "age": "number",
        "code": "other",
        "customerID": "id",
        "row": "id",
        "income": "number",
        "active": "other",
        "contract": "words",
        "remark": "other",
        "user_id": "id",
        "still": "other",
    }
    assert {one.name for one in perturb.traits(frame) if one.nulls} == {"amount", "contract"}


def test_noise_is_in_units_of_the_spread(frame: Frame) -> None:
    about = perturb.traits(frame)
    made = perturb.noisy(frame, about, 0.5, np.random.default_rng(1))
    moved = {
        one.name: other.values.astype(float) - one.values.astype(float)
        for one, other in zip(frame.columns, made.columns, strict=True)
        if one.kind != "string"
    }
    spread = frame.columns[0].values[~frame.columns[0].nulls].std()
    assert moved["amount"].std() == pytest.approx(0.5 * spread, rel=0.15)
    assert made.columns[1].values.dtype == np.int64
    assert moved["age"].std() == pytest.approx(0.5 * frame.columns[1].values.std(), rel=0.15)
    assert {name for name, steps in moved.items() if steps.any()} == {"amount", "age", "income"}
    assert made.columns[0].nulls is frame.columns[0].nulls


def test_small_noise_on_integers_is_none(frame: Frame) -> None:
    ages = Frame(frame.columns[1:2], N)
    made = perturb.noisy(ages, perturb.traits(ages), 0.001, np.random.default_rng(1))
    assert not perturb.touched(ages, made).any()


def test_a_share_of_cells_becomes_null(frame: Frame) -> None:
    made = perturb.blanked(frame, {"age", "contract"}, 0.2, np.random.default_rng(1))
    assert made.columns[1].nulls.mean() == pytest.approx(0.2, abs=0.06)
    before, after = (np.array([cell is None for cell in one.columns[7].values]) for one in (frame, made))
    assert (before <= after).all()
    assert (after & ~before).sum() / (~before).sum() == pytest.approx(0.2, abs=0.06)
    assert made.columns[0] is frame.columns[0]
    assert perturb.touched(frame, made).mean() == pytest.approx(1 - 0.8 * (1 - 0.2 * 2 / 3), abs=0.06)


def test_words_become_other_words_of_their_column(frame: Frame) -> None:
    made = perturb.swapped(frame, frame, {"contract"}, 0.3, np.random.default_rng(1))
    old, new = frame.columns[7].values, made.columns[7].values
    assert set(new) == {"month", "year", None}
    assert ((old == None) == (new == None)).all()  # noqa: E711 -- elementwise
    there = old != None  # noqa: E711
    assert (old != new)[there].mean() == pytest.approx(0.3, abs=0.08)


def test_a_word_of_nearly_all_cells_still_becomes_another() -> None:
    column = Column("w", "string", np.array(["a"] * 9999 + ["b"], dtype=object))
    frame = Frame((column,), 10_000)
    made = perturb.swapped(frame, frame, {"w"}, 0.01, np.random.default_rng(1))
    assert perturb.touched(frame, made).sum() > 50


def test_cells_of_other_rows(frame: Frame) -> None:
    made = perturb.mixed(frame, 3, lambda place: np.array([place, 0, 5]))
    assert made.rows == 3
    assert made.columns[1].values.tolist() == frame.columns[1].values[[1, 0, 5]].tolist()
    assert made.columns[0].nulls.tolist() == frame.columns[0].nulls[[0, 0, 5]].tolist()


def test_columns_of_a_pipeline_belong_to_features() -> None:
    features = ["Contract", "Contract_type", "tenure"]
    assert owner("words__Contract_Two year", features) == "Contract"
    assert owner("Contract_type_a", features) == "Contract_type"
    assert owner("numbers__tenure", features) == "tenure"
    assert owner("tenure", features) == "tenure"
    assert owner("x3", features) == "x3"
    assert by_owner([("a__tenure", 1.0), ("Contract_x", 2.0), ("Contract_y", 3.0)], features) == {
        "tenure": 1.0,
        "Contract": 5.0,
    }


def test_of_many_features_the_first_are_asked_alone() -> None:
    frame = Frame(tuple(Column(f"f{n}", "float64", np.zeros(2)) for n in range(10)), 2)
    loaded = Loaded("M", None, {}, (), 0.0, importances=(("f7", 0.5), ("f2", 0.4), ("f1", 0.1)))
    found = units(frame, loaded, ("f9",), 3)
    assert [part.name for part in found] == ["f2", "f7", "f9", "the other 7 features"]
    assert found[-1].places == (0, 1, 3, 4, 5, 6, 8)
    named = Loaded("M", ("f3", "f4"), {}, (), 0.0)
    assert [part.places for part in units(frame, named)] == [(3,), (4,)]
