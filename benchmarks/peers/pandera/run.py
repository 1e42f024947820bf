"""Pandera on Polars. Usage: run.py TABLE"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

from collections import defaultdict
from datetime import datetime

import pandera
import pandera.polars as pa
import polars as pl
from checks import CHECKS, COLUMNS, WITH_NULLS, Check, tell

TYPES = {"number": pl.Float64, "integer": pl.Int64, "string": pl.String, "boolean": pl.Boolean}
TYPES["timestamp"] = pl.Datetime("us")


def rule(check: Check):
    """The Pandera check that asks the same; None where it is an argument of the column or of the schema."""
    low, high = check.values if len(check.values) == 2 else (None, None)
    match check.kind:
        case "range":
            return pa.Check.in_range(low, high, error=check.name)
        case "window":
            return pa.Check.in_range(datetime.fromisoformat(low), datetime.fromisoformat(high), error=check.name)
        case "set":
            return pa.Check.isin(list(check.values), error=check.name)
        case "regex":
            return pa.Check.str_matches(check.text, error=check.name)
        case "mean":
            return pa.Check(
                lambda data: data.lazyframe.select(pl.col(data.key).mean().is_between(low, high)), error=check.name
            )
        case "deviation":
            return pa.Check(
                lambda data: data.lazyframe.select(pl.col(data.key).std().is_between(low, high)), error=check.name
            )
        case "rows":
            return pa.Check(lambda data: data.lazyframe.select(pl.len().is_between(low, high)), error=check.name)
    return None


rules = defaultdict(list)
for check in CHECKS:
    if made := rule(check):
        rules[check.column].append(made)
types = {check.column: TYPES[check.text] for check in CHECKS if check.kind == "type"}
unique = [check.column for check in CHECKS if check.kind == "unique"]
schema = pa.DataFrameSchema(
    {name: pa.Column(types[name], rules[name], nullable=name in WITH_NULLS, unique=name in unique) for name in COLUMNS},
    checks=rules[""],
    unique=list(COLUMNS),
)
OF_THE_COLUMN = {"not_nullable": "nulls", "field_uniqueness": "unique"}
failed = set()
try:
    schema.validate(pl.read_parquet(sys.argv[1]), lazy=True)
except pa.errors.SchemaErrors as errors:
    for column, name in errors.failure_cases.select("column", "check").unique().rows():
        failed.add(f"{OF_THE_COLUMN[name]} {column}" if name in OF_THE_COLUMN else name)
columns = schema.columns.values()
made = sum(1 + (not one.nullable) + one.unique + len(one.checks) for one in columns) + len(schema.checks) + 1
tell(pandera.__version__, failed, made)
