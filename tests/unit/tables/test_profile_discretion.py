"""What a profile keeps to itself."""

from __future__ import annotations

import pytest

from mlops_gates.tables.discretion import discreet, is_key, words
from mlops_gates.tables.profile import ColumnProfile


def category(*counts: int, other: int = 0) -> ColumnProfile:
    values = tuple((f"value {place}", count) for place, count in enumerate(counts))
    return ColumnProfile("category", "string", 0, sum(counts) + other, len(counts), values=values, other=other)


def integers(least: int, greatest: int, rows: int, distinct: int) -> ColumnProfile:
    return ColumnProfile(
        "number", "integer", 0, rows, distinct, least=least, greatest=greatest, edges=(5.0,), counts=(1, 1)
    )


def test_rare_categories_are_others_and_the_counts_still_fit() -> None:
    one = discreet({"x": category(100, 5, 4, 1, other=7)})["x"]
    assert one.values == (("value 0", 100), ("value 1", 5))
    assert one.other == 12
    assert discreet({"x": category(100, 5, 4, 1)}, fewest=1)["x"].values == category(100, 5, 4, 1).values


def test_a_column_of_mostly_rare_values_keeps_none() -> None:
    one = discreet({"name": category(6, *[1] * 50)})["name"]
    assert (one.kind, one.values, one.other) == ("text", (), 0)


@pytest.mark.parametrize(
    ("name", "one", "kept"),
    [
        ("customer_id", integers(3, 90_000, 1000, 990), False),
        ("reading", integers(1, 1000, 1000, 1000), False),
        ("x", integers(1_000_000, 9_999_999, 1000, 1000), False),
        ("income", integers(900, 250_000, 1000, 990), True),
        ("customer_id", integers(1, 90_000, 1000, 300), True),
    ],
)
def test_numbers_that_name_someone_are_not_kept(name: str, one: ColumnProfile, kept: bool) -> None:
    found = discreet({name: one})[name]
    assert (found == one) is kept
    assert kept or (found.least, found.edges, found.kind) == (None, (), "text")


def test_words_of_a_name() -> None:
    assert words("customerID") == {"customer", "id"}
    assert words("IBAN_of-payer2") == {"iban", "of", "payer"}
    assert words("paid") == {"paid"}
    assert is_key("paid", integers(1, 10**6, 50, 50), unique=True) is False
    assert is_key("id", integers(1, 10**6, 50, 50), unique=True) is True
    assert is_key("id", integers(1, 10**6, 50, 50), unique=False) is False
