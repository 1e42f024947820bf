"""Leakage: shared rows against pandas, samples against the file, and the checks from config to verdict."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates import session
from mlops_gates.asked import Inputs
from mlops_gates.findings import CheckResult, Status
from mlops_gates.gates.data import leakage
from mlops_gates.reporters import results
from mlops_gates.tables import sampling
from mlops_gates.tables.asks import Column, Count, IsShared, Twins
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import open_source

WORDS = ["", "a", "A", "1", "01", "1.0", "x y", "it's", "é"]
ROWS = st.lists(st.tuples(*[st.sampled_from(WORDS)] * 2), min_size=1, max_size=12)
AB = (Column("a", "string"), Column("b", "string"))


def write(path: Path, header: list[str], rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        writer.writerows(rows)
    return path


@contextmanager
def table(here: Path, there: Path | None = None) -> Iterator[DuckTable]:
    others = {"train": open_source(there, there.name)} if there else {}
    opened = DuckTable(open_source(here, here.name), 300 * 1000**2, others)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.acceptance
@given(ROWS, ROWS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shared_rows_are_those_of_a_merge(
    tmp_path: Path, test: list[tuple[str, str]], train: list[tuple[str, str]]
) -> None:
    files = (
        write(tmp_path / "test.csv", ["a", "b"], test),
        write(tmp_path / "train.csv", ["b", "a"], [r[::-1] for r in train]),
    )
    here, there = (pd.DataFrame(rows, columns=["a", "b"]) for rows in (test, train))
    merged = here.reset_index().merge(there.drop_duplicates(), on=["a", "b"])
    with table(*files) as opened:
        shared, twins = IsShared(AB, "train"), Twins(AB, "train")
        assert opened.scan([Count(shared), twins, Twins(AB)]) == {
            Count(shared): len(merged),
            twins: int(there.duplicated(keep=False).sum()),
            Twins(AB): int(here.duplicated(keep=False).sum()),
        }
        assert opened.first_rows([shared], 99)[shared] == [index + 1 for index in sorted(merged["index"])]


@pytest.mark.parametrize(
    ("type_", "here", "there", "same"),
    [
        ("integer", "7", " 007 ", True),
        ("integer", "9007199254740993", "9007199254740992", False),
        ("number", "1.50", "15e-1", True),
        ("number", "-", "-", True),
        ("number", "-", "+", False),
        ("boolean", "TRUE", "true", True),
        ("date", "2026-01-02", " 2026-01-02", True),
        ("timestamp", "2026-01-02 10:00", "2026-01-02T10:00:00Z", True),
        ("string", "1", "01", False),
        (None, "1", "01", False),
        ("number", "", " ", True),
    ],
)
def test_cells_are_compared_as_their_type(tmp_path: Path, type_: str | None, here: str, there: str, same: bool) -> None:
    files = (
        write(tmp_path / f"{name}.csv", ["a", "k"], [(word, "k")]) for name, word in (("test", here), ("train", there))
    )
    with table(*files) as opened:
        ask = Count(IsShared((Column("a", type_), Column("k")), "train"))  # type: ignore[arg-type]
        assert opened.scan([ask]) == {ask: int(same)}


def test_a_sample_holds_the_cells_of_the_file(tmp_path: Path) -> None:
    rows = [(i, f"w{i % 3}" if i % 7 else "", f"2026-01-{1 + i % 28:02d}", "1" if i % 2 else "") for i in range(200)]
    with table(write(tmp_path / "t.csv", ["n", "text", "day", "late"], rows)) as opened:
        typed = sampling.typed(opened, [Column(name) for name in ("n", "text", "day", "late")])
        assert [column.type for column in typed] == ["number", "string", "date", "number"]
        sample = opened.sample(typed, 1, ["text"])
        codes = opened.sample(typed, 1).cells["text"].codes
    assert sample.cells["n"].numbers is not None
    assert sample.cells["n"].numbers.tolist() == [float(i) for i in range(200)]
    place = sample.cells["text"].numbers
    assert place is not None
    assert [None if np.isnan(x) else f"w{int(x) - 1}" for x in place] == [row[1] or None for row in rows]
    assert codes is not None
    assert len(set(codes.tolist())) == 4
    assert [code == 0 for code in codes] == [not row[1] for row in rows]
    days = sample.cells["day"].numbers
    assert days is not None
    assert days[1] - days[0] == 86400


def test_a_column_that_begins_with_nulls_is_text(tmp_path: Path) -> None:
    rows = [("" if i < 1500 else "late", 1) for i in range(1600)]
    with table(write(tmp_path / "t.csv", ["a", "k"], rows)) as opened:
        assert sampling.typed(opened, [Column("a")]) == (Column("a", "string"),)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_sample_is_the_same_part_in_every_run(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "t.csv", ["n"], [(i,) for i in range(20_000)])
    if name == "t.parquet":
        duckdb.sql(f"COPY (SELECT n::BIGINT n FROM read_csv('{path}')) TO '{tmp_path / name}'")
    drawn = []
    for _ in range(2):
        with table(tmp_path / name) as opened:
            drawn.append(opened.sample([Column("n", "integer")], 10).cells["n"].numbers)
    assert 1700 < len(drawn[0]) < 2300
    assert (drawn[0] == drawn[1]).all()


def judged(folder: Path, config: str, source: str = "test.csv") -> dict[str, CheckResult]:
    (folder / "mlops-gates.yml").write_text(f"data:\n  source: {source}\n{config}")
    asked = Inputs((), "mlops-gates.yml", str(folder), (), "", "report", "error", "false", "", "local", False, False)
    session.run(asked)
    report = results.parse((folder / "report/results.json").read_text(encoding="utf-8"))
    return {check.check.removeprefix("data."): check for _, check in report.checks}


def churn(path: Path, n: int, seed: int = 1) -> Path:
    rng = np.random.default_rng(seed)
    rows = [(f"C{seed}{i}", f"{rng.normal():.6f}", f"{rng.normal():.6f}", "NY"[int(rng.integers(2))]) for i in range(n)]
    return write(path, ["id", "a", "b", "y"], rows)


def test_clean_data_passes_all_three(tmp_path: Path) -> None:
    churn(tmp_path / "test.csv", 300)
    churn(tmp_path / "train.csv", 900, seed=2)
    checks = judged(tmp_path, "  leakage: {train: train.csv, id: [id], target: y}\n")
    assert {name: checks[name].status for name in ("leakage-rows", "leakage-target", "leakage-order")} == {
        "leakage-rows": Status.PASSED,
        "leakage-target": Status.PASSED,
        "leakage-order": Status.PASSED,
    }
    assert [m.subject for m in checks["leakage-target"].measurements] == ["a", "b"]
    assert [m.subject for m in checks["leakage-rows"].measurements] == ["rows", "rows without id"]


def test_without_train_data_rows_are_skipped_and_say_what_is_missing(tmp_path: Path) -> None:
    churn(tmp_path / "test.csv", 60)
    checks = judged(tmp_path, "  leakage: {target: y}\n")
    assert checks["leakage-rows"].status is Status.SKIPPED
    assert "neither leakage.train nor reference is set" in checks["leakage-rows"].reason
    assert checks["leakage-target"].status is Status.PASSED
    assert checks["leakage-order"].status is Status.SKIPPED
    assert "leakage.id and leakage.dates are not set" in checks["leakage-order"].reason


def test_without_a_target_there_is_nothing_to_predict(tmp_path: Path) -> None:
    churn(tmp_path / "test.csv", 60)
    churn(tmp_path / "train.csv", 60, seed=2)
    checks = judged(tmp_path, "  leakage: {train: train.csv}\n")
    assert checks["leakage-rows"].status is Status.PASSED
    assert checks["leakage-target"].status is checks["leakage-order"].status is Status.SKIPPED
    assert "leakage.target is not set" in checks["leakage-target"].reason


def test_an_id_that_is_no_column_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "test.csv", ["customerID", "y"], [(i, i % 2) for i in range(40)])
    checks = judged(tmp_path, "  leakage: {id: [customerId], target: y, train: test.csv}\n")
    for name in ("leakage-rows", "leakage-target", "leakage-order"):
        assert checks[name].status is Status.ERRORED
        assert "Did you mean 'customerID'?" in checks[name].reason


def test_types_that_can_never_be_equal_are_told(tmp_path: Path) -> None:
    for name, kind in (("here", "BOOLEAN"), ("there", "BIGINT")):
        duckdb.sql(f"COPY (SELECT i::BIGINT i, (i % 2)::{kind} y FROM range(40) t(i)) TO '{tmp_path / name}.parquet'")
    checks = judged(tmp_path, "  leakage: {train: there.parquet}\n", "here.parquet")
    assert checks["leakage-rows"].status is Status.ERRORED
    assert "y is boolean in here.parquet and integer in there.parquet" in checks["leakage-rows"].reason
    write(tmp_path / "test.csv", ["i", "y"], [(i, i % 2) for i in range(35, 45)])
    (rows,) = judged(tmp_path, "  leakage: {train: there.parquet}\n")["leakage-rows"].measurements
    assert rows.value == 5


def test_a_leak_is_found_in_a_sample_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_FEWEST_ROWS", "_MOST_ROWS"):
        monkeypatch.setattr(leakage, name, 1000)
    rows = [(i * 7919 % 10007, f"{(i % 3 == 0) * 5 + i % 4}", "yes" if i % 3 == 0 else "no") for i in range(8000)]
    write(tmp_path / "test.csv", ["id", "after", "y"], rows)
    checks = judged(tmp_path, "  leakage: {id: [id], target: y}\n")
    (after,) = checks["leakage-target"].measurements
    assert checks["leakage-target"].status is Status.FAILED
    assert after.n is not None
    assert 800 < after.n < 1200
    assert checks["leakage-order"].status is Status.PASSED


def test_columns_of_a_wide_table_come_in_bunches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leakage, "_COLUMNS", 3)
    rng = np.random.default_rng(3)
    header = [f"f{i}" for i in range(7)]
    rows = [(*(f"{x:.4f}" for x in rng.normal(size=7)), i % 2) for i in range(80)]
    write(tmp_path / "test.csv", [*header, "y"], rows)
    checks = judged(tmp_path, "  leakage: {target: y}\n")
    assert [m.subject for m in checks["leakage-target"].measurements] == header


def test_no_cell_is_told(tmp_path: Path) -> None:
    rows = [(f"secret{i}", f"private{i % 2}", f"answer{i % 2}") for i in range(60)]
    write(tmp_path / "test.csv", ["id", "copy", "y"], rows)
    write(tmp_path / "train.csv", ["id", "copy", "y"], rows)
    judged(tmp_path, "  leakage: {id: [id], target: y, train: train.csv}\n")
    told = (tmp_path / "report/results.json").read_text()
    assert "copy" in told
    assert not [word for word in ("secret", "private", "answer") if word in told]
