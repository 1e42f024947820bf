"""`profile` through the real command: what is stored, what is refused, and synthetic data that holds no real row."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import statistics
from bisect import bisect_right
from collections import Counter
from pathlib import Path

import pytest

from mlops_gates.tables import profile as stored
from test_commands import call

NAMES = ["id", "name", "city", "age", "price", "joined", "seen", "active", "note"]


def table(path: Path, rows: int = 600, seed: int = 1) -> list[dict[str, str]]:
    dice = random.Random(seed)
    found = [
        {
            "id": f"{number:05d}-{''.join(dice.choices('ABCDEFGHIJKLMNOPQRSTUVWXYZ', k=3))}",
            "name": "".join(dice.choices("abcdefghijklmnop", k=8)).title(),
            "city": dice.choices(["Köln", "Gent", "Malmö"], [6, 3, 1])[0] if number else "Atlantis",
            "age": str(min(90, int(dice.expovariate(1 / 40)))),
            "price": f"{dice.gauss(50, 12):.2f}" if dice.random() > 0.1 else "",
            "joined": f"20{dice.randrange(10, 25)}-0{dice.randrange(1, 10)}-1{dice.randrange(10)}",
            "seen": f"2026-0{dice.randrange(1, 10)}-11T0{dice.randrange(10)}:30:00Z",
            "active": dice.choice(["true", "false"]),
            "note": " ".join("".join(dice.choices("qrstuvwxyz", k=dice.randint(2, 7))) for _ in range(5)),
        }
        for number in range(rows)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, NAMES, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    return found


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    monkeypatch.chdir(tmp_path)
    return table(tmp_path / "real.csv")


def read(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_profile_is_stored_and_read_again(real: list[dict[str, str]]) -> None:
    result = call("profile", "real.csv")
    assert result.exit_code == 0, result.output
    assert "holds values of the table" in result.output
    made = stored.load(Path("real.profile.json"), "real.profile.json")
    assert made.rows == 600
    assert made.digest == f"sha256:{hashlib.sha256(Path('real.csv').read_bytes()).hexdigest()}"
    assert list(made.columns) == NAMES
    kinds = {name: (one.kind, one.type) for name, one in made.columns.items()}
    assert kinds["age"] == ("number", "integer")
    assert kinds["price"] == ("number", "number")
    assert kinds["joined"] == ("moment", "date")
    assert kinds["id"][0] == kinds["name"][0] == kinds["note"][0] == "text"
    assert made.columns["price"].nulls == sum(not row["price"] for row in real)


def test_a_profile_holds_no_value_that_names_someone(real: list[dict[str, str]]) -> None:
    call("profile", "real.csv")
    text = Path("real.profile.json").read_text(encoding="utf-8")
    assert "Köln" in text
    assert "Atlantis" not in text
    for column in ("id", "name", "note"):
        assert not [row[column] for row in real if row[column] in text]
    assert json.loads(text)["columns"]["city"]["other"] == 1
    assert call("profile", "real.csv", "--rare", "1").exit_code == 0
    assert "Atlantis" in Path("real.profile.json").read_text(encoding="utf-8")


def test_json_is_the_profile_itself(real: list[dict[str, str]]) -> None:
    result = call("profile", "real.csv", "--output", "p.json", "--format", "json")
    assert Path("p.json").read_text(encoding="utf-8") in result.output.replace("\r\n", "\n")


def test_only_a_profile_is_replaced(real: list[dict[str, str]]) -> None:
    assert call("profile", "real.csv", "--output", "p.json").exit_code == 0
    before = Path("p.json").read_bytes()
    assert call("profile", "real.csv", "--output", "p.json").exit_code == 0
    assert Path("p.json").read_bytes() == before
    Path("other.json").write_text('{"a": 1}')
    Path("link.json").symlink_to("p.json")
    for name in ("other.json", "link.json", "real.csv", "nowhere/p.json"):
        result = call("profile", "real.csv", "--output", name)
        assert result.exit_code == 2, result.output
    assert Path("other.json").read_text() == '{"a": 1}'
    assert not [one for one in Path().iterdir() if one.name.startswith(".")], "no half of a file is left"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("missing.csv", None, 2),
        ("empty.csv", "", 3),
        ("header.csv", "a,b\n", 3),
        ("ragged.csv", "a,b\n1\n", 3),
        ("x.json", "{}", 2),
        ("x.xlsx", "x", 3),
    ],
)
@pytest.mark.parametrize("words", [("profile",), ("init", "--data")])
def test_what_is_no_table_is_refused(
    name: str, content: str | None, code: int, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_text(content)
    result = call(*words, name)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert {one.name for one in tmp_path.iterdir()} <= {name}


def test_synthetic_rows_are_spread_as_the_real_ones_and_none_is_one(real: list[dict[str, str]]) -> None:
    result = call("profile", "real.csv", "--synthesize", "made.csv", "--rows", "2000", "--seed", "3")
    assert result.exit_code == 0, result.output
    made = read("made.csv")
    assert len(made) == 2000
    assert list(made[0]) == NAMES
    assert not {tuple(row.values()) for row in made} & {tuple(row.values()) for row in real}
    for column in ("id", "name", "note"):
        assert not {row[column] for row in made} & {row[column] for row in real}, column
    assert len({row["id"] for row in made}) == 2000
    assert all(len(row["id"]) == 9 and row["id"][5] == "-" for row in made)
    for column in ("age", "price"):
        assert ks(numbers(real, column), numbers(made, column)) < 0.06, column
    assert {len(row["price"].partition(".")[2]) for row in made if row["price"]} == {2}
    gaps = [sum(not row["price"] for row in rows) / len(rows) for rows in (real, made)]
    assert abs(gaps[0] - gaps[1]) < 0.03
    share = [Counter(row["city"] for row in rows)["Köln"] / len(rows) for rows in (real, made)]
    assert abs(share[0] - share[1]) < 0.06
    assert "Atlantis" not in {row["city"] for row in made}
    days = sorted(row["joined"] for row in real)
    assert all(days[0] <= row["joined"] <= days[-1] for row in made)
    assert all(row["seen"].endswith("Z") and row["seen"][10] == "T" for row in made)


def numbers(rows: list[dict[str, str]], column: str) -> list[float]:
    return sorted(float(row[column]) for row in rows if row[column])


def ks(one: list[float], other: list[float]) -> float:
    return max(abs(bisect_right(one, x) / len(one) - bisect_right(other, x) / len(other)) for x in (*one, *other))


def test_a_seed_draws_the_same_rows(real: list[dict[str, str]]) -> None:
    for name, seed in (("a.csv", "1"), ("b.csv", "1"), ("c.csv", "2")):
        assert call("profile", "real.csv", "--synthesize", name, "--rows", "50", "--seed", seed).exit_code == 0
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes() != Path("c.csv").read_bytes()


def test_synthetic_parquet_has_types(real: list[dict[str, str]]) -> None:
    import duckdb

    result = call("profile", "real.csv", "--synthesize", "made.parquet", "--rows", "100")
    assert result.exit_code == 0, result.output
    kinds = {row[0]: row[1] for row in duckdb.sql("DESCRIBE SELECT * FROM 'made.parquet'").fetchall()}
    assert kinds == {
        "id": "VARCHAR", "name": "VARCHAR", "city": "VARCHAR", "age": "BIGINT", "price": "DOUBLE", "joined": "DATE",
        "seen": "TIMESTAMP", "active": "BOOLEAN", "note": "VARCHAR",
    }  # fmt: skip
    again = call("profile", "made.parquet", "--synthesize", "again.csv", "--rows", "20")
    assert again.exit_code == 0, again.output


def test_a_table_whose_rows_cannot_be_avoided_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text("x\n" + "a\nb\n" * 50)
    result = call("profile", "x.csv", "--synthesize", "y.csv")
    assert result.exit_code == 3
    assert "could only be drawn as rows that the real table has" in result.output
    assert [one.name for one in tmp_path.iterdir()] == ["x.csv"]


def test_a_sequence_gets_other_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text("id,x\n" + "".join(f"{n},{n % 7}.5\n" for n in range(1, 1000)))
    assert call("profile", "x.csv", "--synthesize", "y.csv").exit_code == 0
    made = read("y.csv")
    assert len({row["id"] for row in made}) == 999
    assert min(int(row["id"]) for row in made) > 999
    assert statistics.fmean(float(row["x"]) for row in made) == pytest.approx(3.5, abs=0.3)


def test_a_table_that_exists_is_not_replaced_without_force(real: list[dict[str, str]]) -> None:
    Path("made.csv").write_text("mine")
    words = ("profile", "real.csv", "--rows", "5", "--synthesize")
    assert call(*words, "made.csv").exit_code == 2
    assert Path("made.csv").read_text() == "mine"
    assert call(*words, "made.csv", "--force").exit_code == 0
    before = Path("real.csv").read_bytes()
    assert call(*words, "real.csv", "--force").exit_code == 2
    assert call(*words, "made.txt").exit_code == 2
    assert Path("real.csv").read_bytes() == before
