"""Synthetic tables do not drift from the profile that they were drawn from; what one cell may be."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_gates.errors import CheckError
from mlops_gates.stats.drift import compare
from mlops_gates.stats.tallies import Categories, Numbers, Tally
from mlops_gates.tables import profiling, synthesis
from mlops_gates.tables.asks import Column, Count, Counts, Deviation, Greatest, Histogram, IsNull, Least, Mean, Rows
from mlops_gates.tables.drawing import Drawn
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import ColumnProfile
from mlops_gates.tables.source import open_source

MEMORY = 10**9
DRAWS: dict[str, Callable[[random.Random], str]] = {
    "normal": lambda dice: f"{dice.gauss(-3, 1):.5f}",
    "money": lambda dice: f"{dice.lognormvariate(3, 1.2):.2f}",
    "tail": lambda dice: f"{dice.paretovariate(1.5):.4f}",
    "capped": lambda dice: f"{min(5.0, dice.expovariate(0.2)):.3f}",
    "zeros": lambda dice: "0" if dice.random() < 0.6 else f"{dice.uniform(1, 100):.1f}",
    "days": lambda dice: str(dice.randrange(-200, 4000)),
    "stars": lambda dice: str(dice.choice([1, 2, 2, 3, 5, 5, 5])),
    "gaps": lambda dice: "" if dice.random() < 0.3 else f"{dice.random():.6f}",
    "same": lambda dice: "7",
    "kind": lambda dice: dice.choices(["a", "b", "c d", "é"], [50, 30, 15, 5])[0],
    "flag": lambda dice: dice.choice(["true", "false"]),
    "many": lambda dice: f"value {int(dice.paretovariate(0.8)) % 400}",
}


def opened(path: Path) -> tuple[DuckTable, Plan]:
    table = DuckTable(open_source(path, path.name), MEMORY)
    plan = Plan(table, lambda _: None)
    plan.ask([Rows()])
    plan.run()
    return table, plan


def profiles(path: Path) -> dict[str, ColumnProfile]:
    table, plan = opened(path)
    try:
        return profiling.columns(plan, dict.fromkeys(table.columns))
    finally:
        table.close()


def tallies(path: Path, reference: dict[str, ColumnProfile]) -> dict[str, Tally]:
    """The counts of a table in the bins and categories of a profile."""
    table, plan = opened(path)
    try:
        found: dict[str, Tally] = {}
        for name, one in reference.items():
            column = Column(name, one.type)
            if one.kind == "number":
                spread = Histogram(column, one.edges)
                asks = [Mean(column), Deviation(column), Least(column), Greatest(column)]
                plan.ask([spread, Count(IsNull(column)), *asks])
                plan.run()
                moments = [plan.number(ask) for ask in asks]
                found[name] = Numbers(one.edges, plan.counts(spread), plan.count(IsNull(column)), *moments)
            else:
                known = tuple(value for value, _ in one.values)
                counts = Counts(column, known)
                plan.ask([counts, Count(IsNull(column))])
                plan.run()
                nulls, named = plan.count(IsNull(column)), plan.counts(counts)
                found[name] = Categories(tuple(zip(known, named, strict=True)), plan.rows - nulls - sum(named), nulls)
        return found
    finally:
        table.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_no_column_drifts_from_the_profile_it_was_drawn_from(seed: int, tmp_path: Path) -> None:
    dice, real, made = random.Random(seed), tmp_path / "real.csv", tmp_path / "made.csv"
    rows = [",".join(DRAWS), *(",".join(draw(dice) for draw in DRAWS.values()) for _ in range(4000))]
    real.write_text("\n".join(rows) + "\n")
    reference = profiles(real)
    assert {one.kind for one in reference.values()} == {"number", "category"}
    source = open_source(real, "real.csv")
    synthesis.synthesize(source, reference, synthesis.Asked(5000, seed, MEMORY), made, ".csv")
    before, now = tallies(real, reference), tallies(made, reference)
    found = compare([(name, before[name], now[name]) for name in reference])
    assert [(one.column, one.worst) for one in found if one.drifted is not False] == []
    for one in found:
        assert all(effect.value < 0.05 for effect in one.effects if effect.name in ("ks", "js")), one
    assert not set(made.read_text().splitlines()[1:]) & set(rows)


def moment(type_: str, shape: str) -> str:
    one = ColumnProfile("moment", type_, 0, 10, 9, least="2024-02-29 10:20:30", greatest="2024-02-29 10:20:30")  # type: ignore[arg-type]
    return str(Drawn("x", one, ((shape, 10),)).cells(random.Random(1), 1)[0])


@pytest.mark.parametrize(
    ("type_", "shape", "written"),
    [
        ("date", "0000-00-00", "2024-02-29"),
        ("timestamp", "0000-00-00A00:00:00A", "2024-02-29T10:20:30Z"),
        ("timestamp", "0000-00-00 00:00:00", "2024-02-29 10:20:30"),
        ("timestamp", "0000-00-00 00:00", "2024-02-29 10:20"),
        ("timestamp", "0000-00-00A00:00+00:00", "2024-02-29T10:20+00:00"),
        ("timestamp", "0000-00-00 00:00:00.000", "2024-02-29 10:20:30.000"),
        ("timestamp", "0000-00-00A00:00:00.000000+00:00", "2024-02-29T10:20:30.000000+00:00"),
        ("timestamp", "", "2024-02-29 10:20:30"),
    ],
)
def test_moments_are_written_as_the_table_writes_them(type_: str, shape: str, written: str) -> None:
    assert moment(type_, shape) == written


@pytest.mark.parametrize(
    ("least", "greatest", "decimals"), [(-3, 4, 0), (-0.25, -0.01, 2), (1.5, 1.5, 1), (0, 1e300, 17)]
)
def test_numbers_stay_between_the_ends(least: float, greatest: float, decimals: int) -> None:
    type_ = "number" if decimals else "integer"
    one = ColumnProfile("number", type_, 0, 500, 500, least=least, greatest=greatest, counts=(500,))  # type: ignore[arg-type]
    cells = Drawn("x", one, decimals=decimals).cells(random.Random(1), 300)
    values = [float(str(cell)) for cell in cells]
    assert least <= min(values) <= max(values) <= greatest
    assert decimals == 17 or all(len(str(cell).partition(".")[2]) == decimals for cell in cells)


def test_a_key_has_no_value_twice_and_none_that_means_null() -> None:
    one = ColumnProfile("text", "string", 0, 10, 10)
    drawn = Drawn("x", one, (("A", 10),), unique=True, refused=frozenset("ABCDEFGHIJKLM"))
    assert sorted(map(str, drawn.cells(random.Random(1), 10)))[0] >= "N"
    with pytest.raises(CheckError, match="not enough different texts"):
        drawn.cells(random.Random(1), 10)
