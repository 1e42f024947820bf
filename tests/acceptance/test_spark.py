"""Spark, in this process and as a real cluster: a master and two workers, out of the package pyspark."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .machine import ROOT

SPARK = ROOT / ".tools" / "spark"
sys.path.insert(0, str(ROOT / "tests" / "unit" / "tables"))
if (SPARK / "pyspark").is_dir():
    sys.path.append(str(SPARK))

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]
CLASS = "org.apache.spark.deploy"
MEMORY = 10**9


@pytest.fixture(scope="module", autouse=True)
def spark() -> None:
    if not shutil.which("java"):
        pytest.skip("no Java; .ci/tools installs it")
    pytest.importorskip("pyspark", reason=".ci/tools installs it")


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def started(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of Spark; its class script becomes Java, so its id is the id that ends it."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    with (folder / f"{arguments[0].rpartition('.')[2]}-{time.time_ns()}.log").open("wb") as log:
        return subprocess.Popen(
            [home / "bin" / "spark-class", *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
        )


@pytest.fixture(scope="module")
def cluster(spark: None, tmp_path_factory: pytest.TempPathFactory):
    """The address of a standalone cluster with two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(free_port())]
    processes = [started(folder, f"{CLASS}.master.Master", *arguments)]
    try:
        for number in (1, 2):
            arguments = [
                "--host",
                "127.0.0.1",
                "--cores",
                "1",
                "--memory",
                "1200m",
                "--work-dir",
                str(folder / str(number)),
            ]
            processes.append(
                started(folder, f"{CLASS}.worker.Worker", *arguments, "--webui-port", str(free_port()), master)
            )
        end = time.monotonic() + 90
        while sum("registered with master" in log.read_text() for log in folder.glob("Worker-*.log")) < 2:
            assert time.monotonic() < end, [log.read_text()[-500:] for log in folder.glob("*.log")]
            assert all(one.poll() is None for one in processes)
            time.sleep(0.5)
        yield master
    finally:
        for one in reversed(processes):
            one.terminate()
        for one in processes:
            try:
                one.wait(30)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait(30)


def churn(path: Path, rows: int = 3000) -> None:
    """A table like that of a telephone company, with a fault of every kind in it."""
    chance = random.Random(4)
    lines = ["customerID,gender,SeniorCitizen,tenure,Contract,MonthlyCharges,TotalCharges,Since,Seen,Churn"]
    for number in range(rows):
        months, charges = chance.randrange(73), round(chance.uniform(18, 119), 2)
        total = " " if months == 0 else f"{months * charges:.2f}"
        contract = chance.choice(["Month-to-month", "One year", '"Two, year"'])
        since = f"20{chance.randrange(10, 26)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        seen = f"{since}T{chance.randrange(24):02}:15:00.5"
        lines.append(
            f"C{number % (rows - 7):05},{chance.choice(['Male', 'Female', 'male'])},{chance.choice('01')},{months},"
            f"{contract},{charges},{total},{since},{seen},{chance.choice(['Yes', 'No', ''])}"
        )
    lines[5] = "C00004,Male,0,x12,One year,1e999,nan,2026-02-30,2026-01-31T25:00,YES"
    lines[6] = 'C00005,Male,2,-1,"a ""quoted""\nbreak",-5,NA,2026-1-1,soon,Yes'
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def questions() -> list[Any]:
    """What the checks of the data gate ask of such a table: about as many as a config of sixty checks."""
    from mlops_gates.tables import asks as a

    types: dict[str, Any] = {
        "customerID": "string", "gender": "string", "SeniorCitizen": "integer", "tenure": "integer", "Contract": "string",
        "MonthlyCharges": "number", "TotalCharges": "number", "Since": "date", "Seen": "timestamp", "Churn": None,
    }  # fmt: skip
    columns = {name: a.Column(name, type_) for name, type_ in types.items()}
    predicates: list[Any] = [made(one) for one in columns.values() for made in (a.IsNull, a.IsNotType)]
    predicates += [a.IsLengthOutside(one, 1, 12) for one in columns.values()]
    predicates += [a.DoesNotMatch(one, "^[A-Za-z0-9 .:-]+$") for one in columns.values()]
    predicates += [a.Repeats((one,)) for one in columns.values()]
    predicates += [
        a.Repeats((columns["customerID"], columns["tenure"])),
        a.Repeats(tuple(columns.values()), nulls_equal=True),
        a.IsOutside(columns["tenure"], 0, 72),
        a.IsOutside(columns["MonthlyCharges"], 18.25, 118.75),
        a.IsOutside(columns["TotalCharges"], 0, None),
        a.IsOutside(columns["Since"], "2012-01-01", "2024-12-31"),
        a.IsOutside(columns["Seen"], None, "2024-12-31T12:00:00"),
        a.IsNotIn(columns["gender"], ("Male", "Female")),
        a.IsNotIn(columns["SeniorCitizen"], (0, 1)),
        a.IsNotIn(columns["Contract"], ("Month-to-month", "One year", "Two, year")),
        a.IsIn(columns["Churn"], ("Yes",)),
    ]
    asked: list[Any] = [a.Rows(), *map(a.Count, predicates)]
    for name in ("tenure", "MonthlyCharges", "TotalCharges", "Since", "Seen"):
        asked += [a.Least(columns[name]), a.Greatest(columns[name])]
    for name in ("tenure", "MonthlyCharges", "TotalCharges"):
        asked += [a.Mean(columns[name]), a.Deviation(columns[name]), a.Quantile(columns[name], 0.75)]
        asked.append(a.Histogram(columns[name], tuple(float(edge) for edge in range(0, 128, 2))))
    for name in ("gender", "Contract", "Churn"):
        asked += [a.Texts(columns[name]), a.Frequencies(columns[name], 2), a.Distinct(columns[name])]
        asked.append(a.Counts(columns[name], ("Male", "One year", "Yes")))
    return asked


def sources(folder: Path) -> list[Any]:
    import duckdb

    from mlops_gates.tables.source import open_source

    churn(folder / "churn.csv")
    casts = {
        "SeniorCitizen": "BIGINT", "tenure": "INTEGER", "MonthlyCharges": "DOUBLE", "TotalCharges": "DECIMAL(10, 2)",
        "Since": "DATE", "Seen": "TIMESTAMP",
    }  # fmt: skip
    typed = ", ".join(f"TRY_CAST({name} AS {type_}) AS {name}" for name, type_ in casts.items())
    with duckdb.connect() as connection:
        # In two steps: the engine pushes a cast into its reader, where it is not tried but done.
        connection.execute(f"CREATE TABLE t AS FROM read_csv('{folder / 'churn.csv'}', all_varchar=true)")
        connection.execute(f"COPY (SELECT * REPLACE ({typed}) FROM t) TO '{folder / 'churn.parquet'}' (FORMAT parquet)")
    return [
        open_source(folder / "churn.csv", "churn.csv", ("NA",)),
        open_source(folder / "churn.parquet", "churn.parquet"),
    ]


@pytest.mark.parametrize("form", [0, 1], ids=["csv", "parquet"])
def test_a_cluster_answers_as_the_default_engine(cluster: str, tmp_path: Path, form: int) -> None:
    from parity import differing

    asked = questions()
    assert len(asked) > 61
    assert differing(sources(tmp_path)[form], cluster, asked) == []


def test_the_work_was_done_by_both_workers(cluster: str, tmp_path: Path) -> None:
    from mlops_gates.tables.asks import Rows
    from mlops_gates.tables.engines import open_table

    opened = open_table(sources(tmp_path)[1], cluster, MEMORY)
    try:
        context = opened._engine._session.sparkContext  # type: ignore[attr-defined]
        end = time.monotonic() + 60
        while (executors := context._jsc.sc().getExecutorMemoryStatus().size()) < 3 and time.monotonic() < end:
            opened.scan([Rows()])
        assert executors == 3, "the driver and one executor on each worker"
    finally:
        opened.close()


def test_rows_have_no_order(cluster: str, tmp_path: Path) -> None:
    from mlops_gates.errors import CheckError
    from mlops_gates.tables.asks import Column, Count, IsNull, IsOutOfOrder
    from mlops_gates.tables.engines import open_table

    opened = open_table(sources(tmp_path)[0], cluster, MEMORY)
    try:
        assert opened.first_rows([IsNull(Column("gender"))], 10) is None
        assert opened.held() == []
        with pytest.raises(CheckError, match="no order"):
            opened.scan([Count(IsOutOfOrder(Column("tenure", "integer"), falling=False, strict=False))])
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1,2\n3\n", "line 3"),
        (b"a,b\n1,2\n3,4,5\n", "line 3"),
        (b"a,b\n1,2\n\xff,4\n", "line 3"),
        (b'a,b\n1,"2\n3,4\n', "line 2"),
    ],
)
def test_broken_text_is_told_with_its_line(tmp_path: Path, content: bytes, says: str) -> None:
    from mlops_gates.errors import CheckError
    from mlops_gates.tables.asks import Rows
    from mlops_gates.tables.engines import open_table
    from mlops_gates.tables.source import open_source

    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(CheckError, match=says):
        open_table(open_source(tmp_path / "x.csv", "x.csv"), "local[2]", MEMORY).scan([Rows()])


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n3\n", b"a,b\n1,2\n3,4,5\n", b"a,b\n1,2\n\xff,4\n"], ids=["short", "long", "no UTF-8"]
)
def test_text_that_spark_alone_reads_is_no_less_strict(tmp_path: Path, content: bytes) -> None:
    """A source by its name, as on S3: nothing of ours looks at the bytes."""
    from mlops_gates.errors import CheckError
    from mlops_gates.tables.asks import Column, Frequencies, Mean, Rows
    from mlops_gates.tables.engines import named, open_table

    (tmp_path / "good.csv").write_bytes(b'a,b\n1,NA\n3,"x\ny"\n')
    good = open_table(named(f"file://{tmp_path}/good.csv", ("NA",)), "local[2]", MEMORY)
    asked = [Rows(), Mean(Column("a")), Frequencies(Column("b"), 5)]
    try:
        assert list(good.scan(asked).values()) == [2, 2.0, (("x\ny", 1),)]
    finally:
        good.close()
    (tmp_path / "x.csv").write_bytes(content)
    opened = None
    with pytest.raises(CheckError):
        opened = open_table(named(f"file://{tmp_path}/x.csv"), "local[2]", MEMORY)
        opened.scan([Rows(), Mean(Column("a"))])
    if opened:
        opened.close()


def test_sql_of_the_user_is_sparks(tmp_path: Path) -> None:
    from mlops_gates.errors import CheckError
    from mlops_gates.tables.asks import Breaks, Count, Result
    from mlops_gates.tables.engines import open_table
    from mlops_gates.tables.source import open_source

    (tmp_path / "x.csv").write_text("a.b,t\n1,10\n2,x\n3,\n")
    source = open_source(tmp_path / "x.csv", "x.csv")
    opened = open_table(source, "local[2]", MEMORY, {"other": source}, {"a.b": "integer", "t": "integer"})
    good = [
        (Count(Breaks("`a.b` < 3")), 1),
        (Result("SELECT count(*) FROM data WHERE t IS NULL"), 2.0),
        (Result("SELECT count(*) FROM other"), 3.0),
    ]
    try:
        found = opened.scan([one for one, _ in good])
        assert [found[one] for one, _ in good] == [answer for _, answer in good]
        for wrong in (Count(Breaks("nothing = 1")), Result("DROP VIEW data"), Result("SELECT t FROM data")):
            assert isinstance(opened.scan([wrong])[wrong], CheckError), wrong
    finally:
        opened.close()


def test_every_word_is_read_alike(tmp_path: Path) -> None:
    from parity import aggregates, differing, read_otherwise, text
    from test_sql import TYPES, WORDS

    source = text(tmp_path, WORDS)
    wrong = {type_: read_otherwise(source, WORDS, type_, "local[2]") for type_ in TYPES}
    assert wrong == {type_: [] for type_ in TYPES}
    assert {type_: differing(source, "local[2]", aggregates(type_)) for type_ in TYPES} == wrong


def test_examples_of_the_data_gate_have_the_same_verdicts(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fails and one that passes of each check of cells."""
    from verdicts import DATA, verdict

    cases = [
        next(case for case in DATA if case.parts[-3:-1] == (check, outcome))
        for check in ("types", "range", "allowed", "nulls", "unique", "pattern")
        for outcome in ("pass", "fail")
    ]
    for number, case in enumerate(cases):
        found = []
        for engine in ("duckdb", cluster):
            folder = tmp_path / f"{number}-{engine.partition(':')[0]}" / "project"
            found.append(verdict(case, folder, engine, monkeypatch, lines=False))
        assert found[0] == found[1], case


def test_nobody_at_the_address(tmp_path: Path) -> None:
    from mlops_gates.errors import CheckError
    from mlops_gates.tables.engines import open_table
    from mlops_gates.tables.source import open_source

    (tmp_path / "x.csv").write_text("a\n1\n")
    with pytest.raises(CheckError) as error:
        open_table(open_source(tmp_path / "x.csv", "x.csv"), f"spark://127.0.0.1:{free_port()}", MEMORY)
    assert "Spark cannot be reached" in error.value.what
