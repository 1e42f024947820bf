"""Pointblank on Polars. Usage: run.py TABLE"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

from datetime import datetime

import pointblank as pb
import polars as pl
from checks import CHECKS, Check, tell

TYPES = {"number": "Float64", "integer": "Int64", "string": "String", "boolean": "Boolean"}
TYPES["timestamp"] = "Datetime(time_unit='us', time_zone=None)"


def add(validation: pb.Validate, check: Check) -> pb.Validate:
    """The step that asks the same; bounds of means and deviations are two steps."""
    column, values = check.column, check.values
    low, high = values if len(values) == 2 else (None, None)
    match check.kind:
        case "type":
            schema = pb.Schema(columns=[(column, TYPES[check.text])])
            return validation.col_schema_match(schema, complete=False, in_order=False, brief=check.name)
        case "nulls":
            return validation.col_vals_not_null(column, brief=check.name)
        case "range":
            return validation.col_vals_between(column, low, high, na_pass=True, brief=check.name)
        case "window":
            moments = datetime.fromisoformat(low), datetime.fromisoformat(high)
            return validation.col_vals_between(column, *moments, brief=check.name)
        case "set":
            return validation.col_vals_in_set(column, [*values, None], brief=check.name)
        case "regex":
            return validation.col_vals_regex(column, check.text, brief=check.name)
        case "unique":
            return validation.rows_distinct([column], brief=check.name)
        case "duplicates":
            return validation.rows_distinct(brief=check.name)
        case "mean":
            return validation.col_avg_ge(column, low, brief=check.name).col_avg_le(column, high, brief=check.name)
        case "deviation":
            return validation.col_sd_ge(column, low, brief=check.name).col_sd_le(column, high, brief=check.name)
        case "rows":
            return validation.specially(lambda table: low <= table.height <= high, brief=check.name)
    raise ValueError(check.kind)


validation = pb.Validate(pl.read_parquet(sys.argv[1]))
for check in CHECKS:
    validation = add(validation, check)
validation = validation.interrogate(collect_extracts=False)
passed = {}
for step in validation.validation_info:
    passed[step.brief] = passed.get(step.brief, True) and bool(step.all_passed)
tell(pb.__version__, [name for name, well in passed.items() if not well], len(passed))
