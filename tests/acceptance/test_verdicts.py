"""The examples of the data gate have the same verdicts in Polars as in the default engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "tables"))

from verdicts import DATA, verdict

pytestmark = pytest.mark.acceptance


@pytest.mark.parametrize("case", DATA, ids=lambda path: "/".join(path.parts[-3:]))
def test_the_examples_have_the_same_verdicts(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        verdict(case, tmp_path / engine / "project", engine, monkeypatch, lines=True) for engine in ("duckdb", "polars")
    ]
    assert found[0] == found[1]
