from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from mlops_gates import digests, naming
from mlops_gates.errors import CheckError
from mlops_gates.tables import reading
from mlops_gates.tables.asks import Column, Count, IsNull, IsOutside, Rows
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.named import open_named
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.source import Source, is_textual, open_source

pa = pytest.importorskip("pyarrow")
from pyarrow import feather, ipc, parquet  # noqa: E402


def source(folder: Path, name: str, **more: Any) -> Source:
    return open_source(folder / name, name, **more)


def rows(folder: Path, name: str, **more: Any) -> list[tuple[Any, ...]]:
    """Every row as the engine reads it; nothing private may be left afterwards."""
    opened = source(folder, name, **more)
    table = DuckTable(opened, 10**9)
    try:
        return table.rows_of(f"SELECT * FROM {reading.clause(opened)}")
    finally:
        table.close()
        opened.close()


def refused(folder: Path, name: str, **more: Any) -> CheckError:
    with pytest.raises(CheckError) as raised:
        rows(folder, name, **more)
    assert str(folder) not in str(raised.value), "no path of the machine"
    return raised.value


def write(folder: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def keep(path: Path, **columns: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path)


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A place for private folders, which has to be empty at the end."""
    folder = tmp_path_factory.mktemp("private")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


CSV = "x,y\n1,a\n2,b\n"
JSON = '{"x": 1, "y": "a"}\n{"x": 2, "y": "b"}\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.csv", CSV.encode()),
        ("d.txt", CSV.encode()),
        ("d.tsv", CSV.replace(",", "\t").encode()),
        ("d.csv.gz", gzip.compress(CSV.encode(), mtime=0)),
        ("d.CSV.GZ", gzip.compress(CSV.encode(), mtime=0)),
        ("d.tsv.gz", gzip.compress(CSV.replace(",", "\t").encode(), mtime=0)),
        ("d.csv.gz", gzip.compress(CSV[:8].encode(), mtime=0) + gzip.compress(CSV[8:].encode(), mtime=0) + b"\0" * 512),
        ("d.csv.zst", zstandard.compress(CSV.encode())),
        ("d.csv.zst", zstandard.compress(CSV[:8].encode()) + zstandard.compress(CSV[8:].encode())),
    ],
)
def test_text_is_read_as_text(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert rows(tmp_path, name) == [("1", "a"), ("2", "b")]
    assert is_textual(name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.jsonl", JSON.encode()),
        ("d.ndjson", JSON.replace("\n", "\r\n\r\n").encode()),
        ("d.jsonl.gz", gzip.compress(JSON.encode(), mtime=0)),
        ("d.jsonl.zst", zstandard.compress(JSON.encode())),
    ],
)
def test_json_lines_are_read_as_what_they_are(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert rows(tmp_path, name) == [(1, "a"), (2, "b")]
    assert not is_textual(name)


@pytest.mark.parametrize("name", ["d.arrow", "d.feather", "d.ipc", "stream.arrow"])
def test_arrow_is_read_as_what_it_is(tmp_path: Path, name: str) -> None:
    table = pa.table({"x": [1, None], "y": pa.array(["a", "b"]).dictionary_encode(), "z": [1.5, float("nan")]})
    if name.startswith("stream"):
        with ipc.new_stream(tmp_path / name, table.schema) as writer:
            writer.write_table(table)
    else:
        feather.write_feather(table, tmp_path / name)
    first, second = rows(tmp_path, name)
    assert first == (1, "a", 1.5)
    assert second[:2] == (None, "b")


def test_a_pattern_is_one_table_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, d__b_csv="x,y\r\n3,c\r\n", d__a_csv=CSV, d__c_txt="x,y\n9,z\n", d__e_csv="x,y\n")
    assert rows(tmp_path, "d/*.csv") == [("1", "a"), ("2", "b"), ("3", "c")]
    assert source(tmp_path, "d/*.csv").names == ("d/a.csv", "d/b.csv", "d/e.csv")


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path) -> None:
    (tmp_path / "[a]*.csv").write_text(CSV)
    (tmp_path / "aa.csv").write_text("x,y\n7,q\n")
    assert len(rows(tmp_path, "[a]*.csv")) == 2
    keep(tmp_path / "?.parquet", x=[1])
    assert rows(tmp_path, "?.parquet") == [(1,)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("**/*.csv", ["a.csv", "p/b.csv", "p/q/c.csv"]),
        ("*.csv", ["a.csv"]),
        ("p/**/*.csv", ["p/b.csv", "p/q/c.csv"]),
        ("**/q/*.csv", ["p/q/c.csv"]),
        ("p/?.csv", ["p/b.csv"]),
        ("*/[bc].csv", ["p/b.csv"]),
        ("nothing/*.csv", []),
    ],
)
def test_what_a_pattern_stands_for(tmp_path: Path, pattern: str, found: list[str]) -> None:
    write(tmp_path, a_csv=CSV, p__b_csv=CSV, p__q__c_csv=CSV)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "d.csv").write_text(CSV)
    assert [str(one.relative_to(tmp_path)) for one in naming.files(tmp_path / pattern)] == found


def test_partitions_become_columns(tmp_path: Path) -> None:
    keep(tmp_path / "t/year=2026/month=01/a.parquet", x=[1, 2])
    keep(tmp_path / "t/year=2026/month=02/a.parquet", x=[3])
    keep(tmp_path / "t/_temporary/b.parquet", x=[9])
    (tmp_path / "t/_SUCCESS").touch()
    assert rows(tmp_path, "t") == [(1, 1, 2026), (2, 1, 2026), (3, 2, 2026)]
    assert rows(tmp_path, "t/y*/**/*.parquet") == rows(tmp_path, "t")
    assert rows(tmp_path, "t/year=2026") == rows(tmp_path, "t")
    assert rows(tmp_path, "t/year=2026/month=02/a.parquet") == [(3,)]


def test_partitions_have_the_type_of_all_their_values(tmp_path: Path) -> None:
    for value, number in (("1", 1), ("b%20c", 2), ("__HIVE_DEFAULT_PARTITION__", 3)):
        keep(tmp_path / f"t/k={value}/day=2026-01-0{number}/a.parquet", x=[number])
    opened = source(tmp_path, "t")
    assert opened.partitions == (("k", "VARCHAR"), ("day", "DATE"))
    found = {row[0]: row[2] for row in rows(tmp_path, "t")}
    assert found == {1: "1", 2: "b c", 3: None}


def test_partitions_that_contradict_are_refused(tmp_path: Path) -> None:
    keep(tmp_path / "t/year=2026/a.parquet", x=[1])
    keep(tmp_path / "t/b.parquet", x=[1])
    assert "lacks the partition 'year'" in refused(tmp_path, "t").what
    (tmp_path / "t/b.parquet").unlink()
    keep(tmp_path / "t/year=2027/a.parquet", x=[1], year=[2027])
    assert "has a column 'year', and so have the names of its folders" in refused(tmp_path, "t").what


def test_a_folder_above_is_no_partition(tmp_path: Path) -> None:
    above = tmp_path / "run=7"
    keep(above / "t/year=2026/a.parquet", x=[1])
    assert "a folder above is called run=" in refused(above, "t").what


PARQUET_SETS = {
    "lacks the column 'x' of": ({"x": [1]}, {"z": [1]}),
    "has a column 'z' that is not in": ({"x": [1]}, {"x": [1], "z": [2]}),
    "has 'x' as DOUBLE, not as BIGINT as in": ({"x": [1]}, {"x": [1.5]}),
    "has 'x' as VARCHAR, not as BIGINT as in": ({"x": [1]}, {"x": ["a"]}),
}


@pytest.mark.parametrize("words", PARQUET_SETS)
def test_parquet_files_of_other_columns_are_refused(tmp_path: Path, words: str) -> None:
    first, second = PARQUET_SETS[words]
    keep(tmp_path / "d/a.parquet", **first)
    keep(tmp_path / "d/b.parquet", **second)
    assert refused(tmp_path, "d/*.parquet").what == f"d/b.parquet {words} d/a.parquet"


def test_the_order_of_parquet_columns_does_not_matter(tmp_path: Path) -> None:
    keep(tmp_path / "d/a.parquet", x=[1], y=["a"])
    keep(tmp_path / "d/b.parquet", y=["b"], x=[2])
    assert rows(tmp_path, "d") == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("names", [["a", "a"], ["a", "A"], ["é", "É"]])
@pytest.mark.parametrize("name", ["d.parquet", "d.arrow"])
def test_names_that_stand_twice_are_refused(tmp_path: Path, names: list[str], name: str) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=names)
    if name.endswith("parquet"):
        parquet.write_table(table, tmp_path / name)
    else:
        feather.write_feather(table, tmp_path / name)
    assert "more than once (case does not count)" in refused(tmp_path, name).what


def cut(content: bytes) -> bytes:
    return content[:-3]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


MANY = b"x,y\n" + b"".join(b"%d,%d\n" % (n, n * 7919 % 1000) for n in range(50_000))


@pytest.mark.parametrize("change", [cut, flipped, lambda _: MANY, lambda all_: all_ + b"garbage"])
@pytest.mark.parametrize(
    ("name", "pack"),
    [("d.csv.gz", gzip.compress), ("d.csv.zst", zstandard.ZstdCompressor(write_checksum=True).compress)],
)
def test_a_packed_file_that_is_not_sound_is_refused(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes], change: Callable[[bytes], bytes]
) -> None:
    (tmp_path / name).write_bytes(change(pack(MANY)))
    assert refused(tmp_path, name).what.startswith(f"{name} cannot be unpacked: it ")


def test_a_parquet_or_arrow_file_that_is_cut_is_refused(tmp_path: Path) -> None:
    keep(tmp_path / "d.parquet", x=list(range(1000)))
    (tmp_path / "e.parquet").write_bytes(cut((tmp_path / "d.parquet").read_bytes()))
    feather.write_feather(pa.table({"x": list(range(1000))}), tmp_path / "d.arrow")
    (tmp_path / "e.arrow").write_bytes(cut((tmp_path / "d.arrow").read_bytes()))
    (tmp_path / "f.arrow").write_bytes(b"no arrow at all")
    for name in ("e.parquet", "e.arrow", "f.arrow"):
        assert refused(tmp_path, name).what.startswith(f"{name} cannot be read: ")


@pytest.mark.parametrize("name", ["d.csv", "d.jsonl", "d.parquet", "d.arrow", "d.csv.gz", "d.csv.zst"])
def test_nothing_is_no_table(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert refused(tmp_path, name).what == f"{name} is empty (0 bytes)"
    (tmp_path / "all").mkdir()
    (tmp_path / name).rename(tmp_path / "all" / name)
    assert refused(tmp_path, "all/*").what == f"all/{name} is empty (0 bytes)"


def test_a_pipe_and_a_folder_in_a_pattern_are_refused(tmp_path: Path) -> None:
    write(tmp_path, d__a_csv=CSV)
    os.mkfifo(tmp_path / "d" / "b.csv")
    assert refused(tmp_path, "d/*.csv").what == "d/b.csv is no regular file"
    (tmp_path / "d" / "b.csv").unlink()
    (tmp_path / "d" / "c.csv").mkdir()
    assert refused(tmp_path, "d/*.csv").what == "d/c.csv is a folder"


@pytest.mark.timeout(10)
def test_links_in_circles_end(tmp_path: Path) -> None:
    write(tmp_path, d__a_csv=CSV)
    (tmp_path / "d" / "again").symlink_to(tmp_path / "d")
    for name in ("d", "d/**/*.csv"):
        assert "again is a link to a folder, which is not followed" in refused(tmp_path, name).what
    (tmp_path / "e.csv").symlink_to(tmp_path / "e.csv")
    assert refused(tmp_path, "e.csv").what == "e.csv is no regular file"


def test_files_that_are_no_one_table_are_refused(tmp_path: Path) -> None:
    write(tmp_path, d__a_csv=CSV, d__b_csv="y,x\n1,2\n", e__a_csv=CSV, e__b_jsonl=JSON)
    assert refused(tmp_path, "d/*.csv").what == "d/b.csv has another header than d/a.csv"
    assert refused(tmp_path, "e").what == "e: e/a.csv and e/b.jsonl are of different formats"
    (tmp_path / "f").mkdir()
    assert refused(tmp_path, "f").what == "f holds no file with a readable suffix"
    assert refused(tmp_path, "f/*.csv").what == "f/*.csv matches no file"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (b'{"a": 1}\n{"a": 1, "a": 2}\n', 2, "it has the key 'a' twice"),
        (b'{"a": 1}\n\n{"a": ', 3, "it ends within an object"),
        (b'{"a": 1}\n[1]\n', 2, "it is no object"),
        (b'{"a": 1}\n5\n', 2, "it is no object"),
        (b'{"a": "\xff"}\n', 1, "byte 8 of the line is no UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}\n', 1, "it begins with a byte order mark"),
        (b'{"a": 1}, {"a": 2}\n', 1, "it is no JSON from its character 9 on"),
        (b'{\n"a": 1}\n', 1, "it ends within an object"),
        (b"{}\n\n", 1, ""),
        (b"\n\n", 1, "there is no object in the file, so it has no columns"),
    ],
)
def test_the_first_line_that_is_no_object_is_named(tmp_path: Path, text: bytes, line: int, words: str) -> None:
    (tmp_path / "d.jsonl").write_bytes(text)
    error = refused(tmp_path, "d.jsonl")
    if words:
        assert error.what == f"d.jsonl cannot be read: line {line}: {words}"
        assert (error.where.file, error.where.line) == ("d.jsonl", line) if error.where else False
    (tmp_path / "e.jsonl.gz").write_bytes(gzip.compress(text, mtime=0))
    assert refused(tmp_path, "e.jsonl.gz").where is None, "nobody can open a line of a packed file"


def test_keys_that_differ_in_case_are_refused(tmp_path: Path) -> None:
    write(tmp_path, d_jsonl='{"a": 1}\n{"A": 2}\n', e_jsonl='{"a": 1, "a_1": 2}\n')
    assert "more than once (case does not count)" in refused(tmp_path, "d.jsonl").what
    assert rows(tmp_path, "e.jsonl") == [(1, 2)]


def test_cells_of_json_keep_their_types(tmp_path: Path) -> None:
    cells = [12, "12", 1.5, True, None, {"b": 1}, [1], "2026-01-01"]
    write(
        tmp_path, d_jsonl="".join(json.dumps({"mixed": cell}) + "\n" for cell in cells) + '{"late": -1}\n{"late": 2}\n'
    )
    opened = source(tmp_path, "d.jsonl")
    assert opened.keys == (("mixed", "JSON"), ("late", "HUGEINT"))
    table = DuckTable(opened, 10**9)
    found = table.rows_of(f"SELECT json_type(mixed) FROM {reading.clause(opened)}")
    table.close()
    assert [row[0] for row in found] == [
        "UBIGINT", "VARCHAR", "DOUBLE", "BOOLEAN", None, "OBJECT", "ARRAY", "VARCHAR", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "2"], "VARCHAR"),
        (["2026-01-01"], "VARCHAR"),
        ([1, 2.5], "DOUBLE"),
        ([True, None], "BOOLEAN"),
        ([None], "JSON"),
        ([1, True], "JSON"),
        ([1] * 30_000 + ["x"], "JSON"),
    ],
)
def test_the_type_of_a_json_column_is_that_of_every_line(tmp_path: Path, values: list[Any], type_: str) -> None:
    write(tmp_path, d_jsonl="".join(json.dumps({"x": value}) + "\n" for value in values))
    assert source(tmp_path, "d.jsonl").keys == (("x", type_),)


def planned(opened: Source) -> Plan:
    return Plan(DuckTable(opened, 10**9), lambda path: path.name)


def test_bad_rows_are_told_at_the_lines_of_their_files(tmp_path: Path) -> None:
    write(tmp_path, d__a_csv='x,y\n1,"a\nb"\n,c\n', d__b_csv="x,y\n\n2,d\n,e\n")
    plan, bad = planned(source(tmp_path, "d/*.csv")), IsNull(Column("x"))
    plan.ask([Rows(), Count(bad)])
    plan.run()
    plan.locate([bad])
    plan.table.close()
    assert (plan.rows, plan.count(bad)) == (4, 2)
    assert [(one.file, one.line) for one in plan.places(bad).locations] == [("a.csv", 4), ("b.csv", 4)]
    assert plan.places(bad).words == "first at line 4"


def test_bad_rows_of_json_lines_are_told_at_their_lines(tmp_path: Path) -> None:
    write(tmp_path, d_jsonl='\n{"x": 1}\n\n{"x": 20}\n')
    plan, bad = planned(source(tmp_path, "d.jsonl")), IsOutside(Column("x"), 0, 10)
    plan.ask([Count(bad)])
    plan.run()
    plan.locate([bad])
    plan.table.close()
    assert [(one.file, one.line) for one in plan.places(bad).locations] == [("d.jsonl", 4)]


def test_a_packed_file_has_rows_and_no_lines(tmp_path: Path) -> None:
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n,3\n", mtime=0))
    opened = source(tmp_path, "d.csv.gz")
    plan, bad = planned(opened), IsNull(Column("x"))
    plan.ask([Count(bad)])
    plan.run()
    plan.locate([bad])
    plan.table.close()
    opened.close()
    assert (plan.places(bad).locations, plan.places(bad).words) == ((), "first in row 2")


def test_a_row_of_another_width_is_told_at_its_file(tmp_path: Path) -> None:
    write(tmp_path, d__a_csv=CSV, d__b_csv="x,y\n1,2\n1,2,3\n")
    error = refused(tmp_path, "d/*.csv")
    assert error.what == "d/b.csv cannot be read: line 3: it has 3 fields where the header has 2"
    assert str(error.where) == "d/b.csv:3"


@pytest.mark.parametrize("name", ["☃ ::error::.csv", "a'b\"c.csv", "a,b;c.jsonl"])
def test_names_of_any_letters(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(JSON if name.endswith("jsonl") else CSV)
    assert len(rows(tmp_path, name)) == 2


@pytest.mark.parametrize("column", ["☃", "::error::x", "a'b", 'a"b', "a b\tc", "\u202eevil", "select"])
def test_columns_of_any_letters(tmp_path: Path, column: str) -> None:
    write(tmp_path, d_jsonl=json.dumps({column: 1}) + "\n")
    assert source(tmp_path, "d.jsonl").keys == ((column, "BIGINT"),)
    assert rows(tmp_path, "d.jsonl") == [(1,)]


def test_ten_thousand_columns(tmp_path: Path) -> None:
    names = [f"c{place}" for place in range(10_000)]
    write(tmp_path, d_csv=",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
    write(tmp_path, d_jsonl=json.dumps(dict.fromkeys(names, 1)) + "\n")
    assert len(source(tmp_path, "d.csv").header) == 10_000
    assert len(source(tmp_path, "d.jsonl").keys) == 10_000
    write(tmp_path, e_csv=",".join(f"c{place}" for place in range(20_001)) + "\n")
    assert "20,001 columns" in refused(tmp_path, "e.csv").what


@pytest.mark.parametrize("name", ["d.csv", "d.csv.gz", "d.jsonl"])
def test_a_line_without_end_is_refused(tmp_path: Path, name: str) -> None:
    body = b"x" * (40 << 20)
    content = b'{"a": "' + body + b'"}\n' if name == "d.jsonl" else b'x,y\n"' + body + b'",1\n'
    (tmp_path / name).write_bytes(gzip.compress(content, 1, mtime=0) if name.endswith("gz") else content)
    assert refused(tmp_path, name).what.startswith(f"{name} cannot be read")


def test_unpacking_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(CSV.encode(), mtime=0))

    def stop() -> None:
        raise CheckError("stopped")

    with pytest.raises(CheckError, match="stopped"):
        source(tmp_path, "d.csv.gz", going=stop)


def test_what_is_bound_are_names_and_contents(tmp_path: Path) -> None:
    write(tmp_path, d__a_csv=CSV, d__b_csv=CSV)
    bound = {name: digests.again("data", tmp_path / name) for name in ("d", "d/*.csv", "d/a.csv")}
    assert bound["d"] == bound["d/*.csv"] != bound["d/a.csv"]
    (tmp_path / "d/b.csv").write_text(CSV + "3,c\n")
    changed = digests.again("data", tmp_path / "d")
    (tmp_path / "d/b.csv").rename(tmp_path / "d/c.csv")
    renamed = digests.again("data", tmp_path / "d")
    (tmp_path / "d/c.csv").unlink()
    removed = digests.again("data", tmp_path / "d")
    assert len({bound["d"], changed, renamed, removed}) == 4
    (tmp_path / "d/a.csv").unlink()
    assert digests.subject("data", tmp_path / "d", tmp_path).sha256 == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("http://x/y.csv", "http:// cannot be read"),
        ("s3://bucket", "should be s3://bucket/key"),
        ("sqlite:///a.db", "should be sqlite:///path/to.db#table"),
        ("postgresql://u@h/d", "should be postgresql://user@host:port/database#schema.table"),
        ("postgresql://u:hunter2@h/d#t", "should have no password"),
        ("postgresql://u@h/d?password=hunter2#t", "should have no password"),
    ],
)
def test_names_that_nothing_can_have(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(CheckError) as raised:
        open_named(name, tmp_path)
    assert words in raised.value.what
    assert "hunter2" not in raised.value.what.replace("?password=hunter2", "")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("postgresql://u@h:5/d#s.t", ("postgresql://u@h:5/d", ("s", "t"))),
        ("postgresql://h/d#t", ("postgresql://h/d", ("public", "t"))),
        ("postgresql://h/d?sslmode=require#s.t%23", ("postgresql://h/d?sslmode=require", ("s", "t#"))),
    ],
)
def test_the_parts_of_a_server(name: str, parts: tuple[str, tuple[str, str]]) -> None:
    assert naming.postgres_parts(name) == parts
