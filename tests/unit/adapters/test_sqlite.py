from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlops_gates.adapters import sqlite
from mlops_gates.errors import CheckError
from mlops_gates.tables.asks import Column, Count, IsNotType, IsNull
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.named import open_named


def database(folder: Path, *statements: str, rows: list[tuple[Any, ...]] | None = None) -> Path:
    path = folder / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements or ("CREATE TABLE t (id INTEGER, y TEXT)",):
            connection.execute(statement)
        if rows:
            connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' for _ in rows[0])})", rows)
    return path


def dumped(folder: Path, table: str = "t") -> str:
    target = folder / "out.csv"
    sqlite.dump(folder / "a.db", table, "sqlite:///a.db", target, lambda: None)
    return target.read_bytes().decode()


def refused(folder: Path, table: str = "t") -> CheckError:
    with pytest.raises(CheckError) as raised:
        dumped(folder, table)
    assert str(folder) not in str(raised.value)
    return raised.value


def test_every_value_is_its_text(tmp_path: Path) -> None:
    rows = [(1, "a,b"), ("word", 'say "x"'), (None, ""), (2.5, "two\nlines"), (9007199254740993, b"\x00\xff")]
    database(tmp_path, rows=rows)
    expected = 'id,y\n1,"a,b"\nword,"say ""x"""\n,\n2.5,"two\nlines"\n9007199254740993,00ff\n'
    assert dumped(tmp_path) == expected


def test_a_word_in_a_column_of_integers_is_found(tmp_path: Path) -> None:
    database(tmp_path, rows=[(1, "a"), ("word", "b"), (None, "c")])
    opened = open_named("sqlite:///a.db#t", tmp_path)
    table = DuckTable(opened, 10**9)
    wrong, null = Count(IsNotType(Column("id", "integer"))), Count(IsNull(Column("id", "integer")))
    answers = table.scan([wrong, null])
    table.close()
    opened.close()
    assert (answers[wrong], answers[null], opened.lined) == (1, 1, False)
    assert opened.folder and not opened.folder.exists()


def test_a_view_and_names_of_any_letters(tmp_path: Path) -> None:
    database(
        tmp_path,
        'CREATE TABLE "a""b;--" ("x y" INTEGER)',
        'INSERT INTO "a""b;--" VALUES (7)',
        "CREATE VIEW v AS SELECT 1 AS one",
    )
    assert dumped(tmp_path, 'a"b;--') == "x y\n7\n"
    (tmp_path / "out.csv").unlink()
    assert dumped(tmp_path, "v") == "one\n1\n"


def test_nothing_is_written_beside_the_database(tmp_path: Path) -> None:
    path = database(tmp_path, "PRAGMA journal_mode = WAL", "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")
    (tmp_path / "out").mkdir()
    path.chmod(stat.S_IRUSR)
    before = (sorted(tmp_path.iterdir()), path.read_bytes())
    sqlite.dump(path, "t", "a.db", tmp_path / "out" / "x.csv", lambda: None)
    assert (sorted(tmp_path.iterdir()), path.read_bytes()) == before


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_changes_that_are_pending_are_refused(tmp_path: Path, suffix: str) -> None:
    database(tmp_path, rows=[(1, "a")])
    (tmp_path / f"a.db{suffix}").write_bytes(b"x")
    assert f"a.db{suffix} holds changes that are not in the database yet" in refused(tmp_path).what


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "a.db is empty (0 bytes)"), (b"id,y\n1,2\n", "a.db is no SQLite database"), (None, "is no regular file")],
)
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is None:
        (tmp_path / "a.db").mkdir()
    else:
        (tmp_path / "a.db").write_bytes(content)
    assert words in refused(tmp_path).what


def test_a_table_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    database(tmp_path, "CREATE TABLE customers (x)")
    assert refused(tmp_path, "custmers").next_step == "Did you mean 'customers'?"
    assert refused(tmp_path, "q").next_step == "It has customers."
    assert "no table 'sqlite_schema'" in refused(tmp_path, "sqlite_schema").what


@pytest.mark.parametrize("at", [0.3, 0.6])
def test_a_broken_page_is_refused(tmp_path: Path, at: float) -> None:
    path = database(tmp_path, rows=[(n, f"value {n}" * 20) for n in range(2000)])
    raw = bytearray(path.read_bytes())
    page = int(len(raw) * at) // 4096 * 4096
    raw[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(raw)
    assert "cannot be read: database disk image is malformed" in refused(tmp_path).what


def test_text_that_is_no_utf8_is_refused_without_its_bytes(tmp_path: Path) -> None:
    database(tmp_path, "CREATE TABLE t (x TEXT)", "INSERT INTO t VALUES (CAST(x'736563726574ff' AS TEXT))")
    error = refused(tmp_path)
    assert "cannot be read" in error.what
    assert "secret" not in str(error)


@pytest.mark.timeout(20)
def test_a_view_without_end_can_be_stopped(tmp_path: Path) -> None:
    database(
        tmp_path,
        "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n",
    )

    def stop() -> None:
        raise CheckError("stopped here")

    with pytest.raises(CheckError, match="stopped here"):
        sqlite.dump(tmp_path / "a.db", "v", "a.db", tmp_path / "out.csv", stop)


def test_nul_inside_text_is_refused(tmp_path: Path) -> None:
    database(tmp_path, rows=[(1, "a\0b")])
    assert "holds a NUL character" in refused(tmp_path).what
