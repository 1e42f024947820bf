"""Columns of a frame are counted as those of a table are, and cut into parts that hold every row once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.models.parts import parts
from mlops_gates.models.spread import beside, profiled, spelled_like
from mlops_gates.stats.tallies import Categories, Numbers
from mlops_gates.tables import comparing, profiling
from mlops_gates.tables.asks import Column as Asked
from mlops_gates.tables.asks import Rows
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import ColumnProfile
from mlops_gates.tables.source import open_source
from mlops_gates.worker.job import Column


def numbers(values: Any, nulls: Any = None) -> Column:
    return Column("x", "float64", np.asarray(values, dtype=float), nulls)


def words(values: Any) -> Column:
    return Column("x", "string", np.array(values, dtype=object), None)


@contextmanager
def planned(path: Path, cells: list[str]) -> Iterator[Plan]:
    path.write_text("x\n" + "".join(f'"{cell}"\n' for cell in cells), encoding="utf-8")
    table = DuckTable(open_source(path, path.name, (), ","), 10**9)
    try:
        plan = Plan(table, lambda _: None)
        plan.ask([Rows()])
        plan.run()
        yield plan
    finally:
        table.close()


def columns(kind: str) -> tuple[Column, Column, list[str], list[str]]:
    """A reference and another sample, as columns and as the cells of a file."""
    rng = np.random.default_rng(4)
    if kind == "words":
        here = [rng.choice(list("abcd"), 300).tolist() for _ in range(2)]
        here[1][:3] = ["new"] * 3
        return words(here[0]), words(here[1]), here[0], here[1]
    draw = {"many": lambda: rng.normal(0, 10, 500), "few": lambda: rng.integers(0, 7, 500).astype(float)}[kind]
    made = [draw(), draw() + 1]
    return numbers(made[0]), numbers(made[1]), [repr(x) for x in made[0].tolist()], [repr(x) for x in made[1].tolist()]


@pytest.mark.parametrize("kind", ["words", "many", "few"])
def test_counts_are_those_of_the_data_gate(kind: str, tmp_path: Path) -> None:
    reference, now, cells, cells_now = columns(kind)
    with planned(tmp_path / "reference.csv", cells) as plan:
        before = profiling.columns(plan, {"x": None})["x"]
    ours = profiled(reference)
    assert ours.kind == before.kind
    assert ours.values == before.values
    assert (ours.edges, ours.counts) == (before.edges, before.counts)
    asked = Asked("x", before.type)
    with planned(tmp_path / "now.csv", cells_now) as plan:
        plan.ask([Rows(every=1), *comparing.asks(asked, before, 1)])
        plan.run()
        plan.ask(comparing.asks_then(plan, asked, before, 1))
        plan.run()
        theirs = comparing.now(plan, asked, before, 1)
    found = beside(now, ours)
    if isinstance(found, Numbers) and isinstance(theirs, Numbers):
        assert found.counts == theirs.counts
        assert (found.mean, found.deviation) == (pytest.approx(theirs.mean), pytest.approx(theirs.deviation))
        assert (found.least, found.greatest) == (theirs.least, theirs.greatest)
    else:
        assert found == theirs


def test_missing_cells_and_infinities_are_missing() -> None:
    column = numbers([1, 2, np.nan, np.inf, 5], np.array([False, True, False, False, False]))
    before = profiled(column)
    assert (before.nulls, before.looked, sum(before.counts)) == (3, 5, 2)
    assert beside(column, before).nulls == 3


def test_a_column_of_nothing_is_empty_and_compares_with_anything() -> None:
    empty = numbers([np.nan] * 4)
    assert profiled(empty).kind == "empty"
    assert beside(empty, profiled(numbers([1, 2, 3]))).values == 0
    assert beside(empty, profiled(words(["a", "b"]))).values == 0


def test_words_where_the_reference_has_numbers_are_no_numbers() -> None:
    found = beside(words(["1", "b"]), profiled(numbers([1, 2, 3])))
    assert isinstance(found, Categories)
    assert found.values == 2


def test_how_a_boolean_is_spelled_makes_no_new_value() -> None:
    column = Column("x", "bool", np.array([True, False, True]), None)
    before = ColumnProfile("category", "boolean", 0, 3, 2, values=(("TRUE", 2), ("false", 1)))
    assert spelled_like(column, comparing.tally(before)) == beside(column, before)


def test_rare_words_and_missing_cells_are_parts() -> None:
    cells = [f"w{n}" for n in range(30) for _ in range(n + 1)] + [None] * 5
    made = parts(words(cells))
    assert made.quoted[0] == "x = w29"
    assert made.discreet[0] == "x's value 1 of 30 by frequency"
    assert (made.discreet[-2:]) == ("x's rarer values", "x missing")
    assert np.bincount(made.codes)[-2:].tolist() == [sum(range(1, 11)), 5]


def test_numbers_are_cut_in_fifths() -> None:
    made = parts(numbers([*range(1, 101), np.nan]))
    assert np.bincount(made.codes).tolist() == [20, 20, 20, 20, 20, 1]
    assert made.discreet[:2] == ("x in its lowest fifth", "x in its second fifth")
    assert made.quoted[:2] == ("x <= 20", "20 < x <= 40")


cells = st.one_of(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=False), st.sampled_from([0.0, 1.0]))),
    st.lists(st.one_of(st.none(), st.text(max_size=3))),
)


@given(cells)
def test_every_row_is_in_one_part_and_no_column_crashes(values: list[Any]) -> None:
    text = any(isinstance(one, str) for one in values)
    column = words(values) if text else numbers([np.nan if one is None else one for one in values])
    made = parts(column)
    assert len(made.codes) == len(values)
    assert all(0 <= code < len(made.discreet) for code in made.codes.tolist())
    assert len(made.discreet) == len(made.quoted)
    before = profiled(column)
    tally = beside(column, before)
    assert tally.values + tally.nulls == len(values)
