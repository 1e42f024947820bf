"""Ways in which a table could pass the data gate although a rule was never held against it: none of them may pass."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from test_bad_input import Project, holds, project
from test_fail_closed import data, parquet

pytestmark = pytest.mark.acceptance

__all__ = ["project"]

ROWS = "x,y\n1,a\n1,a\n"
MANY = "n,c\n" + "".join(f"{i % 50},{'ab'[i % 2]}\n" for i in range(600))
CLASSES = "x,y\n" + "".join(f"{i},1\n" for i in range(1000)) * 2 + "rare,1\n"


@dataclass(frozen=True)
class Case:
    """A block over `test.csv`, or over a Parquet file that is selected; the exit code and words of what is told."""

    name: str
    block: str
    code: int
    says: str
    csv: str = ROWS
    select: str = ""
    files: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def columns(name: str, rule: str, code: int, says: str, csv: str = ROWS, select: str = "") -> Case:
    return Case(name, f"  columns: {{x: {rule}}}\n", code, says, csv, select)


QUERY = "  reference: r.csv\n  queries: [{name: q, sql: SELECT 9 FROM data LIMIT 1, %s}]\n"
SAME = {"r.csv": MANY}
INFINITE = "SELECT unnest(['inf', '-inf', '1']::DOUBLE[]) AS x"
CASES = (
    Case("query near nothing", QUERY % "within: 5 %", 2, "within needs `of`", files={"r.csv": ROWS}),
    Case("query also near nothing", QUERY % "max: 1, within: 5 %", 2, "within needs `of`", files={"r.csv": ROWS}),
    Case(
        "one row above a large limit",
        "  queries: [{name: q, sql: SELECT 100000001, max: 100000000}]\n",
        1,
        "q: 100,000,001, limit at most 100,000,000",
    ),
    Case("infinite query", "  queries: [{name: q, sql: \"SELECT 'inf'::DOUBLE\", max: 1}]\n", 3, "is no finite number"),
    Case("key of no column", "  unique_together: [[x, yy]]\n", 3, "'yy' is no column of test.csv"),
    Case("second key of no column", "  unique_together: [[y], [yy]]\n", 3, "Did you mean 'y'?", "x,y\n1,a\n1,b\n"),
    Case("rows of no columns", "  duplicates: {ignore: [x, y]}\n", 3, "leaves no column to compare rows by"),
    Case(
        "drift of no column", "  reference: r.csv\n  drift: {columns: [n, cc]}\n", 3, "Did you mean", MANY, files=SAME
    ),
    Case(
        "drift of nothing",
        "  reference: r.csv\n  drift: {ignore: [n, c]}\n",
        3,
        "no column of the reference is in the table and may be compared",
        MANY,
        files=SAME,
    ),
    Case(
        "reference without rows",
        "  reference: r.csv\n  schema_drift: allow\n  drift: {}\n",
        3,
        "r.csv has no rows, so nothing can be compared with it",
        MANY,
        files={"r.csv": "n,c\n"},
    ),
    Case(
        "profile without columns",
        "  reference: r.json\n  schema_drift: allow\n  drift: {}\n",
        3,
        "has no columns, so nothing can be compared with it",
        MANY,
        files={
            "r.json": '{"format": "mlops-gates/profile", "version": 1, "source": "r", "digest": "", "rows": 9, '
            '"columns": {}}'
        },
    ),
    Case(
        "dates that are gone",
        "  reference: r.csv\n  drift: {}\n",
        1,
        "Jensen–Shannon of the nulls",
        "d,n\n" + "".join(f",{i}\n" for i in range(500)),
        files={"r.csv": "d,n\n" + "".join(f"2026-01-{i % 28 + 1:02d},{i}\n" for i in range(500))},
    ),
    Case(
        "words among numbers",
        "  reference: r.csv\n  schema_drift: allow\n  drift: {}\n",
        1,
        "Jensen–Shannon of the nulls",
        "n,y\n" + "".join(f"{i},1\nword,1\n" for i in range(500)),
        files={"r.csv": "n,y\n" + "".join(f"{i},1\n" for i in range(500))},
    ),
    Case("leakage of nothing", "  leakage: {}\n", 2, "leakage should have train or target"),
    Case("leakage without a target", "  leakage: {train: test.csv, max_order: 0.6}\n", 2, "max_order needs `target`"),
    Case("shared with nothing", "  leakage: {target: y, max_shared: 0}\n", 2, "needs leakage.train or reference"),
    columns("share of NaN", "{type: number, shares: {nan: {max: 0.1}}}", 2, "which is no number"),
    columns("forbidden word among numbers", '{type: integer, forbidden: ["1"]}', 2, "which is no integer"),
    columns("forbidden number in quotes", '{forbidden: ["1"]}', 1, "1 forbidden value", select="SELECT 1 AS x"),
    columns("infinities above", "{max: 100}", 1, "2 values above 100", select=INFINITE),
    columns("infinities below", "{min: 0}", 1, "2 values below 0", select=INFINITE),
    columns(
        "infinite outlier",
        "{outliers: {factor: 3}}",
        1,
        "1 value more than",
        select="SELECT i::DOUBLE AS x FROM range(99) t(i) UNION ALL SELECT 'inf'::DOUBLE",
    ),
    columns(
        "outlier in text",
        "{outliers: {factor: 3}}",
        1,
        "1 value more than",
        select="SELECT i::VARCHAR AS x FROM range(99) t(i) UNION ALL SELECT '99999'",
    ),
    columns(
        "order of words",
        "{monotonic: increasing}",
        1,
        "2 values that are no numbers and have no declared type",
        "x,y\n2026-02-01,1\n2026-01-01,2\n",
    ),
    columns(
        "order of words in Parquet",
        "{monotonic: increasing}",
        1,
        "no numbers and have no declared type",
        select="SELECT unnest(['b', 'a']) AS x",
    ),
    columns(
        "old but for a sentinel",
        "{type: date, freshness: 7d}",
        1,
        "0 values are at most 7d old and not in the future",
        "x,y\n2001-02-01,1\n9999-12-31,2\n",
    ),
    columns("rarest of too many", "{balance: 0.0006}", 3, "1,000 classes or more are too many", CLASSES),
    columns("tolerance of no rule", "{type: integer, tolerate: {typos: 9 %}}", 2, "'typos' is no rule"),
    columns("tolerance that nulls do not know", "{nulls: 0, tolerate: {nulls: 9 %}}", 2, "'nulls' is no rule"),
    columns("negative weight", "{type: integer, weight: -5}", 2, "weight: should be greater than or equal to 0"),
    columns("negative distance", "{outliers: {factor: -1}}", 2, "factor: should be greater than 0"),
    columns("weight beyond all", "{nulls: 0, weight: 1.0e+308}", 2, "should be less than or equal to 1000000"),
    columns(
        "moment of another zone",
        '{type: timestamp, max: "2026-01-01T00:00:00+02:00"}',
        1,
        "1 value above",
        "x,y\n2025-12-31T21:59:59Z,1\n2025-12-31T23:00:00Z,1\n2026-01-01T02:59:00+05:00,1\n",
    ),
    columns("bound that no engine reads", '{type: timestamp, max: "2026-01-01T1030"}', 2, "should be a date"),
    columns("repetitions that RE2 refuses", '{pattern: "^a{1001}$"}', 2, "more than 1,000 times"),
    columns("two signs", "{type: number}", 1, "1 value that is no number", "x,y\n+-5,1\n+5,1\n"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_passes_unseen(project: Project, case: Case) -> None:
    project.write("test.csv", case.csv)
    for name, text in case.files.items():
        project.write(name, text)
    source = "test.parquet" if case.select else "test.csv"
    if case.select:
        parquet(project.folder / source, case.select)
    project.write("mlops-gates.yml", f"data:\n  source: {source}\n{case.block}")
    ended = project.run()
    holds(ended, case.code)
    assert case.says in " ".join(ended.out.split())


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_word_among_numbers_of_json_breaks_their_range(project: Project, engine: str) -> None:
    project.write("test.jsonl", '{"x": 1}\n{"x": "word"}\n{"x": -5}\n')
    project.write("mlops-gates.yml", f"data:\n  source: test.jsonl\n  engine: {engine}\n  columns: {{x: {{min: 0}}}}\n")
    ended = project.run()
    holds(ended, 1)
    assert "2 values below 0" in ended.out


@pytest.mark.parametrize(
    ("rule", "cells"),
    [
        ("{type: number, allowed: [0, 1], balance: 0.1}", "0.0,1,1.0"),
        ("{type: integer, allowed: [0, 1], balance: 0.3}", "00,1,+1"),
        ("{type: boolean, allowed: [true, false], balance: 0.1}", "True,false,TRUE"),
    ],
)
def test_the_spelling_of_a_number_makes_no_class(project: Project, rule: str, cells: str) -> None:
    project.write("test.csv", "x,y\n" + "".join(f"{cell},a\n" for cell in cells.split(",")))
    project.write("mlops-gates.yml", data("test.csv", f"{{x: {rule}}}"))
    holds(project.run(), 0)


def test_a_tiny_weight_is_no_weight_of_zero(project: Project) -> None:
    project.write("test.csv", "x,y\na,1\n")
    block = "{x: {type: integer, weight: 0.0001, tolerate: {types: 100 %}}}\n  min_quality_score: 0.5"
    project.write("mlops-gates.yml", data("test.csv", block))
    ended = project.run()
    holds(ended, 1)
    assert "1 of 1 cells break their rules" in ended.out
