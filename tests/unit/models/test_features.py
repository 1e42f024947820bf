from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from mlops_gates.errors import CheckError
from mlops_gates.models.features import Split, canonical, canonical_text, split
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import open_source

CSV = """\
id,whole,gaps,number,word,truth,holes,empty,code,y
1,1,1,1.5,a,true,true,,007,yes
2,-2,,1e3,,False,,,1,no
3,+3,3,.5,NA,TRUE,false,,x,yes
"""


def read(path: Path, target: str = "y", drop: tuple[str, ...] = ("id",), null_values: tuple[str, ...] = ()) -> Split:
    table = DuckTable(open_source(path, path.name, null_values), 10**9)
    try:
        return split(table, target, drop)
    finally:
        table.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "x.csv").write_text(CSV)
    return tmp_path / "x.csv"


def kinds(found: Split) -> dict[str, str]:
    return {column.name: column.kind for column in found.features.columns}


def test_a_column_is_of_the_narrowest_type_that_all_of_it_has(path: Path) -> None:
    found = read(path)
    assert kinds(found) == {
        "whole": "int64", "gaps": "float64", "number": "float64", "word": "string", "truth": "bool", "holes": "string",
        "empty": "float64", "code": "string",
    }  # fmt: skip
    assert found.features.rows == 3
    assert found.labels.tolist() == ["yes", "no", "yes"]


def test_the_model_gets_neither_labels_nor_dropped_columns(path: Path) -> None:
    names = [column.name for column in read(path, drop=("id", "code")).features.columns]
    assert names == ["whole", "gaps", "number", "word", "truth", "holes", "empty"]


def test_values_and_nulls(path: Path) -> None:
    columns = {column.name: column for column in read(path).features.columns}
    assert columns["whole"].values.tolist() == [1, -2, 3]
    assert columns["whole"].nulls is None
    gaps = columns["gaps"]
    assert gaps.nulls is not None
    assert gaps.nulls.tolist() == [False, True, False]
    assert columns["number"].values.tolist() == [1.5, 1000.0, 0.5]
    assert columns["word"].values.tolist() == ["a", None, "NA"]
    assert columns["truth"].values.tolist() == [True, False, True]
    empty = columns["empty"]
    assert empty.nulls is not None
    assert empty.nulls.all()


def test_null_values_are_nulls_of_the_features(path: Path) -> None:
    columns = {column.name: column for column in read(path, null_values=("NA", "x")).features.columns}
    assert columns["word"].values.tolist() == ["a", None, None]
    assert columns["code"].kind == "float64"


def test_what_the_model_gets_is_what_pandas_reads(path: Path) -> None:
    """Where both have one reading: the model was trained on `pandas.read_csv`."""
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    for column in read(path, drop=()).features.columns:
        if column.name in ("id", "whole", "number", "truth", "gaps"):
            known = frame[column.name]
            values = np.where(column.nulls, np.nan, column.values) if column.nulls is not None else column.values
            np.testing.assert_array_equal(values.astype(float), known.astype(float).to_numpy())


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    made = tmp_path / "x.parquet"
    duckdb.sql(
        "COPY (SELECT * FROM (VALUES (1::INTEGER, 1.5::DOUBLE, 'a', true, DATE '2026-01-31', 1.25::DECIMAL(9,2), 0), "
        f"(NULL, 'nan'::DOUBLE, NULL, false, NULL, 2, 1)) t(i, f, s, b, d, c, y)) TO '{made}' (FORMAT parquet)"
    )
    found = read(made, drop=())
    assert kinds(found) == {"i": "float64", "f": "float64", "s": "string", "b": "bool", "d": "string", "c": "float64"}
    columns = {column.name: column for column in found.features.columns}
    assert columns["f"].nulls is not None
    assert columns["f"].nulls.tolist() == [False, True]
    assert columns["d"].values.tolist() == ["2026-01-31", None]
    assert found.labels.tolist() == ["0", "1"]


@pytest.mark.parametrize(
    ("text", "target", "drop", "words"),
    [
        ("a,y\n1,\n", "y", (), "1 labels in y are blank"),
        ("a,y\n1, \n2,1\n", "y", (), "1 labels in y are blank"),
        ("a,y\n", "y", (), "has no rows"),
    ],
)
def test_tables_that_cannot_be_split(tmp_path: Path, text: str, target: str, drop: Any, words: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(CheckError) as raised:
        read(tmp_path / "x.csv", target, drop)
    assert words in raised.value.what


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (1.0, "1"), (1.5, "1.5"), (-0.0, "0"), ("1", "1"), ("1.0", "1.0"), (True, "True"), ("Yes", "Yes")],
)  # fmt: skip
def test_labels_as_text(value: object, text: str) -> None:
    assert canonical_text(value) == text


def test_equal_values_of_other_types_keep_apart() -> None:
    """1, 1.0 and True are equal in Python, and a cache must not take one for the other."""
    assert canonical(np.array([True, 1, 1.0, "1"], dtype=object)).tolist() == ["True", "1", "1", "1"]
