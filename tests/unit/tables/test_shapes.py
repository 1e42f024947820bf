"""Patterns out of shapes."""

from __future__ import annotations

import re

import pytest

from mlops_gates.tables.shapes import pattern


@pytest.mark.parametrize(
    ("shapes", "wanted"),
    [
        (["0000-AAAAA"], "^[0-9]{4}-[A-Z]{5}$"),
        (["A0", "A000"], "^[A-Z][0-9]+$"),
        (["A0A0", "00AA", "AAAA"], "^[0-9A-Z]{4}$"),
        (["a0", "0a"], "^[0-9a-z]{2}$"),
        (["(0).0", "(0).0"], "^[(][0-9][)][.][0-9]$"),
        (["0\\0"], "^[0-9][\\\\][0-9]$"),
        (["0^0", "0^00"], "^[0-9][\\^][0-9]+$"),
        (["AA 0"], "^[A-Z]{2} [0-9]$"),
        (["aA0", "0Aaa", "A0a"], "^[0-9A-Za-z]+$"),
        (["a-0", "a.0"], None),
        (["a-0", "aa"], None),
        ([], None),
        ([""], None),
    ],
)
def test_the_narrowest_pattern_of_runs(shapes: list[str], wanted: str | None) -> None:
    assert pattern(shapes) == wanted
    for shape in shapes if wanted else ():
        assert re.search(str(wanted), shape.replace("A", "Q").replace("a", "q").replace("0", "7"))
