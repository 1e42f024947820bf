"""`init` through the real command: the config passes on its table, on other samples of it, and on nothing that is broken."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates import document
from mlops_gates.initial import FILES, numbers, text
from mlops_gates.initial.rules import Rule, Rules
from mlops_gates.tables.profile import ColumnProfile
from test_commands import call

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = {
    "github": "github/mlops-gates.yml",
    "gitlab": "gitlab/.gitlab-ci.yml",
    "codebuild": "codebuild/buildspec.yml",
}


def table(seed: int, rows: int, path: str) -> None:
    dice = random.Random(seed)
    lines = ["id,number,tail,money,kind,flag,joined,mail"]
    lines += [
        f"{dice.choice('ABC')}{seed}{number:05d},{dice.gauss(0, 1):.4f},{dice.paretovariate(2):.3f},"
        f"{dice.expovariate(0.01):.2f},{dice.choices(['red', 'green', 'No'], [5, 3, 1])[0]},{int(dice.random() < 0.2)},"
        f"20{dice.randrange(10, 25)}-0{dice.randrange(1, 10)}-1{dice.randrange(10)},"
        f"{'' if dice.random() < 0.05 else f'{number}@mail.example'}"
        for number in range(rows)
    ]
    Path(path).write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    table(1, 1000, "a.csv")
    return tmp_path


def config() -> dict[str, Any]:
    data: dict[str, Any] = document.load(Path("mlops-gates.yml"), "mlops-gates.yml").data
    return data["data"]  # type: ignore[no-any-return]


def findings() -> list[tuple[str, str]]:
    report = json.loads(Path("mlops-gates-report/results.json").read_text())
    return [(one["rule"], one["subject"]) for check in report["gates"][0]["checks"] for one in check["findings"]]


def test_what_is_written(folder: Path) -> None:
    result = call("init", "--data", "a.csv")
    assert result.exit_code == 0, result.output
    assert "mlops-gates.yml: passed on this file" in result.output
    assert sorted(one.name for one in folder.iterdir()) == ["a.csv", "mlops-gates.yml"], "no report, no leftover"
    made = config()
    assert made["rows"] == {"min": 500}
    columns = made["columns"]
    assert list(columns) == ["id", "number", "tail", "money", "kind", "flag", "joined", "mail"]
    assert columns["id"] == {"type": "string", "nulls": 0, "unique": True, "pattern": "^[A-Z][0-9]{6}$"}
    assert columns["number"]["min"] < -4 < 4 < columns["number"]["max"]
    assert columns["tail"]["min"] == columns["money"]["min"] == 0
    assert columns["kind"] == {"type": "string", "nulls": 0, "allowed": ["red", "green", "No"]}
    assert columns["flag"] == {"type": "integer", "nulls": 0, "allowed": [0, 1]}
    assert columns["joined"]["type"] == "date"
    assert columns["joined"]["min"] < "2009"
    assert "max" not in columns["joined"]
    assert re.fullmatch(r"(9|1[0-4])(\.\d)? %", columns["mail"]["nulls"])
    assert call("check-config").exit_code == 0
    assert call("run", "--host", "local").exit_code == 0


@pytest.mark.acceptance
def test_other_samples_pass_and_broken_ones_do_not(folder: Path) -> None:
    assert call("init", "--data", "a.csv").exit_code == 0
    for seed in range(2, 8):
        table(seed, 600 + 100 * seed, "a.csv")
        result = call("run", "--host", "local")
        assert result.exit_code == 0, result.output
    good = Path("a.csv").read_text()
    for rule, subject, old, new in [
        ("data.allowed", "kind", ",red,", ",Red,"),
        (
            "data.unique",
            "id",
            "\n" + good.splitlines()[2].partition(",")[0],
            "\n" + good.splitlines()[1].partition(",")[0],
        ),
        ("data.types", "joined", "2011-0", "11-0"),
        ("data.columns", "money", "money", "cash"),
    ]:
        Path("a.csv").write_text(good.replace(old, new))
        assert call("run", "--host", "local").exit_code != 0
        assert (rule, subject) in findings(), rule


def test_nothing_is_replaced_without_force(folder: Path) -> None:
    Path("mlops-gates.yml").write_text("mine")
    Path(".gitlab-ci.yml").write_text("mine")
    assert call("init", "--data", "a.csv").exit_code == 2
    assert call("init", "--data", "a.csv", "--host", "gitlab", "--output", "other.yml").exit_code == 2
    assert not Path("other.yml").exists(), "both files or none"
    assert Path("mlops-gates.yml").read_text() == Path(".gitlab-ci.yml").read_text() == "mine"
    assert call("init", "--data", "a.csv", "--force").exit_code == 0
    assert call("init", "--data", "a.csv", "--output", "no/where.yml").exit_code == 2
    Path("link.yml").symlink_to("mlops-gates.yml")
    assert call("init", "--data", "a.csv", "--output", "link.yml", "--force").exit_code == 2


@pytest.mark.parametrize("host", FILES)
def test_the_file_of_a_host(host: str, folder: Path) -> None:
    result = call("init", "--data", "a.csv", "--host", host, "--output", "gates.yml")
    assert result.exit_code == 0, result.output
    assert "mlops-gates run --config gates.yml" in result.output
    content = Path(FILES[host]).read_text(encoding="utf-8")
    assert '"gates.yml"' in content
    assert yaml.safe_load(content)
    like = (ROOT / "examples" / EXAMPLES[host]).read_text(encoding="utf-8")
    pins = re.findall(r"(?:uses|component): .*", content)
    assert all(pin in like for pin in pins), "the same versions as in the example"
    schema = {"github": ["vendor.github-workflows"], "gitlab": ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]}
    if host in schema:
        command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", *schema[host], FILES[host]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_words_that_mean_null_stand_in_the_config(folder: Path) -> None:
    Path("n.csv").write_text("x;y\n" + "1;NA\n2;3\n" * 30)
    assert call("init", "--data", "n.csv", "--null-values", "NA,-", "--delimiter", ";").exit_code == 0
    made = config()
    assert (made["null_values"], made["delimiter"]) == (["NA", "-"], ";")
    assert made["columns"]["y"]["type"] == "integer"


def test_periods_and_keys_of_other_tables_are_known_by_their_pattern(folder: Path) -> None:
    rows = [f"{n % 40:04d}-AB,2025-0{1 + n % 4},{2020 + n % 3}Q{1 + n % 4}" for n in range(400)]
    Path("log.csv").write_text("\n".join(["customer_id,month,quarter", *rows]) + "\n")
    assert call("init", "--data", "log.csv").exit_code == 0
    columns = config()["columns"]
    assert columns["customer_id"] == {"type": "string", "nulls": 0, "pattern": "^[0-9]{4}-[A-Z]{2}$"}
    assert columns["month"] == {"type": "string", "nulls": 0, "pattern": "^[0-9]{4}-[0-9]{2}$"}
    assert columns["quarter"] == {"type": "string", "nulls": 0, "pattern": "^[0-9]{4}Q[0-9]$"}


def test_names_and_values_of_any_sort(folder: Path) -> None:
    odd = [
        'a "q": b',
        "::error::x",
        "🙂",
        "#h",
        "- d",
        "{b}",
        "yes",
        "null",
        "1",
        "m\nl",
        "*s",
        "!t",
        "@a",
        "`b",
        " lead",
    ]
    odd += ["é", "\u202er", "it's", "%p", "key: x", "?", "~", "<<", "=", "0o7", "1e3", "2026-01-01"]
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in odd)
    Path("odd.csv").write_text(quoted + "\n" + "".join(f"{quoted}\n" for _ in range(30)), encoding="utf-8")
    result = call("init", "--data", "odd.csv")
    assert result.exit_code == 0, result.output
    assert (
        list(config()["columns"]) == [name.strip() if name == " lead" else name for name in odd]
        or list(config()["columns"]) == odd
    )
    assert "\u202e" not in Path("mlops-gates.yml").read_text(encoding="utf-8")
    assert call("run", "--host", "local").exit_code == 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(min_size=1).filter(lambda s: not re.search("[\ud800-\udfff]", s)), st.lists(st.text(max_size=8).filter(lambda s: not re.search("[\ud800-\udfff]", s)) | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans(), max_size=3), max_size=3))  # fmt: skip  # noqa: E501
def test_whatever_is_written_is_read_back(columns: dict[str, list[Any]]) -> None:
    rules = Rules((), {name: (Rule("allowed", values),) for name, values in columns.items()})
    written = text.written("x.csv", rules, "head", {})
    read = document.parse(written, "x").data["data"]
    assert read.get("columns", {}) == {name: {"allowed": values} for name, values in columns.items()}
    assert yaml.safe_load(written)["data"].get("columns", {}).keys() == columns.keys(), (
        "readers of YAML 1.1 see the same"
    )


def numeric(
    least: float, greatest: float, edges: tuple[float, ...] = (), counts: tuple[int, ...] = (1000,)
) -> ColumnProfile:
    return ColumnProfile(
        "number", "number", 0, sum(counts), 900, least=least, greatest=greatest, edges=edges, counts=counts
    )


@pytest.mark.parametrize(
    ("least", "greatest", "low", "high"),
    [(0, 10, 0, 16), (3, 3, 0, 4.5), (-10, -2, -15, 0), (-5, 5, -11, 11), (0.001, 0.002, 0, 0.0026), (0, 0, 0, 1)],
)
def test_head_room_never_changes_the_sign(least: float, greatest: float, low: float, high: float) -> None:
    assert numbers.reach(numeric(least, greatest)) == (low, high)


def test_a_long_tail_gets_more_room() -> None:
    body = tuple(float(n) for n in range(1, 64))
    short = numbers.reach(numeric(0, 64, body, (16,) * 64))
    long = numbers.reach(numeric(0, 640, body, (16,) * 64))
    assert short == (0, 97)
    assert long[1] > 10 * 640


def test_shares() -> None:
    assert numbers.percent(0.0021) == "0.21 %"
    assert numbers.percent(0.00211) == "0.22 %"
    assert numbers.percent(1.0) == "100 %"
    assert 0.2 < numbers.share_at_most(400, 2000) < 0.3
    assert numbers.share_at_most(0, 2000) == 0.004
