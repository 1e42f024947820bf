"""Databases through Ibis: a SQLite file and a real PostgreSQL, judged by the gate as the default engine judges the rows."""

from __future__ import annotations

import datetime
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .test_sources import database, server  # noqa: F401 - fixtures

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]
Row = tuple[Any, ...]
COLUMNS = {
    "id": "BIGINT", "plan": "VARCHAR(20)", "note": "TEXT", "charge": "DOUBLE PRECISION", "months": "INTEGER",
    "price": "DECIMAL(10, 2)", "since": "DATE", "seen": "TIMESTAMP", "active": "BOOLEAN", "code": "TEXT",
}  # fmt: skip
CONFIG = """\
data:
  source: @source@
  engine: @engine@
  reference: @reference@
  rows: {min: 400}
  duplicates: {limit: 0, ignore: [id]}
  drift: {columns: [charge, plan, months, active]}
  expressions:
    - {name: charged, sql: months >= 0 OR charge >= 0}
  queries:
    - {name: customers, sql: SELECT count(*) FROM data, min: 400}
  columns:
    id: {type: integer, unique: true, nulls: 0}
    plan: {type: string, allowed: [a, b, c], nulls: 0}
    note: {type: string, nulls: 0, pattern: "^[a-z ]+$", length: {max: 12}}
    charge:
      {type: number, nulls: 0, min: 0, max: 200, mean: {max: 60}, std: {max: 20}, quantiles: {0.5: {max: 60}, 0.9: {max: 80}}}
    months: {type: integer, min: 0, max: 72, distinct: {max: 73}}
    price: {type: number, min: 1, max: 99, quantiles: {0.25: {max: 60}}}
    since: {type: date, min: 2020-01-01, max: 2024-12-31}
    seen: {type: timestamp, max: "2024-12-31T23:59:59"}
    active: {type: boolean, nulls: 0}
    code: {type: @code@}
"""
BROKEN = {
    "rows", "duplicates", "categories", "drift", "expression", "query", "unique", "nulls", "allowed", "pattern", "length",
    "range", "mean", "std", "quantiles", "types",
}  # fmt: skip
"""What the broken table breaks."""


@pytest.fixture(scope="module", autouse=True)
def ibis() -> None:
    pytest.importorskip("ibis", reason="the extra `ibis` is not installed")
    pytest.importorskip("ibis.backends.sqlite", reason="ibis-framework[sqlite] is not installed")


def customers(seed: int, rows: int = 600) -> list[Row]:
    chance = random.Random(seed)
    made = []
    for number in range(rows):
        since = datetime.date(2020, 1, 1) + datetime.timedelta(chance.randrange(1800))
        seen = datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=chance.randrange(86_400 * 365))
        plan, note = chance.choice("abbccc"), chance.choice(["", "a note", "another"]) + f" {chance.choice('xyz')}"
        price = Decimal(chance.randrange(100, 9_900)) / 100
        charge, months = chance.gauss(50, 12), chance.randrange(73)
        made.append((number, plan, note, abs(charge), months, price, since, seen, chance.random() < 0.6, str(number)))
    return made


def broken() -> list[Row]:
    """Fewer and other rows, with a fault of every kind."""
    chance = random.Random(5)
    rows = [
        (*one[:1], chance.choice("aab"), one[2], one[3] * 2, chance.randrange(12), *one[5:])
        for one in customers(6, 300)
    ]
    faults: dict[int, dict[int, Any]] = {
        3: {1: None, 3: None, 8: None}, 4: {1: " \t"}, 5: {2: " \n "}, 6: {1: "d", 2: "Ä note"}, 7: {0: 8},
        9: {2: "a very long note"}, 10: {3: -5.0, 4: -1}, 11: {4: 73}, 12: {3: float("inf")}, 13: {5: Decimal("0.99")},
        14: {6: datetime.date(2019, 12, 31)}, 15: {7: datetime.datetime(2025, 1, 1, 0, 0, 0, 250_000)}, 16: {9: "x"},
        17: {0: None}, 18: {9: " 1e2"},
    }  # fmt: skip
    for place, cells in faults.items():
        rows[place] = tuple(cells.get(column, cell) for column, cell in enumerate(rows[place]))
    return [*rows, (300, *rows[20][1:]), (301, *rows[20][1:])]


TABLES = {"train": customers(1), "good": customers(2), "bad": broken()}


def parquet(folder: Path) -> None:
    """The rows as files for the default engine."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet as written

    types = [pa.int64(), pa.string(), pa.string(), pa.float64(), pa.int32(), pa.decimal128(10, 2), pa.date32(),
             pa.timestamp("us"), pa.bool_(), pa.string()]  # fmt: skip
    for name, rows in TABLES.items():
        cells = [pa.array(column, type_) for column, type_ in zip(zip(*rows, strict=True), types, strict=True)]
        written.write_table(pa.table(dict(zip(COLUMNS, cells, strict=True))), folder / f"{name}.parquet")


def created(name: str) -> str:
    return f"CREATE TABLE {name} ({', '.join(f'{column} {type_}' for column, type_ in COLUMNS.items())})"


def of_sqlite(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ", timespec="milliseconds")
    return cell.isoformat() if isinstance(cell, datetime.date) else cell


def sqlite_file(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        for name, rows in TABLES.items():
            connection.execute(created(name))
            marks = ", ".join("?" * len(COLUMNS))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", [tuple(map(of_sqlite, row)) for row in rows])
        connection.commit()
    return f"sqlite://{path}"


Judge = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """The gate's command on one of the tables in an engine: its exit code and results."""

    def judged(engine: str, name: str, code: str = "string") -> tuple[int, dict[str, Any]]:
        suffix = ".parquet" if engine == "duckdb" else ""
        schema = "public." if engine.startswith("postgres") else ""
        words = {"@engine@": f'"{engine}"', "@code@": code, "@source@": schema + name + suffix}
        words |= {"@reference@": f"{schema}train{suffix}"}
        content = CONFIG
        for word, value in words.items():
            content = content.replace(word, value)
        return gate(tmp_path, content)

    parquet(tmp_path)
    return judged


def gate(folder: Path, config: str) -> tuple[int, dict[str, Any]]:
    (folder / "c.yml").write_text(config, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mlops_gates", "run", "--config", "c.yml"],
        cwd=folder, env={**os.environ}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    report = folder / "mlops-gates-report" / "results.json"
    assert report.is_file(), done.stdout + done.stderr
    results = json.loads(report.read_text("utf-8"))
    report.unlink()
    assert "hunter2" not in done.stdout + done.stderr + json.dumps(results)
    return done.returncode, results


def said(results: dict[str, Any]) -> dict[str, Any]:
    """Of each check its status, its findings, and what it measured."""
    found: dict[str, Any] = {}
    for check in (check for one in results["gates"] for check in one["checks"]):
        findings = sorted((one["rule"], one["subject"], one["status"]) for one in check["findings"])
        measured = sorted((m["rule"], m["subject"], m["name"], rounded(m["value"])) for m in check["measurements"])
        found[check["check"]] = (check["status"], findings, measured)
    return found


def rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.9g}"


def same_verdicts(judge: Judge, engine: str) -> None:
    # Text that is declared as numbers is none in a table with types of its own.
    for name, code, declared in (("good", 0, "string"), ("bad", 1, "integer")):
        ended, expected = judge("duckdb", name, declared)
        wanted = said(expected)
        assert ended == code, wanted
        ended, results = judge(engine, name, declared)
        found = said(results)
        assert {check: (found.get(check), one) for check, one in wanted.items() if found.get(check) != one} == {}
        assert (ended, set(found)) == (code, set(wanted))
        failed = {check.removeprefix("data.") for check, (status, _, _) in found.items() if status == "failed"}
        assert (failed - {"quality-score"}) == (BROKEN if code else set())


def test_sqlite_has_the_verdicts_of_the_default_engine(judge: Judge, tmp_path: Path) -> None:
    same_verdicts(judge, sqlite_file(tmp_path / "shop.db"))


@pytest.fixture
def postgres(database: Any) -> Iterator[str]:  # noqa: F811
    import psycopg

    pytest.importorskip("ibis.backends.postgres", reason="ibis-framework[postgres] is not installed")
    address = database.name("x").partition("#")[0]
    with psycopg.connect(address, autocommit=True) as connection:
        for name, rows in TABLES.items():
            connection.execute(created(name))
            marks = ", ".join(["%s"] * len(COLUMNS))
            with connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        # One who may read, and nothing else.
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'hunter2'")
        connection.execute("ALTER ROLE reader SET default_transaction_read_only = on")
        connection.execute("REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC")
        connection.execute("GRANT USAGE ON SCHEMA public TO reader")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        yield address.replace("tester@", "reader:${PGPASSWORD}@")
        connection.execute("DROP OWNED BY reader")


def test_postgresql_has_the_verdicts_of_the_default_engine(judge: Judge, postgres: str) -> None:
    same_verdicts(judge, postgres)


def errored(folder: Path, config: str) -> str:
    """What a run says that has no verdict: nothing in it has passed for another reason."""
    code, results = gate(folder, config)
    assert (code, results["status"]) == (3, "errored")
    return json.dumps(results, ensure_ascii=False)


MISFITS = {
    "INTEGER": ["12x", "1.5"], "REAL": ["soon"], "BOOLEAN": [2, "yes"], "DATE": ["2026-02-30", "now", 20_000],
    "TIMESTAMP": ["soon", "2026-02-30 10:00:00", "2026-01-31 10:00:00Z", "2026-01-31 10:00:00.000001", 1.5],
    "TEXT": [b"\xff"], "DECIMAL(10, 2)": ["dear"],
}  # fmt: skip
FITS = {
    "INTEGER": ["12", 12.0, None], "REAL": [1, "2.5", None, float("inf")], "BOOLEAN": [0, 1, None, False],
    "DATE": ["2024-02-29", None], "TEXT": [1, "", None], "DECIMAL(10, 2)": [1, 1.25, "7"],
    "TIMESTAMP": ["2026-01-31 10:00:00.250", "2026-01-31T10:00", "2026-01-31", None],
}  # fmt: skip


@pytest.mark.parametrize("declared", MISFITS)
def test_a_cell_that_sqlite_let_into_the_wrong_column_never_passes(tmp_path: Path, declared: str) -> None:
    """The column's type would say that all is well."""
    from mlops_gates.errors import CheckError
    from mlops_gates.tables.engines import named, open_table

    for number, cell in enumerate([None, *MISFITS[declared]]):
        path = tmp_path / f"{number}.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f'CREATE TABLE t (n INTEGER, "a \'b"" c" {declared})')
            connection.executemany("INSERT INTO t VALUES (1, ?)", [(one,) for one in FITS[declared]])
            connection.execute("INSERT INTO t VALUES (2, ?)", [cell])
            connection.commit()
        if cell is None:
            open_table(named("t"), f"sqlite://{path}", 10**9).close()
            continue
        with pytest.raises(CheckError, match="1 of its cells hold something else") as raised:
            open_table(named("t"), f"sqlite://{path}", 10**9)
        assert str(cell) not in raised.value.what.replace(declared, "")


def test_the_gate_says_what_stops_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE t (n INTEGER, x REAL)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, 1.5), ("soon", 2.5)])
        connection.commit()
    block = "data:\n  source: {}\n  engine: {}\n  columns: {{x: {{type: number, nulls: 0{}}}}}\n"
    here = f"sqlite://{tmp_path}/x.db"
    said = errored(tmp_path, block.format("t", here, ""))
    assert "declared to hold int64 in 'n', and 1 of its cells hold something else" in said
    assert "sqlite:///file.db#table" in said
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("DELETE FROM t WHERE n = 'soon'")
        connection.commit()
    assert gate(tmp_path, block.format("t", "sqlite://x.db", ""))[0] == 0, "a path from the working directory"
    assert "no order" in errored(tmp_path, block.format("t", here, ", monotonic: increasing"))
    assert "u cannot be read" in errored(tmp_path, block.format("u", here, ""))
    assert "there is no file" in errored(tmp_path, block.format("t", f"sqlite://{tmp_path}/none.db", ""))
    assert not (tmp_path / "none.db").exists(), "a gate makes no database"
    (tmp_path / "text.db").write_text("no database at all, " * 100)
    assert "file is not a database" in errored(tmp_path, block.format("t", f"sqlite://{tmp_path}/text.db", ""))


def test_nobody_at_the_address(tmp_path: Path) -> None:
    from .test_sources import free_port

    pytest.importorskip("ibis.backends.postgres", reason="ibis-framework[postgres] is not installed")
    address = f"postgres://tester:hunter2@127.0.0.1:{free_port()}/postgres"
    found = errored(tmp_path, f"data:\n  source: t\n  engine: {address}\n  columns: {{x: {{nulls: 0}}}}\n")
    assert "the database cannot be reached" in found


def test_sql_of_the_user_changes_nothing(tmp_path: Path) -> None:
    from mlops_gates.errors import CheckError
    from mlops_gates.tables.asks import Breaks, Count, Result, Rows
    from mlops_gates.tables.engines import named, open_table

    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n UNION ALL SELECT 2")
        connection.commit()
    before = (tmp_path / "x.db").read_bytes()
    opened = open_table(named("t"), f"sqlite://{tmp_path}/x.db", 10**9)
    wrong: list[Any] = [Result("DELETE FROM t"), Result("SELECT n FROM data"), Count(Breaks("1); DROP TABLE t; --"))]
    try:
        found = opened.scan([Rows(), Count(Breaks("n < 2")), *wrong])
        assert list(found.values())[:2] == [2, 1]
        assert all(isinstance(found[one], CheckError) for one in wrong)
    finally:
        opened.close()
    assert (tmp_path / "x.db").read_bytes() == before


ENDLESS = "SELECT count(*) FROM data a, data b, data c, data d WHERE a.charge + b.charge > c.charge + d.charge"


def stops(address: str, table: str) -> None:
    from mlops_gates.errors import CheckError
    from mlops_gates.tables.asks import Result
    from mlops_gates.tables.engines import named, open_table

    opened = open_table(named(table), address, 10**9)
    timer = threading.Timer(1.0, opened.interrupt)
    began = time.monotonic()
    timer.start()
    try:
        asked = Result(ENDLESS)
        answer = opened.scan([asked])[asked]
        assert isinstance(answer, CheckError)
        assert "was stopped" in answer.what
        assert 0.5 < time.monotonic() - began < 20
    finally:
        timer.join()
        opened.close()


def test_sqlite_stops(tmp_path: Path) -> None:
    stops(sqlite_file(tmp_path / "shop.db"), "good")


def test_postgresql_stops(postgres: str) -> None:
    stops(postgres, "good")
