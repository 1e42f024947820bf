"""Other engines than the default one: the same answers, the same strictness, and errors that name what lacks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parity import KINDS, MEMORY, NAME, aggregates, differing, read_otherwise, same, text, typed, unknown
from test_sql import TYPES, WORDS

from mlops_gates.errors import CheckError
from mlops_gates.tables.asks import (
    Breaks,
    Column,
    Count,
    Distinct,
    DoesNotMatch,
    Frequencies,
    Histogram,
    IsIn,
    IsLengthOutside,
    IsNotIn,
    IsNotType,
    IsNull,
    IsOutside,
    IsShared,
    Mean,
    Numbers,
    Predicate,
    Repeats,
    Result,
    RoughlyDistinct,
    Rows,
    Twins,
    Type,
)
from mlops_gates.tables.engines import known_engine, named, open_table
from mlops_gates.tables.source import open_source

HYPOTHESIS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)


@pytest.mark.parametrize("type_", TYPES)
def test_every_word_is_read_alike(tmp_path: Path, type_: Type | None) -> None:
    assert read_otherwise(text(tmp_path, WORDS), WORDS, type_, "polars") == []


@pytest.mark.acceptance
@HYPOTHESIS
@given(cells=st.lists(st.sampled_from(WORDS), max_size=40), type_=st.sampled_from(TYPES))
def test_any_text_is_answered_alike(tmp_path: Path, cells: list[str | None], type_: Type | None) -> None:
    source = text(tmp_path, cells)
    assert read_otherwise(source, cells, type_, "polars") == []
    assert differing(source, "polars", aggregates(type_)) == []


@pytest.mark.acceptance
@HYPOTHESIS
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), type_=st.sampled_from(TYPES))
def test_any_typed_column_is_answered_alike(tmp_path: Path, data: Any, kind: str, type_: Type | None) -> None:
    source = typed(tmp_path, kind, data.draw(st.lists(st.none() | KINDS[kind], max_size=20)))
    asked = aggregates(type_, kind)
    if kind in ("TINYINT", "BIGINT", "UBIGINT", "DOUBLE", "DECIMAL(10,2)") and type_ in (None, "integer", "number"):
        column = Column(NAME, type_)
        low, high = data.draw(st.sampled_from([(0, None), (None, 2**53 + 1), (-0.5, 1e300), (-1e300, -(2**63))]))
        asked += [Count(one) for one in (IsOutside(column, low, high), IsIn(column, (0, 1.5, 2**63 - 1)))]
        asked.append(Count(IsNotIn(column, (0, -1, 0.25))))
    if kind in ("DATE", "TIMESTAMP") and type_ in (None, "date", "timestamp"):
        asked.append(Count(IsOutside(Column(NAME, type_), "1970-01-01", "2026-02-28T23:59:59.999999")))
    assert differing(source, "polars", asked) == []


@pytest.mark.parametrize("type_", TYPES)
def test_cells_are_looked_up_in_another_table(tmp_path: Path, type_: Type | None) -> None:
    (tmp_path / "there").mkdir()
    here, there = text(tmp_path, WORDS), text(tmp_path / "there", WORDS[::3])
    expected, found = (unknown(here, there, engine, type_) for engine in ("duckdb", "polars"))
    assert found[:2] == expected[:2]
    assert abs(found[2] - expected[2]) <= 3


def test_text_of_time_zones_and_of_nanoseconds(tmp_path: Path) -> None:
    cells = ["2026-01-31 10:00:00+02", None, "1960-02-29 00:00:00.25+00"]
    for kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TIMESTAMP_S"):
        assert differing(typed(tmp_path, kind, cells), "polars", aggregates("timestamp")) == []


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n3\n",
        b"a,b\n1,2\n3,4,5\n",
        b"a,b\n1,2\n\xff,4\n",
        b'a,b\n1,"2\n3,4\n',
        b'a,b\n1,2\n"3"x,4\n',
        b"a,b\n1,2\r\n3,4\n",
    ],
)
def test_broken_text_is_told_alike(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    told = []
    for engine in ("duckdb", "polars"):
        with pytest.raises(CheckError) as error:
            open_table(open_source(tmp_path / "x.csv", "x.csv"), engine, MEMORY).scan([Rows()])
        told.append((error.value.what, error.value.where))
    assert told[0] == told[1]


def test_blank_lines_are_no_rows_and_quoted_blanks_are_nulls(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b'a,b\n\n1,""\n\n"x\n",NA\n')
    source = open_source(tmp_path / "x.csv", "x.csv", ("NA",))
    asked = [Rows(), Mean(Column("a")), Frequencies(Column("a"), 5), Frequencies(Column("b"), 5)]
    assert differing(source, "polars", asked) == []
    opened = open_table(source, "polars", MEMORY)
    assert opened.scan([Rows()]) == {Rows(): 2}
    opened.close()


def test_several_files_and_partitions(tmp_path: Path) -> None:
    for year in (2025, 2026):
        (tmp_path / f"year={year}").mkdir()
        duckdb.sql(f"COPY (SELECT {year} % 10 AS a) TO '{tmp_path}/year={year}/x.parquet' (FORMAT parquet)")
    source = open_source(tmp_path, "data")
    asked = [Rows(), Mean(Column("year")), Mean(Column("a")), Count(IsIn(Column("year"), (2026,)))]
    assert differing(source, "polars", asked) == []
    opened = open_table(source, "polars", MEMORY)
    assert list(opened.columns) == ["a", "year"]
    assert opened.held() == [1, 1]
    opened.close()


def test_json_lines(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1, "m": 1}\n{"a": null, "m": "x"}\n{"a": 3, "m": null}\n')
    source = open_source(tmp_path / "x.jsonl", "x.jsonl")
    column = Column("a")
    assert differing(source, "polars", [Rows(), Mean(column), Count(IsOutside(column, 2, None))]) == []
    opened = open_table(source, "polars", MEMORY)
    assert (opened.type_of("a"), opened.type_of("m")) == ("integer", None)
    opened.close()


@pytest.mark.parametrize("type_", [None, "string", "integer", "number", "boolean", "date", "timestamp"])
def test_each_cell_of_json_tells_its_own_type(tmp_path: Path, type_: Type | None) -> None:
    cells = [12, "12", 1.5, 2.0, True, None, {"b": 1}, [1], "2026-01-31", "2026-02-30", " ", 10**30, float("nan"), -7]
    cells += ['"q"', "2026-01-31T10:00:00", 2**53 + 1, "true", "{"]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps({"x": cell}) + "\n" for cell in cells))
    source, column = open_source(tmp_path / "x.jsonl", "x.jsonl"), Column("x", type_)
    asked = [Count(IsNull(column)), Count(IsNotType(column)), Count(IsIn(column, (12, "12", True))), Distinct(column)]
    asked += [Count(DoesNotMatch(column, "^[12]")), Count(IsLengthOutside(column, 2, 5))]
    asked += [Count(IsOutside(column, 0, 5))] if type_ in ("integer", "number") else []
    assert differing(source, "polars", asked) == []


@pytest.mark.parametrize("type_", ["date", "timestamp"])
def test_text_of_json_may_be_a_date(tmp_path: Path, type_: Type) -> None:
    days = ["2026-01-31", "2026-02-30", "2026-03-01 10:00", None, " ", "soon"]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps({"x": cell}) + "\n" for cell in days))
    source, column = open_source(tmp_path / "x.jsonl", "x.jsonl"), Column("x", type_)
    asked = [Count(IsNotType(column)), Count(IsOutside(column, "2026-02-01", None)), Distinct(column)]
    assert differing(source, "polars", asked) == []


def test_sql_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a.b,t,when\n1,10,2026-01-31 10:00\n2,x,\n3,,2026-02-01 10:00\n")
    (tmp_path / "y.csv").write_text("k\n1\n2\n")
    source, other = open_source(tmp_path / "x.csv", "x.csv"), open_source(tmp_path / "y.csv", "y.csv")
    opened = open_table(
        source, "polars", MEMORY, {"other": other}, {"a.b": "integer", "t": "integer", "when": "timestamp"}
    )
    try:
        good = [
            (Count(Breaks('"a.b" < 3')), 1),
            (Count(Breaks('"a.b" > t')), 1),
            (Result("SELECT count(*) FROM data WHERE t IS NULL"), 2.0),
            (Result('SELECT max("a.b") FROM data'), 3.0),
            (Result("SELECT count(*) FROM other"), 2.0),
            (Result("SELECT count(*) FROM data WHERE \"when\" > '2026-02-01'::date"), 1.0),
            (Result("SELECT max(t) FROM data WHERE t > 1000"), None),
        ]
        found = opened.scan([one for one, _ in good])
        assert [found[one] for one, _ in good] == [answer for _, answer in good]
        assert opened.first_rows([Breaks('"a.b" < 2')], 5) == {Breaks('"a.b" < 2'): [2, 3]}
        for wrong in (
            Result("SELECT k FROM other"),
            Result("SELECT 'x' FROM data LIMIT 1"),
            Result("DROP TABLE data"),
            Result("SELECT count(*) FROM nowhere"),
            Result(f"SELECT count(*) FROM read_csv('{tmp_path / 'y.csv'}')"),
            Count(Breaks("nothing = 1")),
            Count(Breaks("not sql at all )")),
        ):
            assert isinstance(opened.scan([wrong])[wrong], CheckError), wrong
    finally:
        opened.close()


def test_first_rows_are_those_of_the_default_engine(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n" + "".join(f"{row % 7},{row % 5}\n" for row in range(200)))
    asked: list[Predicate] = [
        IsIn(Column("a", "integer"), (3,)),
        Repeats((Column("a"), Column("b"))),
        IsOutside(Column("b", "integer"), 0, 4),
    ]
    found = []
    for engine in ("duckdb", "polars"):
        opened = open_table(open_source(tmp_path / "x.csv", "x.csv"), engine, MEMORY)
        found.append(opened.first_rows(asked, 10))
        assert opened.every(10) == 1
        opened.close()
    assert found[0] == found[1]


def test_the_first_rows_alone_are_looked_at(tmp_path: Path) -> None:
    source = text(tmp_path, [str(number) for number in range(100)])
    opened = open_table(source, "polars", MEMORY)
    assert opened.scan([Rows(), Mean(Column("n"))], head=10) == {Rows(): 10, Mean(Column("n")): 4.5}
    opened.close()


def test_some_of_many_numbers_in_every_run(tmp_path: Path) -> None:
    source = typed(tmp_path, "BIGINT", list(range(2000)))
    ask, rough = Numbers(Column(NAME), among=10), RoughlyDistinct(Column(NAME))
    found = []
    for _ in range(2):
        opened = open_table(source, "polars", MEMORY)
        found.append(opened.scan([ask, rough]))
        opened.close()
    assert found[0] == found[1]
    assert 100 < len(found[0][ask]) < 350  # type: ignore[arg-type]
    assert abs(int(found[0][rough]) - 2000) < 100  # type: ignore[arg-type,call-overload]


def test_many_edges(tmp_path: Path) -> None:
    source = typed(tmp_path, "DOUBLE", [number / 7 for number in range(500)])
    edges = tuple(float(edge) for edge in range(0, 64))
    assert differing(source, "polars", [Histogram(Column(NAME), edges)]) == []


def test_a_stopped_table_says_so(tmp_path: Path) -> None:
    opened = open_table(text(tmp_path, WORDS), "polars", MEMORY)
    opened.interrupt()
    opened.close()
    with pytest.raises(CheckError, match="was stopped"):
        opened.scan([Rows()])


def test_private_files_go_with_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = text(tmp_path, WORDS)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = open_table(source, "polars", MEMORY)
    assert list(tmp_path.glob("mlops-gates-polars-*/*.parquet"))
    opened.close()
    assert not list(tmp_path.glob("mlops-gates-polars-*"))


@pytest.mark.parametrize(
    "engine",
    [
        "duckdb", "polars", "local", "local[2]", "local[*]", "yarn", "spark://host:7077", "sc://host", "sc://host:443/;token=x",
        "k8s://https://host:443", "postgres://u:${PASSWORD}@host/db", "snowflake://u@account/db", "sqlite:///x.db", "trino://host",
    ],
)  # fmt: skip
def test_known_engines(engine: str) -> None:
    assert known_engine(engine) == ""


@pytest.mark.parametrize(
    ("engine", "says"),
    [
        ("", "engines are duckdb"),
        ("duckbd", "did you mean duckdb?"),
        ("Polars", "did you mean polars?"),
        ("spark", "no engine"),
        ("spark://host", "spark://host:7077"),
        ("local[x]", "write local[2]"),
        ("local[0]", "write local[2]"),
        ("postgress://host/db", "did you mean postgres"),
        ("snowflake://", "names no server"),
        ("http://user:secret@host/", "no engine"),
        ("duckdb://x", "no engine"),
    ],
)
def test_unknown_engines_are_told_in_words(engine: str, says: str, tmp_path: Path) -> None:
    assert says in known_engine(engine)
    assert "secret" not in known_engine(engine)
    with pytest.raises(CheckError):
        open_table(text(tmp_path, ["1"]), engine, MEMORY)


@pytest.mark.parametrize(
    ("engine", "package", "extra"),
    [
        ("polars", "polars", "polars"),
        ("polars", "narwhals", "polars"),
        ("sc://host:15002", "pyspark", "spark"),
        ("sqlite:///x.db", "ibis", "ibis"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, package: str, extra: str
) -> None:
    source = text(tmp_path, ["1"])
    for name in [name for name in sys.modules if name.startswith("mlops_gates.tables.lazy")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(CheckError) as error:
        open_table(source, engine, MEMORY)
    assert package in error.value.what
    assert f"pip install 'mlops-gates[{extra}]'" in error.value.next_step
    assert ("Java 17" in error.value.next_step) is (extra == "spark")


def test_spark_without_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(CheckError, match="Java"):
        open_table(text(tmp_path, ["1"]), "local[2]", MEMORY)


def test_a_secret_comes_from_the_environment_or_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    with pytest.raises(CheckError, match="NO_SUCH_TOKEN, which is not set") as error:
        open_table(text(tmp_path, ["1"]), "sc://host:15002/;token=${NO_SUCH_TOKEN}", MEMORY)
    assert "secret" in error.value.next_step


def test_a_source_that_the_engine_opens_by_itself() -> None:
    source = named("s3a://bucket/orders.csv", ("NA",), ";")
    assert (source.files, source.format, source.shown) == ((), "csv", "s3a://bucket/orders.csv")
    assert named("lake.sales.orders").format == "parquet"


def test_answers_are_compared_with_sense() -> None:
    assert same(1.0, 1.0 + 1e-12)
    assert not same(1.0, 1.1)
    assert not same((1, 2), (1, 3))
    assert not same(None, 0)


@pytest.mark.parametrize("type_", TYPES)
def test_rows_shared_with_another_table_and_samples(tmp_path: Path, type_: Type | None) -> None:
    (tmp_path / "there").mkdir()
    here, column, number = text(tmp_path, WORDS), Column(NAME, type_), Column("n", "integer")
    for other in (text(tmp_path / "there", WORDS[::2]), typed(tmp_path / "there", "BIGINT", [1, 7, 0, None, -12])):
        shared = IsShared((column,), "other")
        asked = [Count(shared), Twins((column,)), Twins((column,), "other"), Count(IsShared((column, number), "other"))]
        found = []
        for engine in ("duckdb", "polars"):
            opened = open_table(here, engine, MEMORY, {"other": other})
            sample = opened.sample([column, number], 1, ["n"]).cells[NAME]
            cells = sample.codes if sample.codes is not None else sample.numbers
            assert cells is not None
            found.append(
                (
                    opened.scan(asked),
                    opened.first_rows([shared], 100),
                    opened.columns_of("other"),
                    [bool(one) and one == one for one in cells.tolist()],
                    len({one for one in cells.tolist() if one == one}),
                )
            )
            opened.close()
        assert found[0] == found[1]
