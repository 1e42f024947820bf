"""Repetitions, by hashes and then by values, beside the naive way: keys first, rows after them, and with little memory."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates.tables import alone, duck
from mlops_gates.tables.asks import Column, Count, IsNull, Predicate, Quantile, Repeats, Rows
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.source import open_source

CELLS = st.sampled_from(["", "a", "b", "c"])
KEY = Repeats((Column("x"),))
PAIR = Repeats((Column("x"), Column("y")))
ROWS = Repeats((Column("x"), Column("y"), Column("z")), nulls_equal=True)


def opened(folder: Path, rows: list[tuple[str, ...]], memory: int = 10**9) -> DuckTable:
    path = folder / "t.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("x", "y", "z"), *rows])
    return DuckTable(open_source(path, "t.csv"), memory)


def naive(rows: list[tuple[str, ...]], one: Repeats) -> list[int]:
    places = ["xyz".index(column.name) for column in one.columns]
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for number, row in enumerate(rows, 1):
        key = tuple(row[place] for place in places)
        if "" in key and not one.nulls_equal:
            continue
        if seen[key]:
            found.append(number)
        seen[key] += 1
    return found


@pytest.mark.acceptance
@pytest.mark.parametrize("few", [0, 500])
@pytest.mark.parametrize("most", [2, 100_000])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12))
def test_repetitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, ...]], most: int, few: int
) -> None:
    monkeypatch.setattr(alone, "_MOST", most)
    monkeypatch.setattr(alone, "_FEW", few)
    table = opened(tmp_path, rows)
    try:
        plan = Plan(table, lambda _: None)
        plan.ask([Rows(), *map(Count, (KEY, PAIR, ROWS))])
        plan.run()
        predicates: list[Predicate] = [KEY, PAIR, ROWS]
        places = table.first_rows(predicates, 10)
        for one in (KEY, PAIR, ROWS):
            assert plan.count(one) == len(naive(rows, one)), one
            assert places[one] == naive(rows, one)[:10], one
    finally:
        table.close()


def test_a_unique_key_proves_that_no_row_repeats_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = opened(tmp_path, [("a", "1", "1"), ("b", "1", "1")])
    asked: list[object] = []
    scan = table.scan
    monkeypatch.setattr(table, "scan", lambda asks, head=0: scan(asked.extend(asks) or asks, head))
    plan = Plan(table, lambda _: None)
    plan.ask([Rows(), Count(KEY), Count(ROWS)])
    plan.run()
    table.close()
    assert plan.count(ROWS) == 0
    assert Count(ROWS) not in asked
    assert Count(IsNull(Column("x"))) in asked


def test_what_needs_more_memory_begins_again_with_all_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "FIRST_MEMORY", 12 * 1000**2)
    rows = [(str(number), str(number % 7), "z") for number in range(400_000)]
    rows.append(("5", "5", "z"))
    table = opened(tmp_path, rows)
    limits = [table._limit]
    half = Quantile(Column("x", "number"), 0.5)
    found = table.scan([Rows(), Count(KEY), half, Count(ROWS)])
    limits.append(table._limit)
    assert found[Count(KEY)] == 1
    assert found[half] == 199_999.5 - 0.5 or found[half] == pytest.approx(199_999, abs=1)
    assert table.first_rows([KEY], 10)[KEY] == [400_001]
    table.close()
    assert limits == [12 * 1000**2, 10**9]
