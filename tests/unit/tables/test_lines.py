"""Physical lines of rows, held against Python's own csv module."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates.tables import lines
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import open_source

CELL = st.lists(st.sampled_from(["a", "1", " ", ",", '"', "\n", "\r\n", "\r", "é", "🙂"]), max_size=6).map("".join)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), min_size=0, max_size=12)
ENDS = st.sampled_from(["\n", "\r\n"])
TO_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def written(rows: list[tuple[str, ...]], end: str, blanks: list[int], last: bool, bom: bool) -> bytes:
    """A CSV whose cells may hold anything, with empty lines before the rows that `blanks` names."""
    out = []
    for number, row in enumerate([("x", "y", "z"), *rows]):
        if number and number in blanks:
            out.append(end)
        line = io.StringIO()
        quoting = csv.QUOTE_ALL if "\r" in "".join(row) else csv.QUOTE_MINIMAL  # before 3.13 it forgets a lone CR
        csv.writer(line, lineterminator=end, quoting=quoting).writerow(row)
        out.append(line.getvalue())
    text = "".join(out)
    raw = (text if last or not rows else text.removesuffix(end)).encode()
    return b"\xef\xbb\xbf" + raw if bom else raw


def oracle(raw: bytes) -> list[int]:
    """The physical line at which each row begins, by the csv module."""
    reader = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    begins, found = 1, []
    for record in reader:
        if record:
            found.append(begins)
        begins = reader.line_num + 1
    return found[1:]


@TO_FILE
@given(rows=ROWS, end=ENDS, blanks=st.lists(st.integers(1, 12)), last=st.booleans(), bom=st.booleans())
def test_rows_begin_where_the_csv_module_says(
    tmp_path: Path, rows: list[tuple[str, ...]], end: str, blanks: list[int], last: bool, bom: bool
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(written(rows, end, blanks, last, bom))
    expected = oracle(path.read_bytes())
    found = lines.of_rows(path, range(1, len(expected) + 1), 3, ",")
    assert [found[row] for row in sorted(found)] == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(rows=ROWS.filter(len), end=ENDS, blanks=st.lists(st.integers(1, 12)), bom=st.booleans())
def test_the_engine_counts_the_same_rows(
    tmp_path: Path, rows: list[tuple[str, ...]], end: str, blanks: list[int], bom: bool
) -> None:
    """Otherwise a finding would point at another row than the one that was counted."""
    path = tmp_path / "x.csv"
    path.write_bytes(written(rows, end, blanks, True, bom))
    table = DuckTable(open_source(path, "x.csv"), 10**9)
    try:
        read = table.rows_of("SELECT x, y, z FROM data")
    finally:
        table.close()
    assert [tuple(cell or "" for cell in row) for row in read] == rows
    assert len(read) == len(oracle(path.read_bytes()))


@pytest.mark.parametrize(
    ("raw", "rows", "expected"),
    [
        (b"a,b\n1,2\n", [1], {1: 2}),
        (b"a,b\r1,2\r3,4\r", [2], {2: 3}),
        (b'a,"b\nc"\n1,2\n', [1], {1: 3}),
        (b'a,b\n"1\n\n""x""\n",2\n3,4', [1, 2], {1: 2, 2: 6}),
        (b"a,b\n\n\n1,2\n\n3,4\n", [2, 1], {1: 4, 2: 6}),
        (b"a,b\n1,2\n", [], {}),
        (b"a,b\n1,2\n", [5], {}),
    ],
)
def test_lines(tmp_path: Path, raw: bytes, rows: list[int], expected: dict[int, int]) -> None:
    (tmp_path / "x.csv").write_bytes(raw)
    assert lines.of_rows(tmp_path / "x.csv", rows, 2, ",") == expected


def test_an_empty_line_of_a_single_column_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a\n1\n\n3\n")
    assert lines.of_rows(tmp_path / "x.csv", [1, 2, 3], 1, ",") == {1: 2, 2: 3, 3: 4}


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"a,b\n1,2\n3\n", 3, "it has 1 fields where the header has 2"),
        (b'a,b\n"1\n",2\n3,4,5\n6,7,8\n', 4, "it has 3 fields"),
        (b"a,b\n1,\xff\n2,3\n", 2, "byte 7 of the file is no UTF-8"),
        (b"a,b\n1\n2,\xff\n", 2, "it has 1 fields"),
        (b"a,b\n1,2\n3,\xff\n4\n", 3, "no UTF-8"),
        (b'a,b\n1,2\n3,"4\n5,6\n', 3, "a quote opens here and never closes"),
        (b'a,b\n1,2\n3,"4' + b"\n5,6" * 500, 3, "a quote opens here and never closes"),
        (b"a,b\n1,\xc3", 2, "no UTF-8"),
    ],
)
def test_the_first_fault(tmp_path: Path, raw: bytes, line: int, words: str) -> None:
    (tmp_path / "x.csv").write_bytes(raw)
    fault = lines.first_fault(tmp_path / "x.csv", ",", 2)
    assert fault
    assert fault[0] == line
    assert words in fault[1]


def test_a_sound_file_has_no_fault(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b'\xef\xbb\xbfa,b\r\n"1\r\n\xc3\xa9",""\r\n\r\n2,3\r\n')
    assert lines.first_fault(tmp_path / "x.csv", ",", 2) is None
